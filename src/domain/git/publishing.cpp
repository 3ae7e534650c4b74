// The one way in: objects made durable, then one SQL transaction, then the answer.
#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "domain/git/state.h"
#include "domain/git/store.h"
#include "domain/git/wire.h"

namespace holt::git {
namespace {

// Facts and the size of the tip of main, when a change of it may have altered them.
struct TipFacts {
  cards::Facts facts;
};

// Of a repository's refs: how many are asked whether they reach a commit. A witness only spares a
// look at the commit's large files.
constexpr std::size_t kMostWitnessesAsked = 100;

// git keeps references as files: none can be another's folder, or clones fail.
Result<void> check_no_clash(const std::vector<Ref>& standing,
                            const std::vector<RefUpdate>& updates) {
  std::set<std::string, std::less<>> names;
  for (const auto& ref : standing) names.insert(ref.name);
  for (const auto& update : updates)
    if (update.new_target.empty()) names.erase(update.name);
  const auto clash = [](const std::string& wanted, std::string_view other) {
    return fail(Kind::conflict, "The reference " + wanted + " cannot be beside " +
                                    std::string(other) +
                                    ": one's name would be the other's folder.");
  };
  for (const auto& update : updates) {
    const std::string& name = update.name;
    if (update.new_target.empty() || !update.old_target.empty()) continue;
    for (auto slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1))
      if (const auto it = names.find(std::string_view(name).substr(0, slash)); it != names.end())
        return clash(name, *it);
    const std::string below = name + "/";
    if (const auto it = names.lower_bound(below); it != names.end() && it->starts_with(below))
      return clash(name, *it);
    names.insert(name);
  }
  return {};
}

// Changes that cannot alter any fact: only contents of files that nobody derives facts from.
bool facts_may_change(std::string_view type, const std::vector<gitio::Change>& changes) {
  std::vector<cards::SourceFile> touched;
  for (const auto& change : changes) {
    if (change.kind != gitio::Change::Kind::modified) return true;
    touched.push_back({change.path, 0});
  }
  return !cards::wants(type, touched).empty();
}

}  // namespace

Result<cards::Facts> Git::facts_of(const repos::Visible& visible, const gitio::Oid& old_head,
                                   const gitio::Oid& new_head) {
  const auto& repo = visible.repo();
  const auto type = repos::type_name(repo.id.type);
  auto opened = repository(visible);
  auto& reader = opened->reader();
  if (!old_head.empty() && old_head == repo.head &&
      !facts_may_change(type, reader.changes(old_head, new_head)))
    return repo.facts;
  if (reader.count_entries(new_head, kMostEntries) > kMostEntries)
    return fail(Kind::unprocessable, "A version has at most " + std::to_string(kMostEntries) +
                                         " files and folders; this one would have more.");
  auto listed =
      reader.list(new_head, "", gitio::Reader::Depth::recursive, gitio::Reader::Sizes::left_out);
  if (!listed) return cards::Facts{};
  std::erase_if(*listed, [](const gitio::TreeEntry& e) {
    return e.kind != gitio::EntryKind::file && e.kind != gitio::EntryKind::executable;
  });
  std::vector<cards::SourceFile> files;
  for (const auto& entry : *listed) files.push_back({entry.path, entry.size_bytes});
  const auto wanted = cards::wants(type, files);
  std::map<std::string, std::string> contents;
  for (const auto& want : wanted) {
    const auto it = std::ranges::find(*listed, want.path, &gitio::TreeEntry::path);
    if (it == listed->end()) continue;
    if (const auto pointer = pointer_of(reader, it->oid, reader.blob_size(it->oid))) {
      const auto content = impl_->contents.find(repo.key, pointer->sha256);
      if (!content) continue;
      if (auto bytes = impl_->contents.read_prefix(*content, want.max_bytes))
        contents[want.path] = std::move(*bytes);
    } else if (auto bytes = reader.read_blob(it->oid, 64u << 20)) {
      if (bytes->size() > want.max_bytes) bytes->resize(want.max_bytes);
      contents[want.path] = std::move(*bytes);
    }
  }
  return cards::derive_facts(type, repo.id.full(), files, contents);
}

void Git::keep_reached(const repos::Visible& visible, const gitio::Oid& commit,
                       Publication& publication) {
  auto opened = repository(visible);
  auto& reader = opened->reader();
  const auto key = visible.repo().key;
  // Most often the same ref reaches what comes next.
  for (const auto& witness : publication.witnesses)
    if (witness.commit == commit || reader.is_ancestor(commit, witness.commit)) return;
  const auto [tip, some] = impl_->database.read([&](db::Tx& tx) {
    auto found = store::find_ref(tx, key, "refs/heads/main");
    auto first = store::first_refs(tx, key, kMostWitnessesAsked);
    if (found) first.insert(first.begin(), *found);
    return std::pair{store::ref_at(tx, key, commit), std::move(first)};
  });
  if (tip) return publication.witnesses.push_back(*tip);
  std::set<gitio::Oid> asked;
  for (const auto& ref : some)
    if (asked.insert(ref.commit).second && reader.is_ancestor(commit, ref.commit))
      return publication.witnesses.push_back(ref);
  // Left behind by a branch that was removed or moved back, or reached by one of very many.
  reader.each_reachable_blob({commit}, [&](const gitio::Oid& blob, std::string_view path,
                                           std::uint64_t size_bytes, const gitio::Commit&) {
    if (const auto pointer = pointer_of(reader, blob, size_bytes))
      publication.large_files.push_back(
          {blob, std::string(path), pointer->sha256, pointer->size_bytes});
    return true;
  });
}

Result<void> Git::publish(const repos::Writable& target, Publication publication) {
  return record(target, publication);
}

Result<void> Git::record(const repos::Proposing& target, Publication& publication) {
  const auto& repo = target.repo();
  auto opened = repository(target);

  std::uint64_t new_bytes = 0;
  if (publication.pack) {
    const blob::Key key{blob::Class::pack, publication.pack_sha256};
    new_bytes = publication.pack_size_bytes;
    impl_->contents.store().put(std::move(publication.pack), key);
    opened->add_pack(impl_->contents.store().open(key), impl_->contents.store().local_path(key),
                     publication.index);
  }

  // A pack whose publication failed must not be found in the cache: the next one could build on
  // objects that no row keeps.
  const auto drop_unrecorded = [&] {
    if (publication.pack_sha256.empty()) return;
    const auto rows = impl_->database.read([&](db::Tx& tx) { return store::packs(tx, repo.key); });
    if (std::ranges::find(rows, publication.pack_sha256, &store::PackRow::sha256) == rows.end())
      opened->drop_pack(publication.pack_sha256);
  };

  auto& reader = opened->reader();
  std::vector<gitio::Commit> commits;  // of each update, in order
  const RefUpdate* main_update = nullptr;
  gitio::Oid head;
  for (const auto& update : publication.updates) {
    if (update.name == "refs/heads/main") main_update = &update;
    if (update.new_target.empty()) {
      commits.emplace_back();
      continue;
    }
    auto commit = reader.find_commit(update.new_target);
    if (!commit) {
      drop_unrecorded();
      return fail(Kind::invalid, update.name + " does not point at a commit: " + update.new_target);
    }
    if (main_update == &update) head = commit->oid;
    commits.push_back(std::move(*commit));
  }
  cards::Facts facts = repo.facts;
  if (main_update && !main_update->new_target.empty())
    facts = TRY(facts_of(target, main_update->old_target, head));
  if (main_update && main_update->new_target.empty()) facts = {};

  std::vector<std::string> sha256s;
  for (const auto& file : publication.large_files) sha256s.push_back(file.sha256);
  std::ranges::sort(sha256s);
  sha256s.erase(std::unique(sha256s.begin(), sha256s.end()), sha256s.end());

  const auto at = now();
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    if (publication.proposal) {
      publication.proposal_number = TRY(impl_->proposals.opened(tx, target, *publication.proposal));
      publication.updates.front().name = proposal_ref(publication.proposal_number);
    }
    const bool creates = std::ranges::any_of(publication.updates, [](const RefUpdate& update) {
      return update.old_target.empty() && update.name != "refs/heads/main";
    });
    if (creates) TRY_VOID(check_no_clash(store::refs(tx, repo.key), publication.updates));
    for (std::size_t i = 0; i < publication.updates.size(); ++i) {
      const auto& update = publication.updates[i];
      const Ref ref{update.name, update.new_target, commits[i].oid};
      const bool swapped = update.new_target.empty()
                               ? store::remove_ref(tx, repo.key, update.name, update.old_target)
                           : update.old_target.empty()
                               ? store::insert_ref(tx, repo.key, ref)
                               : store::update_ref(tx, repo.key, ref, update.old_target);
      if (!swapped)
        return fail(
            Kind::conflict,
            update.name + " was changed by somebody else in the meantime: fetch it and try again.",
            "RefMoved");
      store::add_activity(tx, repo.key, target.actor().user_key, publication.action, update, at);
      const auto number = proposal_number(update.name);
      const bool adds_commits = !publication.proposal || !publication.pack_sha256.empty();
      if (number && adds_commits && !update.new_target.empty() && impl_->proposals.committed)
        impl_->proposals.committed(tx, target, *number, commits[i]);
    }
    for (const auto& witness : publication.witnesses) {
      const auto found = store::find_ref(tx, repo.key, witness.name);
      const bool own = std::ranges::find(publication.updates, witness.name, &RefUpdate::name) !=
                       publication.updates.end();
      if (!own && (!found || found->commit != witness.commit))
        return fail(Kind::conflict,
                    witness.name + " was changed by somebody else in the meantime: try again.",
                    "RefMoved");
    }
    if (!sha256s.empty()) {
      const auto missing = impl_->contents.missing(tx, repo.key, sha256s);
      if (!missing.empty()) return fail(missing_large_file(publication, missing.front()));
    }
    if (!publication.pack_sha256.empty())
      store::add_pack(tx, repo.key, publication.pack_sha256, publication.pack_size_bytes, at);
    std::uint64_t grown = new_bytes;
    const std::string& ref =
        publication.updates.empty() ? std::string() : publication.updates.front().name;
    for (const auto& file : publication.large_files)
      if (store::add_large_file(tx, repo.key, file, ref, at)) grown += file.size_bytes;
    const auto current = impl_->repos.used_storage(tx, repo.key) + static_cast<std::int64_t>(grown);
    if (main_update)
      impl_->repos.record_tip(tx, repo.key, head, facts, current);
    else
      impl_->repos.record_change(tx, repo.key, current);
    if (publication.inside) TRY_VOID(publication.inside(tx));
    auth::Auth::record_audit(tx, target.actor(),
                             {"repo." + publication.action, repo.id.full(), "{}"});
    store::add_outbox(tx, "repo.content", wire::outbox_event(repo, publication.updates), at);
    return {};
  });
  if (done) impl_->repos.forget_cached(repo.key);
  if (done && !publication.pack_sha256.empty()) {
    std::lock_guard lock(impl_->written_mutex);
    impl_->written.insert(repo.key);
  }
  return done;
}

Error missing_large_file(const Publication& publication, std::string_view sha256) {
  const auto it =
      std::ranges::find(publication.large_files, sha256, &Publication::LargeFile::sha256);
  const std::string path = it == publication.large_files.end() ? std::string() : it->path;
  return {
      Kind::unprocessable,
      {},
      "The large file " + path + " (sha256 " + std::string(sha256) +
          ") was not uploaded to this repository: upload it by LFS or Xet before committing it.",
      {},
      {}};
}

}  // namespace holt::git
