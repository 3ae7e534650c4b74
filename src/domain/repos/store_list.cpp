// SQL of lists and search: how the rows of a page are found among very many.
#include <algorithm>
#include <bit>
#include <initializer_list>
#include <iterator>

#include "base/text.h"
#include "domain/repos/store.h"
#include "domain/repos/store_rows.h"

namespace holt::repos::store {
namespace {

std::string_view sort_column(const ListQuery& query) {
  if (query.sort == "lastModified" || query.sort == "last_modified") return "last_modified";
  if (query.sort == "createdAt" || query.sort == "created_at") return "created_at";
  if (query.sort == "likes") return "likes";
  if (query.sort == "downloads") return "downloads";
  return "trending";
}

// A statement made of literals, and the values bound to it in order: views of what outlives it.
struct Statement {
  std::string sql;
  std::vector<db::Param> params;

  void add(std::string_view text) { sql += text; }
  void add(std::string_view text, std::initializer_list<db::Param> values) {
    sql += text;
    params.insert(params.end(), values);
  }
};

// How the rows are found: in the order asked for, until a page is full, or by what narrows them,
// put in order afterwards. Written so that neither engine's planner takes the other way: it knows
// how many rows match a condition on the average only.
enum class Way { in_order, narrowed };

struct NameConditions {
  explicit NameConditions(const ListQuery& query) {
    if (!query.author.empty()) first = lower(query.author) + "/";
    if (!query.author.empty()) end = lower(query.author) + "0";  // '0' follows '/'
    if (!query.search.empty()) pattern = db::like_contains(lower(query.search));
  }
  bool any() const { return !first.empty() || !pattern.empty(); }
  void add_author(Statement& statement, Way way) const {
    statement.add(way == Way::narrowed ? " AND r.full_key >= ? AND r.full_key < ?"
                                       : " AND r.full_key || '' >= ? AND r.full_key || '' < ?",
                  {first, end});
  }
  void add_to(Statement& statement, Way way) const {
    if (!first.empty()) add_author(statement, way);
    if (!pattern.empty()) statement.add(" AND r.full_key LIKE ? ESCAPE '\\'", {pattern});
  }

  std::string first, end, pattern;
};

using SortPlace = std::pair<std::int64_t, std::int64_t>;  // value of the column, key

struct Sort {
  explicit Sort(const ListQuery& query)
      : column("r." + std::string(sort_column(query))), descending(query.descending) {}
  void add_beyond(Statement& statement, const SortPlace& place) const {
    add_compared(statement, descending ? "<" : ">", place);
  }
  void add_up_to(Statement& statement, const SortPlace& place) const {
    add_compared(statement, descending ? ">" : "<", place);
  }
  void add_order(Statement& statement, Way way) const {
    const std::string direction = descending ? " DESC" : " ASC";
    statement.add(" ORDER BY " + column + (way == Way::narrowed ? " + 0" : "") + direction +
                  ", r.id" + direction);
  }

  std::string column;
  bool descending;

 private:
  void add_compared(Statement& statement, const std::string& side, const SortPlace& place) const {
    statement.add(
        " AND (" + column + " " + side + " ? OR (" + column + " = ? AND r.id " + side + " ?))",
        {place.first, place.first, place.second});
  }
};

using Keys = std::vector<std::int64_t>;

// The repositories that the conditions with an index of their own leave, when they are few: then
// all of them are looked at. When they are many, a walk in the order asked for soon meets enough.
class Candidates {
 public:
  explicit Candidates(db::Tx& tx) : tx_(tx) {}

  // `from` is what follows SELECT key of the condition's index.
  void narrow(std::string_view key, Statement from) {
    if (is_small_enough() || is_common(from)) return;
    const std::string sql = "SELECT " + std::string(key) + from.sql;
    Keys these;
    for (const auto& row : tx_.select(db::Query{"repos_candidates", sql}, from.params))
      these.push_back(row.integer(0));
    std::ranges::sort(these);
    if (keys_) {
      Keys both;
      std::ranges::set_intersection(*keys_, these, std::back_inserter(both));
      these = std::move(both);
    }
    keys_ = std::move(these);
  }
  void none() { keys_.emplace(); }
  std::optional<Keys> take() && { return std::move(keys_); }

 private:
  bool is_small_enough() const {
    constexpr std::size_t kEnough = 50;
    return keys_ && keys_->size() <= kEnough;
  }
  bool is_common(Statement from) {
    constexpr std::int64_t kCommon = 5000;
    from.add(" LIMIT 1 OFFSET ?", {kCommon});
    const std::string sql = "SELECT 1" + from.sql;
    return !tx_.select(db::Query{"repos_is_common", sql}, from.params).empty();
  }

  db::Tx& tx_;
  std::optional<Keys> keys_;
};

std::optional<Keys> candidates(db::Tx& tx, const ListQuery& query, const NameConditions& names) {
  constexpr std::size_t kProbes = 24;
  Candidates found(tx);
  if (!names.first.empty()) {
    Statement author{" FROM repos r WHERE r.type = ?", {type_name(query.type)}};
    names.add_author(author, Way::narrowed);
    found.narrow("r.id", std::move(author));
  }
  for (const auto& tag : query.filters)
    found.narrow("t.repo_id", {" FROM repo_tags t WHERE t.tag = ? AND t.type = ?",
                               {tag, type_name(query.type)}});
  const std::string wanted = lower(query.search);
  // Names are of ASCII.
  if (!std::ranges::all_of(wanted, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    found.none();
  auto probes = grams(wanted);
  if (probes.size() > kProbes) probes.resize(kProbes);
  for (const auto gram : probes)
    found.narrow("g.repo_id", {" FROM repo_grams g WHERE g.type = ? AND g.gram = ?",
                               {type_name(query.type), gram}});
  return std::move(found).take();
}

void add_keys(Statement& statement, const Keys& keys) {
  statement.add("r.id IN (");
  // Filled up to a power of two, so that few different statements are prepared.
  const std::size_t places = std::bit_ceil(keys.size());
  for (std::size_t i = 0; i < places; ++i)
    statement.add(i ? ", ?" : "?", {keys[std::min(i, keys.size() - 1)]});
  statement.add(")");
}

// The sort value and key of the row at which a walk in the order asked for has gone far enough.
std::optional<SortPlace> end_of_walk(db::Tx& tx, const ListQuery& query,
                                     const std::optional<SortPlace>& after) {
  constexpr std::int64_t kWalkedRows = 5'000;
  const Sort sort(query);
  Statement statement{"SELECT " + sort.column + ", r.id FROM repos r WHERE r.type = ?",
                      {type_name(query.type)}};
  if (after) sort.add_beyond(statement, *after);
  sort.add_order(statement, Way::in_order);
  statement.add(" LIMIT 1 OFFSET ?", {kWalkedRows});
  const auto rows = tx.select(db::Query{"repos_end_of_walk", statement.sql}, statement.params);
  if (rows.empty()) return std::nullopt;
  return SortPlace{rows[0].integer(0), rows[0].integer(1)};
}

void add_scope(Statement& statement, const ListScope& scope) {
  if (scope.everything) return;
  statement.add(" AND (");
  if (scope.public_ones) statement.add("r.visibility = 'public'");
  if (!scope.owner_keys.empty()) {
    statement.add(scope.public_ones ? " OR r.owner_id IN (" : "r.owner_id IN (");
    for (std::size_t i = 0; i < scope.owner_keys.size(); ++i)
      statement.add(i ? ", ?" : "?", {scope.owner_keys[i]});
    statement.add(")");
  }
  statement.add(")");
}

void add_tags(Statement& statement, const ListQuery& query, Way way) {
  for (const auto& tag : query.filters)
    statement.add(
        way == Way::narrowed
            ? " AND r.id IN (SELECT t.repo_id FROM repo_tags t WHERE t.tag = ? AND t.type = ?)"
            : " AND EXISTS (SELECT 1 FROM repo_tags t WHERE t.tag = ? AND t.type = ? AND "
              "t.repo_id = r.id)",
        {tag, type_name(query.type)});
}

void add_facts(Statement& statement, const ListQuery& query) {
  if (!query.pipeline_tag.empty()) statement.add(" AND r.pipeline_tag = ?", {query.pipeline_tag});
  if (!query.library.empty()) statement.add(" AND r.library_name = ?", {query.library});
  if (!query.sdk.empty()) statement.add(" AND r.space_sdk = ?", {query.sdk});
  if (query.gated == "true") statement.add(" AND r.gate <> 'none'");
  if (query.gated == "false") statement.add(" AND r.gate = 'none'");
  if (query.min_parameters) statement.add(" AND r.parameters >= ?", {*query.min_parameters});
  if (query.max_parameters)
    statement.add(" AND r.parameters > 0 AND r.parameters <= ?", {*query.max_parameters});
}

struct Walk {
  Way way;
  const Keys* keys;                       // among these only; may be null
  std::optional<SortPlace> after, until;  // excluding, including
};

std::vector<RepoRow> select(db::Tx& tx, const ListQuery& query, const ListScope& scope,
                            const NameConditions& names, const Walk& walk) {
  const Sort sort(query);
  Statement statement{"SELECT " + std::string(kColumns) + " FROM repos r WHERE ", {}};
  // Keys are of the type already; asked for it as well, SQLite would rather read its whole index.
  if (walk.keys != nullptr) {
    add_keys(statement, *walk.keys);
  } else {
    statement.add("r.type = ?", {type_name(query.type)});
  }
  add_scope(statement, scope);
  names.add_to(statement, walk.way);
  add_tags(statement, query, walk.way);
  add_facts(statement, query);
  if (walk.after) sort.add_beyond(statement, *walk.after);
  if (walk.until) sort.add_up_to(statement, *walk.until);
  sort.add_order(statement, walk.way);
  statement.add(" LIMIT ?", {static_cast<std::int64_t>(query.limit + 1)});
  std::vector<RepoRow> rows;
  for (const auto& row : tx.select(db::Query{"repos_list", statement.sql}, statement.params))
    rows.push_back(row_of(row));
  return rows;
}

}  // namespace

std::int64_t sort_value(const ListQuery& query, const Repo& repo) {
  const auto column = sort_column(query);
  if (column == "last_modified") return repo.last_modified.ms;
  if (column == "created_at") return repo.created_at.ms;
  if (column == "likes") return repo.likes;
  if (column == "downloads") return repo.downloads;
  return repo.trending;
}

std::vector<RepoRow> list(db::Tx& tx, const ListQuery& query, const ListScope& scope,
                          std::optional<std::pair<std::int64_t, std::int64_t>> after) {
  if (!scope.everything && !scope.public_ones && scope.owner_keys.empty()) return {};
  const NameConditions names(query);
  const bool narrowable = names.any() || !query.filters.empty();
  const auto keys = candidates(tx, query, names);
  if (keys && keys->empty()) return {};
  const Walk narrowed{Way::narrowed, keys ? &*keys : nullptr, after, std::nullopt};
  // Putting in order what one tag or author leaves costs more than looking through it.
  constexpr std::size_t kSoonSorted = 500;
  const bool all_match = query.search.empty() && query.filters.size() + !names.first.empty() == 1;
  if (keys && (keys->size() <= kSoonSorted || !all_match))
    return select(tx, query, scope, names, narrowed);
  // Where many rows match, a walk in order soon meets enough of them, unless those that match are
  // the last ones in that order.
  const auto until = narrowable ? end_of_walk(tx, query, after) : std::nullopt;
  auto rows = select(tx, query, scope, names, {Way::in_order, nullptr, after, until});
  if (!until || rows.size() > query.limit) return rows;
  return select(tx, query, scope, names, narrowed);
}

}  // namespace holt::repos::store
