// Statements of PostgreSQL: values go in typed and binary, results come back as text with their
// type.
#include "io/db/postgres_connection.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "base/file.h"
#include "base/text.h"
#include "io/db/checked_text.h"
#include "io/db/slow.h"

namespace holt::db {
namespace {

// Type numbers of PostgreSQL's catalog pg_type; fixed for ever.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26;
constexpr Oid kFloat4 = 700, kFloat8 = 701, kNumeric = 1700;

constexpr std::size_t kMaxStatements = 300;

constexpr const char* kSettings =
    "SET client_min_messages = warning;"
    "SET standard_conforming_strings = on;"
    "SET TIME ZONE 'UTC';"
    "SET lock_timeout = '30s';"
    "SET idle_in_transaction_session_timeout = '120s'";

char type_letter(const Param& param) {
  constexpr std::string_view kLetters = "niftb";
  return kLetters[param.value().index()];
}

Oid type_of(char letter) {
  switch (letter) {
    case 'i':
      return kInt8;
    case 'f':
      return kFloat8;
    case 't':
      return kText;
    case 'b':
      return kBytea;
    default:
      return 0;  // NULL: the server finds the type where it is used
  }
}

std::array<char, 8> big_endian(std::uint64_t value) {
  std::array<char, 8> out;
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(value >> (56 - 8 * i));
  return out;
}

// The values of one call in libpq's form; numbers live here, text and bytes stay the caller's.
class Values {
 public:
  Values(const Query& query, std::span<const Param> params) {
    numbers_.reserve(params.size());
    for (const Param& param : params) add(query, param.value());
  }
  const char* const* pointers() const { return pointers_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  int count() const { return static_cast<int>(pointers_.size()); }

 private:
  void add(const Query& query, const Param::Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      numbers_.push_back(big_endian(static_cast<std::uint64_t>(*whole)));
      push(query, numbers_.back().data(), 8);
    } else if (const auto* real = std::get_if<double>(&value)) {
      numbers_.push_back(big_endian(std::bit_cast<std::uint64_t>(*real)));
      push(query, numbers_.back().data(), 8);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      push(query, text->data() != nullptr ? text->data() : "", text->size());
    } else if (const auto* bytes = std::get_if<ByteSpan>(&value)) {
      const auto* data = reinterpret_cast<const char*>(bytes->data());
      push(query, data != nullptr ? data : "", bytes->size());
    } else {
      push(query, nullptr, 0);
    }
  }
  void push(const Query& query, const char* data, std::size_t size) {
    if (size > 1'000'000'000)
      throw Failure(std::string(query.name) + ": a value is over 1 GB", false);
    pointers_.push_back(data);
    lengths_.push_back(static_cast<int>(size));
    formats_.push_back(1);
  }

  std::vector<std::array<char, 8>> numbers_;
  std::vector<const char*> pointers_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::logic_error("PostgreSQL sent \"" + std::string(text) + "\" as a number");
  }
  return value;
}

double real_number(const char* text) {
  if (std::string_view(text) == "Infinity") return HUGE_VAL;
  if (std::string_view(text) == "-Infinity") return -HUGE_VAL;
  if (std::string_view(text) == "NaN") return std::nan("");
  return number<double>(text);
}

Row::Cell cell(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return std::monostate();
  const char* data = PQgetvalue(result, row, column);
  const std::string_view text(data, static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kInt8:
    case kInt4:
    case kInt2:
    case kOid:
      return number<std::int64_t>(text);
    case kBool:
      return std::int64_t{text == "t" ? 1 : 0};
    case kFloat4:
    case kFloat8:
      return real_number(data);
    // SUM of BIGINT is NUMERIC here and an integer in SQLite.
    case kNumeric:
      if (text.find_first_not_of("-0123456789") == std::string_view::npos)
        return number<std::int64_t>(text);
      return real_number(data);
    case kBytea: {
      if (!text.starts_with("\\x"))
        throw std::logic_error("PostgreSQL sent bytes in the escape format");
      auto bytes = from_hex(text.substr(2));
      CHECK(bytes);
      return std::move(*bytes);
    }
    default:
      return std::string(text);
  }
}

}  // namespace

PostgresConnection::PostgresConnection(const std::string& location) {
  // "dbname" holds the whole location; what follows are defaults that it may override.
  constexpr std::array<const char*, 5> kNames = {"connect_timeout", "application_name", "dbname",
                                                 "client_encoding", nullptr};
  const std::array<const char*, 5> values = {"10", "holt", location.c_str(), "UTF8", nullptr};
  handle_ = PQconnectdbParams(kNames.data(), values.data(), 1);
  try {
    if (handle_ == nullptr || lost()) {
      throw Failure(
          "cannot connect to the PostgreSQL catalog: " + std::string(trim(PQerrorMessage(handle_))),
          false);
    }
    PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
    if (PQserverVersion(handle_) < 150000) {
      throw Failure("the catalog needs PostgreSQL 15 or newer; the server is version " +
                        std::to_string(PQserverVersion(handle_) / 10000),
                    false);
    }
    script(kSettings);
  } catch (...) {
    PQfinish(handle_);
    throw;
  }
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

void PostgresConnection::fail_with(const PGresult* result, std::string_view what) {
  const char* state_text =
      result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const std::string_view state = state_text != nullptr ? state_text : "";
  const char* reason = result != nullptr ? PQresultErrorMessage(result) : PQerrorMessage(handle_);
  std::string message = std::string(what) + ": " + std::string(trim(reason));
  // A plan made before a migration changed its table: the next connection plans anew.
  if (state == "0A000" || state == "26000") stale_ = true;
  if (state == "40001" || state == "40P01") throw RetryFailure(message);
  if (state == "53100")
    throw StorageFull(message + "; no space left for the catalog: free some or add storage");
  if (lost()) message += " (connection to the catalog lost)";
  throw Failure(message, state == "23505");
}

PostgresConnection::Reply PostgresConnection::checked(PGresult* raw, std::string_view what) {
  Reply reply(raw);
  const ExecStatusType status = raw != nullptr ? PQresultStatus(raw) : PGRES_FATAL_ERROR;
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail_with(raw, what);
  return reply;
}

PostgresConnection::Statement& PostgresConnection::statement_of(const Query& query) {
  if (const auto it = statements_.find(query.sql); it != statements_.end()) return it->second;
  return statements_.emplace(query.sql, Statement{number_placeholders(query.sql), {}})
      .first->second;
}

const std::string& PostgresConnection::prepared(const Query& query, Statement& statement,
                                                std::span<const Param> params) {
  std::string signature;
  for (const Param& param : params) signature += type_letter(param);
  if (const auto it = statement.names.find(signature); it != statement.names.end())
    return it->second;
  std::vector<Oid> types;
  for (const char letter : signature) types.push_back(type_of(letter));
  std::string name = "s" + std::to_string(++prepared_so_far_);
  checked(PQprepare(handle_, name.c_str(), statement.numbered.sql.c_str(),
                    static_cast<int>(types.size()), types.data()),
          query.name);
  ++prepared_now_;
  return statement.names.emplace(std::move(signature), std::move(name)).first->second;
}

std::int64_t PostgresConnection::run(const Query& query, std::span<const Param> params,
                                     std::vector<Row>* rows) {
  const SlowWatch watch(query.name);
  if (prepared_now_ >= kMaxStatements) {
    script("DEALLOCATE ALL");
    statements_.clear();
    prepared_now_ = 0;
  }
  Statement& statement = statement_of(query);
  if (statement.numbered.placeholders != params.size()) {
    throw std::logic_error("query " + std::string(query.name) + " has " +
                           std::to_string(statement.numbered.placeholders) +
                           " placeholders and was given " + std::to_string(params.size()) +
                           " values");
  }
  check_text(query, params);
  const std::string& name = prepared(query, statement, params);
  const Values values(query, params);
  const Reply reply =
      checked(PQexecPrepared(handle_, name.c_str(), values.count(), values.pointers(),
                             values.lengths(), values.formats(), 0),
              query.name);
  if (rows != nullptr) {
    const int columns = PQnfields(reply.get());
    const int count = PQntuples(reply.get());
    rows->reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
      std::vector<Row::Cell> cells;
      cells.reserve(static_cast<std::size_t>(columns));
      for (int column = 0; column < columns; ++column)
        cells.push_back(cell(reply.get(), row, column));
      rows->push_back(Row(std::move(cells)));
    }
  }
  // "SELECT 3" counts rows read, not changed.
  const std::string_view done = PQcmdStatus(reply.get());
  if (!done.starts_with("INSERT") && !done.starts_with("UPDATE") && !done.starts_with("DELETE"))
    return 0;
  return number<std::int64_t>(PQcmdTuples(reply.get()));
}

void PostgresConnection::script(const std::string& sql) {
  checked(PQexec(handle_, sql.c_str()), "catalog script");
}

void PostgresConnection::commit() {
  const SlowWatch watch("commit");
  PGresult* raw = PQexec(handle_, "COMMIT");
  if (lost()) {
    PQclear(raw);
    throw Failure(
        "connection to the catalog lost while committing; whether the change was stored is not "
        "known",
        false);
  }
  const Reply reply = checked(raw, "commit");
  // After a failed statement the server answers COMMIT with ROLLBACK, and calls that a success.
  if (std::string_view(PQcmdStatus(reply.get())) != "COMMIT") {
    throw Failure("commit: the transaction had failed before and was rolled back", false);
  }
}

void PostgresConnection::roll_back() noexcept {
  if (PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  PQclear(PQexec(handle_, "ROLLBACK"));
}

}  // namespace holt::db
