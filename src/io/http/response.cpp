// The usual replies, and what browsers of other origins are told.
#include "io/http/http.h"

namespace holt::http {

Response Response::json(std::string text, int status) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  // It is the caller's own view, true for the moment.
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(text);
  return response;
}

Response Response::text(std::string text, int status) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  return response;
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  return response;
}

Response Response::redirect(int status, std::string location) {
  Response response;
  response.status = status;
  response.headers.add("Location", std::move(location));
  return response;
}

std::string_view cors_fields() {
  return "Access-Control-Allow-Origin: *\r\n"
         "Access-Control-Expose-Headers: X-Repo-Commit, X-Request-Id, X-Error-Code, "
         "X-Error-Message, X-Total-Count, ETag, Link, Accept-Ranges, Content-Range, "
         "Content-Disposition, X-Linked-Size, X-Linked-ETag, X-Xet-Hash\r\n";
}

Response preflight_response() {
  Response response;
  response.status = 204;
  response.headers.add("Access-Control-Allow-Methods",
                       "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
  response.headers.add("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Range, X-Xet-Session-Id, If-None-Match, "
                       "If-Range, X-Request-Id, X-HF-Bill-To");
  response.headers.add("Access-Control-Max-Age", "86400");
  return response;
}

}  // namespace holt::http
