// The threads behind WorkPool, and whose turn it is.
#include "base/work_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace holt {
namespace {

struct Client {
  std::deque<std::move_only_function<void()>> queue;
  std::size_t running = 0;
  bool has_turn = false;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

}  // namespace

struct WorkPool::Impl {
  using Clients = std::unordered_map<std::string, Client, TextHash, std::equal_to<>>;

  mutable std::mutex mutex;
  std::condition_variable ready;
  Clients clients;                     // who has work here
  std::deque<Clients::pointer> turns;  // of these, who may begin more, in this order
  std::size_t waiting = 0;
  std::size_t share = 1;
  bool stopping = false;
  std::vector<std::thread> threads;

  void give_turn(Clients::pointer entry) {
    Client& client = entry->second;
    if (client.has_turn || client.queue.empty() || client.running >= share) return;
    client.has_turn = true;
    turns.push_back(entry);
    ready.notify_one();
  }

  // noexcept: work that throws ends the process with its trace, rather than losing a thread
  // silently.
  void serve() noexcept {
    std::unique_lock lock(mutex);
    for (;;) {
      ready.wait(lock, [&] { return stopping || !turns.empty(); });
      // Who is at its share still has a thread at work, which takes what is left.
      if (turns.empty()) return;
      const auto entry = turns.front();
      turns.pop_front();
      Client& client = entry->second;
      client.has_turn = false;
      {
        auto work = std::move(client.queue.front());
        client.queue.pop_front();
        --waiting;
        ++client.running;
        give_turn(entry);
        lock.unlock();
        work();
      }
      lock.lock();
      --client.running;
      give_turn(entry);
      if (client.running == 0 && client.queue.empty()) clients.erase(clients.find(entry->first));
    }
  }
};

WorkPool::WorkPool(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  CHECK(threads > 0);
  impl_->share = threads - threads / 4;
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

void WorkPool::post(std::move_only_function<void()> work, std::string_view client) {
  std::lock_guard lock(impl_->mutex);
  auto found = impl_->clients.find(client);
  if (found == impl_->clients.end()) found = impl_->clients.try_emplace(std::string(client)).first;
  found->second.queue.push_back(std::move(work));
  ++impl_->waiting;
  impl_->give_turn(&*found);
}

std::size_t WorkPool::size() const { return impl_->threads.size(); }

std::size_t WorkPool::waiting() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->waiting;
}

}  // namespace holt
