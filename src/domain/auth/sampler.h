// Lets one of many alike through: audit rows about what strangers can repeat at will.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/lru.h"
#include "base/time.h"

namespace holt::auth {

// Safe from any thread; memory is bounded.
class Sampler {
 public:
  Sampler(std::chrono::seconds period, std::size_t most_keys)
      : period_us_(std::chrono::microseconds(period).count()), until_(most_keys) {}

  // True for the first of a key in each period.
  bool first(const std::string& key) {
    const std::int64_t at = monotonic_us();
    if (const auto until = until_.find(key); until && *until > at) return false;
    until_.insert(key, at + period_us_);
    return true;
  }

 private:
  const std::int64_t period_us_;
  Lru<std::string, std::int64_t> until_;
};

}  // namespace holt::auth
