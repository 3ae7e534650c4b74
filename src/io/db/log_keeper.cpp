// Waits for a write, then for quiet, then moves the log.
#include "io/db/log_keeper.h"

#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "io/db/sqlite_connection.h"

namespace holt::db {
namespace {

constexpr auto kQuiet = std::chrono::seconds(1);
// Passive: gives way to readers and writers, who go on meanwhile.
constexpr Query kMoveLog{"move_log", "PRAGMA wal_checkpoint(PASSIVE)"};

}  // namespace

LogKeeper::LogKeeper(std::string path, std::shared_ptr<Durability> durability)
    : path_(std::move(path)), durability_(std::move(durability)), thread_([this] { run(); }) {}

LogKeeper::~LogKeeper() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogKeeper::wrote() {
  bool was_idle = false;
  {
    std::lock_guard lock(mutex_);
    was_idle = writes_++ == moved_;
  }
  if (was_idle) wake_.notify_one();
}

void LogKeeper::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || writes_ != moved_; });
    const auto seen = writes_;
    if (wake_.wait_for(lock, kQuiet, [this] { return stopping_; })) return;
    if (writes_ != seen) continue;
    lock.unlock();
    move_log();
    lock.lock();
    moved_ = seen;
  }
}

void LogKeeper::move_log() {
  if (durability_->lost()) return;
  try {
    // Not kept: this is rare, and a connection holds memory.
    SqliteConnection connection(path_, SqliteConnection::Use::read, durability_);
    std::vector<Row> outcome;
    connection.run(kMoveLog, {}, &outcome);
  } catch (const std::exception& problem) {
    // The commits are safe in the log, and a later move takes them along.
    log::warning("the catalog's log could not be moved into the catalog",
                 {{"error", std::string_view(problem.what())}});
  }
}

}  // namespace holt::db
