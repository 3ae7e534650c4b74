// Actors and their words, the audit trail, and the parts of Auth that are neither accounts, tokens,
// sessions nor the recognition of credentials.
#include "domain/auth/auth.h"

#include <algorithm>

#include "base/text.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"
#include "io/http/http.h"

namespace holt::auth {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::read:
      return "read";
    case Role::contributor:
      return "contributor";
    case Role::write:
      return "write";
    case Role::admin:
      return "admin";
  }
  return "read";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::read, Role::contributor, Role::write, Role::admin}) {
    if (text == role_name(role)) return role;
  }
  return std::nullopt;
}

std::optional<Role> Actor::role_in(std::string_view org) const {
  const auto found = std::ranges::find_if(
      orgs, [&](const Membership& one) { return equal_ignoring_case(one.org, org); });
  if (found == orgs.end()) return std::nullopt;
  return found->role;
}

ActorPtr anonymous_actor() {
  static const ActorPtr actor = std::make_shared<const Actor>();
  return actor;
}

namespace {
std::atomic<bool> is_command_line = false;
}

void act_as_command_line() { is_command_line = true; }

ActorPtr system_actor() {
  static const ActorPtr actor = [] {
    auto made = std::make_shared<Actor>();
    made->via = Via::system;
    made->name = is_command_line ? "command line" : "system";
    made->site_admin = true;
    return made;
  }();
  return actor;
}

const Actor& actor_of(const http::Request& request) {
  static const Actor anonymous;
  return request.actor ? *static_cast<const Actor*>(request.actor.get()) : anonymous;
}

ActorPtr actor_ptr_of(const http::Request& request) {
  return request.actor ? std::static_pointer_cast<const Actor>(request.actor) : anonymous_actor();
}

ActorPtr make_actor(db::Tx& tx, const Namespace& user, Via via, const Token* token) {
  auto actor = std::make_shared<Actor>();
  actor->via = via;
  actor->user_key = user.key;
  actor->name = user.name;
  actor->site_admin = user.site_admin;
  actor->orgs = store::orgs_of(tx, user.key);
  if (token != nullptr) {
    actor->token_key = token->key;
    actor->token_name = token->name;
    actor->token_role = token->role;
    actor->global_permissions = token->global_permissions;
    actor->scopes = token->scopes;
  }
  return actor;
}

Error invalid_credentials() {
  // Clients read this very sentence; with another one they report a missing repository.
  return Error{Kind::unauthorized, {}, "Invalid credentials in Authorization header", {}, {}};
}

Error no_such_user(std::string_view name) {
  return Error{
      Kind::not_found, {}, "There is no user called " + std::string(clip(name, 100)) + ".", {}, {}};
}

Error no_such_org(std::string_view name) {
  return Error{Kind::not_found,
               {},
               "There is no organisation called " + std::string(clip(name, 100)) + ".",
               {},
               {}};
}

Auth::Auth(db::Database& database, const OpennessGiven& given)
    : impl_(std::make_unique<Impl>(database, given)) {
  const auto chosen = database.read([](db::Tx& tx) { return store::openness(tx); });
  impl_->hub_private = given.hub_private.value_or(chosen.hub_private);
  impl_->open_to_join = given.open_to_join.value_or(chosen.open_to_join);
}
Auth::~Auth() = default;

std::uint64_t Auth::generation() {
  impl_->notice_changes();
  return impl_->cache.generation();
}

void Auth::record_audit(db::Tx& tx, const Actor& actor, const AuditEvent& event) {
  CHECK(is_audit_action(event.action));
  store::insert_audit(tx, now(), actor, event);
}

void Auth::Impl::note(const Actor& actor, const AuditEvent& event) {
  const auto written = database.write([&](db::Tx& tx) -> Result<void> {
    record_audit(tx, actor, event);
    return {};
  });
  CHECK(written.has_value());
}

void Auth::note(const Actor& actor, const AuditEvent& event) { impl_->note(actor, event); }

void Auth::note_refused(const Actor& actor, std::string_view route, std::string_view path,
                        std::string_view remote_address) {
  const std::string key = std::to_string(actor.user_key) + "\n" + std::string(route);
  if (!impl_->refused_rows.first(key)) return;
  impl_->note(actor, {"access.refused", std::string(route),
                      audit_detail({{"path", clip(path, 300)},
                                    {"token", actor.token_name},
                                    {"address", clip(remote_address, 100)}})});
}

void Auth::forget_cached() { impl_->cache.forget_all(); }

void Auth::flush_last_used() {
  const auto uses = impl_->cache.take_uses();
  if (uses.empty()) return;
  try {
    const auto written = impl_->database.write([&](db::Tx& tx) -> Result<void> {
      for (const auto& [key, at_ms] : uses) {
        if (key > 0)
          store::set_last_used(tx, key, Timestamp{at_ms});
        else
          store::set_session_used(tx, -key, Timestamp{at_ms});
      }
      return {};
    });
    CHECK(written.has_value());
  } catch (...) {
    impl_->cache.give_back_uses(uses);
    throw;
  }
}

}  // namespace holt::auth
