// Object names as bytes: twenty of them, compact keys for maps and caches.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace holt::gitio {

using RawOid = std::array<std::uint8_t, 20>;

struct RawOidHash {
  // The bytes are uniformly distributed already.
  std::size_t operator()(const RawOid& oid) const {
    std::size_t value;
    std::memcpy(&value, oid.data(), sizeof value);
    return value;
  }
};

// An object of one opened repository: what one repository holds must not be found through another.
struct ObjectKey {
  std::uint64_t instance = 0;
  RawOid oid{};
  auto operator<=>(const ObjectKey&) const = default;
};

struct ObjectKeyHash {
  std::size_t operator()(const ObjectKey& key) const {
    return RawOidHash()(key.oid) ^ (key.instance * 0x9e3779b97f4a7c15U);
  }
};

std::optional<RawOid> parse_oid(std::string_view hex);  // exactly 40 lower-case digits
RawOid checked_oid(std::string_view hex);               // throws unless parse_oid accepts it
std::string hex_of(const RawOid& oid);

}  // namespace holt::gitio
