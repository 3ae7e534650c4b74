// Permanent removal of large files, with or without taking them out of every commit.
#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {
namespace {

// Rebuilds a history without some blobs: each commit at most once, parents first.
class Rewriter {
 public:
  Rewriter(gitio::Reader& reader, gitio::PackWriter& pack, std::unordered_set<std::string> unwanted)
      : reader_(reader), pack_(pack), unwanted_(std::move(unwanted)) {}

  Result<gitio::Oid> rewrite(const gitio::Oid& tip) {
    // An explicit stack: histories are deeper than thread stacks.
    std::vector<gitio::Oid> pending{tip};
    while (!pending.empty()) {
      const auto oid = pending.back();
      if (done_.contains(oid)) {
        pending.pop_back();
        continue;
      }
      const auto commit = reader_.find_commit(oid);
      CHECK(commit.has_value());
      bool ready = true;
      for (const auto& parent : commit->parents)
        if (!done_.contains(parent)) {
          pending.push_back(parent);
          ready = false;
        }
      if (!ready) continue;
      pending.pop_back();
      done_[oid] = TRY(rewrite_one(*commit));
    }
    return done_[tip];
  }

 private:
  Result<gitio::Oid> rewrite_one(const gitio::Commit& commit) {
    std::vector<gitio::Edit> edits;
    const auto listed = reader_.list(commit.oid, "", gitio::Reader::Depth::recursive);
    if (listed)
      for (const auto& entry : *listed)
        if (unwanted_.contains(entry.oid))
          edits.push_back({gitio::Edit::Kind::remove_file, entry.path, {}, entry.kind});
    std::vector<gitio::Oid> parents;
    bool same = edits.empty();
    for (const auto& parent : commit.parents) {
      parents.push_back(done_[parent]);
      same = same && parents.back() == parent;
    }
    if (same) return commit.oid;
    const auto tree = edits.empty() ? commit.tree : TRY(pack_.add_tree(commit.oid, edits));
    return pack_.add_commit(tree, parents, commit.author, commit.committer, commit.message);
  }

  gitio::Reader& reader_;
  gitio::PackWriter& pack_;
  std::unordered_set<std::string> unwanted_;
  std::unordered_map<gitio::Oid, gitio::Oid> done_;
};

}  // namespace

Result<void> Git::remove_large_files(const repos::Administrable& target,
                                     const std::vector<std::string>& blobs, bool rewrite_history) {
  const auto key = target.repo().key;
  const auto sha256s =
      impl_->database.read([&](db::Tx& tx) { return store::sha256s_of_blobs(tx, key, blobs); });
  if (rewrite_history) {
    const Impl::CommitLock lock(impl_->commit_locks, key);
    auto opened = repository(target);
    auto& reader = opened->reader();
    // Every blob that points at one of these contents, not only those that were named.
    std::unordered_set<std::string> unwanted(blobs.begin(), blobs.end());
    std::vector<gitio::Oid> tips;
    const auto listed = refs(target);
    for (const auto& ref : listed) tips.push_back(ref.commit);
    reader.each_reachable_blob(tips, [&](const gitio::Oid& blob, std::string_view,
                                         std::uint64_t size_bytes, const gitio::Commit&) {
      const auto pointer = pointer_of(reader, blob, size_bytes);
      if (pointer && std::ranges::find(sha256s, pointer->sha256) != sha256s.end())
        unwanted.insert(blob);
      return true;
    });
    auto pack = opened->new_pack(impl_->contents.store());
    Rewriter rewriter(reader, *pack, std::move(unwanted));
    Publication publication;
    publication.action = "history.rewrite";
    for (const auto& ref : listed) {
      const auto commit = TRY(rewriter.rewrite(ref.commit));
      if (commit != ref.commit) publication.updates.push_back({ref.name, ref.target, commit});
    }
    if (!publication.updates.empty()) {
      if (pack->objects() > 0) {
        auto finished = pack->finish();
        publication.pack = std::move(finished.pack);
        publication.pack_sha256 = finished.sha256;
        publication.pack_size_bytes = finished.size_bytes;
        publication.index = std::move(finished.index);
      }
      TRY_VOID(publish(target, std::move(publication)));
    }
  }
  TRY_VOID(impl_->contents.unlink(target, sha256s));
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::remove_large_files(tx, key, sha256s);
    return {};
  }));
  impl_->files.clear();
  impl_->repos.forget_cached(key);
  return {};
}

}  // namespace holt::git
