// SQL of the buckets room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/buckets/buckets.h"
#include "io/db/db.h"

namespace holt::buckets::store {

std::optional<File> find(db::Tx& tx, std::int64_t repo_key, std::string_view path);
bool holds(db::Tx& tx, std::int64_t repo_key, std::string_view xet_hash);
// Files whose path is at or after `from`, by path; the first after it when `skip_equal`.
std::vector<File> list_from(db::Tx& tx, std::int64_t repo_key, std::string_view from,
                            bool skip_equal, std::size_t limit);
// Newest upload of the paths in [from, before).
Timestamp newest_upload(db::Tx& tx, std::int64_t repo_key, std::string_view from,
                        std::string_view before);

void put(db::Tx& tx, std::int64_t repo_key, const File& file);
void remove(db::Tx& tx, std::int64_t repo_key, std::string_view path);
void remove_all(db::Tx& tx, std::int64_t repo_key);

Totals totals(db::Tx& tx, std::int64_t repo_key);
void set_totals(db::Tx& tx, std::int64_t repo_key, const Totals& totals);

}  // namespace holt::buckets::store
