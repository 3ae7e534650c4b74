// SQL of the git room and nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/git/git.h"

namespace holt::git::store {

std::vector<Ref> refs(db::Tx& tx, std::int64_t repo);
std::optional<Ref> ref_at(db::Tx& tx, std::int64_t repo, std::string_view commit);  // any of them
std::vector<Ref> first_refs(db::Tx& tx, std::int64_t repo, std::size_t most);       // by name
std::optional<Ref> find_ref(db::Tx& tx, std::int64_t repo, std::string_view name);
// True when the row was as expected and is changed now.
bool insert_ref(db::Tx& tx, std::int64_t repo, const Ref& ref);
bool update_ref(db::Tx& tx, std::int64_t repo, const Ref& ref, std::string_view old_target);
bool remove_ref(db::Tx& tx, std::int64_t repo, std::string_view name, std::string_view old_target);

struct PackRow {
  std::string sha256;
  std::int64_t size_bytes = 0;
};
std::vector<PackRow> packs(db::Tx& tx, std::int64_t repo);
void add_pack(db::Tx& tx, std::int64_t repo, std::string_view sha256, std::uint64_t size_bytes,
              Timestamp at);
bool remove_pack(db::Tx& tx, std::int64_t repo, std::string_view sha256);
bool pack_in_use(db::Tx& tx, std::string_view sha256);
void copy_history(db::Tx& tx, std::int64_t from, std::int64_t to);
void remove_all(db::Tx& tx, std::int64_t repo);

// True when this content had not been pushed to the repository before.
bool add_large_file(db::Tx& tx, std::int64_t repo, const Publication::LargeFile& file,
                    std::string_view ref, Timestamp at);
std::vector<Git::LargeFileRow> large_files(db::Tx& tx, std::int64_t repo, std::size_t limit,
                                           std::size_t offset);
std::vector<std::string> sha256s_of_blobs(db::Tx& tx, std::int64_t repo,
                                          const std::vector<std::string>& blobs);
void remove_large_files(db::Tx& tx, std::int64_t repo, const std::vector<std::string>& sha256s);

void add_activity(db::Tx& tx, std::int64_t repo, std::int64_t actor, std::string_view action,
                  const RefUpdate& update, Timestamp at);
std::int64_t count_outbox(db::Tx& tx);
void add_outbox(db::Tx& tx, std::string_view topic, std::string_view payload, Timestamp at);

}  // namespace holt::git::store
