// SQL of the LFS room: file locks.
#include "domain/lfs/store.h"

namespace holt::lfs::store {
namespace {

const db::Query kInsertLock{
    "lfs_insert_lock",
    "INSERT INTO lfs_locks (repo_id, path, owner_id, owner_name, locked_at) "
    "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"};
const db::Query kFindByPath{"lfs_find_lock_by_path",
                            "SELECT id, path, owner_id, owner_name, locked_at FROM lfs_locks "
                            "WHERE repo_id = ? AND path = ?"};
const db::Query kFindByKey{"lfs_find_lock",
                           "SELECT id, path, owner_id, owner_name, locked_at FROM lfs_locks "
                           "WHERE repo_id = ? AND id = ?"};
const db::Query kRemove{"lfs_remove_lock", "DELETE FROM lfs_locks WHERE repo_id = ? AND id = ?"};
const db::Query kRemoveAll{"lfs_remove_locks", "DELETE FROM lfs_locks WHERE repo_id = ?"};
const db::Query kList{"lfs_list_locks",
                      "SELECT id, path, owner_id, owner_name, locked_at FROM lfs_locks "
                      "WHERE repo_id = ? AND id > ? ORDER BY id LIMIT ?"};

Lock lock_of(const db::Row& row) {
  return Lock{row.integer(0), row.text(1), row.integer(2), row.text(3), row.time(4)};
}

}  // namespace

std::optional<Lock> insert_lock(db::Tx& tx, std::int64_t repo_key, const Lock& lock) {
  auto row =
      tx.find(kInsertLock, {repo_key, lock.path, lock.owner_key, lock.owner_name, lock.locked_at});
  if (!row) return std::nullopt;
  Lock made = lock;
  made.key = row->integer(0);
  return made;
}

std::optional<Lock> find_lock_by_path(db::Tx& tx, std::int64_t repo_key, std::string_view path) {
  auto row = tx.find(kFindByPath, {repo_key, path});
  if (!row) return std::nullopt;
  return lock_of(*row);
}

std::optional<Lock> find_lock(db::Tx& tx, std::int64_t repo_key, std::int64_t lock_key) {
  auto row = tx.find(kFindByKey, {repo_key, lock_key});
  if (!row) return std::nullopt;
  return lock_of(*row);
}

void remove_lock(db::Tx& tx, std::int64_t repo_key, std::int64_t lock_key) {
  tx.execute(kRemove, {repo_key, lock_key});
}

void remove_locks(db::Tx& tx, std::int64_t repo_key) { tx.execute(kRemoveAll, {repo_key}); }

std::vector<Lock> list_locks(db::Tx& tx, std::int64_t repo_key, std::int64_t after,
                             std::size_t limit) {
  std::vector<Lock> locks;
  for (const auto& row : tx.select(kList, {repo_key, after, static_cast<std::int64_t>(limit)}))
    locks.push_back(lock_of(row));
  return locks;
}

}  // namespace holt::lfs::store
