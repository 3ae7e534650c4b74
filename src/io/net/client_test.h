// For the tests of this room: a server with routes of every kind, and a client that speaks bytes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "io/net/net.h"

namespace holt::net {

struct Reply {
  int status = 0;
  std::string head;
  std::string body;
  bool whole = false;  // the body ended where its framing says

  std::string field(std::string_view name) const {
    for (const auto line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (colon != line.npos && equal_ignoring_case(line.substr(0, colon), name)) {
        return std::string(trim(line.substr(colon + 1)));
      }
    }
    return {};
  }
};

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;

  Client& send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  // One reply; what follows it stays for the next call.
  Reply receive(bool to_head = false) {
    Reply reply;
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return reply;
    }
    reply.head = input_.substr(0, end + 2);
    input_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    if (to_head || reply.status == 204 || reply.status == 304 || reply.status < 200) {
      reply.whole = true;
    } else if (reply.field("Transfer-Encoding") == "chunked") {
      receive_chunks(reply);
    } else if (const auto length = parse_u64(reply.field("Content-Length"))) {
      reply.whole = take(*length, reply.body);
    } else {
      while (more()) continue;
      reply.body.swap(input_);
      reply.whole = true;
    }
    return reply;
  }

  Reply get(std::string_view path, std::string_view fields = "") {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n");
    return receive();
  }

  // True when the server closes without another byte.
  bool closed() {
    if (!input_.empty()) return false;
    return !more() && end_;
  }

  bool connected = false;

 private:
  bool more() {
    char buffer[16384];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got > 0) input_.append(buffer, static_cast<std::size_t>(got));
    end_ = got == 0 || (got < 0 && errno == ECONNRESET);
    return got > 0;
  }
  bool take(std::uint64_t count, std::string& into) {
    while (input_.size() < count) {
      if (!more()) {
        into.swap(input_);
        return false;
      }
    }
    into.append(input_, 0, count);
    input_.erase(0, count);
    return true;
  }
  void receive_chunks(Reply& reply) {
    for (;;) {
      std::size_t end = 0;
      while ((end = input_.find("\r\n")) == std::string::npos) {
        if (!more()) return;
      }
      const std::uint64_t size = std::stoull(input_.substr(0, end), nullptr, 16);
      input_.erase(0, end + 2);
      std::string line_end;
      if (!take(size, reply.body) || !take(2, line_end)) return;
      if (size == 0) {
        reply.whole = true;
        return;
      }
    }
  }

  int fd_;
  std::string input_;
  bool end_ = false;
};

// Lets a test hold work on the pool and let it go.
class Latch {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    ready_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ready_.wait_for(lock, std::chrono::seconds(20), [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  bool open_ = false;
};

class CountingSink : public http::BodySink {
 public:
  struct Seen {
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<int> living{0};
    std::atomic<int> writes{0};
  };
  CountingSink(Seen& seen, std::string_view trouble) : seen_(seen), trouble_(trouble) {
    ++seen_.living;
  }
  ~CountingSink() override { --seen_.living; }
  Result<void> write(ByteSpan bytes) override {
    ++seen_.writes;
    if (trouble_ == "refuse") return fail(Kind::unprocessable, "The bytes are not welcome.");
    if (trouble_ == "full") throw StorageFull("disk");
    text.append(as_text(bytes));
    seen_.bytes += bytes.size();
    return {};
  }
  std::string text;

 private:
  Seen& seen_;
  std::string trouble_;
};

class ListSource : public http::BodySource {
 public:
  explicit ListSource(std::vector<http::Piece> pieces, bool throws = false)
      : pieces_(std::move(pieces)), throws_(throws) {}
  std::optional<http::Piece> next() override {
    if (at_ < pieces_.size()) return std::move(pieces_[at_++]);
    if (throws_) throw std::runtime_error("the child ended with status 1");
    return std::nullopt;
  }

 private:
  std::vector<http::Piece> pieces_;
  bool throws_;
  std::size_t at_ = 0;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    log::configure(log::Level::off, log::Format::text);
    folder = std::filesystem::temp_directory_path() / ("holt_net_" + random_hex(12));
    std::filesystem::create_directory(folder);
    content.resize(3 << 20);
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 >> 3);
    create_new(folder / "file")->write_all(as_bytes(content));
    file = open_for_reading(folder / "file");
    pipeline.router = &router;
    pipeline.metrics = &metrics;
  }
  ~ServerTest() override {
    stop();
    file.reset();
    std::filesystem::remove_all(folder);
  }

  void start(Limits limits = {}) {
    server.emplace("127.0.0.1:0", 2, limits, pipeline, pool, slow_pool);
    thread = std::thread([this] { server->run(); });
  }
  void stop() {
    if (!thread.joinable()) return;
    server->stop();
    thread.join();
  }
  std::uint16_t port() const { return server->port(); }

  void route(std::string path, http::Handler handler) {
    router.add({.id = "r", .path = std::move(path), .access = http::Access::open},
               std::move(handler));
  }

  std::filesystem::path folder;
  std::string content;
  SharedFile file;
  http::Router router;
  http::Metrics metrics;
  http::Pipeline pipeline;
  WorkPool pool{3};
  WorkPool slow_pool{4};
  std::optional<Server> server;
  std::thread thread;
  CountingSink::Seen seen;
};

}  // namespace holt::net
