// Work that a coroutine of an io thread gives to the pool, and may wait for later.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/work_pool.h"
#include "io/net/asio_types.h"

namespace holt::net {

// One piece of work at a time. All members are called on the io thread.
class PoolJob {
 public:
  PoolJob(WorkPool& pool, Executor executor)
      : pool_(&pool), executor_(executor), state_(std::make_shared<State>()) {}

  // Where the work to come is done, and for whom.
  void use(WorkPool& pool, std::string_view client) {
    pool_ = &pool;
    client_ = client;
  }

  // `keep` stays alive until the io thread has heard of the end, whatever becomes of the coroutine.
  template <class Work>
  void start(std::shared_ptr<void> keep, Work work) {
    state_->running = true;
    state_->failure = nullptr;
    pool_->post(
        [state = state_, executor = executor_, keep = std::move(keep),
         work = std::move(work)]() mutable {
          try {
            work();
          } catch (...) {
            state->failure = std::current_exception();
          }
          asio::post(executor, [state = std::move(state), keep = std::move(keep)]() mutable {
            state->running = false;
            if (auto resume = std::exchange(state->resume, nullptr)) resume();
          });
        },
        client_);
  }

  bool running() const { return state_->running; }

  // Returns when the work is done: null, or the exception that it ended with.
  Task<std::exception_ptr> wait() {
    if (state_->running) {
      const auto remember = [state = state_](auto handler) {
        state->resume = [handler = std::move(handler)]() mutable { std::move(handler)(); };
      };
      const Token token;
      co_await asio::async_initiate<const Token, void()>(remember, token);
    }
    co_return std::exchange(state_->failure, nullptr);
  }

 private:
  struct State {
    bool running = false;
    std::exception_ptr failure;
    std::move_only_function<void()> resume;
  };
  WorkPool* pool_;
  std::string client_;
  Executor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace holt::net
