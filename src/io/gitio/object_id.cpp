// Object names between hexadecimal and bytes.
#include "io/gitio/object_id.h"

#include <stdexcept>

#include "base/text.h"

namespace holt::gitio {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::optional<RawOid> parse_oid(std::string_view hex) {
  RawOid oid;
  if (hex.size() != 2 * oid.size()) return std::nullopt;
  for (std::size_t i = 0; i < oid.size(); ++i) {
    const int high = digit_of(hex[2 * i]);
    const int low = digit_of(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    oid[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return oid;
}

RawOid checked_oid(std::string_view hex) {
  const auto oid = parse_oid(hex);
  if (!oid)
    throw std::runtime_error("not a git object name: \"" + std::string(clip(hex, 60)) + "\"");
  return *oid;
}

std::string hex_of(const RawOid& oid) { return to_hex(oid); }

}  // namespace holt::gitio
