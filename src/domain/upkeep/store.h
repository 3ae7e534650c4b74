// SQL of the upkeep room: who is hit by a broken object, what objects the catalog names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/blob/blob.h"
#include "io/db/db.h"

namespace holt::upkeep::store {

std::vector<std::int64_t> repository_keys(db::Tx& tx);
// What needs an object: "type owner/name" and its files. Of a pack, repositories only.
struct Hit {
  std::string repository;
  std::vector<std::string> files;
};
std::vector<Hit> hits_of(db::Tx& tx, const blob::Key& key);
std::vector<std::int64_t> repositories_of_pack(db::Tx& tx, std::string_view sha256);

// Objects that the catalog names, with hashes in a range and the size it knows: of packs and blobs
// that of the file, of xorbs that without the footer.
std::vector<std::pair<blob::Key, std::uint64_t>> named_objects(db::Tx& tx, blob::Class kind,
                                                               blob::HashRange range);

struct Damage {
  blob::Key key;
  std::string what;
};
std::vector<Damage> damages(db::Tx& tx);
void add_damage(db::Tx& tx, const Damage& damage, Timestamp at);
void remove_damage(db::Tx& tx, const blob::Key& key);
bool pack_known(db::Tx& tx, std::string_view sha256);
std::vector<std::pair<std::string, std::int64_t>> packs_of(db::Tx& tx, std::int64_t repo);
// SHA-256s of the files of a bucket; empty files have no stored bytes and are left out.
std::vector<std::string> bucket_contents(db::Tx& tx, std::int64_t repo);

// How far each kind of upkeep has come, and when.
struct Mark {
  std::int64_t value = 0;
  Timestamp at;
};
std::optional<Mark> find_mark(db::Tx& tx, std::string_view name);
void set_mark(db::Tx& tx, std::string_view name, const Mark& mark);

}  // namespace holt::upkeep::store
