// Keeps SQLite's log from growing while there is little to do. Private to the room.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/durability.h"

namespace holt::db {

// Left alone, SQLite moves the log into the catalog only when it has grown by many commits, in the
// midst of one of them. This moves it in quiet moments: later commits then reuse the log's room
// from the start, and a restart after a crash has less to read.
class LogKeeper {
 public:
  LogKeeper(std::string path, std::shared_ptr<Durability> durability);
  ~LogKeeper();
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;
  void wrote();     // after each commit
  void move_log();  // at once

 private:
  void run();

  const std::string path_;
  const std::shared_ptr<Durability> durability_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t writes_ = 0, moved_ = 0;  // commits so far, and at the last move
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace holt::db
