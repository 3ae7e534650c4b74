// The .gitattributes that a new repository starts with: which names are kept as large files.
#pragma once

#include <string_view>

#include "domain/repos/repos.h"

namespace holt::git {

std::string_view default_attributes(repos::Type type);

}  // namespace holt::git
