// SQL of the auth room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "domain/auth/auth.h"
#include "io/db/db.h"

namespace holt::auth::store {

struct TokenRow {
  Token token;
  Namespace user;
};

std::int64_t insert_namespace(db::Tx& tx, const Namespace& made, std::string_view password_hash);
std::optional<Namespace> find_namespace(db::Tx& tx, std::string_view name);
std::optional<Namespace> find_namespace(db::Tx& tx, std::int64_t key);
std::vector<Namespace> list_namespaces(db::Tx& tx, bool orgs);
void update_profile(db::Tx& tx, std::int64_t user_key, std::string_view full_name,
                    std::string_view email);
std::vector<Auth::WebSession> list_sessions(db::Tx& tx, std::int64_t user_key, Timestamp at,
                                            const Sha256Digest& current);
bool remove_session_of(db::Tx& tx, std::int64_t user_key, std::int64_t session_key);
std::vector<Auth::AuditRow> audit(db::Tx& tx, std::int64_t before, std::size_t limit);
std::vector<Namespace> search_namespaces(db::Tx& tx, std::string_view letters, std::size_t limit);
// Users with this address: more than one only after a race on PostgreSQL.
std::vector<Namespace> find_by_email(db::Tx& tx, std::string_view email);
std::string password_of(db::Tx& tx, std::int64_t user_key);
void set_password(db::Tx& tx, std::int64_t user_key, std::string_view hash);
void set_suspended(db::Tx& tx, std::int64_t user_key, bool suspended);

bool has_users(db::Tx& tx);
Openness openness(db::Tx& tx);  // as chosen; closed to newcomers and open to readers until then
void set_openness(db::Tx& tx, const Openness& wanted);

void put_member(db::Tx& tx, std::int64_t org_key, std::int64_t user_key, Role role, Timestamp at);
bool remove_member(db::Tx& tx, std::int64_t org_key, std::int64_t user_key);
std::optional<Role> role_of(db::Tx& tx, std::int64_t org_key, std::int64_t user_key);
std::int64_t count_admins(db::Tx& tx, std::int64_t org_key);
std::vector<Auth::Member> list_members(db::Tx& tx, std::int64_t org_key);
std::vector<Membership> orgs_of(db::Tx& tx, std::int64_t user_key);

std::int64_t insert_token(db::Tx& tx, const Token& token, ByteSpan digest);
bool has_digest(db::Tx& tx, ByteSpan digest);
std::optional<Token> find_live_token(db::Tx& tx, std::int64_t user_key,
                                     std::string_view name_or_id);
std::optional<TokenRow> find_token(db::Tx& tx, ByteSpan digest);  // revoked and expired ones too
bool revoke_token(db::Tx& tx, std::int64_t token_key, Timestamp at);  // false: it was already
std::int64_t revoke_tokens_of(db::Tx& tx, std::int64_t user_key, Timestamp at);
std::vector<Token> list_tokens(db::Tx& tx, std::int64_t user_key);
void set_last_used(db::Tx& tx, std::int64_t token_key, Timestamp at);

void insert_session(db::Tx& tx, ByteSpan digest, std::int64_t user_key, Timestamp created_at,
                    Timestamp expires_at, std::string_view address);
struct SessionRow {
  std::int64_t key = 0, user_key = 0;
  Timestamp created_at, expires_at, last_used_at;
};
std::optional<SessionRow> find_session(db::Tx& tx, ByteSpan digest);
bool remove_session(db::Tx& tx, ByteSpan digest);
// But the one of this digest, which may be empty.
std::int64_t remove_sessions_of(db::Tx& tx, std::int64_t user_key, ByteSpan but = {});
std::int64_t remove_expired_sessions(db::Tx& tx, Timestamp at, Timestamp unused_since);
void set_session_used(db::Tx& tx, std::int64_t session_key, Timestamp at);
bool has_session_from(db::Tx& tx, std::int64_t user_key, std::string_view address);

std::string find_fact(db::Tx& tx, std::string_view name);  // empty: none
void put_fact(db::Tx& tx, std::string_view name, std::string_view value);

void insert_audit(db::Tx& tx, Timestamp at, const Actor& actor, const AuditEvent& event);

}  // namespace holt::auth::store
