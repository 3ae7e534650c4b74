// Bodies coming in: whole into memory, or through two buffers into a sink that works on the pool.
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/direct_io.h"
#include "base/time.h"
#include "io/net/session.h"

namespace holt::net {
namespace {

constexpr std::size_t kSinkBufferBytes = 1024 * 1024;
// A chunked body is small as a rule: nobody knew its length, and yet it was sent.
constexpr std::size_t kChunkedSinkBufferBytes = 256 * 1024;
constexpr std::size_t kRawChunkBytes = 64 * 1024;
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::uint64_t kLingerBytes = 256 << 20;

}  // namespace

Task<std::size_t> Session::read_some(std::span<std::uint8_t> output) {
  const std::int64_t began = begin_transfer_wait(exchange_->bytes_in);
  const auto [error, count] =
      co_await socket_.async_read_some(asio::buffer(output.data(), output.size()), kAsTuple);
  end_transfer_wait(began);
  co_return error ? 0 : count;
}

// Fills `output` from the body, as far as the body goes.
Task<Session::Filled> Session::fill(std::span<std::uint8_t> output) {
  Exchange& exchange = *exchange_;
  Filled filled;
  if (!exchange.parser.chunked()) {
    output = output.first(std::min<std::uint64_t>(output.size(), exchange.body_left));
    const std::size_t ready = std::min(output.size(), input_.size());
    if (ready > 0) {
      std::memcpy(output.data(), input_.data(), ready);
      input_.erase(0, ready);
      filled.count = ready;
    }
    while (filled.count < output.size()) {
      const std::size_t count = co_await read_some(output.subspan(filled.count));
      if (count == 0) {
        filled.state = exchange.body = BodyState::vanished;
        co_return filled;
      }
      filled.count += count;
    }
    exchange.body_left -= filled.count;
    exchange.bytes_in += filled.count;
    if (exchange.body_left == 0) exchange.body = BodyState::complete;
    filled.state = exchange.body;
    co_return filled;
  }
  while (filled.count < output.size()) {
    const auto decoded = exchange.parser.decode(input_, output.subspan(filled.count));
    input_.erase(0, decoded.consumed);
    filled.count += decoded.produced;
    exchange.bytes_in += decoded.produced;
    // What a chunk's own lines may take is bounded by the buffer for them.
    const bool stuck = decoded.consumed == 0 && input_.size() >= kRawChunkBytes;
    if (decoded.malformed || stuck) exchange.body = BodyState::malformed;
    if (decoded.complete) exchange.body = BodyState::complete;
    if (exchange.body != BodyState::more) break;
    if (decoded.consumed > 0 && !input_.empty()) continue;
    if (filled.count == output.size()) break;
    const std::size_t have = input_.size();
    input_.resize(std::max(kRawChunkBytes, have * 2));
    auto* room = reinterpret_cast<std::uint8_t*>(input_.data());
    const std::size_t count = co_await read_some(std::span(room, input_.size()).subspan(have));
    input_.resize(have + count);
    if (count == 0) {
      exchange.body = BodyState::vanished;
      break;
    }
  }
  filled.state = exchange.body;
  co_return filled;
}

Task<bool> Session::send_continue() {
  if (!exchange_->continue_due) co_return true;
  exchange_->continue_due = false;
  const Parts go_on = {"HTTP/1.1 100 Continue\r\n\r\n"};
  const bool sent = co_await send_memory(go_on, 0);
  if (!sent) exchange_->vanished = true;
  co_return sent;
}

// Turns the end of a body that did not come whole into the end of the exchange; returns false.
bool Session::explain_broken_body(BodyState state) {
  Exchange& exchange = *exchange_;
  if (state == BodyState::malformed) {
    refuse(400, "The chunks of the request's body are malformed.");
  } else if (expired_ && monotonic_us() < lane_.drain_until_us) {
    expired_ = false;  // the answer gets its own time
    refuse(408, "The request's body stood still for " +
                    std::to_string(shared_.limits.transfer_timeout.count()) +
                    " seconds, or came slower than " +
                    std::to_string(shared_.limits.min_rate_bytes_s) + " bytes a second.");
  } else {
    exchange.vanished = true;
    exchange.keep_alive = false;
  }
  return false;
}

void Session::refuse_too_large() {
  const http::Route& route = *exchange_->request.route;
  Error error;
  error.kind = Kind::too_large;
  error.message = route.body == http::BodyPolicy::none
                      ? "This address takes no body; send the request without one."
                      : "The body is larger than the " + std::to_string(route.max_body_bytes) +
                            " bytes that this address takes.";
  answer_error(error);
}

Task<bool> Session::receive_body() {
  Exchange& exchange = *exchange_;
  const http::Route& route = *exchange.request.route;
  const std::uint64_t announced = exchange.body_left;
  const bool bounded = route.body != http::BodyPolicy::sink || route.max_body_bytes > 0;
  const std::uint64_t bound = route.body == http::BodyPolicy::none ? 0 : route.max_body_bytes;
  if (bounded && announced > bound) {
    refuse_too_large();
    co_return false;
  }
  const bool go = co_await send_continue();
  if (!go) co_return false;
  if (route.body == http::BodyPolicy::sink) {
    co_return co_await receive_to_sink();
  }
  co_return co_await receive_bytes();
}

Task<bool> Session::receive_bytes() {
  Exchange& exchange = *exchange_;
  const http::Route& route = *exchange.request.route;
  const std::uint64_t bound = route.body == http::BodyPolicy::none ? 0 : route.max_body_bytes;
  std::string& body = exchange.request.body;
  // Grows with what has really come: an announced length alone takes no memory.
  std::size_t step = kSmallRestBytes;
  while (exchange.body == BodyState::more) {
    if (!exchange.parser.chunked()) step = std::min<std::uint64_t>(step, exchange.body_left);
    const std::size_t have = body.size();
    // A byte more than may come is enough to see that too much does.
    step = std::min<std::uint64_t>(step, bound + 1 - have);
    body.resize(have + step);
    auto* room = reinterpret_cast<std::uint8_t*>(body.data());
    const Filled filled = co_await fill(std::span(room, body.size()).subspan(have));
    body.resize(have + filled.count);
    if (filled.state == BodyState::vanished || filled.state == BodyState::malformed) {
      co_return explain_broken_body(filled.state);
    }
    if (body.size() > bound) {
      refuse_too_large();
      co_return false;
    }
    step = std::max(kSmallRestBytes, body.size());
  }
  co_return true;
}

Task<bool> Session::receive_to_sink() {
  Exchange& exchange = *exchange_;
  const std::uint64_t bound = exchange.request.route->max_body_bytes;
  http::BodySink* sink = exchange.request.sink.get();
  std::size_t size = kChunkedSinkBufferBytes;
  if (!exchange.parser.chunked()) {
    size = std::clamp<std::size_t>(exchange.body_left, 1, kSinkBufferBytes);
  }
  // Two halves, aligned so that a sink can hand them to the disk as they are.
  const bool twice = exchange.parser.chunked() || exchange.body_left > size;
  AlignedBuffer memory(twice ? 2 * size : size);
  Result<void> written;
  std::size_t turn = 0;
  // While the pool hashes and writes one buffer, the socket fills the other.
  while (exchange.body == BodyState::more) {
    const std::span buffer(memory.data() + turn * size, size);
    if (twice) turn = 1 - turn;
    const Filled filled = co_await fill(buffer);
    const std::exception_ptr failure = co_await job_.wait();
    if (failure) {
      answer_exception(failure);
      co_return false;
    }
    if (!written) {
      answer_error(written.error());
      co_return false;
    }
    if (filled.state == BodyState::vanished || filled.state == BodyState::malformed) {
      co_return explain_broken_body(filled.state);
    }
    if (bound > 0 && exchange.bytes_in > bound) {
      refuse_too_large();
      co_return false;
    }
    if (filled.count == 0) continue;
    job_.start(shared_from_this(), [sink, &written, bytes = ByteSpan(buffer).first(filled.count)] {
      written = sink->write(bytes);
    });
  }
  const std::exception_ptr failure = co_await job_.wait();
  if (failure) {
    answer_exception(failure);
    co_return false;
  }
  if (!written) {
    answer_error(written.error());
    co_return false;
  }
  co_return true;
}

// After a reply that came before the end of a short body: what is left of it, so that the
// connection can go on.
Task<bool> Session::drain_small_body() {
  Bytes rest(kSmallRestBytes);
  while (exchange_->body == BodyState::more) {
    const Filled filled = co_await fill(rest);
    if (filled.state == BodyState::vanished || filled.state == BodyState::malformed)
      co_return false;
  }
  co_return true;
}

// Closes so that the client sees the reply: a close with unread bytes is a reset, which takes the
// reply away from a client that is still sending.
Task<void> Session::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  Bytes waste(kRawChunkBytes);
  std::uint64_t left = kLingerBytes;
  set_deadline(kLingerTime);
  expired_ = false;
  while (left > 0 && !expired_) {
    const auto [error, count] = co_await socket_.async_read_some(asio::buffer(waste), kAsTuple);
    if (error) break;
    left -= std::min<std::uint64_t>(left, count);
  }
}

}  // namespace holt::net
