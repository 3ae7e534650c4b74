// HTTP routes of the auth room.
#include <algorithm>

#include "base/text.h"
#include "domain/auth/auth.h"
#include "domain/auth/state.h"
#include "domain/auth/wire.h"
#include "io/http/http.h"

namespace holt::auth {
namespace {

using http::Access;
using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

// A private hub shows nobody to strangers.
Result<void> check_may_look(const Auth& auth, const Request& request) {
  if (!auth.hub_private() || !actor_of(request).anonymous()) return {};
  return fail(Kind::unauthorized, "This hub is private: send an access token.");
}

// A token must not be able to make itself a mightier one.
Result<void> check_web_session(const Actor& actor) {
  if (actor.via == Via::session) return {};
  return fail(Kind::forbidden,
              "Access tokens are managed with a password: sign in first, or ask an administrator.");
}

std::vector<wire::OrgOfUser> orgs_of(Auth& auth, std::int64_t user_key) {
  std::vector<wire::OrgOfUser> out;
  for (const auto& membership : auth.orgs_of(user_key)) {
    if (auto org = auth.find_namespace(membership.org_key))
      out.push_back({std::move(*org), membership.role});
  }
  return out;
}

Result<Response> get_whoami(Auth& auth, const Request& request) {
  const Actor& actor = actor_of(request);
  const auto user = auth.find_namespace(actor.user_key);
  if (!user) return fail(invalid_credentials());
  const auto orgs = orgs_of(auth, user->key);
  if (actor.token_key == 0) return Response::json(wire::whoami(*user, orgs, nullptr, {}));
  const auto tokens = auth.list_tokens(user->key);
  const auto token = std::ranges::find(tokens, actor.token_key, &Token::key);
  if (token == tokens.end()) return fail(invalid_credentials());
  std::vector<std::string> entity_ids;
  for (const auto& scope : token->scopes) {
    const bool is_namespace = scope.entity_type == "user" || scope.entity_type == "org";
    const auto entity = is_namespace ? auth.find_namespace(scope.entity_name) : std::nullopt;
    entity_ids.push_back(entity ? entity->object_id : std::string());
  }
  return Response::json(wire::whoami(*user, orgs, &*token, entity_ids));
}

void add_session_routes(http::Router& router, Auth& auth) {
  router.add({.id = "log_in",
              .method = Method::post,
              .path = "/api/login",
              .access = Access::open,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 10,
              .summary = "Opens a web session with a password.",
              .internal = true},
             [&](Request& request) -> Result<Response> {
               const auto body = TRY(wire::read_login(request.body));
               const auto login =
                   TRY(auth.log_in(body.name, body.password, request.remote_address,
                                   cookie_kind(request), request.headers.get("Cookie")));
               auto response = Response::json(wire::logged_in(*login.actor));
               set_session_cookie(response, request, login.cookie_value, auth.session_life());
               return response;
             });
  router.add({.id = "log_out",
              .method = Method::post,
              .path = "/api/logout",
              .access = Access::open,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 10,
              .summary = "Ends the web session.",
              .internal = true},
             [&](Request& request) -> Result<Response> {
               TRY_VOID(auth.log_out(request.headers.get("Cookie")));
               auto response = Response::json("{}");
               clear_session_cookie(response, request);
               return response;
             });
}

void add_token_routes(http::Router& router, Auth& auth) {
  router.add({.id = "list_tokens",
              .method = Method::get,
              .path = "/api/settings/tokens",
              .access = Access::account,
              .summary = "The caller's access tokens, without their values.",
              .internal = true},
             [&](Request& request) -> Result<Response> {
               TRY_VOID(check_web_session(actor_of(request)));
               auto tokens = auth.list_tokens(actor_of(request).user_key);
               std::erase_if(tokens,
                             [](const Token& token) { return token.revoked_at.has_value(); });
               return Response::json(wire::tokens(tokens));
             });
  router.add({.id = "create_token",
              .method = Method::post,
              .path = "/api/settings/tokens",
              .access = Access::account,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 256 << 10,
              .summary = "Makes an access token; its value is in this reply and nowhere else.",
              .internal = true},
             [&](Request& request) -> Result<Response> {
               TRY_VOID(check_web_session(actor_of(request)));
               auto wanted = TRY(wire::read_new_token(request.body));
               const auto created = TRY(auth.create_token(actor_of(request).name, std::move(wanted),
                                                          actor_ptr_of(request)));
               return Response::json(wire::created_token(created));
             });
  router.add({.id = "revoke_token",
              .method = Method::del,
              .path = "/api/settings/tokens/{token}",
              .access = Access::account,
              .summary = "Revokes one of the caller's tokens, by name or id.",
              .internal = true},
             [&](Request& request) -> Result<Response> {
               TRY_VOID(check_web_session(actor_of(request)));
               TRY_VOID(auth.revoke_token(actor_of(request).name, request.param("token"),
                                          actor_ptr_of(request)));
               return Response::json("{}");
             });
}

void add_overview_routes(http::Router& router, Auth& auth, const CountRepos& count_repos) {
  const auto count = [count_repos](const Request& request,
                                   const Namespace& owner) -> std::optional<RepoCounts> {
    if (!count_repos) return std::nullopt;
    return count_repos(actor_of(request), owner);
  };
  router.add({.id = "get_user_overview",
              .method = Method::get,
              .path = "/api/users/{user}/overview",
              .summary = "A user as others see them."},
             [&auth, count](Request& request) -> Result<Response> {
               TRY_VOID(check_may_look(auth, request));
               const auto user = auth.find_namespace(request.param("user"));
               if (!user || user->is_org) return fail(no_such_user(request.param("user")));
               return Response::json(
                   wire::user_overview(*user, orgs_of(auth, user->key), count(request, *user)));
             });
  router.add({.id = "get_organization_overview",
              .method = Method::get,
              .path = "/api/organizations/{org}/overview",
              .summary = "An organisation as others see it."},
             [&auth, count](Request& request) -> Result<Response> {
               TRY_VOID(check_may_look(auth, request));
               const auto org = auth.find_namespace(request.param("org"));
               if (!org || !org->is_org) return fail(no_such_org(request.param("org")));
               return Response::json(wire::org_overview(*org, auth.list_members(org->key).size(),
                                                        count(request, *org)));
             });
  router.add({.id = "list_organization_members",
              .method = Method::get,
              .path = "/api/organizations/{org}/members",
              .summary = "Members of an organisation; roles are shown to members."},
             [&](Request& request) -> Result<Response> {
               TRY_VOID(check_may_look(auth, request));
               const auto org = auth.find_namespace(request.param("org"));
               if (!org || !org->is_org) return fail(no_such_org(request.param("org")));
               const Actor& actor = actor_of(request);
               const bool inside = actor.site_admin || actor.role_in(org->name).has_value();
               return Response::json(wire::members(
                   auth.list_members(org->key), inside ? wire::Roles::shown : wire::Roles::hidden));
             });
}

}  // namespace

void add_routes(http::Router& router, Auth& auth, CountRepos count_repos) {
  router.add({.id = "whoami",
              .method = Method::get,
              .path = "/api/whoami-v2",
              .access = Access::account,
              .summary = "The user that the credentials speak for."},
             [&](Request& request) { return get_whoami(auth, request); });
  add_session_routes(router, auth);
  add_token_routes(router, auth);
  add_overview_routes(router, auth, count_repos);
  add_account_routes(router, auth);

  // Clients ask these on their own; any 200 lets them go on. Nothing is kept.
  router.add({.id = "telemetry",
              .method = Method::get,
              .path = "/api/telemetry/{rest*}",
              .access = Access::open,
              .summary = "Accepts clients' telemetry and keeps nothing."},
             [](Request&) -> Result<Response> { return Response::empty(); });
  router.add({.id = "list_agent_harnesses",
              .method = Method::get,
              .path = "/api/agent-harnesses",
              .access = Access::open,
              .summary = "Agent programs that clients should recognise: none."},
             [](Request&) -> Result<Response> { return Response::json("{}"); });
}

}  // namespace holt::auth
