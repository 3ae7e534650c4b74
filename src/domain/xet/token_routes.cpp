// Routes of the hub that give Xet tokens.
#include "domain/xet/impl.h"
#include "domain/xet/wire.h"

namespace holt::xet {
namespace {

using http::Request;
using http::Response;

// Clients read either the body or the headers.
Response answer(const Grant& grant) {
  auto response = Response::json(wire::token(grant));
  response.headers.add("X-Xet-Access-Token", grant.token);
  response.headers.add("X-Xet-Token-Expiration", std::to_string(grant.expires_unix_s));
  response.headers.add("X-Xet-Cas-Url", grant.cas_url);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_token_routes(http::Router& router, Xet& xet, Xet::Impl& impl) {
  // The token is the repository's whatever the revision. To write, it may be one that the commit to
  // come creates; who reads from one that is not there is told so. A bucket has none.
  const auto read = [&xet, &impl](Request& request) -> Result<Response> {
    const auto repo =
        TRY(impl.repos.open_readable(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request))));
    if (impl.check_revision && !request.param("rev").empty())
      TRY_VOID(impl.check_revision(repo, request.param("rev")));
    return answer(xet.issue_read(repo, request.param("rev"), request));
  };
  const auto write = [&xet, &impl](Request& request) -> Result<Response> {
    const auto actor = auth::actor_ptr_of(request);
    const auto id = TRY(repos::repo_id_of(request));
    const auto revision = request.param("rev");
    // A bucket has neither revisions nor pull requests.
    if (!revision.empty() && (request.query.flag("create_pr") || revision.starts_with("refs/pr/")))
      return answer(
          xet.issue_propose(TRY(impl.repos.open_proposing(actor, id)), revision, request));
    const auto repo = TRY(impl.repos.open_writable(actor, id));
    return answer(xet.issue_write(repo, request.param("rev"), request));
  };
  const std::string repo = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}",
                    bucket = "/api/{type:buckets}/{owner}/{name}";
  router.add({.id = "get_xet_read_token",
              .method = http::Method::get,
              .path = repo + "/xet-read-token/{rev*}",
              .access = http::Access::anonymous,
              .summary = "A token to download from the Xet server.",
              .errors = {"RepoNotFound", "GatedRepo"}},
             read);
  router.add({.id = "get_xet_write_token",
              .method = http::Method::get,
              .path = repo + "/xet-write-token/{rev*}",
              .access = http::Access::account,
              .summary = "A token to upload to the Xet server.",
              .errors = {"RepoNotFound", "GatedRepo"}},
             write);
  router.add({.id = "get_bucket_xet_read_token",
              .method = http::Method::get,
              .path = bucket + "/xet-read-token",
              .access = http::Access::anonymous,
              .summary = "A token to download a bucket's files from the Xet server.",
              .errors = {"RepoNotFound"}},
             read);
  router.add({.id = "get_bucket_xet_write_token",
              .method = http::Method::get,
              .path = bucket + "/xet-write-token",
              .access = http::Access::account,
              .summary = "A token to upload a bucket's files to the Xet server.",
              .errors = {"RepoNotFound"}},
             write);
}

}  // namespace holt::xet
