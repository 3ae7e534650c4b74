// JSON shapes of the auth room, written and read with Boost.JSON.
#include "domain/auth/wire.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/time.h"

namespace holt::auth::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kDeepest = 8;

json::string_view text(std::string_view value) { return {value.data(), value.size()}; }
std::string_view view(const json::string& value) { return {value.data(), value.size()}; }

json::array array_of(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(text(value));
  return out;
}

json::value time_or_null(const std::optional<Timestamp>& at) {
  if (!at) return nullptr;
  return json::value(iso8601(*at));
}

std::string_view token_role(TokenRole role) {
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

// Bad JSON in the catalog is corruption, not input.
json::value parse_stored(std::string_view stored) { return json::parse(text(stored)); }

Result<json::object> parse_body(std::string_view body) {
  json::parse_options options;
  options.max_depth = kDeepest;
  json::error_code error;
  json::value value = json::parse(text(body), error, {}, options);
  if (error) return fail(Kind::invalid, "The body is not JSON: " + error.message() + ".");
  if (!value.is_object()) return fail(Kind::invalid, "The body must be a JSON object.");
  return std::move(value.as_object());
}

Result<std::string> required_text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(text(name));
  if (value == nullptr || !value->is_string()) {
    return fail(Kind::invalid, "The body needs a text \"" + std::string(name) + "\".");
  }
  return std::string(view(value->get_string()));
}

Result<std::vector<std::string>> text_list(const json::value* value, std::string_view name) {
  std::vector<std::string> out;
  if (value == nullptr || value->is_null()) return out;
  const auto complain = [&] {
    return fail(Kind::invalid, "\"" + std::string(name) + "\" must be a list of texts.");
  };
  if (!value->is_array()) return complain();
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) return complain();
    out.emplace_back(view(item.get_string()));
  }
  return out;
}

json::object org_summary(const OrgOfUser& one) {
  return {{"type", "org"},
          {"id", text(one.org.object_id)},
          {"name", text(one.org.name)},
          {"fullname", text(one.org.full_name)},
          {"avatarUrl", ""},
          {"isEnterprise", false}};
}

void add_counts(json::object& out, const std::optional<RepoCounts>& counts) {
  if (!counts) return;
  out["numModels"] = counts->models;
  out["numDatasets"] = counts->datasets;
  out["numSpaces"] = counts->spaces;
}

json::object token_object(const Token& token) {
  json::array scoped;
  for (const auto& scope : token.scopes) {
    scoped.push_back(json::object{{"entity", json::object{{"type", text(scope.entity_type)},
                                                          {"name", text(scope.entity_name)}}},
                                  {"permissions", array_of(scope.permissions)}});
  }
  return {{"id", text(token.object_id)},
          {"name", text(token.name)},
          {"role", text(token_role(token.role))},
          {"global", array_of(token.global_permissions)},
          {"scoped", std::move(scoped)},
          {"lastFour", text(token.last_four)},
          {"createdAt", iso8601(token.created_at)},
          {"expiresAt", time_or_null(token.expires_at)},
          {"lastUsedAt", time_or_null(token.last_used_at)},
          {"revokedAt", time_or_null(token.revoked_at)}};
}

}  // namespace

std::string permissions_to_json(const std::vector<std::string>& permissions) {
  return json::serialize(array_of(permissions));
}

std::vector<std::string> read_permissions(std::string_view stored) {
  std::vector<std::string> out;
  for (const auto& item : parse_stored(stored).as_array()) out.emplace_back(view(item.as_string()));
  return out;
}

std::string scopes_to_json(const std::vector<Scope>& scopes) {
  json::array out;
  for (const auto& scope : scopes) {
    out.push_back(json::object{{"type", text(scope.entity_type)},
                               {"name", text(scope.entity_name)},
                               {"permissions", array_of(scope.permissions)}});
  }
  return json::serialize(out);
}

std::vector<Scope> read_scopes(std::string_view stored) {
  std::vector<Scope> out;
  const json::value value = parse_stored(stored);
  for (const auto& item : value.as_array()) {
    Scope scope;
    scope.entity_type = view(item.at("type").as_string());
    scope.entity_name = view(item.at("name").as_string());
    for (const auto& permission : item.at("permissions").as_array()) {
      scope.permissions.emplace_back(view(permission.as_string()));
    }
    out.push_back(std::move(scope));
  }
  return out;
}

std::string audit_user(const Namespace& user) {
  return json::serialize(json::object{{"siteAdmin", user.site_admin}});
}

std::string audit_member(std::string_view user, Role role) {
  return json::serialize(json::object{{"user", text(user)}, {"role", text(role_name(role))}});
}

std::string audit_name(std::string_view name) {
  return json::serialize(json::object{{"user", text(name)}});
}

std::string audit_openness(const Openness& chosen) {
  return json::serialize(
      json::object{{"hubPrivate", chosen.hub_private}, {"openToJoin", chosen.open_to_join}});
}

std::string audit_token(const Token& token) {
  return json::serialize(json::object{{"token", text(token.object_id)},
                                      {"name", text(token.name)},
                                      {"role", text(token_role(token.role))}});
}

std::string whoami(const Namespace& user, const std::vector<OrgOfUser>& orgs, const Token* token,
                   const std::vector<std::string>& entity_ids) {
  json::array org_list;
  for (const auto& one : orgs) {
    json::object org = org_summary(one);
    org["email"] = nullptr;
    org["canPay"] = false;
    org["periodEnd"] = nullptr;
    org["roleInOrg"] = text(role_name(one.role));
    org_list.push_back(std::move(org));
  }
  json::object auth{{"type", token != nullptr ? "access_token" : "session"}};
  if (token != nullptr) {
    json::object shown{{"displayName", text(token->name)},
                       {"role", text(token_role(token->role))},
                       {"createdAt", iso8601(token->created_at)}};
    if (token->role == TokenRole::fine_grained) {
      json::array scoped;
      for (std::size_t i = 0; i < token->scopes.size(); ++i) {
        const auto& scope = token->scopes[i];
        json::object entity{{"type", text(scope.entity_type)}, {"name", text(scope.entity_name)}};
        entity["_id"] = i < entity_ids.size() ? text(entity_ids[i]) : json::string_view();
        scoped.push_back(json::object{{"entity", std::move(entity)},
                                      {"permissions", array_of(scope.permissions)}});
      }
      shown["fineGrained"] = json::object{{"canReadGatedRepos", false},
                                          {"global", array_of(token->global_permissions)},
                                          {"scoped", std::move(scoped)}};
    }
    if (token->expires_at) auth["expiresAt"] = iso8601(*token->expires_at);
    auth["accessToken"] = std::move(shown);
  }
  return json::serialize(json::object{{"type", "user"},
                                      {"id", text(user.object_id)},
                                      {"name", text(user.name)},
                                      {"fullname", text(user.full_name)},
                                      {"email", text(user.email)},
                                      {"emailVerified", !user.email.empty()},
                                      {"canPay", false},
                                      {"isPro", false},
                                      {"periodEnd", nullptr},
                                      {"avatarUrl", ""},
                                      {"isAdmin", user.site_admin},
                                      {"orgs", std::move(org_list)},
                                      {"auth", std::move(auth)}});
}

std::string user_overview(const Namespace& user, const std::vector<OrgOfUser>& orgs,
                          const std::optional<RepoCounts>& counts) {
  json::array org_list;
  for (const auto& one : orgs) org_list.push_back(org_summary(one));
  json::object out{{"_id", text(user.object_id)},
                   {"type", "user"},
                   {"user", text(user.name)},
                   {"fullname", text(user.full_name)},
                   {"avatarUrl", ""},
                   {"isPro", false},
                   {"isFollowing", false},
                   {"createdAt", iso8601(user.created_at)},
                   {"orgs", std::move(org_list)}};
  add_counts(out, counts);
  return json::serialize(out);
}

std::string org_overview(const Namespace& org, std::size_t member_count,
                         const std::optional<RepoCounts>& counts) {
  json::object out{{"_id", text(org.object_id)},
                   {"type", "org"},
                   {"name", text(org.name)},
                   {"fullname", text(org.full_name)},
                   {"avatarUrl", ""},
                   {"isVerified", false},
                   {"isFollowing", false},
                   {"isEnterprise", false},
                   {"createdAt", iso8601(org.created_at)},
                   {"numUsers", member_count}};
  add_counts(out, counts);
  return json::serialize(out);
}

std::string members(const std::vector<Auth::Member>& all, Roles roles) {
  json::array out;
  for (const auto& member : all) {
    json::object one{{"_id", text(member.user.object_id)},
                     {"type", "user"},
                     {"user", text(member.user.name)},
                     {"fullname", text(member.user.full_name)},
                     {"avatarUrl", ""},
                     {"isPro", false}};
    if (roles == Roles::shown) one["role"] = text(role_name(member.role));
    out.push_back(std::move(one));
  }
  return json::serialize(out);
}

std::string tokens(const std::vector<Token>& all) {
  json::array out;
  for (const auto& token : all) out.push_back(token_object(token));
  return json::serialize(out);
}

std::string created_token(const Auth::Created& created) {
  json::object out = token_object(created.token);
  out["value"] = text(created.value);
  return json::serialize(out);
}

Result<NewToken> read_new_token(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  NewToken out;
  out.name = TRY(required_text(object, "name"));
  const std::string role = TRY(required_text(object, "role"));
  if (role == "write") {
    out.role = TokenRole::write;
  } else if (role == "fineGrained") {
    out.role = TokenRole::fine_grained;
  } else if (role != "read") {
    return fail(Kind::invalid, "\"role\" is one of read, write, fineGrained.");
  }
  out.global_permissions = TRY(text_list(object.if_contains("global"), "global"));
  if (const auto* scoped = object.if_contains("scoped"); scoped != nullptr && !scoped->is_null()) {
    if (!scoped->is_array()) return fail(Kind::invalid, "\"scoped\" must be a list.");
    for (const auto& item : scoped->get_array()) {
      const auto* one = item.if_object();
      const auto* entity = one != nullptr ? one->if_contains("entity") : nullptr;
      if (entity == nullptr || !entity->is_object()) {
        return fail(Kind::invalid,
                    "Each of \"scoped\" needs an \"entity\" with \"type\" and \"name\".");
      }
      Scope scope;
      scope.entity_type = TRY(required_text(entity->get_object(), "type"));
      scope.entity_name = TRY(required_text(entity->get_object(), "name"));
      scope.permissions = TRY(text_list(one->if_contains("permissions"), "permissions"));
      out.scopes.push_back(std::move(scope));
    }
  }
  if (const auto* expires = object.if_contains("expiresAt");
      expires != nullptr && !expires->is_null()) {
    const auto at =
        expires->is_string() ? parse_iso8601(view(expires->get_string())) : std::nullopt;
    if (!at) return fail(Kind::invalid, "\"expiresAt\" is a time like 2030-01-31T00:00:00Z.");
    out.expires_at = *at;
  }
  return out;
}

namespace {

std::string optional_text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(text(name));
  return value != nullptr && value->is_string() ? std::string(view(value->get_string()))
                                                : std::string();
}

}  // namespace

std::string org_list(const std::vector<std::pair<Namespace, std::size_t>>& orgs) {
  json::array out;
  for (const auto& [org, members] : orgs)
    out.push_back(json::object{{"name", text(org.name)},
                               {"fullname", text(org.full_name)},
                               {"numUsers", members},
                               {"createdAt", iso8601(org.created_at)}});
  return json::serialize(out);
}

std::string user_list(const std::vector<Namespace>& users) {
  json::array out;
  for (const auto& user : users)
    out.push_back(json::object{{"name", text(user.name)},
                               {"fullname", text(user.full_name)},
                               {"email", text(user.email)},
                               {"isAdmin", user.site_admin},
                               {"suspended", user.suspended},
                               {"createdAt", iso8601(user.created_at)}});
  return json::serialize(out);
}

std::string sessions(const std::vector<Auth::WebSession>& all) {
  json::array out;
  for (const auto& one : all)
    out.push_back(json::object{{"id", std::to_string(one.key)},
                               {"createdAt", iso8601(one.created_at)},
                               {"expiresAt", iso8601(one.expires_at)},
                               {"lastUsedAt", iso8601(one.last_used_at)},
                               {"address", text(one.address)},
                               {"current", one.current}});
  return json::serialize(out);
}

std::string audit_rows(const std::vector<Auth::AuditRow>& rows) {
  json::array out;
  for (const auto& row : rows) {
    json::error_code error;
    auto detail = json::parse(text(row.detail_json), error);
    out.push_back(json::object{{"id", std::to_string(row.key)},
                               {"at", iso8601(row.at)},
                               {"actor", text(row.actor)},
                               {"via", text(row.via)},
                               {"action", text(row.action)},
                               {"subject", text(row.subject)},
                               {"detail", error ? json::value(nullptr) : std::move(detail)}});
  }
  return json::serialize(out);
}

Result<NewOrgBody> read_new_org(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  NewOrgBody out{TRY(required_text(object, "name")), optional_text(object, "fullname")};
  const auto visibility = optional_text(object, "defaultVisibility");
  if (visibility == "private")
    out.default_visibility = Visibility::private_;
  else if (!visibility.empty() && visibility != "public")
    return fail(Kind::invalid, "\"defaultVisibility\" is public or private.");
  return out;
}

Result<Role> read_member_role(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  const auto role = parse_role(TRY(required_text(object, "role")));
  if (!role) return fail(Kind::invalid, "\"role\" is one of read, contributor, write, admin.");
  return *role;
}

Result<PasswordBody> read_password(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  const auto* revoke = object.if_contains("revokeTokens");
  return PasswordBody{optional_text(object, "current"), TRY(required_text(object, "password")),
                      revoke != nullptr && revoke->is_bool() && revoke->get_bool()
                          ? Auth::Tokens::revoke
                          : Auth::Tokens::keep};
}

Result<ProfileBody> read_profile(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  return ProfileBody{optional_text(object, "fullname"), optional_text(object, "email")};
}

Result<NewUserBody> read_new_user(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  const auto* admin = object.if_contains("isAdmin");
  return NewUserBody{TRY(required_text(object, "name")), optional_text(object, "fullname"),
                     optional_text(object, "email"), optional_text(object, "password"),
                     admin != nullptr && admin->is_bool() && admin->get_bool()};
}

Result<bool> read_suspended(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  const auto* value = object.if_contains("suspended");
  if (value == nullptr || !value->is_bool())
    return fail(Kind::invalid, "\"suspended\" is true or false.");
  return value->get_bool();
}

std::string named(const Namespace& made) {
  return json::serialize(json::object{{"name", text(made.name)}, {"id", text(made.object_id)}});
}

Result<LoginBody> read_login(std::string_view body) {
  const json::object object = TRY(parse_body(body));
  return LoginBody{TRY(required_text(object, "username")), TRY(required_text(object, "password"))};
}

std::string logged_in(const Actor& actor) {
  return json::serialize(json::object{{"name", text(actor.name)}, {"isAdmin", actor.site_admin}});
}

}  // namespace holt::auth::wire

namespace holt::auth {

std::string audit_detail(
    std::initializer_list<std::pair<std::string_view, std::string_view>> facts) {
  boost::json::object out;
  for (const auto& [name, value] : facts)
    if (!value.empty()) out[wire::text(name)] = wire::text(value);
  return boost::json::serialize(out);
}

}  // namespace holt::auth
