// Each kind of error: its status, how loud the log is about it, and the reply that tells of it.
#include "base/text.h"
#include "io/http/http.h"
#include "io/http/json_text.h"

namespace holt::http {
namespace {

constexpr std::size_t kMaxHeaderMessageBytes = 1000;

// A header value is one line: controls become spaces, and bytes that are not UTF-8 question marks.
std::string one_line(std::string_view message) {
  std::string out(clip(message, kMaxHeaderMessageBytes));
  const bool valid = is_utf8(out);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      c = ' ';
    } else if (byte >= 0x80 && !valid) {
      c = '?';
    }
  }
  return std::string(trim(out));
}

}  // namespace

int status_of(Kind kind) {
  switch (kind) {
    case Kind::invalid:
      return 400;
    case Kind::unauthorized:
      return 401;
    case Kind::forbidden:
      return 403;
    case Kind::not_found:
      return 404;
    case Kind::method_not_allowed:
      return 405;
    case Kind::conflict:
      return 409;
    case Kind::gone:
      return 410;
    case Kind::precondition_failed:
      return 412;
    case Kind::too_large:
      return 413;
    case Kind::range_not_satisfiable:
      return 416;
    case Kind::unprocessable:
      return 422;
    case Kind::rate_limited:
      return 429;
    case Kind::internal:
      return 500;
    case Kind::not_implemented:
      return 501;
    case Kind::unavailable:
      return 503;
    case Kind::storage_full:
      return 507;
  }
  return 500;
}

log::Level log_level_of(Kind kind) {
  switch (kind) {
    case Kind::internal:
    case Kind::storage_full:
      return log::Level::error;
    case Kind::unavailable:
      return log::Level::warning;
    default:
      return log::Level::debug;
  }
}

Response error_response(const Error& error) { return error_response(error, {}); }

Response error_response(const Error& error, std::string_view request_id) {
  std::string generic;
  if (error.kind == Kind::internal) {
    generic = "Something went wrong in the server. Try again; if it stays, tell its administrator";
    generic += request_id.empty() ? "." : " the request id " + std::string(request_id) + ".";
  }
  const std::string_view message = generic.empty() ? std::string_view(error.message) : generic;
  std::string body = "{\"error\":";
  append_json(body, message);
  body += '}';
  Response response = Response::json(std::move(body), status_of(error.kind));
  if (!error.tag.empty()) response.headers.add("X-Error-Code", std::string(error.tag));
  response.headers.add("X-Error-Message", one_line(message));
  for (const auto& [name, value] : error.headers) response.headers.add(name, value);
  return response;
}

}  // namespace holt::http
