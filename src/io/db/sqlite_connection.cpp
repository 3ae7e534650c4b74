// Statements of SQLite: prepared once per connection, bound, stepped, decoded.
#include "io/db/sqlite_connection.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "io/db/checked_text.h"
#include "io/db/slow.h"
#include "io/db/sqlite_pages.h"

namespace holt::db {
namespace {

constexpr int kBusyTimeoutMs = 10'000;
constexpr int kBusyPauseMs = 2;
// A few hundred fixed queries exist; composed ones could be without end.
constexpr std::size_t kMaxStatements = 160;
// Room the log has from the start. Quiet moments give it back whole (log_keeper.h), so a hub with
// little to do writes into the same blocks again and again: the data folder does not grow by the
// log, and syncing it does not wait for the file system to note a new length.
constexpr sqlite3_int64 kLogRoom = 4 << 20;

// The log is moved into the catalog each 16 MiB, so that commits between cost one fsync of the log
// alone.
constexpr int kLongLogPages = 4000;

// The page cache is per connection, so 1 MiB each: the system keeps the file in memory anyway.
constexpr const char* kSettings =
    "PRAGMA synchronous=FULL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA case_sensitive_like=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-1000;"
    "PRAGMA secure_delete=FAST;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA journal_size_limit=67108864;";

// Puts a statement back to rest however its run ends.
class Rest {
 public:
  explicit Rest(sqlite3_stmt* statement) : statement_(statement) {}
  ~Rest() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Rest(const Rest&) = delete;
  Rest& operator=(const Rest&) = delete;

 private:
  sqlite3_stmt* statement_;
};

// Called while another process holds the lock that is wanted. SQLite's own timeout backs off to
// 100 ms, which a process that writes all the time never lets succeed for long stretches.
int wait_while_busy(void*, int times_before) {
  if (times_before >= kBusyTimeoutMs / kBusyPauseMs) return 0;
  sqlite3_sleep(kBusyPauseMs);
  return 1;
}

int bind(sqlite3_stmt* statement, int index, const Param::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *whole);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  // A null pointer would be stored as NULL; an empty text is a text.
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data() != nullptr ? text->data() : "",
                               text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* bytes = std::get_if<ByteSpan>(&value)) {
    const void* data = bytes->data() != nullptr ? static_cast<const void*>(bytes->data()) : "";
    return sqlite3_bind_blob64(statement, index, data, bytes->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

bool is_sync_failure(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

Row::Cell cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return size == 0 ? Bytes() : Bytes(bytes, bytes + size);
    }
    default:
      return std::monostate();
  }
}

Row row(sqlite3_stmt* statement) {
  const int columns = sqlite3_column_count(statement);
  std::vector<Row::Cell> cells;
  cells.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) cells.push_back(cell(statement, column));
  return Row(std::move(cells));
}

}  // namespace

SqliteConnection::SqliteConnection(const std::string& path, Use use,
                                   std::shared_ptr<Durability> durability)
    : durability_(std::move(durability)) {
  const int code = sqlite3_open_v2(
      path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      checked_pages());
  try {
    if (code != SQLITE_OK) fail_with(code, "opening the catalog " + path);
    sqlite3_busy_handler(handle_, wait_while_busy, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    script(kSettings);
    if (use == Use::convert) give_checksums();
    reserve_checksums(handle_);
    // In place of SQLite's own, which passes over every failure in silence.
    sqlite3_wal_hook(handle_, move_long_log, this);
    if (use == Use::write) {
      use_wal();
      reserve_log();
    }
    if (use == Use::read) script("PRAGMA query_only=ON");
  } catch (...) {
    close();
    throw;
  }
}

SqliteConnection::~SqliteConnection() { close(); }

void SqliteConnection::close() {
  forget_statements();
  // The last one to close would move the log and sync both files again.
  if (durability_->lost()) sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_close(handle_);
}

// After a commit, which is safe in the log whatever happens here.
int SqliteConnection::move_long_log(void* self, sqlite3* handle, const char* name, int pages) {
  if (pages < kLongLogPages) return SQLITE_OK;
  const int code =
      sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (is_sync_failure(code)) {
    static_cast<SqliteConnection*>(self)->durability_->note_failure("the catalog",
                                                                    sqlite3_errstr(code));
  }
  return SQLITE_OK;
}

void SqliteConnection::forget_statements() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  statements_.clear();
}

void SqliteConnection::give_checksums() {
  std::vector<Row> rows;
  run({"sqlite_page_count", "PRAGMA page_count"}, {}, &rows);
  // A new one is made with checksums.
  if (rows.at(0).integer(0) == 0 || has_checksums(handle_)) return;
  // Fails while anybody else has it open; then the next start does it. No waiting: commands run
  // beside servers.
  sqlite3_busy_handler(handle_, nullptr, nullptr);
  try {
    script("PRAGMA journal_mode=DELETE");
    reserve_checksums(handle_);
    script("VACUUM");
  } catch (const Failure&) {
    if (sqlite3_errcode(handle_) != SQLITE_BUSY && sqlite3_errcode(handle_) != SQLITE_LOCKED) throw;
  }
}

void SqliteConnection::use_wal() {
  // SQLite does not wait for others here, so this does: two processes may open a new file at once.
  const std::int64_t deadline_us = monotonic_us() + std::int64_t{kBusyTimeoutMs} * 1000;
  for (;;) {
    try {
      std::vector<Row> rows;
      run({"sqlite_journal_mode", "PRAGMA journal_mode=WAL"}, {}, &rows);
      if (rows.size() == 1 && rows[0].text(0) == "wal") return;
      throw Failure("the catalog cannot use a write-ahead log here; keep it on a local file system",
                    false);
    } catch (const Failure&) {
      const int code = sqlite3_errcode(handle_);
      if (code != SQLITE_BUSY || monotonic_us() > deadline_us) throw;
      sqlite3_sleep(10);
    }
  }
}

void SqliteConnection::reserve_log() {
  // The write lock keeps other processes from adding to the log meanwhile. The zeros behind its
  // last frame carry no checksum of a frame, so recovery ends before them.
  script("BEGIN IMMEDIATE");
  sqlite3_file* log = nullptr;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr &&
      log->pMethods->xFileSize(log, &size) == SQLITE_OK && size < kLogRoom) {
    // SQLite's unix layer writes less than 128 KiB at a time.
    const std::vector<std::uint8_t> zeros(64 << 10);
    int code = SQLITE_OK;
    while (code == SQLITE_OK && size < kLogRoom) {
      const auto piece = std::min<sqlite3_int64>(std::ssize(zeros), kLogRoom - size);
      code = log->pMethods->xWrite(log, zeros.data(), static_cast<int>(piece), size);
      size += piece;
    }
    // On a full disk the room is not to be had now; commits say so when they need it.
    sync_folder_of_log();
    if (code == SQLITE_OK) code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (is_sync_failure(code)) fail_with(code, "making room for the catalog's log");
  }
  script("ROLLBACK");
}

// Commits are lost with the log's name. SQLite syncs the folder too, at the first sync of the log,
// and passes over a failure in silence, so this comes before it.
void SqliteConnection::sync_folder_of_log() {
  const std::filesystem::path file = sqlite3_db_filename(handle_, "main");
  try {
    sync_folder(file.parent_path());
  } catch (const std::exception& problem) {
    durability_->fail(file.parent_path().native(), problem.what());
  }
}

void SqliteConnection::fail_with(int code, std::string_view what) const {
  const int primary = code & 0xff;
  const std::string reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  if (const auto page = take_damaged_page()) {
    throw Failure(std::string(what) + ": " + *page +
                      " is damaged on the disk. Stop Holt and restore the catalog from a backup; "
                      "docs/guides/repair.md says how",
                  false);
  }
  std::string message = std::string(what) + ": " + reason;
  const int system = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  // SQLite keeps the last error of the system, which for other failures is an old one.
  if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN))
    message += " (" + std::generic_category().message(system) + ")";
  if (is_sync_failure(code)) durability_->fail("the catalog", message);
  if (primary == SQLITE_FULL ||
      (primary == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT))) {
    throw StorageFull(message + "; no space left for the catalog: free some or add storage");
  }
  if (primary == SQLITE_BUSY) {
    throw Failure(message + "; another process has been writing to the catalog for more than 10 s",
                  false);
  }
  throw Failure(message, code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                             code == SQLITE_CONSTRAINT_ROWID);
}

sqlite3_stmt* SqliteConnection::prepared(const Query& query) {
  if (const auto it = statements_.find(query.sql); it != statements_.end()) return it->second;
  if (statements_.size() >= kMaxStatements) forget_statements();
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle_, query.sql.data(), static_cast<int>(query.sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  if (code != SQLITE_OK) fail_with(code, query.name);
  if (statement == nullptr || rest != query.sql.data() + query.sql.size()) {
    sqlite3_finalize(statement);
    throw std::logic_error("query " + std::string(query.name) + " is not exactly one statement");
  }
  statements_.emplace(query.sql, statement);
  return statement;
}

std::int64_t SqliteConnection::run(const Query& query, std::span<const Param> params,
                                   std::vector<Row>* rows) {
  const SlowWatch watch(query.name);
  sqlite3_stmt* statement = prepared(query);
  const Rest rest(statement);
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != params.size()) {
    throw std::logic_error("query " + std::string(query.name) + " has " +
                           std::to_string(sqlite3_bind_parameter_count(statement)) +
                           " placeholders and was given " + std::to_string(params.size()) +
                           " values");
  }
  check_text(query, params);
  for (std::size_t i = 0; i < params.size(); ++i) {
    const int code = bind(statement, static_cast<int>(i + 1), params[i].value());
    if (code != SQLITE_OK) fail_with(code, query.name);
  }
  const std::int64_t changes_before = sqlite3_total_changes64(handle_);
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) fail_with(code, query.name);
    if (rows != nullptr) rows->push_back(row(statement));
  }
  // sqlite3_changes64 keeps the count of the last statement that changed anything; cascades and
  // triggers are in the total only.
  if (sqlite3_stmt_readonly(statement) != 0 || sqlite3_total_changes64(handle_) == changes_before)
    return 0;
  return sqlite3_changes64(handle_);
}

void SqliteConnection::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail_with(code, "catalog script");
}

void SqliteConnection::roll_back() noexcept {
  if (!in_transaction()) return;
  sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  if (in_transaction()) broken_ = true;
}

}  // namespace holt::db
