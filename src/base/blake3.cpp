// BLAKE3 by the Rust crate behind native/blake3.
#include "base/blake3.h"

#include <holt_blake3.h>

#include <utility>

#include "base/result.h"

namespace holt {

Blake3Digest blake3_keyed(const Blake3Key& key, ByteSpan bytes) {
  Blake3Digest digest{};
  holt_blake3_keyed_hash(key.data(), bytes.data(), bytes.size(), digest.data());
  return digest;
}

Blake3Keyed::Blake3Keyed(const Blake3Key& key) : hasher_(holt_blake3_new_keyed(key.data())) {
  CHECK(hasher_ != nullptr);
}
Blake3Keyed::~Blake3Keyed() {
  if (hasher_ != nullptr) holt_blake3_free(hasher_);
}
Blake3Keyed::Blake3Keyed(Blake3Keyed&& other) noexcept
    : hasher_(std::exchange(other.hasher_, nullptr)) {}
Blake3Keyed& Blake3Keyed::operator=(Blake3Keyed&& other) noexcept {
  std::swap(hasher_, other.hasher_);
  return *this;
}
void Blake3Keyed::update(ByteSpan bytes) {
  holt_blake3_update(hasher_, bytes.data(), bytes.size());
}
Blake3Digest Blake3Keyed::finish() const {
  Blake3Digest digest{};
  holt_blake3_finalize(hasher_, digest.data());
  return digest;
}

}  // namespace holt
