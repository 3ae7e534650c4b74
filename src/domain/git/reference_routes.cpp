// Refs, branches, tags, squashing, and the list of large files.
#include <algorithm>

#include "base/text.h"
#include "domain/git/requests.h"
#include "domain/git/routes.h"
#include "domain/git/wire.h"

namespace holt::git {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

struct ReferenceRoutes {
  Git& git;
  repos::Repos& repos;
  content::Contents& contents;

  Result<repos::Writable> writable(const Request& request) const {
    return repos.open_writable(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request)));
  }

  Result<Response> refs(Request& request) const {
    const auto asked = TRY(repos::repo_id_of(request));
    const auto repo = TRY(repos.open(auth::actor_ptr_of(request), asked));
    if (auto redirect = canonical_redirect(request, asked, repo.repo().id))
      return std::move(*redirect);
    return Response::json(wire::refs(git.refs(repo), request.query.flag("include_prs")));
  }

  Result<Response> large_files(Request& request) const {
    const auto repo = TRY(writable(request));
    std::uint64_t offset = 0;
    if (const auto cursor = request.query.get("cursor"))
      if (const auto decoded = from_base64(*cursor))
        offset = parse_u64(as_text(*decoded)).value_or(0);
    constexpr std::size_t kPage = 1000;
    auto rows = git.large_files(repo, kPage + 1, offset);
    const bool more = rows.size() > kPage;
    if (more) rows.resize(kPage);
    std::vector<std::string> sha256s;
    for (const auto& row : rows) sha256s.push_back(row.sha256);
    auto response =
        Response::json(wire::large_files(rows, contents.find_many(repo.repo().key, sha256s)));
    if (more)
      add_next_link(response, request, to_base64url(as_bytes(std::to_string(offset + kPage))));
    return response;
  }

  Result<Response> copy_large_files(Request& request) const {
    const auto actor = auth::actor_ptr_of(request);
    const auto from = TRY(repos.open_readable(actor, TRY(repos::repo_id_of(request))));
    const auto body = TRY(wire::read_large_file_copy(request.body));
    const auto to = TRY(repos.open_writable(actor, body.target));
    std::vector<std::string> sha256s;
    for (const auto& file : body.files) sha256s.push_back(lower(file.sha256));
    const auto unknown = contents.link_from(from, to, sha256s);
    std::vector<wire::LargeFileCopy::File> failed;
    for (const auto& file : body.files)
      if (std::ranges::find(unknown, lower(file.sha256)) != unknown.end()) failed.push_back(file);
    return Response::json(wire::copied(failed));
  }
};

}  // namespace

void add_reference_routes(http::Router& router, Git& git, repos::Repos& repos,
                          content::Contents& contents) {
  const ReferenceRoutes routes{git, repos, contents};
  const std::string base(kApiRepo);
  const auto add = [&](std::string_view id, Method method, std::string path,
                       std::string_view summary, http::Handler handler) {
    router.add({.id = id,
                .method = method,
                .path = base + path,
                .access = http::Access::account,
                .body = BodyPolicy::bytes,
                .max_body_bytes = 4 << 20,
                .summary = summary,
                .errors = {"RepoNotFound", "RevisionNotFound"},
                .slow = true},
               std::move(handler));
  };
  router.add({.id = "list_refs",
              .method = Method::get,
              .path = base + "/refs",
              .summary = "Branches and tags.",
              .errors = {"RepoNotFound"}},
             [routes](Request& request) { return routes.refs(request); });
  add("create_branch", Method::post, "/branch/{branch*}", "Creates a branch.",
      [&git, routes](Request& request) -> Result<Response> {
        const auto repo = TRY(routes.writable(request));
        const auto body = TRY(wire::read_branch(request.body));
        TRY_VOID(git.create_branch(repo, request.param("branch"), body.starting_point, body.empty,
                                   body.overwrite));
        return Response::json("{}");
      });
  add("delete_branch", Method::del, "/branch/{branch*}", "Deletes a branch.",
      [&git, routes](Request& request) -> Result<Response> {
        TRY_VOID(git.remove_branch(TRY(routes.writable(request)), request.param("branch")));
        return Response::json("{}");
      });
  add("create_tag", Method::post, "/tag/{rev*}", "Creates a tag at a revision.",
      [&git, routes](Request& request) -> Result<Response> {
        const auto repo = TRY(routes.writable(request));
        const auto body = TRY(wire::read_tag(request.body));
        TRY_VOID(git.create_tag(repo, body.tag, request.param("rev"), body.message));
        return Response::json("{}");
      });
  add("delete_tag", Method::del, "/tag/{tag*}", "Deletes a tag.",
      [&git, routes](Request& request) -> Result<Response> {
        TRY_VOID(git.remove_tag(TRY(routes.writable(request)), request.param("tag")));
        return Response::json("{}");
      });
  add("squash_branch", Method::post, "/super-squash/{branch*}",
      "Replaces a branch's history by one commit.",
      [&git, routes](Request& request) -> Result<Response> {
        const auto repo = TRY(routes.writable(request));
        TRY_VOID(git.squash(repo, request.param("branch"), TRY(wire::read_message(request.body))));
        return Response::json("{}");
      });
  add("list_large_files", Method::get, "/lfs-files", "Large files that commits brought in.",
      [routes](Request& request) { return routes.large_files(request); });
  add("delete_large_files", Method::post, "/lfs-files/batch", "Deletes large files for good.",
      [&git, &repos](Request& request) -> Result<Response> {
        const auto repo = TRY(
            repos.open_administrable(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request))));
        const auto body = TRY(wire::read_large_file_deletion(request.body));
        TRY_VOID(git.remove_large_files(repo, body.blobs, body.rewrite_history));
        return Response::json("{}");
      });
  add("copy_large_files", Method::post, "/lfs-files/duplicate",
      "Makes large files available in another repository.",
      [routes](Request& request) { return routes.copy_large_files(request); });
}

}  // namespace holt::git
