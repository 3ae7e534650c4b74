// Content-defined chunking as Xet clients do it, so that what the server converts has the chunks
// that a client would make: cut by a gear hash, 8 KiB to 128 KiB, about 64 KiB on average.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace holt::xetformat {

constexpr std::size_t kMinChunkBytes = 8192;
constexpr std::size_t kMaxChunkBytes = 131072;

// Feed a file's bytes in pieces of any size; the chunks do not depend on how they were cut up.
class Chunker {
 public:
  // sink(ByteSpan chunk) for each chunk that ends in `bytes`. A chunk that lies within `bytes` is
  // passed in place; one that began in an earlier piece was gathered in a buffer. The span is valid
  // only during the call.
  template <class Sink>
  void feed(ByteSpan bytes, Sink&& sink) {
    while (const std::optional<std::size_t> cut = scan(bytes)) {
      if (gathered_.empty()) {
        sink(bytes.first(*cut));
      } else {
        gathered_.insert(gathered_.end(), bytes.begin(),
                         bytes.begin() + static_cast<std::ptrdiff_t>(*cut));
        sink(ByteSpan(gathered_));
        gathered_.clear();
      }
      bytes = bytes.subspan(*cut);
    }
    gather(bytes);
  }

  // The last chunk, if any bytes are left. The chunker is then ready for another file.
  template <class Sink>
  void finish(Sink&& sink) {
    if (!gathered_.empty()) sink(ByteSpan(gathered_));
    gathered_.clear();
    hash_ = 0;
    size_ = 0;
  }

 private:
  // Length of the rest of the current chunk if it ends within `bytes`.
  std::optional<std::size_t> scan(ByteSpan bytes);
  void gather(ByteSpan bytes);

  std::uint64_t hash_ = 0;
  std::size_t size_ = 0;  // bytes of the current chunk before the next scan
  Bytes gathered_;        // exactly those bytes
};

}  // namespace holt::xetformat
