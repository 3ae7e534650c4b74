// Reading the Authorization (RFC 9110 §11.6.2, RFC 7617, RFC 6750) and Cookie (RFC 6265) headers.
#include "domain/auth/credential.h"

#include "base/bytes.h"
#include "base/text.h"
#include "domain/auth/state.h"

namespace holt::auth {

Credential read_credential(std::string_view authorization, std::string_view cookie) {
  authorization = trim(authorization);
  if (authorization.empty()) {
    auto session = session_secret_in(cookie);
    if (session.empty()) return {};
    return {Credential::Form::session, {}, std::move(session)};
  }
  const Credential malformed{Credential::Form::malformed, {}, {}};
  if (authorization.size() > kLongestAuthorization) return malformed;
  const auto space = authorization.find(' ');
  if (space == authorization.npos) return malformed;
  const auto scheme = authorization.substr(0, space);
  const auto rest = trim(authorization.substr(space + 1));
  if (rest.empty()) return malformed;
  if (equal_ignoring_case(scheme, "bearer"))
    return {Credential::Form::bearer, {}, std::string(rest)};
  if (!equal_ignoring_case(scheme, "basic")) return malformed;

  const auto decoded = from_base64(rest);
  if (!decoded) return malformed;
  const std::string_view pair = as_text(*decoded);
  const auto colon = pair.find(':');
  // No account has such a name, and no password such bytes.
  if (colon == pair.npos || pair.find('\0') != pair.npos || !is_utf8(pair)) return malformed;
  std::string name(pair.substr(0, colon));
  std::string secret(pair.substr(colon + 1));
  // `git clone http://hf_…@host` sends the token as the user name.
  if (secret.empty() && name.starts_with("hf_"))
    return {Credential::Form::bearer, {}, std::move(name)};
  if (secret.empty()) return malformed;
  return {Credential::Form::basic, std::move(name), std::move(secret)};
}

std::string session_secret_in(std::string_view cookie_header) {
  if (cookie_header.size() > kLongestCookies) return {};
  for (const auto kind : {CookieKind::host_bound, CookieKind::plain}) {
    const auto name = cookie_name(kind);
    for (std::string_view pair : split(cookie_header, ';')) {
      pair = trim(pair);
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return session_secret(kind, pair.substr(name.size() + 1));
    }
  }
  return {};
}

}  // namespace holt::auth
