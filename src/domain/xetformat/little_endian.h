// Little-endian numbers in byte buffers, for the formats of this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "domain/xetformat/hash.h"

namespace holt::xetformat {

template <std::size_t Count>
std::uint64_t load(const std::uint8_t* at) {
  std::uint64_t value = 0;
  for (std::size_t i = Count; i-- > 0;) value = value << 8 | at[i];
  return value;
}
inline std::uint32_t load_u24(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(load<3>(at));
}
inline std::uint32_t load_u32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(load<4>(at));
}
inline std::uint64_t load_u64(const std::uint8_t* at) { return load<8>(at); }
inline XetHash load_hash(const std::uint8_t* at) {
  XetHash hash;
  std::copy_n(at, hash.bytes.size(), hash.bytes.begin());
  return hash;
}

template <std::size_t Count>
void store(std::uint8_t* at, std::uint64_t value) {
  for (std::size_t i = 0; i < Count; ++i, value >>= 8) at[i] = static_cast<std::uint8_t>(value);
}

// Appends to a buffer whose size was reserved.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}
  void u8(std::uint8_t value) { out_.push_back(value); }
  void u32(std::uint32_t value) { number<4>(value); }
  void u64(std::uint64_t value) { number<8>(value); }
  void zeros(std::size_t count) { out_.resize(out_.size() + count); }
  void bytes(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void hash(const XetHash& hash) { bytes(hash.bytes); }

 private:
  template <std::size_t Count>
  void number(std::uint64_t value) {
    std::uint8_t buffer[Count];
    store<Count>(buffer, value);
    bytes(buffer);
  }
  Bytes& out_;
};

}  // namespace holt::xetformat
