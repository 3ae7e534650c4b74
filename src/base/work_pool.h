// A fixed set of threads that run blocking work (SQL, disk, git, hashing) away from the io threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace holt {

// Clients take turns: each has a queue of its own, and at most three quarters of the threads at
// once, so that however much one asks for, and however long it takes, there is room for the others.
class WorkPool {
 public:
  explicit WorkPool(std::size_t threads);
  ~WorkPool();  // runs what was posted, then joins
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // Work must not throw. Of one client it begins in the order posted.
  void post(std::move_only_function<void()> work, std::string_view client = {});
  std::size_t size() const;
  std::size_t waiting() const;  // posted and not begun

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holt
