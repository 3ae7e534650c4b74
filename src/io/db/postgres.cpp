// Pooled connections to one PostgreSQL database and the transactions on them.
#include "io/db/postgres.h"

#include <algorithm>
#include <mutex>

#include "base/hash.h"
#include "io/db/migrations.h"
#include "io/db/pool.h"
#include "io/db/postgres_connection.h"
#include "io/db/postgres_dump.h"

namespace holt::db {
namespace {

using Connections = Pool<PostgresConnection>;

// Advisory locks of a catalog: two numbers, the first this program's own.
constexpr const char* kMigrationLock = "1214213236, 1";
constexpr const char* kContentionLock = "1214213236, 2";

// Writers see a state that nobody else changes before their commit, as on SQLite; else they are
// told to run again.
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

// Holds numbers of all transactions under way and the next one: differs after every commit, and a
// snapshot taken later never shows less. Nothing has to be written for it.
constexpr Query kVersion{"catalog_version", "SELECT pg_current_snapshot()::text"};

class PostgresTx final : public Tx {
 public:
  explicit PostgresTx(PostgresConnection& connection) : connection_(connection) {}
  Engine engine() const override { return Engine::postgres; }

 protected:
  std::int64_t run(const Query& query, std::span<const Param> params,
                   std::vector<Row>* rows) override {
    return connection_.run(query, params, rows);
  }

 private:
  PostgresConnection& connection_;
};

// A connection on which `first` succeeded. Idle connections may have died since (a restarted
// server): those are dropped, and only a new one that fails too is an error.
Connections::Lease begin_on(Connections& connections, const std::string& first) {
  for (std::size_t dropped = 0;; ++dropped) {
    Connections::Lease lease = connections.take();
    try {
      lease->script(first);
      return lease;
    } catch (const Failure&) {
      if (!lease->lost() || dropped > 1000) throw;
    }
  }
}

class PostgresSession final : public Database::Session {
 public:
  PostgresSession(Connections& connections, const char* begin)
      : lease_(begin_on(connections, begin)), tx_(*lease_) {}
  // Waits for the lock first: the snapshot of the transaction must be younger.
  PostgresSession(Connections& connections, const char* begin, const char* lock)
      : lease_(begin_on(connections, std::string("SELECT pg_advisory_lock(") + lock + ")")),
        tx_(*lease_),
        lock_(lock) {
    try {
      lease_->script(begin);
    } catch (...) {
      unlock();
      throw;
    }
  }
  ~PostgresSession() override {
    lease_->roll_back();
    unlock();
  }
  Tx& tx() override { return tx_; }
  void commit() override { lease_->commit(); }
  bool worth_retrying(std::exception_ptr error) const override {
    try {
      std::rethrow_exception(error);
    } catch (const RetryFailure&) {
      return true;
    } catch (...) {
      return false;
    }
  }
  void script(const std::string& sql) {
    lease_->script(sql);
    if (!lease_->in_transaction()) throw Failure("a migration must not end its transaction", false);
  }

 private:
  void unlock() noexcept {
    if (lock_ == nullptr || lease_->lost()) return;
    try {
      lease_->script(std::string("SELECT pg_advisory_unlock(") + lock_ + ")");
    } catch (...) {
      lease_->give_up();
    }
  }

  Connections::Lease lease_;
  PostgresTx tx_;
  const char* lock_ = nullptr;
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const std::string& location, std::size_t max_connections,
                   std::shared_ptr<Durability> durability)
      : location_(location),
        durability_(std::move(durability)),
        connections_(std::max<std::size_t>(max_connections, 1),
                     [location] { return std::make_unique<PostgresConnection>(location); }),
        watcher_(std::make_unique<PostgresConnection>(location)) {}

  Engine engine() const override { return Engine::postgres; }

  Result<void> migrate(std::span<const Migration> migrations) override {
    PostgresSession session(connections_, kBeginWrite, kMigrationLock);
    Result<void> result = apply_migrations(
        session.tx(), [&](const std::string& sql) { session.script(sql); }, migrations);
    if (result) session.commit();
    return result;
  }

  std::uint64_t version() override {
    std::lock_guard lock(watching_);
    std::vector<Row> rows;
    try {
      watcher_->run(kVersion, {}, &rows);
    } catch (const Failure&) {
      if (!watcher_->lost()) throw;
      watcher_ = std::make_unique<PostgresConnection>(location_);
      rows.clear();
      watcher_->run(kVersion, {}, &rows);
    }
    const Sha256Digest digest = sha256(as_bytes(rows.at(0).text(0)));
    std::uint64_t version = 0;
    for (std::size_t i = 0; i < 8; ++i) version = version << 8 | digest[i];
    return version;
  }

  std::vector<std::string> check() override { return {}; }

  Result<void> backup_to(const std::string& path) override {
    return dump_postgres(location_, path);
  }

 protected:
  std::unique_ptr<Session> begin_read() override {
    return std::make_unique<PostgresSession>(connections_, kBeginRead);
  }
  std::unique_ptr<Session> begin_write(int attempt) override {
    durability_->check();
    // Those that lost twice go one by one, so that each gets through however many there are.
    if (attempt > 2)
      return std::make_unique<PostgresSession>(connections_, kBeginWrite, kContentionLock);
    return std::make_unique<PostgresSession>(connections_, kBeginWrite);
  }

 private:
  const std::string location_;
  const std::shared_ptr<Durability> durability_;
  Connections connections_;
  std::mutex watching_;
  std::unique_ptr<PostgresConnection> watcher_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& location, std::size_t max_connections,
                                        std::shared_ptr<Durability> durability) {
  return std::make_unique<PostgresDatabase>(location, max_connections, std::move(durability));
}

}  // namespace holt::db
