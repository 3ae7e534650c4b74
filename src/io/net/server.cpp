// The listening socket, the io threads, the tick that ends what takes too long, and the stop.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <system_error>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "io/net/session.h"

namespace holt::net {
namespace {

constexpr std::chrono::milliseconds kTick{200};
// After accept fails (no file descriptors left) or the limit of connections is reached.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::int64_t kWarningEveryUs = 10'000'000;
constexpr int kBacklog = 4096;
constexpr std::size_t kRoomMade = 64;  // connections closed at a time on each thread

void throw_if(const boost::system::error_code& error, const std::string& what) {
  if (error) throw std::system_error(error.value(), std::system_category(), what);
}

Tcp::endpoint endpoint_of(const std::string& listen) {
  const auto bad = [&](std::string_view why) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            fmt::format("cannot listen on \"{}\": {}; the form is HOST:PORT, as in "
                                        "0.0.0.0:8080 or [::]:8080",
                                        listen, why));
  };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) bad("it names no port");
  const auto port = parse_u64(std::string_view(listen).substr(colon + 1));
  if (!port || *port > 65535) bad("its port is not a number from 0 to 65535");
  std::string host = listen.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    bad("an IPv6 address stands in brackets");
  }
  if (host.empty()) host = "0.0.0.0";
  boost::system::error_code error;
  auto address = asio::ip::make_address(host, error);
  if (error) {
    asio::io_context io;
    Tcp::resolver resolver(io);
    const auto found = resolver.resolve(host, std::to_string(*port), error);
    if (error || found.empty()) bad("its host is not known here");
    address = found.begin()->endpoint().address();
  }
  return {address, static_cast<std::uint16_t>(*port)};
}

}  // namespace

struct Server::Impl {
  Impl(Limits limits, http::Pipeline pipeline, WorkPool& pool, WorkPool& slow_pool)
      : shared{limits, std::move(pipeline), pool, slow_pool} {}

  using Guard = asio::executor_work_guard<Executor>;
  struct Thread {
    Lane lane;
    std::optional<Guard> guard;
    asio::steady_timer tick{lane.io};
    std::thread thread;
  };

  Shared shared;
  std::vector<std::unique_ptr<Thread>> threads;
  std::optional<Acceptor> acceptor;         // on the first thread
  std::optional<asio::steady_timer> pause;  // on the first thread
  std::uint16_t port = 0;
  std::size_t next_lane = 0;
  std::int64_t warned_us = 0;
  std::atomic<bool> stop_asked{false};

  void open(const std::string& listen, std::size_t io_threads);
  void accept();
  void accept_later();
  void welcome(Lane& lane, Socket socket);
  void tick(Thread& thread);
  void begin_stop();
  void run();
};

void Server::Impl::open(const std::string& listen, std::size_t io_threads) {
  const Tcp::endpoint endpoint = endpoint_of(listen);
  for (std::size_t i = 0; i < std::max<std::size_t>(io_threads, 1); ++i) {
    threads.push_back(std::make_unique<Thread>());
  }
  asio::io_context& io = threads.front()->lane.io;
  acceptor.emplace(io.get_executor());
  pause.emplace(io);
  boost::system::error_code error;
  acceptor->open(endpoint.protocol(), error);
  throw_if(error, "cannot open a socket for " + listen);
  acceptor->set_option(Acceptor::reuse_address(true), error);
  if (endpoint.protocol() == Tcp::v6()) acceptor->set_option(asio::ip::v6_only(false), error);
  acceptor->bind(endpoint, error);
  throw_if(error, "cannot listen on " + listen);
  acceptor->listen(kBacklog, error);
  throw_if(error, "cannot listen on " + listen);
  port = acceptor->local_endpoint(error).port();
}

// One thread accepts and deals the connections out in turn, so that few busy ones still spread.
void Server::Impl::accept() {
  if (!acceptor->is_open()) return;
  if (shared.connections >= shared.limits.max_connections) {
    if (monotonic_us() - warned_us > kWarningEveryUs) {
      warned_us = monotonic_us();
      log::warning("the limit of connections is reached; idle ones are closed and new ones wait",
                   {{"connections", static_cast<std::int64_t>(shared.limits.max_connections)}});
    }
    for (auto& each : threads)
      asio::post(each->lane.io.get_executor(), [this, lane = &each->lane] {
        lane->make_room(kRoomMade, shared.limits.crowded_header_timeout);
      });
    accept_later();
    return;
  }
  Thread& thread = *threads[next_lane++ % threads.size()];
  acceptor->async_accept(
      thread.lane.io.get_executor(),
      [this, &thread](const boost::system::error_code& error, Socket socket) {
        if (!acceptor->is_open()) return;
        if (!error) {
          asio::post(thread.lane.io.get_executor(),
                     [this, &thread, socket = std::move(socket)]() mutable {
                       welcome(thread.lane, std::move(socket));
                     });
          accept();
          return;
        }
        if (error == asio::error::connection_aborted || error == asio::error::interrupted) {
          accept();
          return;
        }
        if (monotonic_us() - warned_us > kWarningEveryUs) {
          warned_us = monotonic_us();
          log::warning("cannot accept connections; trying again", {{"error", error.message()}});
        }
        accept_later();
      });
}

void Server::Impl::accept_later() {
  pause->expires_after(kAcceptPause);
  pause->async_wait([this](const boost::system::error_code& error) {
    if (!error) accept();
  });
}

void Server::Impl::welcome(Lane& lane, Socket socket) {
  try {
    const auto session = std::make_shared<Session>(shared, lane, std::move(socket));
    asio::co_spawn(lane.io.get_executor(), session->run(), [](std::exception_ptr failure) {
      if (!failure) return;
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        log::error("a connection ended by an exception", {{"error", e.what()}});
      }
    });
  } catch (const std::exception& e) {
    log::error("a connection could not begin", {{"error", e.what()}});
  }
}

void Server::Impl::tick(Thread& thread) {
  thread.lane.sweep();
  if (shared.stopping && thread.lane.sessions.empty()) {
    thread.guard.reset();
    return;
  }
  thread.tick.expires_after(kTick);
  thread.tick.async_wait([this, &thread](const boost::system::error_code& error) {
    if (!error) tick(thread);
  });
}

// On the first thread. Each thread ends by itself when its sessions have.
void Server::Impl::begin_stop() {
  boost::system::error_code ignored;
  acceptor->close(ignored);
  pause->cancel();
  const std::int64_t until =
      monotonic_us() + std::chrono::microseconds(shared.limits.drain_timeout).count();
  shared.stopping = true;
  for (auto& thread : threads) {
    asio::post(thread->lane.io.get_executor(), [this, until, thread = thread.get()] {
      thread->lane.drain_until_us = until;
      thread->lane.close_idle();
      thread->tick.expires_after(kTick / 10);
      thread->tick.async_wait([this, thread](const boost::system::error_code& error) {
        if (!error) tick(*thread);
      });
    });
  }
}

void Server::Impl::run() {
  for (auto& thread : threads) {
    thread->guard.emplace(thread->lane.io.get_executor());
    asio::post(thread->lane.io.get_executor(), [this, thread = thread.get()] { tick(*thread); });
  }
  asio::post(threads.front()->lane.io.get_executor(), [this] { accept(); });
  // sendfile to a socket that the peer has closed raises SIGPIPE in the thread that calls it.
  sigset_t pipe_signal;
  sigset_t before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  for (auto& thread : threads) {
    thread->thread = std::thread([lane = &thread->lane] { lane->io.run(); });
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (auto& thread : threads) thread->thread.join();
}

Server::Server(const std::string& listen, std::size_t io_threads, Limits limits,
               http::Pipeline pipeline, WorkPool& pool, WorkPool& slow_pool)
    : impl_(std::make_unique<Impl>(limits, std::move(pipeline), pool, slow_pool)) {
  CHECK(impl_->shared.pipeline.router != nullptr);
  impl_->open(listen, io_threads);
}

Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->port; }

void Server::run() { impl_->run(); }

void Server::stop() {
  if (impl_->stop_asked.exchange(true)) return;
  asio::post(impl_->threads.front()->lane.io.get_executor(),
             [impl = impl_.get()] { impl->begin_stop(); });
}

}  // namespace holt::net
