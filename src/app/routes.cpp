// Calls every room's add_routes; health, metrics and the API document; who is calling.
#include "app/routes.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/frontend.h"
#include "app/routes_admin.h"
#include "app/routes_queue.h"
#include "base/log.h"
#include "base/time.h"

namespace holt::app {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

// Ready means: the catalog answers and the object store takes new files.
Response check_ready(Hub& hub) {
  try {
    hub.durability->check();
    static_cast<void>(hub.database->version());
    static_cast<void>(hub.blobs->stage());
    return Response::text("ready\n");
  } catch (const WritesEnded& problem) {
    return Response::text("not ready: " + std::string(problem.what()) + "\n", 503);
  } catch (const std::exception& problem) {
    log::warning("not ready", {{"error", std::string_view(problem.what())}});
    return Response::text("not ready: the catalog or the disk fails; the log says more\n", 503);
  }
}

void add_server_routes(http::Router& router, Hub& hub, http::Metrics& metrics) {
  router.add({.id = "get_health",
              .method = Method::get,
              .path = "/healthz",
              .access = Access::open,
              .summary = "The process answers.",
              .internal = true},
             [](Request&) -> Result<Response> { return Response::text("ok\n"); });
  router.add({.id = "get_readiness",
              .method = Method::get,
              .path = "/readyz",
              .access = Access::open,
              .summary = "The catalog answers and the disk takes files.",
              .internal = true},
             [&hub](Request&) -> Result<Response> { return check_ready(hub); });
  router.add({.id = "get_metrics",
              .method = Method::get,
              .path = "/metrics",
              .access = Access::open,
              .summary = "Counters in the text form of Prometheus.",
              .internal = true},
             [&metrics](Request&) -> Result<Response> {
               auto response = Response::text(metrics.scrape());
               response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
               return response;
             });
  router.add({.id = "get_openapi",
              .method = Method::get,
              .path = "/.well-known/openapi.json",
              .access = Access::open,
              .summary = "This API, described.",
              .internal = true},
             [&router](Request&) -> Result<Response> {
               return Response::json(http::openapi_document(router, version()));
             });
  router.add(
      {.id = "get_version",
       .method = Method::get,
       .path = "/api/version",
       .access = Access::open,
       .summary = "The version of the server.",
       .internal = true},
      [](Request&) -> Result<Response> {
        return Response::json("{\"name\":\"holt\",\"version\":\"" + std::string(version()) + "\"}");
      });
}

// A browser sends the session cookie with whatever another site makes it send, so a change needs
// proof that it comes from Holt's own pages. Browsers say so in headers that scripts cannot set;
// programs with a cookie jar send neither.
Result<void> check_same_site(const Request& request) {
  if (request.method == Method::get || request.method == Method::head ||
      request.method == Method::options)
    return {};
  const auto site = request.headers.get("Sec-Fetch-Site");
  const auto origin = request.headers.get("Origin");
  const auto host = request.headers.get("Host");
  const bool own = !site.empty()
                       ? site == "same-origin" || site == "none"
                       : origin.empty() || origin == request.origin ||
                             (origin.ends_with(host) && !host.empty() &&
                              origin.substr(0, origin.size() - host.size()).ends_with("://"));
  if (own) return {};
  return fail(Kind::forbidden,
              "A page of another site asked for this in your name, so it was not done. Open Holt's "
              "own page, or send an access token.");
}

// Open to everybody, and yet no affair of other sites: who is signed in, and who joins.
bool changes_cookie(const http::Route* route) {
  return route != nullptr &&
         (route->id == "log_in" || route->id == "log_out" || route->id == "join_hub");
}

// Programs ask for leave to change before they do: git for the references, Xet for a token.
bool wants_to_change(const Request& request) {
  if (request.method != Method::get && request.method != Method::head) return true;
  return request.route->id.ends_with("write_token") ||
         request.query.get("service") == "git-receive-pack";
}

std::string transport_security(const Settings& settings) {
  if (!settings.public_url.starts_with("https://") || settings.hsts == "off") return {};
  return settings.hsts == "subdomains" ? "max-age=31536000; includeSubDomains" : "max-age=31536000";
}

Result<std::shared_ptr<const void>> authenticate(auth::Auth& auth, const Request& request) {
  const Access access = request.route != nullptr ? request.route->access : Access::anonymous;
  // The Xet room reads its own tokens, in its handlers.
  if (access == Access::open || access == Access::cas) {
    if (changes_cookie(request.route)) TRY_VOID(check_same_site(request));
    return auth::anonymous_actor();
  }
  auto actor = TRY(auth.authenticate(request.headers.get("Authorization"),
                                     request.headers.get("Cookie"), request.remote_address));
  if (actor->via == auth::Via::session) TRY_VOID(check_same_site(request));
  if (access == Access::account && actor->anonymous()) {
    return fail(Kind::unauthorized,
                "This needs an account: send an access token (Authorization: Bearer hf_...).");
  }
  return actor;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd"), end; entry != end; ++entry)
    ++count;
  return count;
}

}  // namespace

std::string_view version() { return HOLT_VERSION; }

void add_all_routes(http::Router& router, Hub& hub, http::Metrics& metrics) {
  add_server_routes(router, hub, metrics);
  auth::add_routes(router, *hub.auth);
  repos::add_routes(router, *hub.repos, *hub.auth);
  git::add_routes(router, *hub.git, *hub.repos, *hub.contents, *hub.auth);
  git::add_smart_http_routes(router, *hub.git, *hub.repos, *hub.contents);
  community::add_routes(router, *hub.community);
  lfs::add_routes(router, *hub.lfs);
  xet::add_routes(router, *hub.xet);
  buckets::add_routes(router, *hub.buckets, *hub.auth);
  pages::add_routes(router, *hub.pages, *hub.auth);
  add_admin_routes(router, hub);
  add_queue_routes(router, hub);
  add_frontend_routes(router, hub);
}

http::Pipeline make_pipeline(const http::Router& router, http::Metrics& metrics, Hub& hub) {
  http::Pipeline pipeline;
  pipeline.router = &router;
  pipeline.metrics = &metrics;
  pipeline.authenticate = [auth = hub.auth.get()](const Request& request) {
    return authenticate(*auth, request);
  };
  pipeline.actor_name = [](const Request& request) { return auth::actor_of(request).name; };
  pipeline.refused = [auth = hub.auth.get()](const Request& request, const Error&) {
    const auto& actor = auth::actor_of(request);
    if (actor.anonymous() || request.route == nullptr || !wants_to_change(request)) return;
    try {
      auth->note_refused(actor, request.route->id, request.path, request.remote_address);
    } catch (const std::exception& problem) {
      log::warning("a refusal is not in the audit trail",
                   {{"error", std::string_view(problem.what())}});
    }
  };
  pipeline.security = http::SecurityFields(transport_security(hub.settings));
  pipeline.public_url = hub.settings.public_url;
  pipeline.trust_forwarded = hub.settings.trust_forwarded;
  return pipeline;
}

void add_process_gauges(http::Metrics& metrics, const Hub& hub) {
  metrics.gauge("holt_writes_ended", "1 after a failed fsync: the server only reads.",
                [&hub] { return hub.durability->lost() ? 1.0 : 0.0; });
  metrics.gauge("holt_process_resident_bytes", "Memory of the process that is in RAM.",
                resident_bytes);
  metrics.gauge("holt_process_open_descriptors", "Open file descriptors of the process.",
                open_descriptors);
  metrics.gauge("holt_process_start_seconds", "When the process started, in seconds since 1970.",
                [at = static_cast<double>(now().ms) / 1000] { return at; });
}

}  // namespace holt::app
