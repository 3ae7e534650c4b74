// What a request says of its sender, as it stands in the Authorization and Cookie headers. Nothing
// of it has been checked yet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holt::auth {

inline constexpr std::size_t kLongestAuthorization = 4096;  // bytes
inline constexpr std::size_t kLongestCookies = 64 * 1024;   // bytes, all of the header

struct Credential {
  // malformed: a header that no client of ours sends; the request is refused, not taken for
  // anonymous.
  enum class Form { none, malformed, bearer, basic, session } form = Form::none;
  std::string name;  // basic; may be empty
  std::string
      secret;  // token, password or session's secret; never empty except for none, malformed
};

// The Authorization header, where there is one, stands before the cookie.
Credential read_credential(std::string_view authorization, std::string_view cookie);

// The secret (session_secret) of the session in a Cookie header; empty where there is none.
std::string session_secret_in(std::string_view cookie_header);

}  // namespace holt::auth
