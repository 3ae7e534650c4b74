// A fixed set of threads that run blocking work (SQL, disk, git, hashing) away from the io threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace holt {

class WorkPool {
 public:
  explicit WorkPool(std::size_t threads);
  ~WorkPool();  // runs what was posted, then joins
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  void post(std::move_only_function<void()> work);  // work must not throw
  std::size_t size() const;
  std::size_t waiting() const;  // posted and not begun

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holt
