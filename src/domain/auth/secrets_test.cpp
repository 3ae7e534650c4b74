// What protects passwords, sessions and tokens: throttling, cookies, lifetimes, leaks, the secret.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "base/time.h"
#include "domain/auth/fixture_test.h"
#include "domain/auth/sign_in_guard.h"
#include "domain/auth/token_finder.h"

namespace holt::auth {
namespace {

TEST(AuthSignInGuard, one_network_is_bound_and_a_familiar_one_is_not_bound_by_strangers) {
  SignInGuard guard;
  const auto unknown = SignInGuard::Place::unknown;
  guard.succeeded("alice", "10.9.9.9");
  // Many strangers together, each below what one may.
  for (int i = 0; i < 100; ++i) guard.failed("alice", "10.0.0." + std::to_string(i));
  EXPECT_TRUE(guard.must_wait("alice", "10.1.1.1", unknown));
  EXPECT_FALSE(guard.must_wait("alice", "10.1.1.1", SignInGuard::Place::familiar));
  EXPECT_FALSE(guard.must_wait("alice", "10.9.9.9", unknown));
  EXPECT_FALSE(guard.must_wait("bob", "10.1.1.1", unknown));
  // One network against many accounts.
  for (int i = 0; i < 50; ++i)
    guard.failed("user" + std::to_string(i), "2001:db8:1:2::" + std::to_string(i));
  EXPECT_TRUE(guard.must_wait("carol", "2001:db8:1:2:ffff::1", unknown));
  EXPECT_FALSE(guard.must_wait("carol", "2001:db8:1:3::1", unknown));
}

TEST(AuthSignInGuard, a_network_is_what_one_customer_has) {
  EXPECT_EQ(SignInGuard::network_of("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(SignInGuard::network_of("2001:db8::1"), "2001:db8::/64");
  EXPECT_EQ(SignInGuard::network_of("2001:db8:0:0:1:2:3:4"), "2001:db8::/64");
  EXPECT_EQ(SignInGuard::network_of("2001::1:2:3:4:5"), "2001:0:0:1::/64");
  EXPECT_EQ(SignInGuard::network_of("unix"), "unix");
}

TEST_F(AuthTest, the_cookie_of_tls_counts_under_its_own_name_only) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const auto bound =
      auth_->log_in("alice", "correct horse", "a", CookieKind::host_bound).value().cookie_value;
  EXPECT_EQ(auth_->authenticate("", "__Host-holt_session=" + bound).value()->name, "alice");
  EXPECT_TRUE(auth_->authenticate("", "holt_session=" + bound).value()->anonymous());
  const auto plain = auth_->log_in("alice", "correct horse", "a").value().cookie_value;
  EXPECT_TRUE(auth_->authenticate("", "__Host-holt_session=" + plain).value()->anonymous());
  EXPECT_EQ(auth_->authenticate("", "holt_session=" + plain).value()->name, "alice");
}

TEST_F(AuthTest, signing_in_again_ends_the_session_before) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const std::string first =
      "holt_session=" + auth_->log_in("alice", "correct horse", "a").value().cookie_value;
  ASSERT_FALSE(auth_->authenticate("", first).value()->anonymous());
  ASSERT_TRUE(auth_->log_in("alice", "correct horse", "a", CookieKind::plain, first));
  EXPECT_TRUE(auth_->authenticate("", first).value()->anonymous());
}

TEST_F(AuthTest, a_session_ends_when_unused_and_when_old) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  auth_->limit_sessions(std::chrono::hours(10), std::chrono::hours(3));
  const auto enter = [&] {
    return "holt_session=" + auth_->log_in("alice", "correct horse", "a").value().cookie_value;
  };
  const auto unused = enter(), used = enter();
  for (int hour = 0; hour < 4; ++hour) {
    move_clock(std::chrono::hours(2));
    ASSERT_EQ(auth_->authenticate("", used).value()->name, "alice") << hour;
    auth_->flush_last_used();
    auth_->forget_cached();
  }
  EXPECT_TRUE(auth_->authenticate("", unused).value()->anonymous());
  move_clock(std::chrono::hours(2) + std::chrono::minutes(1));
  EXPECT_TRUE(auth_->authenticate("", used).value()->anonymous());
  auth_->sweep_sessions();
  EXPECT_TRUE(auth_->list_sessions(auth_->find_namespace("alice")->key, "").empty());
}

TEST_F(AuthTest, a_new_password_can_end_the_tokens_too) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  const auto token = token_of("alice", "t");
  const auto login = auth_->log_in("alice", "correct horse", "a").value();
  const auto changed =
      auth_->change_password(login.actor, {"correct horse", "battery staple", "a"}).value();
  EXPECT_TRUE(auth_->authenticate("", "holt_session=" + login.cookie_value).value()->anonymous());
  EXPECT_EQ(auth_->authenticate("", "holt_session=" + changed.cookie_value).value()->name, "alice");
  EXPECT_TRUE(auth_->authenticate(bearer(token), ""));
  ASSERT_TRUE(auth_->set_password("alice", "another staple", system_actor(), Auth::Tokens::revoke));
  expect_wrong(bearer(token));
}

TEST_F(AuthTest, passwords_that_everybody_tries_are_refused) {
  for (const auto bad : {"password1", "Qwertyuiop", "12345678", "alice2026", "holt1234"})
    EXPECT_EQ(auth_->create_user("alice", "", "", false, bad).error().kind, Kind::invalid) << bad;
  EXPECT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
}

TEST_F(AuthTest, too_many_accounts_from_one_address_have_to_wait) {
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(auth_->join("user" + std::to_string(i), "", "correct horse", "10.0.0.1"));
  EXPECT_EQ(auth_->join("more", "", "correct horse", "10.0.0.1").error().kind, Kind::rate_limited);
  EXPECT_TRUE(auth_->join("more", "", "correct horse", "10.0.0.2"));
}

TEST_F(AuthTest, tokens_are_found_in_texts_and_revoked) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto made = token_of("alice", "made");
  NewToken wanted;
  wanted.name = "chosen";
  wanted.value = "hf_chosen-by.hand:1";
  ASSERT_TRUE(auth_->create_token("alice", wanted));
  ASSERT_TRUE(auth_->revoke_token("alice", "chosen"));
  const std::string text = "hf_hub_download(token=\"" + made + "\") # hf_chosen-by.hand:1, " + made;
  const auto found = auth_->find_tokens(text);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].token.name, "made");
  EXPECT_EQ(text.substr(found[0].offset, made.size()), made);
  EXPECT_TRUE(found[0].live);
  EXPECT_EQ(found[1].token.name, "chosen");
  EXPECT_FALSE(found[1].live);
  EXPECT_TRUE(auth_->revoke_leaked(found[0].token, found[0].owner, "a log"));
  EXPECT_FALSE(auth_->revoke_leaked(found[0].token, found[0].owner, "a log"));
  expect_wrong(bearer(made));
}

TEST(AuthTokenFinder, finds_a_token_wherever_it_stands) {
  const std::string token = "hf_0123456789abcdefghijklmnopqr4RunLK";
  for (const std::string_view around : {"", " ", "\"", "x", "://user:|@host", "=|&b=1", "(|)",
                                        "<|>", "|.", "|\n", "`|`", "|_x", "|AAAA"}) {
    const auto bar = around.find('|');
    const std::string before(around.substr(0, bar)),
        after(bar == around.npos ? "" : around.substr(bar + 1));
    for (const std::size_t padding : {0u, 1u, 61u, 62u, 63u, 64u, 65u, 127u, 5000u}) {
      const std::string text = std::string(padding, '.') + before + token + after;
      EXPECT_TRUE(mentions_token(text));
      const auto all = token_candidates(text, 100);
      EXPECT_TRUE(std::ranges::any_of(all,
                                      [&](const auto& one) {
                                        return one.text == token &&
                                               one.offset == padding + before.size();
                                      }))
          << around << padding;
    }
  }
  EXPECT_FALSE(mentions_token("h f_ hf hff_"));
  EXPECT_TRUE(token_candidates("hf_ hf_abc hf_", 100).empty());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "hf_aaaaaaaa" + std::to_string(i) + " ";
  EXPECT_LE(token_candidates(many, 100).size(), 106u);
}

TEST_F(AuthTest, the_secret_is_known_by_its_proof) {
  const std::string secret(32, 's'), other(32, 't');
  EXPECT_TRUE(auth_->check_secret(secret, Auth::Secret::kept));
  EXPECT_TRUE(auth_->check_secret(secret, Auth::Secret::kept));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    std::string flipped = secret;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(auth_->check_secret(flipped, Auth::Secret::kept)) << bit;
    EXPECT_FALSE(Auth::wrong_with_secret(*database_, flipped).empty()) << bit;
  }
  EXPECT_TRUE(Auth::wrong_with_secret(*database_, secret).empty());
  EXPECT_TRUE(auth_->check_secret(other, Auth::Secret::renewed));
  EXPECT_FALSE(auth_->check_secret(secret, Auth::Secret::kept));
  EXPECT_EQ(audit().back(), "secret.renew secret.key by system");
}

TEST_F(AuthTest, a_dead_token_in_use_is_told_once) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, std::nullopt));
  const auto token = token_of("alice", "t");
  ASSERT_TRUE(auth_->revoke_token("alice", "t"));
  for (int i = 0; i < 3; ++i) expect_wrong(bearer(token));
  EXPECT_EQ(std::ranges::count(audit(), "token.refused alice by "), 1);
}

TEST_F(AuthTest, guessing_a_password_is_slowed_down) {
  ASSERT_TRUE(auth_->create_user("alice", "", "", false, "correct horse"));
  for (int i = 0; i < 10; ++i)
    ASSERT_FALSE(auth_->log_in("alice", "guess number " + std::to_string(i), "10.0.0.1"));
  const auto refused = auth_->log_in("ALICE", "correct horse", "10.0.0.1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::rate_limited);
  ASSERT_EQ(refused.error().headers.size(), 1u);
  EXPECT_EQ(refused.error().headers[0].first, "Retry-After");
  // Who guessed has shut out nobody else.
  EXPECT_TRUE(auth_->log_in("alice", "correct horse", "10.0.0.2"));
  const auto rows = audit();
  EXPECT_EQ(std::ranges::count(rows, "login.failed alice by "), 10);
  EXPECT_EQ(std::ranges::count(rows, "login.throttled alice by "), 1);
}

}  // namespace
}  // namespace holt::auth
