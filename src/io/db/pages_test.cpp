// Checksums of the catalog's pages: golden bytes, damage, and catalogs of before.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "io/db/db.h"

namespace holt::db {
namespace {

namespace fs = std::filesystem;

constexpr Migration kInit{"0001_init", "CREATE TABLE things (id $PK, name TEXT NOT NULL)"};

class PagesTest : public testing::Test {
 protected:
  PagesTest() { fs::create_directories(folder_); }
  ~PagesTest() override { fs::remove_all(folder_); }

  std::string path() const { return (folder_ / "catalog.sqlite").string(); }
  std::unique_ptr<Database> open() {
    auto database = Database::open(path(), 2);
    const Migration all[] = {kInit};
    EXPECT_TRUE(database->migrate(all));
    return database;
  }
  static void fill(Database& database, int count) {
    ASSERT_TRUE(database.write([&](Tx& tx) -> Result<void> {
      for (int i = 0; i < count; ++i)
        tx.execute({"insert", "INSERT INTO things (name) VALUES (?)"},
                   {"the name of thing " + std::to_string(i)});
      return {};
    }));
  }
  std::string bytes() const {
    const auto file = open_for_reading(path());
    return file->read_text(0, static_cast<std::size_t>(file->size_bytes()));
  }
  void flip(std::size_t at) {
    std::string all = bytes();
    all[at] = static_cast<char>(all[at] ^ 4);
    fs::remove(path());
    create_new(path())->write_all(as_bytes(all));
  }

  fs::path folder_ = fs::temp_directory_path() / ("holt-pages-" + random_hex(12));
};

TEST_F(PagesTest, every_page_ends_with_the_sums_of_its_bytes) {
  fill(*open(), 500);
  const std::string all = bytes();
  constexpr std::size_t kPage = 4096;
  ASSERT_GT(all.size(), 4 * kPage);
  EXPECT_EQ(all[20], 8);
  for (std::size_t page = 0; page < all.size(); page += kPage) {
    std::uint32_t first = 0, second = 0, words[2];
    for (std::size_t at = 0; at < kPage - 8; at += 8) {
      std::memcpy(words, all.data() + page + at, 8);
      first += words[0] + second;
      second += words[1] + first;
    }
    std::memcpy(words, all.data() + page + kPage - 8, 8);
    EXPECT_EQ(words[0], first) << "page " << page / kPage + 1;
    EXPECT_EQ(words[1], second) << "page " << page / kPage + 1;
  }
}

TEST_F(PagesTest, a_flipped_bit_in_a_value_is_an_error_that_names_the_page) {
  fill(*open(), 500);
  const std::size_t at = bytes().find("the name of thing 250");
  ASSERT_NE(at, std::string::npos);
  flip(at);
  auto database = Database::open(path(), 2);
  const auto problems = database->check();
  ASSERT_FALSE(problems.empty());
  const std::string page = "page " + std::to_string(at / 4096 + 1) + " of " + path();
  EXPECT_NE(problems.front().find(page), std::string::npos) << problems.front();
  try {
    database->read([](Tx& tx) { return tx.select({"all", "SELECT name FROM things"}).size(); });
    ADD_FAILURE() << "the damaged page was read";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find(page), std::string::npos) << failure.what();
  }
  // What lies in other pages is still served.
  EXPECT_EQ(database->read([](Tx& tx) {
    return tx.find({"one", "SELECT name FROM things WHERE id = 1"})->text(0);
  }),
            "the name of thing 0");
}

TEST_F(PagesTest, the_mark_itself_may_be_damaged) {
  fill(*open(), 10);
  std::string all = bytes();
  all[20] = 0;
  fs::remove(path());
  create_new(path())->write_all(as_bytes(all));
  std::string said;
  try {
    for (const auto& problem : Database::open(path(), 2)->check()) said += problem;
  } catch (const std::exception& error) {
    said = error.what();
  }
  EXPECT_NE(said, "");
}

TEST_F(PagesTest, a_catalog_of_before_gets_its_checksums_at_a_start) {
  sqlite3* plain = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &plain), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(plain,
                         "PRAGMA journal_mode=WAL; CREATE TABLE old (name TEXT); INSERT INTO "
                         "old VALUES ('kept')",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(plain);
  EXPECT_EQ(bytes()[20], 0);
  const auto name = [](Database& database) {
    return database.read([](Tx& tx) { return tx.find({"old", "SELECT name FROM old"})->text(0); });
  };
  {
    // Not while somebody else has it open.
    ASSERT_EQ(sqlite3_open(path().c_str(), &plain), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(plain, "BEGIN; SELECT * FROM old", nullptr, nullptr, nullptr),
              SQLITE_OK);
    EXPECT_EQ(name(*Database::open(path(), 2)), "kept");
    sqlite3_close(plain);
  }
  EXPECT_EQ(name(*Database::open(path(), 2)), "kept");
  EXPECT_EQ(bytes()[20], 8);
  EXPECT_TRUE(Database::open(path(), 2)->check().empty());
}

TEST_F(PagesTest, a_backup_has_them_too) {
  auto database = open();
  fill(*database, 300);
  const std::string copy = (folder_ / "copy.sqlite").string();
  ASSERT_TRUE(database->backup_to(copy));
  EXPECT_EQ(open_for_reading(copy)->read_text(20, 1)[0], 8);
  EXPECT_TRUE(Database::open(copy, 2)->check().empty());
}

}  // namespace
}  // namespace holt::db
