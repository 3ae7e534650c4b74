// SQL over SQLite and PostgreSQL: pooled connections, transactions, named queries, migrations.
// Statements are hand-written in the common subset and use `?` placeholders on both engines.
//
// What the common subset means, beside what migrations/README.md says of tables:
// - LIKE minds the case on both engines; lower() folds ASCII only; text sorts by its bytes.
// - "x" is an identifier and never a string; numbered or named placeholders are not used.
// - PostgreSQL refuses a bare `? IS NULL` bound to NULL: compose the statement instead.
// - Text is UTF-8 without NUL (PostgreSQL refuses anything else, SQLite stores it): paths and names
//   that git gives as plain bytes belong in a $BLOB column.
// - SUM() of nothing is NULL; of integers it is an integer on both.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/durability.h"
#include "base/result.h"
#include "base/time.h"

namespace holt::db {

enum class Engine { sqlite, postgres };

// One statement and the name under which metrics and slow-query logs know it. Both point at
// literals, except for statements composed from literals at run time (list filters).
struct Query {
  std::string_view name;
  std::string_view sql;
};

// A bound parameter. Text and bytes are borrowed for the duration of the call.
class Param {
 public:
  using Value = std::variant<std::monostate, std::int64_t, double, std::string_view, ByteSpan>;
  Param(std::nullptr_t) {}
  Param(int v) : value_(std::int64_t{v}) {}
  Param(std::int64_t v) : value_(v) {}
  Param(std::uint64_t v) : value_(static_cast<std::int64_t>(v)) {}
  Param(bool v) : value_(std::int64_t{v ? 1 : 0}) {}  // stored as 0/1 in BIGINT columns
  Param(double v) : value_(v) {}
  Param(const char* v) : value_(std::string_view(v)) {}
  Param(std::string_view v) : value_(v) {}
  Param(const std::string& v) : value_(std::string_view(v)) {}
  Param(ByteSpan v) : value_(v) {}
  Param(const Bytes& v) : value_(ByteSpan(v)) {}
  Param(Timestamp t) : value_(t.ms) {}
  template <class T>
  Param(const std::optional<T>& v) {
    if (v) *this = Param(*v);
  }
  const Value& value() const { return value_; }

 private:
  Value value_;
};

// A fetched row; owns its values.
class Row {
 public:
  using Cell = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}
  bool is_null(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;  // throws when NULL or of another type
  bool flag(std::size_t column) const { return integer(column) != 0; }
  double real(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  const Bytes& bytes(std::size_t column) const;
  Timestamp time(std::size_t column) const { return Timestamp{integer(column)}; }
  std::optional<std::string> maybe_text(std::size_t column) const;
  std::optional<std::int64_t> maybe_integer(std::size_t column) const;
  std::optional<Timestamp> maybe_time(std::size_t column) const;
  std::size_t size() const { return cells_.size(); }

 private:
  std::vector<Cell> cells_;
};

// An open transaction. Failures of the engine throw db::Failure, except for what the caller asked
// to see (execute_unless_exists), and StorageFull when the disk of the catalog is full.
class Tx {
 public:
  virtual ~Tx() = default;
  virtual Engine engine() const = 0;
  // Runs a statement; returns the number of rows changed.
  std::int64_t execute(const Query& query, std::initializer_list<Param> params = {}) {
    return run(query, std::span(params.begin(), params.size()), nullptr);
  }
  std::int64_t execute(const Query& query, const std::vector<Param>& params) {
    return run(query, params, nullptr);
  }
  // False when a uniqueness rule refused the row; the transaction goes on. The row in the way may
  // be of a transaction that this one cannot see: answer a conflict rather than read it.
  bool execute_unless_exists(const Query& query, std::initializer_list<Param> params = {});
  std::vector<Row> select(const Query& query, std::initializer_list<Param> params = {}) {
    std::vector<Row> rows;
    run(query, std::span(params.begin(), params.size()), &rows);
    return rows;
  }
  std::vector<Row> select(const Query& query, const std::vector<Param>& params) {
    std::vector<Row> rows;
    run(query, params, &rows);
    return rows;
  }
  // At most one row (the first).
  std::optional<Row> find(const Query& query, std::initializer_list<Param> params = {}) {
    auto rows = select(query, params);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

 protected:
  virtual std::int64_t run(const Query& query, std::span<const Param> params,
                           std::vector<Row>* rows) = 0;
};

// The engine failed (lost connection, disk, syntax). `unique` when a uniqueness rule refused the
// row.
struct Failure : std::runtime_error {
  Failure(const std::string& what, bool unique_violation)
      : std::runtime_error(what), unique(unique_violation) {}
  bool unique;
};

struct Migration {
  std::string_view name;  // 0001_init
  std::string_view
      sql;  // statements; $PK, $BLOB, $BIGINT, $REAL expand per engine (migrations/README.md)
};

class Database {
 public:
  virtual ~Database() = default;
  // path of a SQLite file, or postgresql://… ; opens, checks, does not migrate. Throws Failure.
  // SQLite: WAL, synchronous=FULL, foreign_keys=ON; one writer connection, pooled readers.
  // Writes throw WritesEnded once durability is lost; a failed fsync of SQLite's files loses it
  // (SyncFailed). PostgreSQL ends itself then.
  static std::unique_ptr<Database> open(
      const std::string& location, std::size_t max_connections,
      std::shared_ptr<Durability> durability = std::make_shared<Durability>());

  virtual Engine engine() const = 0;
  // Applies what is missing, in order, under a lock, all or nothing; refuses when an applied one
  // was edited since. Throws Failure when a statement fails.
  virtual Result<void> migrate(std::span<const Migration> migrations) = 0;

  // A consistent read view. Do not write in it (the engine refuses). Waits up to 30 s for one of
  // max_connections, then throws Failure; never call read or write inside it.
  template <class F>
  auto read(F&& work) {
    auto session = begin_read();
    return work(session->tx());
  }
  // A write transaction; commits when the Result holds a value, rolls back on an error or
  // exception. Transactions are serializable on both engines: what work reads stays true until its
  // commit. Runs again (up to 20 times) when PostgreSQL asks to (serialization, deadlock): work
  // must be repeatable. One writer at a time on SQLite, in order of arrival: keep it short, never
  // do I/O inside, and never call read or write inside it.
  template <class F>
  auto write(F&& work) -> decltype(work(std::declval<Tx&>())) {
    for (int attempt = 1;; ++attempt) {
      auto session = begin_write(attempt);
      try {
        auto result = work(session->tx());
        if (result) session->commit();
        return result;
      } catch (...) {
        if (!session->worth_retrying(std::current_exception()) || attempt >= 20) throw;
      }
    }
  }

  // Changes whenever any connection, of this process or another, commits a write; a read that
  // begins after this call sees at least what the number stands for. May also change without a
  // write. Cheap (SQLite: data_version, 3 us; PostgreSQL: the current snapshot, a round trip).
  // Polled by caches.
  virtual std::uint64_t version() = 0;
  // A consistent copy of the catalog while in use: another SQLite file (online backup API), or what
  // pg_restore reads (pg_dump; unavailable when there is none that can). Refuses (conflict) when
  // path exists. A SQLite catalog in use must never be opened or copied as a file within its
  // process: closing it would drop SQLite's locks.
  virtual Result<void> backup_to(const std::string& path) = 0;

  // What is wrong with the catalog's file: the structure of every table and index, and on SQLite
  // the checksum of every page in use. Reads all of it. Empty when it is sound, and on PostgreSQL,
  // which has tools of its own.
  virtual std::vector<std::string> check() = 0;

  class Session {
   public:
    virtual ~Session() = default;  // rolls back what was not committed
    virtual Tx& tx() = 0;
    virtual void commit() = 0;
    virtual bool worth_retrying(std::exception_ptr error) const = 0;
  };

 protected:
  virtual std::unique_ptr<Session> begin_read() = 0;
  virtual std::unique_ptr<Session> begin_write(int attempt) = 0;
};

// "name LIKE ? ESCAPE '\'" argument for a contains-search.
std::string like_contains(std::string_view needle);

}  // namespace holt::db
