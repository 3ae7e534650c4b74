// Web sessions: signing in with a password, signing out, expiry.
#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "domain/auth/credential.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"

namespace holt::auth {
namespace {

constexpr std::size_t kCookieBytes = 32;

// One sentence for an unknown name, a wrong password and a suspended account: nothing to learn
// here.
Error wrong_password() {
  return Error{
      Kind::unauthorized, {}, "Wrong user name or password, or the account is suspended.", {}, {}};
}

}  // namespace

std::string_view cookie_name(CookieKind kind) {
  return kind == CookieKind::host_bound ? "__Host-holt_session" : "holt_session";
}

std::string session_secret(CookieKind kind, std::string_view cookie_value) {
  if (cookie_value.empty()) return {};
  if (kind == CookieKind::plain) return std::string(cookie_value);
  return std::string(cookie_name(kind)) + "=" + std::string(cookie_value);
}

std::string Auth::Impl::open_session(db::Tx& tx, const Namespace& user, std::string_view address,
                                     CookieKind kind) {
  auto value = to_base64url(random_bytes(kCookieBytes));
  const Timestamp at = now();
  store::insert_session(tx, sha256(as_bytes(session_secret(kind, value))), user.key, at,
                        Timestamp{at.ms + session_ms}, SignInGuard::network_of(address));
  record_audit(tx, *make_actor(tx, user, Via::session, nullptr),
               {"session.create", user.name, audit_detail({{"address", clip(address, 100)}})});
  return value;
}

Result<Auth::Login> Auth::log_in(std::string_view name_or_email, std::string_view password,
                                 std::string_view remote_address, CookieKind kind,
                                 std::string_view cookie) {
  const auto known = TRY(impl_->look_up_password(name_or_email, password, remote_address));
  if (!known.actor) return fail(wrong_password());
  Login login;
  login.actor = known.actor;
  const auto before = session_secret_in(cookie);
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const auto user = store::find_namespace(tx, known.actor->user_key);
    if (!user || user->suspended) return fail(wrong_password());
    // The browser forgets it now; nobody else shall go on with it.
    if (!before.empty()) store::remove_session(tx, sha256(as_bytes(before)));
    login.cookie_value = impl_->open_session(tx, *user, remote_address, kind);
    return {};
  }));
  if (!before.empty()) forget_cached();
  return login;
}

Result<void> Auth::log_out(std::string_view cookie) {
  const auto secret = session_secret_in(cookie);
  if (secret.empty()) return {};
  const auto digest = sha256(as_bytes(secret));
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const auto session = store::find_session(tx, digest);
    if (!session) return {};
    store::remove_session(tx, digest);
    if (const auto user = store::find_namespace(tx, session->user_key)) {
      record_audit(tx, *make_actor(tx, *user, Via::session, nullptr),
                   {"session.end", user->name, "{}"});
    }
    return {};
  });
  forget_cached();
  return done;
}

Result<Auth::Login> Auth::change_password(const ActorPtr& user, const PasswordChange& wanted) {
  // Guessing here is bounded as it is where people sign in.
  const auto known =
      TRY(impl_->look_up_password(user->name, wanted.present, wanted.remote_address));
  if (!known.actor) return fail(Kind::forbidden, "The present password is another one.");
  TRY_VOID(set_password(user->name, wanted.wanted, user, wanted.tokens));
  Login login;
  login.actor = user;
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const auto who = store::find_namespace(tx, user->user_key);
    if (!who || who->suspended) return fail(wrong_password());
    login.cookie_value = impl_->open_session(tx, *who, wanted.remote_address, wanted.kind);
    return {};
  }));
  return login;
}

void Auth::limit_sessions(std::chrono::hours longest, std::chrono::hours idle) {
  impl_->session_ms = std::chrono::milliseconds(longest).count();
  impl_->idle_ms = std::chrono::milliseconds(idle).count();
}

std::chrono::seconds Auth::session_life() const {
  return std::chrono::seconds(impl_->session_ms / 1000);
}

std::vector<Auth::WebSession> Auth::list_sessions(std::int64_t user_key, std::string_view cookie) {
  const auto current = sha256(as_bytes(session_secret_in(cookie)));
  return impl_->database.read(
      [&](db::Tx& tx) { return store::list_sessions(tx, user_key, now(), current); });
}

Result<void> Auth::end_session(const ActorPtr& user, std::int64_t session_key) {
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    if (!store::remove_session_of(tx, user->user_key, session_key))
      return fail(Kind::not_found, "You have no session with this number: it may have ended.");
    record_audit(tx, *user, {"session.end", user->name, "{}"});
    return {};
  });
  forget_cached();
  return done;
}

Result<std::size_t> Auth::end_sessions(std::string_view user, const ActorPtr& by,
                                       std::string_view kept_cookie) {
  const auto kept = sha256(as_bytes(session_secret_in(kept_cookie)));
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<std::size_t> {
    const auto who = store::find_namespace(tx, user);
    if (!who || who->is_org) return fail(no_such_user(user));
    const auto ended = static_cast<std::size_t>(store::remove_sessions_of(tx, who->key, kept));
    record_audit(
        tx, *by,
        {"session.end_all", who->name, audit_detail({{"sessions", std::to_string(ended)}})});
    return ended;
  });
  forget_cached();
  return done;
}

void Auth::sweep_sessions() {
  const auto swept = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::remove_expired_sessions(tx, now(), Timestamp{now().ms - impl_->idle_ms});
    return {};
  });
  CHECK(swept.has_value());
}

}  // namespace holt::auth
