// Heads and chunked bodies from strangers: parsed without a byte read outside them, and decoded to
// no more than came.
#include <array>
#include <cstdint>

#include "base/text.h"
#include "io/net/request_head.h"

namespace {

// What two servers in a row could read differently is refused (request smuggling).
void check_framing(const holt::http::Request& request, const holt::net::RequestParser& parser) {
  std::size_t lengths = 0, encodings = 0, hosts = 0;
  for (const auto& [name, value] : request.headers.all()) {
    CHECK(!name.empty() && name.find_first_of(" \t\r\n:") == std::string::npos);
    CHECK(value.find_first_of("\r\n") == std::string::npos &&
          value.find('\0') == std::string::npos);
    lengths += holt::equal_ignoring_case(name, "Content-Length") ? 1 : 0;
    encodings += holt::equal_ignoring_case(name, "Transfer-Encoding") ? 1 : 0;
    hosts += holt::equal_ignoring_case(name, "Host") ? 1 : 0;
  }
  CHECK(lengths + encodings <= 1 && hosts <= 1);
  CHECK(parser.chunked() == (encodings == 1));
  CHECK(parser.length().has_value() == (lengths == 1));
  CHECK(hosts == 1 || !parser.is_http11());
  CHECK(request.path == "*" || request.path.starts_with('/'));
  CHECK(request.path.find_first_of(" \r\n?") == std::string::npos);
  for (const auto& [name, value] : request.query.pairs()) CHECK(holt::is_utf8(value));

  for (const bool trusting : {false, true}) {
    holt::http::Pipeline pipeline;
    pipeline.trust_forwarded = trusting;
    if (const auto origin = holt::net::origin_of(request, pipeline)) {
      CHECK(origin->starts_with("http://") || origin->starts_with("https://"));
      CHECK(origin->find_first_of(" \"'<>\\@#?") == std::string::npos &&
            origin->find('/', 8) == std::string::npos);
    }
    const auto remote = holt::net::remote_of(request, pipeline, "peer");
    CHECK(remote == "peer" || trusting);
  }
  const auto id = holt::net::request_id_of(request);
  CHECK(!id.empty() && id.size() <= 128);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holt::net::HeadScanner;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  HeadScanner scanner, pieces;
  const auto state = scanner.scan(input);
  // A head that arrives byte by byte is the same head.
  auto seen = HeadScanner::State::incomplete;
  for (std::size_t end = 1; end <= input.size() && seen == HeadScanner::State::incomplete; ++end)
    seen = pieces.scan(input.substr(0, end));
  CHECK(seen == state);
  if (state != HeadScanner::State::complete) return 0;
  CHECK(pieces.size() == scanner.size());
  holt::http::Request request;
  holt::net::RequestParser parser(request);
  if (const auto fault = parser.parse_head(input.substr(0, scanner.size()))) {
    CHECK(fault->status >= 400 && fault->status < 600 && !fault->message.empty());
    return 0;
  }
  check_framing(request, parser);
  if (!parser.chunked()) return 0;
  input.remove_prefix(scanner.size());
  std::array<std::uint8_t, 7> output{};
  std::size_t total = 0;
  for (;;) {
    const auto decoded = parser.decode(input, output);
    total += decoded.produced;
    input.remove_prefix(decoded.consumed);
    if (decoded.complete || decoded.malformed) break;
    if (decoded.consumed == 0 && decoded.produced == 0) break;
  }
  CHECK(total <= size);
  return 0;
}
