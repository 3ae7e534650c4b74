// Downloads: counted in memory, written in batches by day, forgotten after a month. Private to the
// room.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "domain/repos/repos.h"

namespace holt::repos {

// Days are counted since 1970, UTC.
std::int64_t day_of(Timestamp at);

class Downloads {
 public:
  explicit Downloads(db::Database& database) : database_(database) {}  // outlives this

  void count(std::int64_t repo_key);
  // What a failure of the catalog keeps from being written is written the next time.
  void flush(std::int64_t today);
  // Makes the sums of all repositories what the days that still count say; once a day.
  void expire(std::int64_t today);
  // Of the last thirty days, the oldest first, days without any included.
  std::vector<DownloadsOfDay> of(std::int64_t repo_key, std::int64_t today);

 private:
  db::Database& database_;
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::int64_t> counted_;
  std::int64_t expired_on_ = 0;  // by the one who expires
};

}  // namespace holt::repos
