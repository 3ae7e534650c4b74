// SQL of the upkeep room.
#include "domain/upkeep/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holt::upkeep::store {
namespace {

const db::Query kKeys{"upkeep_repository_keys", "SELECT id FROM repos ORDER BY id"};
const db::Query kHitsOfPack{"upkeep_hits_of_pack",
                            "SELECT r.type, r.owner, r.name FROM packs p JOIN repos r ON r.id = "
                            "p.repo_id WHERE p.sha256 = ? ORDER BY r.type, r.owner, r.name"};
const db::Query kReposOfPack{"upkeep_repos_of_pack",
                             "SELECT repo_id FROM packs WHERE sha256 = ? ORDER BY repo_id"};
const db::Query kHitsOfContent{
    "upkeep_hits_of_content",
    "SELECT DISTINCT r.type, r.owner, r.name, p.path FROM repo_contents c JOIN repos r ON r.id = "
    "c.repo_key LEFT JOIN lfs_pushes p ON p.repo_id = c.repo_key AND p.sha256 = c.sha256 "
    "WHERE c.sha256 = ? ORDER BY r.type, r.owner, r.name, p.path"};
const db::Query kBucketHitsOfContent{
    "upkeep_bucket_hits_of_content",
    "SELECT r.type, r.owner, r.name, b.path FROM bucket_files b JOIN repos r ON r.id = b.repo_key "
    "WHERE b.sha256 = ? ORDER BY r.type, r.owner, r.name, b.path"};
const db::Query kContentsOfXorb{
    "upkeep_contents_of_xorb",
    "SELECT DISTINCT f.sha256 FROM xet_file_xorbs x JOIN xet_files f ON f.file_hash = x.file_hash "
    "WHERE x.xorb = ?"};
const db::Query kNamedPacks{"upkeep_named_packs",
                            "SELECT DISTINCT sha256, size FROM packs WHERE sha256 >= ? AND sha256 "
                            "< ? ORDER BY sha256"};
const db::Query kNamedBlobs{"upkeep_named_blobs",
                            "SELECT sha256, size FROM contents WHERE whole = 1 AND sha256 >= ? AND "
                            "sha256 < ? ORDER BY sha256"};
const db::Query kNamedXorbs{"upkeep_named_xorbs",
                            "SELECT hash, stored_bytes FROM xorbs WHERE hash >= ? AND hash < ? "
                            "ORDER BY hash"};
const db::Query kDamages{"upkeep_damages",
                         "SELECT kind, hash, what FROM damaged_objects ORDER BY kind, hash"};
const db::Query kAddDamage{"upkeep_add_damage",
                           "INSERT INTO damaged_objects (kind, hash, what, found_at) VALUES (?, ?, "
                           "?, ?) ON CONFLICT (kind, hash) DO UPDATE SET what = excluded.what"};
const db::Query kRemoveDamage{"upkeep_remove_damage",
                              "DELETE FROM damaged_objects WHERE kind = ? AND hash = ?"};
const db::Query kPackKnown{"upkeep_pack_known", "SELECT 1 FROM packs WHERE sha256 = ? LIMIT 1"};
const db::Query kPacksOf{"upkeep_packs_of",
                         "SELECT sha256, size FROM packs WHERE repo_id = ? ORDER BY id"};
const db::Query kBucketContentsOf{
    "upkeep_bucket_contents_of",
    "SELECT DISTINCT sha256 FROM bucket_files WHERE repo_key = ? AND size > 0"};

const db::Query kFindMark{"upkeep_find_mark", "SELECT value, at FROM upkeep_marks WHERE name = ?"};
const db::Query kSetMark{"upkeep_set_mark",
                         "INSERT INTO upkeep_marks (name, value, at) VALUES (?, ?, ?) ON CONFLICT "
                         "(name) DO UPDATE SET value = excluded.value, at = excluded.at"};

// As damaged_objects names them: never change.
using Kind = std::pair<blob::Class, std::string_view>;
constexpr std::array kKinds = {Kind{blob::Class::pack, "pack"}, Kind{blob::Class::blob, "blob"},
                               Kind{blob::Class::xorb, "xorb"}};

std::string_view kind_name(blob::Class kind) {
  const auto found = std::ranges::find(kKinds, kind, &Kind::first);
  CHECK(found != kKinds.end());
  return found->second;
}

}  // namespace

std::vector<std::int64_t> repository_keys(db::Tx& tx) {
  std::vector<std::int64_t> out;
  for (const auto& row : tx.select(kKeys)) out.push_back(row.integer(0));
  return out;
}

std::vector<Hit> hits_of(db::Tx& tx, const blob::Key& key) {
  std::vector<Hit> hits;
  const auto add = [&](const db::Row& row) {
    const std::string name = row.text(0) + " " + row.text(1) + "/" + row.text(2);
    auto hit = std::ranges::find(hits, name, &Hit::repository);
    if (hit == hits.end()) hit = hits.insert(hits.end(), Hit{name, {}});
    if (row.size() > 3 && !row.is_null(3)) hit->files.push_back(row.text(3));
  };
  if (key.kind == blob::Class::pack) {
    for (const auto& row : tx.select(kHitsOfPack, {key.hash})) add(row);
    return hits;
  }
  std::vector<std::string> contents{key.hash};
  if (key.kind == blob::Class::xorb) {
    contents.clear();
    for (const auto& row : tx.select(kContentsOfXorb, {key.hash})) contents.push_back(row.text(0));
  }
  for (const auto& sha256 : contents)
    for (const auto* query : {&kHitsOfContent, &kBucketHitsOfContent})
      for (const auto& row : tx.select(*query, {sha256})) add(row);
  return hits;
}

std::vector<std::int64_t> repositories_of_pack(db::Tx& tx, std::string_view sha256) {
  std::vector<std::int64_t> out;
  for (const auto& row : tx.select(kReposOfPack, {sha256})) out.push_back(row.integer(0));
  return out;
}

std::vector<std::pair<blob::Key, std::uint64_t>> named_objects(db::Tx& tx, blob::Class kind,
                                                               blob::HashRange range) {
  const auto& query = kind == blob::Class::pack   ? kNamedPacks
                      : kind == blob::Class::blob ? kNamedBlobs
                                                  : kNamedXorbs;
  const std::string first = fmt::format("{:04x}", range.first);
  // Every digit sorts before it.
  const std::string end =
      range.end >= blob::HashRange::kAll ? std::string("g") : fmt::format("{:04x}", range.end);
  std::vector<std::pair<blob::Key, std::uint64_t>> out;
  for (const auto& row : tx.select(query, {first, end}))
    out.emplace_back(blob::Key{kind, row.text(0)}, static_cast<std::uint64_t>(row.integer(1)));
  return out;
}

std::vector<Damage> damages(db::Tx& tx) {
  std::vector<Damage> out;
  for (const auto& row : tx.select(kDamages)) {
    const auto name = std::ranges::find(kKinds, row.text(0), &Kind::second);
    if (name != kKinds.end()) out.push_back({{name->first, row.text(1)}, row.text(2)});
  }
  return out;
}

void add_damage(db::Tx& tx, const Damage& damage, Timestamp at) {
  tx.execute(kAddDamage, {kind_name(damage.key.kind), damage.key.hash, damage.what, at});
}

void remove_damage(db::Tx& tx, const blob::Key& key) {
  tx.execute(kRemoveDamage, {kind_name(key.kind), key.hash});
}

bool pack_known(db::Tx& tx, std::string_view sha256) {
  return tx.find(kPackKnown, {sha256}).has_value();
}

std::vector<std::pair<std::string, std::int64_t>> packs_of(db::Tx& tx, std::int64_t repo) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  for (const auto& row : tx.select(kPacksOf, {repo})) out.emplace_back(row.text(0), row.integer(1));
  return out;
}

std::vector<std::string> bucket_contents(db::Tx& tx, std::int64_t repo) {
  std::vector<std::string> out;
  for (const auto& row : tx.select(kBucketContentsOf, {repo})) out.push_back(row.text(0));
  return out;
}

std::optional<Mark> find_mark(db::Tx& tx, std::string_view name) {
  const auto row = tx.find(kFindMark, {name});
  if (!row) return std::nullopt;
  return Mark{row->integer(0), row->time(1)};
}

void set_mark(db::Tx& tx, std::string_view name, const Mark& mark) {
  tx.execute(kSetMark, {name, mark.value, mark.at});
}

}  // namespace holt::upkeep::store
