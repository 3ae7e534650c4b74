// What the audit trail may say. One table: what is recorded, docs/guides/audit.md and its tests
// follow it.
#include <algorithm>
#include <array>

#include "domain/auth/auth.h"

namespace holt::auth {
namespace {

// Names are persisted and read by people's scripts: never change one.
constexpr auto kActions = std::to_array<AuditAction>({
    {"session.create", "Somebody signed in with a password in a browser; with the address."},
    {"session.end", "A web session was ended: signed out, or taken from the list of sessions."},
    {"session.end_all", "Every web session of a user was ended at once."},
    {"login.failed",
     "A wrong password, or a name that is nobody's (then the name is left out, because people type "
     "passwords into the wrong field); with the address."},
    {"login.throttled",
     "Sign-ins were refused for a while after many wrong passwords. One row per name and address "
     "in five minutes, however many tries it were."},
    {"access.refused",
     "An account tried to change what it may not change. One row per account and kind of change in "
     "an hour."},
    {"user.create", "A user was made: by an administrator, or by joining."},
    {"user.profile", "A user changed their name or address."},
    {"user.password",
     "A password was set; every web session of the user ended, and the tokens too where the detail "
     "says so."},
    {"user.suspend", "A user was shut out."},
    {"user.restore", "A suspension was ended."},
    {"org.create", "An organisation was made; with its first admin."},
    {"org.member.set", "Somebody became a member of an organisation, or got another role there."},
    {"org.member.remove", "Somebody was taken out of an organisation."},
    {"token.create", "An access token was made; with its name and kind."},
    {"token.revoke", "An access token was revoked by its owner or the command line."},
    {"token.refused",
     "A token was used that had expired or was revoked, or whose owner is suspended. One row per "
     "token in an hour."},
    {"token.leaked", "A live token was found in a text and revoked; with the place."},
    {"token.blocked", "A commit or a push was refused because a file in it holds a live token."},
    {"repo.create", "A repository or a bucket was made."},
    {"repo.delete", "A repository or a bucket was deleted."},
    {"repo.move", "A repository was renamed or given to another owner."},
    {"repo.visibility", "A repository was made public or private."},
    {"repo.gate", "A repository's gate was opened or closed."},
    {"repo.settings", "Other settings of a repository were changed."},
    {"repo.commit", "A commit was made by the API or in a browser."},
    {"repo.push", "A git push changed branches or tags."},
    {"repo.branch.create", "A branch was made."},
    {"repo.branch.delete", "A branch was deleted."},
    {"repo.tag.create", "A tag was made."},
    {"repo.tag.delete", "A tag was deleted."},
    {"repo.squash", "A branch's history was replaced by one commit."},
    {"repo.history.rewrite", "Large files were taken out of every commit."},
    {"repo.proposal.open",
     "A pull request was opened that has no commit yet; one with a commit is a `repo.commit`."},
    {"repo.merge", "A pull request was merged."},
    {"object.damage", "A check found a stored object damaged or missing."},
    {"object.read",
     "An administrator's token read a stored object, for the repair of another Holt."},
    {"object.repair", "A damaged object was restored from a backup or another Holt."},
    {"upkeep.look", "Somebody asked what a collection would remove."},
    {"upkeep.collect", "What nothing refers to was collected: by the clock, a page or a command."},
    {"upkeep.undo", "What had been collected was brought back."},
    {"upkeep.check", "All data was checked at somebody's request."},
    {"upkeep.scrub", "Stored bytes were checked by `holt scrub`."},
    {"upkeep.repair", "`holt repair` was run; with where it took objects from."},
    {"upkeep.backup", "A backup was made; with its folder."},
    {"secret.renew",
     "secret.key was missing and a new one was made: links given out before ended."},
    {"hub.openness",
     "An administrator chose who may read without an account, or whether people may join."},
    {"server.start",
     "The server started; with its version and the settings that differ from their defaults."},
    {"server.settings", "It started with other settings than the last time; with their names."},
});

}  // namespace

std::span<const AuditAction> audit_actions() { return kActions; }

bool is_audit_action(std::string_view name) {
  return std::ranges::find(kActions, name, &AuditAction::name) != kActions.end();
}

}  // namespace holt::auth
