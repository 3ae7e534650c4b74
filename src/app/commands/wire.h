// JSON that commands print with --json.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "domain/auth/auth.h"
#include "domain/repos/repos.h"

namespace holt::app::wire {

std::string namespaces(const std::vector<auth::Namespace>& all);
std::string members(const std::vector<auth::Auth::Member>& all);
std::string tokens(const std::vector<auth::Token>& all);
std::string created_token(const auth::Auth::Created& created);
std::string repositories(const std::vector<std::shared_ptr<const repos::Repo>>& all);

}  // namespace holt::app::wire
