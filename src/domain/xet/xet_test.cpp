// The Xet server as its clients use it, through the route table: token, xorb, shard,
// reconstruction, data.
#include "domain/xet/xet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "domain/xet/token.h"
#include "domain/xetformat/xetformat.h"
#include "io/db/migrated_catalog_test.h"
#include "io/http/http.h"

namespace holt::xet {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using xetformat::XetHash;

Bytes noise(std::size_t count, std::uint64_t seed) {
  Bytes bytes;
  while (bytes.size() < count) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    for (int shift = 56; shift >= 32; shift -= 8)
      bytes.push_back(static_cast<std::uint8_t>(seed >> shift));
  }
  bytes.resize(count);
  return bytes;
}

struct Prepared {
  xetformat::XorbBuilder::Built xorb;
  xetformat::FileInfo info;
  Bytes shard;
};

Prepared prepare(const Bytes& bytes) {
  Prepared out;
  xetformat::Chunker chunker;
  xetformat::XorbBuilder builder;
  std::vector<xetformat::Node> nodes;
  const auto add = [&](ByteSpan chunk) {
    builder.add(chunk);
    nodes.push_back({xetformat::chunk_hash(chunk), chunk.size()});
  };
  chunker.feed(bytes, add);
  chunker.finish(add);
  out.xorb = builder.take();
  const auto count = static_cast<std::uint32_t>(nodes.size());
  out.info.file = xetformat::file_hash(nodes);
  out.info.terms = {{out.xorb.index.hash, static_cast<std::uint32_t>(bytes.size()), 0, count}};
  out.info.range_hashes = {xetformat::range_hash(out.xorb.index, 0, count)};
  out.info.sha256 = sha256(bytes);
  const std::vector<xetformat::FileInfo> files{out.info};
  const std::vector<xetformat::XorbInfo> xorbs{xetformat::describe(out.xorb.index)};
  out.shard = xetformat::write_upload_shard(files, xorbs);
  return out;
}

class XetTest : public testing::Test {
 protected:
  XetTest() : folder_(fs::temp_directory_path() / ("holt-xet-" + random_hex(16))) {
    fs::create_directories(folder_);
    database_ = db::open_migrated_catalog(folder_);
    auth_ = std::make_unique<auth::Auth>(*database_, false);
    repos_ = std::make_unique<repos::Repos>(*database_, *auth_);
    store_ = blob::open_disk_store(folder_ / "objects");
    contents_ = std::make_unique<content::Contents>(*database_, *store_, *repos_);
    xet_ = std::make_unique<Xet>(*repos_, *auth_, *contents_, kSecret);
    add_routes(router_, *xet_);
    for (auto name : {"alice", "bob"}) {
      EXPECT_TRUE(
          auth_->create_user(name, name, std::string(name) + "@example.org", false, std::nullopt));
      auth::NewToken wanted;
      wanted.name = "t";
      wanted.role = auth::TokenRole::write;
      actors_[name] =
          auth_->authenticate("Bearer " + auth_->create_token(name, wanted).value().value, "")
              .value();
      repos::NewRepo repo;
      repo.id = {repos::Type::model, name, "m"};
      repo.visibility = auth::Visibility::private_;
      EXPECT_TRUE(repos_->create(actors_.at(name), repo));
      tokens_[name] = token_of(name, "write");
    }
  }
  ~XetTest() override {
    xet_.reset();
    contents_.reset();
    repos_.reset();
    auth_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }

  http::Response call(http::Method method, std::string_view target, std::string_view body,
                      const std::string& token, std::string_view range = "",
                      auth::ActorPtr actor = auth::anonymous_actor()) {
    constexpr std::string_view kOrigin = "http://holt.test";
    if (target.starts_with(kOrigin)) target.remove_prefix(kOrigin.size());
    http::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != target.npos)
      request.query = http::Query::parse(target.substr(mark + 1));
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    if (!range.empty()) request.headers.add("Range", std::string(range));
    request.origin = kOrigin;
    request.actor = std::move(actor);
    auto match = router_.match(method, request.path);
    if (!match) return http::error_response(match.error());
    request.params = match->params;
    request.route = match->route;
    if (match->route->body == http::BodyPolicy::sink) {
      auto sink = match->route->open_sink(request);
      if (!sink) return http::error_response(sink.error());
      request.sink = std::move(*sink);
      for (std::size_t at = 0; at < body.size(); at += piece_bytes_)
        if (auto written = request.sink->write(as_bytes(body.substr(at, piece_bytes_))); !written)
          return http::error_response(written.error());
    } else {
      request.body = body;
    }
    auto response = (*match->handler)(request);
    return response ? std::move(*response) : http::error_response(response.error());
  }

  static std::string text_of(http::Response& response) {
    if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
    if (const auto* file = std::get_if<http::FileRange>(&response.body))
      return file->file->read_text(file->offset, file->length);
    std::string out;
    if (auto* stream = std::get_if<http::Stream>(&response.body)) {
      while (const auto piece = stream->source->next()) {
        if (const auto* bytes = std::get_if<Bytes>(&*piece)) out += as_text(*bytes);
        if (const auto* part = std::get_if<http::FileRange>(&*piece))
          out += part->file->read_text(part->offset, part->length);
        if (const auto* parts = std::get_if<std::vector<http::FileRange>>(&*piece))
          for (const auto& part : *parts) out += part.file->read_text(part.offset, part.length);
      }
      if (stream->length) EXPECT_EQ(out.size(), *stream->length);
    }
    return out;
  }

  std::string token_of(const std::string& user, const std::string& scope) {
    auto response =
        call(http::Method::get, "/api/models/" + user + "/m/xet-" + scope + "-token/refs%2Fpr%2F1",
             "", "", "", actors_.at(user));
    EXPECT_EQ(response.status, 200);
    const auto body = json::parse(text_of(response));
    EXPECT_EQ(body.at("casUrl").as_string(), "http://holt.test");
    EXPECT_EQ(response.headers.get("X-Xet-Access-Token"), body.at("accessToken").as_string());
    EXPECT_EQ(response.headers.get("X-Xet-Token-Expiration"),
              std::to_string(body.at("exp").as_int64()));
    EXPECT_EQ(response.headers.get("X-Xet-Cas-Url"), "http://holt.test");
    return std::string(body.at("accessToken").as_string());
  }
  int post_xorb(const std::string& user, const Prepared& file, std::string_view body) {
    return call(http::Method::post, "/v1/xorbs/default/" + file.xorb.index.hash.text(), body,
                tokens_.at(user))
        .status;
  }
  void upload(const std::string& user, const Prepared& file) {
    EXPECT_EQ(post_xorb(user, file, as_text(file.xorb.serialized)), 200);
    auto response = call(http::Method::post, "/v1/shards", as_text(file.shard), tokens_.at(user));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(text_of(response), "{\"result\":1}");
  }

  static constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
  fs::path folder_;
  std::size_t piece_bytes_ = 60'001;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<auth::Auth> auth_;
  std::unique_ptr<repos::Repos> repos_;
  std::unique_ptr<blob::BlobStore> store_;
  std::unique_ptr<content::Contents> contents_;
  std::unique_ptr<Xet> xet_;
  http::Router router_;
  std::map<std::string, auth::ActorPtr> actors_;
  std::map<std::string, std::string> tokens_;
};

TEST_F(XetTest, what_is_uploaded_is_rebuilt_from_data_urls) {
  const Bytes bytes = noise(1'000'000, 1);
  const auto file = prepare(bytes);
  upload("alice", file);
  const std::string reader = token_of("alice", "read");
  const std::string hash = file.info.file.text();
  EXPECT_EQ(call(http::Method::head, "/v1/files/" + hash, "", reader).announced_length,
            bytes.size());
  EXPECT_EQ(call(http::Method::head, "/v1/xorbs/default/" + file.xorb.index.hash.text(), "", reader)
                .announced_length,
            file.xorb.serialized.size());
  for (const bool second : {false, true}) {
    auto response =
        call(http::Method::get, (second ? "/v2/reconstructions/" : "/v1/reconstructions/") + hash,
             "", reader, "bytes=300000-399999");
    ASSERT_EQ(response.status, 200);
    const auto plan = json::parse(text_of(response));
    const auto& fetch =
        plan.at(second ? "xorbs" : "fetch_info").at(file.xorb.index.hash.text()).at(0);
    const auto& range = second ? fetch.at("ranges").at(0).at("bytes") : fetch.at("url_range");
    const auto spec = "bytes=" + std::to_string(range.at("start").as_int64()) + "-" +
                      std::to_string(range.at("end").as_int64());
    const std::string url(fetch.at("url").as_string());
    auto data = call(http::Method::get, url, "", "", spec);
    EXPECT_EQ(data.status, 206);
    const std::string chunks = text_of(data);
    // Decoded from the first of the term's chunks, the window is where the reply says.
    const auto& term = plan.at("terms").at(0);
    Bytes raw;
    std::size_t at = 0;
    for (auto i = term.at("range").at("start").as_int64();
         i < term.at("range").at("end").as_int64(); ++i) {
      const auto header = xetformat::parse_chunk_header(as_bytes(chunks).subspan(at, 8)).value();
      raw.resize(raw.size() + header.raw_length);
      const std::size_t length = 8 + header.payload_length;
      ASSERT_TRUE(xetformat::decode_chunk(as_bytes(chunks).subspan(at, length),
                                          std::span(raw).last(header.raw_length)));
      at += length;
    }
    EXPECT_EQ(at, chunks.size());
    EXPECT_EQ(static_cast<std::int64_t>(raw.size()), term.at("unpacked_length").as_int64());
    const auto skip = plan.at("offset_into_first_range").as_int64();
    EXPECT_TRUE(std::equal(bytes.begin() + 300'000, bytes.begin() + 400'000, raw.begin() + skip));
    // Neither other bytes nor another URL.
    EXPECT_EQ(call(http::Method::get, url, "", "", "bytes=0-10").status, 403);
    EXPECT_EQ(call(http::Method::get, url, "", "").status, 403);
    std::string changed = url;
    changed.replace(changed.find("ranges="), 7, "ranges=0-10,");
    EXPECT_EQ(call(http::Method::get, changed, "", "", "bytes=0-10").status, 403);
  }
  EXPECT_EQ(
      call(http::Method::get, "/v2/reconstructions/" + hash, "", reader, "bytes=1000000-1000001")
          .status,
      416);
  EXPECT_EQ(
      call(http::Method::get, "/v2/reconstructions/" + std::string(64, 'a'), "", reader).status,
      404);
}

TEST_F(XetTest, several_ranges_come_as_multipart) {
  const auto file = prepare(noise(1'000'000, 2));
  upload("alice", file);
  auto response = call(http::Method::get, "/v2/reconstructions/" + file.info.file.text(), "",
                       tokens_.at("alice"));
  const std::string url(json::parse(text_of(response))
                            .at("xorbs")
                            .at(file.xorb.index.hash.text())
                            .at(0)
                            .at("url")
                            .as_string());
  auto data = call(http::Method::get, url, "", "", "bytes=10-19,0-4");
  EXPECT_EQ(data.status, 206);
  const auto type = data.headers.get("Content-Type");
  ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary="));
  const std::string boundary(type.substr(type.find('=') + 1));
  const std::string total = std::to_string(file.xorb.serialized.size());
  const std::string all(as_text(file.xorb.serialized));
  const std::string kind = "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ";
  EXPECT_EQ(text_of(data), "--" + boundary + kind + "10-19/" + total + "\r\n\r\n" +
                               all.substr(10, 10) + "\r\n--" + boundary + kind + "0-4/" + total +
                               "\r\n\r\n" + all.substr(0, 5) + "\r\n--" + boundary + "--\r\n");
}

TEST_F(XetTest, xorbs_are_verified_however_they_arrive) {
  const auto file = prepare(noise(300'000, 3));
  for (const std::size_t piece : {1UL, 7UL, 8UL, 70'000UL, 1'000'000UL}) {
    piece_bytes_ = piece;
    EXPECT_EQ(post_xorb("alice", file, as_text(file.xorb.serialized)), 200) << piece;
    std::string with_footer(as_text(file.xorb.serialized));
    with_footer += as_text(xetformat::make_footer(file.xorb.index));
    EXPECT_EQ(post_xorb("alice", file, with_footer), 200) << piece;
    std::string damaged(as_text(file.xorb.serialized));
    damaged[damaged.size() / 2] ^= 1;
    EXPECT_EQ(post_xorb("bob", file, damaged), 400) << piece;
    EXPECT_EQ(post_xorb("bob", file, std::string_view(damaged).substr(0, 1000)), 400) << piece;
  }
  EXPECT_EQ(contents_->xorb_size(file.xorb.index.hash), file.xorb.serialized.size());
  EXPECT_EQ(call(http::Method::head, "/v1/xorbs/default/" + file.xorb.index.hash.text(), "",
                 tokens_.at("bob"))
                .status,
            404);
  EXPECT_EQ(post_xorb("bob", file, ""), 400);
  EXPECT_TRUE(fs::is_empty(folder_ / "objects" / "staging"));
}

TEST_F(XetTest, shards_of_the_second_version_answer_with_events) {
  const auto file = prepare(noise(300'000, 4));
  post_xorb("alice", file, as_text(file.xorb.serialized));
  auto response = call(http::Method::post, "/v2/shards", as_text(file.shard), tokens_.at("alice"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(text_of(response), "{\"type\":\"result\",\"result\":1}\n");
  EXPECT_EQ(call(http::Method::post, "/v2/shards", "not a shard", tokens_.at("alice")).status, 400);
  EXPECT_EQ(call(http::Method::post, "/v2/shards", as_text(file.shard), tokens_.at("bob")).status,
            400);
}

TEST_F(XetTest, tokens_do_what_they_say_and_end_with_the_rights) {
  const auto file = prepare(noise(10'000, 5));
  const auto path = "/v1/xorbs/default/" + file.xorb.index.hash.text();
  EXPECT_EQ(call(http::Method::post, path, as_text(file.xorb.serialized), token_of("alice", "read"))
                .status,
            403);
  EXPECT_EQ(call(http::Method::post, path, as_text(file.xorb.serialized), "").status, 401);
  EXPECT_EQ(call(http::Method::post, path, as_text(file.xorb.serialized), tokens_.at("alice") + "x")
                .status,
            401);
  Token token = verify(tokens_.at("alice"), kSecret, now()).value();
  EXPECT_FALSE(verify(sign(token, "another secret"), kSecret, now()));
  EXPECT_FALSE(verify(tokens_.at("alice"), kSecret, Timestamp{now().ms + 2 * 3600 * 1000}));
  EXPECT_EQ(call(http::Method::get, "/api/models/alice/m/xet-read-token/main", "", "", "",
                 actors_.at("bob"))
                .status,
            404);
  ASSERT_TRUE(auth_->revoke_token("alice", "t"));
  token.expires_unix_s += 1;  // a text that no session is remembered for
  EXPECT_EQ(
      call(http::Method::post, path, as_text(file.xorb.serialized), sign(token, kSecret)).status,
      401);
}

TEST_F(XetTest, chunk_queries_answer_only_inside_what_may_be_read) {
  const auto file = prepare(noise(300'000, 6));
  upload("alice", file);
  const auto first = file.xorb.index.chunks[0].hash;
  auto response =
      call(http::Method::get, "/v1/chunks/default/" + first.text(), "", tokens_.at("alice"));
  ASSERT_EQ(response.status, 200);
  const auto shard = xetformat::parse_shard(as_bytes(text_of(response)));
  ASSERT_TRUE(shard);
  ASSERT_TRUE(shard->footer);
  ASSERT_EQ(shard->xorbs.size(), 1U);
  EXPECT_FALSE(shard->footer->hmac_key.is_zero());
  EXPECT_EQ(shard->xorbs[0].chunks[0].hash,
            xetformat::protected_hash(shard->footer->hmac_key, first));
  EXPECT_EQ(
      call(http::Method::get, "/v1/chunks/default-merkledb/" + first.text(), "", tokens_.at("bob"))
          .status,
      404);
  EXPECT_EQ(
      call(http::Method::get, "/v1/chunks/default/" + std::string(64, 'b'), "", tokens_.at("alice"))
          .status,
      404);
}

TEST_F(XetTest, several_files_are_planned_at_once) {
  const auto one = prepare(noise(100'000, 7));
  const auto two = prepare(noise(100'000, 8));
  upload("alice", one);
  upload("alice", two);
  const auto a = one.info.file.text();
  const auto b = two.info.file.text();
  auto by_query = call(http::Method::get, "/v1/reconstructions?file_id=" + a + "&file_id=" + b, "",
                       tokens_.at("alice"));
  EXPECT_EQ(json::parse(text_of(by_query)).at("files").as_object().size(), 2U);
  auto by_body = call(http::Method::post, "/v1/reconstructions",
                      "[{\"prefix\":\"default\",\"hash\":\"" + a + "\"}]", tokens_.at("alice"));
  const auto plan = json::parse(text_of(by_body));
  EXPECT_TRUE(plan.at("fetch_info").as_object().contains(one.xorb.index.hash.text()));
  EXPECT_EQ(call(http::Method::post, "/v1/reconstructions", "{}", tokens_.at("alice")).status, 400);
}

TEST_F(XetTest, what_is_not_offered_says_so_quickly) {
  const std::string hash(64, '1');
  EXPECT_EQ(
      call(http::Method::post, "/v1/xorb-grants/default/" + hash, "{}", tokens_.at("alice")).status,
      404);
  EXPECT_EQ(
      call(http::Method::get, "/v2/file-chunk-hashes/" + hash, "", tokens_.at("alice")).status,
      404);
  EXPECT_EQ(call(http::Method::post, "/v1/telemetry", "{}", "").status, 200);
}

}  // namespace
}  // namespace holt::xet
