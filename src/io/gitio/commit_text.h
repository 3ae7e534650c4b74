// Commits and tags as text: parsing what is stored, writing new ones.
#pragma once

#include <string>
#include <string_view>

#include "io/gitio/gitio.h"
#include "io/gitio/object_id.h"

namespace holt::gitio {

// Throws when the object is no commit that git would accept. Text that is not UTF-8 is taken as
// Latin-1.
Commit parse_commit(const RawOid& oid, std::string_view bytes);
// What a tag names; throws when malformed.
RawOid tag_target(std::string_view bytes);

std::string format_commit(const Oid& tree, const std::vector<Oid>& parents, const Signature& author,
                          const Signature& committer, std::string_view message);
std::string format_tag(const Oid& target, std::string_view target_type, std::string_view name,
                       const Signature& tagger, std::string_view message);

}  // namespace holt::gitio
