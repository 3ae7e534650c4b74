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
  Throttle by_name{10, std::chrono::minutes(5), 10'000};
  Throttle by_address{50, std::chrono::minutes(5), 10'000};
  std::atomic<std::uint64_t> seen_version{0};
  std::atomic<std::int64_t> looked_at_us{0};

  // Drops the cache when the catalog moved since the last look; looks at most every 2 ms.
  void notice_changes();

  // What the catalog says about a credential; an actor, or nullptr when it is no good.
  CredentialCache::Entry look_up_token(std::string_view text);
  CredentialCache::Entry look_up_session(const Sha256Digest& digest);
  // A user's password, throttled by name. rate_limited passes through.
  Result<CredentialCache::Entry> look_up_password(std::string_view name, std::string_view password);
  Result<CredentialCache::Entry> look_up_basic(std::string_view name, std::string_view secret);
};

// Everything about a user that an actor carries.
ActorPtr make_actor(db::Tx& tx, const Namespace& user, Via via, const Token* token);

// The value of the session cookie in a Cookie header; empty without one.
std::string_view session_cookie_in(std::string_view cookie_header);
inline constexpr std::string_view kSessionCookie = "holt_session";

Error invalid_credentials();
// Not found errors that say how to list what exists.
Error no_such_user(std::string_view name);
Error no_such_org(std::string_view name);

// The routes of routes_accounts.cpp.
void add_account_routes(http::Router& router, Auth& auth);

}  // namespace holt::auth
