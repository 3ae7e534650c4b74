// Reading versions: revisions, files, listings, and keeping the bare repository level with the
// catalog.
#include "domain/git/git.h"

#include <algorithm>

#include "base/text.h"
#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {

Git::Git(db::Database& database, repos::Repos& repos, content::Contents& contents,
         gitio::RepositoryCache& cache)
    : impl_(std::make_unique<Impl>(database, repos, contents, cache)) {}
Git::~Git() = default;

void Git::keep_in_git_up_to(std::uint64_t size_bytes) { impl_->inline_limit_bytes = size_bytes; }
std::uint64_t Git::inline_limit_bytes() const { return impl_->inline_limit_bytes; }

std::string branch_ref(std::string_view revision) {
  return revision.starts_with("refs/") ? std::string(revision)
                                       : "refs/heads/" + std::string(revision);
}

Result<void> check_short_name(std::string_view name, std::string_view kind) {
  // git's commands would take a leading dash for an option, and refuse such names.
  if (name.starts_with("refs/") || name.starts_with('-') || name.size() > 250 ||
      !gitio::valid_ref_name("refs/heads/" + std::string(name)) ||
      (name.size() == 40 && is_hex(lower(name), 40)))
    return fail(Kind::invalid, "Invalid reference for a " + std::string(kind) + ": " +
                                   std::string(clip(name, 250)));
  return {};
}

gitio::Signature signature_of(const auth::Actor& actor) {
  const std::string name = actor.name.empty() ? "Holt" : actor.name;
  return {name, lower(name) + "@users.noreply.holt", now().ms / 1000, 0};
}

std::shared_ptr<gitio::Repository> Git::repository(const repos::Visible& visible) {
  const auto& repo = visible.repo();
  auto opened = impl_->cache.open(repo.key);
  const auto synced = impl_->synced.find(repo.key);
  if (synced && *synced >= repo.generation) return opened;
  auto packs = impl_->database.read([&](db::Tx& tx) { return store::packs(tx, repo.key); });
  for (const auto& pack : packs) {
    if (opened->has_pack(pack.sha256)) continue;
    const blob::Key key{blob::Class::pack, pack.sha256};
    auto file = impl_->contents.store().open(key);
    if (!file)
      throw std::runtime_error("pack " + pack.sha256 + " of repository " + repo.id.full() +
                               " is missing from the object store");
    opened->add_pack(file, impl_->contents.store().local_path(key), "");
  }
  impl_->synced.insert(repo.key, repo.generation);
  return opened;
}

std::shared_ptr<gitio::Repository> Git::repository_with_refs(const repos::Visible& visible) {
  const auto key = visible.repo().key;
  auto opened = repository(visible);
  const auto current = impl_->repos.find(key);
  if (!current || opened->refs_generation() == current->generation) return opened;
  const Impl::CommitLock lock(impl_->commit_locks, key);
  return repository_with_refs_locked(visible);
}

std::shared_ptr<gitio::Repository> Git::repository_with_refs_locked(const repos::Visible& visible) {
  const auto current = impl_->repos.refresh(visible);
  if (!current) return repository(visible);
  // The row read here may be newer than the caller's: packs follow it too.
  auto opened = repository(*current);
  if (opened->refs_generation() == current->repo().generation) return opened;
  std::map<std::string, gitio::Oid> refs;
  for (const auto& ref : this->refs(visible)) refs[ref.name] = ref.target;
  opened->write_refs(refs, "refs/heads/main");
  opened->write_generation(current->repo().generation);
  return opened;
}

std::optional<Revision> Git::resolve_cached(const repos::Visible& visible,
                                            std::string_view revision) {
  const auto& repo = visible.repo();
  if (revision == "main" && !repo.head.empty()) return Revision{repo.head, "refs/heads/main"};
  if (revision.size() == 40) {
    if (revision == repo.head) return Revision{repo.head, {}};
    if (auto known = impl_->commits.find(cache_key(repo.key, revision)))
      return Revision{*known, {}};
  }
  return std::nullopt;
}

Result<Revision> Git::resolve(const repos::Visible& visible, std::string_view revision) {
  if (auto known = resolve_cached(visible, revision)) return *known;
  const auto key = visible.repo().key;
  if (revision.empty() || revision.size() > 300) return fail(repos::revision_not_found(revision));
  const auto found = impl_->database.read([&](db::Tx& tx) -> std::optional<Ref> {
    if (revision.starts_with("refs/")) return store::find_ref(tx, key, revision);
    for (auto prefix : {"refs/heads/", "refs/tags/"})
      if (auto ref = store::find_ref(tx, key, prefix + std::string(revision))) return ref;
    return std::nullopt;
  });
  if (found) return Revision{found->commit, found->name};
  const std::string hex = lower(revision);
  if (hex.size() >= 7 && hex.size() <= 40 && is_hex(hex, hex.size())) {
    auto opened = repository(visible);
    auto& reader = opened->reader();
    const auto oid = hex.size() == 40 ? std::optional<gitio::Oid>(hex) : reader.find_by_prefix(hex);
    if (oid)
      if (auto commit = reader.find_commit(*oid)) {
        if (hex.size() == 40) impl_->commits.insert(cache_key(key, hex), commit->oid);
        return Revision{commit->oid, {}};
      }
  }
  return fail(repos::revision_not_found(revision));
}

std::vector<Ref> Git::refs(const repos::Visible& visible) {
  return impl_->database.read([&](db::Tx& tx) { return store::refs(tx, visible.repo().key); });
}

std::optional<content::Pointer> Git::pointer_of(gitio::Reader& reader, const gitio::Oid& blob,
                                                std::uint64_t size_bytes) {
  constexpr std::uint64_t kSmallestPointer = 120;
  if (size_bytes < kSmallestPointer || size_bytes > content::kMaxPointerBytes) return std::nullopt;
  if (auto known = impl_->pointers.find(blob)) return *known;
  auto text = reader.read_blob(blob, content::kMaxPointerBytes);
  if (!text) return std::nullopt;
  auto pointer = content::parse_pointer(*text);
  impl_->pointers.insert(blob, pointer);
  return pointer;
}

std::vector<FileEntry> Git::complete(const repos::Visible& visible, gitio::Reader& reader,
                                     std::vector<gitio::TreeEntry> entries) {
  std::vector<FileEntry> out;
  out.reserve(entries.size());
  std::vector<std::string> wanted;
  for (auto& entry : entries) {
    FileEntry file;
    file.size_bytes = entry.size_bytes;
    if (entry.kind == gitio::EntryKind::file || entry.kind == gitio::EntryKind::executable) {
      file.lfs = pointer_of(reader, entry.oid, entry.size_bytes);
      if (file.lfs) {
        file.size_bytes = file.lfs->size_bytes;
        wanted.push_back(file.lfs->sha256);
      }
    }
    file.entry = std::move(entry);
    out.push_back(std::move(file));
  }
  if (!wanted.empty()) {
    const auto known = impl_->contents.find_many(visible.repo().key, wanted);
    for (auto& file : out)
      if (file.lfs) {
        const auto it = known.find(file.lfs->sha256);
        file.stored = it != known.end();
        if (file.stored) file.xet_hash = it->second.xet_hash;
      }
  }
  return out;
}

std::optional<FileEntry> Git::find_file_cached(const repos::Visible& visible, const Revision& at,
                                               std::string_view path) {
  auto known = impl_->files.find(cache_key(visible.repo().key, at.commit, path));
  if (!known || (known->until.ms != 0 && known->until.ms <= now().ms)) return std::nullopt;
  return std::move(known->entry);
}

Result<FileEntry> Git::find_file(const repos::Visible& visible, const Revision& at,
                                 std::string_view path) {
  if (auto known = find_file_cached(visible, at, path)) return *known;
  auto opened = repository(visible);
  auto& reader = opened->reader();
  auto entry =
      path.empty() || path.size() > 4096 ? std::nullopt : reader.find_entry(at.commit, path);
  if (!entry || entry->kind == gitio::EntryKind::folder ||
      entry->kind == gitio::EntryKind::submodule)
    return fail(repos::entry_not_found(path, at.commit));
  std::vector<gitio::TreeEntry> one;
  one.push_back(std::move(*entry));
  auto file = std::move(complete(visible, reader, std::move(one)).front());
  // A large file may get its Xet form after it was committed.
  const Timestamp until{file.lfs && file.xet_hash.empty() ? now().ms + kXetFormAwaitedMs : 0};
  if (file.stored)
    impl_->files.insert(cache_key(visible.repo().key, at.commit, path), {file, until});
  return file;
}

Result<std::vector<FileEntry>> Git::list(const repos::Visible& visible, const Revision& at,
                                         std::string_view folder, gitio::Reader::Depth depth) {
  auto opened = repository(visible);
  auto& reader = opened->reader();
  auto entries = reader.list(at.commit, folder, depth);
  if (!entries) return fail(repos::entry_not_found(folder, at.commit));
  return complete(visible, reader, std::move(*entries));
}

Result<Git::Page> Git::list_page(const repos::Visible& visible, const Revision& at,
                                 std::string_view folder, gitio::Reader::Depth depth,
                                 std::size_t start, std::size_t limit) {
  auto opened = repository(visible);
  auto& reader = opened->reader();
  auto part = reader.list_part(at.commit, folder, depth, start, limit);
  if (!part) return fail(repos::entry_not_found(folder, at.commit));
  Page page;
  page.total = part->total;
  page.entries = complete(visible, reader, std::move(part->entries));
  return page;
}

std::vector<repos::Sibling> Git::siblings(const repos::Visible& visible, const Revision& at,
                                          Details details) {
  auto opened = repository(visible);
  auto& reader = opened->reader();
  auto entries = reader.list(
      at.commit, "", gitio::Reader::Depth::recursive,
      details == Details::sizes ? gitio::Reader::Sizes::given : gitio::Reader::Sizes::left_out);
  std::vector<repos::Sibling> out;
  if (!entries) return out;
  std::erase_if(*entries, [](const gitio::TreeEntry& entry) {
    return entry.kind == gitio::EntryKind::folder || entry.kind == gitio::EntryKind::submodule;
  });
  out.reserve(entries->size());
  if (details == Details::names) {
    for (auto& entry : *entries) out.push_back({std::move(entry.path), {}, {}, {}, 0});
    return out;
  }
  for (auto& file : complete(visible, reader, std::move(*entries)))
    out.push_back({file.entry.path, file.size_bytes, file.entry.oid,
                   file.lfs ? file.lfs->sha256 : std::string(),
                   file.lfs ? file.entry.size_bytes : 0});
  return out;
}

std::shared_ptr<const std::string> Git::small_blob_cached(const gitio::Oid& blob) {
  return impl_->small_blobs.find(blob).value_or(nullptr);
}

Result<std::shared_ptr<const std::string>> Git::read_blob(const repos::Visible& visible,
                                                          const gitio::Oid& blob) {
  constexpr std::uint64_t kLargestGitFile = 1u << 30;
  if (auto known = small_blob_cached(blob)) return known;
  auto opened = repository(visible);
  auto bytes =
      std::make_shared<const std::string>(TRY(opened->reader().read_blob(blob, kLargestGitFile)));
  if (bytes->size() <= kSmallBlobBytes) impl_->small_blobs.insert(blob, bytes, bytes->size() + 200);
  return bytes;
}

std::vector<Git::LargeFileRow> Git::large_files(const repos::Visible& visible, std::size_t limit,
                                                std::size_t offset) {
  return impl_->database.read(
      [&](db::Tx& tx) { return store::large_files(tx, visible.repo().key, limit, offset); });
}

std::uint64_t Git::pack_bytes(db::Tx& tx, std::int64_t repo) const {
  std::uint64_t total = 0;
  for (const auto& pack : store::packs(tx, repo))
    total += static_cast<std::uint64_t>(pack.size_bytes);
  return total;
}

void Git::forget_large_files(db::Tx& tx, std::int64_t repo,
                             const std::vector<std::string>& sha256s) {
  store::remove_large_files(tx, repo, sha256s);
}

void Git::forget_opened() {
  impl_->cache.forget_all();
  impl_->synced.clear();
  impl_->files.clear();
}

std::vector<std::string> Git::reachable_large_files(const repos::Visible& visible) {
  auto opened = repository(visible);
  auto& reader = opened->reader();
  std::vector<gitio::Oid> tips;
  for (const auto& ref : refs(visible)) tips.push_back(ref.commit);
  std::vector<std::string> out;
  reader.each_reachable_blob(tips, [&](const gitio::Oid& blob, std::string_view,
                                       std::uint64_t size_bytes, const gitio::Commit&) {
    if (auto pointer = pointer_of(reader, blob, size_bytes)) out.push_back(pointer->sha256);
    return true;
  });
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace holt::git
