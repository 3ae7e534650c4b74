// Which route answers which address, and what is captured on the way.
#include <gtest/gtest.h>

#include "base/time.h"
#include "io/http/http.h"

namespace holt::http {
namespace {

Result<Response> nothing(Request&) { return Response::empty(); }

void add(Router& router, std::string_view id, std::string path, Method method = Method::get) {
  router.add({.id = id, .method = method, .path = std::move(path)}, nothing);
}

std::string id_at(const Router& router, std::string_view path, Method method = Method::get) {
  const auto match = router.match(method, path);
  return match ? std::string(match->route->id)
               : "status " + std::to_string(status_of(match.error().kind));
}

struct HubRoutes : testing::Test {
  HubRoutes() {
    add(router, "root", "/");
    add(router, "list_models", "/api/models");
    add(router, "info", "/api/{type:models|datasets|spaces}/{owner}/{name}");
    add(router, "legacy_info", "/api/{type:models|datasets|spaces}/{name}");
    add(router, "tree", "/api/{type:models|datasets|spaces}/{owner}/{name}/tree/{rev}");
    add(router, "tree_at", "/api/{type:models|datasets|spaces}/{owner}/{name}/tree/{rev}/{path*}");
    add(router, "tags", "/api/models-tags-by-type");
    add(router, "create", "/api/repos/create", Method::post);
    add(router, "git_refs", "/{owner}/{name}.git/info/refs");
    add(router, "git_refs_bare", "/{owner}/{name}/info/refs");
    add(router, "resolve", "/{owner}/{name}/resolve/{rev}/{path*}");
    add(router, "resolve_pr", "/{owner}/{name}/resolve/refs/pr/{number}/{path*}");
    add(router, "resolve_typed", "/{type:datasets|spaces}/{owner}/{name}/resolve/{rev}/{path*}");
    add(router, "page", "/{owner}/{name}");
    add(router, "delete_page", "/{owner}/{name}", Method::del);
  }
  Router router;
};

TEST_F(HubRoutes, literal_beats_choice_beats_parameter_beats_rest) {
  EXPECT_EQ(id_at(router, "/"), "root");
  EXPECT_EQ(id_at(router, "/api/models"), "list_models");
  EXPECT_EQ(id_at(router, "/api/models/gpt2"), "legacy_info");
  EXPECT_EQ(id_at(router, "/api/datasets/alice/data"), "info");
  EXPECT_EQ(id_at(router, "/alice/model"), "page");
  EXPECT_EQ(id_at(router, "/api/models-tags-by-type"), "tags");
  EXPECT_EQ(id_at(router, "/alice/model.git/info/refs"), "git_refs");
  EXPECT_EQ(id_at(router, "/alice/model/info/refs"), "git_refs_bare");
}

TEST_F(HubRoutes, search_comes_back_when_a_later_segment_does_not_fit) {
  // "datasets" is also an owner's name as far as this table knows.
  EXPECT_EQ(id_at(router, "/datasets/a/b/resolve/main/f"), "resolve_typed");
  EXPECT_EQ(id_at(router, "/datasets/a/resolve/main/f"), "resolve");
  EXPECT_EQ(id_at(router, "/a/b/resolve/refs/pr/1/f/g"), "resolve_pr");
  EXPECT_EQ(id_at(router, "/a/b/resolve/refs/heads"), "resolve");
}

TEST_F(HubRoutes, captures_are_decoded) {
  const auto match =
      router.match(Method::get, "/a/b/resolve/refs%2Fpr%2F1/dir/caf%C3%A9%20%2B.txt");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->params.at("rev"), "refs/pr/1");
  EXPECT_EQ(match->params.at("path"), "dir/café +.txt");
  const auto git = router.match(Method::get, "/a/x.y.git/info/refs");
  ASSERT_TRUE(git);
  EXPECT_EQ(git->params.at("name"), "x.y");
}

TEST_F(HubRoutes, bad_escapes_and_bytes_are_refused) {
  EXPECT_EQ(id_at(router, "/a/b/resolve/main/%zz"), "status 400");
  EXPECT_EQ(id_at(router, "/a/b/resolve/main/%0"), "status 400");
  EXPECT_EQ(id_at(router, "/a/b/resolve/main/x%00y"), "status 400");
  EXPECT_EQ(id_at(router, "/a/b/resolve/main/%ff"), "status 400");
}

TEST_F(HubRoutes, methods) {
  EXPECT_EQ(id_at(router, "/alice/model", Method::head), "page");
  EXPECT_EQ(id_at(router, "/alice/model", Method::del), "delete_page");
  const auto wrong = router.match(Method::get, "/api/repos/create");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Kind::method_not_allowed);
  ASSERT_EQ(wrong.error().headers.size(), 1U);
  EXPECT_EQ(wrong.error().headers[0].second, "POST");
}

TEST_F(HubRoutes, empty_segments_and_trailing_slash) {
  EXPECT_EQ(id_at(router, "/api/models/"), "list_models");
  EXPECT_EQ(id_at(router, "/alice//"), "status 404");
  EXPECT_EQ(id_at(router, "//model"), "status 404");
  EXPECT_EQ(id_at(router, "/a/b/resolve/main/"), "status 404");
  EXPECT_EQ(id_at(router, "model"), "status 404");
}

TEST_F(HubRoutes, match_is_cheap) {
  constexpr int kRounds = 20'000;
  const auto began = monotonic_us();
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_TRUE(router.match(Method::get, "/alice/model/resolve/main/model.safetensors"));
  }
  // About 0.5 µs unhindered; the bound only catches a change of order.
  EXPECT_LT((monotonic_us() - began) / kRounds, 50);
}

TEST(Router, refuses_patterns_that_mean_nothing) {
  for (const char* path : {"x", "/a//b", "/{", "/}", "/{}", "/{a}/{a}", "/{a*}/b", "/x{a*}",
                           "/{a:}", "/{a:b|}", "/{a}{b}"}) {
    Router router;
    EXPECT_THROW(add(router, "r", path), std::logic_error) << path;
  }
  Router router;
  add(router, "one", "/a/{b}");
  EXPECT_THROW(add(router, "two", "/a/{c}"), std::logic_error);
}

TEST(OpenApi, tells_paths_access_and_errors) {
  Router router;
  router.add({.id = "info",
              .path = "/api/{type:models|datasets}/{owner}/{path*}",
              .access = Access::account,
              .summary = "Says \"what\" it is.",
              .errors = {"RepoNotFound"}},
             nothing);
  add(router, "remove", "/api/{type:models|datasets}/{owner}/{path*}", Method::del);
  const std::string text = openapi_document(router, "1.2.3");
  for (const char* part :
       {R"("openapi":"3.1.0")", R"("version":"1.2.3")", R"("/api/{type}/{owner}/{path}":{)",
        R"("delete":{"operationId":"remove")", R"("get":{"operationId":"info")",
        R"("summary":"Says \"what\" it is.")", R"("enum":["models","datasets"])",
        R"("security":[{"bearer":[]}])", R"("security":[{},{"bearer":[]}])",
        R"("x-error-codes":["RepoNotFound"])", R"("x-body-policy":"none")"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

}  // namespace
}  // namespace holt::http
