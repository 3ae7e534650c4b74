// SQL of the upkeep room: who is hit by a broken object, what objects the catalog names.
#pragma once

#include <string>
#include <vector>

#include "io/blob/blob.h"
#include "io/db/db.h"

namespace holt::upkeep::store {

std::vector<std::int64_t> repository_keys(db::Tx& tx);
// "type owner/name" of the repositories that use an object.
std::vector<std::string> users_of(db::Tx& tx, const blob::Key& key);
bool pack_known(db::Tx& tx, std::string_view sha256);
std::vector<std::pair<std::string, std::int64_t>> packs_of(db::Tx& tx, std::int64_t repo);
// SHA-256s of the files of every bucket, and of one; empty files have no stored bytes and are left
// out.
std::vector<std::string> bucket_contents(db::Tx& tx);
std::vector<std::string> bucket_contents(db::Tx& tx, std::int64_t repo);

}  // namespace holt::upkeep::store
