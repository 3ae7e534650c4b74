// Which names users and organisations may have.
#pragma once

#include <string_view>

#include "base/result.h"

namespace holt::auth {

// invalid, saying which rule the name breaks.
Result<void> check_name(std::string_view name);
// Empty, or something with one @ inside; invalid otherwise.
Result<void> check_email(std::string_view email);
// Names shown to people: at most 200 bytes of UTF-8 without control characters.
Result<void> check_full_name(std::string_view full_name);

}  // namespace holt::auth
