// holt serve: runs the server until it is told to stop.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "app/background.h"
#include "app/commands/line.h"
#include "app/janitor.h"
#include "app/routes.h"
#include "app/start_record.h"
#include "base/log.h"
#include "base/time.h"
#include "base/work_pool.h"
#include "io/net/net.h"

namespace holt::app {
namespace {

constexpr std::int64_t kStagingLifeMs = std::int64_t{24} * 3600 * 1000;

// Waits for SIGTERM, SIGINT or SIGHUP in a thread of its own and stops the server; a second one
// ends the process at once. Make it before any other thread, so that all of them leave the signals
// to it.
class StopSignals {
 public:
  StopSignals() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  ~StopSignals() {
    finished_ = true;
    if (watcher_.joinable()) {
      ::pthread_kill(watcher_.native_handle(), SIGTERM);
      watcher_.join();
    }
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void watch(net::Server& server) {
    watcher_ = std::thread([this, &server] {
      for (bool stopping = false;; stopping = true) {
        int signal = 0;
        ::sigwait(&signals_, &signal);
        if (finished_) return;
        if (stopping) ::_exit(128 + signal);
        log::info("stopping", {{"signal", std::int64_t{signal}}});
        server.stop();
      }
    });
  }

 private:
  sigset_t signals_{};
  std::atomic<bool> finished_{false};
  std::thread watcher_;
};

// A connection takes a descriptor, and so does every file it sends.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  // A service manager may forbid it; then what it gave has to do.
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

// Some descriptors are kept for files: with all of them taken by connections nothing could be
// served.
std::size_t connections_limit(const Settings& settings) {
  constexpr std::uint64_t kMostKept = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return settings.max_connections;
  const std::uint64_t all = limit.rlim_cur;
  const std::uint64_t most = all - std::min(all / 2, kMostKept);
  if (settings.max_connections <= most) return settings.max_connections;
  log::info("fewer connections than set are taken: the process may not open more descriptors",
            {{"max-connections", static_cast<std::int64_t>(settings.max_connections)},
             {"taken", static_cast<std::int64_t>(most)},
             {"descriptors", static_cast<std::int64_t>(all)}});
  return most;
}

std::size_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

std::size_t io_threads(const Settings& settings) {
  return settings.io_threads != 0 ? settings.io_threads : std::min<std::size_t>(cores(), 16);
}

std::size_t work_threads(const Settings& settings) {
  return settings.work_threads != 0 ? settings.work_threads
                                    : std::clamp<std::size_t>(4 * cores(), 8, 64);
}

// Caches trail a change made by another process by at most this and a little.
void watch_catalog(Janitor& watcher, Hub& hub) {
  watcher.every(std::chrono::milliseconds(50), "catalog version",
                [&hub, seen = hub.database->version()]() mutable {
                  const auto version = hub.database->version();
                  if (version == seen) return;
                  seen = version;
                  hub.forget_cached();
                });
}

void flush_counters(Hub& hub) {
  hub.auth->flush_last_used();
  hub.repos->flush_downloads();
}

void sweep_staging(Hub& hub) {
  const auto removed = hub.blobs->sweep_staging(Timestamp{now().ms - kStagingLifeMs});
  if (removed > 0)
    log::info("abandoned uploads removed", {{"files", static_cast<std::int64_t>(removed)}});
}

void add_chores(Janitor& janitor, Hub& hub) {
  janitor.every(std::chrono::seconds(10), "flush counters", [&hub] { flush_counters(hub); });
  janitor.every(std::chrono::minutes(10), "expired sessions",
                [&hub] { hub.auth->sweep_sessions(); });
  janitor.every(std::chrono::seconds(2), "facets", [&hub] { hub.repos->refresh_facets(); });
  janitor.every(std::chrono::minutes(5), "downloads of past days",
                [&hub] { hub.repos->expire_downloads(); });
  janitor.every(std::chrono::hours(1), "abandoned uploads", [&hub] {
    sweep_staging(hub);
    hub.lfs->sweep(Timestamp{now().ms - kStagingLifeMs});
  });
}

std::string shown_address(std::string_view listen, std::uint16_t port) {
  return fmt::format("http://{}:{}", listen.substr(0, listen.rfind(':')), port);
}

// For who starts a hub that has no users yet.
std::string setup_text(Hub& hub, std::uint16_t port) {
  const std::string address = hub.settings.public_url.empty()
                                  ? fmt::format("http://localhost:{}", port)
                                  : hub.settings.public_url;
  return fmt::format(
      "\nThis hub has no users yet. Open {}/setup and give this code (another one at each start):\n"
      "\n    {}\n\n"
      "Or make the administrator here: holt user create NAME --admin --password-stdin --data {}\n",
      address, hub.first_setup->new_code(), hub.folder.path().string());
}

Result<void> serve(const Settings& settings) {
  StopSignals signals;
  ::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  const auto hub = TRY(open_hub(settings, Purpose::serve));
  sweep_staging(*hub);

  http::Router router;
  http::Metrics metrics;
  add_all_routes(router, *hub, metrics);
  add_process_gauges(metrics, *hub);
  WorkPool pool(work_threads(settings));
  WorkPool slow_pool(work_threads(settings));
  metrics.gauge("holt_work_waiting", "Pieces of blocking work that wait for a thread.",
                [&pool] { return static_cast<double>(pool.waiting()); });
  metrics.gauge("holt_slow_work_waiting",
                "Pieces of long work (git, commits, registrations) that wait for a thread.",
                [&slow_pool] { return static_cast<double>(slow_pool.waiting()); });

  Janitor watcher(Priority::normal, &hub->tasks);
  watch_catalog(watcher, *hub);
  Janitor janitor(Priority::normal, &hub->tasks);
  add_chores(janitor, *hub);
  Background background(*hub, metrics);

  net::Limits limits;
  limits.max_connections = connections_limit(settings);
  net::Server server(settings.listen, io_threads(settings), limits,
                     make_pipeline(router, metrics, *hub), pool, slow_pool);
  signals.watch(server);
  watcher.start();
  janitor.start();
  background.start();
  record_start(*hub);
  print(fmt::format("Holt {} listens on {}, data in {}\n", version(),
                    shown_address(settings.listen, server.port()), hub->folder.path().string()));
  if (hub->first_setup->open()) print(setup_text(*hub, server.port()));
  server.run();
  background.stop();
  janitor.stop();
  watcher.stop();
  flush_counters(*hub);
  log::info("stopped");
  return {};
}

}  // namespace

void add_serve(CLI::App& app, Line& line) {
  CLI::App& command = *app.add_subcommand(
      "serve", "Runs the server. SIGTERM stops it when what is in flight has finished.");
  add_setting_flags(command, line, Which::all);
  command.callback([&line] {
    line.chosen = [&line]() -> Result<void> {
      const Loaded loaded = TRY(line.load());
      log::configure(log_level(loaded.settings),
                     loaded.settings.log_format == "json" ? log::Format::json : log::Format::text);
      return serve(loaded.settings);
    };
  });
}

}  // namespace holt::app
