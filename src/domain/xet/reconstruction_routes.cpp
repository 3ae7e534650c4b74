// CAS routes by which Xet clients learn where a file's bytes are.
#include <map>

#include "domain/xet/impl.h"
#include "domain/xet/link.h"
#include "domain/xet/wire.h"

namespace holt::xet {
namespace {

using http::Access;
using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kMaxBatchFiles = 1000;

xetformat::FindXorb xorbs_in(const content::Contents& contents) {
  return [&contents](const xetformat::XetHash& xorb) { return contents.xorb_index(xorb); };
}

Result<content::Contents::XetFile> file_in(Xet::Impl& impl, const Session& session,
                                           std::string_view hash) {
  std::optional<content::Contents::XetFile> file;
  if (xetformat::XetHash::parse(hash))
    file = impl.contents.find_xet_file(session.repo.repo().key, hash);
  if (!file)
    return fail(Kind::not_found,
                "This repository has no Xet file " + std::string(hash.substr(0, 64)) + ".");
  return std::move(*file);
}

wire::UrlOf urls(const Xet::Impl& impl, const Request& request, const Session& session) {
  return [&](const xetformat::XorbFetch& fetch, std::size_t first, std::size_t count) {
    const auto index = impl.contents.xorb_index(fetch.xorb);
    CHECK(index.has_value());  // the plan was made from it
    return impl.data_url(request, session, fetch, (*index)->stored_bytes(), first, count);
  };
}

Result<xetformat::Plan> plan_for(Xet::Impl& impl, const Request& request, const Session& session) {
  const auto file = TRY(file_in(impl, session, request.param("file")));
  std::optional<xetformat::Window> window;
  if (const auto range = TRY(http::parse_range(request.headers.get("Range"), file.size_bytes)))
    window = xetformat::Window{range->first, range->last + 1};
  // Who reads a file this way asks the hub itself for its head only. Large files come in several
  // parts.
  if ((!window || window->begin == 0) && request.headers.get("Sec-Fetch-Site") != "same-origin")
    impl.repos.count_download(session.repo.repo().key);
  return xetformat::plan_reconstruction(file.terms, window, xorbs_in(impl.contents));
}

Result<Response> answer_batch(Xet::Impl& impl, const Request& request,
                              const std::vector<std::string>& hashes) {
  const auto session = TRY(impl.open(request, Scope::read));
  std::map<std::string, xetformat::Plan> plans;
  for (const auto& hash : hashes) {
    const auto file = TRY(file_in(impl, *session, hash));
    plans[hash] =
        TRY(xetformat::plan_reconstruction(file.terms, std::nullopt, xorbs_in(impl.contents)));
  }
  return Response::json(wire::reconstructions(plans, urls(impl, request, *session)));
}

}  // namespace

void add_reconstruction_routes(http::Router& router, Xet::Impl& impl) {
  router.add(
      {.id = "get_xet_reconstruction_v2",
       .method = Method::get,
       .path = "/v2/reconstructions/{file}",
       .access = Access::cas,
       .summary = "Where the bytes of a file, or of a range of it, are; one URL for many ranges."},
      [&impl](Request& request) -> Result<Response> {
        const auto session = TRY(impl.open(request, Scope::read));
        const auto plan = TRY(plan_for(impl, request, *session));
        return Response::json(
            wire::reconstruction_v2(plan, kMaxLinkRanges, urls(impl, request, *session)));
      });
  router.add({.id = "get_xet_reconstruction",
              .method = Method::get,
              .path = "/v1/reconstructions/{file}",
              .access = Access::cas,
              .summary = "Where the bytes of a file, or of a range of it, are."},
             [&impl](Request& request) -> Result<Response> {
               const auto session = TRY(impl.open(request, Scope::read));
               const auto plan = TRY(plan_for(impl, request, *session));
               return Response::json(wire::reconstruction_v1(plan, urls(impl, request, *session)));
             });
  router.add({.id = "list_xet_reconstructions",
              .method = Method::get,
              .path = "/v1/reconstructions",
              .access = Access::cas,
              .summary = "The same for several files named in the query (file_id)."},
             [&impl](Request& request) -> Result<Response> {
               std::vector<std::string> hashes;
               for (const auto hash : request.query.all("file_id")) hashes.emplace_back(hash);
               if (hashes.size() > kMaxBatchFiles)
                 return fail(Kind::too_large, "A batch holds at most 1000 files; ask in several.");
               return answer_batch(impl, request, hashes);
             });
  router.add({.id = "query_xet_reconstructions",
              .method = Method::post,
              .path = "/v1/reconstructions",
              .access = Access::cas,
              .body = BodyPolicy::bytes,
              .summary = "The same for several files named in the body."},
             [&impl](Request& request) -> Result<Response> {
               return answer_batch(impl, request, TRY(wire::read_batch(request.body)));
             });

  router.add({.id = "head_xet_file",
              .method = Method::head,
              .path = "/v1/files/{file}",
              .access = Access::cas,
              .summary = "Whether a file is known to the Xet side, and its size."},
             [&impl](Request& request) -> Result<Response> {
               const auto session = TRY(impl.open(request, Scope::read));
               auto response = Response::empty();
               response.announced_length =
                   TRY(file_in(impl, *session, request.param("file"))).size_bytes;
               return response;
             });
  // Only of use to clients that change a file in place; they do without.
  router.add({.id = "get_xet_file_chunk_hashes",
              .method = Method::get,
              .path = "/v2/file-chunk-hashes/{file}",
              .access = Access::cas,
              .summary = "Not offered."},
             [](Request&) -> Result<Response> {
               return fail(Kind::not_found, "This server does not offer chunk hashes of files.");
             });
}

}  // namespace holt::xet
