// A multipart/byteranges body, head by head and range by range.
#include "domain/xet/byte_ranges.h"

#include <fmt/format.h>

namespace holt::xet {

ByteRanges::ByteRanges(SharedFile file, std::uint64_t total_bytes,
                       std::vector<http::ByteRange> ranges, const std::string& boundary)
    : file_(std::move(file)), ranges_(std::move(ranges)) {
  for (std::size_t i = 0; i < ranges_.size(); ++i)
    heads_.push_back(
        fmt::format("{}--{}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
                    "{}-{}/{}\r\n\r\n",
                    i > 0 ? "\r\n" : "", boundary, ranges_[i].first, ranges_[i].last, total_bytes));
  heads_.push_back(fmt::format("\r\n--{}--\r\n", boundary));
}

std::uint64_t ByteRanges::length() const {
  std::uint64_t length = 0;
  for (const auto& head : heads_) length += head.size();
  for (const auto& range : ranges_) length += range.last - range.first + 1;
  return length;
}

std::optional<http::Piece> ByteRanges::next() {
  const std::size_t part = at_ / 2;
  if (part >= heads_.size() || (part == ranges_.size() && at_ % 2 == 1)) return std::nullopt;
  if (at_++ % 2 == 0) return http::Piece(Bytes(heads_[part].begin(), heads_[part].end()));
  return http::Piece(
      http::FileRange{file_, ranges_[part].first, ranges_[part].last - ranges_[part].first + 1});
}

}  // namespace holt::xet
