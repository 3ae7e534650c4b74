// SQL of the repositories room.
#include "domain/repos/store.h"

#include "base/text.h"
#include "domain/repos/store_rows.h"

namespace holt::repos::store {
namespace {

const db::Query kFindByKey{
    "repos_find_by_key",
    "SELECT r.id, r.object_id, r.type, r.owner_id, r.owner, r.name, r.created_by, "
    "r.visibility, r.gate, r.disabled, r.allow_force_push, r.discussions_disabled, "
    "r.space_sdk, r.created_at, r.last_modified, r.head, r.generation, r.likes, "
    "r.downloads, r.downloads_all_time, r.trending, r.used_storage, r.pipeline_tag, "
    "r.library_name, r.parameters, r.tags, r.facts FROM repos r WHERE r.id = ?"};
const db::Query kFindByName{
    "repos_find_by_name",
    "SELECT r.id, r.object_id, r.type, r.owner_id, r.owner, r.name, r.created_by, "
    "r.visibility, r.gate, r.disabled, r.allow_force_push, r.discussions_disabled, "
    "r.space_sdk, r.created_at, r.last_modified, r.head, r.generation, r.likes, "
    "r.downloads, r.downloads_all_time, r.trending, r.used_storage, r.pipeline_tag, "
    "r.library_name, r.parameters, r.tags, r.facts FROM repo_names n "
    "JOIN repos r ON r.id = n.repo_id WHERE n.type = ? AND n.full_key = ?"};
const db::Query kNameTaken{"repos_name_taken",
                           "SELECT 1 FROM repo_names WHERE type = ? AND full_key = ?"};
const db::Query kInsert{
    "repos_insert",
    "INSERT INTO repos (object_id, type, owner_id, owner, name, full_key, created_by, "
    "visibility, gate, space_sdk, created_at, last_modified) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"};
const db::Query kAddName{"repos_add_name",
                         "INSERT INTO repo_names (type, full_key, repo_id) VALUES (?, ?, ?)"};
const db::Query kRename{
    "repos_rename",
    "UPDATE repos SET owner_id = ?, owner = ?, name = ?, full_key = ?, generation = "
    "generation + 1 WHERE id = ?"};
const db::Query kRemove{"repos_remove", "DELETE FROM repos WHERE id = ?"};
const db::Query kRemoveNames{"repos_remove_names", "DELETE FROM repo_names WHERE repo_id = ?"};
const db::Query kRemoveTags{"repos_remove_tags", "DELETE FROM repo_tags WHERE repo_id = ?"};
const db::Query kAddTag{
    "repos_add_tag",
    "INSERT INTO repo_tags (tag, type, repo_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kRemoveGrams{"repos_remove_grams",
                             "DELETE FROM repo_grams WHERE type = ? AND gram = ? AND repo_id = ?"};
const db::Query kAddGram{
    "repos_add_gram",
    "INSERT INTO repo_grams (type, gram, repo_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kFullKey{"repos_full_key", "SELECT type, full_key FROM repos WHERE id = ?"};
const db::Query kSetVisibility{"repos_set_visibility",
                               "UPDATE repos SET visibility = ? WHERE id = ?"};
const db::Query kSetGate{"repos_set_gate", "UPDATE repos SET gate = ? WHERE id = ?"};
const db::Query kSetDiscussions{"repos_set_discussions",
                                "UPDATE repos SET discussions_disabled = ? WHERE id = ?"};
const db::Query kSetForcePush{"repos_set_force_push",
                              "UPDATE repos SET allow_force_push = ? WHERE id = ?"};
const db::Query kTouch{
    "repos_touch", "UPDATE repos SET last_modified = ?, generation = generation + 1 WHERE id = ?"};
const db::Query kSetUsedStorage{"repos_set_used_storage",
                                "UPDATE repos SET used_storage = ? WHERE id = ?"};
const db::Query kUsedStorage{"repos_used_storage", "SELECT used_storage FROM repos WHERE id = ?"};
const db::Query kUpdateTip{
    "repos_update_tip",
    "UPDATE repos SET head = ?, last_modified = ?, generation = generation + 1, "
    "used_storage = ?, pipeline_tag = ?, library_name = ?, parameters = ?, tags = ?, "
    "facts = ? WHERE id = ?"};
const db::Query kSelectTags{"repos_select_tags", "SELECT tags FROM repos WHERE id = ?"};
const db::Query kRemoveLikes{"repos_remove_likes", "DELETE FROM repo_likes WHERE repo_id = ?"};
const db::Query kRemoveDownloads{"repos_remove_downloads",
                                 "DELETE FROM repo_downloads WHERE repo_id = ?"};
const db::Query kPublicTags{
    "repos_public_tags",
    "SELECT DISTINCT t.tag FROM repo_tags t JOIN repos r ON r.id = t.repo_id "
    "WHERE t.type = ? AND r.visibility = 'public' ORDER BY t.tag LIMIT ?"};

std::string_view visibility_name(auth::Visibility v) {
  return v == auth::Visibility::private_ ? "private" : "public";
}
std::string_view gate_name(Gate gate) {
  return gate == Gate::automatic ? "auto" : gate == Gate::manual ? "manual" : "none";
}

void add_grams(db::Tx& tx, std::string_view type, std::string_view full_key, std::int64_t key) {
  for (const auto gram : grams(full_key)) tx.execute(kAddGram, {type, gram, key});
}

void remove_grams(db::Tx& tx, std::int64_t key) {
  const auto row = tx.find(kFullKey, {key});
  if (!row) return;
  for (const auto gram : grams(row->text(1))) tx.execute(kRemoveGrams, {row->text(0), gram, key});
}

}  // namespace

RepoRow row_of(const db::Row& row) {
  RepoRow out;
  Repo& r = out.repo;
  std::size_t c = 0;
  r.key = row.integer(c++);
  r.object_id = row.text(c++);
  r.id.type = parse_type(row.text(c++)).value();
  r.owner_key = row.integer(c++);
  r.id.owner = row.text(c++);
  r.id.name = row.text(c++);
  out.created_by = row.integer(c++);
  r.created_by = out.created_by;
  r.visibility =
      row.text(c++) == "private" ? auth::Visibility::private_ : auth::Visibility::public_;
  const auto& gate = row.text(c++);
  r.gate = gate == "auto" ? Gate::automatic : gate == "manual" ? Gate::manual : Gate::none;
  r.disabled = row.flag(c++);
  r.allow_force_push = row.flag(c++);
  r.discussions_disabled = row.flag(c++);
  r.space_sdk = row.text(c++);
  r.created_at = row.time(c++);
  r.last_modified = row.time(c++);
  r.head = row.text(c++);
  r.generation = row.integer(c++);
  r.likes = row.integer(c++);
  r.downloads = row.integer(c++);
  r.downloads_all_time = row.integer(c++);
  r.trending = row.integer(c++);
  r.used_storage_bytes = row.integer(c++);
  r.facts.pipeline_tag = row.text(c++);
  r.facts.library_name = row.text(c++);
  r.facts.parameters = row.integer(c++);
  for (auto tag : split(row.text(c++), '\n'))
    if (!tag.empty()) r.facts.tags.emplace_back(tag);
  out.facts_json = row.text(c++);
  return out;
}

std::vector<std::string_view> grams(std::string_view text) {
  constexpr std::size_t kLetters = 3;
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at + kLetters <= text.size(); ++at)
    out.push_back(text.substr(at, kLetters));
  return out;
}

std::optional<RepoRow> find_by_key(db::Tx& tx, std::int64_t key) {
  auto row = tx.find(kFindByKey, {key});
  if (!row) return std::nullopt;
  return row_of(*row);
}

std::optional<RepoRow> find_by_name(db::Tx& tx, Type type, std::string_view full_key) {
  auto row = tx.find(kFindByName, {type_name(type), full_key});
  if (!row) return std::nullopt;
  return row_of(*row);
}

bool name_taken(db::Tx& tx, Type type, std::string_view full_key) {
  return tx.find(kNameTaken, {type_name(type), full_key}).has_value();
}

std::int64_t insert(db::Tx& tx, const Repo& repo, std::int64_t created_by) {
  auto row = tx.find(
      kInsert, {repo.object_id, type_name(repo.id.type), repo.owner_key, repo.id.owner,
                repo.id.name, lower(repo.id.full()), created_by, visibility_name(repo.visibility),
                gate_name(repo.gate), repo.space_sdk, repo.created_at, repo.last_modified});
  CHECK(row.has_value());
  add_grams(tx, type_name(repo.id.type), lower(repo.id.full()), row->integer(0));
  add_change(tx, row->integer(0));
  return row->integer(0);
}

void add_name(db::Tx& tx, Type type, std::string_view full_key, std::int64_t key) {
  tx.execute(kAddName, {type_name(type), full_key, key});
}

void rename(db::Tx& tx, const Repo& repo, std::string_view full_key) {
  remove_grams(tx, repo.key);
  add_grams(tx, type_name(repo.id.type), full_key, repo.key);
  tx.execute(kRename, {repo.owner_key, repo.id.owner, repo.id.name, full_key, repo.key});
  add_change(tx, repo.key);
}

void remove(db::Tx& tx, std::int64_t key) {
  remove_grams(tx, key);
  tx.execute(kRemoveTags, {key});
  tx.execute(kRemoveLikes, {key});
  tx.execute(kRemoveDownloads, {key});
  tx.execute(kRemoveNames, {key});
  tx.execute(kRemove, {key});
  add_change(tx, key);
}

void update_settings(db::Tx& tx, std::int64_t key, const Settings& settings, Timestamp at) {
  if (settings.visibility) tx.execute(kSetVisibility, {visibility_name(*settings.visibility), key});
  if (settings.gate) tx.execute(kSetGate, {gate_name(*settings.gate), key});
  if (settings.discussions_disabled)
    tx.execute(kSetDiscussions, {*settings.discussions_disabled, key});
  if (settings.allow_force_push) tx.execute(kSetForcePush, {*settings.allow_force_push, key});
  touch(tx, key, at);
  add_change(tx, key);
}

void update_tip(db::Tx& tx, std::int64_t key, Type type, std::string_view head,
                const cards::Facts& facts, std::string_view facts_json,
                std::int64_t used_storage_bytes, Timestamp at) {
  const std::string tags = join(facts.tags, "\n");
  const auto before = tx.find(kSelectTags, {key});
  tx.execute(kUpdateTip, {head, at, used_storage_bytes, facts.pipeline_tag, facts.library_name,
                          facts.parameters, tags, facts_json, key});
  add_change(tx, key);
  // Most commits leave the tags as they are; then the index rows stay untouched.
  if (before && before->text(0) == tags) return;
  tx.execute(kRemoveTags, {key});
  for (const auto& tag : facts.tags) tx.execute(kAddTag, {tag, type_name(type), key});
}

void set_used_storage(db::Tx& tx, std::int64_t key, std::int64_t bytes) {
  tx.execute(kSetUsedStorage, {bytes, key});
}

std::int64_t used_storage(db::Tx& tx, std::int64_t key) {
  const auto row = tx.find(kUsedStorage, {key});
  return row ? row->integer(0) : 0;
}

void touch(db::Tx& tx, std::int64_t key, Timestamp at) { tx.execute(kTouch, {at, key}); }

std::vector<std::string> public_tags(db::Tx& tx, Type type, std::size_t limit) {
  std::vector<std::string> tags;
  for (const auto& row :
       tx.select(kPublicTags, {type_name(type), static_cast<std::int64_t>(limit)}))
    tags.push_back(row.text(0));
  return tags;
}

}  // namespace holt::repos::store
