// The head of a reply as text: status line, the server's own fields, the handler's fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/http/http.h"

namespace holt::net {

struct ReplyHead {
  int status = 200;
  bool http11 = true;
  bool keep_alive = true;
  bool for_browser = false;  // the request names an Origin
  bool chunked = false;
  std::optional<std::uint64_t> length;
  std::string_view request_id;
  std::string_view date;
  const http::SecurityFields* security = nullptr;
};

// Fields of framing (Content-Length, Connection, …) come from `head` alone; line ends inside a
// value turn into spaces, so that no value can start a field of its own.
void append_reply_head(std::string& out, const ReplyHead& head, const http::Headers& fields);

}  // namespace holt::net
