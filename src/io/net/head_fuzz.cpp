// Heads and chunked bodies from strangers: parsed without a byte read outside them, and decoded to
// no more than came.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "io/net/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holt::net::HeadScanner;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  HeadScanner scanner;
  if (scanner.scan(input) != HeadScanner::State::complete) return 0;
  holt::http::Request request;
  holt::net::RequestParser parser(request);
  if (parser.parse_head(input.substr(0, scanner.size()))) return 0;
  if (request.path.empty()) std::abort();
  (void)holt::net::origin_of(request, {});
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
  if (total > size) std::abort();
  return 0;
}
