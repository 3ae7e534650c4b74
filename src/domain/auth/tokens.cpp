// The text of access tokens (docs/formats/tokens.md).
#include "domain/auth/tokens.h"

#include <algorithm>
#include <cstdint>

#include "base/random.h"

namespace holt::auth {
namespace {

constexpr std::string_view kPrefix = "hf_";
constexpr std::size_t kRandomLength = 28;
constexpr std::size_t kChecksumLength = 6;
constexpr std::size_t kShortestChosen = 8;
constexpr std::size_t kLongest = 256;  // clients refuse longer ones
constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

}  // namespace

std::string token_checksum(std::string_view text) {
  std::uint32_t rest = crc32(text);
  std::string digits(kChecksumLength, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest /= 62) {
    *digit = kDigits[rest % 62];
  }
  return digits;
}

std::string new_token_text() {
  std::string text(kPrefix);
  text += random_alphanumeric(kRandomLength);
  text += token_checksum(text);
  return text;
}

bool is_well_formed_token(std::string_view text) {
  if (text.size() != kPrefix.size() + kRandomLength + kChecksumLength) return false;
  if (!text.starts_with(kPrefix)) return false;
  const auto body = text.substr(kPrefix.size());
  if (body.find_first_not_of(kDigits) != std::string_view::npos) return false;
  const auto checked = text.size() - kChecksumLength;
  return token_checksum(text.substr(0, checked)) == text.substr(checked);
}

Result<void> check_chosen_token(std::string_view text) {
  if (!text.starts_with(kPrefix))
    return fail(Kind::invalid, "A token's value must start with hf_.");
  if (text.size() < kShortestChosen || text.size() > kLongest) {
    return fail(Kind::invalid, "A token's value must be 8 to 256 characters long.");
  }
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return fail(Kind::invalid, "A token's value must be printable ASCII without spaces.");
  }
  return {};
}

}  // namespace holt::auth
