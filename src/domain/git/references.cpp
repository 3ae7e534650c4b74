// Branches and tags: creation, removal, squashing.
#include "base/text.h"
#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {
namespace {

// Moves the objects of a finished pack into a publication.
void take_pack(gitio::PackWriter& pack, Publication& publication) {
  if (pack.objects() == 0) return;
  auto finished = pack.finish();
  publication.pack = std::move(finished.pack);
  publication.pack_sha256 = finished.sha256;
  publication.pack_size_bytes = finished.size_bytes;
  publication.index = std::move(finished.index);
}

}  // namespace

Result<void> Git::create_branch(const repos::Writable& target, std::string_view name,
                                std::string_view starting_point, bool empty, bool overwrite) {
  TRY_VOID(check_short_name(name, "branch"));
  const std::string ref_name = "refs/heads/" + std::string(name);
  const Impl::CommitLock lock(impl_->commit_locks, target.repo().key);
  const auto existing = impl_->database.read(
      [&](db::Tx& tx) { return store::find_ref(tx, target.repo().key, ref_name); });
  if (existing && !overwrite)
    return fail(Kind::conflict, "Reference " + ref_name + " already exists");
  Publication publication;
  gitio::Oid commit;
  if (empty) {
    auto pack = repository(target)->new_pack(impl_->contents.store());
    const auto tree = TRY(pack->add_tree("", {}));
    const auto author = signature_of(target.actor());
    commit = pack->add_commit(tree, {}, author, author, "Initial commit");
    take_pack(*pack, publication);
  } else {
    commit = TRY(resolve(target, starting_point.empty() ? "main" : starting_point)).commit;
  }
  if (existing && existing->target == commit) return {};
  if (!empty) keep_reached(target, commit, publication);
  publication.updates.push_back({ref_name, existing ? existing->target : gitio::Oid(), commit});
  publication.action = "branch.create";
  return publish(target, std::move(publication));
}

Result<void> Git::remove_branch(const repos::Writable& target, std::string_view name) {
  const std::string ref_name = branch_ref(name);
  if (ref_name == "refs/heads/main") return fail(Kind::forbidden, "Cannot delete refs/heads/main");
  const auto existing = impl_->database.read(
      [&](db::Tx& tx) { return store::find_ref(tx, target.repo().key, ref_name); });
  if (!existing || !ref_name.starts_with("refs/heads/"))
    return fail(repos::revision_not_found(name));
  Publication publication;
  publication.updates.push_back({ref_name, existing->target, {}});
  publication.action = "branch.delete";
  return publish(target, std::move(publication));
}

Result<void> Git::create_tag(const repos::Writable& target, std::string_view name,
                             std::string_view revision, std::string_view message) {
  const auto at = TRY(resolve(target, revision));
  TRY_VOID(check_short_name(name, "tag"));
  const std::string ref_name = "refs/tags/" + std::string(name);
  if (impl_->database.read(
          [&](db::Tx& tx) { return store::find_ref(tx, target.repo().key, ref_name); }))
    return fail(Kind::conflict, "Reference " + ref_name + " already exists");
  Publication publication;
  gitio::Oid object = at.commit;
  if (!message.empty()) {
    auto pack = repository(target)->new_pack(impl_->contents.store());
    object = pack->add_tag(at.commit, name, signature_of(target.actor()), message);
    take_pack(*pack, publication);
  }
  keep_reached(target, at.commit, publication);
  publication.updates.push_back({ref_name, {}, object});
  publication.action = "tag.create";
  return publish(target, std::move(publication));
}

Result<void> Git::remove_tag(const repos::Writable& target, std::string_view name) {
  const std::string ref_name = "refs/tags/" + std::string(name);
  const auto existing = impl_->database.read(
      [&](db::Tx& tx) { return store::find_ref(tx, target.repo().key, ref_name); });
  if (!existing) return fail(repos::revision_not_found(name));
  Publication publication;
  publication.updates.push_back({ref_name, existing->target, {}});
  publication.action = "tag.delete";
  return publish(target, std::move(publication));
}

Result<void> Git::squash(const repos::Writable& target, std::string_view branch,
                         std::string_view message) {
  const std::string ref_name = branch_ref(branch);
  const Impl::CommitLock lock(impl_->commit_locks, target.repo().key);
  const auto ref = impl_->database.read(
      [&](db::Tx& tx) { return store::find_ref(tx, target.repo().key, ref_name); });
  if (!ref || ref_name.starts_with("refs/tags/")) return fail(repos::revision_not_found(branch));
  auto opened = repository(target);
  const auto tip = opened->reader().find_commit(ref->commit);
  CHECK(tip.has_value());
  auto pack = opened->new_pack(impl_->contents.store());
  const auto author = signature_of(target.actor());
  const std::string text =
      message.empty() ? "Super-squash branch '" + std::string(branch) + "'" : std::string(message);
  const auto commit = pack->add_commit(tip->tree, {}, author, author, text);
  Publication publication;
  take_pack(*pack, publication);
  publication.updates.push_back({ref_name, ref->target, commit});
  publication.action = "squash";
  return publish(target, std::move(publication));
}

Result<void> Git::duplicate(const repos::Readable& from, const repos::Writable& to) {
  const auto current = impl_->repos.refresh(from);
  if (!current) return fail(repos::repo_not_found(from.repo().id, from.actor()));
  const auto& source = current->repo();
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::copy_history(tx, source.key, to.repo().key);
    impl_->contents.link_all(tx, source.key, to.repo().key);
    impl_->repos.record_tip(tx, to.repo().key, source.head, source.facts,
                            source.used_storage_bytes);
    return {};
  }));
  impl_->repos.forget_cached(to.repo().key);
  return {};
}

void Git::remove_history(db::Tx& tx, std::int64_t repo) {
  store::remove_all(tx, repo);
  impl_->synced.erase(repo);
}

}  // namespace holt::git
