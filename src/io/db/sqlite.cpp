// One writer, pooled readers and a watcher of the data version over one SQLite file.
#include "io/db/sqlite.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>

#include "base/file.h"
#include "io/db/log_keeper.h"
#include "io/db/migrations.h"
#include "io/db/pool.h"
#include "io/db/sqlite_connection.h"
#include "io/db/sqlite_pages.h"

namespace holt::db {
namespace {

using Readers = Pool<SqliteConnection>;

constexpr Query kBeginRead{"begin_read", "BEGIN"};
constexpr Query kBeginWrite{"begin_write", "BEGIN IMMEDIATE"};
constexpr Query kCommit{"commit", "COMMIT"};
constexpr Query kDataVersion{"data_version", "PRAGMA data_version"};

class SqliteTx final : public Tx {
 public:
  explicit SqliteTx(SqliteConnection& connection) : connection_(connection) {}
  Engine engine() const override { return Engine::sqlite; }

 protected:
  std::int64_t run(const Query& query, std::span<const Param> params,
                   std::vector<Row>* rows) override {
    // Some failures (disk full, I/O) end the transaction by themselves; what follows must not run
    // outside of one, committing statement by statement.
    if (!connection_.in_transaction()) {
      throw Failure(std::string(query.name) + ": the transaction has ended before", false);
    }
    return connection_.run(query, params, rows);
  }

 private:
  SqliteConnection& connection_;
};

class ReadSession final : public Database::Session {
 public:
  explicit ReadSession(Readers& readers) : lease_(readers.take()), tx_(*lease_) {
    lease_->run(kBeginRead, {}, nullptr);
  }
  ~ReadSession() override { lease_->roll_back(); }
  Tx& tx() override { return tx_; }
  void commit() override {}
  bool worth_retrying(std::exception_ptr) const override { return false; }

 private:
  Readers::Lease lease_;
  SqliteTx tx_;
};

class WriteSession final : public Database::Session {
 public:
  WriteSession(FairLock& lock, SqliteConnection& writer, LogKeeper& keeper,
               const Durability& durability)
      : guard_(lock), writer_(writer), keeper_(keeper), tx_(writer) {
    durability.check();
    writer_.run(kBeginWrite, {}, nullptr);
  }
  ~WriteSession() override { writer_.roll_back(); }
  Tx& tx() override { return tx_; }
  void commit() override {
    if (!writer_.in_transaction()) throw Failure("commit: the transaction has ended before", false);
    writer_.run(kCommit, {}, nullptr);
    keeper_.wrote();
  }
  // The write lock is held from the beginning: nothing that fails would succeed by itself later.
  bool worth_retrying(std::exception_ptr) const override { return false; }
  void script(const std::string& sql) {
    writer_.script(sql);
    if (!writer_.in_transaction()) throw Failure("a migration must not end its transaction", false);
  }

 private:
  FairLock::Guard guard_;
  SqliteConnection& writer_;
  LogKeeper& keeper_;
  SqliteTx tx_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const std::string& path, std::size_t max_connections,
                 const std::shared_ptr<Durability>& durability)
      : path_(path),
        durability_(durability),
        writer_(path, SqliteConnection::Use::write, durability),
        watcher_(path, SqliteConnection::Use::read, durability),
        keeper_(path, durability),
        readers_(std::max<std::size_t>(max_connections, 1), [path, durability] {
          return std::make_unique<SqliteConnection>(path, SqliteConnection::Use::read, durability);
        }) {}

  Engine engine() const override { return Engine::sqlite; }

  Result<void> migrate(std::span<const Migration> migrations) override {
    {
      WriteSession session(writing_, writer_, keeper_, *durability_);
      const Result<void> result = apply_migrations(
          session.tx(), [&](const std::string& sql) { session.script(sql); }, migrations);
      if (!result) return result;
      session.commit();
    }
    // What a migration wrote may be more than the log's room.
    keeper_.move_log();
    return {};
  }

  std::uint64_t version() override {
    std::lock_guard lock(watching_);
    version_rows_.clear();
    watcher_.run(kDataVersion, {}, &version_rows_);
    return static_cast<std::uint64_t>(version_rows_.at(0).integer(0));
  }

  std::vector<std::string> check() override {
    std::vector<std::string> wrong;
    try {
      // The log first, so that its pages are in the file and checked with it. A connection of its
      // own remembers no page from before.
      keeper_.move_log();
      SqliteConnection connection(path_, SqliteConnection::Use::read, durability_);
      std::vector<Row> rows;
      connection.run({"sqlite_integrity", "PRAGMA integrity_check(100)"}, {}, &rows);
      for (const auto& row : rows)
        if (row.text(0) != "ok") wrong.push_back(row.text(0));
      rows.clear();
      connection.run({"sqlite_foreign_keys", "PRAGMA foreign_key_check"}, {}, &rows);
      for (const auto& row : rows)
        wrong.push_back("a row of " + row.text(0) + " refers to one of " + row.text(2) +
                        " that is not there");
    } catch (const std::exception& error) {
      wrong.push_back(error.what());
    }
    return wrong;
  }

  Result<void> backup_to(const std::string& path) override {
    if (std::filesystem::exists(path)) {
      return fail(Kind::conflict, "cannot back up to " + path + ": it exists; choose another name");
    }
    const std::filesystem::path part = path + ".part";
    std::filesystem::remove(part);
    copy_to(part);
    {
      const SharedFile file = open_for_reading(part);
      CHECK(file != nullptr);
      file->sync();
    }
    rename_durably(part, path);
    return {};
  }

 protected:
  std::unique_ptr<Session> begin_read() override { return std::make_unique<ReadSession>(readers_); }
  std::unique_ptr<Session> begin_write(int) override {
    return std::make_unique<WriteSession>(writing_, writer_, keeper_, *durability_);
  }

 private:
  void copy_to(const std::filesystem::path& part) {
    create_new(part);
    SqliteConnection source(path_, SqliteConnection::Use::read, durability_);
    sqlite3* target = nullptr;
    int code = sqlite3_open_v2(part.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               checked_pages());
    if (code == SQLITE_OK) {
      reserve_checksums(target);
      sqlite3_backup* backup = sqlite3_backup_init(target, "main", source.handle(), "main");
      if (backup != nullptr) {
        // All pages in one step: one read view of the source, which readers and writers do not
        // mind.
        code = sqlite3_backup_step(backup, -1);
        sqlite3_backup_finish(backup);
      } else {
        code = sqlite3_errcode(target);
      }
    }
    // A copy carries no log beside it.
    if (code == SQLITE_DONE)
      code = sqlite3_exec(target, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
    std::string reason = target != nullptr ? sqlite3_errmsg(target) : sqlite3_errstr(code);
    sqlite3_close(target);
    if (const auto page = take_damaged_page()) reason = *page + " is damaged on the disk";
    if (code == SQLITE_OK) return;
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    if ((code & 0xff) == SQLITE_FULL)
      throw StorageFull("backing up the catalog to " + part.string() + ": no space left");
    throw Failure("backing up the catalog to " + part.string() + ": " + reason, false);
  }

  std::string path_;
  std::shared_ptr<Durability> durability_;
  FairLock writing_;
  SqliteConnection writer_;
  std::mutex watching_;
  SqliteConnection watcher_;
  std::vector<Row> version_rows_;
  LogKeeper keeper_;
  Readers readers_;
};

// With the rights of a secret: the catalog holds digests of tokens and passwords.
void create_if_missing(const std::string& path) {
  // Only when missing: closing a descriptor of a file in use would drop SQLite's locks on it.
  if (::access(path.c_str(), F_OK) == 0) return;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
  } else if (errno != EEXIST) {
    throw Failure(
        "cannot create the catalog " + path + ": " + std::generic_category().message(errno), false);
  }
}

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& path, std::size_t max_connections,
                                      std::shared_ptr<Durability> durability) {
  create_if_missing(path);
  SqliteConnection(path, SqliteConnection::Use::convert, durability);
  return std::make_unique<SqliteDatabase>(path, max_connections, durability);
}

}  // namespace holt::db
