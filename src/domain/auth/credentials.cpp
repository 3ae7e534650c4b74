// Recognising who sends a request: the credential, the cache, the catalog.
#include <algorithm>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/text.h"
#include "base/time.h"
#include "domain/auth/credential.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"
#include "domain/auth/tokens.h"

namespace holt::auth {
namespace {

constexpr std::size_t kLongestToken = 256;
constexpr std::int64_t kLookEveryUs = 2'000;

CredentialCache::Key cache_key(const Credential& credential) {
  Sha256 hash;
  hash.update(
      std::string_view("\0bBs", 4).substr(static_cast<std::size_t>(credential.form) - 1, 1));
  hash.update(credential.name);
  hash.update(std::string_view("\0", 1));
  hash.update(credential.secret);
  return hash.finish();
}

bool is_good(const CredentialCache::Entry& entry) {
  return entry.actor && entry.expires_at_ms > now().ms;
}

// Sessions stand among the tokens with their keys below zero.
void note_use(CredentialCache& cache, const CredentialCache::Entry& entry) {
  if (entry.token_key != 0) cache.note_use(entry.token_key, now().ms);
  if (entry.session_key != 0) cache.note_use(-entry.session_key, now().ms);
}

}  // namespace

void Auth::Impl::notice_changes() {
  const std::int64_t at = monotonic_us();
  std::int64_t last = looked_at_us.load(std::memory_order_relaxed);
  if (at - last < kLookEveryUs) return;
  // One thread looks; the others go on with what is known.
  if (!looked_at_us.compare_exchange_strong(last, at)) return;
  const std::uint64_t version = database.version();
  if (seen_version.exchange(version) != version) cache.forget_all();
}

CredentialCache::Entry Auth::Impl::look_up_token(std::string_view text) {
  if (text.size() > kLongestToken) return {};
  const auto digest = sha256(as_bytes(text));
  return database.read([&](db::Tx& tx) -> CredentialCache::Entry {
    const auto row = store::find_token(tx, digest);
    if (!row) return {};
    CredentialCache::Entry entry;
    entry.token_key = row->token.key;
    if (row->token.revoked_at || row->user.suspended) return entry;
    entry.actor = make_actor(tx, row->user, Via::token, &row->token);
    if (row->token.expires_at) entry.expires_at_ms = row->token.expires_at->ms;
    return entry;
  });
}

CredentialCache::Entry Auth::Impl::look_up_session(const Sha256Digest& digest) {
  return database.read([&](db::Tx& tx) -> CredentialCache::Entry {
    const auto session = store::find_session(tx, digest);
    if (!session) return {};
    const auto user = store::find_namespace(tx, session->user_key);
    if (!user || user->suspended) return {};
    CredentialCache::Entry entry{make_actor(tx, *user, Via::session, nullptr)};
    entry.session_key = session->key;
    // Being used moves the second one on: that is written down long before it is over, and what is
    // written empties the cache.
    entry.expires_at_ms = std::min(session->expires_at.ms, session->last_used_at.ms + idle_ms);
    return entry;
  });
}

Result<void> Auth::Impl::check_may_try(const std::string& account,
                                       const std::optional<Namespace>& user,
                                       std::string_view address) {
  auto wait = sign_ins.must_wait(account, address, SignInGuard::Place::unknown);
  if (!wait) return {};
  const bool familiar = user && database.read([&](db::Tx& tx) {
    return store::has_session_from(tx, user->key, SignInGuard::network_of(address));
  });
  if (familiar) wait = sign_ins.must_wait(account, address, SignInGuard::Place::familiar);
  if (!wait) return {};
  if (throttled_rows.first(account + "\n" + SignInGuard::network_of(address)))
    note(*anonymous_actor(), {"login.throttled", user ? user->name : std::string(),
                              audit_detail({{"address", clip(address, 100)}})});
  const auto seconds = std::to_string(wait->count());
  return fail(Error{Kind::rate_limited,
                    {},
                    "Too many wrong passwords. Try again in " + seconds +
                        " seconds; access tokens and browsers that are signed in go on working.",
                    {},
                    {{"Retry-After", seconds}}});
}

Result<CredentialCache::Entry> Auth::Impl::look_up_password(std::string_view name,
                                                            std::string_view password,
                                                            std::string_view address) {
  std::optional<Namespace> user;
  std::string stored;
  database.read([&](db::Tx& tx) {
    user = store::find_namespace(tx, name);
    if (!user && name.find('@') != name.npos) {
      auto owners = store::find_by_email(tx, name);
      if (owners.size() == 1) user = std::move(owners.front());
    }
    if (user && user->is_org) user.reset();
    if (user) stored = store::password_of(tx, user->key);
    return 0;
  });
  // Name and address of one account count as one; absent ones are slowed down as if they were
  // there.
  const std::string account = user ? "#" + std::to_string(user->key) : lower(clip(name, 256));
  TRY_VOID(check_may_try(account, user, address));
  if (!TRY(passwords.verify(stored, password))) {
    sign_ins.failed(account, address);
    note(*anonymous_actor(), {"login.failed", user ? user->name : std::string(),
                              audit_detail({{"address", clip(address, 100)}})});
    return CredentialCache::Entry{};
  }
  sign_ins.succeeded(account, address);
  if (user->suspended) return CredentialCache::Entry{};
  return database.read([&](db::Tx& tx) {
    return CredentialCache::Entry{make_actor(tx, *user, Via::session, nullptr)};
  });
}

Result<CredentialCache::Entry> Auth::Impl::look_up_basic(std::string_view name,
                                                         std::string_view secret,
                                                         std::string_view address) {
  // Any user name goes with a token; passwords may look like one, so both are tried.
  if (secret.starts_with("hf_")) {
    auto entry = look_up_token(secret);
    if (entry.actor) return entry;
    // One that was revoked is no guess at a password: it must not count as a wrong one of its
    // owner.
    if (entry.token_key != 0 || is_well_formed_token(secret)) return entry;
  }
  if (name.empty()) return CredentialCache::Entry{};
  return look_up_password(name, secret, address);
}

void Auth::Impl::note_refused_token(std::int64_t token_key, std::string_view text) {
  if (!token_rows.first(std::to_string(token_key))) return;
  const auto digest = sha256(as_bytes(text));
  const auto row = database.read([&](db::Tx& tx) { return store::find_token(tx, digest); });
  if (!row) return;
  const std::string_view why = row->token.revoked_at ? "revoked"
                               : row->user.suspended ? "its owner is suspended"
                                                     : "expired";
  note(*anonymous_actor(),
       {"token.refused", row->user.name, audit_detail({{"token", row->token.name}, {"why", why}})});
}

Result<ActorPtr> Auth::authenticate(std::string_view authorization, std::string_view cookie,
                                    std::string_view remote_address) {
  const Credential credential = read_credential(authorization, cookie);
  const bool is_session = credential.form == Credential::Form::session;
  if (credential.form == Credential::Form::none) return anonymous_actor();
  if (credential.form == Credential::Form::malformed) return fail(invalid_credentials());

  impl_->notice_changes();
  const auto key = cache_key(credential);
  auto known = impl_->cache.find(key);
  CredentialCache::Entry entry;
  if (known) {
    entry = *known;
  } else {
    const auto generation = impl_->cache.generation();
    switch (credential.form) {
      case Credential::Form::bearer:
        entry = impl_->look_up_token(credential.secret);
        break;
      case Credential::Form::basic:
        entry = TRY(impl_->look_up_basic(credential.name, credential.secret, remote_address));
        break;
      case Credential::Form::session:
        entry = impl_->look_up_session(sha256(as_bytes(credential.secret)));
        break;
      default:
        break;
    }
    impl_->cache.keep(key, entry, generation);
  }
  if (!is_good(entry)) {
    if (is_session) return anonymous_actor();
    if (entry.token_key != 0) impl_->note_refused_token(entry.token_key, credential.secret);
    return fail(invalid_credentials());
  }
  note_use(impl_->cache, entry);
  return entry.actor;
}

std::optional<ActorPtr> Auth::authenticate_cached(std::string_view authorization,
                                                  std::string_view cookie) {
  const Credential credential = read_credential(authorization, cookie);
  if (credential.form == Credential::Form::none) return anonymous_actor();
  if (credential.form == Credential::Form::malformed) return std::nullopt;
  const auto known = impl_->cache.find(cache_key(credential));
  if (!known || !is_good(*known)) return std::nullopt;
  note_use(impl_->cache, *known);
  return known->actor;
}

}  // namespace holt::auth
