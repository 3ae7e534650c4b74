// Replies over real sockets: bodies of every kind, HEAD, keep-alive, pipelining, errors.
#include "io/net/client_test.h"

namespace holt::net {
namespace {

using http::Request;
using http::Response;

struct Replies : ServerTest {
  Replies() {
    route("/text", [](Request&) -> Result<Response> { return Response::text("hello"); });
    route("/echo/{name}", [](Request& request) -> Result<Response> {
      return Response::text(std::string(request.param("name")) + " " + request.origin + " " +
                            request.remote_address);
    });
    route("/shared", [this](Request&) -> Result<Response> {
      Response response;
      response.body = std::make_shared<const std::string>(content);
      return response;
    });
    route("/file", [this](Request& request) -> Result<Response> {
      Response response;
      const auto range = TRY(http::parse_range(request.headers.get("Range"), content.size()));
      http::FileRange part{file, 0, content.size()};
      if (range) {
        response.status = 206;
        part = {file, range->first, range->last - range->first + 1};
      }
      response.body = std::move(part);
      return response;
    });
    route("/announced", [](Request&) -> Result<Response> {
      Response response;
      response.announced_length = 12345;
      return response;
    });
    route("/unchanged", [](Request&) -> Result<Response> { return Response::empty(304); });
    route("/none", [](Request&) -> Result<Response> { return Response::empty(204); });
    route("/throws", [](Request&) -> Result<Response> { throw std::runtime_error("secret"); });
    route("/full", [](Request&) -> Result<Response> {
      throw std::system_error(ENOSPC, std::generic_category(), "write");
    });
    route("/inject", [](Request&) -> Result<Response> {
      return Response::redirect(302, "/x\r\nSet-Cookie: a=b");
    });
    route("/stream/{kind}", [this](Request& request) -> Result<Response> {
      return stream(std::string(request.param("kind")));
    });
    router.add({.id = "fast",
                .path = "/fast/{name}",
                .fast = [](const Request& request) -> std::optional<Response> {
                  if (request.param("name") == "miss") return std::nullopt;
                  if (request.param("name") == "throw") throw std::runtime_error("secret");
                  return Response::text("fast");
                }},
               [](Request&) -> Result<Response> { return Response::text("slow"); });
    router.add({.id = "git", .path = "/git", .access = http::Access::git},
               [](Request&) -> Result<Response> { return fail(Kind::unauthorized, "Who?"); });
  }

  Result<Response> stream(const std::string& kind) {
    std::vector<http::Piece> pieces;
    pieces.emplace_back(Bytes{'a', 'b', 'c'});
    pieces.emplace_back(Bytes{});
    pieces.emplace_back(http::FileRange{file, 1, content.size() - 1});
    pieces.emplace_back(Bytes{'x'});
    pieces.emplace_back(std::vector<http::FileRange>{{file, 2, 3}, {file, 0, 0}, {file, 9, 1}});
    const std::uint64_t size = 3 + content.size() - 1 + 1 + 4;
    http::Stream stream;
    if (kind == "known") stream.length = size;
    if (kind == "short") stream.length = size + 1;
    if (kind == "long") stream.length = size - 1;
    stream.source = std::make_unique<ListSource>(std::move(pieces), kind == "throws");
    Response response;
    response.body = std::move(stream);
    return response;
  }
  std::string streamed() const {
    return "abc" + content.substr(1) + "x" + content.substr(2, 3) + content.substr(9, 1);
  }
};

TEST_F(Replies, connection_is_kept_and_each_reply_has_an_id) {
  start();
  Client client(port());
  const Reply first = client.get("/text");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "hello");
  EXPECT_EQ(first.field("Server"), "holt");
  EXPECT_NE(first.field("Date").find(" GMT"), std::string::npos);
  EXPECT_EQ(first.field("X-Request-Id").size(), 16U);
  const Reply second = client.get("/text", "X-Request-Id: mine-1\r\n");
  EXPECT_EQ(second.field("X-Request-Id"), "mine-1");
  const Reply third = client.get("/nope", "X-Request-Id: " + std::string(129, 'x') + "\r\n");
  EXPECT_EQ(third.status, 404);
  EXPECT_EQ(third.field("X-Request-Id").size(), 16U);
  const Reply last = client.get("/text", "Connection: close\r\n");
  EXPECT_EQ(last.field("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(Replies, pipelined_requests_are_answered_in_order) {
  start();
  Client client(port());
  std::string requests;
  for (const char* path : {"/echo/1", "/fast/x", "/echo/2", "/file", "/fast/miss", "/echo/3"}) {
    requests += "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.send(requests);
  EXPECT_TRUE(client.receive().body.starts_with("1 "));
  EXPECT_EQ(client.receive().body, "fast");
  EXPECT_TRUE(client.receive().body.starts_with("2 "));
  EXPECT_EQ(client.receive().body, content);
  EXPECT_EQ(client.receive().body, "slow");
  EXPECT_TRUE(client.receive().body.starts_with("3 "));
}

TEST_F(Replies, head_says_the_length_and_sends_no_body) {
  start();
  Client client(port());
  const auto head = [&](std::string_view path) {
    client.send("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return client.receive(true);
  };
  EXPECT_EQ(head("/text").field("Content-Length"), "5");
  EXPECT_EQ(head("/file").field("Content-Length"), std::to_string(content.size()));
  EXPECT_EQ(head("/announced").field("Content-Length"), "12345");
  EXPECT_EQ(head("/stream/known").field("Content-Length"), std::to_string(streamed().size()));
  const Reply missing = head("/nope");
  EXPECT_EQ(missing.status, 404);
  EXPECT_FALSE(missing.field("X-Error-Message").empty());
  EXPECT_EQ(client.get("/text").body, "hello");
}

TEST_F(Replies, statuses_without_body) {
  start();
  Client client(port());
  const Reply unchanged = client.get("/unchanged");
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.field("Content-Length"), "");
  EXPECT_EQ(client.get("/none").status, 204);
  EXPECT_EQ(client.get("/text").body, "hello");
}

TEST_F(Replies, large_memory_and_file_ranges) {
  start();
  Client client(port());
  EXPECT_EQ(client.get("/shared").body, content);
  EXPECT_EQ(client.get("/file").body, content);
  const Reply part = client.get("/file", "Range: bytes=100-2000099\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, content.substr(100, 2000000));
  const Reply outside = client.get("/file", "Range: bytes=9999999-\r\n");
  EXPECT_EQ(outside.status, 416);
  EXPECT_EQ(outside.field("Content-Range"), "bytes */" + std::to_string(content.size()));
}

TEST_F(Replies, streams_of_known_and_unknown_length) {
  start();
  Client client(port());
  const Reply known = client.get("/stream/known");
  EXPECT_EQ(known.field("Content-Length"), std::to_string(streamed().size()));
  EXPECT_EQ(known.body, streamed());
  const Reply chunked = client.get("/stream/unknown");
  EXPECT_EQ(chunked.field("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(chunked.whole);
  EXPECT_EQ(chunked.body, streamed());
  Client old(port());
  old.send("GET /stream/unknown HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().body, streamed());
}

TEST_F(Replies, stream_that_breaks_its_word_is_cut) {
  start();
  for (const char* kind : {"short", "long", "throws"}) {
    Client client(port());
    const Reply reply = client.get("/stream/" + std::string(kind));
    EXPECT_FALSE(reply.whole) << kind;
    EXPECT_TRUE(client.closed()) << kind;
  }
}

TEST_F(Replies, fast_handler_answers_or_passes_on) {
  start();
  Client client(port());
  EXPECT_EQ(client.get("/fast/x").body, "fast");
  EXPECT_EQ(client.get("/fast/miss").body, "slow");
  EXPECT_EQ(client.get("/fast/throw").status, 500);
  EXPECT_EQ(client.get("/fast/x").status, 200);
}

TEST_F(Replies, exceptions_become_errors_without_their_text) {
  start();
  Client client(port());
  const Reply thrown = client.get("/throws", "X-Request-Id: id-7\r\n");
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  EXPECT_NE(thrown.body.find("id-7"), std::string::npos);
  const Reply full = client.get("/full");
  EXPECT_EQ(full.status, 507);
  EXPECT_NE(full.body.find("disk is full"), std::string::npos);
}

TEST_F(Replies, values_cannot_start_fields) {
  start();
  Client client(port());
  const Reply reply = client.get("/inject");
  EXPECT_EQ(reply.field("Set-Cookie"), "");
  EXPECT_EQ(reply.field("Location"), "/x  Set-Cookie: a=b");
}

TEST_F(Replies, git_is_asked_for_a_password) {
  start();
  Client client(port());
  EXPECT_EQ(client.get("/git").field("WWW-Authenticate"), "Basic realm=\"Holt\"");
}

TEST_F(Replies, authentication_comes_before_the_handler) {
  pipeline.authenticate = [](const Request& request) -> Result<std::shared_ptr<const void>> {
    if (request.headers.get("Authorization") == "Bearer good") {
      return std::make_shared<const int>(1);
    }
    return fail(Kind::unauthorized, "Invalid credentials in Authorization header");
  };
  start();
  Client client(port());
  EXPECT_EQ(client.get("/text").status, 401);
  EXPECT_EQ(client.get("/text", "Authorization: Bearer good\r\n").status, 200);
}

TEST_F(Replies, browsers_of_other_origins) {
  start();
  Client client(port());
  EXPECT_EQ(client.get("/text").field("Access-Control-Allow-Origin"), "");
  const Reply reply = client.get("/nope", "Origin: http://elsewhere\r\n");
  EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*");
  EXPECT_NE(reply.field("Access-Control-Expose-Headers").find("X-Error-Code"), std::string::npos);
  client.send(
      "OPTIONS /anything HTTP/1.1\r\nHost: h\r\nOrigin: http://e\r\n"
      "Access-Control-Request-Method: PUT\r\n\r\n");
  const Reply preflight = client.receive();
  EXPECT_EQ(preflight.status, 204);
  EXPECT_NE(preflight.field("Access-Control-Allow-Methods").find("PUT"), std::string::npos);
  EXPECT_NE(preflight.field("Access-Control-Allow-Headers").find("X-Xet-Session-Id"),
            std::string::npos);
}

TEST_F(Replies, origin_follows_host_proxy_or_setting) {
  start();
  {
    Client client(port());
    EXPECT_EQ(client.get("/echo/a", "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n").body,
              "a http://h 127.0.0.1");
    client.send("GET http://holt.lan:81/echo/b HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.receive().body, "b http://holt.lan:81 127.0.0.1");
    client.send("GET /echo/a HTTP/1.1\r\nHost: a/b@c\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400);
  }
  stop();
  pipeline.trust_forwarded = true;
  start();
  {
    Client client(port());
    EXPECT_EQ(client
                  .get("/echo/a",
                       "X-Forwarded-Proto: https\r\nX-Forwarded-Host: hub.example\r\n"
                       "X-Forwarded-For: 10.9.9.9, 10.0.0.7\r\n")
                  .body,
              "a https://hub.example 10.0.0.7");
  }
  stop();
  pipeline.public_url = "https://set.example";
  start();
  Client client(port());
  EXPECT_TRUE(client.get("/echo/a").body.starts_with("a https://set.example "));
}

TEST_F(Replies, counted_by_route) {
  start();
  {
    Client client(port());
    client.get("/fast/x");
    client.get("/nope");
  }
  stop();
  const std::string text = metrics.scrape();
  EXPECT_NE(text.find("requests_total{route=\"fast\",status=\"2xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("requests_total{route=\"unmatched\",status=\"4xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("holt_http_requests_in_flight 0\n"), std::string::npos);
}

}  // namespace
}  // namespace holt::net
