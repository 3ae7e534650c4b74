// The loop of small tasks.
#include "app/janitor.h"

#include <algorithm>
#include <exception>

#include "base/log.h"

namespace holt::app {

Janitor::~Janitor() { stop(); }

void Janitor::every(std::chrono::milliseconds period, std::string_view name, std::function<void()> task) {
  tasks_.push_back({period, name, std::move(task), {}, false});
}

void Janitor::start() {
  const auto at = std::chrono::steady_clock::now();
  for (Task& task : tasks_) task.due = at + task.period;
  thread_ = std::thread([this] { run(); });
}

void Janitor::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Janitor::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && !tasks_.empty()) {
    const auto next = std::ranges::min_element(tasks_, {}, &Task::due);
    if (wake_.wait_until(lock, next->due, [&] { return stopping_; })) return;
    lock.unlock();
    run_task(*next);
    next->due = std::chrono::steady_clock::now() + next->period;
    lock.lock();
  }
}

void Janitor::run_task(Task& task) {
  try {
    task.work();
    if (task.failing) log::info("background task works again", {{"task", task.name}});
    task.failing = false;
  } catch (const std::exception& problem) {
    // Once per failure, not once per run: some run twenty times a second.
    if (!task.failing) {
      log::error("background task failed", {{"task", task.name}, {"error", std::string_view(problem.what())}});
    }
    task.failing = true;
  }
}

}  // namespace holt::app
