// One mutex for each key, made when it is first locked and gone when nobody holds or awaits it: who
// works on one thing for long keeps nobody from another.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace holt {

template <class Key, class Hash = std::hash<Key>>
class KeyedMutex {
  struct Entry {
    std::mutex mutex;
    std::size_t users = 0;
  };

 public:
  // Held while this lives. The KeyedMutex outlives it.
  class [[nodiscard]] Lock {
   public:
    Lock(KeyedMutex& owner, const Key& key) : owner_(owner), key_(key), entry_(owner.enter(key)) {
      entry_.mutex.lock();
    }
    ~Lock() {
      entry_.mutex.unlock();
      owner_.leave(key_);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    KeyedMutex& owner_;
    Key key_;
    Entry& entry_;
  };

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  Entry& enter(const Key& key) {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];  // stays where it is when others come and go
    ++entry.users;
    return entry;
  }
  void leave(const Key& key) {
    std::lock_guard lock(mutex_);
    const auto it = entries_.find(key);
    if (--it->second.users == 0) entries_.erase(it);
  }

  mutable std::mutex mutex_;
  std::unordered_map<Key, Entry, Hash> entries_;
};

}  // namespace holt
