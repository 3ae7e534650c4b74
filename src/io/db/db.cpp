// What both engines share: rows, the choice of engine, search arguments.
#include "io/db/db.h"

#include "io/db/postgres.h"
#include "io/db/sqlite.h"

namespace holt::db {
namespace {

[[noreturn]] void wrong_cell(std::size_t column, const char* wanted, std::size_t size) {
  if (column >= size) {
    throw std::logic_error("column " + std::to_string(column) + " of a row of " +
                           std::to_string(size));
  }
  throw std::logic_error("column " + std::to_string(column) + " is not " + wanted);
}

template <class T>
const T& cell(const std::vector<Row::Cell>& cells, std::size_t column, const char* wanted) {
  if (column < cells.size()) {
    if (const T* value = std::get_if<T>(&cells[column])) return *value;
  }
  wrong_cell(column, wanted, cells.size());
}

constexpr Query kSavepoint{"savepoint", "SAVEPOINT unless_exists"};
constexpr Query kBackToSavepoint{"savepoint_rollback", "ROLLBACK TO SAVEPOINT unless_exists"};
constexpr Query kRelease{"savepoint_release", "RELEASE SAVEPOINT unless_exists"};

}  // namespace

bool Row::is_null(std::size_t column) const {
  if (column >= cells_.size()) wrong_cell(column, "there", cells_.size());
  return std::holds_alternative<std::monostate>(cells_[column]);
}
std::int64_t Row::integer(std::size_t column) const {
  return cell<std::int64_t>(cells_, column, "an integer");
}
double Row::real(std::size_t column) const {
  if (column < cells_.size()) {
    if (const auto* whole = std::get_if<std::int64_t>(&cells_[column]))
      return static_cast<double>(*whole);
  }
  return cell<double>(cells_, column, "a number");
}
const std::string& Row::text(std::size_t column) const {
  return cell<std::string>(cells_, column, "text");
}
const Bytes& Row::bytes(std::size_t column) const { return cell<Bytes>(cells_, column, "bytes"); }

std::optional<std::string> Row::maybe_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}
std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}
std::optional<Timestamp> Row::maybe_time(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

bool Tx::execute_unless_exists(const Query& query, std::initializer_list<Param> params) {
  execute(kSavepoint);
  try {
    execute(query, params);
  } catch (const Failure& failure) {
    if (!failure.unique) throw;
    execute(kBackToSavepoint);
    execute(kRelease);
    return false;
  }
  execute(kRelease);
  return true;
}

std::unique_ptr<Database> Database::open(const std::string& location, std::size_t max_connections,
                                         std::shared_ptr<Durability> durability) {
  if (location.starts_with("postgresql://") || location.starts_with("postgres://")) {
    return open_postgres(location, max_connections, std::move(durability));
  }
  return open_sqlite(location, max_connections, std::move(durability));
}

std::string like_contains(std::string_view needle) {
  std::string out = "%";
  for (const char c : needle) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  out += '%';
  return out;
}

}  // namespace holt::db
