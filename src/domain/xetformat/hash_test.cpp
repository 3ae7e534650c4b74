// Hashes: text form, keys, salts and the fields of shards.
#include "domain/xetformat/hash.h"

#include <gtest/gtest.h>

#include <numeric>
#include <unordered_set>

#include "domain/xetformat/samples.h"

namespace holt::xetformat {
namespace {

XetHash parsed(std::string_view text) { return XetHash::parse(text).value(); }

TEST(XetHash, text_form_is_four_little_endian_words) {
  XetHash counting;
  std::iota(counting.bytes.begin(), counting.bytes.end(), std::uint8_t{0});
  EXPECT_EQ(counting.text(), "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918");

  const XetHash hash{{22, 175, 58,  132, 4,   75,  131, 214, 190, 153, 138,
                      66, 226, 3,   153, 242, 204, 86,  80,  234, 249, 153,
                      80, 99,  159, 80,  65,  138, 236, 231, 149, 78}};
  EXPECT_EQ(hash.text(), "d6834b04843aaf16f29903e2428a99be635099f9ea5056cc4e95e7ec8a41509f");
  EXPECT_EQ(parsed(hash.text()), hash);
  EXPECT_EQ(hash.last_word(), 0x4e95e7ec8a41509fU);
}

TEST(XetHash, only_64_lower_case_digits_are_a_hash) {
  const std::string good(64, 'a');
  EXPECT_TRUE(XetHash::parse(good));
  EXPECT_FALSE(XetHash::parse(good.substr(1)));
  EXPECT_FALSE(XetHash::parse(good + "a"));
  EXPECT_FALSE(XetHash::parse("A" + good.substr(1)));
  EXPECT_FALSE(XetHash::parse("g" + good.substr(1)));
  EXPECT_FALSE(XetHash::parse(""));
}

TEST(XetHash, can_be_a_key) {
  EXPECT_TRUE(XetHash{}.is_zero());
  const std::unordered_set<XetHash> set{XetHash{}, chunk_hash({}), chunk_hash({})};
  EXPECT_EQ(set.size(), 2U);
}

TEST(Hashes, of_hello_world) {
  const XetHash hello = chunk_hash(as_bytes("Hello World!"));
  EXPECT_EQ(hello.text(), "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb");
  const Node only[] = {{hello, 12}};
  EXPECT_EQ(xorb_hash(only), hello);
  EXPECT_EQ(file_hash(only).text(),
            "a9dae0ad88b060bdd7e7c87abdcf95b132c95a0414b06d4f6beb68d287b87165");
}

TEST(Hashes, of_nothing) {
  EXPECT_EQ(chunk_hash({}).text(),
            "e0f2cf784e7e5f10c34f84af150e9a5ff9664216debad915364d741049870f67");
  EXPECT_TRUE(xorb_hash({}).is_zero());
  EXPECT_TRUE(file_hash({}).is_zero()) << "the empty file is not salted";
}

TEST(Hashes, of_a_random_megabyte) {
  const Bytes bytes = samples::random_bytes(1'000'000, 0);
  const std::vector<Node> nodes = samples::nodes_of(samples::chunks_of(bytes));
  std::vector<XetHash> hashes;
  for (const Node& node : nodes) hashes.push_back(node.hash);
  EXPECT_EQ(hashes.front().text(),
            "6eca1e7dadaf08cca5d82d318c800f07c2ddcec115a7e8627e5edd9605b94b8d");
  EXPECT_EQ(xorb_hash(nodes).text(),
            "6f2ce16ca5e317f0100ff0e7e5bf40a0de9032e9ee1ad04b6b8ff4e36cdfbf6c");
  EXPECT_EQ(file_hash(nodes).text(),
            "3d17b2d7d64a0e011b6717a52d9a16bd2c3f05b743fa8adf52a7d75dafab6d89");
  EXPECT_EQ(range_hash(hashes).text(),
            "6daf15a7ed258b91f607e8f5e6723a8564292d12c8104c156f7bad9c255a0180");
  EXPECT_EQ(to_hex(sha256(bytes)),
            "b3d0a1f7938cd4d8413a4dcffd4313e2e8ac0cb61cb1090eb140ea8e9154befb");
}

TEST(Hashes, sha256_field_reads_as_the_usual_hexadecimal) {
  const Sha256Digest digest = sha256(as_bytes("abc"));
  const XetHash field = sha256_to_field(digest);
  EXPECT_EQ(field.text(), to_hex(digest));
  EXPECT_NE(field.bytes, digest);
  EXPECT_EQ(sha256_from_field(field), digest);
}

TEST(Hashes, protection_by_a_key) {
  const XetHash chunk = chunk_hash(as_bytes("Hello World!"));
  EXPECT_EQ(protected_hash({}, chunk), chunk) << "a zero key protects nothing";
  const XetHash key = chunk_hash(as_bytes("key"));
  EXPECT_NE(protected_hash(key, chunk), chunk);
  EXPECT_NE(protected_hash(key, chunk), protected_hash(chunk_hash(as_bytes("other key")), chunk));
}

TEST(Hashes, dedup_asks_about_multiples_of_1024) {
  const std::string front(48, 'f');
  EXPECT_TRUE(is_dedup_eligible(parsed(front + "0000000000000400")));
  EXPECT_TRUE(is_dedup_eligible(parsed(front + "ffffffffffffc000")));
  EXPECT_FALSE(is_dedup_eligible(parsed(front + "0000000000000200")));
  EXPECT_FALSE(is_dedup_eligible(parsed(front + "0400000000000001")));
}

}  // namespace
}  // namespace holt::xetformat
