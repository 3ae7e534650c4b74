// What the files of the community room share.
#pragma once

#include <string>
#include <string_view>

#include "domain/community/community.h"

namespace holt::community {

Event new_event(const auth::Actor& actor, std::string_view kind, std::string data, Timestamp at);
Error discussion_not_found(const repos::Repo& repo, std::int64_t num);

}  // namespace holt::community
