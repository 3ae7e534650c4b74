// Replies going out: memory by one gathering write, files by sendfile, streams piece by piece.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "base/log.h"
#include "base/page_cache.h"
#include "base/time.h"
#include "io/net/reply_head.h"
#include "io/net/session.h"

namespace holt::net {
namespace {

constexpr std::size_t kSendfileBytes = 2 << 20;
// After this much without waiting, the other connections of the thread get their turn.
constexpr std::uint64_t kTurnBytes = 16 << 20;
// Asked of the disk at once when a file's bytes are not in memory.
constexpr std::uint64_t kLoadedBytes = 8 << 20;
// Longer texts are not copied beside the head but gathered from where they are.
constexpr std::size_t kCopiedBodyBytes = 8 * 1024;
constexpr std::size_t kKeptOutputBytes = 16 * 1024;

std::optional<std::uint64_t> length_of(const http::Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&body)) {
    return *shared ? (*shared)->size() : 0;
  }
  if (const auto* range = std::get_if<http::FileRange>(&body)) return range->length;
  if (const auto* stream = std::get_if<http::Stream>(&body)) return stream->length;
  return 0;
}

std::string_view text_of(const http::Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&body)) {
    if (*shared) return **shared;
  }
  return {};
}

std::uint64_t size_of(const http::Piece& piece) {
  if (const auto* bytes = std::get_if<Bytes>(&piece)) return bytes->size();
  if (const auto* range = std::get_if<http::FileRange>(&piece)) return range->length;
  std::uint64_t size = 0;
  for (const auto& range : std::get<std::vector<http::FileRange>>(piece)) size += range.length;
  return size;
}

}  // namespace

Task<bool> Session::send_reply() {
  Exchange& exchange = *exchange_;
  http::Response& response = exchange.response;
  const http::Route* route = exchange.request.route;
  if (response.status == 401 && route != nullptr && route->access == http::Access::git) {
    response.headers.set("WWW-Authenticate", "Basic realm=\"Holt\"");
  }
  const bool bare = response.status == 204 || response.status == 304 || response.status < 200;
  const bool body_due = !bare && exchange.request.method != http::Method::head;

  ReplyHead head;
  head.status = response.status;
  head.http11 = exchange.parser.is_http11();
  head.for_browser = exchange.request.headers.has("Origin");
  head.request_id = exchange.request.request_id;
  head.date = lane_.date;
  head.security = &shared_.pipeline.security;
  if (!bare) {
    head.length = length_of(response.body);
    if (exchange.request.method == http::Method::head && response.announced_length) {
      head.length = response.announced_length;
    }
    head.chunked = !head.length && head.http11;
    if (!head.length && !head.http11) exchange.keep_alive = false;  // the end is the close
  }
  if (exchange.body != BodyState::complete &&
      (exchange.body != BodyState::more || exchange.continue_due || exchange.parser.chunked() ||
       exchange.body_left > kSmallRestBytes)) {
    exchange.keep_alive = false;
  }
  if (shared_.stopping) exchange.keep_alive = false;
  head.keep_alive = exchange.keep_alive;

  output_.clear();
  append_reply_head(output_, head, response.headers);
  auto* range = std::get_if<http::FileRange>(&response.body);
  auto* stream = std::get_if<http::Stream>(&response.body);
  std::string_view text = body_due ? text_of(response.body) : std::string_view();
  if (text.size() <= kCopiedBodyBytes) {
    output_ += text;
    text = {};
  }
  const bool more = body_due && range != nullptr && range->length > 0;
  const int flags = more ? MSG_MORE : 0;

  Parts parts = {output_, text};
  const std::ptrdiff_t sent = send_now(parts, flags);
  bool good = sent != -2;
  if (sent == -1) {
    good = co_await send_memory(parts, flags);
  }
  if (good && more) {
    good = co_await send_file(*range);
  }
  if (stream != nullptr) {
    if (good && body_due) {
      good = co_await send_stream(std::move(*stream));
    } else if (stream->source) {
      // It may hold a child process or a file to remove: its end belongs on the pool.
      job_.start(shared_from_this(),
                 [source = std::move(stream->source)]() mutable { source.reset(); });
      co_await job_.wait();
    }
  }
  if (output_.capacity() > kKeptOutputBytes) std::string().swap(output_);
  clear_deadline();
  co_return good;
}

std::ptrdiff_t Session::send_now(Parts& parts, int flags) {
  for (;;) {
    std::array<iovec, 3> vectors{};
    std::size_t count = 0;
    for (const std::string_view part : parts) {
      if (part.empty()) continue;
      vectors[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    if (count == 0) return 0;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent =
        ::sendmsg(socket_.native_handle(), &message, flags | MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : -2;
    }
    if (exchange_) exchange_->bytes_out += static_cast<std::uint64_t>(sent);
    auto left = static_cast<std::size_t>(sent);
    for (std::string_view& part : parts) {
      const std::size_t taken = std::min(left, part.size());
      part.remove_prefix(taken);
      left -= taken;
    }
  }
}

Task<bool> Session::wait_writable() {
  const std::int64_t began = begin_transfer_wait(exchange_->bytes_in + exchange_->bytes_out);
  const auto [error] = co_await socket_.async_wait(Tcp::socket::wait_write, kAsTuple);
  end_transfer_wait(began);
  co_return !error && !expired_;
}

Task<bool> Session::send_memory(Parts parts, int flags) {
  for (;;) {
    const std::ptrdiff_t sent = send_now(parts, flags);
    if (sent == 0) co_return true;
    if (sent == -2) co_return false;
    const bool writable = co_await wait_writable();
    if (!writable) co_return false;
  }
}

// Waits on the pool, not on this thread, until the disk has given what follows.
Task<void> Session::load(const http::FileRange& range, std::uint64_t offset) {
  const std::uint64_t length = std::min(range.offset + range.length - offset, kLoadedBytes);
  load_job_.start(shared_from_this(), [file = range.file, offset, length] {
    load_into_page_cache(*file, offset, length);
  });
  co_await load_job_.wait();
}

Task<bool> Session::send_file(const http::FileRange& range) {
  auto offset = static_cast<off_t>(range.offset);
  std::uint64_t left = range.length;
  std::uint64_t turn = 0;
  std::uint64_t loaded = 0;  // of what is left
  while (left > 0) {
    const std::size_t ask = std::min<std::uint64_t>(left, kSendfileBytes);
    if (loaded < ask) {
      loaded = ask;
      const auto at = static_cast<std::uint64_t>(offset);
      if (!in_page_cache(*range.file, at + ask - 1)) {
        co_await load(range, at);
        if (expired_) co_return false;
      }
    }
    const ssize_t sent = ::sendfile(socket_.native_handle(), range.file->fd(), &offset, ask);
    if (sent > 0) {
      left -= static_cast<std::uint64_t>(sent);
      loaded -= std::min(loaded, static_cast<std::uint64_t>(sent));
      turn += static_cast<std::uint64_t>(sent);
      exchange_->bytes_out += static_cast<std::uint64_t>(sent);
      if (turn < kTurnBytes) continue;
      turn = 0;
      const Token token;
      co_await asio::post(lane_.io.get_executor(), token);
      if (expired_) co_return false;
      continue;
    }
    if (sent == 0) {
      log::error("a file is shorter than the reply announced",
                 {{"route", route_id()},
                  {"missing_bytes", static_cast<std::int64_t>(left)},
                  {"request.id", exchange_->request.request_id}});
      co_return false;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return false;
    turn = 0;
    const bool writable = co_await wait_writable();
    if (!writable) co_return false;
  }
  co_return true;
}

// Short ranges would leave as short packets: they are corked into full ones.
Task<bool> Session::send_ranges(const std::vector<http::FileRange>& ranges) {
  cork(true);
  for (const auto& range : ranges) {
    const bool sent = co_await send_file(range);
    if (!sent) co_return false;
  }
  cork(false);
  co_return true;
}

void Session::cork(bool on) {
  const int value = on ? 1 : 0;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

Task<bool> Session::send_piece(const http::Piece& piece, bool chunked) {
  const std::string size = chunked ? fmt::format("{:x}\r\n", size_of(piece)) : std::string();
  const std::string_view end = chunked ? "\r\n" : "";
  if (const auto* bytes = std::get_if<Bytes>(&piece)) {
    const Parts parts = {size, as_text(*bytes), end};
    co_return co_await send_memory(parts, 0);
  }
  if (chunked) {
    const Parts parts = {size};
    const bool framed = co_await send_memory(parts, MSG_MORE);
    if (!framed) co_return false;
  }
  bool sent = false;
  if (const auto* range = std::get_if<http::FileRange>(&piece)) {
    sent = co_await send_file(*range);
  } else {
    sent = co_await send_ranges(std::get<std::vector<http::FileRange>>(piece));
  }
  if (!sent || !chunked) co_return sent;
  const Parts parts = {end};
  co_return co_await send_memory(parts, 0);
}

// One piece is on its way to the client while the pool makes the next one.
Task<bool> Session::send_stream(http::Stream stream) {
  struct Feed {
    std::unique_ptr<http::BodySource> source;
    std::optional<http::Piece> next;
  };
  const auto feed = std::make_shared<Feed>(std::move(stream.source), std::nullopt);
  const auto pull = [this, feed] {
    job_.start(shared_from_this(), [feed] { feed->next = feed->source->next(); });
  };
  const bool chunked = !stream.length && exchange_->parser.is_http11();
  std::uint64_t promised = stream.length.value_or(0);
  std::uint64_t total = 0;
  bool good = true;
  std::string why;
  pull();
  for (;;) {
    const std::exception_ptr failure = co_await job_.wait();
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        why = e.what();
      } catch (...) {
        why = "an exception of an unknown type";
      }
      break;
    }
    if (!good || !feed->next) break;
    const http::Piece piece = std::move(*feed->next);
    feed->next.reset();
    const std::uint64_t size = size_of(piece);
    total += size;
    if (stream.length && total > promised) {
      why = "it is longer than the length announced";
      break;
    }
    pull();
    if (stream.length && total == promised) {
      // The last piece completes the reply for the client: it waits until there is no more.
      const std::exception_ptr late = co_await job_.wait();
      if (late || (feed->next && size_of(*feed->next) > 0)) {
        why = "it goes on after the length announced";
        break;
      }
    }
    if (size > 0) {
      good = co_await send_piece(piece, chunked);
    }
  }
  if (good && why.empty() && stream.length && total != promised) {
    why = "it is shorter than the length announced";
  }
  // The source's end may wait for a child process or the disk: not on this thread.
  job_.start(shared_from_this(), [source = std::move(feed->source)]() mutable { source.reset(); });
  co_await job_.wait();
  if (!why.empty()) {
    log::error("a streamed reply is cut",
               {{"route", route_id()},
                {"reason", why},
                {"sent_bytes", static_cast<std::int64_t>(exchange_->bytes_out)},
                {"request.id", exchange_->request.request_id}});
    // A reset rather than an orderly end: also a client that reads to the end sees that it is cut.
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    co_return false;
  }
  if (!good || !chunked) co_return good;
  const Parts last = {"0\r\n\r\n"};
  co_return co_await send_memory(last, 0);
}

}  // namespace holt::net
