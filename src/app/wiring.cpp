// Builds every object of a hub and ties the upward calls.
#include "app/wiring.h"

#include "app/migrations.h"
#include "base/log.h"

namespace holt::app {
namespace {

constexpr std::size_t kCommandConnections = 4;

// repos tells other rooms what happens to repositories without knowing them.
void tie_events(Hub& hub) {
  auto& events = hub.repos->events();
  events.created = [&git = *hub.git](const repos::Writable& repo,
                                     const repos::NewRepo& wanted) -> Result<void> {
    if (wanted.id.type == repos::Type::bucket) return {};  // has no history
    return git.create_first_commit(repo, wanted);
  };
  events.publishing = [&git = *hub.git](const repos::Visible& repo, const auth::Actor& actor) {
    return git.check_tokens(repo, actor);
  };
  events.removed = [&hub](db::Tx& tx, std::int64_t key) {
    hub.git->remove_history(tx, key);
    hub.contents->unlink_all(tx, key);
    hub.community->forget_repo(tx, key);
    hub.lfs->forget_repo(tx, key);
    hub.buckets->forget_repo(tx, key);
  };
  events.siblings = [&git = *hub.git](const repos::Visible& repo) -> std::vector<repos::Sibling> {
    const auto tip = git.resolve(repo, "main");
    return tip ? git.siblings(repo, *tip, git::Git::Details::names) : std::vector<repos::Sibling>();
  };
  events.duplicated = [&hub](const repos::Readable& from, const repos::Writable& to) {
    return hub.git->duplicate(from, to);
  };
}

auth::OpennessGiven openness_given(const Settings& settings) {
  auth::OpennessGiven given;
  if (settings.given.contains("hub-private")) given.hub_private = settings.hub_private;
  if (settings.given.contains("open-to-join")) given.open_to_join = settings.open_to_join;
  return given;
}

// What a git-lfs client that speaks Xet gets in place of an upload address.
lfs::XetIssuer xet_issuer(const xet::Xet& xet) {
  return
      [&xet](const repos::Proposing& repo, const http::Request& request) -> Result<lfs::XetGrant> {
        auto grant = xet.issue_propose(repo, "main", request);
        return lfs::XetGrant{std::move(grant.route), std::move(grant.cas_url),
                             std::move(grant.token), grant.expires_unix_s};
      };
}

// Links and Xet tokens signed with another secret would all be refused, and nobody would know why.
// Commands sign nothing: they go on, and the checks among them tell.
Result<void> check_secret(Hub& hub, Purpose purpose) {
  const auto state =
      hub.folder.secret_is_new() ? auth::Auth::Secret::renewed : auth::Auth::Secret::kept;
  const auto checked = hub.auth->check_secret(hub.folder.secret(), state);
  if (checked) return {};
  const auto sentence =
      (hub.folder.path() / "secret.key").string() + ": " + checked.error().message +
      ". Restore it from a backup (`holt repair --from BACKUP` does), or remove it to have a new "
      "one "
      "made: download and upload links and Xet tokens of the last hours then stop working.";
  if (purpose == Purpose::serve) return fail(Kind::invalid, sentence);
  log::warning(sentence);
  return {};
}

git::Git::Guard level_of(std::string_view setting) {
  if (setting == "off") return git::Git::Guard::off;
  return setting == "all" ? git::Git::Guard::everywhere : git::Git::Guard::public_ones;
}

}  // namespace

void Hub::forget_cached() {
  auth->forget_cached();
  repos->forget_cached();
}

Result<std::unique_ptr<Hub>> open_hub(const Settings& settings, Purpose purpose) {
  DataFolder folder = TRY(DataFolder::open(settings.data));
  if (purpose == Purpose::serve) TRY_VOID(folder.lock());
  auto hub = std::make_unique<Hub>(settings, std::move(folder));

  const std::string catalog =
      settings.catalog.empty() ? hub->folder.catalog_file().string() : settings.catalog;
  const std::size_t connections = purpose == Purpose::serve
                                      ? static_cast<std::size_t>(settings.catalog_connections)
                                      : kCommandConnections;
  hub->database = db::Database::open(catalog, connections, hub->durability);
  TRY_VOID(hub->database->migrate(embedded_migrations()));
  hub->blobs = blob::open_disk_store(hub->folder.path(), hub->durability);
  // Not to be served by a process that could not even begin.
  hub->durability->check();

  hub->auth = std::make_unique<auth::Auth>(*hub->database, openness_given(settings));
  hub->auth->limit_sessions(std::chrono::hours(24 * settings.session_days),
                            std::chrono::hours(settings.session_idle_hours));
  TRY_VOID(check_secret(*hub, purpose));
  hub->first_setup = std::make_unique<FirstSetup>(*hub->auth);
  hub->repos = std::make_unique<repos::Repos>(*hub->database, *hub->auth);
  hub->contents = std::make_unique<content::Contents>(*hub->database, *hub->blobs, *hub->repos);
  hub->bare_repositories = std::make_unique<gitio::RepositoryCache>(
      hub->folder.cache() / "repositories", static_cast<std::size_t>(settings.open_repositories));
  hub->git = std::make_unique<git::Git>(*hub->database, *hub->repos, *hub->contents,
                                        *hub->bare_repositories);
  hub->git->keep_in_git_up_to(settings.lfs_inline_limit_bytes);
  hub->git->guard_tokens(*hub->auth, level_of(settings.token_protection));
  hub->community = std::make_unique<community::Community>(*hub->database, *hub->repos, *hub->git);
  hub->git->proposals() = hub->community->proposals();
  hub->xet =
      std::make_unique<xet::Xet>(*hub->repos, *hub->auth, *hub->contents, hub->folder.secret());
  hub->xet->check_revisions(
      [&git = *hub->git](const repos::Visible& repo, std::string_view revision) -> Result<void> {
        TRY(git.resolve(repo, revision));
        return {};
      });
  hub->lfs =
      std::make_unique<lfs::Lfs>(*hub->database, *hub->repos, *hub->contents, hub->folder.secret());
  hub->lfs->offer_xet(xet_issuer(*hub->xet));
  hub->buckets = std::make_unique<buckets::Buckets>(*hub->database, *hub->repos, *hub->contents);
  hub->pages = std::make_unique<pages::Pages>(*hub->repos, *hub->git);
  hub->community->render_by(
      [&pages = *hub->pages](const repos::Repo& repo, std::string_view markdown) {
        return pages.render_comment(repo, markdown);
      });
  hub->upkeep =
      std::make_unique<upkeep::Upkeep>(*hub->database, *hub->repos, *hub->contents, *hub->git,
                                       *hub->bare_repositories, hub->folder.path());
  tie_events(*hub);
  return hub;
}

}  // namespace holt::app
