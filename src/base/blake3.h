// BLAKE3 with a key, in one call and incrementally (the Xet formats hash everything with it).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

struct HoltBlake3;

namespace holt {

using Blake3Digest = std::array<std::uint8_t, 32>;
using Blake3Key = std::array<std::uint8_t, 32>;

Blake3Digest blake3_keyed(const Blake3Key& key, ByteSpan bytes);

class Blake3Keyed {
 public:
  explicit Blake3Keyed(const Blake3Key& key);
  ~Blake3Keyed();
  Blake3Keyed(Blake3Keyed&&) noexcept;
  Blake3Keyed& operator=(Blake3Keyed&&) noexcept;
  void update(ByteSpan bytes);
  Blake3Digest finish() const;  // of everything given so far

 private:
  HoltBlake3* hasher_;
};

}  // namespace holt
