// git push: commands checked one by one, objects quarantined, pointers and sizes looked at, then
// published.
#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {
namespace {

constexpr std::uint64_t kLargestPlainFile = 10u
                                            << 20;  // the Hub's bound for files outside LFS; higher
                                                    // where the operator allows larger files in git
constexpr std::size_t kMostNewCommits = 200'000;

// What a push may do to one ref; empty when it may.
std::string refusal_of(const repos::Repo& repo, const RefUpdate& update, gitio::Reader& reader) {
  if (!gitio::valid_ref_name(update.name)) return "invalid reference name";
  const bool branch = update.name.starts_with("refs/heads/"),
             tag = update.name.starts_with("refs/tags/");
  if (!branch && !tag) return "only branches and tags can be pushed";
  if (update.new_target.empty() && update.name == "refs/heads/main")
    return "Cannot delete refs/heads/main";
  if (update.new_target.empty()) return {};
  const auto type = reader.object_type(update.new_target);
  if (!type) return "missing object " + update.new_target;
  if (branch && *type != "commit") return "a branch points at a commit";
  if (!reader.find_commit(update.new_target)) return "does not lead to a commit";
  if (branch && !update.old_target.empty() && !repo.allow_force_push &&
      !reader.is_ancestor(update.old_target, update.new_target))
    return "non-fast-forward: fetch and merge first, or allow force pushes in the repository's "
           "settings";
  return {};
}

}  // namespace

Result<std::vector<Git::PushResult>> Git::push(const repos::Writable& target,
                                               std::vector<RefUpdate> updates,
                                               const SharedFile& body, std::uint64_t pack_offset) {
  const auto& repo = target.repo();
  const Impl::CommitLock lock(impl_->commit_locks, repo.key);
  auto opened = repository_with_refs_locked(target);
  std::vector<gitio::Oid> tips;
  for (const auto& update : updates)
    if (!update.new_target.empty()) tips.push_back(update.new_target);

  Publication publication;
  publication.action = "push";
  std::shared_ptr<gitio::Reader> quarantined;
  if (body && pack_offset < body->size_bytes()) {
    auto received =
        TRY(gitio::receive_pack(*opened, impl_->contents.store(), body, pack_offset, tips));
    quarantined = received.reader;
    publication.pack = std::move(received.pack);
    publication.pack_sha256 = received.sha256;
    publication.pack_size_bytes = received.size_bytes;
    publication.index = std::move(received.index);
  }
  auto& known = opened->reader();
  auto& reader = quarantined ? *quarantined : known;

  std::vector<PushResult> results;
  bool refused = false;
  for (const auto& update : updates) {
    results.push_back({update.name, refusal_of(repo, update, reader)});
    refused = refused || !results.back().refusal.empty();
  }
  // All or nothing: one publication is one transaction.
  const auto refuse_rest = [&](std::string_view why) {
    for (auto& result : results)
      if (result.refusal.empty()) result.refusal = why;
    return results;
  };
  if (refused) return refuse_rest("another reference of this push was refused");

  // Files of the new commits: pointers must name known bytes, plain files must not be huge.
  std::unordered_set<std::string> seen;
  std::vector<gitio::Oid> pending = tips;
  std::string problem;
  const bool guarded = impl_->guards(repo);
  for (std::size_t count = 0; !pending.empty() && problem.empty(); ++count) {
    if (count > kMostNewCommits)
      return refuse_rest("too many new commits in one push: push in steps");
    const auto oid = pending.back();
    pending.pop_back();
    if (!seen.insert(oid).second) continue;
    const auto commit = reader.find_commit(oid);
    if (!commit) continue;
    if (known.object_type(commit->oid)) {
      // Here before, which is not to say that a ref still reaches it.
      keep_reached(target, commit->oid, publication);
      continue;
    }
    if (commit->oid != oid && !seen.insert(commit->oid).second) continue;
    if (reader.count_entries(commit->oid, kMostEntries) > kMostEntries)
      return refuse_rest("the commit " + commit->oid + " has more than " +
                         std::to_string(kMostEntries) + " files and folders");
    const gitio::Oid parent = commit->parents.empty() ? gitio::Oid() : commit->parents.front();
    for (const auto& change : reader.changes(parent, commit->oid)) {
      if (change.kind == gitio::Change::Kind::removed ||
          !seen.insert(change.new_oid + change.path).second)
        continue;
      if (auto checked = gitio::check_path(change.path); !checked) {
        problem = checked.error().message;
        break;
      }
      const auto size = reader.blob_size(change.new_oid);
      if (const auto pointer = pointer_of(reader, change.new_oid, size))
        publication.large_files.push_back(
            {change.new_oid, change.path, pointer->sha256, pointer->size_bytes});
      else if (size > std::max(kLargestPlainFile, impl_->inline_limit_bytes)) {
        problem = change.path + " is larger than " +
                  std::to_string(std::max(kLargestPlainFile, impl_->inline_limit_bytes) >> 20) +
                  " MiB: track it with git-lfs (git lfs track) and push again";
        break;
      }
      if (guarded && size <= kLargestGuarded && !known.object_type(change.new_oid))
        if (auto text = reader.read_blob(change.new_oid, kLargestGuarded))
          if (problem = impl_->token_in(repo, target.actor(), change.path, *text); !problem.empty())
            break;
      if (change.path == "README.md") {
        auto text = reader.read_blob(change.new_oid, 4u << 20);
        if (!text) continue;
        const auto checked = cards::parse_front_matter(*text, repos::type_name(repo.id.type));
        if (!checked.errors.empty()) {
          problem = "Invalid metadata in README.md: " + join(checked.errors, "; ");
          break;
        }
      }
    }
    for (const auto& p : commit->parents) pending.push_back(p);
  }
  if (!problem.empty()) return refuse_rest(problem);
  std::vector<std::string> sha256s;
  for (const auto& file : publication.large_files) sha256s.push_back(file.sha256);
  const auto found = impl_->contents.find_many(repo.key, sha256s);
  for (const auto& file : publication.large_files)
    if (!found.contains(file.sha256))
      return refuse_rest(missing_large_file(publication, file.sha256).message);

  publication.updates = std::move(updates);
  if (auto published = publish(target, std::move(publication)); !published)
    return refuse_rest(published.error().message);
  return results;
}

}  // namespace holt::git
