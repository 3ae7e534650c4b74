// SQL of the auth room. Names compare by their lower-cased key columns.
#include "domain/auth/store.h"

#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "domain/auth/wire.h"

namespace holt::auth::store {
namespace {

// Macros because a Query points at literals, and literals join only before compilation.
#define HOLT_NAMESPACE_COLUMNS                                                             \
  "n.id, n.object_id, n.is_org, n.name, n.full_name, n.email, n.site_admin, n.suspended, " \
  "n.default_visibility, n.created_at"
#define HOLT_TOKEN_COLUMNS                                                                      \
  "t.id, t.object_id, t.user_id, t.name, t.role, t.global_permissions, t.scopes, t.last_four, " \
  "t.created_at, t.expires_at, t.last_used_at, t.revoked_at"
constexpr std::size_t kNamespaceColumns = 10;
constexpr std::size_t kTokenColumns = 12;

const db::Query kInsertNamespace{"auth_insert_namespace",
                                 "INSERT INTO namespaces (object_id, is_org, name, name_key, "
                                 "full_name, email, email_key, password, "
                                 "site_admin, suspended, default_visibility, created_at) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"};
const db::Query kFindByName{"auth_find_namespace_by_name",
                            "SELECT " HOLT_NAMESPACE_COLUMNS
                            " FROM namespaces n WHERE n.name_key = ?"};
const db::Query kFindByKey{"auth_find_namespace_by_key",
                           "SELECT " HOLT_NAMESPACE_COLUMNS " FROM namespaces n WHERE n.id = ?"};
const db::Query kFindByEmail{"auth_find_namespace_by_email",
                             "SELECT " HOLT_NAMESPACE_COLUMNS
                             " FROM namespaces n WHERE n.email_key = ? AND n.is_org = 0 LIMIT 2"};
const db::Query kListNamespaces{"auth_list_namespaces",
                                "SELECT " HOLT_NAMESPACE_COLUMNS
                                " FROM namespaces n WHERE n.is_org = ? ORDER BY n.name_key"};
const db::Query kSearchNamespaces{"auth_search_namespaces",
                                  "SELECT " HOLT_NAMESPACE_COLUMNS
                                  " FROM namespaces n WHERE n.name_key LIKE ? ESCAPE '\\' AND "
                                  "n.suspended = 0 ORDER BY n.name_key LIMIT ?"};
const db::Query kSelectPassword{"auth_select_password",
                                "SELECT password FROM namespaces WHERE id = ?"};
const db::Query kUpdatePassword{"auth_update_password",
                                "UPDATE namespaces SET password = ? WHERE id = ?"};
const db::Query kUpdateSuspended{"auth_update_suspended",
                                 "UPDATE namespaces SET suspended = ? WHERE id = ?"};

const db::Query kUpdateProfile{
    "auth_update_profile",
    "UPDATE namespaces SET full_name = ?, email = ?, email_key = ? WHERE id = ?"};
const db::Query kListSessions{
    "auth_list_sessions",
    "SELECT id, created_at, expires_at, digest, last_used_at, address FROM sessions "
    "WHERE user_id = ? AND expires_at > ? "
    "ORDER BY id DESC LIMIT 200"};
const db::Query kRemoveSessionOf{"auth_remove_session_of",
                                 "DELETE FROM sessions WHERE id = ? AND user_id = ? RETURNING id"};
const db::Query kAudit{"auth_audit",
                       "SELECT id, at, actor, via, action, subject, detail FROM audit "
                       "WHERE id < ? ORDER BY id DESC LIMIT ?"};

const db::Query kAnyUser{"auth_any_user", "SELECT 1 FROM namespaces WHERE is_org = 0 LIMIT 1"};
const db::Query kChoices{"auth_choices", "SELECT name, value FROM hub_choices"};
const db::Query kSetChoice{"auth_set_choice",
                           "INSERT INTO hub_choices (name, value) VALUES (?, ?) "
                           "ON CONFLICT (name) DO UPDATE SET value = excluded.value"};

const db::Query kPutMember{
    "auth_put_member",
    "INSERT INTO members (org_id, user_id, role, created_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (org_id, user_id) DO UPDATE SET role = excluded.role"};
const db::Query kRemoveMember{"auth_remove_member",
                              "DELETE FROM members WHERE org_id = ? AND user_id = ?"};
const db::Query kSelectRole{"auth_select_role",
                            "SELECT role FROM members WHERE org_id = ? AND user_id = ?"};
const db::Query kCountAdmins{"auth_count_admins",
                             "SELECT COUNT(*) FROM members WHERE org_id = ? AND role = 'admin'"};
const db::Query kListMembers{"auth_list_members",
                             "SELECT " HOLT_NAMESPACE_COLUMNS
                             ", m.role FROM members m JOIN namespaces n ON n.id = m.user_id "
                             "WHERE m.org_id = ? ORDER BY n.name_key"};
const db::Query kOrgsOf{
    "auth_orgs_of",
    "SELECT m.org_id, n.name, m.role FROM members m JOIN namespaces n ON n.id = m.org_id "
    "WHERE m.user_id = ? ORDER BY n.name_key"};

const db::Query kInsertToken{
    "auth_insert_token",
    "INSERT INTO tokens (object_id, user_id, name, role, global_permissions, scopes, digest, "
    "last_four, "
    "created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"};
const db::Query kHasDigest{"auth_has_digest", "SELECT id FROM tokens WHERE digest = ?"};
const db::Query kFindToken{
    "auth_find_token", "SELECT " HOLT_TOKEN_COLUMNS ", " HOLT_NAMESPACE_COLUMNS
                       " FROM tokens t JOIN namespaces n ON n.id = t.user_id WHERE t.digest = ?"};
const db::Query kFindLiveToken{"auth_find_live_token",
                               "SELECT " HOLT_TOKEN_COLUMNS
                               " FROM tokens t WHERE t.user_id = ? AND t.revoked_at IS NULL AND "
                               "(t.name = ? OR t.object_id = ?)"};
const db::Query kRevokeToken{
    "auth_revoke_token", "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"};
const db::Query kRevokeTokensOf{
    "auth_revoke_tokens_of",
    "UPDATE tokens SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL"};
const db::Query kListTokens{"auth_list_tokens", "SELECT " HOLT_TOKEN_COLUMNS
                                                " FROM tokens t WHERE t.user_id = ? ORDER BY t.id"};
const db::Query kSetLastUsed{"auth_set_last_used",
                             "UPDATE tokens SET last_used_at = ? "
                             "WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)"};

const db::Query kInsertSession{
    "auth_insert_session",
    "INSERT INTO sessions (digest, user_id, created_at, expires_at, last_used_at, address) "
    "VALUES (?, ?, ?, ?, ?, ?)"};
const db::Query kFindSession{"auth_find_session",
                             "SELECT id, user_id, created_at, expires_at, last_used_at "
                             "FROM sessions WHERE digest = ?"};
const db::Query kSetSessionUsed{
    "auth_set_session_used",
    "UPDATE sessions SET last_used_at = ? WHERE id = ? AND last_used_at < ?"};
const db::Query kSessionFrom{"auth_session_from",
                             "SELECT id FROM sessions WHERE user_id = ? AND address = ? LIMIT 1"};
const db::Query kRemoveSession{"auth_remove_session", "DELETE FROM sessions WHERE digest = ?"};
const db::Query kRemoveSessionsOf{"auth_remove_sessions_of",
                                  "DELETE FROM sessions WHERE user_id = ? AND digest <> ?"};
const db::Query kRemoveExpired{"auth_remove_expired_sessions",
                               "DELETE FROM sessions WHERE expires_at <= ? OR "
                               "(last_used_at > 0 AND last_used_at <= ?)"};

const db::Query kFindFact{"auth_find_fact", "SELECT value FROM hub_facts WHERE name = ?"};
const db::Query kPutFact{"auth_put_fact",
                         "INSERT INTO hub_facts (name, value) VALUES (?, ?) "
                         "ON CONFLICT (name) DO UPDATE SET value = excluded.value"};

const db::Query kInsertAudit{
    "auth_insert_audit",
    "INSERT INTO audit (at, actor_id, actor, via, token_id, action, subject, detail) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};

#undef HOLT_NAMESPACE_COLUMNS
#undef HOLT_TOKEN_COLUMNS

// Stored by name; never change.
std::string_view visibility_name(Visibility visibility) {
  return visibility == Visibility::private_ ? "private" : "public";
}

std::string_view token_role_name(TokenRole role) {
  switch (role) {
    case TokenRole::read:
      return "read";
    case TokenRole::write:
      return "write";
    case TokenRole::fine_grained:
      return "fineGrained";
  }
  return "read";
}

TokenRole parse_token_role(std::string_view name) {
  if (name == "write") return TokenRole::write;
  if (name == "fineGrained") return TokenRole::fine_grained;
  return TokenRole::read;
}

std::string_view via_name(Via via) {
  switch (via) {
    case Via::anonymous:
      return "anonymous";
    case Via::token:
      return "token";
    case Via::session:
      return "session";
    case Via::system:
      return "system";
  }
  return "anonymous";
}

Namespace namespace_of(const db::Row& row, std::size_t at = 0) {
  Namespace out;
  out.key = row.integer(at);
  out.object_id = row.text(at + 1);
  out.is_org = row.flag(at + 2);
  out.name = row.text(at + 3);
  out.full_name = row.text(at + 4);
  out.email = row.text(at + 5);
  out.site_admin = row.flag(at + 6);
  out.suspended = row.flag(at + 7);
  out.default_visibility =
      row.text(at + 8) == "private" ? Visibility::private_ : Visibility::public_;
  out.created_at = row.time(at + 9);
  return out;
}

Token token_of(const db::Row& row) {
  Token out;
  out.key = row.integer(0);
  out.object_id = row.text(1);
  out.user_key = row.integer(2);
  out.name = row.text(3);
  out.role = parse_token_role(row.text(4));
  out.global_permissions = wire::read_permissions(row.text(5));
  out.scopes = wire::read_scopes(row.text(6));
  out.last_four = row.text(7);
  out.created_at = row.time(8);
  out.expires_at = row.maybe_time(9);
  out.last_used_at = row.maybe_time(10);
  out.revoked_at = row.maybe_time(11);
  return out;
}

std::vector<Namespace> namespaces_of(const std::vector<db::Row>& rows) {
  std::vector<Namespace> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(namespace_of(row));
  return out;
}

// An unknown role in the catalog grants the least.
Role role_from(std::string_view name) { return parse_role(name).value_or(Role::read); }

}  // namespace

std::int64_t insert_namespace(db::Tx& tx, const Namespace& made, std::string_view password_hash) {
  const std::string name_key = lower(made.name);
  const std::string email_key = lower(made.email);
  return tx
      .find(kInsertNamespace,
            {made.object_id, made.is_org, made.name, name_key, made.full_name, made.email,
             email_key, password_hash, made.site_admin, made.suspended,
             visibility_name(made.default_visibility), made.created_at})
      .value()
      .integer(0);
}

std::optional<Namespace> find_namespace(db::Tx& tx, std::string_view name) {
  const auto row = tx.find(kFindByName, {lower(name)});
  if (!row) return std::nullopt;
  return namespace_of(*row);
}

std::optional<Namespace> find_namespace(db::Tx& tx, std::int64_t key) {
  const auto row = tx.find(kFindByKey, {key});
  if (!row) return std::nullopt;
  return namespace_of(*row);
}

std::vector<Namespace> list_namespaces(db::Tx& tx, bool orgs) {
  return namespaces_of(tx.select(kListNamespaces, {orgs}));
}

std::vector<Namespace> search_namespaces(db::Tx& tx, std::string_view letters, std::size_t limit) {
  const std::string pattern = db::like_contains(lower(letters));
  return namespaces_of(tx.select(kSearchNamespaces, {pattern, static_cast<std::int64_t>(limit)}));
}

std::vector<Namespace> find_by_email(db::Tx& tx, std::string_view email) {
  return namespaces_of(tx.select(kFindByEmail, {lower(email)}));
}

std::string password_of(db::Tx& tx, std::int64_t user_key) {
  const auto row = tx.find(kSelectPassword, {user_key});
  return row ? row->text(0) : std::string();
}

void set_password(db::Tx& tx, std::int64_t user_key, std::string_view hash) {
  tx.execute(kUpdatePassword, {hash, user_key});
}

void set_suspended(db::Tx& tx, std::int64_t user_key, bool suspended) {
  tx.execute(kUpdateSuspended, {suspended, user_key});
}

void update_profile(db::Tx& tx, std::int64_t user_key, std::string_view full_name,
                    std::string_view email) {
  const std::string email_key = lower(email);
  tx.execute(kUpdateProfile, {full_name, email, email_key, user_key});
}

std::vector<Auth::WebSession> list_sessions(db::Tx& tx, std::int64_t user_key, Timestamp at,
                                            const Sha256Digest& current) {
  std::vector<Auth::WebSession> out;
  for (const auto& row : tx.select(kListSessions, {user_key, at})) {
    const auto& digest = row.bytes(3);
    out.push_back({row.integer(0), row.time(1), row.time(2), std::max(row.time(1), row.time(4)),
                   row.text(5),
                   std::equal(digest.begin(), digest.end(), current.begin(), current.end())});
  }
  return out;
}

bool remove_session_of(db::Tx& tx, std::int64_t user_key, std::int64_t session_key) {
  return tx.find(kRemoveSessionOf, {session_key, user_key}).has_value();
}

std::vector<Auth::AuditRow> audit(db::Tx& tx, std::int64_t before, std::size_t limit) {
  std::vector<Auth::AuditRow> out;
  const std::int64_t below = before > 0 ? before : INT64_MAX;
  for (const auto& row : tx.select(kAudit, {below, static_cast<std::int64_t>(limit)}))
    out.push_back({row.integer(0), row.time(1), row.text(2), row.text(3), row.text(4), row.text(5),
                   row.text(6)});
  return out;
}

bool has_users(db::Tx& tx) { return tx.find(kAnyUser, {}).has_value(); }

Openness openness(db::Tx& tx) {
  Openness out;
  for (const auto& row : tx.select(kChoices, {})) {
    if (row.text(0) == "hub-private") out.hub_private = row.text(1) == "true";
    if (row.text(0) == "open-to-join") out.open_to_join = row.text(1) == "true";
  }
  return out;
}

void set_openness(db::Tx& tx, const Openness& wanted) {
  tx.execute(kSetChoice, {"hub-private", wanted.hub_private ? "true" : "false"});
  tx.execute(kSetChoice, {"open-to-join", wanted.open_to_join ? "true" : "false"});
}

void put_member(db::Tx& tx, std::int64_t org_key, std::int64_t user_key, Role role, Timestamp at) {
  tx.execute(kPutMember, {org_key, user_key, role_name(role), at});
}

bool remove_member(db::Tx& tx, std::int64_t org_key, std::int64_t user_key) {
  return tx.execute(kRemoveMember, {org_key, user_key}) > 0;
}

std::optional<Role> role_of(db::Tx& tx, std::int64_t org_key, std::int64_t user_key) {
  const auto row = tx.find(kSelectRole, {org_key, user_key});
  if (!row) return std::nullopt;
  return role_from(row->text(0));
}

std::int64_t count_admins(db::Tx& tx, std::int64_t org_key) {
  return tx.find(kCountAdmins, {org_key}).value().integer(0);
}

std::vector<Auth::Member> list_members(db::Tx& tx, std::int64_t org_key) {
  std::vector<Auth::Member> out;
  for (const auto& row : tx.select(kListMembers, {org_key})) {
    out.push_back({namespace_of(row), role_from(row.text(kNamespaceColumns))});
  }
  return out;
}

std::vector<Membership> orgs_of(db::Tx& tx, std::int64_t user_key) {
  std::vector<Membership> out;
  for (const auto& row : tx.select(kOrgsOf, {user_key})) {
    out.push_back({row.integer(0), row.text(1), role_from(row.text(2))});
  }
  return out;
}

std::int64_t insert_token(db::Tx& tx, const Token& token, ByteSpan digest) {
  const std::string permissions = wire::permissions_to_json(token.global_permissions);
  const std::string scopes = wire::scopes_to_json(token.scopes);
  return tx
      .find(kInsertToken,
            {token.object_id, token.user_key, token.name, token_role_name(token.role), permissions,
             scopes, digest, token.last_four, token.created_at, token.expires_at})
      .value()
      .integer(0);
}

bool has_digest(db::Tx& tx, ByteSpan digest) { return tx.find(kHasDigest, {digest}).has_value(); }

std::optional<Token> find_live_token(db::Tx& tx, std::int64_t user_key,
                                     std::string_view name_or_id) {
  const auto row = tx.find(kFindLiveToken, {user_key, name_or_id, name_or_id});
  if (!row) return std::nullopt;
  return token_of(*row);
}

std::optional<TokenRow> find_token(db::Tx& tx, ByteSpan digest) {
  const auto row = tx.find(kFindToken, {digest});
  if (!row) return std::nullopt;
  return TokenRow{token_of(*row), namespace_of(*row, kTokenColumns)};
}

bool revoke_token(db::Tx& tx, std::int64_t token_key, Timestamp at) {
  return tx.execute(kRevokeToken, {at, token_key}) > 0;
}

std::int64_t revoke_tokens_of(db::Tx& tx, std::int64_t user_key, Timestamp at) {
  return tx.execute(kRevokeTokensOf, {at, user_key});
}

std::vector<Token> list_tokens(db::Tx& tx, std::int64_t user_key) {
  std::vector<Token> out;
  for (const auto& row : tx.select(kListTokens, {user_key})) out.push_back(token_of(row));
  return out;
}

void set_last_used(db::Tx& tx, std::int64_t token_key, Timestamp at) {
  tx.execute(kSetLastUsed, {at, token_key, at});
}

void insert_session(db::Tx& tx, ByteSpan digest, std::int64_t user_key, Timestamp created_at,
                    Timestamp expires_at, std::string_view address) {
  tx.execute(kInsertSession, {digest, user_key, created_at, expires_at, created_at, address});
}

std::optional<SessionRow> find_session(db::Tx& tx, ByteSpan digest) {
  const auto row = tx.find(kFindSession, {digest});
  if (!row) return std::nullopt;
  SessionRow out{row->integer(0), row->integer(1), row->time(2), row->time(3), row->time(4)};
  // Of before sessions knew when they were used: this is the first time that counts.
  if (out.last_used_at.ms == 0) out.last_used_at = now();
  return out;
}

void set_session_used(db::Tx& tx, std::int64_t session_key, Timestamp at) {
  tx.execute(kSetSessionUsed, {at, session_key, at});
}

bool has_session_from(db::Tx& tx, std::int64_t user_key, std::string_view address) {
  return tx.find(kSessionFrom, {user_key, address}).has_value();
}

bool remove_session(db::Tx& tx, ByteSpan digest) {
  return tx.execute(kRemoveSession, {digest}) > 0;
}

std::int64_t remove_sessions_of(db::Tx& tx, std::int64_t user_key, ByteSpan but) {
  return tx.execute(kRemoveSessionsOf, {user_key, but});
}

std::int64_t remove_expired_sessions(db::Tx& tx, Timestamp at, Timestamp unused_since) {
  return tx.execute(kRemoveExpired, {at, unused_since});
}

std::string find_fact(db::Tx& tx, std::string_view name) {
  const auto row = tx.find(kFindFact, {name});
  return row ? row->text(0) : std::string();
}

void put_fact(db::Tx& tx, std::string_view name, std::string_view value) {
  tx.execute(kPutFact, {name, value});
}

void insert_audit(db::Tx& tx, Timestamp at, const Actor& actor, const AuditEvent& event) {
  tx.execute(kInsertAudit, {at, actor.user_key, actor.name, via_name(actor.via), actor.token_key,
                            event.action, event.subject, event.detail_json});
}

}  // namespace holt::auth::store
