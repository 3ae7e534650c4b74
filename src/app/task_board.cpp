// Tasks and failures, as they are reported.
#include "app/task_board.h"

namespace holt::app {
namespace {

constexpr std::size_t kMostFailures = 200;  // kept: with more, something larger is wrong

}  // namespace

void TaskBoard::began(std::string_view name) {
  std::lock_guard lock(mutex_);
  auto found = tasks_.find(name);
  if (found == tasks_.end()) {
    found = tasks_.try_emplace(std::string(name)).first;
    found->second.name = name;
  }
  Task& task = found->second;
  task.running = true;
  task.began = now();
}

void TaskBoard::ended(std::string_view name, std::string_view failure) {
  std::lock_guard lock(mutex_);
  const auto found = tasks_.find(name);
  if (found == tasks_.end()) return;
  Task& task = found->second;
  task.running = false;
  task.ended = now();
  ++task.runs;
  if (!failure.empty()) ++task.failures;
  task.failure = failure;
}

std::vector<TaskBoard::Task> TaskBoard::tasks() const {
  std::lock_guard lock(mutex_);
  std::vector<Task> out;
  for (const auto& [name, task] : tasks_) out.push_back(task);
  return out;
}

void TaskBoard::failed(Failure failure) {
  std::lock_guard lock(mutex_);
  std::pair key{failure.task, failure.subject};
  if (failures_.size() >= kMostFailures && !failures_.contains(key)) return;
  failures_.insert_or_assign(std::move(key), std::move(failure));
}

void TaskBoard::settled(std::string_view task, std::string_view subject) {
  std::lock_guard lock(mutex_);
  failures_.erase({std::string(task), std::string(subject)});
}

std::vector<TaskBoard::Failure> TaskBoard::failures() const {
  std::lock_guard lock(mutex_);
  std::vector<Failure> out;
  for (const auto& [key, failure] : failures_) out.push_back(failure);
  return out;
}

}  // namespace holt::app
