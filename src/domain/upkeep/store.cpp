// SQL of the upkeep room.
#include "domain/upkeep/store.h"

namespace holt::upkeep::store {
namespace {

const db::Query kKeys{"upkeep_repository_keys", "SELECT id FROM repos ORDER BY id"};
const db::Query kUsersOfPack{"upkeep_users_of_pack",
                             "SELECT r.type, r.owner, r.name FROM packs p JOIN repos r ON r.id = "
                             "p.repo_id WHERE p.sha256 = ?"};
const db::Query kUsersOfBlob{"upkeep_users_of_blob",
                             "SELECT r.type, r.owner, r.name FROM repo_contents c JOIN repos r ON "
                             "r.id = c.repo_key WHERE c.sha256 = ?"};
const db::Query kUsersOfXorb{"upkeep_users_of_xorb",
                             "SELECT r.type, r.owner, r.name FROM repo_xorbs x JOIN repos r ON "
                             "r.id = x.repo_key WHERE x.xorb = ?"};
const db::Query kPackKnown{"upkeep_pack_known", "SELECT 1 FROM packs WHERE sha256 = ? LIMIT 1"};
const db::Query kPacksOf{"upkeep_packs_of",
                         "SELECT sha256, size FROM packs WHERE repo_id = ? ORDER BY id"};
const db::Query kBucketContents{"upkeep_bucket_contents",
                                "SELECT DISTINCT sha256 FROM bucket_files WHERE size > 0"};
const db::Query kBucketContentsOf{
    "upkeep_bucket_contents_of",
    "SELECT DISTINCT sha256 FROM bucket_files WHERE repo_key = ? AND size > 0"};

}  // namespace

std::vector<std::int64_t> repository_keys(db::Tx& tx) {
  std::vector<std::int64_t> out;
  for (const auto& row : tx.select(kKeys)) out.push_back(row.integer(0));
  return out;
}

std::vector<std::string> users_of(db::Tx& tx, const blob::Key& key) {
  const auto& query = key.kind == blob::Class::pack   ? kUsersOfPack
                      : key.kind == blob::Class::blob ? kUsersOfBlob
                                                      : kUsersOfXorb;
  std::vector<std::string> out;
  for (const auto& row : tx.select(query, {key.hash}))
    out.push_back(row.text(0) + " " + row.text(1) + "/" + row.text(2));
  return out;
}

bool pack_known(db::Tx& tx, std::string_view sha256) {
  return tx.find(kPackKnown, {sha256}).has_value();
}

std::vector<std::pair<std::string, std::int64_t>> packs_of(db::Tx& tx, std::int64_t repo) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  for (const auto& row : tx.select(kPacksOf, {repo})) out.emplace_back(row.text(0), row.integer(1));
  return out;
}

std::vector<std::string> bucket_contents(db::Tx& tx) {
  std::vector<std::string> out;
  for (const auto& row : tx.select(kBucketContents)) out.push_back(row.text(0));
  return out;
}

std::vector<std::string> bucket_contents(db::Tx& tx, std::int64_t repo) {
  std::vector<std::string> out;
  for (const auto& row : tx.select(kBucketContentsOf, {repo})) out.push_back(row.text(0));
  return out;
}

}  // namespace holt::upkeep::store
