// The index layout: magic, fan-out, names, checksums of entries, offsets, checksums of both files.
#include "io/gitio/pack_index.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace holt::gitio {
namespace {

constexpr std::string_view kMagic("\377tOc\0\0\0\2", 8);
constexpr std::size_t kFanOutBytes = 256 * 4;
constexpr std::size_t kPerObjectBytes = sizeof(RawOid) + 4 + 4;
constexpr std::size_t kTrailerBytes = 2 * sizeof(Sha1Digest);
// Offsets from here on stand in a table of 64-bit ones.
constexpr std::uint64_t kLargeOffset = 0x80000000U;

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

std::uint32_t number_at(ByteSpan bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
  return value;
}

}  // namespace

std::string build_index(std::vector<IndexEntry>& entries, const Sha1Digest& pack_checksum) {
  std::sort(entries.begin(), entries.end(),
            [](const IndexEntry& a, const IndexEntry& b) { return a.oid < b.oid; });
  std::array<std::uint32_t, 256> counts{};
  for (const IndexEntry& entry : entries) ++counts[entry.oid[0]];
  std::string out(kMagic);
  out.reserve(kMagic.size() + kFanOutBytes + entries.size() * kPerObjectBytes + kTrailerBytes);
  std::uint32_t total = 0;
  for (const std::uint32_t count : counts) append_number(out, total += count, 4);
  for (const IndexEntry& entry : entries)
    out.append(reinterpret_cast<const char*>(entry.oid.data()), entry.oid.size());
  for (const IndexEntry& entry : entries) append_number(out, entry.crc32, 4);
  std::string large;
  for (const IndexEntry& entry : entries) {
    if (entry.offset < kLargeOffset) {
      append_number(out, entry.offset, 4);
    } else {
      append_number(out, kLargeOffset | large.size() / 8, 4);
      append_number(large, entry.offset, 8);
    }
  }
  out += large;
  out.append(reinterpret_cast<const char*>(pack_checksum.data()), pack_checksum.size());
  const Sha1Digest checksum = sha1(as_bytes(out));
  return out.append(reinterpret_cast<const char*>(checksum.data()), checksum.size());
}

bool is_index_of(ByteSpan index, const Sha1Digest& pack_checksum) {
  const std::size_t fixed = kMagic.size() + kFanOutBytes + kTrailerBytes;
  if (index.size() < fixed || as_text(index.first(kMagic.size())) != kMagic) return false;
  const std::size_t count = number_at(index, kMagic.size() + kFanOutBytes - 4);
  if (index.size() - fixed < count * kPerObjectBytes) return false;
  const auto trailer = index.last(kTrailerBytes);
  if (std::memcmp(trailer.data(), pack_checksum.data(), pack_checksum.size()) != 0) return false;
  const Sha1Digest checksum = sha1(index.first(index.size() - sizeof(Sha1Digest)));
  return std::memcmp(trailer.data() + pack_checksum.size(), checksum.data(), checksum.size()) == 0;
}

std::vector<RawOid> objects_of(ByteSpan index) {
  std::vector<RawOid> out(number_at(index, kMagic.size() + kFanOutBytes - 4));
  const std::uint8_t* at = index.data() + kMagic.size() + kFanOutBytes;
  for (RawOid& oid : out) {
    std::memcpy(oid.data(), at, oid.size());
    at += oid.size();
  }
  return out;
}

}  // namespace holt::gitio
