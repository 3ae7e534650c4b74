// Waiting for connections: a bounded pool, and a lock that lets writers through in order of
// arrival. Both give up with a sentence after a while, so that a forgotten transaction shows as an
// error.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/db/db.h"

namespace holt::db {

inline constexpr std::chrono::seconds kLongestWait{30};

template <class Connection>
class Pool {
 public:
  Pool(std::size_t max, std::function<std::unique_ptr<Connection>()> connect)
      : max_(max), connect_(std::move(connect)) {}

  // A connection on loan; goes back when dropped, unless it says that it is broken.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() {
      if (connection_) pool_.give_back(std::move(connection_));
    }
    Lease(Lease&& other) noexcept = default;
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<Connection> connection_;
  };

  Lease take(std::chrono::milliseconds longest_wait = kLongestWait) {
    {
      std::unique_lock lock(mutex_);
      if (!free_.wait_for(lock, longest_wait, [&] { return !idle_.empty() || open_ < max_; })) {
        throw Failure("all " + std::to_string(max_) + " connections to the catalog were busy for " +
                          std::to_string(longest_wait.count() / 1000) +
                          " s; look for slow queries in the log, or allow more connections",
                      false);
      }
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(connection));
      }
      ++open_;
    }
    try {
      return Lease(*this, connect_());
    } catch (...) {
      forget_one();
      throw;
    }
  }

  std::size_t open_connections() const {
    std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  void give_back(std::unique_ptr<Connection> connection) {
    if (connection->broken()) {
      connection.reset();
      forget_one();
      return;
    }
    {
      std::lock_guard lock(mutex_);
      idle_.push_back(std::move(connection));
    }
    free_.notify_one();
  }
  void forget_one() {
    {
      std::lock_guard lock(mutex_);
      --open_;
    }
    free_.notify_one();
  }

  const std::size_t max_;
  const std::function<std::unique_ptr<Connection>()> connect_;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
};

class FairLock {
 public:
  class Guard {
   public:
    explicit Guard(FairLock& lock, std::chrono::milliseconds longest_wait = kLongestWait)
        : lock_(lock) {
      lock_.acquire(longest_wait);
    }
    ~Guard() { lock_.release(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    FairLock& lock_;
  };

 private:
  struct Waiter {
    std::condition_variable turn;
    bool mine = false;
  };

  void acquire(std::chrono::milliseconds longest_wait) {
    std::unique_lock lock(mutex_);
    if (!held_) {
      held_ = true;
      return;
    }
    Waiter self;
    waiting_.push_back(&self);
    if (self.turn.wait_for(lock, longest_wait, [&] { return self.mine; })) return;
    std::erase(waiting_, &self);
    throw Failure("another write to the catalog took longer than " +
                      std::to_string(longest_wait.count() / 1000) + " s",
                  false);
  }

  void release() {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      held_ = false;
      return;
    }
    Waiter* next = waiting_.front();
    waiting_.pop_front();
    next->mine = true;
    // Under the lock: the waiter lives on its thread's stack and may leave as soon as it sees
    // `mine`.
    next->turn.notify_one();
  }

  std::mutex mutex_;
  std::deque<Waiter*> waiting_;
  bool held_ = false;
};

}  // namespace holt::db
