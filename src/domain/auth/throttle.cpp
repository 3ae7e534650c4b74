// Failure counts in a window.
#include "domain/auth/throttle.h"

#include "base/time.h"

namespace holt::auth {

Throttle::Throttle(int failures_allowed, std::chrono::seconds window, std::size_t most_keys)
    : failures_allowed_(failures_allowed),
      window_us_(std::chrono::microseconds(window).count()),
      most_keys_(most_keys) {}

std::optional<std::chrono::seconds> Throttle::must_wait(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  const std::int64_t left_us = found->second->until_us - monotonic_us();
  if (left_us <= 0 || found->second->failures < failures_allowed_) return std::nullopt;
  return std::chrono::seconds(left_us / 1'000'000 + 1);
}

void Throttle::failed(const std::string& key) {
  std::lock_guard lock(mutex_);
  const std::int64_t at = monotonic_us();
  auto found = index_.find(key);
  if (found == index_.end()) {
    entries_.push_front(Entry{key, 0, at + window_us_});
    index_[key] = entries_.begin();
    if (entries_.size() > most_keys_) {
      index_.erase(entries_.back().key);
      entries_.pop_back();
    }
  } else {
    entries_.splice(entries_.begin(), entries_, found->second);
  }
  Entry& entry = entries_.front();
  if (entry.until_us <= at) entry = Entry{key, 0, at + window_us_};
  ++entry.failures;
}

void Throttle::succeeded(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  entries_.erase(found->second);
  index_.erase(found);
}

std::size_t Throttle::keys() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace holt::auth
