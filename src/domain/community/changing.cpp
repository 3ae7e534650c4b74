// What happens in a discussion once it is there: comments, title, status, pinning, merging.
#include "base/text.h"
#include "domain/community/events.h"
#include "domain/community/store.h"
#include "domain/community/wire.h"

namespace holt::community {
namespace {

Result<Discussion> found_in(db::Tx& tx, const repos::Repo& repo, std::int64_t num) {
  auto discussion = store::find(tx, repo.key, num);
  if (!discussion) return fail(discussion_not_found(repo, num));
  return std::move(*discussion);
}

std::string name_of(const Discussion& discussion) {
  return (discussion.pull_request ? "Pull request " : "Discussion ") +
         std::to_string(discussion.num);
}

// By its author or by who may write to the repository.
Result<void> check_may_change(const Discussion& discussion, const repos::Proposing& repo,
                              bool writer) {
  if (writer || discussion.author_key == repo.actor().user_key) return {};
  return fail(Kind::forbidden, name_of(discussion) +
                                   " is changed by its author and by those who may write to " +
                                   repo.repo().id.full() + ".");
}

Event add_comment(db::Tx& tx, const Discussion& discussion, const auth::Actor& actor,
                  std::string_view text) {
  const auto at = now();
  auto event = new_event(actor, "comment", wire::comment_data(text, actor.name, at), at);
  store::add_event(tx, discussion.key, event);
  return event;
}

}  // namespace

Result<Event> Community::comment(const repos::Proposing& repo, std::int64_t num,
                                 std::string_view text) {
  return database_.write([&](db::Tx& tx) -> Result<Event> {
    const auto discussion = TRY(found_in(tx, repo.repo(), num));
    if (repo.repo().discussions_disabled)
      return fail(Kind::forbidden, "Discussions are turned off for " + repo.repo().id.full() + ".");
    return add_comment(tx, discussion, repo.actor(), text);
  });
}

Result<Event> Community::rename(const repos::Proposing& repo, std::int64_t num,
                                std::string_view title) {
  const bool writer = writes(repo);
  return database_.write([&](db::Tx& tx) -> Result<Event> {
    auto discussion = TRY(found_in(tx, repo.repo(), num));
    TRY_VOID(check_may_change(discussion, repo, writer));
    auto event = new_event(repo.actor(), "title-change",
                           wire::title_data(discussion.title, trim(title)), now());
    discussion.title = trim(title);
    store::update(tx, discussion);
    store::add_event(tx, discussion.key, event);
    return event;
  });
}

Result<Event> Community::set_status(const repos::Proposing& repo, std::int64_t num, Status status,
                                    std::string_view comment) {
  const bool writer = writes(repo);
  return database_.write([&](db::Tx& tx) -> Result<Event> {
    auto discussion = TRY(found_in(tx, repo.repo(), num));
    TRY_VOID(check_may_change(discussion, repo, writer));
    if (discussion.status == Status::merged || status == Status::merged || status == Status::draft)
      return fail(Kind::conflict, name_of(discussion) + " is " +
                                      std::string(status_name(discussion.status)) +
                                      ": only what is not merged is opened or closed.");
    if (!trim(comment).empty()) add_comment(tx, discussion, repo.actor(), comment);
    auto event = new_event(repo.actor(), "status-change", wire::status_data(status), now());
    discussion.status = status;
    store::update(tx, discussion);
    store::add_event(tx, discussion.key, event);
    return event;
  });
}

Result<Event> Community::change_comment(const repos::Proposing& repo, std::int64_t num,
                                        std::string_view comment_id,
                                        std::optional<std::string_view> text) {
  const bool writer = writes(repo);
  return database_.write([&](db::Tx& tx) -> Result<Event> {
    const auto discussion = TRY(found_in(tx, repo.repo(), num));
    auto event = store::find_event(tx, discussion.key, lower(comment_id));
    if (!event || event->kind != "comment")
      return fail(Kind::not_found, name_of(discussion) + " has no comment " +
                                       std::string(clip(comment_id, 40)) + ".");
    // Nobody puts words into another's mouth.
    const bool own = event->author_key == repo.actor().user_key;
    if (!own && (text || !writer))
      return fail(Kind::forbidden, "A comment is edited by its author; those who may write to " +
                                       repo.repo().id.full() + " can hide it.");
    if (wire::is_hidden(event->data))
      return fail(Kind::conflict, "This comment is hidden, which cannot be undone.");
    event->data = wire::changed_comment_data(event->data, text, repo.actor().name, now());
    store::set_event_data(tx, event->key, event->data);
    return std::move(*event);
  });
}

Result<Event> Community::edit_comment(const repos::Proposing& repo, std::int64_t num,
                                      std::string_view comment_id, std::string_view text) {
  return change_comment(repo, num, comment_id, text);
}

Result<Event> Community::hide_comment(const repos::Proposing& repo, std::int64_t num,
                                      std::string_view comment_id) {
  return change_comment(repo, num, comment_id, std::nullopt);
}

Result<void> Community::pin(const repos::Writable& repo, std::int64_t num, bool pinned) {
  return database_.write([&](db::Tx& tx) -> Result<void> {
    auto discussion = TRY(found_in(tx, repo.repo(), num));
    if (discussion.pinned == pinned) return {};
    discussion.pinned = pinned;
    store::update(tx, discussion);
    store::add_event(tx, discussion.key,
                     new_event(repo.actor(), "pinning-change", wire::pinned_data(pinned), now()));
    return {};
  });
}

Result<void> Community::merge(const repos::Writable& repo, std::int64_t num,
                              std::string_view comment) {
  const auto wanted = TRY(find(repo, num));
  if (!wanted.pull_request)
    return fail(Kind::invalid, name_of(wanted) + " is no pull request: there is nothing to merge.");
  git::Merge merge;
  merge.base_ref = wanted.target_branch;
  merge.head_ref = git::proposal_ref(num);
  merge.message =
      wanted.title + "\n\nMerge pull request " + std::to_string(num) + " of " + wanted.author + ".";
  merge.inside = [&](db::Tx& tx, const gitio::Oid& onto, const gitio::Oid& merged) -> Result<void> {
    auto discussion = TRY(found_in(tx, repo.repo(), num));
    if (discussion.status == Status::merged || discussion.status == Status::closed)
      return fail(Kind::conflict, name_of(discussion) + " is " +
                                      std::string(status_name(discussion.status)) +
                                      ": only an open pull request is merged.");
    if (!trim(comment).empty()) add_comment(tx, discussion, repo.actor(), comment);
    discussion.status = Status::merged;
    discussion.merged_onto = onto;
    discussion.merge_commit = merged;
    store::update(tx, discussion);
    store::add_event(
        tx, discussion.key,
        new_event(repo.actor(), "status-change", wire::status_data(Status::merged), now()));
    return {};
  };
  return git_.merge(repo, merge);
}

}  // namespace holt::community
