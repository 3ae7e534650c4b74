// Reading discussions, opening them, and what git asks about pull requests.
#include "domain/community/community.h"

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "domain/community/events.h"
#include "domain/community/store.h"
#include "domain/community/wire.h"

namespace holt::community {
namespace {

constexpr std::size_t kLongestTitle = 200;

// Titles and comments that come with a commit may hold what the catalog does not keep.
std::string kept(std::string_view text) {
  std::string out(text);
  std::erase(out, '\0');
  return is_utf8(out) ? out : std::string();
}

Error turned_off(const repos::Repo& repo) {
  return {Kind::forbidden, {}, "Discussions are turned off for " + repo.id.full() + ".", {}, {}};
}

}  // namespace

std::string_view status_name(Status status) {
  switch (status) {
    case Status::draft:
      return "draft";
    case Status::open:
      return "open";
    case Status::closed:
      return "closed";
    case Status::merged:
      return "merged";
  }
  return "open";
}

Event new_event(const auth::Actor& actor, std::string_view kind, std::string data, Timestamp at) {
  return {0, new_object_id(), std::string(kind), actor.user_key, actor.name, std::move(data), at};
}

Error discussion_not_found(const repos::Repo& repo, std::int64_t num) {
  return {Kind::not_found,
          {},
          "Discussion " + std::to_string(num) + " of " + repo.id.full() + " was not found.",
          {},
          {}};
}

Community::Community(db::Database& database, repos::Repos& repos, git::Git& git)
    : database_(database), repos_(repos), git_(git) {}

bool Community::writes(const repos::Proposing& repo) const {
  return repos_.open_writable(repo.actor_ptr(), repo.repo().key).has_value();
}

git::Proposals Community::proposals() {
  git::Proposals out;
  out.opened = [this](db::Tx& tx, const repos::Proposing& repo,
                      const git::NewProposal& wanted) -> Result<std::int64_t> {
    Discussion discussion;
    discussion.title = clip(trim(kept(wanted.title)), kLongestTitle);
    discussion.status = wanted.draft ? Status::draft : Status::open;
    discussion.pull_request = true;
    discussion.target_branch = wanted.base_ref;
    return insert(tx, repo, std::move(discussion), kept(wanted.description));
  };
  out.committed = [](db::Tx& tx, const repos::Visible& repo, std::int64_t number,
                     const gitio::Commit& tip) {
    if (const auto discussion = store::find(tx, repo.repo().key, number))
      store::add_event(
          tx, discussion->key,
          new_event(repo.actor(), "commit", wire::commit_data(kept(tip.title()), tip.oid), now()));
  };
  out.may_commit = [this](const repos::Proposing& repo, std::int64_t number) -> Result<void> {
    const auto discussion = find(repo, number);
    if (!discussion || !discussion->pull_request)
      return fail(repos::revision_not_found(git::proposal_ref(number)));
    if (discussion->status == Status::merged)
      return fail(Kind::conflict, "Pull request " + std::to_string(number) +
                                      " is merged: open another one for further changes.");
    if (discussion->author_key != repo.actor().user_key && !writes(repo))
      return fail(Kind::forbidden, "Only its author and those who may write to " +
                                       repo.repo().id.full() + " add commits to pull request " +
                                       std::to_string(number) + ".");
    return {};
  };
  return out;
}

void Community::forget_repo(db::Tx& tx, std::int64_t repo_key) { store::remove_all(tx, repo_key); }

ListPage Community::list(const repos::Visible& repo, const ListQuery& query) const {
  const auto key = repo.repo().key;
  return database_.read([&](db::Tx& tx) {
    return ListPage{store::list(tx, key, query), store::count(tx, key, query)};
  });
}

Result<Discussion> Community::find(const repos::Visible& repo, std::int64_t num) const {
  auto found = database_.read([&](db::Tx& tx) { return store::find(tx, repo.repo().key, num); });
  if (!found) return fail(discussion_not_found(repo.repo(), num));
  return std::move(*found);
}

std::vector<Event> Community::events(const Discussion& discussion) const {
  return database_.read([&](db::Tx& tx) { return store::events(tx, discussion.key); });
}

std::optional<git::Comparison> Community::changes(const repos::Readable& repo,
                                                  const Discussion& discussion,
                                                  std::uint64_t max_diff_bytes) const {
  if (!discussion.pull_request) return std::nullopt;
  const bool merged = discussion.status == Status::merged;
  const auto base = git_.resolve(repo, merged ? discussion.merged_onto : discussion.target_branch);
  const auto head = git_.resolve(repo, git::proposal_ref(discussion.num));
  if (!base || !head) return std::nullopt;
  auto out = git_.compare(repo, base->commit, head->commit, max_diff_bytes);
  if (merged) out.conflicts.clear();
  return out;
}

Result<std::int64_t> Community::insert(db::Tx& tx, const repos::Proposing& repo,
                                       Discussion discussion, std::string_view description) {
  if (repo.repo().discussions_disabled) return fail(turned_off(repo.repo()));
  const auto& actor = repo.actor();
  discussion.object_id = new_object_id();
  discussion.repo_key = repo.repo().key;
  discussion.num = store::next_number(tx, discussion.repo_key);
  discussion.author_key = actor.user_key;
  discussion.author = actor.name;
  discussion.created_at = now();
  const auto key = store::insert(tx, discussion);
  store::add_event(tx, key,
                   new_event(actor, "comment",
                             wire::comment_data(description, actor.name, discussion.created_at),
                             discussion.created_at));
  return discussion.num;
}

Result<std::int64_t> Community::create(const repos::Proposing& repo, const NewDiscussion& wanted) {
  if (wanted.pull_request) {
    git::NewProposal proposal;
    proposal.title = wanted.title;
    proposal.description = wanted.description;
    proposal.draft = true;
    return git_.propose(repo, proposal);
  }
  return database_.write([&](db::Tx& tx) {
    Discussion discussion;
    discussion.title = wanted.title;
    return insert(tx, repo, std::move(discussion), wanted.description);
  });
}

}  // namespace holt::community
