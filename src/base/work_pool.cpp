// The threads behind WorkPool and their one queue.
#include "base/work_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace holt {

struct WorkPool::Impl {
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::deque<std::move_only_function<void()>> queue;
  bool stopping = false;
  std::vector<std::thread> threads;

  // noexcept: work that throws ends the process with its trace, rather than losing a thread
  // silently.
  void serve() noexcept {
    std::unique_lock lock(mutex);
    for (;;) {
      ready.wait(lock, [&] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      {
        auto work = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        work();
      }
      lock.lock();
    }
  }
};

WorkPool::WorkPool(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  CHECK(threads > 0);
  impl_->threads.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) impl_->threads.emplace_back([this] { impl_->serve(); });
}

WorkPool::~WorkPool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->ready.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

void WorkPool::post(std::move_only_function<void()> work) {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->queue.push_back(std::move(work));
  }
  impl_->ready.notify_one();
}

std::size_t WorkPool::size() const { return impl_->threads.size(); }

std::size_t WorkPool::waiting() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->queue.size();
}

}  // namespace holt
