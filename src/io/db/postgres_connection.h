// One connection to PostgreSQL, with its prepared statements. Used by one thread at a time.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/db/db.h"
#include "io/db/script.h"

namespace holt::db {

// The server asks to run the whole transaction again (serialization failure, deadlock).
struct RetryFailure : Failure {
  explicit RetryFailure(const std::string& what) : Failure(what, false) {}
};

class PostgresConnection {
 public:
  explicit PostgresConnection(const std::string& location);  // throws Failure
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  std::int64_t run(const Query& query, std::span<const Param> params, std::vector<Row>* rows);
  // Statements without values or results, not prepared ahead; several at once are allowed.
  void script(const std::string& sql);
  void commit();
  void roll_back() noexcept;  // nothing when no transaction is open
  bool in_transaction() const { return PQtransactionStatus(handle_) == PQTRANS_INTRANS; }
  void give_up() { stale_ = true; }  // not to be used again once it goes back to its pool
  bool lost() const { return PQstatus(handle_) != CONNECTION_OK; }
  bool broken() const { return stale_ || PQtransactionStatus(handle_) != PQTRANS_IDLE; }

 private:
  struct Closer {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Reply = std::unique_ptr<PGresult, Closer>;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  // One SQL text, and its prepared statements by the types of the values: a NULL has none.
  struct Statement {
    Numbered numbered;
    std::unordered_map<std::string, std::string> names;
  };

  const std::string& prepared(const Query& query, Statement& statement,
                              std::span<const Param> params);
  Statement& statement_of(const Query& query);
  Reply checked(PGresult* raw, std::string_view what);
  [[noreturn]] void fail_with(const PGresult* result, std::string_view what);

  PGconn* handle_ = nullptr;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
  std::uint64_t prepared_so_far_ = 0;
  std::size_t prepared_now_ = 0;
  bool stale_ = false;
};

}  // namespace holt::db
