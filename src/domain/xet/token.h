// Xet tokens: what a client may do with one repository until when, signed. Nothing is stored for
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace holt::xet {

// Each includes those before it. propose: uploads for a pull request, by whoever may open one.
enum class Scope { read, propose, write };

struct Token {
  std::int64_t repo_key = 0;
  Scope scope = Scope::read;
  std::int64_t user_key = 0;   // 0: anonymous
  std::int64_t token_key = 0;  // the access token it was asked with; 0: a session or a password
  std::int64_t expires_unix_s = 0;
};

std::string sign(const Token& token, std::string_view secret);
// unauthorized when it was not signed by this secret or its time is over.
Result<Token> verify(std::string_view text, std::string_view secret, Timestamp at);

}  // namespace holt::xet
