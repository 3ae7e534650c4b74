// What both engines must do alike: one suite over a SQLite file and over a real PostgreSQL server.
#include "io/db/db.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>

#include "base/not_text.h"
#include "io/db/postgres_server_test.h"

namespace holt::db {
namespace {

struct SqliteCatalog {
  SqliteCatalog() { std::filesystem::create_directory(folder); }
  ~SqliteCatalog() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  std::string location() const { return (folder / "catalog.db").string(); }
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("holt-db-test-" + random_hex(12));
};

struct PostgresCatalog {
  std::string location() const { return server.location(); }
  PostgresServer server;
};

constexpr Migration kInit{
    "0001_init",
    "-- It's a comment; with 'quotes' and $NOTHING.\n"
    "CREATE TABLE things (id $PK, name TEXT NOT NULL UNIQUE, size $BIGINT,\n"
    "  data $BLOB, ratio $REAL, note TEXT DEFAULT 'a;b ''$PK?');\n"
    "CREATE TABLE parts (thing $BIGINT NOT NULL REFERENCES things (id) ON DELETE CASCADE);"};

constexpr Query kInsert{"insert", "INSERT INTO things (name, size) VALUES (?, ?) RETURNING id"};
constexpr Query kCount{"count", "SELECT COUNT(*) FROM things"};
constexpr Query kSize{"size", "SELECT size FROM things WHERE name = ?"};
constexpr Query kSetSize{"set_size", "UPDATE things SET size = ? WHERE name = ?"};

template <class Catalog>
class DbContract : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = Database::open(catalog_.location(), 8);
    const Migration all[] = {kInit};
    const auto migrated = database_->migrate(all);
    ASSERT_TRUE(migrated) << migrated.error().message;
  }

  std::int64_t insert(std::string_view name, std::int64_t size) {
    return *database_->write(
        [&](Tx& tx) -> Result<std::int64_t> { return tx.find(kInsert, {name, size})->integer(0); });
  }
  std::int64_t count() {
    return database_->read([](Tx& tx) { return tx.find(kCount)->integer(0); });
  }
  std::int64_t size_of(std::string_view name) {
    return database_->read([&](Tx& tx) { return tx.find(kSize, {name})->integer(0); });
  }

  Catalog catalog_;
  std::unique_ptr<Database> database_;
};

using Catalogs = ::testing::Types<SqliteCatalog, PostgresCatalog>;
struct CatalogNames {
  template <class Catalog>
  static std::string GetName(int) {
    return std::is_same_v<Catalog, SqliteCatalog> ? "sqlite" : "postgres";
  }
};
TYPED_TEST_SUITE(DbContract, Catalogs, CatalogNames);

TYPED_TEST(DbContract, what_is_no_text_is_refused_and_the_connection_goes_on) {
  for (const std::string& name : {std::string("caf\xe9"), std::string("a\0b", 3)}) {
    EXPECT_THROW(this->insert(name, 1), NotText);
    EXPECT_THROW(this->size_of(name), NotText);
  }
  this->insert("café", 2);
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST(DbContract, every_type_comes_back_as_it_went) {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const Bytes data = {0, 1, 255, '\\', '\''};
  const std::string text = "grüße 'quoted' ? $1 \\ \xF0\x9F\xA4\x97";
  const auto result = this->database_->write([&](Tx& tx) -> Result<void> {
    const Query all{"all",
                    "INSERT INTO things (name, size, data, ratio, note) VALUES (?, ?, ?, ?, ?)"};
    EXPECT_EQ(tx.execute(all, {text, least, data, 0.1, nullptr}), 1);
    EXPECT_EQ(tx.execute(all, {"", nullptr, Bytes(), nullptr, std::optional<std::string>("x")}), 1);
    return {};
  });
  ASSERT_TRUE(result);
  const auto rows = this->database_->read([](Tx& tx) {
    return tx.select(
        {"read", "SELECT name, size, data, ratio, note, '?', \"note\" FROM things ORDER BY id"});
  });
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].text(0), text);
  EXPECT_EQ(rows[0].integer(1), least);
  EXPECT_EQ(rows[0].bytes(2), data);
  EXPECT_EQ(rows[0].real(3), 0.1);
  EXPECT_TRUE(rows[0].is_null(4));
  EXPECT_EQ(rows[0].maybe_text(4), std::nullopt);
  EXPECT_EQ(rows[0].text(5), "?");
  EXPECT_EQ(rows[1].text(0), "");
  EXPECT_EQ(rows[1].maybe_integer(1), std::nullopt);
  EXPECT_EQ(rows[1].bytes(2), Bytes());
  EXPECT_EQ(rows[1].text(4), "x");
  EXPECT_THROW(rows[0].integer(0), std::logic_error);
  EXPECT_THROW(rows[0].text(9), std::logic_error);
}

TYPED_TEST(DbContract, the_same_statement_takes_null_and_values) {
  const auto result = this->database_->write([&](Tx& tx) -> Result<void> {
    tx.execute(kInsert, {"a", nullptr});
    tx.execute(kInsert, {"b", 5});
    tx.execute(kSetSize, {7, "a"});
    tx.execute(kSetSize, {nullptr, "b"});
    return {};
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(this->size_of("a"), 7);
  EXPECT_TRUE(this->database_->read([](Tx& tx) { return tx.find(kSize, {"b"})->is_null(0); }));
}

TYPED_TEST(DbContract, counts_of_changed_rows) {
  for (int i = 0; i < 5; ++i) this->insert("t" + std::to_string(i), i);
  const auto result = this->database_->write([&](Tx& tx) -> Result<void> {
    EXPECT_EQ(tx.execute({"some", "UPDATE things SET size = size + 1 WHERE size >= ?"}, {3}), 2);
    EXPECT_EQ(tx.execute({"none", "UPDATE things SET size = 0 WHERE size > ?"}, {100}), 0);
    EXPECT_EQ(tx.execute({"select", "SELECT name FROM things"}), 0);
    EXPECT_EQ(tx.execute({"delete", "DELETE FROM things"}), 5);
    return {};
  });
  ASSERT_TRUE(result);
}

TYPED_TEST(DbContract, sums_of_integers_are_integers) {
  this->insert("a", 4'000'000'000);
  this->insert("b", 5);
  const auto row = this->database_->read(
      [](Tx& tx) { return *tx.find({"sum", "SELECT SUM(size), SUM(size + 0.5) FROM things"}); });
  EXPECT_EQ(row.integer(0), 4'000'000'005);
  EXPECT_EQ(row.real(1), 4'000'000'006.0);
  EXPECT_TRUE(this->database_->read([](Tx& tx) {
    return tx.find({"sum_none", "SELECT SUM(size) FROM things WHERE size < 0"})->is_null(0);
  }));
}

TYPED_TEST(DbContract, error_or_exception_rolls_back) {
  const auto refused = this->database_->write([&](Tx& tx) -> Result<void> {
    tx.execute(kInsert, {"a", 1});
    return fail(Kind::forbidden, "no");
  });
  EXPECT_EQ(refused.error().message, "no");
  EXPECT_THROW(static_cast<void>(this->database_->write([&](Tx& tx) -> Result<void> {
                 tx.execute(kInsert, {"a", 1});
                 throw std::out_of_range("bug");
               })),
               std::out_of_range);
  EXPECT_EQ(this->count(), 0);
  this->insert("a", 1);
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST(DbContract, uniqueness_is_told_apart) {
  this->insert("a", 1);
  try {
    this->insert("a", 2);
    FAIL() << "stored a second row of one name";
  } catch (const Failure& failure) {
    EXPECT_TRUE(failure.unique);
    EXPECT_NE(std::string(failure.what()).find("insert"), std::string::npos);
  }
  const auto result = this->database_->write([&](Tx& tx) -> Result<bool> {
    EXPECT_TRUE(tx.execute_unless_exists(kInsert, {"b", 1}));
    EXPECT_FALSE(tx.execute_unless_exists(kInsert, {"b", 2}));
    return tx.execute_unless_exists(kInsert, {"c", 3});
  });
  EXPECT_TRUE(*result);
  EXPECT_EQ(this->count(), 3);
  EXPECT_EQ(this->size_of("b"), 1);
  try {
    static_cast<void>(this->database_->write([&](Tx& tx) -> Result<void> {
      tx.execute({"orphan", "INSERT INTO parts (thing) VALUES (?)"}, {999});
      return {};
    }));
    FAIL() << "stored a part of nothing";
  } catch (const Failure& failure) {
    EXPECT_FALSE(failure.unique);
  }
}

TYPED_TEST(DbContract, ids_are_never_given_again) {
  this->insert("a", 1);
  const std::int64_t second = this->insert("b", 1);
  static_cast<void>(this->database_->write([&](Tx& tx) -> Result<void> {
    tx.execute({"clear", "DELETE FROM things"});
    return {};
  }));
  EXPECT_GT(this->insert("c", 1), second);
}

TYPED_TEST(DbContract, text_sorts_by_bytes_and_like_minds_case) {
  for (const char* name : {"b", "B", "a", "_", "10%", "ä"}) this->insert(name, 1);
  const auto rows = this->database_->read(
      [](Tx& tx) { return tx.select({"sorted", "SELECT name FROM things ORDER BY name"}); });
  std::string order;
  for (const Row& row : rows) order += row.text(0) + " ";
  EXPECT_EQ(order, "10% B _ a b ä ");
  auto matches = [&](std::string_view needle) {
    return this->database_->read([&](Tx& tx) {
      return tx
          .select({"search", "SELECT name FROM things WHERE name LIKE ? ESCAPE '\\'"},
                  {like_contains(needle)})
          .size();
    });
  };
  EXPECT_EQ(matches("b"), 1U);
  EXPECT_EQ(matches("%"), 1U);
  EXPECT_EQ(matches("_"), 1U);
  EXPECT_EQ(matches(""), 6U);
}

TYPED_TEST(DbContract, a_read_sees_one_state) {
  this->insert("a", 1);
  this->database_->read([&](Tx& tx) {
    EXPECT_EQ(tx.find(kCount)->integer(0), 1);
    std::thread([&] { this->insert("b", 1); }).join();
    EXPECT_EQ(tx.find(kCount)->integer(0), 1);
    return 0;
  });
  EXPECT_EQ(this->count(), 2);
}

TYPED_TEST(DbContract, a_read_cannot_write) {
  EXPECT_THROW(this->database_->read([&](Tx& tx) { return tx.execute(kInsert, {"a", 1}); }),
               Failure);
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST(DbContract, sixteen_writers_of_one_row_all_get_through) {
  this->insert("counter", 0);
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back([&] {
      for (int k = 0; k < 3; ++k) {
        const auto result = this->database_->write([&](Tx& tx) -> Result<void> {
          const std::int64_t before = tx.find(kSize, {"counter"})->integer(0);
          tx.execute(kSetSize, {before + 1, "counter"});
          return {};
        });
        EXPECT_TRUE(result);
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(this->size_of("counter"), 48);
}

// Each would be right alone; together they would break what both have read.
TYPED_TEST(DbContract, writers_cannot_break_what_another_has_read) {
  this->insert("left", 1);
  this->insert("right", 1);
  auto give_away = [&](std::string_view name) {
    static_cast<void>(this->database_->write([&](Tx& tx) -> Result<void> {
      const auto sum = tx.find({"sum", "SELECT SUM(size) FROM things"})->integer(0);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (sum >= 2) tx.execute(kSetSize, {0, name});
      return {};
    }));
  };
  std::thread left([&] { give_away("left"); });
  std::thread right([&] { give_away("right"); });
  left.join();
  right.join();
  EXPECT_EQ(this->size_of("left") + this->size_of("right"), 1);
}

TYPED_TEST(DbContract, version_changes_with_commits_of_anybody_and_only_then) {
  const auto other = Database::open(this->catalog_.location(), 2);
  const std::uint64_t first = this->database_->version();
  EXPECT_EQ(this->count(), 0);
  EXPECT_EQ(this->database_->version(), first);
  this->insert("a", 1);
  const std::uint64_t second = this->database_->version();
  EXPECT_NE(second, first);
  static_cast<void>(other->write([&](Tx& tx) -> Result<void> {
    tx.execute(kInsert, {"b", 1});
    return {};
  }));
  EXPECT_NE(this->database_->version(), second);
}

TYPED_TEST(DbContract, migrations_run_once_and_edited_ones_are_refused) {
  const Migration second{"0002_more",
                         "CREATE TABLE more (x $BIGINT); INSERT INTO more (x) VALUES (1);"};
  const Migration both[] = {kInit, second};
  ASSERT_TRUE(this->database_->migrate(both));
  ASSERT_TRUE(this->database_->migrate(both));
  const auto rows =
      this->database_->read([](Tx& tx) { return tx.select({"more", "SELECT x FROM more"}); });
  EXPECT_EQ(rows.size(), 1U);
  const Migration edited[] = {kInit, {"0002_more", "CREATE TABLE more (y $BIGINT);"}};
  const auto refused = this->database_->migrate(edited);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("0002_more was edited"), std::string::npos);
}

TYPED_TEST(DbContract, a_failing_migration_leaves_nothing) {
  const Migration bad[] = {kInit,
                           {"0002_good", "CREATE TABLE good (x $BIGINT);"},
                           {"0003_bad", "CREATE TABLE half (x $BIGINT); CREATE NONSENSE;"}};
  try {
    static_cast<void>(this->database_->migrate(bad));
    FAIL() << "nonsense was applied";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("0003_bad"), std::string::npos);
  }
  const Migration better[] = {kInit,
                              {"0002_good", "CREATE TABLE good (x $BIGINT);"},
                              {"0003_bad", "CREATE TABLE half (x $BIGINT);"}};
  EXPECT_TRUE(this->database_->migrate(better));
}

TYPED_TEST(DbContract, processes_that_migrate_at_once_agree) {
  const Migration both[] = {
      kInit, {"0002_more", "CREATE TABLE more (x $BIGINT); INSERT INTO more (x) VALUES (1);"}};
  std::vector<std::thread> processes;
  for (int i = 0; i < 4; ++i) {
    processes.emplace_back([&] {
      const auto database = Database::open(this->catalog_.location(), 2);
      EXPECT_TRUE(database->migrate(both));
    });
  }
  for (auto& process : processes) process.join();
  const auto rows =
      this->database_->read([](Tx& tx) { return tx.select({"more", "SELECT x FROM more"}); });
  EXPECT_EQ(rows.size(), 1U);
}

TYPED_TEST(DbContract, many_composed_statements_do_not_pile_up) {
  this->insert("a", 1);
  this->database_->read([&](Tx& tx) {
    for (int i = 0; i < 700; ++i) {
      const std::string sql = "SELECT size + " + std::to_string(i) + " FROM things WHERE name = ?";
      EXPECT_EQ(tx.find({"composed", sql}, {"a"})->integer(0), i + 1);
    }
    return 0;
  });
}

TYPED_TEST(DbContract, a_wrong_number_of_values_is_a_bug) {
  EXPECT_THROW(this->database_->read([](Tx& tx) { return tx.select(kSize); }), std::logic_error);
  EXPECT_THROW(this->database_->read([](Tx& tx) { return tx.select({"syntax", "SELEC 1"}); }),
               Failure);
  EXPECT_EQ(this->count(), 0);
}

}  // namespace
}  // namespace holt::db
