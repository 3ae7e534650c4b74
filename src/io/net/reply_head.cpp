// The head of a reply as text.
#include "io/net/reply_head.h"

#include <fmt/format.h>

#include <array>
#include <boost/beast/http/status.hpp>

#include "base/text.h"

namespace holt::net {
namespace {

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 6> kOurs = {
      "Content-Length", "Transfer-Encoding", "Connection", "Date", "Server", "X-Request-Id"};
  for (const auto ours : kOurs) {
    if (equal_ignoring_case(name, ours)) return true;
  }
  return false;
}

void append_value(std::string& out, std::string_view value) {
  const std::size_t start = out.size();
  out += value;
  for (std::size_t i = start; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) out[i] = ' ';
  }
}

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

}  // namespace

void append_reply_head(std::string& out, const ReplyHead& head, const http::Headers& fields) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(head.status));
  out += ' ';
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(head.status)));
  out.append(reason.data(), reason.size());
  out += "\r\nServer: holt\r\nDate: ";
  out += head.date;
  out += "\r\nX-Request-Id: ";
  out += head.request_id;
  out += "\r\n";
  for (const auto& [name, value] : fields.all()) {
    if (is_ours(name)) continue;
    out += name;
    out += ": ";
    append_value(out, value);
    out += "\r\n";
  }
  if (head.security != nullptr) head.security->append_missing(out, fields);
  if (head.length) {
    out += "Content-Length: ";
    append_number(out, *head.length);
    out += "\r\n";
  } else if (head.chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (!head.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!head.http11) {
    out += "Connection: keep-alive\r\n";
  }
  if (head.for_browser) out += http::cors_fields();
  out += "\r\n";
}

}  // namespace holt::net
