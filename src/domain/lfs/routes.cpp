// HTTP routes of the LFS room: the batch API and locks beside each repository, and the signed URLs.
#include <fmt/format.h>

#include "base/text.h"
#include "domain/lfs/impl.h"
#include "domain/lfs/link.h"
#include "domain/lfs/wire.h"

namespace holt::lfs {
namespace {

using http::Access;
using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

// Refuses an object as soon as it outgrows what was announced.
class ObjectSink final : public content::HashingSink {
 public:
  ObjectSink(std::unique_ptr<blob::Staged> staged, std::uint64_t announced_bytes)
      : HashingSink(std::move(staged)), announced_bytes_(announced_bytes) {}
  Result<void> write(ByteSpan bytes) override {
    if (size_bytes() + bytes.size() > announced_bytes_)
      return fail(
          Kind::unprocessable,
          fmt::format(
              "The object is longer than the {} bytes announced for it. Nothing was stored.",
              announced_bytes_));
    return HashingSink::write(bytes);
  }

 private:
  std::uint64_t announced_bytes_;
};

Response lfs_json(std::string body, int status = 200) {
  auto response = Response::json(std::move(body), status);
  response.headers.set("Content-Type", std::string(wire::kMediaType));
  return response;
}

// git-lfs shows "message"; everything else about the reply is as for any other error.
Response lfs_error(const Error& error) {
  auto response = http::error_response(error);
  response.headers.set("Content-Type", std::string(wire::kMediaType));
  if (response.status == 401) {
    response.headers.set("WWW-Authenticate", "Basic realm=\"Holt\"");
    response.headers.set("LFS-Authenticate", "Basic realm=\"Holt\"");
  }
  response.body = wire::message(error.kind == Kind::internal ? "Internal error." : error.message);
  return response;
}

// Runs a handler's body and turns what it refuses into an LFS reply.
template <class Work>
http::Handler lfs_handler(Work work) {
  return [work = std::move(work)](Request& request) -> Result<Response> {
    Result<Response> result = work(request);
    if (!result) return lfs_error(result.error());
    return result;
  };
}

Result<repos::RepoId> repo_id_in(const Request& request) {
  auto id = TRY(repos::repo_id_of(request));
  if (id.name.ends_with(".git")) id.name.resize(id.name.size() - 4);
  return id;
}

Result<void> check_announced_length(const Request& request, std::uint64_t expected_bytes) {
  const auto header = request.headers.get("Content-Length");
  if (header.empty()) return {};
  const auto length = parse_u64(header);
  if (!length || *length != expected_bytes)
    return fail(
        Kind::unprocessable,
        fmt::format(
            "The body has {} bytes where {} were announced in the batch call. Nothing was stored.",
            header, expected_bytes));
  return {};
}

// A client that lists fewer parts than there are has lost count of what it sent.
Result<void> check_parts(const wire::Completion& completion, const Link& link) {
  if (completion.oid != link.sha256)
    return fail(Kind::unprocessable,
                "This address completes another object than the one that the body names.");
  const auto expected = part_count(link.size_bytes, link.chunk_bytes);
  std::vector<bool> listed(static_cast<std::size_t>(expected));
  std::uint64_t count = 0;
  for (const auto part : completion.parts) {
    if (part == 0 || part > expected)
      return fail(Kind::invalid,
                  fmt::format("There is no part {}: this upload has {}.", part, expected));
    auto seen = listed[static_cast<std::size_t>(part - 1)];
    if (!seen) ++count;
    seen = true;
  }
  if (count < expected)
    return fail(
        Kind::invalid,
        fmt::format("{} of {} parts are listed; send the others, then complete the upload again.",
                    count, expected));
  return {};
}

struct Registrar {
  http::Router& router;
  Lfs& lfs;
  Lfs::Impl& impl;

  // One route for models, one for the types that have a prefix. {name} may end in .git.
  template <class Work>
  void add(std::string_view id, std::string_view id_with_type, Method method, std::string_view path,
           std::string_view summary, Work work) {
    for (const bool with_type : {false, true}) {
      http::Route route{.id = with_type ? id_with_type : id,
                        .method = method,
                        .path = (with_type ? "/{type:datasets|spaces|kernels}" : "") +
                                std::string("/{owner}/{name}/info/lfs/") + std::string(path),
                        .access = Access::git,
                        .body = method == Method::post ? BodyPolicy::bytes : BodyPolicy::none,
                        .max_body_bytes = 8 << 20,
                        .summary = summary,
                        .errors = {"RepoNotFound", "GatedRepo"}};
      router.add(std::move(route), lfs_handler(work));
    }
  }

  void add_objects();
  void add_locks();
  void add_transfers();
};

void Registrar::add_objects() {
  add("lfs_batch", "lfs_batch_typed", Method::post, "objects/batch",
      "Tells where objects are to be uploaded to or downloaded from.",
      [&impl = impl](Request& request) -> Result<Response> {
        const auto id = TRY(repo_id_in(request));
        const auto wanted = TRY(wire::read_batch(request.body));
        return lfs_json(wire::batch_reply(TRY(impl.batch(request, id, wanted))));
      });
  add("lfs_verify", "lfs_verify_typed", Method::post, "objects/verify",
      "Confirms that an uploaded object is stored.",
      [&impl = impl](Request& request) -> Result<Response> {
        const auto id = TRY(repo_id_in(request));
        const auto object = TRY(wire::read_object(request.body));
        const auto repo = TRY(impl.repos.open_proposing(auth::actor_ptr_of(request), id));
        const auto found = impl.contents.find(repo.repo().key, object.oid);
        if (!found)
          return fail(Kind::not_found,
                      "The object has not arrived in this repository; upload it again.");
        if (found->size_bytes != object.size_bytes)
          return fail(Kind::unprocessable, fmt::format("The object has {} bytes, not {}.",
                                                       found->size_bytes, object.size_bytes));
        return lfs_json("{}");
      });
}

void Registrar::add_locks() {
  add("create_lfs_lock", "create_lfs_lock_typed", Method::post, "locks", "Locks a file.",
      [&lfs = lfs, &impl = impl](Request& request) -> Result<Response> {
        const auto id = TRY(repo_id_in(request));
        const auto path = TRY(wire::read_lock_path(request.body));
        const auto repo = TRY(impl.repos.open_writable(auth::actor_ptr_of(request), id));
        std::optional<Lock> existing;
        auto made = lfs.lock(repo, path, existing);
        if (!made && existing)
          return lfs_json(wire::lock_conflict(*existing, made.error().message), 409);
        return lfs_json(wire::lock_reply(TRY(std::move(made))), 201);
      });
  add("list_lfs_locks", "list_lfs_locks_typed", Method::get, "locks", "Lists locks.",
      [&lfs = lfs, &impl = impl](Request& request) -> Result<Response> {
        const auto repo =
            TRY(impl.repos.open_readable(auth::actor_ptr_of(request), TRY(repo_id_in(request))));
        Lfs::LockFilter filter;
        filter.path = request.query.get("path").value_or("");
        filter.cursor = request.query.get("cursor").value_or("");
        if (const auto key = request.query.get("id"); key && !key->empty()) {
          filter.key = static_cast<std::int64_t>(parse_u64(*key).value_or(0));
          if (filter.key <= 0) return lfs_json(wire::lock_list({}));
        }
        if (const auto limit = request.query.get("limit"))
          filter.limit = static_cast<std::size_t>(parse_u64(*limit).value_or(100));
        return lfs_json(wire::lock_list(lfs.list_locks(repo, filter)));
      });
  add("verify_lfs_locks", "verify_lfs_locks_typed", Method::post, "locks/verify",
      "Lists locks as one's own and others', before a push.",
      [&lfs = lfs, &impl = impl](Request& request) -> Result<Response> {
        const auto repo =
            TRY(impl.repos.open_writable(auth::actor_ptr_of(request), TRY(repo_id_in(request))));
        const auto page = lfs.list_locks(repo, TRY(wire::read_verify_locks(request.body)));
        return lfs_json(wire::lock_verification(page, repo.actor().user_key));
      });
  add("remove_lfs_lock", "remove_lfs_lock_typed", Method::post, "locks/{lock}/unlock",
      "Unlocks a file.", [&lfs = lfs, &impl = impl](Request& request) -> Result<Response> {
        const auto repo =
            TRY(impl.repos.open_writable(auth::actor_ptr_of(request), TRY(repo_id_in(request))));
        const auto wanted = TRY(wire::read_unlock(request.body));
        const auto key = static_cast<std::int64_t>(parse_u64(request.param("lock")).value_or(0));
        return lfs_json(wire::lock_reply(
            TRY(lfs.unlock(repo, key, wanted.force ? Lfs::Force::yes : Lfs::Force::no))));
      });
}

void Registrar::add_transfers() {
  router.add(
      {.id = "upload_lfs_object",
       .method = Method::put,
       .path = "/lfs-data/{sha256}",
       .access = Access::open,
       .body = BodyPolicy::sink,
       .max_body_bytes = 0,
       .summary = "Stores an object; the URL is signed.",
       .open_sink = [&impl = impl](Request& request) -> Result<std::unique_ptr<http::BodySink>> {
         const auto link = TRY(verified_link(request, Operation::upload, impl.secret, now()));
         TRY_VOID(check_announced_length(request, link.size_bytes));
         return std::make_unique<ObjectSink>(impl.contents.store().stage(), link.size_bytes);
       }},
      lfs_handler([&impl = impl](Request& request) -> Result<Response> {
        const auto link = TRY(verified_link(request, Operation::upload, impl.secret, now()));
        auto* sink = dynamic_cast<ObjectSink*>(request.sink.get());
        CHECK(sink != nullptr);
        if (sink->size_bytes() != link.size_bytes)
          return fail(Kind::unprocessable, fmt::format("{} bytes arrived where {} were announced. "
                                                       "Nothing was stored; upload the file again.",
                                                       sink->size_bytes(), link.size_bytes));
        const auto got = sink->sha256_hex();
        if (got != link.sha256)
          return fail(Kind::unprocessable,
                      fmt::format("The bytes received have the SHA-256 {}, but {} was announced. "
                                  "Nothing was stored; upload the file again.",
                                  got, link.sha256));
        TRY_VOID(impl.store(link, sink->take()));
        return Response::empty(200);
      }));

  router.add(
      {.id = "upload_lfs_part",
       .method = Method::put,
       .path = "/lfs-data/{sha256}/parts/{part}",
       .access = Access::open,
       .body = BodyPolicy::sink,
       .max_body_bytes = 0,
       .summary = "Takes one part of an object; the URL is signed.",
       .open_sink = [&impl = impl](Request& request) -> Result<std::unique_ptr<http::BodySink>> {
         const auto link = TRY(verified_link(request, Operation::part, impl.secret, now()));
         auto upload = TRY(impl.uploads.open(link));
         return std::make_unique<PartSink>(std::move(upload), link.part);
       }},
      lfs_handler([](Request& request) -> Result<Response> {
        auto* sink = dynamic_cast<PartSink*>(request.sink.get());
        CHECK(sink != nullptr);
        TRY_VOID(sink->finish());
        auto response = Response::empty(200);
        response.headers.add("ETag", fmt::format("\"part-{}\"", request.param("part")));
        return response;
      }));

  router.add(
      {.id = "confirm_lfs_upload",
       .method = Method::post,
       .path = "/lfs-data/{sha256}/verify",
       .access = Access::open,
       .body = BodyPolicy::bytes,
       .summary = "Confirms that an uploaded object is stored; the URL is signed."},
      lfs_handler([&impl = impl](Request& request) -> Result<Response> {
        const auto link = TRY(verified_link(request, Operation::verify, impl.secret, now()));
        const auto object = TRY(wire::read_object(request.body));
        if (object.oid != link.sha256)
          return fail(Kind::unprocessable,
                      "This address confirms another object than the one that the body names.");
        const auto found = impl.contents.find(link.repo_key, link.sha256);
        if (!found)
          return fail(Kind::not_found,
                      "The object has not arrived in this repository; upload it again.");
        if (found->size_bytes != object.size_bytes)
          return fail(Kind::unprocessable, fmt::format("The object has {} bytes, not {}.",
                                                       found->size_bytes, object.size_bytes));
        return lfs_json("{}");
      }));

  router.add({.id = "complete_lfs_upload",
              .method = Method::post,
              .path = "/lfs-data/{sha256}/complete",
              .access = Access::open,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 4 << 20,
              .summary = "Ends a multipart upload; the URL is signed."},
             lfs_handler([&impl = impl](Request& request) -> Result<Response> {
               const auto link =
                   TRY(verified_link(request, Operation::complete, impl.secret, now()));
               TRY_VOID(check_parts(TRY(wire::read_completion(request.body)), link));
               auto staged = impl.uploads.finish(link);
               if (!staged) {
                 // A client that repeats its last request, having missed our answer.
                 const auto found = impl.contents.find(link.repo_key, link.sha256);
                 if (found && found->size_bytes == link.size_bytes) return lfs_json("{}");
                 return fail(std::move(staged).error());
               }
               TRY_VOID(impl.store(link, std::move(*staged)));
               return lfs_json("{}");
             }));

  router.add({.id = "download_lfs_object",
              .method = Method::get,
              .path = "/lfs-data/{sha256}",
              .access = Access::open,
              .summary = "Sends an object or a range of it; the URL is signed."},
             lfs_handler([&impl = impl](Request& request) -> Result<Response> {
               const auto link =
                   TRY(verified_link(request, Operation::download, impl.secret, now()));
               return impl.download(link, request);
             }));
}

}  // namespace

void add_routes(http::Router& router, Lfs& lfs) {
  Registrar registrar{router, lfs, *lfs.impl_};
  registrar.add_objects();
  registrar.add_locks();
  registrar.add_transfers();
}

}  // namespace holt::lfs
