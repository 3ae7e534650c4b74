// Slows down the guessing of passwords: counts failures per key (a name, an address) in a window.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace holt::auth {

// Safe from any thread. Memory is bounded: past `most_keys` the key that failed longest ago goes.
class Throttle {
 public:
  Throttle(int failures_allowed, std::chrono::seconds window, std::size_t most_keys);

  // Seconds to wait when the key has failed too often; nullopt when it may try. Counts nothing.
  std::optional<std::chrono::seconds> must_wait(const std::string& key);
  void failed(const std::string& key);
  void succeeded(const std::string& key);
  std::size_t keys() const;

 private:
  struct Entry {
    std::string key;
    int failures = 0;
    std::int64_t until_us = 0;  // end of the window
  };
  const int failures_allowed_;
  const std::int64_t window_us_;
  const std::size_t most_keys_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // latest failure first
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace holt::auth
