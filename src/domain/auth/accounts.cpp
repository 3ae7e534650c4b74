// Users, organisations and their members.
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "domain/auth/names.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"
#include "domain/auth/wire.h"

namespace holt::auth {
namespace {

std::unexpected<Error> name_taken(std::string_view name) {
  return fail(Kind::conflict, "The name " + std::string(name) +
                                  " is taken by a user or an organisation. Choose another.");
}

Result<Namespace> user_named(db::Tx& tx, std::string_view name) {
  auto user = store::find_namespace(tx, name);
  if (!user || user->is_org) return fail(no_such_user(name));
  return std::move(*user);
}

Result<Namespace> org_named(db::Tx& tx, std::string_view name) {
  auto org = store::find_namespace(tx, name);
  if (!org || !org->is_org) return fail(no_such_org(name));
  return std::move(*org);
}

// An organisation without an admin could be helped only from the command line.
Result<void> check_not_last_admin(db::Tx& tx, const Namespace& org, const Namespace& user) {
  if (store::role_of(tx, org.key, user.key) != Role::admin || store::count_admins(tx, org.key) > 1)
    return {};
  return fail(Kind::conflict, user.name + " is the last admin of " + org.name +
                                  ". Make somebody else an admin first.");
}

// The unique index speaks when two are made at the same moment on PostgreSQL.
template <class Work>
auto write_unless_taken(db::Database& database, std::string_view name, Work&& work)
    -> decltype(database.write(work)) {
  try {
    return database.write(work);
  } catch (const db::Failure& failure) {
    if (!failure.unique) throw;
    return name_taken(name);
  }
}

}  // namespace

Result<Namespace> Auth::create_user(std::string_view name, std::string_view full_name,
                                    std::string_view email, bool site_admin,
                                    std::optional<std::string_view> password, const ActorPtr& by) {
  return add_user({name, full_name, email, site_admin, password}, by,
                  [](db::Tx&) -> Result<void> { return {}; });
}

Result<Namespace> Auth::add_user(const NewUser& wanted, const ActorPtr& by,
                                 const std::function<Result<void>(db::Tx&)>& before) {
  TRY_VOID(check_name(wanted.name));
  TRY_VOID(check_full_name(wanted.full_name));
  TRY_VOID(check_email(wanted.email));
  std::string hash;
  if (wanted.password) {
    TRY_VOID(Passwords::check_chosen(*wanted.password, wanted.name));
    hash = TRY(impl_->passwords.hash(*wanted.password));
  }
  auto made =
      write_unless_taken(impl_->database, wanted.name, [&](db::Tx& tx) -> Result<Namespace> {
        TRY_VOID(before(tx));
        if (store::find_namespace(tx, wanted.name)) return name_taken(wanted.name);
        if (!wanted.email.empty() && !store::find_by_email(tx, wanted.email).empty()) {
          return fail(Kind::conflict,
                      "Another user has the address " + std::string(wanted.email) + ".");
        }
        Namespace user;
        user.object_id = new_object_id();
        user.name = wanted.name;
        user.full_name = wanted.full_name.empty() ? wanted.name : wanted.full_name;
        user.email = wanted.email;
        user.site_admin = wanted.site_admin;
        user.created_at = now();
        user.key = store::insert_namespace(tx, user, hash);
        record_audit(tx, *by, {"user.create", user.name, wire::audit_user(user)});
        return user;
      });
  forget_cached();
  return made;
}

Result<Namespace> Auth::create_org(std::string_view name, std::string_view owner,
                                   std::string_view full_name, Visibility default_visibility,
                                   const ActorPtr& by) {
  TRY_VOID(check_name(name));
  TRY_VOID(check_full_name(full_name));
  auto made = write_unless_taken(impl_->database, name, [&](db::Tx& tx) -> Result<Namespace> {
    const Namespace user = TRY(user_named(tx, owner));
    if (store::find_namespace(tx, name)) return name_taken(name);
    Namespace org;
    org.object_id = new_object_id();
    org.is_org = true;
    org.name = name;
    org.full_name = full_name.empty() ? name : full_name;
    org.default_visibility = default_visibility;
    org.created_at = now();
    org.key = store::insert_namespace(tx, org, {});
    store::put_member(tx, org.key, user.key, Role::admin, org.created_at);
    record_audit(tx, *by, {"org.create", org.name, wire::audit_member(user.name, Role::admin)});
    return org;
  });
  forget_cached();
  return made;
}

Result<void> Auth::set_member(std::string_view org, std::string_view user, Role role,
                              const ActorPtr& by) {
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const Namespace where = TRY(org_named(tx, org));
    const Namespace who = TRY(user_named(tx, user));
    if (role != Role::admin) TRY_VOID(check_not_last_admin(tx, where, who));
    store::put_member(tx, where.key, who.key, role, now());
    record_audit(tx, *by, {"org.member.set", where.name, wire::audit_member(who.name, role)});
    return {};
  });
  forget_cached();
  return done;
}

Result<void> Auth::remove_member(std::string_view org, std::string_view user, const ActorPtr& by) {
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const Namespace where = TRY(org_named(tx, org));
    const Namespace who = TRY(user_named(tx, user));
    TRY_VOID(check_not_last_admin(tx, where, who));
    if (!store::remove_member(tx, where.key, who.key)) {
      return fail(Kind::not_found, who.name + " is not a member of " + where.name + ".");
    }
    record_audit(tx, *by, {"org.member.remove", where.name, wire::audit_name(who.name)});
    return {};
  });
  forget_cached();
  return done;
}

Result<Namespace> Auth::join(std::string_view name, std::string_view email,
                             std::string_view password, std::string_view remote_address) {
  const auto network = SignInGuard::network_of(remote_address);
  if (const auto wait = impl_->joins.must_wait(network)) {
    const auto seconds = std::to_string(wait->count());
    return fail(Error{Kind::rate_limited,
                      {},
                      "Many accounts were asked for from your address. Try again in " + seconds +
                          " seconds, or ask the administrator for one.",
                      {},
                      {{"Retry-After", seconds}}});
  }
  // Before the work, so that tries at the same moment count too.
  impl_->joins.failed(network);
  return create_user(name, "", email, false, password, anonymous_actor());
}

Result<void> Auth::set_password(std::string_view user, std::string_view password,
                                const ActorPtr& by, Tokens tokens) {
  TRY_VOID(Passwords::check_chosen(password, user));
  const std::string hash = TRY(impl_->passwords.hash(password));
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const Namespace who = TRY(user_named(tx, user));
    store::set_password(tx, who.key, hash);
    const auto sessions = store::remove_sessions_of(tx, who.key);
    const auto revoked = tokens == Tokens::revoke ? store::revoke_tokens_of(tx, who.key, now()) : 0;
    record_audit(tx, *by,
                 {"user.password", who.name,
                  audit_detail({{"sessionsEnded", std::to_string(sessions)},
                                {"tokensRevoked", std::to_string(revoked)}})});
    return {};
  });
  forget_cached();
  return done;
}

Result<void> Auth::update_profile(const ActorPtr& user, std::string_view full_name,
                                  std::string_view email) {
  TRY_VOID(check_full_name(full_name));
  TRY_VOID(check_email(email));
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const Namespace who = TRY(user_named(tx, user->name));
    if (!email.empty())
      for (const auto& other : store::find_by_email(tx, email))
        if (other.key != who.key)
          return fail(Kind::conflict, "Another user has the address " + std::string(email) + ".");
    store::update_profile(tx, who.key, full_name.empty() ? who.name : full_name, email);
    record_audit(tx, *user, {"user.profile", who.name, "{}"});
    return {};
  });
  forget_cached();
  return done;
}

Result<void> Auth::set_suspended(std::string_view user, bool suspended, const ActorPtr& by) {
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const Namespace who = TRY(user_named(tx, user));
    store::set_suspended(tx, who.key, suspended);
    if (suspended) store::remove_sessions_of(tx, who.key);
    record_audit(tx, *by, {suspended ? "user.suspend" : "user.restore", who.name, "{}"});
    return {};
  });
  forget_cached();
  return done;
}

std::optional<Namespace> Auth::find_namespace(std::string_view name) {
  return impl_->database.read([&](db::Tx& tx) { return store::find_namespace(tx, name); });
}

std::optional<Namespace> Auth::find_namespace(std::int64_t key) {
  return impl_->database.read([&](db::Tx& tx) { return store::find_namespace(tx, key); });
}

std::vector<Auth::AuditRow> Auth::audit(std::int64_t before, std::size_t limit) {
  return impl_->database.read([&](db::Tx& tx) { return store::audit(tx, before, limit); });
}

std::vector<Namespace> Auth::search_namespaces(std::string_view letters, std::size_t limit) {
  return impl_->database.read(
      [&](db::Tx& tx) { return store::search_namespaces(tx, letters, limit); });
}

std::vector<Namespace> Auth::list_namespaces(bool orgs) {
  return impl_->database.read([&](db::Tx& tx) { return store::list_namespaces(tx, orgs); });
}

std::vector<Auth::Member> Auth::list_members(std::int64_t org_key) {
  return impl_->database.read([&](db::Tx& tx) { return store::list_members(tx, org_key); });
}

std::vector<Membership> Auth::orgs_of(std::int64_t user_key) {
  return impl_->database.read([&](db::Tx& tx) { return store::orgs_of(tx, user_key); });
}

}  // namespace holt::auth
