// The server: sockets, HTTP/1.1 parsing and sending. The only room that knows Asio and Beast.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/work_pool.h"
#include "io/http/http.h"

namespace holt::net {

struct Limits {
  std::size_t max_header_bytes = 32 * 1024;
  std::size_t max_connections = 20'000;
  std::chrono::seconds header_timeout{
      20};  // from the first byte of a request (or accept) to the end of its head
  std::chrono::seconds idle_timeout{75};       // keep-alive between requests
  std::chrono::seconds transfer_timeout{120};  // without a byte moving, in either direction
  // A client that moves less than this on average is not waited for longer than transfer_timeout.
  std::uint64_t min_rate_bytes_s = 256;
  // At the limit of connections the longest idle ones make room, and heads that take longer than
  // this.
  std::chrono::seconds crowded_header_timeout{5};
  std::chrono::seconds drain_timeout{30};  // at stop: how long what is in flight may take
  bool access_log = true;                  // one line of the log per request
};

class Server {
 public:
  // pipeline's parts and the pools outlive the server; slow_pool runs the slow routes. `listen` is
  // HOST:PORT; port 0 takes a free one; [::]:8080 and 0.0.0.0:8080 are accepted. Throws
  // std::system_error when it cannot bind.
  Server(const std::string& listen, std::size_t io_threads, Limits limits, http::Pipeline pipeline,
         WorkPool& pool, WorkPool& slow_pool);
  ~Server();

  std::uint16_t port() const;
  void run();  // serves until stop(); returns when in-flight requests are finished or drain_timeout
               // passed
  void stop();  // from any thread or a signal watcher thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holt::net
