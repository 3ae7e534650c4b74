// HTTP routes of the buckets room. Tokens for the Xet server are given by domain/xet.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "domain/buckets/buckets.h"
#include "domain/buckets/reading.h"
#include "domain/buckets/wire.h"
#include "io/http/http.h"

namespace holt::buckets {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kBucketsPerPage = 200;

// "me" stands for the caller's own namespace.
std::string owner_of(const Request& request) {
  const auto owner = request.param("owner");
  const auto& actor = auth::actor_of(request);
  return owner == "me" && !actor.anonymous() ? actor.name : std::string(owner);
}

Result<repos::RepoId> bucket_id_of(const Request& request) {
  auto id = TRY(repos::repo_id_of(request));
  id.type = repos::Type::bucket;
  id.owner = owner_of(request);
  return id;
}

void add_next_link(Response& response, const Request& request, std::string_view cursor) {
  std::string next = request.origin + request.path + "?";
  for (const auto& [name, value] : request.query.pairs())
    if (name != "cursor") next += percent_encode(name) + "=" + percent_encode(value) + "&";
  response.headers.add("Link", "<" + next + "cursor=" + percent_encode(cursor) + ">; rel=\"next\"");
}

Result<std::size_t> limit_of(const Request& request, std::size_t when_absent) {
  const auto text = request.query.get("limit");
  if (!text) return when_absent;
  const auto number = parse_u64(*text);
  if (!number || *number == 0) return fail(Kind::invalid, "limit is a number from 1 to 1000.");
  return std::min<std::size_t>(*number, 1000);
}

Result<Response> create(Buckets& buckets, Request& request) {
  const auto id = TRY(bucket_id_of(request));
  repos::NewRepo wanted;
  wanted.id = id;
  wanted.visibility = TRY(wire::read_visibility(request.body));
  const auto made = buckets.repos().create(auth::actor_ptr_of(request), std::move(wanted));
  if (made) return Response::json(wire::created(made->repo(), request.origin));
  if (made.error().kind == Kind::conflict)
    return Response::json(wire::exists(id, request.origin), 409);
  return fail(made.error());
}

Result<Response> list(Buckets& buckets, auth::Auth& auth, Request& request) {
  const auto& actor = auth::actor_of(request);
  // Not even which names there are.
  if (auth.hub_private() && actor.anonymous())
    return fail(Kind::unauthorized, "This hub is private: send an access token.");
  const std::string owner = owner_of(request);
  if (owner == "me")
    return fail(Kind::unauthorized, "This lists your own buckets: send an access token.");
  const auto found = auth.find_namespace(owner);
  if (!found)
    return fail(Kind::not_found,
                "There is no user or organization called " + std::string(clip(owner, 100)) + ".");
  repos::ListQuery query;
  query.type = repos::Type::bucket;
  query.author = found->name;
  query.search = std::string(request.query.get("search").value_or(""));
  query.sort = "createdAt";
  query.limit = TRY(limit_of(request, kBucketsPerPage));
  query.cursor = std::string(request.query.get("cursor").value_or(""));
  const auto page = TRY(buckets.repos().list(actor, query));
  std::vector<std::int64_t> keys;
  for (const auto& bucket : page.repos) keys.push_back(bucket->key);
  const auto totals = buckets.totals_of(keys);
  std::string body = "[";
  for (const auto& bucket : page.repos) {
    if (body.size() > 1) body += ',';
    body += wire::info(*bucket, totals.at(bucket->key));
  }
  auto response = Response::json(body + "]");
  if (!page.next_cursor.empty()) add_next_link(response, request, page.next_cursor);
  return response;
}

Result<Response> tree(Buckets& buckets, Request& request) {
  const auto bucket =
      TRY(buckets.repos().open(auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
  TreeQuery query;
  query.prefix = std::string(request.param("prefix"));
  if (!is_utf8(query.prefix) || query.prefix.find('\0') != std::string::npos)
    return fail(Kind::invalid, "The prefix is not text in UTF-8.");
  query.recursive = request.query.flag("recursive", true);
  query.cursor = std::string(request.query.get("cursor").value_or(""));
  query.limit = TRY(limit_of(request, query.limit));
  const auto page = TRY(buckets.list(bucket, query));
  auto response = Response::json(wire::tree(page.entries));
  if (!page.next_cursor.empty()) add_next_link(response, request, page.next_cursor);
  return response;
}

Result<Response> batch(Buckets& buckets, Request& request) {
  const auto bucket =
      TRY(buckets.repos().open_writable(auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
  const auto outcome = TRY(buckets.apply(bucket, TRY(wire::read_batch(request.body))));
  return Response::json(wire::outcome(outcome),
                        outcome.applied == 0 && !outcome.refused.empty() ? 422 : 200);
}

Result<Response> resolve(Buckets& buckets, Request& request) {
  const auto bucket =
      TRY(buckets.repos().open_readable(auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
  const auto file = buckets.find(bucket, request.param("path"));
  if (!file)
    return fail(Kind::not_found,
                "Entry not found: " + std::string(clip(request.param("path"), 500)),
                "EntryNotFound");
  return send_file(request, bucket, *file, buckets.contents());
}

}  // namespace

void add_routes(http::Router& router, Buckets& buckets, auth::Auth& auth) {
  const std::string base = "/api/buckets/{owner}/{name}";
  router.add({.id = "create_bucket",
              .method = Method::post,
              .path = base,
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .summary = "Creates a bucket.",
              .errors = {}},
             [&buckets](Request& request) { return create(buckets, request); });
  router.add({.id = "get_bucket",
              .method = Method::get,
              .path = base,
              .summary = "A bucket's visibility, size and number of files.",
              .errors = {"RepoNotFound"}},
             [&buckets](Request& request) -> Result<Response> {
               const auto bucket = TRY(
                   buckets.repos().open(auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
               return Response::json(wire::info(bucket.repo(), buckets.totals(bucket)));
             });
  router.add({.id = "delete_bucket",
              .method = Method::del,
              .path = base,
              .access = http::Access::account,
              .summary = "Deletes a bucket and its files.",
              .errors = {"RepoNotFound"}},
             [&buckets](Request& request) -> Result<Response> {
               const auto bucket = TRY(buckets.repos().open_administrable(
                   auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
               TRY_VOID(buckets.repos().remove(bucket));
               return Response::json("{}");
             });
  router.add({.id = "list_buckets",
              .method = Method::get,
              .path = "/api/buckets/{owner}",
              .summary = "The buckets of a user or an organization.",
              .errors = {}},
             [&buckets, &auth](Request& request) { return list(buckets, auth, request); });
  // Clients send it for a name without a namespace.
  router.add({.id = "delete_unnamed_bucket",
              .method = Method::del,
              .path = "/api/buckets/{owner}",
              .access = http::Access::account,
              .summary = "Answers that a bucket is named with its namespace.",
              .errors = {"RepoNotFound"},
              .internal = true},
             [](Request& request) -> Result<Response> {
               return fail(Kind::not_found,
                           "Name the bucket as namespace/" +
                               std::string(clip(request.param("owner"), 100)) + ".",
                           "RepoNotFound");
             });
  router.add({.id = "update_bucket_settings",
              .method = Method::put,
              .path = base + "/settings",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .summary = "Makes a bucket public or private.",
              .errors = {"RepoNotFound"}},
             [&buckets](Request& request) -> Result<Response> {
               const auto bucket = TRY(buckets.repos().open_administrable(
                   auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
               repos::Settings settings;
               settings.visibility = TRY(wire::read_visibility(request.body));
               TRY_VOID(buckets.repos().update_settings(bucket, settings));
               return Response::json(wire::settings(*buckets.repos().find(bucket.repo().key)));
             });
  static constexpr std::string_view kTreeIds[] = {"list_bucket_tree", "list_bucket_tree_below"};
  int n = 0;
  for (const std::string tail : {"/tree", "/tree/{prefix*}"})
    router.add({.id = kTreeIds[n++],
                .method = Method::get,
                .path = base + tail,
                .summary = "A bucket's files, those whose path begins with the prefix.",
                .errors = {"RepoNotFound"}},
               [&buckets](Request& request) { return tree(buckets, request); });
  router.add({.id = "get_bucket_paths_info",
              .method = Method::post,
              .path = base + "/paths-info",
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 20,
              .summary = "What is known of these files; those that are not there are left out.",
              .errors = {"RepoNotFound"}},
             [&buckets](Request& request) -> Result<Response> {
               const auto bucket = TRY(
                   buckets.repos().open(auth::actor_ptr_of(request), TRY(bucket_id_of(request))));
               return Response::json(
                   wire::files(buckets.find_many(bucket, TRY(wire::read_paths(request.body)))));
             });
  router.add({.id = "change_bucket_files",
              .method = Method::post,
              .path = base + "/batch",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 32 << 20,
              .summary = "Adds, copies and deletes files, sent as NDJSON.",
              .errors = {"RepoNotFound"}},
             [&buckets](Request& request) { return batch(buckets, request); });
  router.add({.id = "resolve_bucket_file",
              .method = Method::get,
              .path = "/buckets/{owner}/{name}/resolve/{path*}",
              .summary = "A bucket file's bytes; HEAD for what is known of it.",
              .errors = {"RepoNotFound", "EntryNotFound"}},
             [&buckets](Request& request) { return resolve(buckets, request); });
}

}  // namespace holt::buckets
