// SQL of the git room.
#include "domain/git/store.h"

namespace holt::git::store {
namespace {

const db::Query kRefs{"git_refs",
                      "SELECT name, target, peeled FROM refs WHERE repo_id = ? ORDER BY name"};
const db::Query kRefAt{"git_ref_at",
                       "SELECT name, target, peeled FROM refs WHERE repo_id = ? AND peeled = ? "
                       "ORDER BY name LIMIT 1"};
const db::Query kFirstRefs{
    "git_first_refs",
    "SELECT name, target, peeled FROM refs WHERE repo_id = ? ORDER BY name LIMIT ?"};
const db::Query kFindRef{"git_find_ref",
                         "SELECT name, target, peeled FROM refs WHERE repo_id = ? AND name = ?"};
const db::Query kInsertRef{
    "git_insert_ref",
    "INSERT INTO refs (repo_id, name, target, peeled) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kUpdateRef{
    "git_update_ref",
    "UPDATE refs SET target = ?, peeled = ? WHERE repo_id = ? AND name = ? AND target = ?"};
const db::Query kRemoveRef{"git_remove_ref",
                           "DELETE FROM refs WHERE repo_id = ? AND name = ? AND target = ?"};
const db::Query kPacks{"git_packs", "SELECT sha256, size FROM packs WHERE repo_id = ? ORDER BY id"};
const db::Query kAddPack{"git_add_pack",
                         "INSERT INTO packs (repo_id, sha256, size, stored_at) VALUES (?, ?, ?, ?) "
                         "ON CONFLICT DO NOTHING"};
const db::Query kRemovePack{"git_remove_pack",
                            "DELETE FROM packs WHERE repo_id = ? AND sha256 = ?"};
const db::Query kPackInUse{"git_pack_in_use", "SELECT 1 FROM packs WHERE sha256 = ? LIMIT 1"};
const db::Query kCopyRefs{
    "git_copy_refs",
    "INSERT INTO refs (repo_id, name, target, peeled) SELECT ?, name, target, peeled FROM refs "
    "WHERE repo_id = ? AND name NOT LIKE 'refs/pr/%'"};
const db::Query kCopyPacks{
    "git_copy_packs",
    "INSERT INTO packs (repo_id, sha256, size, stored_at) SELECT ?, sha256, size, stored_at "
    "FROM packs WHERE repo_id = ?"};
const db::Query kCopyLargeFiles{
    "git_copy_large_files",
    "INSERT INTO lfs_pushes (repo_id, blob, path, sha256, size, ref, pushed_at) SELECT ?, "
    "blob, path, sha256, size, ref, pushed_at FROM lfs_pushes WHERE repo_id = ?"};
const db::Query kRemoveRefs{"git_remove_refs", "DELETE FROM refs WHERE repo_id = ?"};
const db::Query kRemovePacks{"git_remove_packs", "DELETE FROM packs WHERE repo_id = ?"};
const db::Query kRemovePushes{"git_remove_pushes", "DELETE FROM lfs_pushes WHERE repo_id = ?"};
const db::Query kRemoveActivity{"git_remove_activity", "DELETE FROM activity WHERE repo_id = ?"};
const db::Query kKnownLargeFile{
    "git_known_large_file", "SELECT 1 FROM lfs_pushes WHERE repo_id = ? AND sha256 = ? LIMIT 1"};
const db::Query kAddLargeFile{
    "git_add_large_file",
    "INSERT INTO lfs_pushes (repo_id, blob, path, sha256, size, ref, pushed_at) VALUES "
    "(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kLargeFiles{
    "git_large_files",
    "SELECT blob, path, sha256, size, ref, pushed_at FROM lfs_pushes WHERE repo_id = ? ORDER "
    "BY pushed_at DESC, path, blob LIMIT ? OFFSET ?"};
const db::Query kShaOfBlob{"git_sha_of_blob",
                           "SELECT DISTINCT sha256 FROM lfs_pushes WHERE repo_id = ? AND blob = ?"};
const db::Query kRemoveLargeFile{"git_remove_large_file",
                                 "DELETE FROM lfs_pushes WHERE repo_id = ? AND sha256 = ?"};
const db::Query kAddActivity{
    "git_add_activity",
    "INSERT INTO activity (repo_id, actor_id, action, ref, old_target, new_target, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"};
const db::Query kAddOutbox{"git_add_outbox",
                           "INSERT INTO outbox (topic, payload, created_at) VALUES (?, ?, ?)"};

const db::Query kCountOutbox{"git_count_outbox", "SELECT COUNT(*) FROM outbox"};

Ref ref_of(const db::Row& row) { return {row.text(0), row.text(1), row.text(2)}; }

}  // namespace

std::vector<Ref> refs(db::Tx& tx, std::int64_t repo) {
  std::vector<Ref> out;
  for (const auto& row : tx.select(kRefs, {repo})) out.push_back(ref_of(row));
  return out;
}

std::optional<Ref> ref_at(db::Tx& tx, std::int64_t repo, std::string_view commit) {
  auto row = tx.find(kRefAt, {repo, commit});
  if (!row) return std::nullopt;
  return ref_of(*row);
}

std::vector<Ref> first_refs(db::Tx& tx, std::int64_t repo, std::size_t most) {
  std::vector<Ref> out;
  for (const auto& row : tx.select(kFirstRefs, {repo, static_cast<std::int64_t>(most)}))
    out.push_back(ref_of(row));
  return out;
}

std::optional<Ref> find_ref(db::Tx& tx, std::int64_t repo, std::string_view name) {
  auto row = tx.find(kFindRef, {repo, name});
  if (!row) return std::nullopt;
  return ref_of(*row);
}

bool insert_ref(db::Tx& tx, std::int64_t repo, const Ref& ref) {
  return tx.execute(kInsertRef, {repo, ref.name, ref.target, ref.commit}) == 1;
}
bool update_ref(db::Tx& tx, std::int64_t repo, const Ref& ref, std::string_view old_target) {
  return tx.execute(kUpdateRef, {ref.target, ref.commit, repo, ref.name, old_target}) == 1;
}
bool remove_ref(db::Tx& tx, std::int64_t repo, std::string_view name, std::string_view old_target) {
  return tx.execute(kRemoveRef, {repo, name, old_target}) == 1;
}

std::vector<PackRow> packs(db::Tx& tx, std::int64_t repo) {
  std::vector<PackRow> out;
  for (const auto& row : tx.select(kPacks, {repo})) out.push_back({row.text(0), row.integer(1)});
  return out;
}
void add_pack(db::Tx& tx, std::int64_t repo, std::string_view sha256, std::uint64_t size_bytes,
              Timestamp at) {
  tx.execute(kAddPack, {repo, sha256, size_bytes, at});
}
bool remove_pack(db::Tx& tx, std::int64_t repo, std::string_view sha256) {
  return tx.execute(kRemovePack, {repo, sha256}) == 1;
}
bool pack_in_use(db::Tx& tx, std::string_view sha256) {
  return tx.find(kPackInUse, {sha256}).has_value();
}

void copy_history(db::Tx& tx, std::int64_t from, std::int64_t to) {
  tx.execute(kCopyRefs, {to, from});
  tx.execute(kCopyPacks, {to, from});
  tx.execute(kCopyLargeFiles, {to, from});
}

void remove_all(db::Tx& tx, std::int64_t repo) {
  for (const auto* query : {&kRemoveRefs, &kRemovePacks, &kRemovePushes, &kRemoveActivity})
    tx.execute(*query, {repo});
}

bool add_large_file(db::Tx& tx, std::int64_t repo, const Publication::LargeFile& file,
                    std::string_view ref, Timestamp at) {
  const bool known = tx.find(kKnownLargeFile, {repo, file.sha256}).has_value();
  tx.execute(kAddLargeFile, {repo, file.blob, file.path, file.sha256, file.size_bytes, ref, at});
  return !known;
}

std::vector<Git::LargeFileRow> large_files(db::Tx& tx, std::int64_t repo, std::size_t limit,
                                           std::size_t offset) {
  std::vector<Git::LargeFileRow> out;
  for (const auto& row :
       tx.select(kLargeFiles, {repo, std::uint64_t{limit}, std::uint64_t{offset}}))
    out.push_back({row.text(0), row.text(1), row.text(2), row.text(4),
                   static_cast<std::uint64_t>(row.integer(3)), row.time(5)});
  return out;
}

std::vector<std::string> sha256s_of_blobs(db::Tx& tx, std::int64_t repo,
                                          const std::vector<std::string>& blobs) {
  std::vector<std::string> out;
  for (const auto& blob : blobs)
    for (const auto& row : tx.select(kShaOfBlob, {repo, blob})) out.push_back(row.text(0));
  return out;
}

void remove_large_files(db::Tx& tx, std::int64_t repo, const std::vector<std::string>& sha256s) {
  for (const auto& sha256 : sha256s) tx.execute(kRemoveLargeFile, {repo, sha256});
}

void add_activity(db::Tx& tx, std::int64_t repo, std::int64_t actor, std::string_view action,
                  const RefUpdate& update, Timestamp at) {
  tx.execute(kAddActivity,
             {repo, actor, action, update.name, update.old_target, update.new_target, at});
}

std::int64_t count_outbox(db::Tx& tx) { return tx.find(kCountOutbox, {})->integer(0); }

void add_outbox(db::Tx& tx, std::string_view topic, std::string_view payload, Timestamp at) {
  tx.execute(kAddOutbox, {topic, payload, at});
}

}  // namespace holt::git::store
