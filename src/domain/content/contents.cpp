// The content service: what a repository may refer to, and the ways in.
#include "domain/content/content.h"

#include <algorithm>
#include <stdexcept>

#include "domain/content/impl.h"

namespace holt::content {
namespace {

constexpr std::size_t kXorbCacheBytes = 16 << 20;
constexpr std::size_t kFileCacheBytes = 8 << 20;
constexpr std::size_t kMaxReposAsked = 32;  // of a xorb, before deduplication is given up
constexpr std::size_t kMaxXorbsOfChunk = 8;
constexpr std::int64_t kVouchedForMs = 10 * 60 * 1000;

}  // namespace

Contents::Impl::Impl(db::Database& database_in, blob::BlobStore& store_in,
                     const repos::Repos* repos_in)
    : database(database_in),
      store(store_in),
      repos(repos_in),
      xorbs(kXorbCacheBytes),
      files(kFileCacheBytes) {}

Contents::Contents(db::Database& database, blob::BlobStore& store, const repos::Repos& repos)
    : impl_(std::make_unique<Impl>(database, store, &repos)) {}
Contents::Contents(db::Database& database, blob::BlobStore& store)
    : impl_(std::make_unique<Impl>(database, store, nullptr)) {}
Contents::~Contents() = default;

blob::BlobStore& Contents::store() { return impl_->store; }

std::optional<Content> Contents::find(std::int64_t repo_key, std::string_view sha256) const {
  return impl_->database.read([&](db::Tx& tx) { return store::find(tx, repo_key, sha256); });
}

std::map<std::string, Content> Contents::find_many(std::int64_t repo_key,
                                                   const std::vector<std::string>& sha256s) const {
  if (sha256s.empty()) return {};
  return impl_->database.read([&](db::Tx& tx) { return store::find_many(tx, repo_key, sha256s); });
}

std::vector<std::string> Contents::missing(db::Tx& tx, std::int64_t repo_key,
                                           const std::vector<std::string>& sha256s) const {
  const auto found = store::find_many(tx, repo_key, sha256s);
  std::vector<std::string> missing;
  std::vector<std::string> present;
  for (const auto& sha256 : sha256s) (found.contains(sha256) ? present : missing).push_back(sha256);
  store::renew_contents(tx, present, now());
  return missing;
}

void Contents::vouch(const std::vector<std::string>& sha256s) {
  if (sha256s.empty()) return;
  // Not at every question: one write in a while is enough, the shortest grace period is an hour.
  const Timestamp at = now();
  impl_->in_write([&](db::Tx& tx) {
    store::vouch(tx, sha256s, at, Timestamp{at.ms - kVouchedForMs});
    return true;
  });
}

Result<void> Contents::add_whole(const repos::Proposing& repo, std::unique_ptr<blob::Staged> staged,
                                 std::string_view sha256, std::uint64_t size_bytes) {
  const std::vector<std::string> one{std::string(sha256)};
  const std::int64_t repo_key = repo.repo().key;
  // Kept as chunks already: a second copy would only take space.
  const bool linked = impl_->in_write([&](db::Tx& tx) {
    const auto known = store::find_anywhere(tx, sha256);
    if (!known || known->whole) return false;
    store::renew_contents(tx, one, now());
    store::link(tx, repo_key, one, now());
    return true;
  });
  if (linked) return {};
  impl_->store.put(std::move(staged), {blob::Class::blob, one[0]});
  impl_->in_write([&](db::Tx& tx) {
    store::upsert_whole(tx, sha256, size_bytes, now());
    store::link(tx, repo_key, one, now());
    return true;
  });
  return {};
}

std::vector<std::string> Contents::link_from(const repos::Readable& from, const repos::Writable& to,
                                             const std::vector<std::string>& sha256s) {
  return impl_->in_write([&](db::Tx& tx) {
    const auto found = store::find_many(tx, from.repo().key, sha256s);
    std::vector<std::string> unknown;
    std::vector<std::string> known;
    for (const auto& sha256 : sha256s) (found.contains(sha256) ? known : unknown).push_back(sha256);
    store::renew_contents(tx, known, now());
    store::link(tx, to.repo().key, known, now());
    return unknown;
  });
}

void Contents::link_all(db::Tx& tx, std::int64_t from_repo, std::int64_t to_repo) {
  store::link_all(tx, from_repo, to_repo, now());
}

void Contents::unlink_all(db::Tx& tx, std::int64_t repo_key) { store::unlink_all(tx, repo_key); }

Result<void> Contents::unlink(const repos::Administrable& repo,
                              const std::vector<std::string>& sha256s) {
  impl_->in_write([&](db::Tx& tx) {
    store::unlink(tx, repo.repo().key, sha256s);
    return true;
  });
  return {};
}

store::XorbRow row_of(const xetformat::XorbIndex& index) {
  return {index.hash.text(), index.stored_bytes(), index.raw_bytes(), index.chunks.size()};
}

std::vector<store::ChunkRow> indexed_chunks(const xetformat::XorbIndex& index) {
  std::vector<store::ChunkRow> rows;
  for (std::size_t i = 0; i < index.chunks.size(); ++i)
    if (xetformat::is_dedup_eligible(index.chunks[i].hash))
      rows.push_back({index.chunks[i].hash.text(), index.hash.text(), i});
  return rows;
}

void Contents::Impl::store_xorb(std::unique_ptr<blob::Staged> staged,
                                const xetformat::XorbIndex& index) {
  CHECK(!index.chunks.empty() && staged->size_bytes() == index.stored_bytes());
  staged->write(xetformat::make_footer(index));
  store.put(std::move(staged), {blob::Class::xorb, index.hash.text()});
}

Result<bool> Contents::add_xorb(const repos::Proposing& repo, std::unique_ptr<blob::Staged> staged,
                                const xetformat::XorbIndex& index) {
  const auto row = row_of(index);
  const auto chunks = indexed_chunks(index);
  impl_->store_xorb(std::move(staged), index);
  return impl_->in_write([&](db::Tx& tx) {
    if (store::upsert_xorb(tx, row, now())) store::insert_chunks(tx, chunks);
    // Of this repository only: that another one has the same bytes is nobody's business here.
    const bool added = store::linked_xorbs(tx, repo.repo().key, {row.hash}).empty();
    store::link_xorbs(tx, repo.repo().key, {row.hash});
    if (repo.actor().user_key != 0) store::credit_xorb(tx, repo.actor().user_key, row.hash);
    return added;
  });
}

bool Contents::xorb_linked(std::int64_t repo_key, const xetformat::XetHash& xorb) const {
  return impl_->database.read(
      [&](db::Tx& tx) { return !store::linked_xorbs(tx, repo_key, {xorb.text()}).empty(); });
}

std::optional<std::uint64_t> Contents::xorb_size(const xetformat::XetHash& xorb) const {
  return impl_->database.read(
      [&](db::Tx& tx) { return store::xorb_stored_bytes(tx, xorb.text()); });
}

std::optional<Contents::XetFile> Contents::find_xet_file(std::int64_t repo_key,
                                                         std::string_view file_hash) const {
  const auto row = impl_->database.read(
      [&](db::Tx& tx) { return store::find_xet_file(tx, repo_key, file_hash); });
  if (!row) return std::nullopt;
  return XetFile{row->file_hash, row->sha256, row->size_bytes, decode_terms(row->terms)};
}

bool Contents::Impl::may_use(const repos::Visible& repo, const std::string& xorb) {
  const std::int64_t own = repo.repo().key;
  // That the user once sent the bytes says nothing of who holds a token for one repository of
  // theirs.
  const bool as_user = !repo.actor().fine_grained();
  const auto keys = database.read([&](db::Tx& tx) {
    if ((as_user && store::credited(tx, repo.actor().user_key, xorb)) ||
        !store::linked_xorbs(tx, own, {xorb}).empty())
      return std::vector<std::int64_t>{own};
    return store::repos_of_xorb(tx, xorb, kMaxReposAsked);
  });
  for (const auto key : keys)
    if (key == own || (repos != nullptr && repos->open_readable(repo.actor_ptr(), key)))
      return true;
  return false;
}

std::optional<xetformat::XetHash> Contents::find_chunk(std::int64_t repo_key,
                                                       const xetformat::XetHash& chunk) const {
  const auto xorb = impl_->database.read(
      [&](db::Tx& tx) { return store::xorb_of_chunk_in(tx, repo_key, chunk.text()); });
  return xorb ? xetformat::XetHash::parse(*xorb) : std::nullopt;
}

std::optional<xetformat::XetHash> Contents::find_chunk(const repos::Visible& repo,
                                                       const xetformat::XetHash& chunk) const {
  if (auto own = find_chunk(repo.repo().key, chunk)) return own;
  const auto xorbs = impl_->database.read(
      [&](db::Tx& tx) { return store::xorbs_of_chunk(tx, chunk.text(), kMaxXorbsOfChunk); });
  for (const auto& xorb : xorbs)
    if (impl_->may_use(repo, xorb)) return xetformat::XetHash::parse(xorb);
  return std::nullopt;
}

}  // namespace holt::content
