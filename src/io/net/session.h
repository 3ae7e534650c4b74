// One connection: reads requests, has them answered, sends the replies. Lives on one io thread;
// only the work it gives to the pool runs elsewhere.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/net/asio_types.h"
#include "io/net/net.h"
#include "io/net/pool_job.h"
#include "io/net/request_head.h"

namespace holt::net {

class Session;

// What is left of a body when the reply is ready: up to this much is read, more closes the
// connection.
inline constexpr std::uint64_t kSmallRestBytes = 64 * 1024;

enum class BodyState { more, complete, vanished, malformed };

// One request and its reply.
struct Exchange {
  http::Request request;
  RequestParser parser{request};
  http::Response response;
  const http::Handler* handler = nullptr;
  std::int64_t began_us = 0;
  std::uint64_t body_left = 0;  // of a body with Content-Length: bytes not yet read
  BodyState body = BodyState::complete;
  bool keep_alive = true;
  bool vanished = false;       // the client is gone, or too slow: nobody to answer
  bool continue_due = false;   // the client waits for 100 before it sends the body
  std::int64_t waited_us = 0;  // for this client, to send or to take bytes
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

// What all sessions of a server share. Outlives them.
struct Shared {
  Limits limits;
  http::Pipeline pipeline;
  WorkPool& pool;
  WorkPool& slow_pool;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> stopping{false};
};

// What the sessions of one io thread share.
struct Lane {
  std::list<Session*> sessions;
  asio::io_context io{1};  // one thread runs it
  std::string date;        // of the reply heads, renewed by the tick
  std::int64_t date_second = 0;
  std::int64_t drain_until_us = std::numeric_limits<std::int64_t>::max();

  void renew_date();
  // Ends the waits of sessions whose time is over. Called a few times a second.
  void sweep();
  // Ends the waits of connections between two requests.
  void close_idle();
  // Ends those that have idled longest, up to so many, and heads that have not come within the
  // time.
  void make_room(std::size_t most, std::chrono::seconds header_limit);
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared& shared, Lane& lane, Socket socket);
  ~Session();
  Session(const Session&) = delete;

  Task<void> run();

 private:
  friend struct Lane;

  enum class Phase { idle, head, busy };
  struct Filled {
    std::size_t count = 0;
    BodyState state = BodyState::more;
  };

  using Parts = std::array<std::string_view, 3>;  // sent one after the other by one call

  // session.cpp: from head to reply.
  Task<void> serve();
  Task<bool> receive_head();  // false: the connection ends
  void begin_exchange();      // parses the head that the buffer starts with
  bool answer_fast();         // true: the response is ready
  Task<void> work();
  Task<bool> on_pool(std::function<Result<void>()> work);  // false: an error is the response
  void refuse(int status, std::string message);
  void answer_error(const Error& error);
  void answer_exception(std::exception_ptr failure);
  void finish_exchange();

  // session_body.cpp: bodies coming in.
  Task<bool> receive_body();  // false: refused or vanished
  Task<bool> receive_bytes();
  Task<bool> receive_to_sink();
  Task<Filled> fill(std::span<std::uint8_t> output);
  Task<std::size_t> read_some(std::span<std::uint8_t> output);  // 0: end, error or time over
  Task<bool> send_continue();
  bool explain_broken_body(BodyState state);
  void refuse_too_large();
  Task<bool> drain_small_body();
  Task<void> linger();

  // session_reply.cpp: replies going out.
  Task<bool> send_reply();  // false: the connection ends
  Task<bool> send_memory(Parts parts, int flags);
  Task<bool> send_file(const http::FileRange& range);
  Task<bool> send_stream(http::Stream stream);
  Task<bool> send_piece(const http::Piece& piece, bool chunked);
  Task<bool> send_ranges(const std::vector<http::FileRange>& ranges);
  Task<void> load(const http::FileRange& range, std::uint64_t offset);
  Task<bool> wait_writable();
  void cork(bool on);
  // Bytes sent; -1: the socket is full; -2: broken.
  std::ptrdiff_t send_now(Parts& parts, int flags);  // shortens what is sent off the parts

  void set_deadline(std::chrono::seconds from_now);
  // The same for a wait inside a transfer that has moved so much; returns when it began.
  std::int64_t begin_transfer_wait(std::uint64_t moved_bytes);
  void end_transfer_wait(std::int64_t began_us);
  void clear_deadline() { deadline_us_ = std::numeric_limits<std::int64_t>::max(); }
  void expire();
  std::string_view route_id() const;

  Shared& shared_;
  Lane& lane_;
  Socket socket_;
  std::list<Session*>::iterator place_;
  std::string peer_;
  std::string input_;  // received and not yet consumed
  HeadScanner scanner_;
  std::string output_;  // the head being sent
  std::optional<Exchange> exchange_;
  PoolJob job_;
  PoolJob load_job_;  // may run beside the other: a file's bytes are loaded while the next piece is
                      // made
  Phase phase_ = Phase::idle;
  std::int64_t waiting_since_us_ = 0;  // for a request, or the rest of its head
  bool has_asked_ = false;             // at least one request came
  std::int64_t deadline_us_ = std::numeric_limits<std::int64_t>::max();
  bool expired_ = false;
  bool first_request_ = true;
};

}  // namespace holt::net
