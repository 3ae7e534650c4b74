// SQL of the LFS room: file locks.
#pragma once

#include <optional>
#include <vector>

#include "domain/lfs/lfs.h"
#include "io/db/db.h"

namespace holt::lfs::store {

// nullopt when the path is locked already.
std::optional<Lock> insert_lock(db::Tx& tx, std::int64_t repo_key, const Lock& lock);
std::optional<Lock> find_lock_by_path(db::Tx& tx, std::int64_t repo_key, std::string_view path);
std::optional<Lock> find_lock(db::Tx& tx, std::int64_t repo_key, std::int64_t lock_key);
void remove_lock(db::Tx& tx, std::int64_t repo_key, std::int64_t lock_key);
void remove_locks(db::Tx& tx, std::int64_t repo_key);
// In order of their keys, those after `after`.
std::vector<Lock> list_locks(db::Tx& tx, std::int64_t repo_key, std::int64_t after,
                             std::size_t limit);

}  // namespace holt::lfs::store
