// Downloads by day.
#include "domain/repos/downloads.h"

#include "domain/repos/store.h"

namespace holt::repos {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
constexpr std::int64_t kMonth = 30, kWeek = 7;  // of downloads; of what trends
constexpr std::int64_t kBatch = 500;
constexpr std::int64_t kChangesKept = 50'000;  // more than anybody who counts is behind

}  // namespace

std::int64_t day_of(Timestamp at) { return at.ms / kDayMs; }

void Downloads::count(std::int64_t repo_key) {
  std::lock_guard lock(mutex_);
  ++counted_[repo_key];
}

void Downloads::flush(std::int64_t today) {
  std::unordered_map<std::int64_t, std::int64_t> counted;
  {
    std::lock_guard lock(mutex_);
    counted.swap(counted_);
  }
  if (counted.empty()) return;
  try {
    const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
      for (const auto& [key, count] : counted) store::add_downloads(tx, key, today, count);
      return {};
    });
    CHECK(done.has_value());
  } catch (...) {
    std::lock_guard lock(mutex_);
    for (const auto& [key, count] : counted) counted_[key] += count;
    throw;
  }
}

void Downloads::expire(std::int64_t today) {
  if (expired_on_ == today) return;
  // In batches: nobody else writes while one is written.
  for (std::int64_t after = 0;;) {
    const auto last =
        database_.read([&](db::Tx& tx) { return store::end_of_batch(tx, after, kBatch); });
    if (!last) break;
    const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
      store::sum_popularity(tx, after, *last, today - kMonth, today - kWeek);
      return {};
    });
    CHECK(done.has_value());
    after = *last;
  }
  const auto dropped = database_.write([&](db::Tx& tx) -> Result<void> {
    store::drop_downloads(tx, today - kMonth);
    store::drop_changes(tx, kChangesKept);
    return {};
  });
  CHECK(dropped.has_value());
  expired_on_ = today;
}

std::vector<DownloadsOfDay> Downloads::of(std::int64_t repo_key, std::int64_t today) {
  std::vector<DownloadsOfDay> out;
  for (std::int64_t day = today - kMonth + 1; day <= today; ++day)
    out.push_back({Timestamp{day * kDayMs}, 0});
  const auto known = database_.read(
      [&](db::Tx& tx) { return store::downloads_since(tx, repo_key, today - kMonth); });
  for (const auto& [day, count] : known)
    if (day <= today) out[static_cast<std::size_t>(day - (today - kMonth + 1))].count = count;
  return out;
}

}  // namespace holt::repos
