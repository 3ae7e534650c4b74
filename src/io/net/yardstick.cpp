// A server whose routes do nothing but serve, for measuring the room beside nginx:
//   net_yardstick LISTEN FOLDER [log]
// GET /fast (1 KiB from the fast handler), /pool (the same by the pool), /files/{name} (sendfile),
// /stream/{name} (pieces of 8 MiB), PUT /sink (SHA-256 of the body). Ends at SIGTERM or SIGINT.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "io/net/net.h"

namespace {

using holt::ByteSpan;
using holt::Result;
using holt::http::FileRange;
using holt::http::Request;
using holt::http::Response;

class ShaSink : public holt::http::BodySink {
 public:
  Result<void> write(ByteSpan bytes) override {
    hash.update(bytes);
    return {};
  }
  holt::Sha256 hash;
};

class Pieces : public holt::http::BodySource {
 public:
  explicit Pieces(FileRange range) : range_(std::move(range)) {}
  std::optional<holt::http::Piece> next() override {
    if (range_.length == 0) return std::nullopt;
    FileRange piece{range_.file, range_.offset, std::min<std::uint64_t>(range_.length, 8 << 20)};
    range_.offset += piece.length;
    range_.length -= piece.length;
    return piece;
  }

 private:
  FileRange range_;
};

Result<FileRange> whole(const std::filesystem::path& folder, const Request& request) {
  const std::filesystem::path name(request.param("name"));
  auto file = holt::open_for_reading(folder / name.filename());
  if (!file) return holt::fail(holt::Kind::not_found, "no such file");
  const std::uint64_t size = file->size_bytes();
  return FileRange{std::move(file), 0, size};
}

void add_routes(holt::http::Router& router, const std::filesystem::path& folder) {
  const auto text = std::make_shared<const std::string>(1024, 'x');
  const auto reply = [text] {
    Response response;
    response.headers.add("Content-Type", "text/plain");
    response.body = text;
    return response;
  };
  router.add({.id = "fast", .path = "/fast", .fast = [reply](const Request&) { return reply(); }},
             [reply](Request&) -> Result<Response> { return reply(); });
  router.add({.id = "pool", .path = "/pool"},
             [reply](Request&) -> Result<Response> { return reply(); });
  router.add({.id = "file", .path = "/files/{name}"},
             [folder](Request& request) -> Result<Response> {
               Response response;
               response.body = TRY(whole(folder, request));
               return response;
             });
  router.add({.id = "stream", .path = "/stream/{name}"},
             [folder](Request& request) -> Result<Response> {
               auto range = TRY(whole(folder, request));
               Response response;
               const std::uint64_t size = range.length;
               response.body = holt::http::Stream{std::make_unique<Pieces>(std::move(range)), size};
               return response;
             });
  router.add({.id = "sink",
              .method = holt::http::Method::put,
              .path = "/sink",
              .body = holt::http::BodyPolicy::sink,
              .max_body_bytes = 0,
              .open_sink = [](Request&) -> Result<std::unique_ptr<holt::http::BodySink>> {
                return std::make_unique<ShaSink>();
              }},
             [](Request& request) -> Result<Response> {
               const auto digest = static_cast<ShaSink&>(*request.sink).hash.finish();
               return Response::text(holt::to_hex(digest) + "\n");
             });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: net_yardstick LISTEN FOLDER [log]\n", stderr);
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  holt::log::configure(holt::log::Level::info, holt::log::Format::text);

  holt::http::Router router;
  add_routes(router, argv[2]);
  holt::http::Metrics metrics;
  holt::http::Pipeline pipeline;
  pipeline.router = &router;
  pipeline.metrics = &metrics;
  holt::WorkPool pool(4), slow_pool(4);
  holt::net::Limits limits;
  limits.access_log = argc > 3;
  holt::net::Server server(argv[1], std::thread::hardware_concurrency(), limits, pipeline, pool,
                           slow_pool);
  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
  });
  server.run();
  waiter.join();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::fprintf(stderr, "cpu_s=%.3f user_s=%.3f system_s=%.3f peak_rss_kib=%ld\n",
               seconds(usage.ru_utime) + seconds(usage.ru_stime), seconds(usage.ru_utime),
               seconds(usage.ru_stime), usage.ru_maxrss);
  return 0;
}
