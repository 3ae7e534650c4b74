// A bounded map that drops what was used longest ago. Safe to call from any thread. Never blocks on
// anything but its own mutex, and never refuses an insertion: past the bound the oldest entries go.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace holt {

template <class Key, class Value, class Hash = std::hash<Key>>
class Lru {
 public:
  // Cost units are the caller's (entries or bytes); an entry dearer than max_cost is not kept.
  explicit Lru(std::size_t max_cost) : max_cost_(max_cost) {}

  std::optional<Value> find(const Key& key) {
    std::lock_guard lock(mutex_);
    auto it = index_.find(key);
    if (it == index_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->value;
  }

  void insert(const Key& key, Value value, std::size_t cost = 1) {
    std::lock_guard lock(mutex_);
    erase_locked(key);
    if (cost > max_cost_) return;
    entries_.push_front(Entry{key, std::move(value), cost});
    index_[key] = entries_.begin();
    cost_ += cost;
    while (cost_ > max_cost_) {
      cost_ -= entries_.back().cost;
      index_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }

  void erase(const Key& key) {
    std::lock_guard lock(mutex_);
    erase_locked(key);
  }

  void clear() {
    std::lock_guard lock(mutex_);
    index_.clear();
    entries_.clear();
    cost_ = 0;
  }

  std::size_t cost() const {
    std::lock_guard lock(mutex_);
    return cost_;
  }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t cost;
  };
  void erase_locked(const Key& key) {
    auto it = index_.find(key);
    if (it == index_.end()) return;
    cost_ -= it->second->cost;
    entries_.erase(it->second);
    index_.erase(it);
  }

  mutable std::mutex mutex_;
  std::list<Entry> entries_;
  std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> index_;
  std::size_t max_cost_;
  std::size_t cost_ = 0;
};

}  // namespace holt
