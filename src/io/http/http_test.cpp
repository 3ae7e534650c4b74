// Headers, queries, ranges, errors and metrics as handlers and clients see them.
#include <gtest/gtest.h>

#include "io/http/http.h"

namespace holt::http {
namespace {

TEST(Headers, names_compare_without_case) {
  Headers headers;
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  headers.add("B", "3");
  EXPECT_EQ(headers.get("x-A"), "1");
  headers.set("X-a", "4");
  EXPECT_EQ(headers.all().size(), 2U);
  EXPECT_EQ(headers.get("X-A"), "4");
  EXPECT_TRUE(headers.has("b"));
  EXPECT_FALSE(headers.has("c"));
}

TEST(Query, decodes_and_keeps_order) {
  const auto query =
      Query::parse("a=1&b=x+y%26&a=2&expand[]=sha&expand=tags%2Clikes&empty&flag=True&bad=100%");
  EXPECT_EQ(query.get("a"), "2");
  EXPECT_EQ(query.get("b"), "x y&");
  EXPECT_EQ(query.all("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(query.list("expand"), (std::vector<std::string>{"sha", "tags", "likes"}));
  EXPECT_EQ(query.get("empty"), "");
  EXPECT_EQ(query.get("absent"), std::nullopt);
  EXPECT_TRUE(query.flag("flag"));
  EXPECT_TRUE(query.flag("absent", true));
  EXPECT_FALSE(query.flag("a"));
  EXPECT_EQ(query.get("bad"), "100%");
}

struct RangeCase {
  const char* header;
  std::uint64_t size;
  const char* means;  // "first-last", "all" or "416"
};

TEST(Range, one) {
  for (const auto& c : std::vector<RangeCase>{{"", 10, "all"},
                                              {"bytes=0-3", 10, "0-3"},
                                              {"bytes=5-", 10, "5-9"},
                                              {"bytes=-3", 10, "7-9"},
                                              {"bytes=-30", 10, "0-9"},
                                              {"bytes=0-99999999999999999999999", 10, "0-9"},
                                              {"bytes=10-", 10, "416"},
                                              {"bytes=99999999999999999999999-", 10, "416"},
                                              {"bytes=0-0", 0, "416"},
                                              {"bytes=-0", 10, "416"},
                                              {"bytes=3-1", 10, "all"},
                                              {"bytes=a-b", 10, "all"},
                                              {"bytes=-", 10, "all"},
                                              {"bytes=+1-2", 10, "all"},
                                              {"items=0-3", 10, "all"},
                                              {"bytes=0-1,3-4", 10, "all"},
                                              {"Bytes = 1-2", 10, "1-2"}}) {
    const auto range = parse_range(c.header, c.size);
    std::string means = "all";
    if (!range) {
      means = std::to_string(status_of(range.error().kind));
      EXPECT_EQ(range.error().headers.at(0).second, "bytes */" + std::to_string(c.size));
    } else if (*range) {
      means = std::to_string((*range)->first) + "-" + std::to_string((*range)->last);
    }
    EXPECT_EQ(means, c.means) << c.header;
  }
}

TEST(Range, several) {
  const auto two = parse_ranges("bytes=5-6, 0-1", 10);
  ASSERT_TRUE(two);
  ASSERT_EQ(two->size(), 2U);
  EXPECT_EQ((*two)[0].first, 5U);
  EXPECT_EQ((*two)[1].last, 1U);
  EXPECT_TRUE(parse_ranges("", 10)->empty());
  EXPECT_EQ(parse_ranges("bytes=0-1,20-", 10).error().kind, Kind::range_not_satisfiable);
  EXPECT_EQ(parse_ranges("bytes=0-1,", 10).error().kind, Kind::invalid);
  std::string many = "bytes=0-0";
  for (int i = 0; i < 1000; ++i) many += ",0-0";
  EXPECT_EQ(parse_ranges(many, 10).error().kind, Kind::invalid);
}

TEST(Errors, tell_code_and_message) {
  Error error{Kind::not_found,
              "EntryNotFound",
              "no \"x\"\r\nSet-Cookie: a",
              "secret",
              {{"X-Repo-Commit", "abc"}}};
  const auto response = error_response(error);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("X-Error-Code"), "EntryNotFound");
  EXPECT_EQ(response.headers.get("X-Error-Message"), "no \"x\"  Set-Cookie: a");
  EXPECT_EQ(response.headers.get("X-Repo-Commit"), "abc");
  EXPECT_EQ(std::get<std::string>(response.body), R"({"error":"no \"x\"\u000d\nSet-Cookie: a"})");
}

TEST(Errors, message_in_a_header_is_bounded_and_utf8) {
  std::string text;
  while (text.size() < 3000) text += "é";
  const auto response = error_response(Error{Kind::invalid, {}, text, {}, {}});
  EXPECT_EQ(response.headers.get("X-Error-Message").size(), 1000U);
  const auto broken = error_response(Error{Kind::invalid, {}, "a\xff", {}, {}});
  EXPECT_EQ(broken.headers.get("X-Error-Message"), "a?");
  EXPECT_EQ(std::get<std::string>(broken.body), R"({"error":"a?"})");
}

TEST(Errors, internal_ones_say_nothing_of_the_inside) {
  const auto response =
      error_response(Error{Kind::internal, {}, "SELECT failed on /var/lib", "x", {}}, "req1");
  EXPECT_EQ(response.status, 500);
  const auto& body = std::get<std::string>(response.body);
  EXPECT_EQ(body.find("SELECT"), std::string::npos);
  EXPECT_NE(body.find("req1"), std::string::npos);
  EXPECT_EQ(response.headers.get("X-Error-Message").find("SELECT"), std::string_view::npos);
}

TEST(Metrics, add_up) {
  Metrics metrics;
  metrics.request_done("get_file", 200, 1500, 10, 100);
  metrics.request_done("get_file", 404, 900'000'000, 0, 50);
  metrics.in_flight(2);
  metrics.gauge("holt_answer", "The answer.", [] { return 42.0; });
  metrics.count("holt_commits_total", "git");
  metrics.count("holt_commits_total", "git", 2);
  const std::string text = metrics.scrape();
  for (const char* line :
       {"holt_http_requests_total{route=\"get_file\",status=\"2xx\"} 1\n",
        "holt_http_requests_total{route=\"get_file\",status=\"4xx\"} 1\n",
        "holt_http_request_duration_seconds_bucket{route=\"get_file\",le=\"0.001\"} 0\n",
        "holt_http_request_duration_seconds_bucket{route=\"get_file\",le=\"0.0025\"} 1\n",
        "holt_http_request_duration_seconds_bucket{route=\"get_file\",le=\"+Inf\"} 2\n",
        "holt_http_received_bytes_total{route=\"get_file\"} 10\n",
        "holt_http_sent_bytes_total{route=\"get_file\"} 150\n", "holt_http_requests_in_flight 2\n",
        "# TYPE holt_answer gauge\nholt_answer 42\n", "holt_commits_total{what=\"git\"} 3\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace holt::http
