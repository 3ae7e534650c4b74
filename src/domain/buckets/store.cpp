// SQL of the buckets room.
#include "domain/buckets/store.h"

namespace holt::buckets::store {
namespace {

const db::Query kFind{
    "buckets_find_file",
    "SELECT path, xet_hash, sha256, size, mtime, content_type, uploaded_at FROM bucket_files "
    "WHERE repo_key = ? AND path = ?"};
const db::Query kHolds{"buckets_hold_hash",
                       "SELECT 1 FROM bucket_files WHERE repo_key = ? AND xet_hash = ? LIMIT 1"};
const db::Query kListFrom{
    "buckets_list_from",
    "SELECT path, xet_hash, sha256, size, mtime, content_type, uploaded_at FROM bucket_files "
    "WHERE repo_key = ? AND path >= ? ORDER BY path LIMIT ?"};
const db::Query kListAfter{
    "buckets_list_after",
    "SELECT path, xet_hash, sha256, size, mtime, content_type, uploaded_at FROM bucket_files "
    "WHERE repo_key = ? AND path > ? ORDER BY path LIMIT ?"};
const db::Query kNewest{
    "buckets_newest_upload",
    "SELECT MAX(uploaded_at) FROM bucket_files WHERE repo_key = ? AND path >= ? AND path < ?"};
const db::Query kPut{"buckets_put_file",
                     "INSERT INTO bucket_files (repo_key, path, xet_hash, sha256, size, mtime, "
                     "content_type, uploaded_at) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (repo_key, path) DO UPDATE SET "
                     "xet_hash = excluded.xet_hash, sha256 = excluded.sha256, size = "
                     "excluded.size, mtime = excluded.mtime, "
                     "content_type = excluded.content_type, uploaded_at = excluded.uploaded_at"};
const db::Query kRemove{"buckets_remove_file",
                        "DELETE FROM bucket_files WHERE repo_key = ? AND path = ?"};
const db::Query kRemoveAll{"buckets_remove_files", "DELETE FROM bucket_files WHERE repo_key = ?"};
const db::Query kTotals{"buckets_totals",
                        "SELECT files, bytes FROM bucket_totals WHERE repo_key = ?"};
const db::Query kSetTotals{
    "buckets_set_totals",
    "INSERT INTO bucket_totals (repo_key, files, bytes) VALUES (?, ?, ?) "
    "ON CONFLICT (repo_key) DO UPDATE SET files = excluded.files, bytes = excluded.bytes"};
const db::Query kRemoveTotals{"buckets_remove_totals",
                              "DELETE FROM bucket_totals WHERE repo_key = ?"};

File file_of(const db::Row& row) {
  return {row.text(0),       row.text(1), row.text(2), static_cast<std::uint64_t>(row.integer(3)),
          row.maybe_time(4), row.text(5), row.time(6)};
}

}  // namespace

std::optional<File> find(db::Tx& tx, std::int64_t repo_key, std::string_view path) {
  const auto row = tx.find(kFind, {repo_key, path});
  if (!row) return std::nullopt;
  return file_of(*row);
}

bool holds(db::Tx& tx, std::int64_t repo_key, std::string_view xet_hash) {
  return tx.find(kHolds, {repo_key, xet_hash}).has_value();
}

std::vector<File> list_from(db::Tx& tx, std::int64_t repo_key, std::string_view from,
                            bool skip_equal, std::size_t limit) {
  std::vector<File> files;
  for (const auto& row : tx.select(skip_equal ? kListAfter : kListFrom,
                                   {repo_key, from, static_cast<std::int64_t>(limit)}))
    files.push_back(file_of(row));
  return files;
}

Timestamp newest_upload(db::Tx& tx, std::int64_t repo_key, std::string_view from,
                        std::string_view before) {
  const auto row = tx.find(kNewest, {repo_key, from, before});
  return row ? row->maybe_time(0).value_or(Timestamp{}) : Timestamp{};
}

void put(db::Tx& tx, std::int64_t repo_key, const File& file) {
  tx.execute(kPut, {repo_key, file.path, file.xet_hash, file.sha256, file.size_bytes, file.mtime,
                    file.content_type, file.uploaded_at});
}

void remove(db::Tx& tx, std::int64_t repo_key, std::string_view path) {
  tx.execute(kRemove, {repo_key, path});
}

void remove_all(db::Tx& tx, std::int64_t repo_key) {
  tx.execute(kRemoveAll, {repo_key});
  tx.execute(kRemoveTotals, {repo_key});
}

Totals totals(db::Tx& tx, std::int64_t repo_key) {
  const auto row = tx.find(kTotals, {repo_key});
  return row ? Totals{row->integer(0), row->integer(1)} : Totals{};
}

void set_totals(db::Tx& tx, std::int64_t repo_key, const Totals& totals) {
  tx.execute(kSetTotals, {repo_key, totals.files, totals.bytes});
}

}  // namespace holt::buckets::store
