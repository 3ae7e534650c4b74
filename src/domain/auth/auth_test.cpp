// Users, organisations, tokens, passwords and sessions, as a caller meets them, on a fresh catalog.
#include "domain/auth/auth.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"
#include "domain/auth/fixture_test.h"
#include "domain/auth/names.h"
#include "domain/auth/passwords.h"
#include "domain/auth/throttle.h"
#include "domain/auth/tokens.h"
#include "io/db/migrated_catalog_test.h"
#include "io/http/http.h"

namespace holt::auth {
namespace {

TEST_F(AuthTest, the_first_user_is_made_once_and_what_they_chose_stays) {
  auth_ = std::make_unique<Auth>(*database_, OpennessGiven());  // nothing in the configuration
  EXPECT_FALSE(auth_->has_users());
  const Openness chosen{.hub_private = true, .open_to_join = true};
  EXPECT_EQ(auth_->create_first_user("olga", "", "short", chosen).error().kind, Kind::invalid);
  EXPECT_FALSE(auth_->hub_private());
  const auto made = auth_->create_first_user("olga", "o@example.com", "a long password", chosen);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->site_admin);
  EXPECT_TRUE(auth_->has_users());
  EXPECT_TRUE(auth_->hub_private());
  EXPECT_EQ(auth_->create_first_user("mallory", "", "a long password", {}).error().kind,
            Kind::conflict);
  EXPECT_FALSE(auth_->find_namespace("mallory"));
  EXPECT_TRUE(Auth(*database_, OpennessGiven()).openness().open_to_join);
  // The configuration is stronger, and is not overruled from a page.
  Auth configured(*database_, OpennessGiven{.hub_private = false, .open_to_join = std::nullopt});
  EXPECT_FALSE(configured.hub_private());
  EXPECT_EQ(configured.set_openness({true, false}, system_actor()).error().kind, Kind::conflict);
  EXPECT_TRUE(configured.set_openness({false, false}, system_actor()));
  EXPECT_FALSE(configured.openness().open_to_join);
}

TEST_F(AuthTest, nobody_is_anonymous) {
  const auto actor = auth_->authenticate("", "").value();
  EXPECT_TRUE(actor->anonymous());
  EXPECT_TRUE(actor->name.empty());
  EXPECT_TRUE(auth_->authenticate("", "theme=dark").value()->anonymous());
}

TEST_F(AuthTest, names_are_unique_without_case_and_shown_as_given) {
  const auto made =
      auth_->create_user("Alice", "Alice Liddell", "alice@example.com", false, std::nullopt);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->object_id.size(), 24u);
  EXPECT_EQ(auth_->find_namespace("aLICE")->name, "Alice");
  EXPECT_EQ(auth_->create_user("alice", "", "", false, std::nullopt).error().kind, Kind::conflict);
  EXPECT_EQ(auth_->create_org("ALICE", "alice", "", Visibility::public_).error().kind,
            Kind::conflict);
  EXPECT_EQ(auth_->create_user("alice2", "", "ALICE@example.com", false, std::nullopt).error().kind,
            Kind::conflict);
  EXPECT_EQ(auth_->create_org("acme", "nobody", "", Visibility::public_).error().kind,
            Kind::not_found);
}

TEST(AuthNames, follow_the_rule_of_the_clients) {
  for (auto good : {"a", "Alice", "__DUMMY_HUB_USER__", "valid_org_hub", "a.b-c", "admin", "0x"}) {
    EXPECT_TRUE(check_name(good)) << good;
  }
  for (auto bad : {"", "a--b", "a..b", "-a", ".a", "a.git", "a.GIT", "a-", "a.", "a/b", "a b", "é",
                   "api", "Models", "settings"}) {
    EXPECT_FALSE(check_name(bad)) << bad;
  }
  EXPECT_TRUE(check_name(std::string(96, 'a')));
  EXPECT_FALSE(check_name(std::string(97, 'a')));
}

TEST_F(AuthTest, a_token_speaks_for_its_user) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", true, std::nullopt));
  ASSERT_TRUE(auth_->create_org("acme", "alice", "Acme", Visibility::private_));
  const auto token = token_of("ALICE", "laptop", TokenRole::read);
  for (const auto& header : {bearer(token), "bearer " + token, basic("alice", token),
                             basic("hf_user", token), basic("", token), basic(token, "")}) {
    const auto actor = auth_->authenticate(header, "");
    ASSERT_TRUE(actor) << header;
    EXPECT_EQ((*actor)->name, "alice");
    EXPECT_EQ((*actor)->via, Via::token);
    EXPECT_EQ((*actor)->token_role, TokenRole::read);
    EXPECT_EQ((*actor)->token_name, "laptop");
    EXPECT_TRUE((*actor)->site_admin);
    EXPECT_EQ((*actor)->role_in("ACME"), Role::admin);
  }
}

TEST_F(AuthTest, wrong_credentials_are_refused_in_the_words_that_clients_read) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto token = token_of("alice", "t");
  for (const auto& header :
       {bearer("hf_thisTokenWasNeverMadeByAnybodyAtAll"), bearer("x"),
        bearer("hf_" + std::string(5000, 'a')), std::string("Bearer"), std::string("Bearer "),
        "Token " + token, std::string("Basic %%%"), basic("", ""),
        std::string("Basic ") + to_base64(as_bytes("nocolon")), bearer(token + "x")}) {
    expect_wrong(header);
    expect_wrong(header);  // from memory
  }
  EXPECT_TRUE(auth_->authenticate(bearer(token), ""));
}

TEST_F(AuthTest, revoked_expired_and_suspended_are_refused_at_once) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto revoked = token_of("alice", "first");
  const auto kept = token_of("alice", "second");
  ASSERT_TRUE(auth_->authenticate(bearer(revoked), ""));
  ASSERT_TRUE(auth_->revoke_token("alice", "first"));
  expect_wrong(bearer(revoked));
  EXPECT_EQ(auth_->revoke_token("alice", "first").error().kind, Kind::not_found);

  NewToken brief;
  brief.name = "brief";
  brief.expires_at = Timestamp{now().ms + 60};
  const auto expiring = auth_->create_token("alice", brief).value().value;
  ASSERT_TRUE(auth_->authenticate(bearer(expiring), ""));
  std::this_thread::sleep_for(std::chrono::milliseconds(80));
  EXPECT_FALSE(auth_->authenticate_cached(bearer(expiring), ""));
  expect_wrong(bearer(expiring));

  ASSERT_TRUE(auth_->authenticate(bearer(kept), ""));
  ASSERT_TRUE(auth_->set_suspended("alice", true));
  expect_wrong(bearer(kept));
  EXPECT_EQ(
      auth_->create_token("alice", NewToken{"third", TokenRole::read, {}, {}, {}, {}}).error().kind,
      Kind::forbidden);
  ASSERT_TRUE(auth_->set_suspended("alice", false));
  EXPECT_TRUE(auth_->authenticate(bearer(kept), ""));
}

TEST_F(AuthTest, another_process_revoking_is_noticed) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto token = token_of("alice", "t");
  ASSERT_TRUE(auth_->authenticate(bearer(token), ""));
  auto other_database = open();
  Auth other(*other_database, false);
  ASSERT_TRUE(other.revoke_token("alice", "t"));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  expect_wrong(bearer(token));
}

TEST_F(AuthTest, memory_answers_what_it_saw_and_forgets_when_told) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto token = token_of("alice", "t");
  EXPECT_FALSE(auth_->authenticate_cached(bearer(token), ""));
  const auto actor = auth_->authenticate(bearer(token), "").value();
  EXPECT_EQ(auth_->authenticate_cached(bearer(token), "").value(), actor);
  auth_->forget_cached();
  EXPECT_FALSE(auth_->authenticate_cached(bearer(token), ""));
  EXPECT_TRUE(auth_->authenticate_cached("", "").value()->anonymous());
}

TEST_F(AuthTest, memory_stays_bounded_past_its_bound) {
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_FALSE(auth_->authenticate(bearer("hf_wrong" + std::to_string(i)), ""));
  }
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  EXPECT_TRUE(auth_->authenticate(bearer(token_of("alice", "t")), ""));
}

TEST_F(AuthTest, last_use_is_written_when_flushed) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto token = token_of("alice", "t");
  const auto key = auth_->find_namespace("alice")->key;
  ASSERT_TRUE(auth_->authenticate(bearer(token), ""));
  EXPECT_FALSE(auth_->list_tokens(key).front().last_used_at);
  auth_->flush_last_used();
  EXPECT_TRUE(auth_->list_tokens(key).front().last_used_at);
}

TEST_F(AuthTest, token_values_are_not_in_the_catalog) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const auto token = token_of("alice", "t");
  EXPECT_TRUE(is_well_formed_token(token));
  const auto listed = auth_->list_tokens(auth_->find_namespace("alice")->key);
  EXPECT_EQ(listed.front().last_four, token.substr(token.size() - 4));
  auth_.reset();
  database_.reset();
  for (const auto& entry : fs::directory_iterator(folder_)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(bytes.find(token), bytes.npos);
    EXPECT_EQ(bytes.find("correct horse"), bytes.npos);
  }
}

TEST_F(AuthTest, operators_choose_values_within_reason) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  NewToken wanted;
  wanted.name = "given";
  wanted.value = "hf_enterprise_admin_token";
  ASSERT_TRUE(auth_->create_token("alice", wanted));
  EXPECT_TRUE(auth_->authenticate(bearer("hf_enterprise_admin_token"), ""));
  wanted.name = "again";
  EXPECT_EQ(auth_->create_token("alice", wanted).error().kind, Kind::conflict);
  for (const auto& bad : {std::string("abc_enterprise"), std::string("hf_"),
                          "hf_" + std::string(254, 'a'), std::string("hf_with space")}) {
    wanted.value = bad;
    EXPECT_EQ(auth_->create_token("alice", wanted).error().kind, Kind::invalid) << bad;
  }
  wanted.value.reset();
  wanted.name = "given";
  EXPECT_EQ(auth_->create_token("alice", wanted).error().kind, Kind::conflict);
  ASSERT_TRUE(auth_->revoke_token("alice", "given"));
  EXPECT_TRUE(auth_->create_token("alice", wanted));
}

TEST_F(AuthTest, scopes_come_back_as_given_and_belong_to_fine_grained_tokens) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  NewToken wanted;
  wanted.name = "ci";
  wanted.role = TokenRole::fine_grained;
  wanted.global_permissions = {"discussion.write"};
  wanted.scopes = {{"model", "alice/bert", {"repo.content.read", "repo.write"}}};
  const auto created = auth_->create_token("alice", wanted).value();
  const auto actor = auth_->authenticate(bearer(created.value), "").value();
  EXPECT_EQ(actor->token_role, TokenRole::fine_grained);
  EXPECT_EQ(actor->global_permissions, wanted.global_permissions);
  ASSERT_EQ(actor->scopes.size(), 1u);
  EXPECT_EQ(actor->scopes[0].entity_name, "alice/bert");
  EXPECT_EQ(actor->scopes[0].permissions, wanted.scopes[0].permissions);
  wanted.name = "other";
  wanted.role = TokenRole::write;
  EXPECT_EQ(auth_->create_token("alice", wanted).error().kind, Kind::invalid);
  wanted.role = TokenRole::fine_grained;
  wanted.scopes[0].entity_type = "planet";
  EXPECT_EQ(auth_->create_token("alice", wanted).error().kind, Kind::invalid);
}

TEST_F(AuthTest, members_have_roles_and_an_organisation_keeps_an_admin) {
  for (auto name : {"alice", "bob"})
    ASSERT_TRUE(auth_->create_user(name, "", "", false, std::nullopt));
  const auto org = auth_->create_org("acme", "alice", "", Visibility::public_).value();
  ASSERT_TRUE(auth_->set_member("acme", "bob", Role::contributor));
  EXPECT_EQ(auth_->list_members(org.key).size(), 2u);
  EXPECT_EQ(auth_->set_member("acme", "alice", Role::read).error().kind, Kind::conflict);
  EXPECT_EQ(auth_->remove_member("acme", "alice").error().kind, Kind::conflict);
  ASSERT_TRUE(auth_->set_member("acme", "bob", Role::admin));
  ASSERT_TRUE(auth_->remove_member("acme", "alice"));
  EXPECT_EQ(auth_->remove_member("acme", "alice").error().kind, Kind::not_found);
  const auto orgs = auth_->orgs_of(auth_->find_namespace("bob")->key);
  ASSERT_EQ(orgs.size(), 1u);
  EXPECT_EQ(orgs[0].role, Role::admin);
  EXPECT_EQ(auth_->set_member("bob", "alice", Role::read).error().kind, Kind::not_found);
}

TEST_F(AuthTest, passwords_open_sessions_and_basic_access) {
  ASSERT_TRUE(auth_->create_user("alice", "", "alice@example.com", false, "correct horse"));
  EXPECT_EQ(auth_->create_user("bob", "", "", false, "short").error().kind, Kind::invalid);
  EXPECT_EQ(auth_->log_in("alice", "wrong horse", "10.0.0.1").error().kind, Kind::unauthorized);
  EXPECT_EQ(auth_->log_in("nobody", "correct horse", "10.0.0.1").error().kind, Kind::unauthorized);
  const auto login = auth_->log_in("Alice@example.com", "correct horse", "10.0.0.1").value();
  EXPECT_EQ(login.actor->name, "alice");
  const std::string cookie = "theme=dark; holt_session=" + login.cookie_value + "; x=y";
  EXPECT_EQ(auth_->authenticate("", cookie).value()->via, Via::session);
  EXPECT_EQ(auth_->authenticate(basic("alice", "correct horse"), "").value()->name, "alice");
  expect_wrong(basic("alice", "wrong horse"));
  expect_wrong(basic("", "correct horse"));
  expect_wrong(bearer("correct horse"));

  ASSERT_TRUE(auth_->log_out(cookie));
  EXPECT_TRUE(auth_->authenticate("", cookie).value()->anonymous());
}

TEST_F(AuthTest, a_new_password_and_suspension_end_sessions) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const auto first =
      "holt_session=" + auth_->log_in("alice", "correct horse", "a").value().cookie_value;
  ASSERT_FALSE(auth_->authenticate("", first).value()->anonymous());
  ASSERT_TRUE(auth_->set_password("alice", "battery staple"));
  EXPECT_TRUE(auth_->authenticate("", first).value()->anonymous());
  EXPECT_FALSE(auth_->log_in("alice", "correct horse", "a"));
  const auto second =
      "holt_session=" + auth_->log_in("alice", "battery staple", "a").value().cookie_value;
  ASSERT_TRUE(auth_->set_suspended("alice", true));
  EXPECT_TRUE(auth_->authenticate("", second).value()->anonymous());
  EXPECT_EQ(auth_->log_in("alice", "battery staple", "a").error().kind, Kind::unauthorized);
  auth_->sweep_sessions();
}

TEST_F(AuthTest, a_token_that_was_revoked_is_no_guess_at_a_password) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const auto token = token_of("alice", "old");
  ASSERT_TRUE(auth_->authenticate(basic("alice", token), ""));
  ASSERT_TRUE(auth_->revoke_token("alice", "old"));
  for (int i = 0; i < 20; ++i) {
    expect_wrong(basic("alice", token));
    auth_->forget_cached();
  }
  EXPECT_TRUE(auth_->authenticate(basic("alice", "correct horse"), ""));
}

TEST_F(AuthTest, generation_moves_with_whatever_changes_rights) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  ASSERT_TRUE(auth_->create_user("bob", "", "", false, std::nullopt));
  ASSERT_TRUE(auth_->create_org("acme", "alice", "", Visibility::public_));
  token_of("alice", "t");
  auto before = auth_->generation();
  const auto moved = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto last = std::exchange(before, auth_->generation());
    return last != before;
  };
  moved();
  EXPECT_FALSE(moved());
  ASSERT_TRUE(auth_->set_member("acme", "bob", Role::write));
  EXPECT_TRUE(moved());
  ASSERT_TRUE(auth_->set_suspended("bob", true));
  EXPECT_TRUE(moved());
  ASSERT_TRUE(auth_->revoke_token("alice", "t"));
  EXPECT_TRUE(moved());
  EXPECT_FALSE(moved());
}

TEST_F(AuthTest, a_scope_may_name_a_bucket) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  NewToken wanted;
  wanted.name = "store";
  wanted.role = TokenRole::fine_grained;
  wanted.scopes = {{"bucket", "alice/runs", {"repo.write"}}};
  EXPECT_TRUE(auth_->create_token("alice", wanted));
  wanted.name = "other";
  wanted.scopes[0].entity_type = "bag";
  EXPECT_EQ(auth_->create_token("alice", wanted).error().kind, Kind::invalid);
}

TEST(AuthThrottle, is_bounded_and_forgives_success) {
  Throttle throttle(2, std::chrono::minutes(1), 100);
  for (int i = 0; i < 1000; ++i) throttle.failed("address " + std::to_string(i));
  EXPECT_EQ(throttle.keys(), 100u);
  throttle.failed("alice");
  EXPECT_FALSE(throttle.must_wait("alice"));
  throttle.failed("alice");
  EXPECT_TRUE(throttle.must_wait("alice"));
  throttle.succeeded("alice");
  EXPECT_FALSE(throttle.must_wait("alice"));
}

TEST(AuthPasswords, an_account_without_one_takes_as_long_and_never_matches) {
  Passwords passwords;
  const auto measure = [&](std::string_view hashed) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(passwords.verify(hashed, "anything at all").value());
    return std::chrono::steady_clock::now() - begin;
  };
  const auto hashed = passwords.hash("correct horse").value();
  EXPECT_TRUE(passwords.verify(hashed, "correct horse").value());
  const auto real = measure(hashed);
  EXPECT_GT(measure(""), real / 4);
}

TEST(AuthTokens, have_the_documented_form) {
  EXPECT_EQ(token_checksum("hf_0123456789abcdefghijklmnopqr"), "4RunLK");
  EXPECT_TRUE(is_well_formed_token("hf_0123456789abcdefghijklmnopqr4RunLK"));
  EXPECT_FALSE(is_well_formed_token("hf_0123456789abcdefghijklmnopqr4RunLJ"));
  EXPECT_FALSE(is_well_formed_token("hf_1123456789abcdefghijklmnopqr4RunLK"));
  EXPECT_FALSE(is_well_formed_token("hf_short"));
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto text = new_token_text();
    EXPECT_EQ(text.size(), 37u);
    EXPECT_TRUE(is_well_formed_token(text)) << text;
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST_F(AuthTest, every_change_leaves_an_audit_row) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  ASSERT_TRUE(auth_->create_user("bob", "", "", false, std::nullopt));
  ASSERT_TRUE(auth_->create_org("acme", "alice", "", Visibility::public_));
  const auto alice = auth_->authenticate(bearer(token_of("alice", "t")), "").value();
  ASSERT_TRUE(auth_->set_member("acme", "bob", Role::read, alice));
  ASSERT_FALSE(auth_->set_member("acme", "nobody", Role::read, alice));
  ASSERT_TRUE(auth_->remove_member("acme", "bob", alice));
  ASSERT_TRUE(auth_->revoke_token("alice", "t", alice));
  ASSERT_TRUE(auth_->set_suspended("bob", true));
  EXPECT_EQ(audit(), (std::vector<std::string>{
                         "user.create alice by system", "user.create bob by system",
                         "org.create acme by system", "token.create alice by system",
                         "org.member.set acme by alice", "org.member.remove acme by alice",
                         "token.revoke alice by alice", "user.suspend bob by system"}));
}

// The routes, through the table, as the pipeline would call them.
class AuthRoutes : public AuthTest {
 protected:
  AuthRoutes() { add_routes(router_, *auth_); }
  Result<http::Response> call(http::Method method, const std::string& path, const ActorPtr& actor,
                              std::string body = {}) {
    const auto match = router_.match(method, path);
    if (!match) return fail(match.error());
    http::Request request;
    request.method = method;
    request.path = path;
    request.params = match->params;
    request.body = std::move(body);
    request.origin = "http://holt.test";
    request.actor = actor;
    return (*match->handler)(request);
  }
  static std::string text(const http::Response& response) {
    return std::get<std::string>(response.body);
  }
  http::Router router_;
};

TEST_F(AuthRoutes, whoami_has_what_clients_read) {
  ASSERT_TRUE(
      auth_->create_user("alice", "Alice Liddell", "alice@example.com", false, std::nullopt));
  ASSERT_TRUE(auth_->create_org("acme", "alice", "Acme Corporation", Visibility::public_));
  NewToken wanted;
  wanted.name = "ci";
  wanted.role = TokenRole::fine_grained;
  wanted.scopes = {{"org", "acme", {"repo.write"}}};
  const auto token = auth_->create_token("alice", wanted).value();
  const auto body = text(call(http::Method::get, "/api/whoami-v2",
                              auth_->authenticate(bearer(token.value), "").value())
                             .value());
  for (auto part : {R"("type":"user")", R"("name":"alice")", R"("fullname":"Alice Liddell")",
                    R"("roleInOrg":"admin")", R"("displayName":"ci")", R"("role":"fineGrained")",
                    R"("createdAt":"20)", R"("type":"access_token")",
                    R"("permissions":["repo.write"])", R"("email":"alice@example.com")"}) {
    EXPECT_NE(body.find(part), body.npos) << part << " in " << body;
  }
  EXPECT_EQ(body.find(token.value), body.npos);
}

TEST_F(AuthRoutes, overviews_and_members) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  ASSERT_TRUE(auth_->create_org("acme", "alice", "Acme", Visibility::public_));
  EXPECT_NE(text(call(http::Method::get, "/api/users/ALICE/overview", anonymous_actor()).value())
                .find(R"("user":"alice")"),
            std::string::npos);
  EXPECT_EQ(call(http::Method::get, "/api/users/acme/overview", anonymous_actor()).error().kind,
            Kind::not_found);
  EXPECT_NE(
      text(call(http::Method::get, "/api/organizations/acme/overview", anonymous_actor()).value())
          .find(R"("numUsers":1)"),
      std::string::npos);
  const auto seen =
      text(call(http::Method::get, "/api/organizations/acme/members", anonymous_actor()).value());
  EXPECT_NE(seen.find(R"("user":"alice")"), seen.npos);
  EXPECT_EQ(seen.find("role"), seen.npos);
  EXPECT_EQ(call(http::Method::head, "/api/telemetry/a/b/c", nullptr)->status, 200);
  EXPECT_EQ(call(http::Method::get, "/api/agent-harnesses", nullptr)->status, 200);
}

TEST_F(AuthRoutes, tokens_are_managed_by_people_not_by_tokens) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const auto by_token = auth_->authenticate(bearer(token_of("alice", "t")), "").value();
  const std::string wanted = R"({"name":"web","role":"read"})";
  EXPECT_EQ(call(http::Method::post, "/api/settings/tokens", by_token, wanted).error().kind,
            Kind::forbidden);
  const auto login = call(http::Method::post, "/api/login", nullptr,
                          R"({"username":"alice","password":"correct horse"})")
                         .value();
  const auto cookie = std::string(login.headers.get("Set-Cookie"));
  EXPECT_NE(cookie.find("HttpOnly; SameSite=Lax"), cookie.npos);
  const auto person = auth_->authenticate("", cookie).value();
  ASSERT_EQ(person->via, Via::session);
  const auto made = call(http::Method::post, "/api/settings/tokens", person, wanted).value();
  EXPECT_NE(text(made).find(R"("value":"hf_)"), std::string::npos);
  EXPECT_NE(
      text(call(http::Method::get, "/api/settings/tokens", person).value()).find(R"("name":"web")"),
      std::string::npos);
  EXPECT_TRUE(call(http::Method::del, "/api/settings/tokens/web", person));
  EXPECT_EQ(
      text(call(http::Method::get, "/api/settings/tokens", person).value()).find(R"("name":"web")"),
      std::string::npos);
  for (auto bad : {"", "[]", "{", R"({"name":1,"role":"read"})", R"({"name":"x","role":"god"})"}) {
    EXPECT_EQ(call(http::Method::post, "/api/settings/tokens", person, bad).error().kind,
              Kind::invalid)
        << bad;
  }
}

}  // namespace
}  // namespace holt::auth
