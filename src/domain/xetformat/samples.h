// Bytes and hashes for the tests of this room.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "domain/xetformat/xetformat.h"

namespace holt::xetformat::samples {

// The splitmix64 stream, little-endian: incompressible, the same on every machine.
inline Bytes random_bytes(std::size_t count, std::uint64_t seed) {
  Bytes bytes;
  bytes.reserve(count + 8);
  while (bytes.size() < count) {
    seed += 0x9E3779B97F4A7C15;
    std::uint64_t word = seed;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
    word ^= word >> 31;
    for (int i = 0; i < 8; ++i, word >>= 8) bytes.push_back(static_cast<std::uint8_t>(word));
  }
  bytes.resize(count);
  return bytes;
}

inline Bytes text_bytes(std::size_t count) {
  constexpr std::string_view kLine = "one line of a log that goes on and on, number ";
  std::string text;
  for (std::size_t i = 0; text.size() < count; ++i)
    text += std::string(kLine) + std::to_string(i) + "\n";
  text.resize(count);
  return Bytes(text.begin(), text.end());
}

// Like bf16 weights: of each two bytes one is nearly constant.
inline Bytes weight_bytes(std::size_t count) {
  Bytes bytes = random_bytes(count, 7);
  for (std::size_t i = 1; i < count; i += 2)
    bytes[i] = static_cast<std::uint8_t>(0x3C | (bytes[i] & 1));
  return bytes;
}

inline std::vector<Bytes> chunks_of(ByteSpan bytes) {
  std::vector<Bytes> chunks;
  Chunker chunker;
  const auto keep = [&](ByteSpan chunk) { chunks.emplace_back(chunk.begin(), chunk.end()); };
  chunker.feed(bytes, keep);
  chunker.finish(keep);
  return chunks;
}

inline std::vector<Node> nodes_of(const std::vector<Bytes>& chunks) {
  std::vector<Node> nodes;
  for (const Bytes& chunk : chunks) nodes.push_back({chunk_hash(chunk), chunk.size()});
  return nodes;
}

inline XorbBuilder::Built xorb_of(const std::vector<Bytes>& chunks) {
  XorbBuilder builder;
  for (const Bytes& chunk : chunks) builder.add(chunk);
  return builder.take();
}

}  // namespace holt::xetformat::samples
