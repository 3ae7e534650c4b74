// Range headers from strangers: never a byte outside the body.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "io/http/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint64_t body_bytes = data[0];
  const std::string_view header(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto inside = [&](const holt::http::ByteRange& range) {
    if (range.first > range.last || range.last >= body_bytes) std::abort();
  };
  if (const auto one = holt::http::parse_range(header, body_bytes); one && *one) inside(**one);
  if (const auto many = holt::http::parse_ranges(header, body_bytes)) {
    if (many->size() > 1000) std::abort();
    std::uint64_t total = 0;
    for (const auto& range : *many) {
      inside(range);
      total += range.last - range.first + 1;
    }
    if (total > body_bytes) std::abort();
  }
  return 0;
}
