// SQL of the community room.
#include "domain/community/store.h"

#include <array>

#include "base/text.h"

namespace holt::community::store {
namespace {

#define HOLT_DISCUSSION_COLUMNS                                                                 \
  "d.id, d.object_id, d.repo_id, d.num, d.title, d.author_id, d.author, d.status, "             \
  "d.is_pull_request, d.target_branch, d.merged_onto, d.merge_commit, d.pinned, d.created_at, " \
  "(SELECT COUNT(*) FROM discussion_events e WHERE e.discussion_id = d.id AND e.kind = 'comment')"
#define HOLT_DISCUSSION_FILTER                                           \
  "d.repo_id = ? AND d.is_pull_request >= ? AND d.is_pull_request <= ? " \
  "AND d.status IN (?, ?, ?, ?)"
#define HOLT_BY_AUTHOR " AND lower(d.author) = ?"
#define HOLT_DISCUSSION_ORDER " ORDER BY d.pinned DESC, d.num DESC LIMIT ? OFFSET ?"

const db::Query kNextNumber{
    "community_next_number",
    "INSERT INTO discussion_numbers (repo_id, last_num) VALUES (?, 1) ON CONFLICT (repo_id) "
    "DO UPDATE SET last_num = discussion_numbers.last_num + 1 RETURNING last_num"};
const db::Query kInsert{
    "community_insert_discussion",
    "INSERT INTO discussions (object_id, repo_id, num, title, author_id, author, status, "
    "is_pull_request, target_branch, merged_onto, merge_commit, pinned, created_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"};
const db::Query kFind{"community_find_discussion",
                      "SELECT " HOLT_DISCUSSION_COLUMNS
                      " FROM discussions d WHERE d.repo_id = ? AND d.num = ?"};
const db::Query kList{"community_list_discussions",
                      "SELECT " HOLT_DISCUSSION_COLUMNS
                      " FROM discussions d WHERE " HOLT_DISCUSSION_FILTER HOLT_DISCUSSION_ORDER};
const db::Query kListByAuthor{
    "community_list_discussions_of",
    "SELECT " HOLT_DISCUSSION_COLUMNS
    " FROM discussions d WHERE " HOLT_DISCUSSION_FILTER HOLT_BY_AUTHOR HOLT_DISCUSSION_ORDER};
const db::Query kCount{"community_count_discussions",
                       "SELECT COUNT(*) FROM discussions d WHERE " HOLT_DISCUSSION_FILTER};
const db::Query kCountByAuthor{
    "community_count_discussions_of",
    "SELECT COUNT(*) FROM discussions d WHERE " HOLT_DISCUSSION_FILTER HOLT_BY_AUTHOR};
const db::Query kUpdate{"community_update_discussion",
                        "UPDATE discussions SET title = ?, status = ?, merged_onto = ?, "
                        "merge_commit = ?, pinned = ? WHERE id = ?"};
const db::Query kAddEvent{
    "community_add_event",
    "INSERT INTO discussion_events (object_id, discussion_id, kind, author_id, author, data, "
    "created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"};
const db::Query kEvents{"community_events",
                        "SELECT id, object_id, kind, author_id, author, data, created_at FROM "
                        "discussion_events WHERE discussion_id = ? ORDER BY id"};
const db::Query kFindEvent{"community_find_event",
                           "SELECT id, object_id, kind, author_id, author, data, created_at FROM "
                           "discussion_events WHERE discussion_id = ? AND object_id = ?"};
const db::Query kSetEventData{"community_set_event_data",
                              "UPDATE discussion_events SET data = ? WHERE id = ?"};
const db::Query kRemoveEvents{"community_remove_events",
                              "DELETE FROM discussion_events WHERE discussion_id IN "
                              "(SELECT id FROM discussions WHERE repo_id = ?)"};
const db::Query kRemoveDiscussions{"community_remove_discussions",
                                   "DELETE FROM discussions WHERE repo_id = ?"};
const db::Query kRemoveNumbers{"community_remove_numbers",
                               "DELETE FROM discussion_numbers WHERE repo_id = ?"};

#undef HOLT_DISCUSSION_COLUMNS
#undef HOLT_DISCUSSION_FILTER
#undef HOLT_BY_AUTHOR
#undef HOLT_DISCUSSION_ORDER

constexpr std::array kStatuses = {Status::draft, Status::open, Status::closed, Status::merged};

Status parse_status(std::string_view name) {
  for (const auto status : kStatuses)
    if (status_name(status) == name) return status;
  throw std::runtime_error("a discussion has the unknown status " + std::string(name));
}

Discussion discussion_of(const db::Row& row) {
  Discussion out;
  std::size_t c = 0;
  out.key = row.integer(c++);
  out.object_id = row.text(c++);
  out.repo_key = row.integer(c++);
  out.num = row.integer(c++);
  out.title = row.text(c++);
  out.author_key = row.integer(c++);
  out.author = row.text(c++);
  out.status = parse_status(row.text(c++));
  out.pull_request = row.flag(c++);
  out.target_branch = row.text(c++);
  out.merged_onto = row.text(c++);
  out.merge_commit = row.text(c++);
  out.pinned = row.flag(c++);
  out.created_at = row.time(c++);
  out.comments = row.integer(c++);
  return out;
}

Event event_of(const db::Row& row) {
  return {row.integer(0), row.text(1), row.text(2), row.integer(3),
          row.text(4),    row.text(5), row.time(6)};
}

// Parameters of the filter; `author` is borrowed by them.
std::vector<db::Param> filter_of(std::int64_t repo_key, const ListQuery& query,
                                 const std::string& author) {
  std::vector<db::Param> out{repo_key, query.kind == ListQuery::Kind::pull_request,
                             query.kind != ListQuery::Kind::discussion};
  for (const auto status : kStatuses) {
    const bool open = status == Status::draft || status == Status::open;
    const bool wanted =
        query.state == ListQuery::State::all || open == (query.state == ListQuery::State::open);
    out.emplace_back(wanted ? status_name(status) : std::string_view(""));
  }
  if (!author.empty()) out.emplace_back(author);
  return out;
}

}  // namespace

std::int64_t next_number(db::Tx& tx, std::int64_t repo_key) {
  return tx.find(kNextNumber, {repo_key})->integer(0);
}

std::int64_t insert(db::Tx& tx, const Discussion& d) {
  return tx
      .find(kInsert, {d.object_id, d.repo_key, d.num, d.title, d.author_key, d.author,
                      status_name(d.status), d.pull_request, d.target_branch, d.merged_onto,
                      d.merge_commit, d.pinned, d.created_at})
      ->integer(0);
}

std::optional<Discussion> find(db::Tx& tx, std::int64_t repo_key, std::int64_t num) {
  const auto row = tx.find(kFind, {repo_key, num});
  if (!row) return std::nullopt;
  return discussion_of(*row);
}

std::vector<Discussion> list(db::Tx& tx, std::int64_t repo_key, const ListQuery& query) {
  const std::string author = lower(query.author);
  auto params = filter_of(repo_key, query, author);
  params.emplace_back(static_cast<std::int64_t>(query.limit));
  params.emplace_back(static_cast<std::int64_t>(query.start));
  std::vector<Discussion> out;
  for (const auto& row : tx.select(author.empty() ? kList : kListByAuthor, params))
    out.push_back(discussion_of(row));
  return out;
}

std::int64_t count(db::Tx& tx, std::int64_t repo_key, const ListQuery& query) {
  const std::string author = lower(query.author);
  const auto rows =
      tx.select(author.empty() ? kCount : kCountByAuthor, filter_of(repo_key, query, author));
  return rows.front().integer(0);
}

void update(db::Tx& tx, const Discussion& d) {
  tx.execute(kUpdate,
             {d.title, status_name(d.status), d.merged_onto, d.merge_commit, d.pinned, d.key});
}

void add_event(db::Tx& tx, std::int64_t discussion_key, const Event& event) {
  tx.execute(kAddEvent, {event.object_id, discussion_key, event.kind, event.author_key,
                         event.author, event.data, event.created_at});
}

std::vector<Event> events(db::Tx& tx, std::int64_t discussion_key) {
  std::vector<Event> out;
  for (const auto& row : tx.select(kEvents, {discussion_key})) out.push_back(event_of(row));
  return out;
}

std::optional<Event> find_event(db::Tx& tx, std::int64_t discussion_key,
                                std::string_view object_id) {
  const auto row = tx.find(kFindEvent, {discussion_key, object_id});
  if (!row) return std::nullopt;
  return event_of(*row);
}

void set_event_data(db::Tx& tx, std::int64_t event_key, std::string_view data) {
  tx.execute(kSetEventData, {data, event_key});
}

void remove_all(db::Tx& tx, std::int64_t repo_key) {
  tx.execute(kRemoveEvents, {repo_key});
  tx.execute(kRemoveDiscussions, {repo_key});
  tx.execute(kRemoveNumbers, {repo_key});
}

}  // namespace holt::community::store
