// CAS routes by which Xet clients upload: xorbs, then the shard that says what files they make.
#include "base/file.h"
#include "base/random.h"
#include "domain/xet/impl.h"
#include "domain/xet/wire.h"
#include "domain/xet/xorb_sink.h"

namespace holt::xet {
namespace {

using http::Access;
using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

// A chunk query's answer may be cached by the client until then; a collection may take the xorb
// sooner, so not for days.
constexpr std::int64_t kDedupLifeS = 6 * 3600;

Result<xetformat::XetHash> hash_in(const Request& request) {
  const auto hash = xetformat::XetHash::parse(request.param("hash"));
  if (!hash)
    return fail(Kind::invalid, "The hash in the path is 64 lower-case hexadecimal digits.");
  return *hash;
}

// Registers the rest of a shard while it tells the client how far it is.
class ShardEvents final : public http::BodySource {
 public:
  ShardEvents(std::shared_ptr<const Session> session,
              std::unique_ptr<content::Contents::Registration> registration,
              content::Contents::Progress progress)
      : session_(std::move(session)), registration_(std::move(registration)), progress_(progress) {}

  std::optional<http::Piece> next() override {
    if (ended_) return std::nullopt;
    if (!begun_) {
      begun_ = true;
      return piece(wire::validating(progress_.done_bytes, progress_.total_bytes));
    }
    const auto step = registration_->step();
    ended_ = !step || step->finished;
    if (!step) return piece(wire::failure(step.error().message));
    return piece(step->finished ? wire::result(step->added)
                                : wire::validating(step->done_bytes, step->total_bytes));
  }

 private:
  static http::Piece piece(const std::string& line) { return Bytes(line.begin(), line.end()); }

  std::shared_ptr<const Session> session_;
  std::unique_ptr<content::Contents::Registration> registration_;
  content::Contents::Progress progress_;
  bool begun_ = false;
  bool ended_ = false;
};

Result<xetformat::Shard> shard_of(Request& request) {
  auto* sink = dynamic_cast<content::StagingSink*>(request.sink.get());
  CHECK(sink != nullptr);
  const auto view = MappedFile::map(sink->file());
  return xetformat::parse_shard(view.bytes());
}

std::function<Result<std::unique_ptr<http::BodySink>>(Request&)> shard_sink(Xet::Impl& impl) {
  return [&impl](Request& request) -> Result<std::unique_ptr<http::BodySink>> {
    TRY(impl.open(request, Scope::propose));
    return std::make_unique<content::StagingSink>(impl.contents.store().stage());
  };
}

Response ndjson(http::Body body) {
  Response response;
  response.headers.add("Content-Type", "application/x-ndjson");
  response.body = std::move(body);
  return response;
}

Result<Response> post_xorb(Xet::Impl& impl, Request& request) {
  const auto session = TRY(impl.open(request, Scope::propose));
  const auto hash = TRY(hash_in(request));
  auto* sink = dynamic_cast<XorbSink*>(request.sink.get());
  CHECK(sink != nullptr);
  const auto index = TRY(sink->finish(hash));
  return Response::json(
      wire::xorb_stored(TRY(impl.contents.add_xorb(*session->uploader, sink->take(), index))));
}

Result<Response> post_shard_with_events(Xet::Impl& impl, Request& request) {
  const auto session = TRY(impl.open(request, Scope::propose));
  auto registration = TRY(impl.contents.begin_files(*session->uploader, TRY(shard_of(request))));
  // What is refused in the first step still gets its own status.
  const auto step = TRY(registration->step());
  if (step.finished) return ndjson(wire::result(step.added));
  return ndjson(http::Stream{std::make_unique<ShardEvents>(session, std::move(registration), step),
                             std::nullopt});
}

Result<Response> get_chunk(Xet::Impl& impl, Request& request) {
  const auto session = TRY(impl.open(request, Scope::read));
  const auto chunk = TRY(hash_in(request));
  const auto xorb = impl.contents.find_chunk(session->repo, chunk);
  if (!xorb) return fail(Kind::not_found, "No chunk of this hash is known here.");
  auto index = impl.contents.xorb_index(*xorb);
  if (!index) return fail(Kind::not_found, "No chunk of this hash is known here.");
  // Each answer has a key of its own: who does not have a chunk already learns no hash from it.
  xetformat::XetHash key;
  const auto random = random_bytes(key.bytes.size());
  std::copy(random.begin(), random.end(), key.bytes.begin());
  const std::vector<xetformat::XorbInfo> infos{xetformat::describe(**index)};
  const auto at_s = static_cast<std::uint64_t>(now().ms / 1000);
  const auto shard = xetformat::write_dedup_shard(infos, key, at_s, at_s + kDedupLifeS);
  Response response;
  response.headers.add("Content-Type", "application/octet-stream");
  response.body = std::string(as_text(shard));
  return response;
}

}  // namespace

void add_upload_routes(http::Router& router, Xet::Impl& impl) {
  router.add({.id = "post_xorb",
              .method = Method::post,
              .path = "/v1/xorbs/{prefix}/{hash}",
              .access = Access::cas,
              .body = BodyPolicy::sink,
              .max_body_bytes = kMaxXorbBodyBytes,
              .summary = "Stores a xorb.",
              .open_sink = [&impl](Request& request) -> Result<std::unique_ptr<http::BodySink>> {
                TRY(impl.open(request, Scope::propose));
                TRY(hash_in(request));
                return std::make_unique<XorbSink>(impl.contents.store().stage());
              }},
             [&impl](Request& request) { return post_xorb(impl, request); });
  router.add({.id = "head_xorb",
              .method = Method::head,
              .path = "/v1/xorbs/{prefix}/{hash}",
              .access = Access::cas,
              .summary = "Whether a xorb of this repository is stored, and its size."},
             [&impl](Request& request) -> Result<Response> {
               const auto session = TRY(impl.open(request, Scope::read));
               const auto hash = TRY(hash_in(request));
               std::optional<std::uint64_t> size;
               if (impl.contents.xorb_linked(session->repo.repo().key, hash))
                 size = impl.contents.xorb_size(hash);
               if (!size) return fail(Kind::not_found, "This repository has no such xorb.");
               auto response = Response::empty();
               response.announced_length = *size;
               return response;
             });

  router.add({.id = "post_shard",
              .method = Method::post,
              .path = "/v1/shards",
              .access = Access::cas,
              .body = BodyPolicy::sink,
              .max_body_bytes = xetformat::kMaxShardBytes,
              .summary = "Registers the files of a shard.",
              .slow = true,
              .open_sink = shard_sink(impl)},
             [&impl](Request& request) -> Result<Response> {
               const auto session = TRY(impl.open(request, Scope::propose));
               return Response::json(wire::shard_stored(TRY(
                   impl.contents.add_files(*session->uploader, TRY(shard_of(request)), nullptr))));
             });
  router.add({.id = "post_shard_with_events",
              .method = Method::post,
              .path = "/v2/shards",
              .access = Access::cas,
              .body = BodyPolicy::sink,
              .max_body_bytes = xetformat::kMaxShardBytes,
              .summary = "Registers the files of a shard, telling how far it is.",
              .slow = true,
              .open_sink = shard_sink(impl)},
             [&impl](Request& request) { return post_shard_with_events(impl, request); });

  router.add({.id = "get_xet_chunk",
              .method = Method::get,
              .path = "/v1/chunks/{prefix}/{hash}",
              .access = Access::cas,
              .summary = "The xorb in which a chunk lies, for deduplication."},
             [&impl](Request& request) { return get_chunk(impl, request); });

  // Not offered: the client then sends the xorb to us.
  router.add({.id = "post_xorb_grant",
              .method = Method::post,
              .path = "/v1/xorb-grants/{prefix}/{hash}",
              .access = Access::cas,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 64 << 10,
              .summary = "Uploads past this server are not offered."},
             [](Request&) -> Result<Response> {
               return fail(Kind::not_found, "This server takes xorbs itself: POST /v1/xorbs.");
             });
  // Nothing is kept of it; a client waits for the answer, so it is quick.
  router.add({.id = "post_telemetry",
              .method = Method::post,
              .path = "/v1/telemetry",
              .access = Access::open,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 1 << 20,
              .summary = "Takes a client's measurements and forgets them."},
             [](Request&) -> Result<Response> { return Response::json("{}"); });
}

}  // namespace holt::xet
