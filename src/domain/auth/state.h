// What an Auth holds, shared by the files that implement it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "domain/auth/auth.h"
#include "domain/auth/credential_cache.h"
#include "domain/auth/passwords.h"
#include "domain/auth/sampler.h"
#include "domain/auth/sign_in_guard.h"
#include "domain/auth/throttle.h"

namespace holt::auth {

struct Auth::NewUser {
  std::string_view name, full_name, email;
  bool site_admin = false;
  std::optional<std::string_view> password;
};

struct Auth::Impl {
  Impl(db::Database& d, const OpennessGiven& g) : database(d), given(g) {}

  db::Database& database;
  const OpennessGiven given;
  std::atomic<bool> hub_private{false}, open_to_join{false};
  CredentialCache cache;
  Passwords passwords;
  SignInGuard sign_ins;
  Throttle joins{10, std::chrono::hours(1), 10'000};
  // Of audit rows that anybody could have written without end.
  Sampler throttled_rows{std::chrono::minutes(5), 10'000};
  Sampler token_rows{std::chrono::hours(1), 10'000};
  Sampler refused_rows{std::chrono::hours(1), 10'000};
  std::int64_t session_ms = std::int64_t{30} * 24 * 3600 * 1000;
  std::int64_t idle_ms = std::int64_t{7} * 24 * 3600 * 1000;
  std::atomic<std::uint64_t> seen_version{0};
  std::atomic<std::int64_t> looked_at_us{0};

  // Drops the cache when the catalog moved since the last look; looks at most every 2 ms.
  void notice_changes();

  // What the catalog says about a credential; an actor, or nullptr when it is no good.
  CredentialCache::Entry look_up_token(std::string_view text);
  CredentialCache::Entry look_up_session(const Sha256Digest& digest);
  // A user's password, throttled. rate_limited passes through.
  Result<CredentialCache::Entry> look_up_password(std::string_view name, std::string_view password,
                                                  std::string_view address);
  Result<CredentialCache::Entry> look_up_basic(std::string_view name, std::string_view secret,
                                               std::string_view address);
  Result<void> check_may_try(const std::string& account, const std::optional<Namespace>& user,
                             std::string_view address);
  void note(const Actor& actor, const AuditEvent& event);
  // A token that is not good any more was used.
  void note_refused_token(std::int64_t token_key, std::string_view text);
  // Puts a session into the catalog; its cookie value.
  std::string open_session(db::Tx& tx, const Namespace& user, std::string_view address,
                           CookieKind kind);
};

// Everything about a user that an actor carries.
ActorPtr make_actor(db::Tx& tx, const Namespace& user, Via via, const Token* token);

// What stands for a session in the catalog, as SHA-256: the value of its cookie, after the cookie's
// name where that is bound to the host. So a session that was opened over TLS is never taken from a
// cookie that a neighbouring host could have set. Empty without a value.
std::string session_secret(CookieKind kind, std::string_view cookie_value);

// session_cookie.cpp: the cookie as it is sent to a browser, as the request's origin allows.
CookieKind cookie_kind(const http::Request& request);
void set_session_cookie(http::Response& response, const http::Request& request,
                        std::string_view value, std::chrono::seconds life);
void clear_session_cookie(http::Response& response, const http::Request& request);

Error invalid_credentials();
// Not found errors that say how to list what exists.
Error no_such_user(std::string_view name);
Error no_such_org(std::string_view name);

// The routes of routes_accounts.cpp.
void add_account_routes(http::Router& router, Auth& auth);

}  // namespace holt::auth
