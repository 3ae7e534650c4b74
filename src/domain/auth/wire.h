// JSON shapes of the auth room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/auth/auth.h"

namespace holt::auth::wire {

// As the catalog keeps them (columns global_permissions and scopes of tokens).
std::string permissions_to_json(const std::vector<std::string>& permissions);
std::vector<std::string> read_permissions(std::string_view json);
std::string scopes_to_json(const std::vector<Scope>& scopes);
std::vector<Scope> read_scopes(std::string_view json);

// Details of audit rows.
std::string audit_user(const Namespace& user);
std::string audit_member(std::string_view user, Role role);
std::string audit_name(std::string_view name);
std::string audit_token(const Token& token);
std::string audit_openness(const Openness& chosen);

struct OrgOfUser {
  Namespace org;
  Role role = Role::read;
};
// `token`: the one the request came with, or nullptr for a session. `entity_ids`: object ids of the
// scopes' entities in order, empty where unknown.
std::string whoami(const Namespace& user, const std::vector<OrgOfUser>& orgs, const Token* token,
                   const std::vector<std::string>& entity_ids);
std::string user_overview(const Namespace& user, const std::vector<OrgOfUser>& orgs,
                          const std::optional<RepoCounts>& counts);
std::string org_overview(const Namespace& org, std::size_t members,
                         const std::optional<RepoCounts>& counts);
// The roles are shown to members only.
enum class Roles { shown, hidden };
std::string members(const std::vector<Auth::Member>& members, Roles roles);

std::string tokens(const std::vector<Token>& tokens);
std::string created_token(const Auth::Created& created);
Result<NewToken> read_new_token(std::string_view body);

// Organisations with the number of their members; users as administrators see them.
std::string org_list(const std::vector<std::pair<Namespace, std::size_t>>& orgs);
std::string user_list(const std::vector<Namespace>& users);
std::string sessions(const std::vector<Auth::WebSession>& sessions);
std::string audit_rows(const std::vector<Auth::AuditRow>& rows);

struct NewOrgBody {
  std::string name, full_name;
  Visibility default_visibility = Visibility::public_;
};
Result<NewOrgBody> read_new_org(std::string_view body);
Result<Role> read_member_role(std::string_view body);
struct PasswordBody {
  std::string present, wanted;
  Auth::Tokens tokens = Auth::Tokens::keep;
};
Result<PasswordBody> read_password(std::string_view body);
struct ProfileBody {
  std::string full_name, email;
};
Result<ProfileBody> read_profile(std::string_view body);
struct NewUserBody {
  std::string name, full_name, email, password;
  bool site_admin = false;
};
Result<NewUserBody> read_new_user(std::string_view body);
Result<bool> read_suspended(std::string_view body);
std::string named(const Namespace& made);

struct LoginBody {
  std::string name, password;
};
Result<LoginBody> read_login(std::string_view body);
std::string logged_in(const Actor& actor);

}  // namespace holt::auth::wire
