// Rules of repositories: who may see, read, write and administer; names; settings.
#include "domain/repos/repos.h"

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "domain/repos/state.h"
#include "domain/repos/store.h"
#include "domain/repos/wire.h"

namespace holt::repos {

namespace {

std::string_view word(auth::Visibility visibility) {
  return visibility == auth::Visibility::private_ ? "private" : "public";
}
std::string_view word(Gate gate) {
  return gate == Gate::automatic ? "auto" : gate == Gate::manual ? "manual" : "none";
}

bool owns(const auth::Actor& actor, const Repo& repo) {
  return actor.user_key != 0 && actor.user_key == repo.owner_key;
}

std::optional<auth::Role> org_role(const auth::Actor& actor, std::int64_t org_key) {
  for (const auto& membership : actor.orgs)
    if (membership.org_key == org_key) return membership.role;
  return std::nullopt;
}

// A fine-grained token holds only what it was given, whatever its owner may do.
bool scope_allows(const auth::Actor& actor, const RepoId& id,
                  std::initializer_list<std::string_view> any_of) {
  if (!actor.fine_grained()) return true;
  const auto holds = [&](const std::vector<std::string>& permissions) {
    return std::ranges::any_of(permissions, [&](const std::string& p) {
      return std::ranges::find(any_of, std::string_view(p)) != any_of.end();
    });
  };
  for (const auto& scope : actor.scopes) {
    const bool covers = (scope.entity_type == type_name(id.type) &&
                         equal_ignoring_case(scope.entity_name, id.full())) ||
                        ((scope.entity_type == "user" || scope.entity_type == "org") &&
                         equal_ignoring_case(scope.entity_name, id.owner));
    if (covers && holds(scope.permissions)) return true;
  }
  return false;
}

bool token_may_write(const auth::Actor& actor) {
  return actor.via != auth::Via::token || actor.token_role != auth::TokenRole::read;
}

// Rights of a namespace's members, before what the token narrows.
bool member_may_write(const auth::Actor& actor, const Repo& repo) {
  if (actor.via == auth::Via::system || actor.site_admin || owns(actor, repo)) return true;
  const auto role = org_role(actor, repo.owner_key);
  if (!role) return false;
  if (*role == auth::Role::contributor) return repo.created_by == actor.user_key;
  return *role == auth::Role::write || *role == auth::Role::admin;
}

bool may_write(const auth::Actor& actor, const Repo& repo) {
  return !actor.anonymous() && token_may_write(actor) && member_may_write(actor, repo) &&
         scope_allows(actor, repo.id, {"repo.write"});
}

bool passes_gate(const auth::Actor& actor, const Repo& repo) {
  if (repo.gate == Gate::none) return true;
  // A fine-grained token passes the gates of what it names, not all those of its owner.
  if (!scope_allows(actor, repo.id, {"repo.content.read", "repo.write"})) return false;
  return member_may_write(actor, repo) || org_role(actor, repo.owner_key).has_value();
}

Error write_refused(const auth::Actor& actor, const Repo& repo) {
  if (actor.anonymous())
    return {Kind::unauthorized,
            {},
            "Writing to " + repo.id.full() + " needs a token with write access.",
            {},
            {}};
  if (!token_may_write(actor))
    return {Kind::forbidden,
            {},
            "The token \"" + actor.token_name +
                "\" has the role read: use a token with the role write to change " +
                repo.id.full() + ".",
            {},
            {}};
  return {Kind::forbidden,
          {},
          "Forbidden: you don't have the rights to change " + std::string(type_name(repo.id.type)) +
              " " + repo.id.full() + ". Ask its owner for write access.",
          {},
          {}};
}

}  // namespace

bool may_see(const auth::Actor& actor, const Repo& repo, bool hub_private) {
  if (actor.via == auth::Via::system) return true;
  if (repo.visibility == auth::Visibility::public_ && !(hub_private && actor.anonymous()))
    return true;
  if (actor.anonymous()) return false;
  if (!scope_allows(actor, repo.id, {"repo.content.read", "repo.write", "repo.access.read"}))
    return false;
  return actor.site_admin || owns(actor, repo) || org_role(actor, repo.owner_key).has_value();
}

Repos::Repos(db::Database& database, auth::Auth& auth)
    : impl_(std::make_unique<Impl>(database, auth)) {}
Repos::~Repos() = default;
Events& Repos::events() { return impl_->events; }

Result<Visible> Repos::open(const auth::ActorPtr& actor, const RepoId& id) const {
  auto repo = impl_->find(id);
  if (!repo || !may_see(*actor, *repo, impl_->auth.hub_private()))
    return fail(repo_not_found(id, *actor));
  return Visible(std::move(repo), actor);
}

namespace {
Result<void> check_readable(const auth::Actor& actor, const Repo& repo) {
  if (repo.disabled && actor.via != auth::Via::system)
    return fail(Kind::forbidden, "Access to this resource is disabled.");
  if (!passes_gate(actor, repo)) return fail(gated(repo.id, actor));
  if (repo.visibility == auth::Visibility::private_ &&
      !scope_allows(actor, repo.id, {"repo.content.read", "repo.write"}))
    return fail(Kind::forbidden, "The token \"" + actor.token_name +
                                     "\" does not cover reading files of " + repo.id.full() +
                                     ": give it the permission repo.content.read.");
  return {};
}
}  // namespace

Result<Readable> Repos::open_readable(const auth::ActorPtr& actor, const RepoId& id) const {
  auto visible = TRY(open(actor, id));
  TRY_VOID(check_readable(*actor, visible.repo()));
  return Readable(visible.repo_, actor);
}

Result<Writable> Repos::open_writable(const auth::ActorPtr& actor, const RepoId& id) const {
  auto visible = TRY(open(actor, id));
  if (!may_write(*actor, visible.repo())) return fail(write_refused(*actor, visible.repo()));
  return Writable(visible.repo_, actor);
}

Result<Administrable> Repos::open_administrable(const auth::ActorPtr& actor,
                                                const RepoId& id) const {
  auto visible = TRY(open(actor, id));
  if (!may_write(*actor, visible.repo())) return fail(write_refused(*actor, visible.repo()));
  return Administrable(visible.repo_, actor);
}

namespace {
Result<void> check_proposing(const auth::Actor& actor, const Repo& repo) {
  if (may_write(actor, repo)) return {};
  if (actor.anonymous() || !token_may_write(actor)) return fail(write_refused(actor, repo));
  constexpr std::string_view kPermission = "discussion.write";
  if (actor.fine_grained() &&
      std::ranges::find(actor.global_permissions, kPermission) == actor.global_permissions.end() &&
      !scope_allows(actor, repo.id, {"repo.write", kPermission}))
    return fail(Kind::forbidden, "The token \"" + actor.token_name +
                                     "\" does not cover discussions and pull requests of " +
                                     repo.id.full() + ": give it the permission discussion.write.");
  return {};
}
}  // namespace

Result<Proposing> Repos::open_proposing(const auth::ActorPtr& actor, const RepoId& id) const {
  auto readable = TRY(open_readable(actor, id));
  TRY_VOID(check_proposing(*actor, readable.repo()));
  return Proposing(readable.repo_, actor);
}

Result<Proposing> Repos::open_proposing(const auth::ActorPtr& actor, std::int64_t key) const {
  auto readable = TRY(open_readable(actor, key));
  TRY_VOID(check_proposing(*actor, readable.repo()));
  return Proposing(readable.repo_, actor);
}

std::optional<Result<Readable>> Repos::open_readable_cached(const auth::ActorPtr& actor,
                                                            const RepoId& id) const {
  auto repo = impl_->by_name.find(Impl::cache_key(id.type, lower(id.full())));
  if (!repo) return std::nullopt;
  if (!may_see(*actor, **repo, impl_->auth.hub_private()))
    return Result<Readable>(fail(repo_not_found(id, *actor)));
  if (auto checked = check_readable(*actor, **repo); !checked)
    return Result<Readable>(fail(std::move(checked).error()));
  return Result<Readable>(Readable(std::move(*repo), actor));
}

std::shared_ptr<const Repo> Repos::find(std::int64_t key) const {
  auto row = impl_->database.read([&](db::Tx& tx) { return store::find_by_key(tx, key); });
  return row ? Impl::finish(std::move(*row)) : nullptr;
}

std::optional<Visible> Repos::refresh(const Visible& visible) const {
  auto repo = find(visible.repo().key);
  if (!repo) return std::nullopt;
  return Visible(std::move(repo), visible.actor_ptr());
}

Result<Readable> Repos::open_readable(const auth::ActorPtr& actor, std::int64_t key) const {
  auto repo = find(key);
  if (!repo || !may_see(*actor, *repo, impl_->auth.hub_private()))
    return fail(repo_not_found({}, *actor));
  TRY_VOID(check_readable(*actor, *repo));
  return Readable(std::move(repo), actor);
}

Result<Writable> Repos::open_writable(const auth::ActorPtr& actor, std::int64_t key) const {
  auto repo = find(key);
  if (!repo || !may_see(*actor, *repo, impl_->auth.hub_private()))
    return fail(repo_not_found({}, *actor));
  if (!may_write(*actor, *repo)) return fail(write_refused(*actor, *repo));
  return Writable(std::move(repo), actor);
}

Result<Writable> Repos::open_system(std::int64_t key) const {
  auto repo = find(key);
  if (!repo)
    return fail(Kind::not_found, "The repository does not exist any more.", "RepoNotFound");
  return Writable(std::move(repo), auth::system_actor());
}

// --- names -------------------------------------------------------------------------------------

namespace {

Result<void> check_name(const RepoId& id) {
  const auto refuse = [&](std::string_view why) {
    return fail(Kind::invalid, "Invalid repository name \"" + std::string(clip(id.full(), 200)) +
                                   "\": " + std::string(why));
  };
  // No namespace has such a name: a mistake in the request rather than a right that is missing.
  if (id.owner.empty() || id.owner == "." || id.owner == "..")
    return refuse("write it as namespace/name.");
  const std::string& name = id.name;
  if (name.empty() || name.size() > 96) return refuse("a name has 1 to 96 characters.");
  for (char c : name)
    if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.'))
      return refuse("use letters, digits, '-', '_' and '.'.");
  if (name.front() == '-' || name.front() == '.' || name.back() == '-' || name.back() == '.')
    return refuse("it cannot start or end with '-' or '.'.");
  if (name.find("--") != name.npos || name.find("..") != name.npos)
    return refuse("\"--\" and \"..\" are not allowed.");
  if (lower(name).ends_with(".git")) return refuse("it cannot end with \".git\".");
  return {};
}

}  // namespace

Result<auth::Namespace> Repos::namespace_for_writing(const auth::Actor& actor,
                                                     const RepoId& id) const {
  if (actor.anonymous())
    return fail(Kind::unauthorized, "Creating a repository needs a token with write access.");
  auto owner = impl_->auth.find_namespace(id.owner);
  const auto refuse = [&] {
    return fail(Kind::forbidden, "You don't have the rights to create a " +
                                     std::string(type_name(id.type)) + " under the namespace \"" +
                                     std::string(clip(id.owner, 100)) + "\".");
  };
  if (!owner) return refuse();
  if (!token_may_write(actor))
    return fail(Kind::forbidden, "The token \"" + actor.token_name +
                                     "\" has the role read: use one with the role write.");
  RepoId covered = id;
  if (!scope_allows(actor, covered, {"repo.write"})) return refuse();
  if (actor.via == auth::Via::system || actor.site_admin || actor.user_key == owner->key)
    return *owner;
  const auto role = org_role(actor, owner->key);
  if (!role || *role == auth::Role::read) return refuse();
  return *owner;
}

Result<Writable> Repos::insert(const auth::ActorPtr& actor, const NewRepo& wanted) {
  TRY_VOID(check_name(wanted.id));
  const auto owner = TRY(namespace_for_writing(*actor, wanted.id));
  Repo repo;
  repo.object_id = new_object_id();
  repo.id = {wanted.id.type, owner.name, wanted.id.name};
  repo.owner_key = owner.key;
  repo.created_by = actor->user_key;
  repo.visibility = wanted.visibility.value_or(owner.default_visibility);
  repo.gate = wanted.gate;
  repo.space_sdk = wanted.space_sdk;
  repo.created_at = repo.last_modified = now();
  const std::string full_key = lower(repo.id.full());
  auto key = TRY(impl_->database.write([&](db::Tx& tx) -> Result<std::int64_t> {
    if (store::name_taken(tx, repo.id.type, full_key))
      return fail(Kind::conflict,
                  "You already created this " + std::string(type_name(repo.id.type)) + " repo",
                  "RepoExists");
    const auto inserted = store::insert(tx, repo, actor->user_key);
    store::add_name(tx, repo.id.type, full_key, inserted);
    auth::Auth::record_audit(
        tx, *actor,
        {"repo.create", std::string(type_name(repo.id.type)) + " " + repo.id.full(), "{}"});
    return inserted;
  }));
  impl_->forget();
  return Writable(find(key), actor);
}

Result<Writable> Repos::create(const auth::ActorPtr& actor, NewRepo wanted) {
  static constexpr std::string_view kSdks[] = {"gradio", "streamlit", "docker", "static"};
  if (wanted.id.type == Type::space &&
      std::ranges::find(kSdks, wanted.space_sdk) == std::end(kSdks))
    return fail(Kind::invalid, "A Space needs an sdk: one of gradio, streamlit, docker, static.");
  auto made = TRY(insert(actor, wanted));
  if (impl_->events.created)
    TRY_VOID(fill(made.repo(), [&] { return impl_->events.created(made, wanted); }));
  impl_->forget();
  return Writable(find(made.repo().key), actor);
}

// Whatever way it fails, the caller sees that there is no such repository: its name must be free
// again.
Result<void> Repos::fill(const Repo& repo, const std::function<Result<void>()>& work) {
  try {
    auto filled = work();
    if (!filled) erase(repo);
    return filled;
  } catch (...) {
    try {
      erase(repo);
    } catch (const std::exception& problem) {
      log::warning("a repository that could not be filled stays, empty",
                   {{"repo.id", repo.id.full()}, {"error", std::string_view(problem.what())}});
    }
    throw;
  }
}

void Repos::erase(const Repo& repo) {
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    if (impl_->events.removed) impl_->events.removed(tx, repo.key);
    store::remove(tx, repo.key);
    return {};
  });
  CHECK(done.has_value());
  impl_->forget();
}

Result<void> Repos::remove(const Administrable& target) {
  const Repo& repo = target.repo();
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    if (impl_->events.removed) impl_->events.removed(tx, repo.key);
    store::remove(tx, repo.key);
    auth::Auth::record_audit(
        tx, target.actor(),
        {"repo.delete", std::string(type_name(repo.id.type)) + " " + repo.id.full(), "{}"});
    return {};
  });
  impl_->forget();
  return done;
}

Result<RepoId> Repos::move(const Administrable& from, const RepoId& to) {
  TRY_VOID(check_name(to));
  const auto owner = TRY(namespace_for_writing(from.actor(), to));
  Repo moved = from.repo();
  moved.id = {moved.id.type, owner.name, to.name};
  moved.owner_key = owner.key;
  const std::string full_key = lower(moved.id.full());
  const bool same_name = full_key == lower(from.repo().id.full());
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    if (!same_name) {
      auto holder = store::find_by_name(tx, moved.id.type, full_key);
      // A repository may take a former name of its own back.
      if (store::name_taken(tx, moved.id.type, full_key) &&
          !(holder && holder->repo.key == moved.key))
        return fail(Kind::conflict, "A " + std::string(type_name(moved.id.type)) +
                                        " repository called " + moved.id.full() +
                                        " already exists");
      if (!holder) store::add_name(tx, moved.id.type, full_key, moved.key);
    }
    store::rename(tx, moved, full_key);
    auth::Auth::record_audit(tx, from.actor(),
                             {"repo.move", from.repo().id.full() + " to " + moved.id.full(), "{}"});
    return {};
  }));
  impl_->forget();
  return moved.id;
}

Result<void> Repos::update_settings(const Administrable& target, const Settings& settings) {
  const Repo& before = target.repo();
  const bool published = settings.visibility == auth::Visibility::public_ &&
                         before.visibility == auth::Visibility::private_;
  if (published && impl_->events.publishing)
    TRY_VOID(impl_->events.publishing(target, target.actor()));
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::update_settings(tx, before.key, settings, now());
    const std::string subject = std::string(type_name(before.id.type)) + " " + before.id.full();
    const auto record = [&](std::string_view action, std::string_view from, std::string_view to) {
      auth::Auth::record_audit(
          tx, target.actor(),
          {std::string(action), subject, auth::audit_detail({{"from", from}, {"to", to}})});
    };
    if (settings.visibility && *settings.visibility != before.visibility)
      record("repo.visibility", word(before.visibility), word(*settings.visibility));
    if (settings.gate && *settings.gate != before.gate)
      record("repo.gate", word(before.gate), word(*settings.gate));
    if (settings.discussions_disabled || settings.allow_force_push) record("repo.settings", {}, {});
    return {};
  });
  impl_->forget();
  return done;
}

Result<Writable> Repos::duplicate(const Readable& from, NewRepo wanted) {
  wanted.space_sdk = wanted.space_sdk.empty() ? from.repo().space_sdk : wanted.space_sdk;
  // A copy lets in no more people than its source, unless its owner says so.
  if (!wanted.visibility) wanted.visibility = from.repo().visibility;
  if (*wanted.visibility == auth::Visibility::public_ &&
      from.repo().visibility == auth::Visibility::private_ && impl_->events.publishing)
    TRY_VOID(impl_->events.publishing(from, from.actor()));
  wanted.gate = from.repo().gate;
  auto made = TRY(insert(from.actor_ptr(), wanted));
  if (impl_->events.duplicated)
    TRY_VOID(fill(made.repo(), [&] { return impl_->events.duplicated(from, made); }));
  impl_->forget();
  return Writable(find(made.repo().key), from.actor_ptr());
}

// --- lists ---------------------------------------------------------------------------------------

namespace {

store::ListScope scope_of(const auth::Auth& auth, const auth::Actor& actor, Type type) {
  store::ListScope scope;
  scope.public_ones = !(auth.hub_private() && actor.anonymous());
  scope.everything = actor.via == auth::Via::system || (actor.site_admin && !actor.fine_grained());
  if (!actor.anonymous()) {
    const auto add = [&](std::int64_t key, std::string_view name) {
      // Private repositories show up for a fine-grained token where it covers the whole namespace.
      if (scope_allows(actor, {type, std::string(name), ""},
                       {"repo.content.read", "repo.write", "repo.access.read"}))
        scope.owner_keys.push_back(key);
    };
    add(actor.user_key, actor.name);
    for (const auto& org : actor.orgs) add(org.org_key, org.org);
  }
  return scope;
}

}  // namespace

Result<ListPage> Repos::list(const auth::Actor& actor, const ListQuery& query) const {
  const auto scope = scope_of(impl_->auth, actor, query.type);
  std::optional<std::pair<std::int64_t, std::int64_t>> after;
  if (!query.cursor.empty()) {
    const auto decoded = from_base64(query.cursor);
    const auto parts = decoded ? split(as_text(*decoded), ':') : std::vector<std::string_view>{};
    const auto value = parts.size() == 2 ? parse_u64(parts[0]) : std::nullopt;
    const auto key = parts.size() == 2 ? parse_u64(parts[1]) : std::nullopt;
    if (!value || !key)
      return fail(Kind::invalid,
                  "The cursor is not one that this server gave out: start from the first page.");
    after.emplace(static_cast<std::int64_t>(*value), static_cast<std::int64_t>(*key));
  }
  auto rows =
      impl_->database.read([&](db::Tx& tx) { return store::list(tx, query, scope, after); });
  ListPage page;
  const bool more = rows.size() > query.limit;
  if (more) rows.resize(query.limit);
  if (more)
    page.next_cursor =
        to_base64url(as_bytes(std::to_string(store::sort_value(query, rows.back().repo)) + ":" +
                              std::to_string(rows.back().repo.key)));
  page.repos.reserve(rows.size());
  for (auto& row : rows) {
    if (query.with_facts) wire::read_facts(row.facts_json, row.repo.facts);
    page.repos.push_back(std::make_shared<const Repo>(std::move(row.repo)));
  }
  return page;
}

Facets Repos::facets(const auth::Actor& actor, const ListQuery& query) const {
  return impl_->facets.count(query, scope_of(impl_->auth, actor, query.type));
}

void Repos::refresh_facets() { impl_->facets.refresh(); }

std::vector<cards::Tag> Repos::tags_in_use(Type type) const {
  std::vector<cards::Tag> tags;
  for (const auto& tag :
       impl_->database.read([&](db::Tx& tx) { return store::public_tags(tx, type, 20'000); }))
    tags.push_back(cards::classify_tag(type_name(type), tag));
  return tags;
}

void Repos::record_tip(db::Tx& tx, std::int64_t repo_key, std::string_view head,
                       const cards::Facts& facts, std::int64_t used_storage_bytes) {
  auto row = store::find_by_key(tx, repo_key);
  CHECK(row.has_value());
  store::update_tip(tx, repo_key, row->repo.id.type, head, facts, wire::facts_to_json(facts),
                    used_storage_bytes, now());
}

void Repos::record_change(db::Tx& tx, std::int64_t repo_key, std::int64_t used_storage_bytes) {
  store::touch(tx, repo_key, now());
  store::set_used_storage(tx, repo_key, used_storage_bytes);
}

std::int64_t Repos::used_storage(db::Tx& tx, std::int64_t repo_key) const {
  return store::used_storage(tx, repo_key);
}

void Repos::correct_used_storage(db::Tx& tx, std::int64_t repo_key, std::uint64_t size_bytes) {
  store::set_used_storage(tx, repo_key, static_cast<std::int64_t>(size_bytes));
}

void Repos::count_download(std::int64_t repo_key) { impl_->downloads.count(repo_key); }

void Repos::flush_downloads() { impl_->downloads.flush(day_of(now())); }

void Repos::expire_downloads() { impl_->downloads.expire(day_of(now())); }

std::vector<DownloadsOfDay> Repos::downloads_by_day(const Visible& repo) const {
  return impl_->downloads.of(repo.repo().key, day_of(now()));
}

void Repos::forget_cached() { impl_->forget(); }
void Repos::forget_cached(std::int64_t) { impl_->forget(); }

}  // namespace holt::repos
