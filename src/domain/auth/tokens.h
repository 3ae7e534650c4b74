// The text of access tokens: making one, its checksum, and what an operator may choose.
// The form is persisted in clients' hands: docs/formats/tokens.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace holt::auth {

std::string new_token_text();
// The form that new_token_text() gives, checksum included.
bool is_well_formed_token(std::string_view text);
// Six base-62 digits of the CRC-32 of `text`.
std::string token_checksum(std::string_view text);
// Whether an operator may give a token this text; invalid says why not.
Result<void> check_chosen_token(std::string_view text);

}  // namespace holt::auth
