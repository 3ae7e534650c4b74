// LFS as its clients use it: the batch call, then the URLs it gave, through the route table.
#include "domain/lfs/lfs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "io/db/migrated_catalog_test.h"
#include "io/http/http.h"

namespace holt::lfs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class LfsTest : public testing::Test {
 protected:
  LfsTest() : folder_(fs::temp_directory_path() / ("holt-lfs-" + random_hex(16))) {
    fs::create_directories(folder_);
    database_ = db::open_migrated_catalog(folder_);
    auth_ = std::make_unique<auth::Auth>(*database_, false);
    repos_ = std::make_unique<repos::Repos>(*database_, *auth_);
    store_ = blob::open_disk_store(folder_ / "objects");
    contents_ = std::make_unique<content::Contents>(*database_, *store_, *repos_);
    lfs_ = std::make_unique<Lfs>(*database_, *repos_, *contents_, std::string(32, 's'));
    add_routes(router_, *lfs_);
    for (auto name : {"alice", "bob"}) {
      EXPECT_TRUE(
          auth_->create_user(name, name, std::string(name) + "@example.org", false, std::nullopt));
      auth::NewToken wanted;
      wanted.name = "t";
      wanted.role = auth::TokenRole::write;
      actors_[name] =
          auth_->authenticate("Bearer " + auth_->create_token(name, wanted).value().value, "")
              .value();
    }
    repos::NewRepo wanted;
    wanted.id = {repos::Type::dataset, "alice", "data"};
    wanted.visibility = auth::Visibility::private_;
    EXPECT_TRUE(repos_->create(actors_.at("alice"), wanted));
  }
  ~LfsTest() override {
    lfs_.reset();
    contents_.reset();
    repos_.reset();
    auth_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }

  http::Response call(http::Method method, std::string_view target, std::string body,
                      auth::ActorPtr actor = auth::anonymous_actor(), http::Headers headers = {}) {
    constexpr std::string_view kOrigin = "http://holt.test";
    if (target.starts_with(kOrigin)) target.remove_prefix(kOrigin.size());
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != target.npos)
      request.query = http::Query::parse(target.substr(mark + 1));
    request.headers = std::move(headers);
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
      // In pieces, as a network would.
      for (std::size_t at = 0; at < body.size(); at += 7001)
        if (auto written = request.sink->write(as_bytes(std::string_view(body).substr(at, 7001)));
            !written)
          return http::error_response(written.error());
    } else {
      request.body = std::move(body);
    }
    auto response = (*match->handler)(request);
    return response ? std::move(*response) : http::error_response(response.error());
  }

  static std::string text_of(const http::Response& response) {
    if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
    if (const auto* file = std::get_if<http::FileRange>(&response.body))
      return file->file->read_text(file->offset, file->length);
    return {};
  }

  json::value batch(std::string_view user, std::string_view operation, const std::string& bytes,
                    std::string_view transfers = "[\"basic\"]") {
    const auto response =
        call(http::Method::post, "/datasets/alice/data.git/info/lfs/objects/batch",
             "{\"operation\":\"" + std::string(operation) +
                 "\",\"transfers\":" + std::string(transfers) + ",\"objects\":[{\"oid\":\"" +
                 sha256_hex(bytes) + "\",\"size\":" + std::to_string(bytes.size()) + "}]}",
             actors_.at(std::string(user)));
    last_status_ = response.status;
    return json::parse(text_of(response));
  }
  static std::string href(const json::value& reply, std::string_view action) {
    return std::string(reply.at("objects").at(0).at("actions").at(action).at("href").as_string());
  }

  fs::path folder_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<auth::Auth> auth_;
  std::unique_ptr<repos::Repos> repos_;
  std::unique_ptr<blob::BlobStore> store_;
  std::unique_ptr<content::Contents> contents_;
  std::unique_ptr<Lfs> lfs_;
  http::Router router_;
  std::map<std::string, auth::ActorPtr> actors_;
  int last_status_ = 0;
};

TEST_F(LfsTest, uploads_verifies_and_downloads) {
  const std::string bytes(100'000, 'x');
  const auto up = batch("alice", "upload", bytes);
  EXPECT_EQ(up.at("transfer").as_string(), "basic");
  EXPECT_EQ(call(http::Method::put, href(up, "upload"), bytes).status, 200);
  const std::string object = "{\"oid\":\"" + sha256_hex(bytes) + "\",\"size\":100000}";
  EXPECT_EQ(call(http::Method::post, href(up, "verify"), object, actors_.at("alice")).status, 200);
  const std::string shorter = "{\"oid\":\"" + sha256_hex(bytes) + "\",\"size\":1}";
  EXPECT_EQ(call(http::Method::post, href(up, "verify"), shorter, actors_.at("alice")).status, 422);
  EXPECT_FALSE(batch("alice", "upload", bytes).at("objects").at(0).as_object().contains("actions"));
  const auto down = batch("alice", "download", bytes);
  const auto whole = call(http::Method::get, href(down, "download"), "");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.headers.get("ETag"), "\"" + sha256_hex(bytes) + "\"");
  EXPECT_EQ(text_of(whole), bytes);
  http::Headers range;
  range.add("Range", "bytes=99990-");
  const auto part =
      call(http::Method::get, href(down, "download"), "", auth::anonymous_actor(), range);
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.headers.get("Content-Range"), "bytes 99990-99999/100000");
  EXPECT_EQ(text_of(part).size(), 10U);
  http::Headers same;
  same.add("If-None-Match", "\"" + sha256_hex(bytes) + "\"");
  EXPECT_EQ(
      call(http::Method::get, href(down, "download"), "", auth::anonymous_actor(), same).status,
      304);
  EXPECT_EQ(call(http::Method::head, href(down, "download"), "").announced_length, 100'000U);
}

TEST_F(LfsTest, other_bytes_than_announced_are_refused_and_not_kept) {
  const std::string bytes(50'000, 'y');
  const auto up = batch("alice", "upload", bytes);
  EXPECT_EQ(call(http::Method::put, href(up, "upload"), std::string(50'000, 'z')).status, 422);
  EXPECT_EQ(call(http::Method::put, href(up, "upload"), bytes + "more").status, 422);
  EXPECT_EQ(call(http::Method::put, href(up, "upload"), bytes.substr(1)).status, 422);
  EXPECT_EQ(batch("alice", "download", bytes).at("objects").at(0).at("error").at("code").as_int64(),
            404);
  EXPECT_TRUE(fs::is_empty(folder_ / "objects" / "staging"));
}

TEST_F(LfsTest, urls_do_what_they_were_signed_for_only) {
  const std::string bytes(1000, 'q');
  const auto up = href(batch("alice", "upload", bytes), "upload");
  std::string larger = up;
  larger.replace(larger.find("size=1000"), 9, "size=1001");
  EXPECT_EQ(call(http::Method::put, larger, bytes + "!").status, 403);
  EXPECT_EQ(call(http::Method::get, up, "").status, 403);
  EXPECT_EQ(call(http::Method::put, up.substr(0, up.size() - 1), bytes).status, 403);
}

TEST_F(LfsTest, strangers_are_told_of_nothing) {
  batch("bob", "upload", "x");
  EXPECT_EQ(last_status_, 404);
  const auto response = call(http::Method::post, "/datasets/alice/data/info/lfs/objects/batch",
                             "{\"operation\":\"download\",\"objects\":[]}");
  EXPECT_EQ(response.status, 401);
  EXPECT_TRUE(response.headers.has("WWW-Authenticate"));
  EXPECT_EQ(response.headers.get("Content-Type"), "application/vnd.git-lfs+json");
}

std::string completion(const std::string& bytes, const std::string& parts) {
  return "{\"oid\":\"" + sha256_hex(bytes) + "\",\"parts\":[" + parts + "]}";
}

TEST_F(LfsTest, parts_arrive_in_any_order) {
  const std::string bytes((64U << 20) + 12'345, 'm');
  const auto up = batch("alice", "upload", bytes, "[\"basic\",\"multipart\"]");
  EXPECT_EQ(up.at("transfer").as_string(), "multipart");
  const auto& header = up.at("objects").at(0).at("actions").at("upload").at("header").as_object();
  EXPECT_EQ(header.at("chunk_size").as_string(), "67108864");
  const std::string first(header.at("00001").as_string());
  const std::string second(header.at("00002").as_string());
  EXPECT_EQ(header.size(), 3U);
  const std::string whole =
      completion(bytes, "{\"partNumber\":1,\"etag\":\"a\"},{\"partNumber\":2,\"etag\":\"b\"}");
  EXPECT_EQ(call(http::Method::post, href(up, "upload"), whole).status, 404);
  const auto answered = call(http::Method::put, second, bytes.substr(64U << 20));
  EXPECT_EQ(answered.status, 200);
  EXPECT_TRUE(answered.headers.has("ETag"));
  EXPECT_EQ(call(http::Method::put, first, bytes.substr(0, 1000)).status, 422);
  EXPECT_EQ(call(http::Method::post, href(up, "upload"), whole).status, 400);
  EXPECT_EQ(call(http::Method::put, first, bytes.substr(0, 64U << 20)).status, 200);
  EXPECT_EQ(call(http::Method::put, first, std::string(64U << 20, '!')).status,
            200);  // sent again: not believed
  EXPECT_EQ(call(http::Method::post, href(up, "upload"),
                 completion(bytes, "{\"partNumber\":2,\"etag\":\"b\"}"))
                .status,
            400);
  EXPECT_EQ(call(http::Method::post, href(up, "upload"), completion("another", "")).status, 422);
  EXPECT_EQ(call(http::Method::post, href(up, "upload"), whole).status, 200);
  EXPECT_EQ(call(http::Method::post, href(up, "upload"), whole).status, 200);
  EXPECT_EQ(sha256_hex(text_of(
                call(http::Method::get, href(batch("alice", "download", bytes), "download"), ""))),
            sha256_hex(bytes));
}

TEST_F(LfsTest, abandoned_parts_are_swept) {
  const std::string bytes((64U << 20) + 1, 'n');
  const auto up = batch("alice", "upload", bytes, "[\"multipart\"]");
  const auto& header = up.at("objects").at(0).at("actions").at("upload").at("header").as_object();
  EXPECT_EQ(call(http::Method::put, header.at("00002").as_string(), "n").status, 200);
  EXPECT_EQ(lfs_->sweep(Timestamp{now().ms - 60'000}), 0U);
  EXPECT_EQ(lfs_->sweep(Timestamp{now().ms + 60'000}), 1U);
  EXPECT_TRUE(fs::is_empty(folder_ / "objects" / "staging"));
}

TEST_F(LfsTest, xet_is_offered_to_who_lists_it) {
  lfs_->offer_xet([](const repos::Proposing&, const http::Request& request) -> Result<XetGrant> {
    return XetGrant{request.origin + "/route", request.origin, "token", 1234};
  });
  const auto up = batch("alice", "upload", "bytes", "[\"basic\",\"xet\"]");
  EXPECT_EQ(up.at("transfer").as_string(), "xet");
  EXPECT_EQ(up.at("objects")
                .at(0)
                .at("actions")
                .at("upload")
                .at("header")
                .at("X-Xet-Access-Token")
                .as_string(),
            "token");
  EXPECT_EQ(batch("alice", "upload", "bytes").at("transfer").as_string(), "basic");
}

TEST_F(LfsTest, locks_are_taken_listed_and_released) {
  const std::string base = "/datasets/alice/data.git/info/lfs/locks";
  const auto alice = actors_.at("alice");
  const auto made = call(http::Method::post, base, "{\"path\":\"a/b.bin\"}", alice);
  EXPECT_EQ(made.status, 201);
  const std::string id(json::parse(text_of(made)).at("lock").at("id").as_string());
  const auto again = call(http::Method::post, base, "{\"path\":\"a/b.bin\"}", alice);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(json::parse(text_of(again)).at("lock").at("id").as_string(), id);
  EXPECT_EQ(call(http::Method::post, base, "{\"path\":\"c.bin\"}", alice).status, 201);
  const auto page = json::parse(text_of(call(http::Method::get, base + "?limit=1", "", alice)));
  EXPECT_EQ(page.at("locks").as_array().size(), 1U);
  const std::string cursor(page.at("next_cursor").as_string());
  const auto rest =
      json::parse(text_of(call(http::Method::get, base + "?limit=1&cursor=" + cursor, "", alice)));
  EXPECT_EQ(rest.at("locks").at(0).at("path").as_string(), "c.bin");
  const auto checked =
      json::parse(text_of(call(http::Method::post, base + "/verify", "{}", alice)));
  EXPECT_EQ(checked.at("ours").as_array().size(), 2U);
  EXPECT_EQ(call(http::Method::post, base + "/" + id + "/unlock", "{}", alice).status, 200);
  EXPECT_EQ(call(http::Method::post, base + "/" + id + "/unlock", "{}", alice).status, 404);
  EXPECT_EQ(call(http::Method::get, base, "", actors_.at("bob")).status, 404);
}

TEST_F(LfsTest, malformed_bodies_are_refused_with_a_sentence) {
  for (const auto* body :
       {"", "[]", "{", "{\"operation\":\"steal\",\"objects\":[]}", "{\"operation\":\"upload\"}",
        "{\"operation\":\"upload\",\"objects\":[{\"oid\":\"x\",\"size\":-1}]}"}) {
    const auto response =
        call(http::Method::post, "/datasets/alice/data.git/info/lfs/objects/batch", body,
             actors_.at("alice"));
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_FALSE(json::parse(text_of(response)).at("message").as_string().empty());
  }
}

}  // namespace
}  // namespace holt::lfs
