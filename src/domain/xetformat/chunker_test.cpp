// Chunk boundaries, which must be exactly those of the clients.
#include "domain/xetformat/chunker.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "domain/xetformat/gear_table.h"
#include "domain/xetformat/little_endian.h"
#include "domain/xetformat/samples.h"

namespace holt::xetformat {
namespace {

std::vector<std::size_t> boundaries(ByteSpan bytes, std::size_t piece = SIZE_MAX) {
  std::vector<std::size_t> ends;
  std::size_t end = 0;
  Bytes seen;
  Chunker chunker;
  const auto keep = [&](ByteSpan chunk) {
    ends.push_back(end += chunk.size());
    seen.insert(seen.end(), chunk.begin(), chunk.end());
  };
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = std::min(piece, bytes.size() - at);
    chunker.feed(bytes.subspan(at, length), keep);
    at += length;
  }
  chunker.finish(keep);
  EXPECT_TRUE(std::equal(seen.begin(), seen.end(), bytes.begin(), bytes.end()))
      << "chunks are not the bytes fed";
  return ends;
}

// The rule as it is defined, byte by byte.
std::vector<std::size_t> plain_boundaries(ByteSpan bytes) {
  std::vector<std::size_t> ends;
  std::uint64_t hash = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hash = (hash << 1) + kGearTable[bytes[i]];
    ++size;
    if (size >= kMaxChunkBytes || (size >= kMinChunkBytes && (hash & 0xFFFF000000000000) == 0)) {
      ends.push_back(i + 1);
      hash = 0;
      size = 0;
    }
  }
  if (size > 0) ends.push_back(bytes.size());
  return ends;
}

// 128 bytes after which a cut is possible, then zeros, repeated by doubling.
Bytes bytes_with_many_cuts(std::size_t count, std::size_t zeros) {
  Bytes bytes{154, 52,  42,  34,  159, 75,  126, 224, 70,  236, 12,  196, 79,  236, 178, 124,
              127, 50,  99,  178, 44,  176, 174, 126, 250, 235, 205, 174, 252, 122, 35,  10,
              20,  101, 214, 69,  193, 8,   115, 105, 158, 228, 120, 111, 136, 162, 198, 251,
              211, 183, 253, 252, 164, 147, 63,  16,  186, 162, 117, 23,  170, 36,  205, 187,
              174, 76,  210, 174, 211, 175, 12,  173, 145, 59,  2,   70,  222, 181, 159, 227,
              182, 156, 189, 51,  226, 106, 24,  50,  183, 157, 140, 10,  8,   23,  212, 70,
              10,  234, 23,  33,  219, 254, 39,  236, 70,  49,  191, 116, 9,   115, 15,  101,
              26,  159, 165, 220, 15,  170, 56,  125, 92,  163, 94,  235, 38,  40,  49,  81};
  bytes.resize(bytes.size() + zeros);
  while (bytes.size() < count) {
    const std::size_t length = std::min(count - bytes.size(), bytes.size());
    const Bytes front(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    bytes.insert(bytes.end(), front.begin(), front.end());
  }
  return bytes;
}

TEST(Chunker, has_the_table_of_the_protocol) {
  Bytes words;
  for (const std::uint64_t word : kGearTable) Writer(words).u64(word);
  EXPECT_EQ(to_hex(sha256(words)),
            "e1d3936666d7ae7a977c958e9afcc75f90aaca758ce5fbe4ece61dffefe1912c");
}

TEST(Chunker, random_bytes) {
  const Bytes bytes = samples::random_bytes(1'000'000, 0);
  ASSERT_EQ(bytes[0], 175);
  ASSERT_EQ(bytes[127], 132);
  ASSERT_EQ(bytes[111111], 118);
  const std::vector<std::size_t> expected{84493,  134421, 144853, 243318, 271793, 336457, 467529,
                                          494581, 582000, 596735, 616815, 653164, 678202, 724510,
                                          815591, 827760, 958832, 991092, 1000000};
  EXPECT_EQ(boundaries(bytes), expected);
}

TEST(Chunker, constant_bytes_are_cut_at_the_maximum) {
  const std::vector<std::size_t> expected{131072, 262144, 393216, 524288,
                                          655360, 786432, 917504, 1000000};
  EXPECT_EQ(boundaries(Bytes(1'000'000, 59)), expected);
}

// The digest is that of the reference implementation's 128 lists, one a line.
TEST(Chunker, cuts_around_the_minimum) {
  std::string lists;
  for (std::size_t zeros = 0; zeros < 128; ++zeros) {
    const Bytes bytes = bytes_with_many_cuts(65536, zeros);
    const std::vector<std::size_t> ends = boundaries(bytes);
    EXPECT_EQ(ends, plain_boundaries(bytes)) << zeros;
    for (const std::size_t end : ends)
      lists += std::to_string(end) + (end == ends.back() ? "\n" : " ");
  }
  EXPECT_EQ(sha256_hex(lists), "89f7eb2eb82d20ea65fdc7127ee8a6b04adcb5b099ea23e299e6f802cdb8a7ab");
}

TEST(Chunker, does_not_depend_on_how_the_bytes_arrive) {
  const Bytes random = samples::random_bytes(600'000, 1);
  const Bytes cuts = bytes_with_many_cuts(300'000, 126);
  for (const std::size_t piece :
       {1UL, 37UL, 255UL, 4096UL, 8127UL, 8191UL, 8192UL, 65536UL, 131072UL, 131073UL}) {
    EXPECT_EQ(boundaries(random, piece), plain_boundaries(random)) << piece;
    EXPECT_EQ(boundaries(cuts, piece), plain_boundaries(cuts)) << piece;
  }
}

TEST(Chunker, is_ready_for_another_file_after_the_last_chunk) {
  const Bytes bytes = samples::random_bytes(50'000, 3);
  Chunker chunker;
  for (int file = 0; file < 2; ++file) {
    std::vector<std::size_t> lengths;
    const auto keep = [&](ByteSpan chunk) { lengths.push_back(chunk.size()); };
    chunker.feed(bytes, keep);
    chunker.finish(keep);
    EXPECT_EQ(lengths.size(), plain_boundaries(bytes).size());
    chunker.finish([](ByteSpan) { FAIL() << "nothing is left"; });
  }
}

TEST(Chunker, passes_whole_chunks_in_place) {
  const Bytes bytes = samples::random_bytes(1'000'000, 0);
  Chunker chunker;
  chunker.feed(bytes, [&](ByteSpan chunk) {
    EXPECT_GE(chunk.data(), bytes.data());
    EXPECT_LE(chunk.data() + chunk.size(), bytes.data() + bytes.size());
  });
}

}  // namespace
}  // namespace holt::xetformat
