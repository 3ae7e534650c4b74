// HTTP routes by which people manage accounts: their own, their organisations', and for
// administrators everybody's.
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

// A read-only or fine-grained token does not manage people.
Result<void> check_may_manage(const Actor& actor) {
  if (actor.via != Via::token || actor.token_role == TokenRole::write) return {};
  return fail(Kind::forbidden, "This token may not manage accounts: use one with the role write.");
}

Result<void> check_session(const Actor& actor) {
  if (actor.via == Via::session) return {};
  return fail(Kind::forbidden, "This is done with a password: sign in on Holt's own page first.");
}

// Absent and not an admin of it look alike to those outside.
Result<Namespace> managed_org(Auth& auth, const Request& request) {
  const Actor& actor = actor_of(request);
  TRY_VOID(check_may_manage(actor));
  auto org = auth.find_namespace(request.param("org"));
  if (!org || !org->is_org) return fail(no_such_org(request.param("org")));
  if (actor.site_admin || actor.role_in(org->name) == Role::admin) return std::move(*org);
  return fail(Kind::forbidden, "Only admins of " + org->name + " manage its members.");
}

struct Adder {
  http::Router& router;
  void operator()(std::string_view id, Method method, std::string path, std::string_view summary,
                  http::Handler handler) const {
    const bool reads = method == Method::get || method == Method::del;
    router.add({.id = id,
                .method = method,
                .path = std::move(path),
                .access = Access::account,
                .body = reads ? BodyPolicy::none : BodyPolicy::bytes,
                .max_body_bytes = 64 << 10,
                .summary = summary,
                .internal = true},
               std::move(handler));
  }
};

void add_own_routes(const Adder& add, Auth& auth) {
  add("update_profile", Method::put, "/api/settings/profile", "Changes the caller's profile.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_may_manage(actor_of(request)));
        const auto body = TRY(wire::read_profile(request.body));
        TRY_VOID(auth.update_profile(actor_ptr_of(request), body.full_name, body.email));
        return Response::json("{}");
      });
  add("change_password", Method::put, "/api/settings/password",
      "Changes the caller's password; all their web sessions end, and this browser gets a new one.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_session(actor_of(request)));
        const auto body = TRY(wire::read_password(request.body));
        const auto login = TRY(auth.change_password(
            actor_ptr_of(request), {body.present, body.wanted, request.remote_address,
                                    cookie_kind(request), body.tokens}));
        auto response = Response::json("{}");
        set_session_cookie(response, request, login.cookie_value, auth.session_life());
        return response;
      });
  add("list_sessions", Method::get, "/api/settings/sessions", "The caller's web sessions.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_session(actor_of(request)));
        return Response::json(wire::sessions(
            auth.list_sessions(actor_of(request).user_key, request.headers.get("Cookie"))));
      });
  add("end_sessions", Method::del, "/api/settings/sessions",
      "Ends all of the caller's web sessions, in every browser; keep=current leaves this one.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_session(actor_of(request)));
        const bool stays = request.query.get("keep") == "current";
        const auto cookie = request.headers.get("Cookie");
        if (stays && std::ranges::none_of(auth.list_sessions(actor_of(request).user_key, cookie),
                                          [](const auto& session) { return session.current; }))
          return fail(
              Kind::invalid,
              "keep=current is for a browser that is signed in: this request has no session "
              "to keep.");
        TRY(auth.end_sessions(actor_of(request).name, actor_ptr_of(request),
                              stays ? cookie : std::string_view()));
        auto response = Response::json("{}");
        if (!stays) clear_session_cookie(response, request);
        return response;
      });
  add("end_session", Method::del, "/api/settings/sessions/{session}",
      "Ends one of the caller's web sessions.", [&](Request& request) -> Result<Response> {
        TRY_VOID(check_session(actor_of(request)));
        const auto key = parse_u64(request.param("session"));
        TRY_VOID(
            auth.end_session(actor_ptr_of(request), static_cast<std::int64_t>(key.value_or(0))));
        return Response::json("{}");
      });
}

void add_org_routes(const Adder& add, Auth& auth) {
  add("create_organization", Method::post, "/api/organizations",
      "Makes an organisation whose first admin is the caller.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_may_manage(actor_of(request)));
        const auto body = TRY(wire::read_new_org(request.body));
        return Response::json(
            wire::named(TRY(auth.create_org(body.name, actor_of(request).name, body.full_name,
                                            body.default_visibility, actor_ptr_of(request)))));
      });
  add("set_organization_member", Method::put, "/api/organizations/{org}/members/{user}",
      "Adds a member or changes their role.", [&](Request& request) -> Result<Response> {
        const auto org = TRY(managed_org(auth, request));
        const auto role = TRY(wire::read_member_role(request.body));
        TRY_VOID(auth.set_member(org.name, request.param("user"), role, actor_ptr_of(request)));
        return Response::json("{}");
      });
  add("remove_organization_member", Method::del, "/api/organizations/{org}/members/{user}",
      "Takes a member out.", [&](Request& request) -> Result<Response> {
        const auto org = TRY(managed_org(auth, request));
        TRY_VOID(auth.remove_member(org.name, request.param("user"), actor_ptr_of(request)));
        return Response::json("{}");
      });
}

void add_admin_routes(const Adder& add, Auth& auth) {
  add("list_users", Method::get, "/api/admin/users", "All users.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_site_admin(actor_of(request)));
        return Response::json(wire::user_list(auth.list_namespaces(false)));
      });
  add("create_user", Method::post, "/api/admin/users", "Makes a user.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_site_admin(actor_of(request)));
        const auto body = TRY(wire::read_new_user(request.body));
        const std::optional<std::string_view> password =
            body.password.empty() ? std::nullopt : std::optional<std::string_view>(body.password);
        return Response::json(
            wire::named(TRY(auth.create_user(body.name, body.full_name, body.email, body.site_admin,
                                             password, actor_ptr_of(request)))));
      });
  add("set_user_suspended", Method::put, "/api/admin/users/{user}/suspended",
      "Shuts a user out, or lets them in again.", [&](Request& request) -> Result<Response> {
        TRY_VOID(check_site_admin(actor_of(request)));
        const bool suspended = TRY(wire::read_suspended(request.body));
        if (suspended && equal_ignoring_case(request.param("user"), actor_of(request).name))
          return fail(Kind::conflict, "You cannot suspend yourself: ask another administrator.");
        TRY_VOID(auth.set_suspended(request.param("user"), suspended, actor_ptr_of(request)));
        return Response::json("{}");
      });
  add("reset_user_password", Method::put, "/api/admin/users/{user}/password",
      "Gives a user another password.", [&](Request& request) -> Result<Response> {
        TRY_VOID(check_site_admin(actor_of(request)));
        const auto body = TRY(wire::read_password(request.body));
        TRY_VOID(auth.set_password(request.param("user"), body.wanted, actor_ptr_of(request),
                                   body.tokens));
        return Response::json("{}");
      });
  add("list_audit", Method::get, "/api/admin/audit", "Who changed what, newest first.",
      [&](Request& request) -> Result<Response> {
        TRY_VOID(check_site_admin(actor_of(request)));
        const auto before = parse_u64(request.query.get("before").value_or("")).value_or(0);
        return Response::json(wire::audit_rows(auth.audit(static_cast<std::int64_t>(before), 100)));
      });
}

}  // namespace

Result<void> check_site_admin(const Actor& actor) {
  const bool whole = actor.via == Via::session || actor.via == Via::system ||
                     (actor.via == Via::token && actor.token_role == TokenRole::write);
  if (actor.site_admin && whole) return {};
  return fail(Kind::forbidden, "Only administrators of this hub may do this.");
}

void add_account_routes(http::Router& router, Auth& auth) {
  const Adder add{router};
  add_own_routes(add, auth);
  add_org_routes(add, auth);
  add_admin_routes(add, auth);
  router.add({.id = "list_organizations",
              .method = Method::get,
              .path = "/api/organizations",
              .summary = "Organisations of this hub.",
              .internal = true},
             [&](Request& request) -> Result<Response> {
               if (auth.hub_private() && actor_of(request).anonymous())
                 return fail(Kind::unauthorized, "This hub is private: send an access token.");
               std::vector<std::pair<Namespace, std::size_t>> orgs;
               for (auto& org : auth.list_namespaces(true)) {
                 const auto members = auth.list_members(org.key).size();
                 orgs.emplace_back(std::move(org), members);
               }
               return Response::json(wire::org_list(orgs));
             });
}

}  // namespace holt::auth
