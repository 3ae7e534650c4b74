// The table schema_migrations: one row per applied migration, with the digest of its text.
#include "io/db/migrations.h"

#include <map>

#include "base/hash.h"
#include "base/log.h"
#include "io/db/script.h"

namespace holt::db {
namespace {

// Persisted: never change.
constexpr std::string_view kTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "name TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, applied_at $BIGINT NOT NULL)";
constexpr Query kApplied{"migrations_applied", "SELECT name, sha256 FROM schema_migrations"};
constexpr Query kRecord{
    "migrations_record",
    "INSERT INTO schema_migrations (name, sha256, applied_at) VALUES (?, ?, ?)"};

}  // namespace

Result<void> apply_migrations(Tx& tx, const std::function<void(const std::string&)>& script,
                              std::span<const Migration> migrations) {
  script(expand_types(kTable, tx.engine()));
  std::map<std::string, std::string, std::less<>> applied;
  for (const Row& row : tx.select(kApplied)) applied.emplace(row.text(0), row.text(1));
  for (const Migration& migration : migrations) {
    const std::string digest = sha256_hex(migration.sql);
    if (const auto it = applied.find(migration.name); it != applied.end()) {
      if (it->second != digest) {
        return fail(Kind::conflict,
                    "migration " + std::string(migration.name) +
                        " was edited after this catalog had it applied; restore its text and put "
                        "the change into a new migration");
      }
      applied.erase(it);
      continue;
    }
    try {
      script(expand_types(migration.sql, tx.engine()));
    } catch (const Failure& failure) {
      throw Failure("migration " + std::string(migration.name) + ": " + failure.what(),
                    failure.unique);
    }
    tx.execute(kRecord, {migration.name, digest, now()});
    log::info("migration applied", {{"migration", migration.name}});
  }
  for (const auto& [name, digest] : applied) {
    log::warning("catalog was migrated by a newer version", {{"migration", name}});
  }
  return {};
}

}  // namespace holt::db
