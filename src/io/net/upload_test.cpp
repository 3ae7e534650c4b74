// Bodies coming in over real sockets: whole, streamed, chunked, refused early, cut short.
#include "io/net/client_test.h"

namespace holt::net {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

struct Uploads : ServerTest {
  Uploads() {
    router.add({.id = "bytes",
                .method = Method::post,
                .path = "/bytes",
                .body = BodyPolicy::bytes,
                .max_body_bytes = 200'000},
               [](Request& request) -> Result<Response> { return Response::text(request.body); });
    router.add({.id = "none", .method = Method::post, .path = "/none"},
               [](Request&) -> Result<Response> { return Response::text("none"); });
    const auto sink = [this](std::string path, std::uint64_t bound) {
      router.add({.id = "sink",
                  .method = Method::put,
                  .path = std::move(path),
                  .body = BodyPolicy::sink,
                  .max_body_bytes = bound,
                  .open_sink = [this](Request& request) -> Result<std::unique_ptr<http::BodySink>> {
                    const auto trouble = request.query.get("trouble").value_or("");
                    if (trouble == "forbid") return fail(Kind::forbidden, "Not yours.");
                    return std::make_unique<CountingSink>(seen, trouble);
                  }},
                 [](Request& request) -> Result<Response> {
                   return Response::text(static_cast<CountingSink&>(*request.sink).text);
                 });
    };
    sink("/sink", 0);
    sink("/small_sink", 100'000);
  }

  static std::string put(std::string_view path, std::size_t length, std::string_view fields = "") {
    return "PUT " + std::string(path) +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n" +
           std::string(fields) + "\r\n";
  }
  static std::string post(std::string_view path, std::string_view body) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }
  static std::string chunked(std::string_view body, std::size_t chunk) {
    std::string out;
    while (!body.empty()) {
      const auto part = body.substr(0, chunk);
      char size[32];
      std::snprintf(size, sizeof size, "%zx;ext=1\r\n", part.size());
      out += size;
      out += part;
      out += "\r\n";
      body.remove_prefix(part.size());
    }
    return out + "0\r\nTrailer: x\r\n\r\n";
  }
  void expect_no_sink_left() {
    for (int i = 0; i < 500 && seen.living > 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(seen.living, 0);
  }
};

TEST_F(Uploads, into_memory) {
  start();
  Client client(port());
  const std::string large = content.substr(0, 150'000);
  for (const std::string& body : {std::string(), std::string("x"), large}) {
    client.send(post("/bytes", body));
    EXPECT_EQ(client.receive().body, body);
  }
  client.send("POST /bytes HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunked(large, 7'001));
  EXPECT_EQ(client.receive().body, large);
  client.send(post("/bytes", "again"));
  EXPECT_EQ(client.receive().body, "again");
}

TEST_F(Uploads, into_a_sink) {
  start();
  Client client(port());
  client.send(put("/sink", content.size())).send(content);
  EXPECT_EQ(client.receive().body, content);
  client.send("PUT /sink HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
      .send(chunked(content, 100'003));
  EXPECT_EQ(client.receive().body, content);
  client.send(put("/sink", 0));
  EXPECT_EQ(client.receive().status, 200);
  client.send(put("/sink", 3) + "abc" + put("/sink", 3) + "def");
  EXPECT_EQ(client.receive().body, "abc");
  EXPECT_EQ(client.receive().body, "def");
  expect_no_sink_left();
}

TEST_F(Uploads, chunks_arrive_byte_by_byte) {
  start();
  Client client(port());
  client.send("POST /bytes HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char c : chunked("hello world", 4)) {
    client.send(std::string_view(&c, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(client.receive().body, "hello world");
}

TEST_F(Uploads, too_large) {
  start();
  {
    Client client(port());
    client.send(put("/small_sink", 100'001));
    EXPECT_EQ(client.receive().status, 413);
  }
  {
    Client client(port());
    client.send("POST /bytes HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        .send(chunked(content, 65'536));
    EXPECT_EQ(client.receive().status, 413);
  }
  {
    Client client(port());
    client.send(post("/none", "x"));
    EXPECT_EQ(client.receive().status, 413);
    client.send(post("/none", ""));
    EXPECT_EQ(client.receive().body, "none");
  }
  expect_no_sink_left();
}

TEST_F(Uploads, sink_errors_reach_a_client_that_is_still_sending) {
  start();
  for (const auto& [trouble, status] : {std::pair("refuse", 422), std::pair("full", 507)}) {
    Client client(port());
    std::string large;
    for (int i = 0; i < 8; ++i) large += content;
    client.send(put("/sink?trouble=" + std::string(trouble), large.size())).send(large);
    const Reply reply = client.receive();
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.field("Connection"), "close");
    EXPECT_TRUE(reply.whole);
  }
  expect_no_sink_left();
}

TEST_F(Uploads, refused_before_the_body) {
  start();
  {
    Client client(port());
    std::string large;
    for (int i = 0; i < 8; ++i) large += content;
    client.send(put("/sink?trouble=forbid", large.size())).send(large);
    EXPECT_EQ(client.receive().status, 403);
  }
  {
    // What is left of a small body is read, and the connection goes on.
    Client client(port());
    client.send(put("/sink?trouble=forbid", 5) + "hello");
    EXPECT_EQ(client.receive().status, 403);
    client.send(put("/sink", 2) + "ok");
    EXPECT_EQ(client.receive().body, "ok");
  }
  EXPECT_EQ(seen.bytes, 2U);
}

TEST_F(Uploads, expect_is_answered_after_the_sink_is_open) {
  start();
  {
    Client client(port());
    client.send(put("/sink", 5, "Expect: 100-continue\r\n"));
    EXPECT_EQ(client.receive().status, 100);
    client.send("hello");
    EXPECT_EQ(client.receive().body, "hello");
  }
  {
    Client client(port());
    client.send(put("/sink?trouble=forbid", 5, "Expect: 100-continue\r\n"));
    EXPECT_EQ(client.receive().status, 403);
    EXPECT_TRUE(client.closed());
  }
  Client client(port());
  client.send(put("/sink", 5, "Expect: miracles\r\n"));
  EXPECT_EQ(client.receive().status, 417);
}

TEST_F(Uploads, client_that_leaves_takes_its_sink_along) {
  start();
  {
    Client client(port());
    client.send(put("/sink", content.size())).send(content.substr(0, 1 << 20));
    while (seen.bytes < (1U << 20) - 300'000) std::this_thread::yield();
    EXPECT_EQ(seen.living, 1);
  }
  expect_no_sink_left();
}

TEST_F(Uploads, malformed_chunks) {
  start();
  for (const char* body :
       {"zz\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "-1\r\n\r\n", "fffffffffffffffff\r\n"}) {
    Client client(port());
    client.send("PUT /sink HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").send(body);
    EXPECT_EQ(client.receive().status, 400) << body;
    EXPECT_TRUE(client.closed());
  }
  {
    Client client(port());
    client.send("PUT /sink HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;")
        .send(std::string(200'000, 'x'));
    EXPECT_EQ(client.receive().status, 400);
  }
  expect_no_sink_left();
}

TEST_F(Uploads, silence_ends_the_request) {
  Limits limits;
  limits.transfer_timeout = std::chrono::seconds(1);
  start(limits);
  Client client(port());
  client.send(put("/sink", 10) + "hello");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.closed());
  expect_no_sink_left();
}

}  // namespace
}  // namespace holt::net
