// SQL of the repositories room and nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/repos/repos.h"

namespace holt::repos::store {

// `facts` as stored (wire.h reads it); columns that lists need stand beside it.
struct RepoRow {
  Repo repo;
  std::int64_t created_by = 0;
  std::string facts_json;
};

std::optional<RepoRow> find_by_key(db::Tx& tx, std::int64_t key);
// By current or former name.
std::optional<RepoRow> find_by_name(db::Tx& tx, Type type, std::string_view full_key);
bool name_taken(db::Tx& tx, Type type, std::string_view full_key);
std::int64_t insert(db::Tx& tx, const Repo& repo, std::int64_t created_by);
void add_name(db::Tx& tx, Type type, std::string_view full_key, std::int64_t key);
void rename(db::Tx& tx, const Repo& repo, std::string_view full_key);
void remove(db::Tx& tx, std::int64_t key);
void update_settings(db::Tx& tx, std::int64_t key, const Settings& settings, Timestamp at);
void update_tip(db::Tx& tx, std::int64_t key, Type type, std::string_view head,
                const cards::Facts& facts, std::string_view facts_json,
                std::int64_t used_storage_bytes, Timestamp at);
void set_used_storage(db::Tx& tx, std::int64_t key, std::int64_t bytes);
std::int64_t used_storage(db::Tx& tx, std::int64_t key);
void touch(db::Tx& tx, std::int64_t key, Timestamp at);
void add_downloads(db::Tx& tx, std::int64_t key, std::int64_t count);

struct ListScope {
  bool everything = false;  // site administrators and the system
  bool public_ones = true;
  std::vector<std::int64_t> owner_keys;  // namespaces whose private repositories are visible too
};
// Rows of one page in order; one more than limit when there is a next page.
std::vector<RepoRow> list(db::Tx& tx, const ListQuery& query, const ListScope& scope,
                          std::optional<std::pair<std::int64_t, std::int64_t>> after);
// The column value a cursor continues from.
std::int64_t sort_value(const ListQuery& query, const Repo& repo);

// What facets are counted from, for every repository that the query matches, in no order.
struct FacetRow {
  std::string owner;
  std::int64_t parameters = 0;
  std::string space_sdk, tags;  // tags: one a line
};
std::vector<FacetRow> facet_rows(db::Tx& tx, const ListQuery& query, const ListScope& scope,
                                 std::size_t limit);

std::vector<std::string> public_tags(db::Tx& tx, Type type, std::size_t limit);

}  // namespace holt::repos::store
