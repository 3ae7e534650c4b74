// The cookie of a web session, as it is sent to a browser.
#include "domain/auth/state.h"
#include "io/http/http.h"

namespace holt::auth {
namespace {

std::string cookie(CookieKind kind, std::string_view value, std::string_view lifetime) {
  std::string out(cookie_name(kind));
  out += "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Lax; " + std::string(lifetime);
  if (kind == CookieKind::host_bound) out += "; Secure";
  return out;
}

}  // namespace

CookieKind cookie_kind(const http::Request& request) {
  return request.origin.starts_with("https://") ? CookieKind::host_bound : CookieKind::plain;
}

void set_session_cookie(http::Response& response, const http::Request& request,
                        std::string_view value, std::chrono::seconds life) {
  response.headers.add(
      "Set-Cookie", cookie(cookie_kind(request), value, "Max-Age=" + std::to_string(life.count())));
}

void clear_session_cookie(http::Response& response, const http::Request& request) {
  response.headers.add("Set-Cookie", cookie(cookie_kind(request), "", "Max-Age=0"));
  // Of before the hub was reached by https.
  if (cookie_kind(request) == CookieKind::host_bound)
    response.headers.add("Set-Cookie", cookie(CookieKind::plain, "", "Max-Age=0"));
}

}  // namespace holt::auth
