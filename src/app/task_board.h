// What the server does besides answering: its tasks, when each ran last, and what failed.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace holt::app {

// Written by the threads of the tasks, read by the page that shows them.
class TaskBoard {
 public:
  struct Task {
    std::string name;
    bool running = false;
    std::uint64_t runs = 0, failures = 0;
    Timestamp began, ended;  // of the last run; ended is 0 during the first
    std::string failure;     // of the last run; empty when it went well
  };
  void began(std::string_view name);
  void ended(std::string_view name, std::string_view failure);
  std::vector<Task> tasks() const;  // by name

  // Pieces of work that failed and are tried again.
  struct Failure {
    std::string task, subject, why;
    Timestamp at, again_at;
  };
  void failed(Failure failure);
  // It went well after all, or is not needed any more.
  void settled(std::string_view task, std::string_view subject);
  std::vector<Failure> failures() const;  // those whose time to be tried again has not passed

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Task, std::less<>> tasks_;
  std::map<std::pair<std::string, std::string>, Failure> failures_;
};

}  // namespace holt::app
