// A connection's requests one after the other: head, route, authentication, handler, reply.
#include "io/net/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/durability.h"
#include "base/file.h"
#include "base/log.h"
#include "base/not_text.h"
#include "base/text.h"
#include "base/time.h"

namespace holt::net {
namespace {

constexpr std::size_t kFirstReadBytes = 4096;
constexpr std::string_view kUnmatched = "unmatched";
// A body this small is read before anything else, so that the request costs one hop to the pool.
constexpr std::uint64_t kReadAheadBytes = 64 * 1024;

struct SinkEnd {
  std::unique_ptr<http::BodySink>& sink;
  ~SinkEnd() { sink.reset(); }
};

bool is_disk_full(const std::error_code& code) {
  return code == std::errc::no_space_on_device || code.value() == EDQUOT;
}

}  // namespace

void Lane::renew_date() {
  const Timestamp time = now();
  if (time.ms / 1000 == date_second && !date.empty()) return;
  date_second = time.ms / 1000;
  date = http_date(time);
}

void Lane::sweep() {
  renew_date();
  const std::int64_t time = monotonic_us();
  for (Session* session : sessions) {
    if (time >= session->deadline_us_ || time >= drain_until_us) session->expire();
  }
}

void Lane::close_idle() {
  for (Session* session : sessions) {
    if (session->phase_ == Session::Phase::idle) session->expire();
  }
}

void Lane::make_room(std::size_t most, std::chrono::seconds header_limit) {
  const std::int64_t head_before = monotonic_us() - std::chrono::microseconds(header_limit).count();
  std::vector<Session*> idle;
  for (Session* session : sessions) {
    // Who has just come is about to ask: closed for want of room only when it is slow to.
    const bool slow = session->waiting_since_us_ != 0 && session->waiting_since_us_ < head_before;
    if (session->phase_ == Session::Phase::idle && (session->has_asked_ || slow))
      idle.push_back(session);
    if (session->phase_ == Session::Phase::head && slow) session->expire();
  }
  const auto end = idle.begin() + static_cast<std::ptrdiff_t>(std::min(most, idle.size()));
  std::partial_sort(idle.begin(), end, idle.end(), [](const Session* a, const Session* b) {
    return a->waiting_since_us_ < b->waiting_since_us_;
  });
  std::for_each(idle.begin(), end, [](Session* session) { session->expire(); });
}

Session::Session(Shared& shared, Lane& lane, Socket socket)
    : shared_(shared),
      lane_(lane),
      socket_(std::move(socket)),
      place_(lane.sessions.insert(lane.sessions.end(), this)),
      job_(shared.pool, lane.io.get_executor()),
      load_job_(shared.pool, lane.io.get_executor()) {
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  boost::system::error_code error;
  const auto address = socket_.remote_endpoint(error).address();
  if (!error) {
    peer_ = address.is_v6() && address.to_v6().is_v4_mapped()
                ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                : address.to_string();
  }
  socket_.set_option(Tcp::no_delay(true), error);
  socket_.native_non_blocking(true, error);
}

Session::~Session() {
  lane_.sessions.erase(place_);
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Session::set_deadline(std::chrono::seconds from_now) {
  deadline_us_ = monotonic_us() + std::chrono::microseconds(from_now).count();
}

std::int64_t Session::begin_transfer_wait(std::uint64_t moved_bytes) {
  const std::int64_t began = monotonic_us();
  const auto patience = std::chrono::microseconds(shared_.limits.transfer_timeout).count();
  const auto earned = static_cast<std::int64_t>(
      moved_bytes / std::max<std::uint64_t>(shared_.limits.min_rate_bytes_s, 1) * 1'000'000);
  deadline_us_ =
      began + std::clamp(patience + earned - exchange_->waited_us, std::int64_t{0}, patience);
  return began;
}

void Session::end_transfer_wait(std::int64_t began_us) {
  clear_deadline();
  exchange_->waited_us += monotonic_us() - began_us;
}

void Session::expire() {
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

std::string_view Session::route_id() const {
  return exchange_->request.route != nullptr ? exchange_->request.route->id : kUnmatched;
}

Task<void> Session::run() {
  const auto self = shared_from_this();  // the coroutine owns the session
  co_await serve();
}

Task<void> Session::serve() {
  for (;;) {
    const bool received = co_await receive_head();
    if (!received) co_return;
    if (!exchange_) begin_exchange();
    if (!answer_fast()) {
      co_await work();
    }
    bool open = false;
    if (!exchange_->vanished) {
      open = co_await send_reply();
    }
    if (open && exchange_->body != BodyState::complete) {
      if (exchange_->keep_alive) {
        open = co_await drain_small_body();
      } else {
        open = false;
        co_await linger();
      }
    }
    open = open && exchange_->keep_alive;
    finish_exchange();
    if (!open || expired_) co_return;
  }
}

// Leaves a whole head at the start of input_, or a refusal in exchange_.
Task<bool> Session::receive_head() {
  phase_ = input_.empty() ? Phase::idle : Phase::head;
  waiting_since_us_ = monotonic_us();
  if (input_.empty() && input_.capacity() > 2 * kFirstReadBytes) std::string().swap(input_);
  if (first_request_ || phase_ == Phase::head) {
    set_deadline(shared_.limits.header_timeout);
  } else {
    set_deadline(shared_.limits.idle_timeout);
  }
  first_request_ = false;
  for (;;) {
    while (scanner_.size() == 0 && input_.starts_with("\r\n")) {
      input_.erase(0, 2);  // some clients send an empty line after a body
      scanner_.reset();
    }
    const auto state = scanner_.scan(input_);
    const bool too_large = scanner_.size() > shared_.limits.max_header_bytes ||
                           (state == HeadScanner::State::incomplete &&
                            input_.size() >= shared_.limits.max_header_bytes);
    if (too_large) {
      refuse(431, "The head of the request is larger than " +
                      std::to_string(shared_.limits.max_header_bytes) + " bytes.");
      co_return true;
    }
    if (state == HeadScanner::State::malformed) {
      refuse(400, "The head of the request is malformed: " + std::string(scanner_.why()) + ".");
      co_return true;
    }
    if (state == HeadScanner::State::complete) co_return true;

    if (phase_ == Phase::idle && shared_.stopping) co_return false;
    const std::size_t have = input_.size();
    input_.resize(std::max(have * 2, kFirstReadBytes));
    const auto [error, count] = co_await socket_.async_read_some(
        asio::buffer(input_.data() + have, input_.size() - have), kAsTuple);
    input_.resize(have + count);
    if (error) {
      if (!expired_ || phase_ == Phase::idle || shared_.stopping) co_return false;
      expired_ = false;  // the answer gets its own time
      refuse(408, "The head of the request took longer than " +
                      std::to_string(shared_.limits.header_timeout.count()) + " seconds.");
      co_return true;
    }
    if (phase_ == Phase::idle) {
      phase_ = Phase::head;
      waiting_since_us_ = monotonic_us();
      set_deadline(shared_.limits.header_timeout);
    }
  }
}

// Answers without a route: what the client sends next cannot be told apart from garbage.
void Session::refuse(int status, std::string message) {
  if (!exchange_) {
    exchange_.emplace();
    exchange_->began_us = monotonic_us();
    exchange_->request.remote_address = peer_;
    if (shared_.pipeline.metrics != nullptr) shared_.pipeline.metrics->in_flight(1);
  }
  Exchange& exchange = *exchange_;
  phase_ = Phase::busy;
  if (exchange.request.request_id.empty()) {
    exchange.request.request_id = request_id_of(exchange.request);
  }
  exchange.response = http::error_response(Error{Kind::invalid, {}, std::move(message), {}, {}});
  exchange.response.status = status;
  exchange.keep_alive = false;
  exchange.body = BodyState::malformed;
  exchange.handler = nullptr;
}

void Session::begin_exchange() {
  exchange_.emplace();
  Exchange& exchange = *exchange_;
  http::Request& request = exchange.request;
  exchange.began_us = monotonic_us();
  phase_ = Phase::busy;
  has_asked_ = true;
  expired_ = false;  // the head made it in time after all
  clear_deadline();
  if (shared_.pipeline.metrics != nullptr) shared_.pipeline.metrics->in_flight(1);

  auto fault = exchange.parser.parse_head(std::string_view(input_).substr(0, scanner_.size()));
  input_.erase(0, scanner_.size());
  scanner_.reset();
  request.request_id = request_id_of(request);
  request.remote_address = remote_of(request, shared_.pipeline, peer_);
  if (fault) return refuse(fault->status, std::move(fault->message));
  auto origin = origin_of(request, shared_.pipeline);
  if (!origin) return refuse(400, "The Host of the request is not a host name.");
  request.origin = std::move(*origin);

  if (exchange.parser.has_body()) {
    exchange.body = BodyState::more;
    exchange.body_left = exchange.parser.length().value_or(0);
    exchange.continue_due = exchange.parser.expects_continue() && input_.empty();
  }
  exchange.keep_alive = exchange.parser.keep_alive() && !shared_.stopping;
  if (request.method == http::Method::options) {
    exchange.response = http::preflight_response();
    return;
  }
  auto match = shared_.pipeline.router->match(request.method, request.path);
  if (!match) return answer_error(match.error());
  request.route = match->route;
  request.params = std::move(match->params);
  exchange.handler = match->handler;
}

// True when there is nothing left to do but to send: refused, preflight, or answered from memory.
bool Session::answer_fast() {
  Exchange& exchange = *exchange_;
  if (exchange.handler == nullptr) return true;
  const http::Route& route = *exchange.request.route;
  if (!route.fast || exchange.parser.has_body()) return false;
  try {
    auto response = route.fast(exchange.request);
    if (!response) return false;
    exchange.response = std::move(*response);
  } catch (...) {
    answer_exception(std::current_exception());
  }
  return true;
}

void Session::answer_error(const Error& error) {
  Exchange& exchange = *exchange_;
  exchange.response = http::error_response(error, exchange.request.request_id);
  const auto level = http::log_level_of(error.kind);
  if (log::enabled(level)) {
    log::write(level, "request failed",
               {{"route", route_id()},
                {"path", clip(exchange.request.path, 300)},
                {"error", error.message},
                {"detail", error.detail},
                {"request.id", exchange.request.request_id}});
  }
}

void Session::answer_exception(std::exception_ptr failure) {
  Error error;
  error.kind = Kind::internal;
  constexpr std::string_view kFull =
      "The server's disk is full; nothing was stored. Tell its administrator to free some space or "
      "add storage, then try again.";
  const auto full = [&](std::string_view detail) {
    error.kind = Kind::storage_full;
    error.message = kFull;
    error.detail = detail;
  };
  try {
    std::rethrow_exception(failure);
  } catch (const StorageFull& e) {
    full(e.what());
  } catch (const DurabilityLost& e) {
    error.kind = Kind::unavailable;
    error.message = e.what();
  } catch (const NotText& e) {
    error.kind = Kind::invalid;
    error.message = "The request holds a text that is not UTF-8, or has a NUL in it.";
    error.detail = e.what();
  } catch (const std::system_error& e) {
    error.detail = e.what();
    if (is_disk_full(e.code())) full(e.what());
  } catch (const std::exception& e) {
    error.detail = e.what();
  } catch (...) {
    error.detail = "an exception of an unknown type";
  }
  answer_error(error);
}

Task<bool> Session::on_pool(std::function<Result<void>()> work) {
  Result<void> result;
  clear_deadline();
  job_.start(shared_from_this(), [&result, work = std::move(work)] { result = work(); });
  const std::exception_ptr failure = co_await job_.wait();
  if (failure) {
    answer_exception(failure);
    co_return false;
  }
  if (!result) {
    answer_error(result.error());
    co_return false;
  }
  co_return true;
}

Task<void> Session::work() {
  Exchange& exchange = *exchange_;
  http::Request& request = exchange.request;
  const http::Route& route = *request.route;
  const std::string client = client_of(request.remote_address);
  job_.use(route.slow ? shared_.slow_pool : shared_.pool, client);
  load_job_.use(shared_.pool, client);
  const bool has_body = exchange.parser.has_body();
  const bool read_first = route.body == http::BodyPolicy::bytes && !exchange.continue_due &&
                          !exchange.parser.chunked() && exchange.body_left <= kReadAheadBytes;
  const auto note_refusal = [this, &request](const Error& error) {
    if (error.kind == Kind::forbidden && shared_.pipeline.refused)
      shared_.pipeline.refused(request, error);
  };
  const auto authenticate = [this, &request]() -> Result<void> {
    if (shared_.pipeline.authenticate) request.actor = TRY(shared_.pipeline.authenticate(request));
    return {};
  };
  if (has_body && !read_first) {
    const auto admit = [&]() -> Result<void> {
      TRY_VOID(authenticate());
      if (route.body == http::BodyPolicy::sink) request.sink = TRY(route.open_sink(request));
      return {};
    };
    const auto admit_or_note = [&]() -> Result<void> {
      auto result = admit();
      if (!result) note_refusal(result.error());
      return result;
    };
    const bool admitted = co_await on_pool(admit_or_note);
    if (!admitted) co_return;
  }
  if (has_body) {
    const bool received = co_await receive_body();
    if (!received) {
      if (request.sink) {
        // Removing what was written so far may take the disk a while: not on this thread.
        job_.start(shared_from_this(),
                   [sink = std::move(request.sink)]() mutable { sink.reset(); });
        co_await job_.wait();
      }
      co_return;
    }
  }
  const bool authenticated = has_body && !read_first;
  const bool sink_due = route.body == http::BodyPolicy::sink && !has_body;
  const auto handle = [&, authenticated, sink_due]() -> Result<void> {
    if (!authenticated) TRY_VOID(authenticate());
    if (sink_due) request.sink = TRY(route.open_sink(request));  // an empty upload
    // Also when the handler throws: what the sink leaves behind is removed here, on the pool.
    const SinkEnd end{request.sink};
    exchange.response = TRY((*exchange.handler)(request));
    return {};
  };
  const auto handle_or_note = [&]() -> Result<void> {
    auto result = handle();
    if (!result) note_refusal(result.error());
    return result;
  };
  co_await on_pool(handle_or_note);
}

void Session::finish_exchange() {
  const Exchange& exchange = *exchange_;
  const http::Request& request = exchange.request;
  const std::int64_t duration_us = monotonic_us() - exchange.began_us;
  constexpr int kClientClosed = 499;
  const int status = exchange.vanished ? kClientClosed : exchange.response.status;
  if (shared_.pipeline.metrics != nullptr) {
    shared_.pipeline.metrics->in_flight(-1);
    shared_.pipeline.metrics->request_done(route_id(), status, duration_us, exchange.bytes_in,
                                           exchange.bytes_out);
  }
  if (shared_.limits.access_log && log::enabled(log::Level::info)) {
    std::string actor = "-";
    if (request.actor && shared_.pipeline.actor_name) actor = shared_.pipeline.actor_name(request);
    log::info("request", {{"route", route_id()},
                          {"method", http::method_name(request.method)},
                          {"path", clip(request.path, 500)},
                          {"actor", actor},
                          {"status", std::int64_t{status}},
                          {"duration_ms", static_cast<double>(duration_us) / 1000},
                          {"bytes_in", static_cast<std::int64_t>(exchange.bytes_in)},
                          {"bytes_out", static_cast<std::int64_t>(exchange.bytes_out)},
                          {"request.id", request.request_id},
                          {"remote", request.remote_address}});
  }
  exchange_.reset();
}

}  // namespace holt::net
