// HEAD requests over keep-alive connections, as many as a server answers. wrk cannot: it waits for the
// body that Content-Length announces and HEAD never sends. Built by yardsticks.py when it is needed.
//
//   head_load PORT TARGET CONNECTIONS SECONDS     prints requests per second; ends with 1 on any non-200

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::string received;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made < 0 || ::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int yes = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return made;
}

void send_all(int socket, std::string_view text) {
  if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) fail("send");
}

// One thread's share of the connections, each with one request under way at any time.
long run(std::uint16_t port, const std::string& request, int connections, Clock::time_point end) {
  const int poll = ::epoll_create1(0);
  std::vector<Connection> all(static_cast<std::size_t>(connections));
  for (auto& one : all) {
    one.socket = connect_to(port);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &one}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, one.socket, &event);
    send_all(one.socket, request);
  }
  long answered = 0;
  char buffer[16384];
  while (Clock::now() < end) {
    epoll_event ready[64];
    const int count = ::epoll_wait(poll, ready, 64, 100);
    for (int i = 0; i < count; ++i) {
      auto& one = *static_cast<Connection*>(ready[i].data.ptr);
      const ssize_t size = ::recv(one.socket, buffer, sizeof buffer, 0);
      if (size <= 0) fail("the server closed a connection");
      one.received.append(buffer, static_cast<std::size_t>(size));
      if (!one.received.ends_with("\r\n\r\n")) continue;
      if (!one.received.starts_with("HTTP/1.1 200 ")) {
        std::fprintf(stderr, "%s", one.received.c_str());
        std::exit(1);
      }
      one.received.clear();
      ++answered;
      send_all(one.socket, request);
    }
  }
  for (auto& one : all) ::close(one.socket);
  ::close(poll);
  return answered;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const int connections = std::atoi(argv[3]), seconds = std::atoi(argv[4]);
  const std::string request =
      "HEAD " + std::string(argv[2]) + " HTTP/1.1\r\nHost: 127.0.0.1:" + argv[1] + "\r\n\r\n";
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(seconds);
  std::atomic<long> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { answered += run(port, request, connections / 2, end); });
  }
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::printf("%.1f\n", static_cast<double>(answered) / took.count());
}
