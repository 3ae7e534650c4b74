// The hashes of Xet: chunk, xorb, file, range. All are keyed BLAKE3; the keys and the shape of the
// tree are the protocol's and never change.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"

namespace holt::xetformat {

// 32 bytes. In URLs and JSON it has a text form of its own: four little-endian words, each in 16
// lower-case hexadecimal digits. It is not the plain hexadecimal of the bytes.
struct XetHash {
  std::array<std::uint8_t, 32> bytes{};

  static std::optional<XetHash> parse(std::string_view text);  // exactly 64 lower-case digits
  std::string text() const;
  bool is_zero() const { return *this == XetHash{}; }
  // Bytes 24 to 31 as a little-endian number: what "hash mod n" means throughout the protocol.
  std::uint64_t last_word() const;

  friend auto operator<=>(const XetHash&, const XetHash&) = default;
};

// A chunk, or an inner node of the tree over chunks.
struct Node {
  XetHash hash;
  std::uint64_t length_bytes = 0;
};

XetHash chunk_hash(ByteSpan chunk);
// Root of the tree over a xorb's chunks. Of nothing: zero.
XetHash xorb_hash(std::span<const Node> chunks);
// Salted root of the tree over a file's chunks. Of the empty file: zero.
XetHash file_hash(std::span<const Node> chunks);
// The verification hash of a term: of the hashes of its chunks, in order.
XetHash range_hash(std::span<const XetHash> chunks);
// What stands for a chunk hash in a dedup shard protected by a key. A zero key leaves the hash as
// it is.
XetHash protected_hash(const XetHash& key, const XetHash& chunk);
// Chunks that clients ask about and servers index: about one in 1,024, besides the first of each
// file.
bool is_dedup_eligible(const XetHash& chunk);

// A SHA-256 sits in a shard so that its text form by Xet's rule is the usual hexadecimal: each 8
// bytes reversed.
XetHash sha256_to_field(const Sha256Digest& digest);
Sha256Digest sha256_from_field(const XetHash& field);

// The same tree, from chunks that come one by one; memory grows with the logarithm of their number.
class TreeHasher {
 public:
  void add(const Node& chunk) { add_at(0, chunk); }
  XetHash root();       // once; the object is spent afterwards
  XetHash file_hash();  // the salted root; once

 private:
  static constexpr std::size_t kMaxGroup = 9;
  struct Level {
    std::array<Node, kMaxGroup> pending;
    std::size_t count = 0;
    bool emitted = false;
  };
  void add_at(std::size_t level, const Node& node);
  void close_group(std::size_t level);
  std::vector<Level> levels_;
};

}  // namespace holt::xetformat

template <>
struct std::hash<holt::xetformat::XetHash> {
  std::size_t operator()(const holt::xetformat::XetHash& hash) const noexcept {
    std::size_t word = 0;
    std::memcpy(&word, hash.bytes.data(), sizeof word);
    return word;
  }
};
