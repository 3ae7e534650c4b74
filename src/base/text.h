// Small text operations that several rooms need: case, split, trim, percent coding, UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

std::string lower(std::string_view text);  // ASCII only
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  // ASCII white space at both ends
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// %XX decoded; '+' stays '+'. nullopt when a % is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);
// Form and query values: also turns '+' into a space.
std::optional<std::string> form_decode(std::string_view text);
// Everything outside A-Za-z0-9-._~ as %XX; '/' kept when keep_slash.
enum class Slash { keep, encode };
std::string percent_encode(std::string_view text, Slash slash = Slash::encode);
bool is_utf8(std::string_view text);
// Whole text as a decimal number, no sign, no spaces; nullopt otherwise or past 2^64-1.
std::optional<std::uint64_t> parse_u64(std::string_view text);
// Text cut to at most max_bytes at a UTF-8 boundary.
std::string_view clip(std::string_view text, std::size_t max_bytes);

}  // namespace holt
