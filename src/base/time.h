// Points in time as the house stores and shows them: milliseconds since 1970 UTC, ISO-8601 with Z.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holt {

struct Timestamp {
  std::int64_t ms = 0;  // since 1970-01-01T00:00:00Z
  auto operator<=>(const Timestamp&) const = default;
};

Timestamp now();  // wall clock
// For tests of what takes days: moves now() ahead, in this process.
void move_clock(std::chrono::milliseconds ahead);
std::int64_t monotonic_us();       // for durations only
std::string iso8601(Timestamp t);  // 2024-01-02T03:04:05.000Z
std::optional<Timestamp> parse_iso8601(
    std::string_view text);          // with or without fraction, Z or ±hh:mm
std::string http_date(Timestamp t);  // Tue, 02 Jan 2024 03:04:05 GMT

}  // namespace holt
