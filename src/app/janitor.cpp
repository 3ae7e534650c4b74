// The loop of small tasks.
#include "app/janitor.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

#include "base/log.h"

namespace holt::app {
namespace {

// Of this thread alone. Neither is taken to the extreme: a task writes to the catalog, and who
// holds that must come to an end.
void lower_priority() {
  constexpr int kNice = 10;
  constexpr int kThisThread = 1;                  // IOPRIO_WHO_PROCESS, 0
  constexpr int kLastOfBestEffort = 2 << 13 | 7;  // IOPRIO_CLASS_BE
  // Where the system forbids it, the work is done all the same.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
  static_cast<void>(::syscall(SYS_ioprio_set, kThisThread, 0, kLastOfBestEffort));
}

}  // namespace

Janitor::~Janitor() { stop(); }

void Janitor::every(std::chrono::milliseconds period, std::string_view name,
                    std::function<void()> task) {
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
  if (priority_ == Priority::low) lower_priority();
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
  std::string failure;
  if (board_ != nullptr) board_->began(task.name);
  try {
    task.work();
    if (task.failing) log::info("background task works again", {{"task", task.name}});
    task.failing = false;
  } catch (const std::exception& problem) {
    // Once per failure, not once per run: some run twenty times a second.
    if (!task.failing) {
      log::error("background task failed",
                 {{"task", task.name}, {"error", std::string_view(problem.what())}});
    }
    task.failing = true;
    failure = problem.what();
  }
  if (board_ != nullptr) board_->ended(task.name, failure);
}

}  // namespace holt::app
