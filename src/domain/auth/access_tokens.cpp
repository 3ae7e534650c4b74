// Access tokens: giving out, listing, revoking. Their text is in tokens.cpp.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"
#include "domain/auth/tokens.h"
#include "domain/auth/wire.h"

namespace holt::auth {
namespace {

constexpr std::size_t kLongestTokenName = 100;
constexpr std::size_t kMostScopes = 200;
constexpr std::size_t kMostPermissions = 50;
constexpr auto kEntityTypes = std::to_array<std::string_view>(
    {"model", "dataset", "space", "kernel", "bucket", "user", "org"});

Result<void> check_permissions(const std::vector<std::string>& permissions) {
  if (permissions.size() > kMostPermissions)
    return fail(Kind::invalid, "A scope holds at most 50 permissions.");
  for (const auto& permission : permissions) {
    const bool fits = !permission.empty() && permission.size() <= 64 &&
                      std::ranges::all_of(permission, [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                               c == '-' || c == '_';
                      });
    if (!fits) {
      return fail(Kind::invalid,
                  "\"" + std::string(clip(permission, 64)) +
                      "\" is not a permission; they look like repo.content.read or repo.write.");
    }
  }
  return {};
}

Result<void> check_wanted(const NewToken& wanted) {
  if (trim(wanted.name).empty() || wanted.name.size() > kLongestTokenName ||
      !is_utf8(wanted.name)) {
    return fail(Kind::invalid,
                "A token needs a name of 1 to 100 bytes, to tell it from the others.");
  }
  const bool restricted = !wanted.scopes.empty() || !wanted.global_permissions.empty();
  if (restricted && wanted.role != TokenRole::fine_grained) {
    return fail(
        Kind::invalid,
        "Scopes belong to fine-grained tokens: ask for role fine-grained, or leave them out.");
  }
  if (wanted.scopes.size() > kMostScopes)
    return fail(Kind::invalid, "A token holds at most 200 scopes.");
  TRY_VOID(check_permissions(wanted.global_permissions));
  for (const auto& scope : wanted.scopes) {
    if (std::ranges::find(kEntityTypes, std::string_view(scope.entity_type)) ==
        kEntityTypes.end()) {
      return fail(Kind::invalid, "\"" + std::string(clip(scope.entity_type, 64)) +
                                     "\" is not what a scope can be about: use model, dataset, "
                                     "space, kernel, bucket, user or org.");
    }
    if (scope.entity_name.empty() || scope.entity_name.size() > 200 ||
        !is_utf8(scope.entity_name)) {
      return fail(Kind::invalid,
                  "A scope names a repository (owner/name), a user or an organisation.");
    }
    if (scope.permissions.empty())
      return fail(Kind::invalid, "The scope for " + scope.entity_name + " grants nothing.");
    TRY_VOID(check_permissions(scope.permissions));
  }
  if (wanted.expires_at && *wanted.expires_at <= now()) {
    return fail(Kind::invalid, "The token would have expired already: give a later time.");
  }
  if (wanted.value) TRY_VOID(check_chosen_token(*wanted.value));
  return {};
}

}  // namespace

Result<Auth::Created> Auth::create_token(std::string_view user, NewToken wanted,
                                         const ActorPtr& by) {
  TRY_VOID(check_wanted(wanted));
  Created created;
  created.value = wanted.value ? *wanted.value : new_token_text();
  const auto digest = sha256(as_bytes(created.value));
  const auto taken = [&] {
    return fail(Kind::conflict, std::string(clip(user, 100)) + " has a token called " +
                                    wanted.name +
                                    " already. Choose another name, or revoke that one first.");
  };
  try {
    TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
      const auto owner = store::find_namespace(tx, user);
      if (!owner || owner->is_org) return fail(no_such_user(user));
      if (owner->suspended)
        return fail(Kind::forbidden, owner->name + " is suspended and gets no tokens.");
      if (store::has_digest(tx, digest)) {
        return fail(Kind::conflict,
                    "This value was a token before, possibly a revoked one. Choose another.");
      }
      for (const auto& other : store::list_tokens(tx, owner->key)) {
        if (!other.revoked_at && other.name == wanted.name) return taken();
      }
      Token& token = created.token;
      token.object_id = new_object_id();
      token.user_key = owner->key;
      token.name = wanted.name;
      token.role = wanted.role;
      token.global_permissions = wanted.global_permissions;
      token.scopes = wanted.scopes;
      token.last_four = created.value.substr(created.value.size() - 4);
      token.created_at = now();
      token.expires_at = wanted.expires_at;
      token.key = store::insert_token(tx, token, digest);
      record_audit(tx, *by, {"token.create", owner->name, wire::audit_token(token)});
      return {};
    }));
  } catch (const db::Failure& failure) {
    if (!failure.unique) throw;
    return taken();
  }
  forget_cached();
  return created;
}

Result<void> Auth::revoke_token(std::string_view user, std::string_view token_name_or_id,
                                const ActorPtr& by) {
  auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const auto owner = store::find_namespace(tx, user);
    if (!owner || owner->is_org) return fail(no_such_user(user));
    const auto token = store::find_live_token(tx, owner->key, token_name_or_id);
    if (!token) {
      return fail(Kind::not_found, owner->name + " has no token called " +
                                       std::string(clip(token_name_or_id, 100)) + ".");
    }
    store::revoke_token(tx, token->key, now());
    record_audit(tx, *by, {"token.revoke", owner->name, wire::audit_token(*token)});
    return {};
  });
  forget_cached();
  return done;
}

std::vector<Token> Auth::list_tokens(std::int64_t user_key) {
  return impl_->database.read([&](db::Tx& tx) { return store::list_tokens(tx, user_key); });
}

}  // namespace holt::auth
