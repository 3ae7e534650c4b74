// HTTP routes of the pages room.
#include "base/text.h"
#include "domain/pages/pages.h"
#include "domain/pages/wire.h"
#include "io/http/http.h"

namespace holt::pages {

using http::Method;
using http::Request;
using http::Response;

void add_routes(http::Router& router, Pages& pages, const auth::Auth& auth) {
  router.add(
      {.id = "render_file",
       .method = Method::get,
       .path = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/rendered/{rev}/{path*}",
       .summary = "A text file of a repository as HTML that is safe to show.",
       .errors = {"RepoNotFound", "RevisionNotFound", "EntryNotFound", "GatedRepo"},
       .internal = true,
       .slow = true},
      [&pages](Request& request) -> Result<Response> {
        const auto repo = TRY(pages.repos().open_readable(auth::actor_ptr_of(request),
                                                          TRY(repos::repo_id_of(request))));
        const auto at = TRY(pages.git().resolve(repo, request.param("rev")));
        const auto rendered = TRY(pages.render(repo, at, request.param("path")));
        auto response = Response::json(wire::rendered(rendered, at.commit));
        response.headers.add("X-Repo-Commit", at.commit);
        return response;
      });
  router.add({.id = "preview_markdown",
              .method = Method::post,
              .path = "/api/markdown",
              .body = http::BodyPolicy::bytes,
              .max_body_bytes = kLongestText + (64 << 10),
              .summary = "What a Markdown text will look like.",
              .internal = true,
              .slow = true},
             [&pages, &auth](Request& request) -> Result<Response> {
               if (auth.hub_private() && auth::actor_of(request).anonymous())
                 return fail(Kind::unauthorized, "This hub is private: send an access token.");
               const auto body = TRY(wire::read_preview(request.body));
               return Response::json(wire::preview(TRY(pages.preview(body.markdown, body.place))));
             });
}

}  // namespace holt::pages
