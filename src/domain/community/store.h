// SQL of the community room.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "domain/community/community.h"
#include "io/db/db.h"

namespace holt::community::store {

std::int64_t next_number(db::Tx& tx, std::int64_t repo_key);
std::int64_t insert(db::Tx& tx, const Discussion& discussion);  // its key
std::optional<Discussion> find(db::Tx& tx, std::int64_t repo_key, std::int64_t num);
std::vector<Discussion> list(db::Tx& tx, std::int64_t repo_key, const ListQuery& query);
std::int64_t count(db::Tx& tx, std::int64_t repo_key, const ListQuery& query);
// Title, status, what it was merged onto and into, pinned.
void update(db::Tx& tx, const Discussion& discussion);

void add_event(db::Tx& tx, std::int64_t discussion_key, const Event& event);
std::vector<Event> events(db::Tx& tx, std::int64_t discussion_key);
std::optional<Event> find_event(db::Tx& tx, std::int64_t discussion_key,
                                std::string_view object_id);
void set_event_data(db::Tx& tx, std::int64_t event_key, std::string_view data);
void remove_all(db::Tx& tx, std::int64_t repo_key);

}  // namespace holt::community::store
