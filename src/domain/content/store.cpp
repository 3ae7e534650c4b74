// SQL of the content room.
#include "domain/content/store.h"

#include "domain/content/rows.h"

namespace holt::content::store {
namespace {

const db::Query kFind{
    "content_find",
    "SELECT c.sha256, c.size, c.xet_hash, c.whole FROM contents c "
    "JOIN repo_contents l ON l.sha256 = c.sha256 WHERE l.repo_key = ? AND c.sha256 = ?"};
const db::Query kFindAnywhere{
    "content_find_anywhere",
    "SELECT c.sha256, c.size, c.xet_hash, c.whole FROM contents c WHERE c.sha256 = ?"};
const db::Query kLinkAll{"content_link_all",
                         "INSERT INTO repo_contents (repo_key, sha256, linked_at) "
                         "SELECT CAST(? AS BIGINT), sha256, CAST(? AS BIGINT) FROM repo_contents "
                         "WHERE repo_key = ? ON CONFLICT DO NOTHING"};
const db::Query kRenewAll{"content_renew_all",
                          "UPDATE contents SET stored_at = ? WHERE sha256 IN "
                          "(SELECT l.sha256 FROM repo_contents l WHERE l.repo_key = ?)"};
const db::Query kLinkAllXorbs{
    "content_link_all_xorbs",
    "INSERT INTO repo_xorbs (repo_key, xorb) "
    "SELECT CAST(? AS BIGINT), xorb FROM repo_xorbs WHERE repo_key = ? ON CONFLICT DO NOTHING"};
const db::Query kUnlinkAll{"content_unlink_all", "DELETE FROM repo_contents WHERE repo_key = ?"};
const db::Query kUnlinkAllXorbs{"content_unlink_all_xorbs",
                                "DELETE FROM repo_xorbs WHERE repo_key = ?"};
const db::Query kUpsertWhole{
    "content_upsert_whole",
    "INSERT INTO contents (sha256, size, whole, stored_at) VALUES (?, ?, 1, ?) "
    "ON CONFLICT (sha256) DO UPDATE SET whole = 1, stored_at = excluded.stored_at"};
const db::Query kUpsertReconstruction{"content_upsert_reconstruction",
                                      "INSERT INTO contents (sha256, size, xet_hash, stored_at) "
                                      "VALUES (?, ?, ?, ?) ON CONFLICT (sha256) "
                                      "DO UPDATE SET xet_hash = COALESCE(contents.xet_hash, "
                                      "excluded.xet_hash), stored_at = excluded.stored_at"};
const db::Query kInsertXorb{"content_insert_xorb",
                            "INSERT INTO xorbs (hash, stored_bytes, raw_bytes, chunks, stored_at) "
                            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kRenewXorb{"content_renew_xorb", "UPDATE xorbs SET stored_at = ? WHERE hash = ?"};
const db::Query kReposOfXorb{
    "content_repos_of_xorb",
    "SELECT repo_key FROM repo_xorbs WHERE xorb = ? ORDER BY repo_key DESC LIMIT ?"};
const db::Query kXorbBytes{"content_xorb_bytes", "SELECT stored_bytes FROM xorbs WHERE hash = ?"};
const db::Query kFindXetFile{"content_find_xet_file",
                             "SELECT f.file_hash, f.sha256, f.size, f.terms FROM xet_files f "
                             "JOIN repo_contents l ON l.sha256 = f.sha256 "
                             "WHERE l.repo_key = ? AND f.file_hash = ?"};
const db::Query kFindXetFileAnywhere{
    "content_find_xet_file_anywhere",
    "SELECT f.file_hash, f.sha256, f.size, f.terms FROM xet_files f "
    "WHERE f.file_hash = ?"};
const db::Query kInsertXetFile{"content_insert_xet_file",
                               "INSERT INTO xet_files (file_hash, sha256, size, terms, stored_at) "
                               "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kXorbsOfChunk{"content_xorbs_of_chunk",
                              "SELECT xorb_hash FROM chunk_index WHERE chunk_hash = ? LIMIT ?"};
const db::Query kXorbOfChunkIn{
    "content_xorb_of_chunk_in_repo",
    "SELECT i.xorb_hash FROM chunk_index i JOIN repo_xorbs l ON l.xorb = i.xorb_hash "
    "WHERE l.repo_key = ? AND i.chunk_hash = ? LIMIT 1"};
const db::Query kUnconverted{
    "content_unconverted",
    "SELECT c.sha256 FROM contents c WHERE c.whole = 1 AND c.xet_hash IS NULL AND c.size >= ? "
    "AND EXISTS (SELECT 1 FROM repo_contents l WHERE l.sha256 = c.sha256) "
    "ORDER BY c.stored_at LIMIT ?"};
const db::Query kReposOfContent{"content_repos_of",
                                "SELECT repo_key FROM repo_contents WHERE sha256 = ?"};
const db::Query kListAged{
    "content_list_aged",
    "SELECT c.sha256, c.size, c.xet_hash, c.whole, CASE WHEN EXISTS (SELECT 1 FROM "
    "repo_contents l WHERE l.sha256 = c.sha256) THEN 1 ELSE 0 END FROM contents c "
    "WHERE c.sha256 > ? AND c.stored_at < ? ORDER BY c.sha256 LIMIT ?"};
const db::Query kRemoveContent{"content_remove",
                               "DELETE FROM contents WHERE sha256 = ? AND stored_at < ?"};
const db::Query kRemoveLinks{"content_remove_links", "DELETE FROM repo_contents WHERE sha256 = ?"};
const db::Query kRemoveFileXorbs{"content_remove_file_xorbs",
                                 "DELETE FROM xet_file_xorbs WHERE file_hash IN "
                                 "(SELECT f.file_hash FROM xet_files f WHERE f.sha256 = ?)"};
const db::Query kRemoveFiles{"content_remove_files", "DELETE FROM xet_files WHERE sha256 = ?"};
const db::Query kFilesOfContent{"content_files_of",
                                "SELECT file_hash FROM xet_files WHERE sha256 = ?"};
const db::Query kDropWhole{
    "content_drop_whole",
    "UPDATE contents SET whole = 0 WHERE sha256 = ? AND whole = 1 AND xet_hash IS NOT "
    "NULL AND stored_at < ?"};
const db::Query kListAgedXorbs{
    "content_list_aged_xorbs",
    "SELECT hash, stored_bytes FROM xorbs WHERE hash > ? AND stored_at < ? "
    "ORDER BY hash LIMIT ?"};
const db::Query kRemoveXorb{"content_remove_xorb",
                            "DELETE FROM xorbs WHERE hash = ? AND stored_at < ? AND NOT EXISTS "
                            "(SELECT 1 FROM xet_file_xorbs x WHERE x.xorb = xorbs.hash)"};
const db::Query kRemoveXorbLinks{"content_remove_xorb_links",
                                 "DELETE FROM repo_xorbs WHERE xorb = ?"};
const db::Query kRemoveXorbCredits{"content_remove_xorb_credits",
                                   "DELETE FROM user_xorbs WHERE xorb = ?"};
const db::Query kCreditXorb{
    "content_credit_xorb",
    "INSERT INTO user_xorbs (user_key, xorb) VALUES (?, ?) ON CONFLICT DO NOTHING"};
const db::Query kCredited{"content_credited",
                          "SELECT 1 FROM user_xorbs WHERE user_key = ? AND xorb = ?"};
const db::Query kRemoveXorbChunks{"content_remove_xorb_chunks",
                                  "DELETE FROM chunk_index WHERE xorb_hash = ?"};

Content content_of(const db::Row& row) {
  Content out;
  out.sha256 = row.text(0);
  out.size_bytes = static_cast<std::uint64_t>(row.integer(1));
  out.xet_hash = row.maybe_text(2).value_or("");
  out.whole = row.flag(3);
  out.reconstruction = !out.xet_hash.empty();
  return out;
}

XetFileRow xet_file_of(const db::Row& row) {
  return {row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), row.bytes(3)};
}

}  // namespace

std::optional<Content> find(db::Tx& tx, std::int64_t repo_key, std::string_view sha256) {
  auto row = tx.find(kFind, {repo_key, sha256});
  if (!row) return std::nullopt;
  return content_of(*row);
}

std::optional<Content> find_anywhere(db::Tx& tx, std::string_view sha256) {
  auto row = tx.find(kFindAnywhere, {sha256});
  if (!row) return std::nullopt;
  return content_of(*row);
}

std::map<std::string, Content> find_many(db::Tx& tx, std::int64_t repo_key,
                                         const std::vector<std::string>& sha256s) {
  std::map<std::string, Content> found;
  select_in(tx, "content_find_many",
            "SELECT c.sha256, c.size, c.xet_hash, c.whole FROM contents c JOIN repo_contents l "
            "ON l.sha256 = c.sha256 WHERE l.repo_key = ? AND c.sha256 IN (",
            {db::Param(repo_key)}, sha256s, ")", [&](const db::Row& row) {
              auto content = content_of(row);
              auto key = content.sha256;
              found.emplace(std::move(key), std::move(content));
            });
  return found;
}

std::int64_t renew_contents(db::Tx& tx, const std::vector<std::string>& sha256s, Timestamp at) {
  return execute_in(tx, "content_renew", "UPDATE contents SET stored_at = ? WHERE sha256 IN (",
                    {db::Param(at)}, sha256s);
}

void link(db::Tx& tx, std::int64_t repo_key, const std::vector<std::string>& sha256s,
          Timestamp at) {
  run_rows(tx, "content_link", "INSERT INTO repo_contents (repo_key, sha256, linked_at) VALUES ",
           "(?, ?, ?)", " ON CONFLICT DO NOTHING", sha256s,
           [&](std::vector<db::Param>& params, const std::string& sha256) {
             params.emplace_back(repo_key);
             params.emplace_back(sha256);
             params.emplace_back(at);
           });
}

void link_all(db::Tx& tx, std::int64_t from_repo, std::int64_t to_repo, Timestamp at) {
  tx.execute(kRenewAll, {at, from_repo});
  tx.execute(kLinkAll, {to_repo, at, from_repo});
  tx.execute(kLinkAllXorbs, {to_repo, from_repo});
}

void unlink(db::Tx& tx, std::int64_t repo_key, const std::vector<std::string>& sha256s) {
  execute_in(tx, "content_unlink", "DELETE FROM repo_contents WHERE repo_key = ? AND sha256 IN (",
             {db::Param(repo_key)}, sha256s);
}

void unlink_all(db::Tx& tx, std::int64_t repo_key) {
  tx.execute(kUnlinkAll, {repo_key});
  tx.execute(kUnlinkAllXorbs, {repo_key});
}

void upsert_whole(db::Tx& tx, std::string_view sha256, std::uint64_t size_bytes, Timestamp at) {
  tx.execute(kUpsertWhole, {sha256, size_bytes, at});
}

void upsert_reconstruction(db::Tx& tx, std::string_view sha256, std::uint64_t size_bytes,
                           std::string_view file_hash, Timestamp at) {
  tx.execute(kUpsertReconstruction, {sha256, size_bytes, file_hash, at});
}

bool upsert_xorb(db::Tx& tx, const XorbRow& xorb, Timestamp at) {
  if (tx.execute(kInsertXorb, {xorb.hash, xorb.stored_bytes, xorb.raw_bytes, xorb.chunks, at}) > 0)
    return true;
  tx.execute(kRenewXorb, {at, xorb.hash});
  return false;
}

std::int64_t renew_xorbs(db::Tx& tx, const std::vector<std::string>& xorbs, Timestamp at) {
  return execute_in(tx, "content_renew_xorbs", "UPDATE xorbs SET stored_at = ? WHERE hash IN (",
                    {db::Param(at)}, xorbs);
}

void link_xorbs(db::Tx& tx, std::int64_t repo_key, const std::vector<std::string>& xorbs) {
  run_rows(tx, "content_link_xorbs", "INSERT INTO repo_xorbs (repo_key, xorb) VALUES ", "(?, ?)",
           " ON CONFLICT DO NOTHING", xorbs,
           [&](std::vector<db::Param>& params, const std::string& xorb) {
             params.emplace_back(repo_key);
             params.emplace_back(xorb);
           });
}

void credit_xorb(db::Tx& tx, std::int64_t user_key, std::string_view xorb) {
  tx.execute(kCreditXorb, {user_key, xorb});
}

bool credited(db::Tx& tx, std::int64_t user_key, std::string_view xorb) {
  return user_key != 0 && tx.find(kCredited, {user_key, xorb}).has_value();
}

std::set<std::string> linked_xorbs(db::Tx& tx, std::int64_t repo_key,
                                   const std::vector<std::string>& xorbs) {
  std::set<std::string> linked;
  select_in(tx, "content_linked_xorbs",
            "SELECT xorb FROM repo_xorbs WHERE repo_key = ? AND xorb IN (", {db::Param(repo_key)},
            xorbs, ")", [&](const db::Row& row) { linked.insert(row.text(0)); });
  return linked;
}

std::vector<std::int64_t> repos_of_xorb(db::Tx& tx, std::string_view xorb, std::size_t limit) {
  std::vector<std::int64_t> keys;
  for (const auto& row : tx.select(kReposOfXorb, {xorb, static_cast<std::int64_t>(limit)}))
    keys.push_back(row.integer(0));
  return keys;
}

std::optional<std::uint64_t> xorb_stored_bytes(db::Tx& tx, std::string_view xorb) {
  auto row = tx.find(kXorbBytes, {xorb});
  if (!row) return std::nullopt;
  return static_cast<std::uint64_t>(row->integer(0));
}

std::optional<XetFileRow> find_xet_file(db::Tx& tx, std::int64_t repo_key,
                                        std::string_view file_hash) {
  auto row = tx.find(kFindXetFile, {repo_key, file_hash});
  if (!row) return std::nullopt;
  return xet_file_of(*row);
}

std::optional<XetFileRow> find_xet_file_anywhere(db::Tx& tx, std::string_view file_hash) {
  auto row = tx.find(kFindXetFileAnywhere, {file_hash});
  if (!row) return std::nullopt;
  return xet_file_of(*row);
}

bool insert_xet_file(db::Tx& tx, const XetFileRow& file, const std::vector<std::string>& xorbs,
                     Timestamp at) {
  if (tx.execute(kInsertXetFile, {file.file_hash, file.sha256, file.size_bytes, file.terms, at}) ==
      0)
    return false;
  run_rows(tx, "content_insert_xet_file_xorbs",
           "INSERT INTO xet_file_xorbs (file_hash, xorb) VALUES ", "(?, ?)",
           " ON CONFLICT DO NOTHING", xorbs,
           [&](std::vector<db::Param>& params, const std::string& xorb) {
             params.emplace_back(file.file_hash);
             params.emplace_back(xorb);
           });
  return true;
}

void insert_chunks(db::Tx& tx, const std::vector<ChunkRow>& chunks) {
  run_rows(tx, "content_insert_chunks",
           "INSERT INTO chunk_index (chunk_hash, xorb_hash, chunk_position) VALUES ", "(?, ?, ?)",
           " ON CONFLICT DO NOTHING", chunks,
           [](std::vector<db::Param>& params, const ChunkRow& row) {
             params.emplace_back(row.chunk);
             params.emplace_back(row.xorb);
             params.emplace_back(row.position);
           });
}

std::vector<std::string> xorbs_of_chunk(db::Tx& tx, std::string_view chunk, std::size_t limit) {
  std::vector<std::string> xorbs;
  for (const auto& row : tx.select(kXorbsOfChunk, {chunk, static_cast<std::int64_t>(limit)}))
    xorbs.push_back(row.text(0));
  return xorbs;
}

std::optional<std::string> xorb_of_chunk_in(db::Tx& tx, std::int64_t repo_key,
                                            std::string_view chunk) {
  auto row = tx.find(kXorbOfChunkIn, {repo_key, chunk});
  if (!row) return std::nullopt;
  return row->text(0);
}

std::vector<std::string> unconverted(db::Tx& tx, std::uint64_t min_size_bytes, std::size_t limit) {
  std::vector<std::string> sha256s;
  for (const auto& row :
       tx.select(kUnconverted, {min_size_bytes, static_cast<std::int64_t>(limit)}))
    sha256s.push_back(row.text(0));
  return sha256s;
}

std::vector<std::int64_t> repos_of_content(db::Tx& tx, std::string_view sha256) {
  std::vector<std::int64_t> keys;
  for (const auto& row : tx.select(kReposOfContent, {sha256})) keys.push_back(row.integer(0));
  return keys;
}

std::vector<AgedContent> list_aged(db::Tx& tx, std::string_view after, Timestamp older_than,
                                   std::size_t limit) {
  std::vector<AgedContent> aged;
  for (const auto& row :
       tx.select(kListAged, {after, older_than, static_cast<std::int64_t>(limit)}))
    aged.push_back({content_of(row), row.flag(4)});
  return aged;
}

bool remove_content(db::Tx& tx, std::string_view sha256, Timestamp older_than) {
  if (tx.execute(kRemoveContent, {sha256, older_than}) == 0) return false;
  tx.execute(kRemoveLinks, {sha256});
  tx.execute(kRemoveFileXorbs, {sha256});
  tx.execute(kRemoveFiles, {sha256});
  return true;
}

std::vector<std::string> xet_files_of(db::Tx& tx, std::string_view sha256) {
  std::vector<std::string> files;
  for (const auto& row : tx.select(kFilesOfContent, {sha256})) files.push_back(row.text(0));
  return files;
}

bool drop_whole(db::Tx& tx, std::string_view sha256, Timestamp older_than) {
  return tx.execute(kDropWhole, {sha256, older_than}) > 0;
}

std::vector<AgedXorb> list_aged_xorbs(db::Tx& tx, std::string_view after, Timestamp older_than,
                                      std::size_t limit) {
  std::vector<AgedXorb> aged;
  std::vector<std::string> hashes;
  for (const auto& row :
       tx.select(kListAgedXorbs, {after, older_than, static_cast<std::int64_t>(limit)})) {
    aged.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), {}});
    hashes.push_back(row.text(0));
  }
  select_in(tx, "content_files_of_xorbs",
            "SELECT xorb, file_hash FROM xet_file_xorbs WHERE xorb IN (", {}, hashes, ")",
            [&](const db::Row& row) {
              auto it = std::lower_bound(
                  aged.begin(), aged.end(), row.text(0),
                  [](const AgedXorb& xorb, const std::string& hash) { return xorb.hash < hash; });
              if (it != aged.end() && it->hash == row.text(0)) it->files.push_back(row.text(1));
            });
  return aged;
}

bool remove_xorb(db::Tx& tx, std::string_view xorb, Timestamp older_than) {
  if (tx.execute(kRemoveXorb, {xorb, older_than}) == 0) return false;
  tx.execute(kRemoveXorbLinks, {xorb});
  tx.execute(kRemoveXorbChunks, {xorb});
  tx.execute(kRemoveXorbCredits, {xorb});
  return true;
}

}  // namespace holt::content::store
