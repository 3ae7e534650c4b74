// Reports what took long, by name.
#pragma once

#include <string_view>

#include "base/log.h"
#include "base/time.h"

namespace holt::db {

class SlowWatch {
 public:
  explicit SlowWatch(std::string_view name) : name_(name) {}
  ~SlowWatch() {
    const std::int64_t took_us = monotonic_us() - begun_us_;
    if (took_us < 200'000) return;
    log::warning("slow query", {{"query", name_}, {"duration_ms", took_us / 1000}});
  }
  SlowWatch(const SlowWatch&) = delete;
  SlowWatch& operator=(const SlowWatch&) = delete;

 private:
  std::string_view name_;
  std::int64_t begun_us_ = monotonic_us();
};

}  // namespace holt::db
