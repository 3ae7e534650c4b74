// Who is calling: users, organisations and their members, access tokens, passwords, web sessions.
// What a caller may do with a repository is decided in domain/repos.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/db/db.h"

namespace holt::http {
struct Request;
struct Response;
class Router;
struct Route;
}  // namespace holt::http

namespace holt::auth {

enum class Role { read, contributor, write, admin };  // in an organisation; stored by name
enum class TokenRole { read, write, fine_grained };   // stored by name ("fineGrained" on the wire)
enum class Via {
  anonymous,
  token,
  session,
  system
};  // system: the command line and background work

std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view text);

// What a fine-grained token may do with one entity: a repository ("model", "acme/bert"), a user or
// an organisation (every repository in it).
struct Scope {
  std::string entity_type;  // model | dataset | space | kernel | bucket | user | org
  std::string entity_name;  // compared without case
  std::vector<std::string>
      permissions;  // repo.content.read, repo.write, repo.access.read, discussion.write, …
};

struct Membership {
  std::int64_t org_key = 0;
  std::string org;
  Role role = Role::read;
};

// Immutable once made; held by the request it was made for and by the credential cache.
struct Actor {
  Via via = Via::anonymous;
  std::int64_t user_key = 0;  // namespaces.id; 0 for anonymous
  std::string name;           // empty for anonymous
  bool site_admin = false;
  std::int64_t token_key = 0;  // tokens.id, 0 without one
  std::string token_name;
  TokenRole token_role = TokenRole::write;
  std::vector<std::string> global_permissions;  // of a fine-grained token
  std::vector<Scope> scopes;
  std::vector<Membership> orgs;

  bool anonymous() const { return via == Via::anonymous; }
  // By a token that holds only what it was given, whatever its owner may do.
  bool fine_grained() const { return via == Via::token && token_role == TokenRole::fine_grained; }
  std::optional<Role> role_in(std::string_view org) const;  // without case
};
using ActorPtr = std::shared_ptr<const Actor>;

ActorPtr anonymous_actor();
ActorPtr system_actor();
// Of this process, before the first use of system_actor(): its name in the audit trail is then
// "command line".
void act_as_command_line();
// The actor that the pipeline put on the request (anonymous when none).
const Actor& actor_of(const http::Request& request);
ActorPtr actor_ptr_of(const http::Request& request);

enum class Visibility { public_, private_ };

struct Namespace {  // a user or an organisation: both own repositories and share one name space
  std::int64_t key = 0;
  std::string object_id;  // 24 hex
  bool is_org = false;
  std::string name;
  std::string full_name;
  std::string email;
  bool site_admin = false;
  bool suspended = false;
  Visibility default_visibility = Visibility::public_;
  Timestamp created_at;
};

struct Token {
  std::int64_t key = 0;
  std::string object_id;
  std::int64_t user_key = 0;
  std::string name;
  TokenRole role = TokenRole::read;
  std::vector<std::string> global_permissions;
  std::vector<Scope> scopes;
  std::string last_four;
  Timestamp created_at;
  std::optional<Timestamp> expires_at, last_used_at, revoked_at;
};

struct NewToken {
  std::string name;
  TokenRole role = TokenRole::read;
  std::vector<std::string> global_permissions;
  std::vector<Scope> scopes;
  std::optional<Timestamp> expires_at;
  std::optional<std::string> value;  // chosen by the operator (imports, tests); must start with hf_
};

struct AuditEvent {
  std::string action;       // one of audit_actions()
  std::string subject;      // what it was done to
  std::string detail_json;  // never a secret
};
// Everything that the audit trail may say, with what it means; docs/guides/audit.md is made of it.
struct AuditAction {
  std::string_view name, meaning;
};
std::span<const AuditAction> audit_actions();
bool is_audit_action(std::string_view name);
// A detail of an event: {"name": "text"}. Empty texts are left out.
std::string audit_detail(
    std::initializer_list<std::pair<std::string_view, std::string_view>> facts);

// How a browser keeps a session: under a name that only this very host can set, by TLS, where the
// hub is reached by https.
enum class CookieKind { plain, host_bound };
std::string_view cookie_name(CookieKind kind);

struct Openness {
  bool hub_private = false;   // anonymous callers may read nothing
  bool open_to_join = false;  // people make accounts by themselves
};
// What the operator configured; absent: administrators choose it on the pages, and the catalog
// keeps what they chose.
struct OpennessGiven {
  std::optional<bool> hub_private, open_to_join;
};

class Auth {
 public:
  // database outlives this.
  Auth(db::Database& database, const OpennessGiven& given);
  Auth(db::Database& database, bool hub_private) : Auth(database, OpennessGiven{hub_private, {}}) {}
  ~Auth();

  // Authorization header (Bearer, or Basic with the token or the password as password; the user
  // name counts only with a password), or the Cookie header. Empty: anonymous. Wrong, revoked,
  // expired, suspended: unauthorized with the message "Invalid credentials in Authorization
  // header"; a session cookie that is no longer good is anonymous instead, so that public pages
  // still open. Cached in memory until the catalog changes or the credential expires; last use is
  // recorded at most once a minute, by flush_last_used(). rate_limited after many wrong passwords.
  Result<ActorPtr> authenticate(std::string_view authorization, std::string_view cookie,
                                std::string_view remote_address = {});
  // Same, from memory only; nullopt when it would need the database (and for every refusal). Never
  // blocks.
  std::optional<ActorPtr> authenticate_cached(std::string_view authorization,
                                              std::string_view cookie);
  bool hub_private() const;
  Openness openness() const;
  const OpennessGiven& openness_given() const;
  // From the next request on. conflict when the configuration says otherwise.
  Result<void> set_openness(const Openness& wanted, const ActorPtr& by);
  // Moves when anything about credentials, members or rights may have changed: for rooms that keep
  // what an actor was allowed. Looks at the catalog at most every 2 ms.
  std::uint64_t generation();

  // Names: [A-Za-z0-9_] start, then [A-Za-z0-9_.-], ≤ 96, no "--" or "..", not ending in '-', '.'
  // or .git, not reserved (api, datasets, spaces, kernels, models, settings, …); unique without
  // case among users and organisations. Addresses are unique among users. `by` is who asks, for the
  // audit trail; rules about who may ask are the caller's. not_found, conflict and invalid say what
  // to do.
  Result<Namespace> create_user(std::string_view name, std::string_view full_name,
                                std::string_view email, bool site_admin,
                                std::optional<std::string_view> password,
                                const ActorPtr& by = system_actor());
  // Of a hub that has just been installed.
  bool has_users();
  // An administrator, and what they chose, in one step; conflict once there is any user.
  Result<Namespace> create_first_user(std::string_view name, std::string_view email,
                                      std::string_view password, const Openness& wanted);
  Result<Namespace> create_org(std::string_view name, std::string_view owner,
                               std::string_view full_name, Visibility default_visibility,
                               const ActorPtr& by = system_actor());
  // Adds, or changes the role. An organisation keeps at least one admin (conflict).
  Result<void> set_member(std::string_view org, std::string_view user, Role role,
                          const ActorPtr& by = system_actor());
  Result<void> remove_member(std::string_view org, std::string_view user,
                             const ActorPtr& by = system_actor());
  // argon2id; ends the user's web sessions, and revokes the tokens if that is wanted.
  enum class Tokens { keep, revoke };
  Result<void> set_password(std::string_view user, std::string_view password,
                            const ActorPtr& by = system_actor(), Tokens tokens = Tokens::keep);
  // As an account that anybody may make for themselves: bounded in number by address.
  Result<Namespace> join(std::string_view name, std::string_view email, std::string_view password,
                         std::string_view remote_address);
  Result<void> update_profile(const ActorPtr& user, std::string_view full_name,
                              std::string_view email);
  // Suspended: every credential of the user is refused and the web sessions end.
  Result<void> set_suspended(std::string_view user, bool suspended,
                             const ActorPtr& by = system_actor());

  // The value is returned once and stored only as a hash. Form: hf_ + 34 alphanumerics, the last 6
  // a checksum of the rest (docs/formats/tokens.md).
  struct Created {
    Token token;
    std::string value;
  };
  Result<Created> create_token(std::string_view user, NewToken wanted,
                               const ActorPtr& by = system_actor());
  Result<void> revoke_token(std::string_view user, std::string_view token_name_or_id,
                            const ActorPtr& by = system_actor());
  std::vector<Token> list_tokens(std::int64_t user_key);  // oldest first, revoked ones included

  // Tokens of this hub that stand in a text, revoked and expired ones too, each once; at most
  // `most` places are looked at.
  struct FoundToken {
    std::size_t offset = 0;
    Token token;
    Namespace owner;
    bool live = false;  // neither revoked nor expired
  };
  static constexpr std::size_t kEverywhere = SIZE_MAX;
  std::vector<FoundToken> find_tokens(std::string_view text, std::size_t most = kEverywhere);
  // False when it was revoked meanwhile. `where` is for the audit trail.
  bool revoke_leaked(const Token& token, const Namespace& owner, std::string_view where,
                     const ActorPtr& by = system_actor());

  // Web sessions. The cookie value is returned once and stored as a hash. log_in: unauthorized,
  // forbidden (suspended), rate_limited with Retry-After; the session of the cookie that came with
  // the request, if any, ends. log_out takes the Cookie header.
  struct Login {
    std::string cookie_value;
    ActorPtr actor;
  };
  Result<Login> log_in(std::string_view name_or_email, std::string_view password,
                       std::string_view remote_address, CookieKind kind = CookieKind::plain,
                       std::string_view cookie = {});
  Result<void> log_out(std::string_view cookie);
  // With the present password: every web session of the user ends, and a new one begins for who
  // changed it.
  struct PasswordChange {
    std::string_view present, wanted, remote_address;
    CookieKind kind = CookieKind::plain;
    Tokens tokens = Tokens::keep;
  };
  Result<Login> change_password(const ActorPtr& user, const PasswordChange& wanted);
  // How long a session lives, and how long without being used. Before serving.
  void limit_sessions(std::chrono::hours longest, std::chrono::hours idle);
  std::chrono::seconds session_life() const;

  std::optional<Namespace> find_namespace(std::string_view name);  // without case
  std::optional<Namespace> find_namespace(std::int64_t key);
  std::vector<Namespace> list_namespaces(bool orgs);
  // Whose names hold the letters, without case; suspended ones left out.
  std::vector<Namespace> search_namespaces(std::string_view letters, std::size_t limit);
  struct Member {
    Namespace user;
    Role role;
  };
  std::vector<Member> list_members(std::int64_t org_key);
  std::vector<Membership> orgs_of(std::int64_t user_key);

  struct WebSession {
    std::int64_t key = 0;
    Timestamp created_at, expires_at, last_used_at;
    std::string address;   // where it was opened
    bool current = false;  // the one of the cookie
  };
  std::vector<WebSession> list_sessions(std::int64_t user_key, std::string_view cookie);
  // not_found unless it is the user's.
  Result<void> end_session(const ActorPtr& user, std::int64_t session_key);
  // Every one of them, in every browser, but that of the cookie; how many there were.
  Result<std::size_t> end_sessions(std::string_view user, const ActorPtr& by = system_actor(),
                                   std::string_view kept_cookie = {});

  struct AuditRow {
    std::int64_t key = 0;
    Timestamp at;
    std::string actor, via, action, subject, detail_json;
  };
  // Newest first; `before` 0 is the first page, else the key of the last row seen.
  std::vector<AuditRow> audit(std::int64_t before, std::size_t limit);

  // One audit row in the caller's transaction.
  static void record_audit(db::Tx& tx, const Actor& actor, const AuditEvent& event);
  // One audit row by itself.
  void note(const Actor& actor, const AuditEvent& event);
  // Somebody tried to change what they may not change; most of many alike are left out.
  void note_refused(const Actor& actor, std::string_view route, std::string_view path,
                    std::string_view remote_address);

  // The data folder's secret, against the proof of it in the catalog, which is made at the first
  // call. `renewed`: the folder had none any more, and this new one is to count from now on.
  enum class Secret { kept, renewed };
  Result<void> check_secret(std::string_view secret, Secret state);
  // What is wrong with it; empty when it is the one that the catalog knows, or none is known yet.
  static std::string wrong_with_secret(db::Database& database, std::string_view secret);
  // A fact that is remembered from start to start; what it was before.
  std::string remember(std::string_view name, std::string_view value);

  // Drops cached credentials (called when the catalog's version moved; every method here that
  // writes does it itself). authenticate() also looks at the version, so it never trails by more
  // than 2 ms.
  void forget_cached();
  // Background work: writes the last use of tokens noted since the last call; drops expired
  // sessions.
  void flush_last_used();
  void sweep_sessions();

 private:
  struct Impl;
  struct NewUser;
  // `before`: what else the transaction checks and writes.
  Result<Namespace> add_user(const NewUser& wanted, const ActorPtr& by,
                             const std::function<Result<void>(db::Tx&)>& before);
  std::unique_ptr<Impl> impl_;
};

// How many repositories of a namespace the actor may see; the repos room knows.
struct RepoCounts {
  std::int64_t models = 0, datasets = 0, spaces = 0;
};
using CountRepos = std::function<RepoCounts(const Actor& actor, const Namespace& owner)>;

// forbidden unless the actor is a site administrator with a credential that may do everything.
Result<void> check_site_admin(const Actor& actor);

// whoami-v2, users, organisations, tokens, sessions. Without count_repos the overviews leave the
// counts out.
void add_routes(http::Router& router, Auth& auth, CountRepos count_repos = nullptr);

}  // namespace holt::auth
