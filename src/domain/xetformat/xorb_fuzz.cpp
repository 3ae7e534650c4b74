// Fuzzes everything that reads a xorb: the walk over its chunks, the decoders, and the stored
// footer.
#include "domain/xetformat/xetformat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace xetformat = holt::xetformat;
  const holt::ByteSpan bytes(data, size);
  const auto index = xetformat::read_xorb(bytes);
  if (index) {
    CHECK(index->stored_bytes() <= size);
    const holt::Bytes footer = xetformat::make_footer(*index);
    const auto again = xetformat::read_footer(footer, index->stored_bytes() + footer.size());
    CHECK(again && again->hash == index->hash && again->raw_bytes() == index->raw_bytes());
  }
  static_cast<void>(xetformat::read_footer(bytes, size));
  return 0;
}
