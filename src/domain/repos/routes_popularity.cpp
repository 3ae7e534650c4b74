// HTTP routes of what people make of repositories: downloads and likes.
#include "domain/repos/routes_popularity.h"

#include "base/text.h"
#include "domain/repos/wire.h"
#include "io/http/http.h"

namespace holt::repos {

using http::Method;
using http::Request;
using http::Response;

namespace {

template <class T>
Response page_response(const Request& request, std::string body, const PageOf<T>& page) {
  auto response = Response::json(std::move(body));
  if (!page.next_cursor.empty())
    response.headers.add("Link", "<" + request.origin + request.path + "?cursor=" +
                                     percent_encode(page.next_cursor) + ">; rel=\"next\"");
  return response;
}

void add_like_routes(http::Router& router, Repos& repos, auth::Auth& auth) {
  const std::string base = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}";
  const auto set = [&](std::string_view id, Method method, std::string_view summary, bool liked) {
    router.add({.id = id,
                .method = method,
                .path = base + "/like",
                .access = http::Access::account,
                .body = method == Method::del ? http::BodyPolicy::none : http::BodyPolicy::bytes,
                .max_body_bytes = 4 << 10,
                .summary = summary,
                .errors = {"RepoNotFound", "GatedRepo"}},
               [&repos, liked](Request& request) -> Result<Response> {
                 const auto repo = TRY(
                     repos.open_proposing(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
                 TRY_VOID(repos.set_liked(repo, liked));
                 return Response::json(wire::liked(liked));
               });
  };
  set("like_repo", Method::post, "Likes a repository.", true);
  set("unlike_repo", Method::del, "Takes a like back.", false);
  // Of a name without a namespace: the address is that of a repository called "like".
  router.add({.id = "legacy_unlike_repo",
              .method = Method::del,
              .path = base,
              .summary = "Answers RepoNotFound: every repository has a namespace.",
              .errors = {"RepoNotFound"}},
             [&repos](Request& request) -> Result<Response> {
               TRY(repos.open(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
               return fail(Kind::not_found,
                           "A repository is deleted by DELETE /api/repos/delete, which names it.");
             });
  router.add({.id = "get_like",
              .method = Method::get,
              .path = base + "/like",
              .summary = "Whether the caller likes a repository.",
              .errors = {"RepoNotFound"},
              .internal = true},
             [&repos](Request& request) -> Result<Response> {
               const auto repo =
                   TRY(repos.open(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
               return Response::json(wire::liked(repos.liked(repo)));
             });
  router.add({.id = "list_likers",
              .method = Method::get,
              .path = base + "/likers",
              .summary = "Who likes a repository, the latest first.",
              .errors = {"RepoNotFound"}},
             [&repos](Request& request) -> Result<Response> {
               const auto repo =
                   TRY(repos.open(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
               const auto page = TRY(repos.likers(repo, request.query.get("cursor").value_or("")));
               return page_response(request, wire::likers(page.items), page);
             });
  router.add({.id = "list_user_likes",
              .method = Method::get,
              .path = "/api/users/{user}/likes",
              .summary = "What a user likes, of what the caller sees; the latest first.",
              .errors = {}},
             [&repos, &auth](Request& request) -> Result<Response> {
               if (auth.hub_private() && auth::actor_of(request).anonymous())
                 return fail(Kind::unauthorized, "This hub is private: send an access token.");
               const auto user = auth.find_namespace(request.param("user"));
               if (!user || user->is_org || user->suspended)
                 return fail(Kind::not_found, "There is no user called " +
                                                  std::string(clip(request.param("user"), 100)) +
                                                  ".");
               const auto page = TRY(repos.likes_of(auth::actor_of(request), user->key,
                                                    request.query.get("cursor").value_or("")));
               return page_response(request, wire::likes(page.items), page);
             });
}

}  // namespace

void add_popularity_routes(http::Router& router, Repos& repos, auth::Auth& auth) {
  add_like_routes(router, repos, auth);
  router.add({.id = "list_downloads",
              .method = Method::get,
              .path = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/downloads",
              .summary = "Downloads of each of the last thirty days, the oldest first.",
              .errors = {"RepoNotFound"},
              .internal = true},
             [&repos](Request& request) -> Result<Response> {
               const auto repo =
                   TRY(repos.open(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
               return Response::json(wire::downloads(repos.downloads_by_day(repo)));
             });
}

}  // namespace holt::repos
