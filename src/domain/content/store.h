// SQL of the content room. Hashes are text here: 64 lower-case hex digits, Xet's in their text
// form. stored_at of contents and xorbs is renewed whenever something vouches for the row (an
// upload, a new link, a commit): the collector's grace period counts from it, and renewing the row
// is what makes a collection at the same moment give way.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/content/content.h"
#include "io/db/db.h"

namespace holt::content::store {

// Of a repository, or of anybody.
std::optional<Content> find(db::Tx& tx, std::int64_t repo_key, std::string_view sha256);
std::optional<Content> find_anywhere(db::Tx& tx, std::string_view sha256);
std::map<std::string, Content> find_many(db::Tx& tx, std::int64_t repo_key,
                                         const std::vector<std::string>& sha256s);

// Renews what exists; the caller learns from the count whether it does.
std::int64_t renew_contents(db::Tx& tx, const std::vector<std::string>& sha256s, Timestamp at);
void link(db::Tx& tx, std::int64_t repo_key, const std::vector<std::string>& sha256s, Timestamp at);
void link_all(db::Tx& tx, std::int64_t from_repo, std::int64_t to_repo, Timestamp at);
void unlink(db::Tx& tx, std::int64_t repo_key, const std::vector<std::string>& sha256s);
void unlink_all(db::Tx& tx, std::int64_t repo_key);
std::vector<std::string> unconverted(db::Tx& tx, std::uint64_t min_size_bytes, std::size_t limit);
std::vector<std::int64_t> repos_of_content(db::Tx& tx, std::string_view sha256);
void upsert_whole(db::Tx& tx, std::string_view sha256, std::uint64_t size_bytes, Timestamp at);
void upsert_reconstruction(db::Tx& tx, std::string_view sha256, std::uint64_t size_bytes,
                           std::string_view file_hash, Timestamp at);

struct XorbRow {
  std::string hash;
  std::uint64_t stored_bytes = 0, raw_bytes = 0, chunks = 0;
};
// False when the row was there (it is renewed).
bool upsert_xorb(db::Tx& tx, const XorbRow& xorb, Timestamp at);
std::int64_t renew_xorbs(db::Tx& tx, const std::vector<std::string>& xorbs, Timestamp at);
void link_xorbs(db::Tx& tx, std::int64_t repo_key, const std::vector<std::string>& xorbs);
// A user who sent the bytes of a xorb may refer to it ever after.
void credit_xorb(db::Tx& tx, std::int64_t user_key, std::string_view xorb);
bool credited(db::Tx& tx, std::int64_t user_key, std::string_view xorb);
std::set<std::string> linked_xorbs(db::Tx& tx, std::int64_t repo_key,
                                   const std::vector<std::string>& xorbs);
// Some repositories that may use the xorb, newest first.
std::vector<std::int64_t> repos_of_xorb(db::Tx& tx, std::string_view xorb, std::size_t limit);
std::optional<std::uint64_t> xorb_stored_bytes(db::Tx& tx, std::string_view xorb);

struct XetFileRow {
  std::string file_hash, sha256;
  std::uint64_t size_bytes = 0;
  Bytes terms;
};
// Of a repository that the file's content is linked to, or of anybody.
std::optional<XetFileRow> find_xet_file(db::Tx& tx, std::int64_t repo_key,
                                        std::string_view file_hash);
std::optional<XetFileRow> find_xet_file_anywhere(db::Tx& tx, std::string_view file_hash);
// False when it was there; it is kept as it is.
bool insert_xet_file(db::Tx& tx, const XetFileRow& file, const std::vector<std::string>& xorbs,
                     Timestamp at);

struct ChunkRow {
  std::string chunk, xorb;
  std::uint64_t position = 0;
};
void insert_chunks(db::Tx& tx, const std::vector<ChunkRow>& chunks);
std::vector<std::string> xorbs_of_chunk(db::Tx& tx, std::string_view chunk, std::size_t limit);
std::optional<std::string> xorb_of_chunk_in(db::Tx& tx, std::int64_t repo_key,
                                            std::string_view chunk);

// --- for the collector; removals happen only while the row is still older than that ---
struct AgedContent {
  Content content;
  bool linked = false;
};
std::vector<AgedContent> list_aged(db::Tx& tx, std::string_view after, Timestamp older_than,
                                   std::size_t limit);
// What it removes is kept among the collected rows, as of `at`.
bool remove_content(db::Tx& tx, std::string_view sha256, Timestamp older_than, Timestamp at);
std::vector<std::string> xet_files_of(db::Tx& tx, std::string_view sha256);
bool drop_whole(db::Tx& tx, std::string_view sha256, Timestamp older_than);
struct AgedXorb {
  std::string hash;
  std::uint64_t stored_bytes = 0;
  std::vector<std::string> files;  // that have terms in it
};
std::vector<AgedXorb> list_aged_xorbs(db::Tx& tx, std::string_view after, Timestamp older_than,
                                      std::size_t limit);
// False while a file has a part in it.
bool remove_xorb(db::Tx& tx, std::string_view xorb, Timestamp older_than, Timestamp at);
// Links of a repository of which neither link nor content was vouched for since.
std::vector<std::string> aged_links(db::Tx& tx, std::int64_t repo_key, Timestamp older_than);
bool remove_link(db::Tx& tx, std::int64_t repo_key, std::string_view sha256, Timestamp older_than,
                 Timestamp at);
// Renews those that were not vouched for since `older_than`.
void vouch(db::Tx& tx, const std::vector<std::string>& sha256s, Timestamp at, Timestamp older_than);

// What a repository holds, for its used storage.
struct HeldContent {
  std::string sha256;
  std::uint64_t size_bytes = 0;
  bool whole = false;
};
std::vector<HeldContent> held_by(db::Tx& tx, std::int64_t repo_key);
std::vector<std::string> xorbs_held_by(db::Tx& tx, std::int64_t repo_key);

// --- the way back: first forget what has no bytes, then bring back the rest ---
std::vector<std::pair<std::string, std::uint64_t>> collected_whole(db::Tx& tx);  // with sizes
std::vector<std::string> collected_xorbs(db::Tx& tx);
void forget_collected(db::Tx& tx, std::string_view sha256);
void forget_collected_xorb(db::Tx& tx, std::string_view xorb);
// A blob came back whose content had gone on as a reconstruction.
void whole_again(db::Tx& tx, std::string_view sha256, std::uint64_t size_bytes);
void bring_back(db::Tx& tx, Timestamp at);
void empty_collected(db::Tx& tx, Timestamp older_than);

}  // namespace holt::content::store
