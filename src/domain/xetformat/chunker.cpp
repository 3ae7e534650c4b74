// The gear hash scan. It runs at about one byte a cycle, so each byte costs one table load, one
// addition and one comparison that is almost never true.
#include "domain/xetformat/chunker.h"

#include <algorithm>

#include "domain/xetformat/gear_table.h"

namespace holt::xetformat {
namespace {

// A chunk ends where the upper 16 bits of the hash are zero.
constexpr std::uint64_t kCutBelow = std::uint64_t{1} << 48;
// The hash forgets a byte after 64 more, so bytes that cannot reach the first possible cut are
// skipped.
constexpr std::size_t kSkippedBytes = kMinChunkBytes - 64 - 1;
constexpr std::size_t kStride = 16;

std::uint64_t step(std::uint64_t hash, std::uint8_t byte) { return (hash << 1) + kGearTable[byte]; }

}  // namespace

std::optional<std::size_t> Chunker::scan(ByteSpan bytes) {
  const std::uint8_t* const begin = bytes.data();
  const std::uint8_t* const end = begin + bytes.size();
  const std::uint8_t* at = begin;
  std::uint64_t hash = hash_;

  if (size_ < kMinChunkBytes - 1) {
    if (size_ < kSkippedBytes) at += std::min(kSkippedBytes - size_, bytes.size());
    const std::size_t to_minimum = kMinChunkBytes - 1 - size_;
    const std::uint8_t* const first_cut = to_minimum < bytes.size() ? begin + to_minimum : end;
    for (; at < first_cut; ++at) hash = step(hash, *at);
  }

  const std::size_t to_maximum = kMaxChunkBytes - size_;
  const std::uint8_t* const last_cut = to_maximum <= bytes.size() ? begin + to_maximum : end;
  const auto cut_after = [&](const std::uint8_t* last) {
    hash_ = 0;
    size_ = 0;
    return static_cast<std::size_t>(last - begin) + 1;
  };
  while (last_cut - at >= static_cast<std::ptrdiff_t>(kStride)) {
    for (std::size_t i = 0; i < kStride; ++i) {
      hash = step(hash, at[i]);
      if (hash < kCutBelow) [[unlikely]]
        return cut_after(at + i);
    }
    at += kStride;
  }
  for (; at < last_cut; ++at) {
    hash = step(hash, *at);
    if (hash < kCutBelow) [[unlikely]]
      return cut_after(at);
  }
  if (to_maximum <= bytes.size()) return cut_after(last_cut - 1);

  hash_ = hash;
  size_ += bytes.size();
  return std::nullopt;
}

void Chunker::gather(ByteSpan bytes) {
  if (bytes.empty()) return;
  if (gathered_.capacity() == 0) gathered_.reserve(kMaxChunkBytes);
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
}

}  // namespace holt::xetformat
