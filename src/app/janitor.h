// A thread that does small things now and then: noticing changes of the catalog, writing counters,
// sweeping what was left behind.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "app/task_board.h"

namespace holt::app {

// low: gives way to everything that somebody waits for. Children of its tasks do too.
enum class Priority { normal, low };

class Janitor {
 public:
  // board: where runs are told of; outlives this.
  explicit Janitor(Priority priority = Priority::normal, TaskBoard* board = nullptr)
      : priority_(priority), board_(board) {}
  ~Janitor();  // waits for the task that is running
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

  // Before start(). The first run is one period after start(). A task that throws is logged and
  // runs again; tasks run one after another, so slow ones belong to a janitor of their own.
  void every(std::chrono::milliseconds period, std::string_view name, std::function<void()> task);
  void start();
  void stop();

 private:
  struct Task {
    std::chrono::milliseconds period;
    std::string_view name;  // a literal
    std::function<void()> work;
    std::chrono::steady_clock::time_point due;
    bool failing = false;
  };
  void run();
  void run_task(Task& task);

  const Priority priority_;
  TaskBoard* const board_;
  std::vector<Task> tasks_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace holt::app
