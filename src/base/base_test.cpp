// The small operations of the base floor: encodings, digests, time, text, log lines.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/lru.h"
#include "base/random.h"
#include "base/result.h"
#include "base/text.h"
#include "base/time.h"
#include "base/work_pool.h"

namespace holt {
namespace {

std::string text_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : "(malformed)";
}

TEST(Result, try_passes_the_error_on) {
  auto inner = []() -> Result<int> { return fail(Kind::not_found, "no such thing", "Missing"); };
  auto outer = [&]() -> Result<int> { return TRY(inner()) + 1; };
  const auto result = outer();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::not_found);
  EXPECT_EQ(result.error().tag, "Missing");
  EXPECT_EQ(result.error().message, "no such thing");
}

TEST(Result, failed_check_names_its_place) {
  try {
    CHECK(1 + 1 == 3);
    FAIL() << "CHECK let a false condition pass";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("base_test.cpp:"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("1 + 1 == 3"), std::string::npos);
  }
}

TEST(Hex, round_trips_and_refuses_what_is_not_hex) {
  EXPECT_EQ(to_hex(as_bytes("\x01\xab")), "01ab");
  EXPECT_EQ(text_of(from_hex("6869")), "hi");
  EXPECT_EQ(text_of(from_hex("6A6b")), "jk");
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_TRUE(is_hex("00ff", 4));
  EXPECT_FALSE(is_hex("00FF", 4));
  EXPECT_FALSE(is_hex("00ff", 5));
}

TEST(Base64, follows_rfc_4648) {
  EXPECT_EQ(to_base64(as_bytes("")), "");
  EXPECT_EQ(to_base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(to_base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(to_base64(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64url(as_bytes("\xfb\xff\xfe?")), "-__-Pw");
  EXPECT_EQ(text_of(from_base64("Zm9vYmE=")), "fooba");
  EXPECT_EQ(text_of(from_base64("Zm9v\nYmE")), "fooba");
  EXPECT_EQ(text_of(from_base64("-__-Pw")), "\xfb\xff\xfe?");
  EXPECT_EQ(text_of(from_base64("")), "");
}

TEST(Base64, refuses_malformed_text) {
  for (const char* bad : {"Z", "Zg=", "Zg===", "Zm9v=", "Zg==Zg==", "Z!==", "Zh=="}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

TEST(Bytes, constant_time_equality) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(Hash, known_digests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(hmac_sha256("key", "The quick brown fox jumps over the lazy dog")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  EXPECT_EQ(to_hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, streaming_equals_one_call_and_survives_a_move) {
  Sha256 first;
  first.update("a");
  Sha256 second = std::move(first);
  second.update("bc");
  EXPECT_EQ(second.finish(), sha256(as_bytes("abc")));
  Sha1 git;
  git.update(
      "blob 5\0"
      "hello");
  git = Sha1();
  git.update(std::string_view("blob 6\0hello\n", 13));
  EXPECT_EQ(to_hex(git.finish()), "ce013625030ba8dba906f756967f9e9ca394464a");
}

TEST(Time, iso8601_both_ways) {
  EXPECT_EQ(iso8601(Timestamp{0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso8601(Timestamp{1704164645006}), "2024-01-02T03:04:05.006Z");
  EXPECT_EQ(parse_iso8601("2024-01-02T03:04:05.006Z"), Timestamp{1704164645006});
  EXPECT_EQ(parse_iso8601("2024-01-02T03:04:05Z"), Timestamp{1704164645000});
  EXPECT_EQ(parse_iso8601("2024-01-02T03:04:05.006789Z"), Timestamp{1704164645006});
  EXPECT_EQ(parse_iso8601("2024-01-02T05:04:05+02:00"), Timestamp{1704164645000});
  EXPECT_EQ(parse_iso8601("2024-01-01T22:34:05-0430"), Timestamp{1704164645000});
  EXPECT_EQ(parse_iso8601("1969-12-31T23:59:59Z"), Timestamp{-1000});
  EXPECT_EQ(iso8601(Timestamp{-1}), "1969-12-31T23:59:59.999Z");
}

TEST(Time, refuses_what_is_no_date) {
  for (const char* bad : {"", "2024-01-02", "2024-13-02T03:04:05Z", "2023-02-29T00:00:00Z",
                          "2024-01-02T24:00:00Z", "2024-01-02T03:04:05", "2024-01-02T03:04:05.Z",
                          "2024-01-02T03:04:05Zx", "2024-01-02T03:04:05+99:00"}) {
    EXPECT_FALSE(parse_iso8601(bad)) << bad;
  }
}

TEST(Time, http_date) {
  EXPECT_EQ(http_date(Timestamp{1704164645006}), "Tue, 02 Jan 2024 03:04:05 GMT");
}

TEST(Text, case_split_trim_join) {
  EXPECT_EQ(lower("AbC-Z"), "abc-z");
  EXPECT_TRUE(equal_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_EQ(trim(" \t x y \r\n"), "x y");
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
  EXPECT_EQ(split("", ',').size(), 1U);
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(Text, percent_coding) {
  EXPECT_EQ(percent_decode("a%2Fb+c%20d").value_or("?"), "a/b+c d");
  EXPECT_EQ(form_decode("a%2Fb+c").value_or("?"), "a/b c");
  EXPECT_FALSE(percent_decode("%2"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_EQ(percent_encode("a b/ü"), "a%20b%2F%C3%BC");
  EXPECT_EQ(percent_encode("a b/c", Slash::keep), "a%20b/c");
}

TEST(Text, utf8_and_clip) {
  EXPECT_TRUE(is_utf8("grüße \xF0\x9F\xA4\x97"));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
  EXPECT_EQ(clip("aü", 2), "a");
  EXPECT_EQ(clip("aü", 3), "aü");
}

TEST(Text, parse_u64_takes_whole_numbers_only) {
  EXPECT_EQ(parse_u64("18446744073709551615"), 18446744073709551615ULL);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "18446744073709551616", "0x1"}) {
    EXPECT_FALSE(parse_u64(bad)) << bad;
  }
}

TEST(Random, object_ids_and_secrets_have_their_form) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string id = new_object_id();
    EXPECT_TRUE(is_hex(id, 24));
    seen.insert(id);
    EXPECT_EQ(random_alphanumeric(37).size(), 37U);
  }
  EXPECT_EQ(seen.size(), 200U);
  EXPECT_TRUE(is_hex(random_hex(7), 7));
}

TEST(Log, text_lines_quote_what_could_be_misread) {
  EXPECT_EQ(log::line(Timestamp{1767323045123}, log::Level::info, log::Format::text, "request done",
                      {{"repo.id", "a/b"},
                       {"note", "x y"},
                       {"duration_ms", 1.5},
                       {"cached", true},
                       {"size_bytes", std::int64_t{7}}}),
            "2026-01-02T03:04:05.123Z INFO request done repo.id=a/b note=\"x y\" duration_ms=1.5 "
            "cached=true size_bytes=7");
}

TEST(Log, a_stranger_cannot_forge_a_line) {
  const std::string text = log::line(Timestamp{0}, log::Level::error, log::Format::text, "a\nb",
                                     {{"path", "x\ny=\"z\""}});
  EXPECT_EQ(text, "1970-01-01T00:00:00.000Z ERROR a\\nb path=\"x\\ny=\\\"z\\\"\"");
}

TEST(Log, json_lines_are_valid_json) {
  EXPECT_EQ(log::line(Timestamp{0}, log::Level::warning, log::Format::json, "q\"\\\x01",
                      {{"bad", "\xff"}, {"ok", "ü"}}),
            "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"warning\",\"message\":"
            "\"q\\\"\\\\\\u0001\",\"bad\":\"\xEF\xBF\xBD\",\"ok\":\"ü\"}");
}

TEST(WorkPool, one_client_leaves_room_for_others) {
  std::mutex held;
  std::unique_lock hold(held);
  std::atomic<int> stuck{0}, done{0};
  WorkPool pool(8);
  for (int i = 0; i < 100; ++i)
    pool.post(
        [&] {
          ++stuck;
          const std::lock_guard wait(held);
        },
        "greedy");
  for (int i = 0; i < 50; ++i) pool.post([&] { ++done; }, "modest");
  while (done < 50) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(stuck, 6);
  EXPECT_EQ(pool.waiting(), 94U);
  hold.unlock();
}

TEST(WorkPool, clients_take_turns) {
  std::mutex held;
  std::unique_lock hold(held);
  std::vector<std::string> order;
  {
    WorkPool pool(1);
    pool.post([&] { const std::lock_guard wait(held); });
    for (int i = 0; i < 3; ++i)
      pool.post([&, i] { order.push_back("a" + std::to_string(i)); }, "a");
    for (int i = 0; i < 2; ++i)
      pool.post([&, i] { order.push_back("b" + std::to_string(i)); }, "b");
    hold.unlock();
  }
  EXPECT_EQ(order, (std::vector<std::string>{"a0", "b0", "a1", "b1", "a2"}));
}

TEST(WorkPool, runs_everything_before_it_goes) {
  std::atomic<int> done = 0;
  {
    WorkPool pool(3);
    EXPECT_EQ(pool.size(), 3U);
    for (int i = 0; i < 500; ++i) pool.post([&] { ++done; });
  }
  EXPECT_EQ(done, 500);
}

TEST(Lru, drops_what_was_used_longest_ago) {
  Lru<int, std::string> cache(2);
  cache.insert(1, "one");
  cache.insert(2, "two");
  EXPECT_TRUE(cache.find(1));
  cache.insert(3, "three");
  EXPECT_FALSE(cache.find(2));
  EXPECT_EQ(cache.find(1).value_or("?"), "one");
  EXPECT_EQ(cache.cost(), 2U);
}

}  // namespace
}  // namespace holt
