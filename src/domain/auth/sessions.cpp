// Web sessions: signing in with a password, signing out, expiry.
#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"

namespace holt::auth {
namespace {

constexpr std::int64_t kSessionMs = std::int64_t{30} * 24 * 3600 * 1000;
constexpr std::size_t kCookieBytes = 32;

// One sentence for an unknown name, a wrong password and a suspended account: nothing to learn
// here.
Error wrong_password() {
  return Error{
      Kind::unauthorized, {}, "Wrong user name or password, or the account is suspended.", {}, {}};
}

}  // namespace

Result<Auth::Login> Auth::log_in(std::string_view name_or_email, std::string_view password,
                                 std::string_view remote_address) {
  const std::string address(clip(remote_address, 100));
  if (const auto wait = impl_->by_address.must_wait(address)) {
    const auto seconds = std::to_string(wait->count());
    return fail(
        Error{Kind::rate_limited,
              {},
              "Too many failed sign-ins from your address. Try again in " + seconds + " seconds.",
              {},
              {{"Retry-After", seconds}}});
  }
  const auto known = TRY(impl_->look_up_password(name_or_email, password));
  if (!known.actor) {
    impl_->by_address.failed(address);
    return fail(wrong_password());
  }
  Login login;
  login.cookie_value = to_base64url(random_bytes(kCookieBytes));
  const auto digest = sha256(as_bytes(login.cookie_value));
  login.actor = known.actor;
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const auto user = store::find_namespace(tx, known.actor->user_key);
    if (!user || user->suspended) return fail(wrong_password());
    const Timestamp at = now();
    store::insert_session(tx, digest, known.actor->user_key, at, Timestamp{at.ms + kSessionMs});
    record_audit(tx, *known.actor, {"session.create", known.actor->name, "{}"});
    return {};
  }));
  return login;
}

Result<void> Auth::log_out(std::string_view cookie) {
  const auto value = session_cookie_in(cookie);
  if (value.empty()) return {};
  const auto digest = sha256(as_bytes(value));
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

std::vector<Auth::WebSession> Auth::list_sessions(std::int64_t user_key, std::string_view cookie) {
  const auto current = sha256(as_bytes(session_cookie_in(cookie)));
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

void Auth::sweep_sessions() {
  const auto swept = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::remove_expired_sessions(tx, now());
    return {};
  });
  CHECK(swept.has_value());
}

}  // namespace holt::auth
