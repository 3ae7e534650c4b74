// Requests of the pack protocol cut into lines: never past the end, always forward.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "io/gitio/gitio.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const holt::ByteSpan bytes(data, size);
  std::size_t position = 0;
  for (;;) {
    const std::size_t before = position;
    const auto line = holt::gitio::read_pkt(bytes, position);
    if (!line) {
      if (position != before) std::abort();
      return 0;
    }
    if (position < before + 4 || position > size) std::abort();
    if (line->kind == holt::gitio::PktLine::Kind::data &&
        line->data.size() + 4 != position - before)
      std::abort();
    // Written again it is the same line; only the case of the length's digits may differ.
    if (line->kind == holt::gitio::PktLine::Kind::data) {
      const auto again = holt::gitio::pkt(line->data);
      if (again.substr(4) != line->data || again.size() != position - before) std::abort();
    }
  }
}
