// Byte spans, hexadecimal and base64 text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteSpan bytes);  // lower case
std::optional<Bytes> from_hex(
    std::string_view text);  // either case; nullopt unless even and all hex
bool is_hex(std::string_view text, std::size_t length);  // exactly `length` lower-case hex digits
std::string to_base64(ByteSpan bytes);                   // standard alphabet, padded
std::string to_base64url(ByteSpan bytes);                // URL alphabet, not padded
// Standard or URL alphabet, padding optional, ASCII white space skipped; nullopt when malformed.
std::optional<Bytes> from_base64(std::string_view text);
// Equal without telling by its duration where the first difference is.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace holt
