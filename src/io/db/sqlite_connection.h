// One connection to a SQLite file, with its prepared statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/db/db.h"

namespace holt::db {

class SqliteConnection {
 public:
  // convert: gives the pages of a catalog of an older Holt their checksums, if nobody else has it
  // open.
  enum class Use { write, read, convert };
  SqliteConnection(const std::string& path, Use use, std::shared_ptr<Durability> durability);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  std::int64_t run(const Query& query, std::span<const Param> params, std::vector<Row>* rows);
  void script(const std::string& sql);  // many statements, not prepared ahead
  void roll_back() noexcept;            // nothing when no transaction is open
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  bool broken() const { return broken_; }
  sqlite3* handle() const { return handle_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  sqlite3_stmt* prepared(const Query& query);
  void close();
  void forget_statements();
  void give_checksums();
  void use_wal();
  void reserve_log();
  void sync_folder_of_log();
  [[noreturn]] void fail_with(int code, std::string_view what) const;
  static int move_long_log(void* self, sqlite3* handle, const char* name, int pages);

  std::shared_ptr<Durability> durability_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
  bool broken_ = false;
};

}  // namespace holt::db
