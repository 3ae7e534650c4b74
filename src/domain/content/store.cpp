// SQL of the content room.
#include "domain/content/store.h"

#include <array>

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
// Rows on their way out, kept for as long as the object store's bin keeps the bytes.
const db::Query kKeepContent{
    "content_keep_collected",
    "INSERT INTO collected_contents (sha256, size, xet_hash, whole, collected_at) SELECT sha256, "
    "size, xet_hash, whole, CAST(? AS BIGINT) FROM contents WHERE sha256 = ? AND stored_at < ? "
    "ON CONFLICT (sha256) DO UPDATE SET xet_hash = excluded.xet_hash, whole = excluded.whole, "
    "collected_at = excluded.collected_at"};
const db::Query kKeepLinks{
    "content_keep_collected_links",
    "INSERT INTO collected_links (repo_key, sha256, collected_at) SELECT repo_key, sha256, "
    "CAST(? AS BIGINT) FROM repo_contents WHERE sha256 = ? ON CONFLICT (repo_key, sha256) DO "
    "UPDATE SET collected_at = excluded.collected_at"};
const db::Query kKeepOneLink{
    "content_keep_collected_link",
    "INSERT INTO collected_links (repo_key, sha256, collected_at) VALUES (?, ?, ?) ON CONFLICT "
    "(repo_key, sha256) DO UPDATE SET collected_at = excluded.collected_at"};
const db::Query kKeepFiles{
    "content_keep_collected_files",
    "INSERT INTO collected_xet_files (file_hash, sha256, size, terms, collected_at) SELECT "
    "file_hash, sha256, size, terms, CAST(? AS BIGINT) FROM xet_files WHERE sha256 = ? ON CONFLICT "
    "(file_hash) DO UPDATE SET collected_at = excluded.collected_at"};
const db::Query kKeepFileXorbs{
    "content_keep_collected_file_xorbs",
    "INSERT INTO collected_file_xorbs (file_hash, xorb, collected_at) SELECT file_hash, xorb, "
    "CAST(? AS BIGINT) FROM xet_file_xorbs WHERE file_hash IN (SELECT f.file_hash FROM xet_files "
    "f WHERE f.sha256 = ?) ON CONFLICT (file_hash, xorb) DO UPDATE SET collected_at = "
    "excluded.collected_at"};
const db::Query kKeepXorb{
    "content_keep_collected_xorb",
    "INSERT INTO collected_xorbs (hash, stored_bytes, raw_bytes, chunks, collected_at) SELECT "
    "hash, stored_bytes, raw_bytes, chunks, CAST(? AS BIGINT) FROM xorbs WHERE hash = ? AND "
    "stored_at < ? ON CONFLICT (hash) DO UPDATE SET collected_at = excluded.collected_at"};
const db::Query kKeepXorbLinks{
    "content_keep_collected_xorb_links",
    "INSERT INTO collected_xorb_links (repo_key, xorb, collected_at) SELECT repo_key, xorb, "
    "CAST(? AS BIGINT) FROM repo_xorbs WHERE xorb = ? ON CONFLICT (repo_key, xorb) DO UPDATE SET "
    "collected_at = excluded.collected_at"};
const db::Query kKeepCredits{
    "content_keep_collected_credits",
    "INSERT INTO collected_credits (user_key, xorb, collected_at) SELECT user_key, xorb, CAST(? "
    "AS BIGINT) FROM user_xorbs WHERE xorb = ? ON CONFLICT (user_key, xorb) DO UPDATE SET "
    "collected_at = excluded.collected_at"};
const db::Query kKeepChunks{
    "content_keep_collected_chunks",
    "INSERT INTO collected_chunks (chunk_hash, xorb_hash, chunk_position, collected_at) SELECT "
    "chunk_hash, xorb_hash, chunk_position, CAST(? AS BIGINT) FROM chunk_index WHERE xorb_hash = ? "
    "ON CONFLICT (chunk_hash, xorb_hash) DO UPDATE SET collected_at = excluded.collected_at"};

// The way back. Repositories that are gone get no links.
const db::Query kCollectedWhole{"content_collected_whole",
                                "SELECT sha256, size FROM collected_contents WHERE whole = 1"};
const db::Query kCollectedXorbs{"content_collected_xorbs", "SELECT hash FROM collected_xorbs"};
const db::Query kForgetCollected{"content_forget_collected",
                                 "DELETE FROM collected_contents WHERE sha256 = ?"};
const db::Query kForgetCollectedXorb{"content_forget_collected_xorb",
                                     "DELETE FROM collected_xorbs WHERE hash = ?"};
const db::Query kWholeAgain{
    "content_whole_again",
    "UPDATE contents SET whole = 1 WHERE sha256 = ? AND size = ? AND whole = 0"};
const db::Query kBringXorbs{
    "content_bring_xorbs",
    "INSERT INTO xorbs (hash, stored_bytes, raw_bytes, chunks, stored_at) SELECT hash, "
    "stored_bytes, raw_bytes, chunks, CAST(? AS BIGINT) FROM collected_xorbs WHERE 1 = 1 ON "
    "CONFLICT DO NOTHING"};
const db::Query kBringXorbLinks{
    "content_bring_xorb_links",
    "INSERT INTO repo_xorbs (repo_key, xorb) SELECT c.repo_key, c.xorb FROM collected_xorb_links c "
    "WHERE EXISTS (SELECT 1 FROM repos r WHERE r.id = c.repo_key) AND EXISTS (SELECT 1 FROM xorbs "
    "x WHERE x.hash = c.xorb) ON CONFLICT DO NOTHING"};
const db::Query kBringCredits{
    "content_bring_credits",
    "INSERT INTO user_xorbs (user_key, xorb) SELECT c.user_key, c.xorb FROM collected_credits c "
    "WHERE EXISTS (SELECT 1 FROM xorbs x WHERE x.hash = c.xorb) ON CONFLICT DO NOTHING"};
const db::Query kBringChunks{
    "content_bring_chunks",
    "INSERT INTO chunk_index (chunk_hash, xorb_hash, chunk_position) SELECT c.chunk_hash, "
    "c.xorb_hash, c.chunk_position FROM collected_chunks c WHERE EXISTS (SELECT 1 FROM xorbs x "
    "WHERE x.hash = c.xorb_hash) ON CONFLICT DO NOTHING"};
// A file whose chunks did not all come back stays away.
const db::Query kBringFiles{
    "content_bring_files",
    "INSERT INTO xet_files (file_hash, sha256, size, terms, stored_at) SELECT c.file_hash, "
    "c.sha256, c.size, c.terms, CAST(? AS BIGINT) FROM collected_xet_files c WHERE NOT EXISTS "
    "(SELECT 1 FROM collected_file_xorbs u WHERE u.file_hash = c.file_hash AND NOT EXISTS (SELECT "
    "1 FROM xorbs x WHERE x.hash = u.xorb)) ON CONFLICT DO NOTHING"};
const db::Query kBringFileXorbs{
    "content_bring_file_xorbs",
    "INSERT INTO xet_file_xorbs (file_hash, xorb) SELECT c.file_hash, c.xorb FROM "
    "collected_file_xorbs c WHERE EXISTS (SELECT 1 FROM xet_files f WHERE f.file_hash = "
    "c.file_hash) ON CONFLICT DO NOTHING"};
const db::Query kRenewBroughtXorbs{
    "content_renew_brought_xorbs",
    "UPDATE xorbs SET stored_at = ? WHERE hash IN (SELECT u.xorb FROM collected_file_xorbs u)"};
const db::Query kBringContents{
    "content_bring",
    "INSERT INTO contents (sha256, size, xet_hash, whole, stored_at) SELECT c.sha256, c.size, "
    "c.xet_hash, c.whole, CAST(? AS BIGINT) FROM collected_contents c WHERE c.whole = 1 OR EXISTS "
    "(SELECT 1 FROM xet_files f WHERE f.file_hash = c.xet_hash) ON CONFLICT (sha256) DO UPDATE SET "
    "xet_hash = COALESCE(contents.xet_hash, excluded.xet_hash), stored_at = excluded.stored_at"};
const db::Query kBringLinks{
    "content_bring_links",
    "INSERT INTO repo_contents (repo_key, sha256, linked_at) SELECT c.repo_key, c.sha256, CAST(? "
    "AS BIGINT) FROM collected_links c WHERE EXISTS (SELECT 1 FROM repos r WHERE r.id = "
    "c.repo_key) AND EXISTS (SELECT 1 FROM contents t WHERE t.sha256 = c.sha256) ON CONFLICT DO "
    "NOTHING"};
const db::Query kRenewBroughtContents{
    "content_renew_brought",
    "UPDATE contents SET stored_at = ? WHERE sha256 IN (SELECT l.sha256 FROM collected_links l)"};
// An undo brings back everything at once, so that all of these are emptied together.
const std::array kEmptyCollected = {
    db::Query{"content_empty_collected", "DELETE FROM collected_contents WHERE collected_at < ?"},
    db::Query{"content_empty_collected_links",
              "DELETE FROM collected_links WHERE collected_at < ?"},
    db::Query{"content_empty_collected_files",
              "DELETE FROM collected_xet_files WHERE collected_at < ?"},
    db::Query{"content_empty_collected_file_xorbs",
              "DELETE FROM collected_file_xorbs WHERE collected_at < ?"},
    db::Query{"content_empty_collected_xorbs",
              "DELETE FROM collected_xorbs WHERE collected_at < ?"},
    db::Query{"content_empty_collected_xorb_links",
              "DELETE FROM collected_xorb_links WHERE collected_at < ?"},
    db::Query{"content_empty_collected_credits",
              "DELETE FROM collected_credits WHERE collected_at < ?"},
    db::Query{"content_empty_collected_chunks",
              "DELETE FROM collected_chunks WHERE collected_at < ?"}};
const db::Query kLinksOf{"content_links_of",
                         "SELECT l.sha256, c.size, c.whole FROM repo_contents l JOIN contents c ON "
                         "c.sha256 = l.sha256 WHERE l.repo_key = ?"};
const db::Query kAgedLinksOf{
    "content_aged_links_of",
    "SELECT l.sha256 FROM repo_contents l JOIN contents c ON c.sha256 = l.sha256 WHERE l.repo_key "
    "= ? AND l.linked_at < ? AND c.stored_at < ?"};
const db::Query kRemoveAgedLink{
    "content_remove_aged_link",
    "DELETE FROM repo_contents WHERE repo_key = ? AND sha256 = ? AND linked_at < ? AND EXISTS "
    "(SELECT 1 FROM contents c WHERE c.sha256 = repo_contents.sha256 AND c.stored_at < ?)"};
const db::Query kXorbsOfRepo{
    "content_xorbs_of_repo",
    "SELECT DISTINCT x.xorb FROM repo_contents l JOIN xet_files f ON f.sha256 = l.sha256 JOIN "
    "xet_file_xorbs x ON x.file_hash = f.file_hash WHERE l.repo_key = ?"};
const db::Query kVouch{"content_vouch",
                       "UPDATE contents SET stored_at = ? WHERE sha256 = ? AND stored_at < ?"};

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
                            "DELETE FROM xorbs WHERE hash = ? AND stored_at < ?"};
const db::Query kXorbUsed{"content_xorb_used",
                          "SELECT 1 FROM xet_file_xorbs WHERE xorb = ? LIMIT 1"};
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

bool remove_content(db::Tx& tx, std::string_view sha256, Timestamp older_than, Timestamp at) {
  if (tx.execute(kKeepContent, {at, sha256, older_than}) == 0) return false;
  for (const auto* keep : {&kKeepLinks, &kKeepFiles, &kKeepFileXorbs})
    tx.execute(*keep, {at, sha256});
  tx.execute(kRemoveContent, {sha256, older_than});
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

bool remove_xorb(db::Tx& tx, std::string_view xorb, Timestamp older_than, Timestamp at) {
  if (tx.find(kXorbUsed, {xorb})) return false;
  if (tx.execute(kKeepXorb, {at, xorb, older_than}) == 0) return false;
  for (const auto* keep : {&kKeepXorbLinks, &kKeepCredits, &kKeepChunks})
    tx.execute(*keep, {at, xorb});
  tx.execute(kRemoveXorb, {xorb, older_than});
  tx.execute(kRemoveXorbLinks, {xorb});
  tx.execute(kRemoveXorbChunks, {xorb});
  tx.execute(kRemoveXorbCredits, {xorb});
  return true;
}

std::vector<std::string> aged_links(db::Tx& tx, std::int64_t repo_key, Timestamp older_than) {
  std::vector<std::string> sha256s;
  for (const auto& row : tx.select(kAgedLinksOf, {repo_key, older_than, older_than}))
    sha256s.push_back(row.text(0));
  return sha256s;
}

bool remove_link(db::Tx& tx, std::int64_t repo_key, std::string_view sha256, Timestamp older_than,
                 Timestamp at) {
  if (tx.execute(kRemoveAgedLink, {repo_key, sha256, older_than, older_than}) == 0) return false;
  tx.execute(kKeepOneLink, {repo_key, sha256, at});
  return true;
}

void vouch(db::Tx& tx, const std::vector<std::string>& sha256s, Timestamp at,
           Timestamp older_than) {
  for (const auto& sha256 : sha256s) tx.execute(kVouch, {at, sha256, older_than});
}

std::vector<HeldContent> held_by(db::Tx& tx, std::int64_t repo_key) {
  std::vector<HeldContent> held;
  for (const auto& row : tx.select(kLinksOf, {repo_key}))
    held.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), row.flag(2)});
  return held;
}

std::vector<std::string> xorbs_held_by(db::Tx& tx, std::int64_t repo_key) {
  std::vector<std::string> xorbs;
  for (const auto& row : tx.select(kXorbsOfRepo, {repo_key})) xorbs.push_back(row.text(0));
  return xorbs;
}

std::vector<std::pair<std::string, std::uint64_t>> collected_whole(db::Tx& tx) {
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (const auto& row : tx.select(kCollectedWhole))
    out.emplace_back(row.text(0), static_cast<std::uint64_t>(row.integer(1)));
  return out;
}

std::vector<std::string> collected_xorbs(db::Tx& tx) {
  std::vector<std::string> out;
  for (const auto& row : tx.select(kCollectedXorbs)) out.push_back(row.text(0));
  return out;
}

void forget_collected(db::Tx& tx, std::string_view sha256) {
  tx.execute(kForgetCollected, {sha256});
}
void forget_collected_xorb(db::Tx& tx, std::string_view xorb) {
  tx.execute(kForgetCollectedXorb, {xorb});
}

void whole_again(db::Tx& tx, std::string_view sha256, std::uint64_t size_bytes) {
  tx.execute(kWholeAgain, {sha256, size_bytes});
}

void bring_back(db::Tx& tx, Timestamp at) {
  tx.execute(kBringXorbs, {at});
  tx.execute(kBringXorbLinks);
  tx.execute(kBringCredits);
  tx.execute(kBringChunks);
  tx.execute(kBringFiles, {at});
  tx.execute(kBringFileXorbs);
  tx.execute(kRenewBroughtXorbs, {at});
  tx.execute(kBringContents, {at});
  tx.execute(kBringLinks, {at});
  tx.execute(kRenewBroughtContents, {at});
}

void empty_collected(db::Tx& tx, Timestamp older_than) {
  for (const auto& query : kEmptyCollected) tx.execute(query, {older_than});
}

}  // namespace holt::content::store
