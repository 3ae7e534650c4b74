// Shards: reading what clients upload, writing what they read.
#include "domain/xetformat/shard.h"

#include <gtest/gtest.h>

#include "domain/xetformat/little_endian.h"
#include "domain/xetformat/samples.h"

namespace holt::xetformat {
namespace {

constexpr std::size_t kEntry = 48;
constexpr std::size_t kFooter = 200;

XetHash named(std::string_view name) { return chunk_hash(as_bytes(name)); }

FileInfo some_file() {
  FileInfo file;
  file.file = named("file");
  file.terms = {{named("xorb 1"), 70'000, 0, 2}, {named("xorb 2"), 5, 7, 8}};
  file.range_hashes = {named("range 1"), named("range 2")};
  file.sha256 = sha256(as_bytes("file"));
  return file;
}

std::vector<XorbInfo> some_xorbs() {
  XorbInfo first{named("xorb 1"), 70'000, 70'016, {}};
  first.chunks = {{named("chunk 1"), 0, 40'000, true}, {named("chunk 2"), 40'000, 30'000, false}};
  return {first};
}

std::string refusal(ByteSpan bytes) {
  const Result<Shard> shard = parse_shard(bytes);
  if (shard) return "accepted";
  EXPECT_EQ(shard.error().kind, Kind::invalid);
  return shard.error().message;
}

#define EXPECT_REFUSED(bytes, part) \
  EXPECT_NE(refusal(bytes).find(part), std::string::npos) << refusal(bytes)

TEST(Shard, round_trip) {
  FileInfo bare = some_file();
  bare.file = named("bare");
  bare.range_hashes.clear();
  bare.sha256.reset();
  const FileInfo files[] = {some_file(), FileInfo{}, bare};
  const std::vector<XorbInfo> xorbs = some_xorbs();
  const Result<Shard> shard = parse_shard(write_upload_shard(files, xorbs));
  ASSERT_TRUE(shard) << shard.error().message;
  EXPECT_FALSE(shard->footer);
  ASSERT_EQ(shard->files.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(shard->files[i].file, files[i].file);
    EXPECT_EQ(shard->files[i].terms, files[i].terms);
    EXPECT_EQ(shard->files[i].range_hashes, files[i].range_hashes);
    EXPECT_EQ(shard->files[i].sha256, files[i].sha256);
  }
  ASSERT_EQ(shard->xorbs.size(), 1U);
  EXPECT_EQ(shard->xorbs[0].xorb, xorbs[0].xorb);
  EXPECT_EQ(shard->xorbs[0].raw_bytes, 70'000U);
  EXPECT_EQ(shard->xorbs[0].stored_bytes, 70'016U);
  ASSERT_EQ(shard->xorbs[0].chunks.size(), 2U);
  EXPECT_EQ(shard->xorbs[0].chunks[1].hash, named("chunk 2"));
  EXPECT_EQ(shard->xorbs[0].chunks[1].raw_begin, 40'000U);
  EXPECT_EQ(shard->xorbs[0].chunks[1].raw_length, 30'000U);
  EXPECT_TRUE(shard->xorbs[0].chunks[0].dedup_eligible);
  EXPECT_FALSE(shard->xorbs[0].chunks[1].dedup_eligible);
}

TEST(Shard, a_zero_sha256_is_none) {
  FileInfo empty;
  empty.sha256 = Sha256Digest{};
  const Result<Shard> shard = parse_shard(write_upload_shard({&empty, 1}, {}));
  ASSERT_TRUE(shard);
  EXPECT_FALSE(shard->files.at(0).sha256);
}

TEST(Shard, golden_layout_of_an_upload) {
  const FileInfo files[] = {some_file()};
  const Bytes bytes = write_upload_shard(files, {});
  ASSERT_EQ(bytes.size(), kEntry * (1 + 1 + 2 + 2 + 1 + 1 + 1));
  EXPECT_EQ(to_hex(ByteSpan(bytes).first(kEntry)),
            "48465265706f4d6574614461746100556967456a7b815783a5bdd95ccdd14aa9"
            "0200000000000000"
            "0000000000000000");
  EXPECT_EQ(to_hex(ByteSpan(bytes).subspan(kEntry, kEntry)), to_hex(named("file").bytes) +
                                                                 "000000c0"
                                                                 "02000000"
                                                                 "0000000000000000");
  EXPECT_EQ(to_hex(ByteSpan(bytes).subspan(2 * kEntry, kEntry)), to_hex(named("xorb 1").bytes) +
                                                                     "00000000"
                                                                     "70110100"
                                                                     "00000000"
                                                                     "02000000");
  EXPECT_EQ(to_hex(ByteSpan(bytes).subspan(4 * kEntry, kEntry)),
            to_hex(named("range 1").bytes) + std::string(32, '0'));
  EXPECT_EQ(load_hash(&bytes[6 * kEntry]).text(), to_hex(sha256(as_bytes("file"))));
  EXPECT_EQ(to_hex(ByteSpan(bytes).last(kEntry)), std::string(64, 'f') + std::string(32, '0'));
}

TEST(Shard, dedup_answer_has_a_full_footer) {
  const XetHash key = named("key");
  const std::vector<XorbInfo> xorbs = some_xorbs();
  const Bytes bytes = write_dedup_shard(xorbs, key, 1'000, 2'000);
  ASSERT_EQ(bytes.size(), kEntry * (1 + 1 + 1 + 2 + 1) + kFooter);
  EXPECT_EQ(load_u64(&bytes[40]), kFooter);

  const std::uint64_t footer_offset = bytes.size() - kFooter;
  const std::uint8_t* const footer = &bytes[footer_offset];
  EXPECT_EQ(load_u64(footer), 1U);
  EXPECT_EQ(load_u64(footer + 8), kEntry) << "files";
  EXPECT_EQ(load_u64(footer + 16), 2 * kEntry) << "xorbs";
  for (const std::size_t table : {24UL, 40UL, 56UL}) {
    EXPECT_EQ(load_u64(footer + table), footer_offset);
    EXPECT_EQ(load_u64(footer + table + 8), 0U);
  }
  EXPECT_EQ(load_hash(footer + 72), key);
  EXPECT_EQ(load_u64(footer + 104), 1'000U);
  EXPECT_EQ(load_u64(footer + 112), 2'000U);
  EXPECT_EQ(load_u64(footer + 168), 70'016U);
  EXPECT_EQ(load_u64(footer + 184), 70'000U);
  EXPECT_EQ(load_u64(footer + 192), footer_offset);

  const Result<Shard> shard = parse_shard(bytes);
  ASSERT_TRUE(shard) << shard.error().message;
  ASSERT_TRUE(shard->footer);
  EXPECT_EQ(shard->footer->hmac_key, key);
  EXPECT_EQ(shard->footer->expires_at_s, 2'000U);
  EXPECT_TRUE(shard->files.empty());
  ASSERT_EQ(shard->xorbs.size(), 1U);
  EXPECT_EQ(shard->xorbs[0].xorb, named("xorb 1")) << "xorb hashes are never protected";
  EXPECT_EQ(shard->xorbs[0].chunks[0].hash, protected_hash(key, named("chunk 1")));

  const Bytes plain = write_dedup_shard(xorbs, {}, 1'000, 2'000);
  EXPECT_EQ(parse_shard(plain)->xorbs[0].chunks[0].hash, named("chunk 1"));
}

TEST(Shard, describes_a_stored_xorb) {
  const XorbBuilder::Built built =
      samples::xorb_of(samples::chunks_of(samples::random_bytes(300'000, 1)));
  const XorbInfo info = describe(built.index);
  EXPECT_EQ(info.xorb, built.index.hash);
  EXPECT_EQ(info.raw_bytes, 300'000U);
  EXPECT_EQ(info.stored_bytes, built.serialized.size());
  std::uint32_t at = 0;
  for (const XorbInfo::Chunk& chunk : info.chunks) {
    EXPECT_EQ(chunk.raw_begin, at);
    at += chunk.raw_length;
  }
  EXPECT_EQ(at, 300'000U);
}

TEST(Shard, footer_and_lookup_tables_of_older_clients_are_tolerated) {
  Bytes bytes = write_dedup_shard(some_xorbs(), {}, 1, 2);
  const Bytes tables(20);
  bytes.insert(bytes.end() - kFooter, tables.begin(), tables.end());
  EXPECT_REFUSED(bytes, "footer says that it is at byte");
  store<8>(&bytes[bytes.size() - 8], bytes.size() - kFooter);
  EXPECT_TRUE(parse_shard(bytes));
  EXPECT_TRUE(parse_shard(ByteSpan(bytes).first(bytes.size() - kFooter - tables.size())))
      << "header announces one";
}

TEST(Shard, refusals_say_what_and_where) {
  const FileInfo files[] = {some_file()};
  const Bytes good = write_upload_shard(files, some_xorbs());
  const auto with = [&](std::size_t at, std::uint32_t value) {
    Bytes bytes = good;
    store<4>(&bytes[at], value);
    return bytes;
  };
  constexpr std::size_t kXorb = kEntry * 8;
  EXPECT_EQ(refusal(good), "accepted");
  EXPECT_REFUSED(Bytes{}, "shorter than its header");
  EXPECT_REFUSED(with(0, 7), "does not begin as a shard does");
  EXPECT_REFUSED(with(32, 3), "at byte 32: version 3");
  EXPECT_REFUSED(with(40, 100), "footer of 100 bytes");
  EXPECT_REFUSED(with(kEntry + 36, 0xFFFFFFFF),
                 "at byte 48: file " + named("file").text() + " announces 8589934591");
  EXPECT_REFUSED(with(kEntry + 36, 0), "has 0 terms");
  EXPECT_REFUSED(with(2 * kEntry + 44, 0), "term 0 of file");
  EXPECT_REFUSED(with(2 * kEntry + 44, 8193), "chunks 0 to 8193");
  EXPECT_REFUSED(with(kXorb + 36, 0), "announces 0 chunks");
  EXPECT_REFUSED(with(kXorb + 36, 0xFFFFFFFF),
                 "at byte 384: xorb " + named("xorb 1").text() + " announces 4294967295");
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_REFUSED(longer, "1 bytes after the list of xorbs");
}

TEST(Shard, cut_short_anywhere_is_noticed) {
  const FileInfo files[] = {some_file()};
  const Bytes good = write_upload_shard(files, some_xorbs());
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(parse_shard(ByteSpan(good).first(length))) << length;
  }
}

TEST(Shard, more_than_64_mib_is_too_large) {
  const Bytes bytes(kMaxShardBytes + 1);
  const Result<Shard> shard = parse_shard(bytes);
  ASSERT_FALSE(shard);
  EXPECT_EQ(shard.error().kind, Kind::too_large);
}

TEST(Shard, a_crowd_of_empty_files_is_refused) {
  Bytes bytes = write_upload_shard({}, {});
  const std::vector<FileInfo> files(kMaxShardFiles);
  EXPECT_TRUE(parse_shard(write_upload_shard(files, {})));
  EXPECT_REFUSED(write_upload_shard(std::vector<FileInfo>(kMaxShardFiles + 1), {}),
                 "more than 400000 files");
}

}  // namespace
}  // namespace holt::xetformat
