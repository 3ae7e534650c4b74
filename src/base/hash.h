// SHA-256, SHA-1 (git objects) and HMAC-SHA-256, streaming and in one call. BLAKE3 is in blake3.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace holt {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Sha1Digest = std::array<std::uint8_t, 20>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteSpan bytes);
  void update(std::string_view text) { update(as_bytes(text)); }
  Sha256Digest finish();  // once; the object is spent afterwards
 private:
  void* context_;
};

class Sha1 {
 public:
  Sha1();
  ~Sha1();
  Sha1(Sha1&&) noexcept;
  Sha1& operator=(Sha1&&) noexcept;
  void update(ByteSpan bytes);
  void update(std::string_view text) { update(as_bytes(text)); }
  Sha1Digest finish();

 private:
  void* context_;
};

Sha256Digest sha256(ByteSpan bytes);
std::string sha256_hex(std::string_view text);
Sha1Digest sha1(ByteSpan bytes);
Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

}  // namespace holt
