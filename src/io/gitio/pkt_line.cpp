// pkt-line framing. Format: git's Documentation/gitprotocol-common, "pkt-line Format".
#include <fmt/format.h>

#include "io/gitio/gitio.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kMostData = 65516;

int digit_of(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string pkt(std::string_view data) {
  CHECK(data.size() <= kMostData);
  return fmt::format("{:04x}{}", data.size() + kLengthBytes, data);
}

Result<PktLine> read_pkt(ByteSpan bytes, std::size_t& position) {
  if (position > bytes.size() || bytes.size() - position < kLengthBytes) {
    return fail(Kind::invalid,
                fmt::format("The request ends inside a pkt-line at byte {}.", position));
  }
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    const int digit = digit_of(bytes[position + i]);
    if (digit < 0) {
      return fail(Kind::invalid,
                  fmt::format("The pkt-line at byte {} does not begin with its length.", position));
    }
    length = length * 16 + static_cast<std::size_t>(digit);
  }
  using enum PktLine::Kind;
  if (length < kLengthBytes) {
    if (length == 3)
      return fail(Kind::invalid,
                  fmt::format("The pkt-line at byte {} has the length 3.", position));
    position += kLengthBytes;
    return PktLine{length == 0 ? flush : length == 1 ? delimiter : response_end, {}};
  }
  if (length > kMostData + kLengthBytes) {
    return fail(Kind::invalid, fmt::format("The pkt-line at byte {} is longer than {} bytes.",
                                           position, kMostData));
  }
  if (length > bytes.size() - position) {
    return fail(Kind::invalid,
                fmt::format("The request ends inside the pkt-line at byte {}.", position));
  }
  const ByteSpan content = bytes.subspan(position + kLengthBytes, length - kLengthBytes);
  position += length;
  return PktLine{data, as_text(content)};
}

}  // namespace holt::gitio
