// SQL of facets: the counted facts of repositories, and which of them changed.
#include "domain/repos/store.h"

namespace holt::repos::store {
namespace {

#define HOLT_FACET_COLUMNS                                                                       \
  "id, type, owner_id, owner, full_key, visibility, gate, parameters, space_sdk, pipeline_tag, " \
  "library_name, tags"

const db::Query kRows{"repos_facet_rows",
                      "SELECT " HOLT_FACET_COLUMNS " FROM repos WHERE id > ? ORDER BY id LIMIT ?"};
const db::Query kRow{"repos_facet_row", "SELECT " HOLT_FACET_COLUMNS " FROM repos WHERE id = ?"};
const db::Query kAddChange{"repos_add_change", "INSERT INTO repo_changes (repo_id) VALUES (?)"};
const db::Query kLastChange{"repos_last_change", "SELECT COALESCE(MAX(seq), 0) FROM repo_changes"};
const db::Query kFirstChange{"repos_first_change",
                             "SELECT COALESCE(MIN(seq), 0) FROM repo_changes"};
const db::Query kChangesSince{
    "repos_changes_since",
    "SELECT seq, repo_id FROM repo_changes WHERE seq > ? ORDER BY seq LIMIT ?"};
const db::Query kDropChanges{"repos_drop_changes", "DELETE FROM repo_changes WHERE seq <= ?"};

FacetRow facet_row_of(const db::Row& row) {
  FacetRow out;
  out.key = row.integer(0);
  out.type = parse_type(row.text(1)).value();
  out.owner_key = row.integer(2);
  out.owner = row.text(3);
  out.full_key = row.text(4);
  out.is_private = row.text(5) == "private";
  out.gated = row.text(6) != "none";
  out.parameters = row.integer(7);
  out.space_sdk = row.text(8);
  out.pipeline_tag = row.text(9);
  out.library_name = row.text(10);
  out.tags = row.text(11);
  return out;
}

}  // namespace

std::vector<FacetRow> facet_rows(db::Tx& tx, std::int64_t after, std::size_t limit) {
  std::vector<FacetRow> rows;
  for (const auto& row : tx.select(kRows, {after, static_cast<std::int64_t>(limit)}))
    rows.push_back(facet_row_of(row));
  return rows;
}

std::optional<FacetRow> facet_row(db::Tx& tx, std::int64_t key) {
  const auto row = tx.find(kRow, {key});
  if (!row) return std::nullopt;
  return facet_row_of(*row);
}

void add_change(db::Tx& tx, std::int64_t key) { tx.execute(kAddChange, {key}); }

std::int64_t last_change(db::Tx& tx) { return tx.find(kLastChange, {})->integer(0); }

std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> changes_since(db::Tx& tx,
                                                                                std::int64_t seq,
                                                                                std::int64_t again,
                                                                                std::size_t limit) {
  if (tx.find(kFirstChange, {})->integer(0) > seq + 1) return std::nullopt;
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const auto& row : tx.select(kChangesSince, {seq - again, static_cast<std::int64_t>(limit)}))
    out.emplace_back(row.integer(0), row.integer(1));
  return out;
}

void drop_changes(db::Tx& tx, std::int64_t kept) {
  tx.execute(kDropChanges, {last_change(tx) - kept});
}

}  // namespace holt::repos::store
