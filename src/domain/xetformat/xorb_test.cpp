// Xorbs: what is accepted, what is refused and why, and the stored footer.
#include "domain/xetformat/xorb.h"

#include <gtest/gtest.h>
#include <lz4frame.h>

#include "domain/xetformat/samples.h"

namespace holt::xetformat {
namespace {

using samples::chunks_of;
using samples::random_bytes;
using samples::xorb_of;

Bytes chunk_with(Scheme scheme, ByteSpan payload, std::size_t raw_length) {
  Bytes chunk(kChunkHeaderBytes);
  write_chunk_header(
      {scheme, static_cast<std::uint32_t>(payload.size()), static_cast<std::uint32_t>(raw_length)},
      chunk.data());
  chunk.insert(chunk.end(), payload.begin(), payload.end());
  return chunk;
}

Bytes frame_of(ByteSpan bytes, LZ4F_preferences_t preferences = {}) {
  Bytes frame(LZ4F_compressFrameBound(bytes.size(), &preferences));
  frame.resize(
      LZ4F_compressFrame(frame.data(), frame.size(), bytes.data(), bytes.size(), &preferences));
  return frame;
}

std::string refusal(ByteSpan xorb) {
  const Result<XorbIndex> index = read_xorb(xorb);
  if (index) return "accepted";
  EXPECT_EQ(index.error().kind, Kind::invalid);
  return index.error().message;
}

#define EXPECT_REFUSED(xorb, part) \
  EXPECT_NE(refusal(xorb).find(part), std::string::npos) << refusal(xorb)

TEST(Xorb, round_trip_of_every_scheme) {
  Bytes long_period;  // repeats after 997 bytes, which is no multiple of 4
  for (const Bytes period = random_bytes(997, 6); long_period.size() < 100'001;) {
    long_period.insert(long_period.end(), period.begin(), period.end());
  }
  for (const auto& [bytes, scheme] :
       {std::pair{random_bytes(100'000, 5), Scheme::none}, std::pair{long_period, Scheme::lz4},
        std::pair{samples::weight_bytes(100'003), Scheme::bg4_lz4}}) {
    Bytes serialized;
    EXPECT_EQ(append_chunk(bytes, serialized), scheme);
    Bytes decoded(kMaxChunkBytes);
    const Result<std::size_t> length = decode_chunk(serialized, decoded);
    ASSERT_TRUE(length) << length.error().message;
    decoded.resize(*length);
    EXPECT_EQ(decoded, bytes);
    EXPECT_LE(serialized.size(), bytes.size() + kChunkHeaderBytes);
  }
}

TEST(Xorb, grouped_lengths_that_are_no_multiple_of_four) {
  for (std::size_t length : {1000UL, 1001UL, 1002UL, 1003UL}) {
    Bytes bytes(length);
    for (std::size_t i = 0; i < length; ++i)
      bytes[i] = static_cast<std::uint8_t>(i % 4 * 50 + i / 400);
    Bytes groups;
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t i = k; i < length; i += 4) groups.push_back(bytes[i]);
    }
    ChunkDecoder decoder;
    const Result<ByteSpan> raw =
        decoder.decode(chunk_with(Scheme::bg4_lz4, frame_of(groups), length));
    ASSERT_TRUE(raw) << raw.error().message;
    EXPECT_EQ(Bytes(raw->begin(), raw->end()), bytes);
  }
}

TEST(Xorb, frames_of_every_block_size_mode_and_checksum) {
  const Bytes bytes = samples::text_bytes(kMaxChunkBytes);
  ChunkDecoder decoder;
  for (const LZ4F_blockSizeID_t size :
       {LZ4F_default, LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB}) {
    for (const LZ4F_blockMode_t mode : {LZ4F_blockLinked, LZ4F_blockIndependent}) {
      LZ4F_preferences_t preferences{};
      preferences.frameInfo.blockSizeID = size;
      preferences.frameInfo.blockMode = mode;
      preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
      preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
      preferences.frameInfo.contentSize = bytes.size();
      const Result<ByteSpan> raw =
          decoder.decode(chunk_with(Scheme::lz4, frame_of(bytes, preferences), bytes.size()));
      ASSERT_TRUE(raw) << raw.error().message;
      EXPECT_EQ(Bytes(raw->begin(), raw->end()), bytes);
    }
  }
}

TEST(Xorb, verified_index_of_random_bytes) {
  const Bytes bytes = random_bytes(1'000'000, 0);
  const std::vector<Bytes> chunks = chunks_of(bytes);
  const XorbBuilder::Built built = xorb_of(chunks);
  EXPECT_EQ(built.index.hash.text(),
            "6f2ce16ca5e317f0100ff0e7e5bf40a0de9032e9ee1ad04b6b8ff4e36cdfbf6c");
  EXPECT_EQ(built.serialized.size(), bytes.size() + chunks.size() * kChunkHeaderBytes)
      << "stored as they are";

  const Result<XorbIndex> index = verify_xorb(built.serialized, built.index.hash);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(index->raw_bytes(), bytes.size());
  EXPECT_EQ(index->stored_bytes(), built.serialized.size());
  ASSERT_EQ(index->chunks.size(), chunks.size());
  ChunkDecoder decoder;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_EQ(index->chunks[i].hash, chunk_hash(chunks[i]));
    EXPECT_EQ(index->chunks[i].raw_length, chunks[i].size());
    const ByteSpan stored =
        ByteSpan(built.serialized)
            .subspan(index->stored_begin(i), index->chunks[i].stored_end - index->stored_begin(i));
    const Result<ByteSpan> raw = decoder.decode(stored);
    ASSERT_TRUE(raw);
    EXPECT_TRUE(std::equal(raw->begin(), raw->end(), chunks[i].begin(), chunks[i].end()));
    EXPECT_EQ(raw->data(), stored.data() + kChunkHeaderBytes) << "not copied";
  }
}

TEST(Xorb, other_address_is_refused) {
  const XorbBuilder::Built built = xorb_of({samples::text_bytes(5000)});
  const Result<XorbIndex> index = verify_xorb(built.serialized, chunk_hash({}));
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().kind, Kind::invalid);
  EXPECT_NE(index.error().message.find(built.index.hash.text()), std::string::npos);
}

TEST(Xorb, a_flipped_bit_anywhere_is_noticed) {
  const XorbBuilder::Built built = xorb_of({random_bytes(300, 1), random_bytes(700, 2)});
  for (std::size_t i = 0; i < built.serialized.size(); ++i) {
    Bytes damaged = built.serialized;
    damaged[i] ^= 0x10;
    EXPECT_FALSE(verify_xorb(damaged, built.index.hash)) << "byte " << i;
  }
}

TEST(Xorb, cut_short_anywhere_is_noticed) {
  const XorbBuilder::Built built =
      xorb_of({random_bytes(300, 1), samples::text_bytes(3000), samples::weight_bytes(4000)});
  for (std::size_t length = 0; length < built.serialized.size(); ++length) {
    EXPECT_FALSE(verify_xorb(ByteSpan(built.serialized).first(length), built.index.hash)) << length;
  }
}

TEST(Xorb, footers_of_older_clients_are_passed_over) {
  const XorbBuilder::Built built = xorb_of(chunks_of(random_bytes(300'000, 2)));
  Bytes object = built.serialized;
  append_footer(built.index, object);
  const Result<XorbIndex> index = verify_xorb(object, built.index.hash);
  ASSERT_TRUE(index);
  EXPECT_EQ(index->stored_bytes(), built.serialized.size());
}

TEST(Xorb, refusals_name_the_chunk_and_the_reason) {
  const Bytes text = samples::text_bytes(10'000);
  const Bytes good = chunk_with(Scheme::none, text, text.size());
  const auto after_good = [&](const Bytes& chunk) {
    Bytes xorb = good;
    xorb.insert(xorb.end(), chunk.begin(), chunk.end());
    return xorb;
  };
  EXPECT_REFUSED(Bytes{}, "no chunks");
  EXPECT_REFUSED(after_good({0, 1, 0}), "chunk 1 at byte 10008: chunk header of 3 bytes");
  EXPECT_REFUSED(after_good({1, 1, 0, 0, 0, 1, 0, 0, 65}), "version 1");
  EXPECT_REFUSED(after_good({0, 1, 0, 0, 3, 1, 0, 0, 65}), "scheme 3");
  EXPECT_REFUSED(after_good({0, 1, 0, 0, 99, 1, 0, 0, 65}), "scheme 99");
  EXPECT_REFUSED(after_good({0, 0, 0, 0, 0, 0, 0, 0}), "empty");
  EXPECT_REFUSED(after_good({0, 9, 0, 0, 0, 9, 0, 0, 65}), "9 bytes are left of the 17");
  EXPECT_REFUSED(after_good({0, 2, 0, 0, 0, 1, 0, 0, 65, 66}), "says 1 bytes and holds 2");
  EXPECT_REFUSED(chunk_with(Scheme::none, Bytes(kMaxChunkBytes + 1), kMaxChunkBytes + 1),
                 "uncompressed length 131073");
  EXPECT_REFUSED(chunk_with(Scheme::lz4, Bytes(kMaxStoredChunkBytes + 1), 1),
                 "compressed length 262145");
  EXPECT_REFUSED(chunk_with(Scheme::lz4, text, text.size()), "not an LZ4 frame");
  const Bytes frame = frame_of(text);
  EXPECT_REFUSED(chunk_with(Scheme::lz4, frame, text.size() - 1), "where the header says 9999");
  EXPECT_REFUSED(chunk_with(Scheme::lz4, frame, text.size() + 1), "where the header says 10001");
  EXPECT_REFUSED(chunk_with(Scheme::lz4, ByteSpan(frame).first(frame.size() - 1), text.size()),
                 "LZ4 frame");
  Bytes longer = frame;
  longer.push_back(0);
  EXPECT_REFUSED(chunk_with(Scheme::lz4, longer, text.size()), "after the LZ4 frame");
  LZ4F_preferences_t with_dictionary{};
  with_dictionary.frameInfo.dictID = 1;
  EXPECT_REFUSED(chunk_with(Scheme::lz4, frame_of(text, with_dictionary), text.size()),
                 "dictionary");
}

TEST(Xorb, a_frame_that_explodes_is_stopped) {
  const Bytes zeros(60'000'000);
  const Bytes frame = frame_of(zeros);
  ASSERT_LE(frame.size(), kMaxStoredChunkBytes);
  EXPECT_REFUSED(chunk_with(Scheme::lz4, frame, kMaxChunkBytes), "more than");
}

TEST(Xorb, at_most_8192_chunks) {
  Bytes xorb;
  for (std::size_t i = 0; i < kMaxXorbChunks; ++i) append_chunk(random_bytes(3, i), xorb);
  EXPECT_TRUE(read_xorb(xorb));
  append_chunk(random_bytes(3, 0), xorb);
  EXPECT_REFUSED(xorb, "8192");
}

TEST(Xorb, full_of_incompressible_bytes_is_accepted_headers_and_all) {
  const Bytes raw = random_bytes(kMaxChunkBytes, 9);
  const Bytes chunk = chunk_with(Scheme::none, raw, raw.size());
  Bytes xorb;
  for (std::size_t i = 0; i < kXorbCutBytes / kMaxChunkBytes; ++i)
    xorb.insert(xorb.end(), chunk.begin(), chunk.end());
  ASSERT_GT(xorb.size(), kXorbCutBytes);
  EXPECT_TRUE(read_xorb(xorb));
  xorb.insert(xorb.end(), chunk.begin(), chunk.end());
  EXPECT_REFUSED(xorb, "at most 67174400 bytes");
}

TEST(XorbBuilder, cuts_at_the_limits) {
  XorbBuilder builder;
  const Bytes raw(kMaxChunkBytes);
  while (builder.has_room(raw.size())) builder.add(raw);
  EXPECT_FALSE(builder.has_room(1));
  const XorbBuilder::Built built = builder.take();
  EXPECT_EQ(built.index.raw_bytes(), kXorbCutBytes);
  EXPECT_TRUE(builder.empty());
  EXPECT_TRUE(builder.has_room(raw.size()));
  EXPECT_TRUE(verify_xorb(built.serialized, built.index.hash));
}

// Persisted: these bytes are in every stored xorb, for ever.
TEST(XorbFooter, golden_bytes) {
  const XorbIndex index{
      XetHash::parse("d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb").value(),
      {{chunk_hash(as_bytes("Hello World!")), 12, 20, 12}}};
  EXPECT_EQ(to_hex(make_footer(index)),
            "584554424c4f4201"                                                  // XETBLOB 1
            "a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8"  // xorb
            "58424c4248534800"
            "01000000"                                                          // XBLBHSH 0, count
            "a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8"  // chunk 0
            "58424c42424e4401"
            "01000000"  // XBLBBND 1, count
            "14000000"
            "0c000000"  // stored end, raw end
            "01000000"
            "5c000000"
            "30000000"                          // count, distances from the end
            "00000000000000000000000000000000"  // reserved
            "84000000");                        // length of all before
}

TEST(XorbFooter, index_is_read_from_the_tail_alone) {
  const XorbBuilder::Built built = xorb_of(chunks_of(random_bytes(700'000, 4)));
  Bytes object = built.serialized;
  append_footer(built.index, object);
  const std::size_t length = footer_bytes(built.index.chunks.size());
  EXPECT_EQ(object.size(), built.serialized.size() + length);
  EXPECT_EQ(footer_length(ByteSpan(object).last(4)).value(), length);
  for (const std::size_t tail : {length, length + 1, object.size()}) {
    const Result<XorbIndex> index = read_footer(ByteSpan(object).last(tail), object.size());
    ASSERT_TRUE(index) << index.error().message;
    EXPECT_EQ(index->hash, built.index.hash);
    ASSERT_EQ(index->chunks.size(), built.index.chunks.size());
    for (std::size_t i = 0; i < index->chunks.size(); ++i) {
      EXPECT_EQ(index->chunks[i].hash, built.index.chunks[i].hash);
      EXPECT_EQ(index->chunks[i].raw_length, built.index.chunks[i].raw_length);
      EXPECT_EQ(index->chunks[i].stored_end, built.index.chunks[i].stored_end);
      EXPECT_EQ(index->chunks[i].raw_end, built.index.chunks[i].raw_end);
    }
  }
  EXPECT_FALSE(read_footer(ByteSpan(object).last(length - 1), object.size()));
  EXPECT_FALSE(read_footer(ByteSpan(object).last(length), object.size() + 1))
      << "object longer than it tells";
  EXPECT_FALSE(read_footer({}, 0));
}

TEST(XorbFooter, damage_is_noticed) {
  const XorbBuilder::Built built = xorb_of({random_bytes(300, 1), samples::text_bytes(3000)});
  Bytes object = built.serialized;
  append_footer(built.index, object);
  constexpr std::size_t kLengthBytes = 4;
  constexpr std::size_t kReservedBytes = 16;  // not read
  for (std::size_t i = built.serialized.size(); i < object.size(); ++i) {
    const std::size_t from_end = object.size() - i;
    if (from_end > kLengthBytes && from_end <= kLengthBytes + kReservedBytes) continue;
    Bytes damaged = object;
    damaged[i] ^= 0x01;
    const Result<XorbIndex> index = read_footer(damaged, damaged.size());
    if (index) {
      // Only the bound between the two chunks in the serialized form is not covered by a hash.
      EXPECT_EQ(index->hash, built.index.hash);
      EXPECT_NE(index->chunks[0].stored_end, built.index.chunks[0].stored_end);
    } else {
      EXPECT_EQ(index.error().kind, Kind::internal);
    }
  }
}

}  // namespace
}  // namespace holt::xetformat
