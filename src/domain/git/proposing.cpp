// Pull requests as git sees them: refs/pr/<number>, what they change, and merging them.
#include <algorithm>

#include "base/text.h"
#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {
namespace {

constexpr std::string_view kProposals = "refs/pr/";
constexpr int kRaces = 20;
constexpr std::size_t kMostOwnCommits = 20'000;  // of one pull request

// The newest commit that both histories have; empty when they share none.
gitio::Oid parting_of(gitio::Reader& reader, const gitio::Oid& head, const gitio::Oid& onto) {
  constexpr std::size_t kPage = 200;
  for (std::size_t skip = 0; skip < kMostOwnCommits; skip += kPage) {
    const auto commits = reader.log(head, skip, kPage);
    for (const auto& commit : commits)
      if (commit.oid == onto || reader.is_ancestor(commit.oid, onto)) return commit.oid;
    if (commits.size() < kPage) break;
  }
  return {};
}

// The files that head changed since it parted, as edits of the tree at `onto`.
class Combination {
 public:
  Combination(gitio::Reader& reader, const gitio::Oid& onto, const gitio::Oid& head)
      : reader_(reader), onto_(onto), head_(head), parted_(parting_of(reader, head, onto)) {
    for (auto& change : reader.changes(parted_, onto)) {
      std::string path = change.path;
      ours_.emplace(std::move(path), std::move(change));
    }
    const auto theirs = reader.changes(parted_, head);
    // Removals first: a file may stand where a folder stood.
    for (const auto& change : theirs)
      if (change.kind == gitio::Change::Kind::removed && !settled(change)) {
        removed_.push_back(change.path);
        edits.push_back({gitio::Edit::Kind::remove_file, change.path, {}, gitio::EntryKind::file});
      }
    std::ranges::sort(removed_);
    for (const auto& change : theirs) {
      if (change.kind == gitio::Change::Kind::removed || settled(change)) continue;
      if (in_the_way(change.path)) {
        conflicts.push_back(change.path);
        continue;
      }
      edits.push_back(
          {gitio::Edit::Kind::put, change.path, change.new_oid, kind_at(head_, change.path)});
    }
    std::ranges::sort(conflicts);
  }

  const gitio::Oid& parted() const { return parted_; }
  std::vector<gitio::Edit> edits;
  std::vector<std::string> conflicts;

 private:
  gitio::EntryKind kind_at(const gitio::Oid& commit, const std::string& path) {
    const auto entry = reader_.find_entry(commit, path);
    return entry ? entry->kind : gitio::EntryKind::file;
  }

  // Both sides touched it: alike, which needs nothing, or a conflict.
  bool settled(const gitio::Change& theirs) {
    const auto ours = ours_.find(theirs.path);
    if (ours == ours_.end()) return false;
    const bool alike =
        ours->second.new_oid == theirs.new_oid &&
        (theirs.new_oid.empty() || kind_at(onto_, theirs.path) == kind_at(head_, theirs.path));
    if (!alike) conflicts.push_back(theirs.path);
    return true;
  }

  // A folder of ours where they have a file, or the other way round.
  bool in_the_way(const std::string& path) {
    const auto below = ours_.lower_bound(path + "/");
    if (below != ours_.end() && below->first.starts_with(path + "/") &&
        below->second.kind != gitio::Change::Kind::removed)
      return true;
    for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
      const std::string folder = path.substr(0, slash);
      const auto entry = reader_.find_entry(onto_, folder);
      if (entry && entry->kind != gitio::EntryKind::folder &&
          !std::ranges::binary_search(removed_, folder))
        return true;
    }
    return false;
  }

  gitio::Reader& reader_;
  gitio::Oid onto_, head_, parted_;
  std::map<std::string, gitio::Change> ours_;
  std::vector<std::string> removed_;
};

Error conflicting(const std::vector<std::string>& files) {
  constexpr std::size_t kNamed = 10;
  std::vector<std::string> named(
      files.begin(), files.begin() + static_cast<std::ptrdiff_t>(std::min(files.size(), kNamed)));
  return {Kind::conflict,
          {},
          "This pull request cannot be merged: the branch has other changes of " +
              join(named, ", ") + (files.size() > kNamed ? " and more" : "") +
              ". Bring it up to date with the branch first.",
          {},
          {}};
}

}  // namespace

std::string proposal_ref(std::int64_t number) {
  return std::string(kProposals) + std::to_string(number);
}

std::optional<std::int64_t> proposal_number(std::string_view ref) {
  if (!ref.starts_with(kProposals)) return std::nullopt;
  const auto number = parse_u64(ref.substr(kProposals.size()));
  if (!number || *number == 0 || *number > INT32_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

Proposals& Git::proposals() { return impl_->proposals; }

std::int64_t Git::outbox_waiting() const {
  return impl_->database.read([](db::Tx& tx) { return store::count_outbox(tx); });
}

Result<std::int64_t> Git::propose(const repos::Proposing& target, const NewProposal& proposal) {
  const auto base = impl_->database.read(
      [&](db::Tx& tx) { return store::find_ref(tx, target.repo().key, proposal.base_ref); });
  if (!base || !proposal.base_ref.starts_with("refs/heads/"))
    return fail(repos::revision_not_found(proposal.base_ref));
  Publication publication;
  publication.action = "proposal.open";
  publication.proposal = proposal;
  publication.updates.push_back({{}, {}, base->commit});
  TRY_VOID(record(target, publication));
  return publication.proposal_number;
}

Result<CommitOutcome> Git::propose(const repos::Proposing& target, const NewProposal& proposal,
                                   const CommitRequest& request, OperationSource& operations) {
  return commit_racing(target, request, operations, &proposal);
}

Result<CommitOutcome> Git::commit_to_proposal(const repos::Proposing& target, std::int64_t number,
                                              const CommitRequest& request,
                                              OperationSource& operations) {
  if (!impl_->proposals.may_commit) return fail(repos::revision_not_found(request.revision));
  TRY_VOID(impl_->proposals.may_commit(target, number));
  CommitRequest there = request;
  there.revision = proposal_ref(number);
  return commit_racing(target, there, operations, nullptr);
}

Comparison Git::compare(const repos::Readable& visible, const gitio::Oid& onto,
                        const gitio::Oid& head, std::uint64_t max_diff_bytes) {
  auto opened = repository(visible);
  auto& reader = opened->reader();
  Combination combined(reader, onto, head);
  Comparison out;
  out.conflicts = std::move(combined.conflicts);
  if (max_diff_bytes > 0) out.diff = reader.diff_text(combined.parted(), head, max_diff_bytes);
  return out;
}

Result<void> Git::merge(const repos::Writable& target, const Merge& wanted) {
  const Impl::CommitLock lock(impl_->commit_locks, target.repo().key);
  for (int race = 1;; ++race) {
    auto done = merge_once(target, wanted);
    if (done || done.error().tag != "RefMoved" || race == kRaces) return done;
  }
}

Result<void> Git::merge_once(const repos::Writable& target, const Merge& wanted) {
  const auto key = target.repo().key;
  std::optional<Ref> base, head;
  impl_->database.read([&](db::Tx& tx) {
    base = store::find_ref(tx, key, wanted.base_ref);
    head = store::find_ref(tx, key, wanted.head_ref);
    return true;
  });
  if (!base) return fail(repos::revision_not_found(wanted.base_ref));
  if (!head) return fail(repos::revision_not_found(wanted.head_ref));
  const auto current = impl_->repos.refresh(target);
  if (!current) return fail(repos::repo_not_found(target.repo().id, target.actor()));
  auto opened = repository(*current);
  auto& reader = opened->reader();
  if (base->commit == head->commit || reader.is_ancestor(head->commit, base->commit))
    return fail(Kind::conflict, "There is nothing to merge: " + wanted.head_ref +
                                    " has no commits that " + wanted.base_ref + " has not.");
  Publication publication;
  publication.action = "merge";
  gitio::Oid merged = head->commit;
  if (!reader.is_ancestor(base->commit, head->commit)) {
    Combination combined(reader, base->commit, head->commit);
    if (!combined.conflicts.empty()) return fail(conflicting(combined.conflicts));
    auto pack = opened->new_pack(impl_->contents.store());
    const auto tree = pack->add_tree(base->commit, combined.edits);
    if (!tree)
      return fail(Kind::conflict, "This pull request cannot be merged: " + tree.error().message);
    const auto author = signature_of(target.actor());
    merged = pack->add_commit(*tree, {base->commit, head->commit}, author, author, wanted.message);
    auto finished = pack->finish();
    publication.pack = std::move(finished.pack);
    publication.pack_sha256 = finished.sha256;
    publication.pack_size_bytes = finished.size_bytes;
    publication.index = std::move(finished.index);
  }
  publication.updates.push_back({wanted.base_ref, base->target, merged});
  publication.inside = [&](db::Tx& tx) -> Result<void> {
    const auto now_at = store::find_ref(tx, key, wanted.head_ref);
    if (!now_at || now_at->target != head->target)
      return fail(Kind::conflict,
                  wanted.head_ref + " got commits in the meantime: look at them and merge again.",
                  "RefMoved");
    return wanted.inside ? wanted.inside(tx, base->commit, merged) : Result<void>();
  };
  return record(target, publication);
}

}  // namespace holt::git
