// SQL of the repositories room and nothing else.
#pragma once

#include <map>
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
void add_downloads(db::Tx& tx, std::int64_t key, std::int64_t day, std::int64_t count);
// False when it was so already.
bool set_liked(db::Tx& tx, std::int64_t key, std::int64_t user_key, bool liked, Timestamp at);
bool liked(db::Tx& tx, std::int64_t key, std::int64_t user_key);
struct LikeRow {
  std::int64_t key = 0, repo_key = 0, user_key = 0;
  Timestamp at;
};
// The newest first, those with keys below `before`.
std::vector<LikeRow> likes_of_repo(db::Tx& tx, std::int64_t repo_key, std::int64_t before,
                                   std::size_t limit);
std::vector<LikeRow> likes_of_user(db::Tx& tx, std::int64_t user_key, std::int64_t before,
                                   std::size_t limit);
std::map<std::int64_t, OwnerTotal> totals_by_owner(db::Tx& tx);
// The largest key of the next `count` repositories above `after`; nullopt when there are none.
std::optional<std::int64_t> end_of_batch(db::Tx& tx, std::int64_t after, std::int64_t count);
// For repositories with keys from `after` (excluding) to `last`: downloads and trending from what
// happened on the days after month_ago and week_ago.
void sum_popularity(db::Tx& tx, std::int64_t after, std::int64_t last, std::int64_t month_ago,
                    std::int64_t week_ago);
void drop_downloads(db::Tx& tx, std::int64_t up_to_day);
std::vector<std::pair<std::int64_t, std::int64_t>> downloads_since(db::Tx& tx, std::int64_t key,
                                                                   std::int64_t after_day);

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

// What facets are counted from.
struct FacetRow {
  std::int64_t key = 0;
  Type type = Type::model;
  std::int64_t owner_key = 0;
  std::string owner, full_key;
  bool is_private = false, gated = false;
  std::int64_t parameters = 0;
  std::string space_sdk, pipeline_tag, library_name, tags;  // tags: one a line
};
std::vector<FacetRow> facet_rows(db::Tx& tx, std::int64_t after_key, std::size_t limit);
std::optional<FacetRow> facet_row(db::Tx& tx, std::int64_t key);

// Every change of what facets are counted from is listed, in the transaction that makes it.
void add_change(db::Tx& tx, std::int64_t key);
std::int64_t last_change(db::Tx& tx);
// Sequence and repository, in order, and the `again` before them once more; nullopt when some after
// `seq` are dropped already.
std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> changes_since(db::Tx& tx,
                                                                                std::int64_t seq,
                                                                                std::int64_t again,
                                                                                std::size_t limit);
void drop_changes(db::Tx& tx, std::int64_t kept);

std::vector<std::string> public_tags(db::Tx& tx, Type type, std::size_t limit);

}  // namespace holt::repos::store
