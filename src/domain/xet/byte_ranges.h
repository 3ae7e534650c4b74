// Several ranges of one file as a multipart/byteranges body (RFC 9110, section 14.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/http/http.h"

namespace holt::xet {

class ByteRanges final : public http::BodySource {
 public:
  // The ranges lie within the file; total_bytes is what the client takes for its length.
  ByteRanges(SharedFile file, std::uint64_t total_bytes, std::vector<http::ByteRange> ranges,
             const std::string& boundary);
  std::uint64_t length() const;  // of the whole body
  std::optional<http::Piece> next() override;

 private:
  SharedFile file_;
  std::vector<http::ByteRange> ranges_;
  std::vector<std::string> heads_;  // before each range, and the end
  std::size_t at_ = 0;              // even: a head; odd: its range
};

}  // namespace holt::xet
