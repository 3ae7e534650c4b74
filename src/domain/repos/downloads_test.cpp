// Downloads count for thirty days, and trend for seven.
#include "domain/repos/downloads.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"
#include "domain/repos/store.h"
#include "io/db/migrated_catalog_test.h"

namespace holt::repos {
namespace {

namespace fs = std::filesystem;

class DownloadsTest : public testing::Test {
 protected:
  DownloadsTest() { fs::create_directories(folder_); }
  ~DownloadsTest() override { fs::remove_all(folder_); }

  std::int64_t add_repo(const std::string& name) {
    std::int64_t key = 0;
    const auto added = database_->write([&](db::Tx& tx) -> Result<void> {
      Repo repo;
      repo.object_id = name;
      repo.id = {Type::model, "acme", name};
      key = store::insert(tx, repo, 1);
      return {};
    });
    EXPECT_TRUE(added);
    return key;
  }
  void download(std::int64_t key, std::int64_t day, int times) {
    for (int i = 0; i < times; ++i) downloads_.count(key);
    downloads_.flush(day);
  }
  Repo repo(std::int64_t key) {
    return database_->read([&](db::Tx& tx) { return store::find_by_key(tx, key)->repo; });
  }

  const fs::path folder_ = fs::temp_directory_path() / ("holt-downloads-" + random_hex(12));
  std::unique_ptr<db::Database> database_ =
      (fs::create_directories(folder_), db::open_migrated_catalog(folder_));
  Downloads downloads_{*database_};
};

constexpr std::int64_t kToday = 20'000;

TEST_F(DownloadsTest, the_last_thirty_days_count_and_all_time_keeps_the_rest) {
  const auto key = add_repo("bert");
  download(key, kToday - 30, 5);
  download(key, kToday - 29, 7);
  download(key, kToday - 6, 11);
  download(key, kToday, 13);
  EXPECT_EQ(repo(key).downloads, 36);  // until the day is over
  downloads_.expire(kToday);
  EXPECT_EQ(repo(key).downloads, 31);
  EXPECT_EQ(repo(key).trending, 24);
  EXPECT_EQ(repo(key).downloads_all_time, 36);
  downloads_.expire(kToday + 7);
  EXPECT_EQ(repo(key).trending, 0);
  EXPECT_EQ(repo(key).downloads, 24);
  downloads_.expire(kToday + 30);
  EXPECT_EQ(repo(key).downloads, 0);
  EXPECT_EQ(repo(key).downloads_all_time, 36);
}

TEST_F(DownloadsTest, days_are_listed_oldest_first_with_those_without_any) {
  const auto key = add_repo("bert"), other = add_repo("other");
  download(key, kToday - 30, 1);
  download(key, kToday - 29, 2);
  download(key, kToday, 3);
  download(key, kToday, 4);
  download(other, kToday, 50);
  const auto days = downloads_.of(key, kToday);
  ASSERT_EQ(days.size(), 30U);
  EXPECT_EQ(days.front().count, 2);
  EXPECT_EQ(days[1].count, 0);
  EXPECT_EQ(days.back().count, 7);
  EXPECT_EQ(iso8601(days.back().day), "2024-10-04T00:00:00.000Z");
}

TEST_F(DownloadsTest, many_repositories_expire_in_batches) {
  std::vector<std::int64_t> keys;
  for (int i = 0; i < 1200; ++i) keys.push_back(add_repo("m" + std::to_string(i)));
  for (const auto key : keys) downloads_.count(key);
  downloads_.flush(kToday - 40);
  downloads_.expire(kToday);
  for (const auto key : {keys.front(), keys[499], keys[500], keys.back()})
    EXPECT_EQ(repo(key).downloads, 0) << key;
}

TEST_F(DownloadsTest, a_repository_that_went_meanwhile_is_not_counted) {
  const auto key = add_repo("gone");
  downloads_.count(key);
  const auto removed = database_->write([&](db::Tx& tx) -> Result<void> {
    store::remove(tx, key);
    return {};
  });
  ASSERT_TRUE(removed);
  downloads_.flush(kToday);
  EXPECT_EQ(downloads_.of(key, kToday).back().count, 0);
}

}  // namespace
}  // namespace holt::repos
