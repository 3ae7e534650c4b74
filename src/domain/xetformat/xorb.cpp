// Walking, decoding and verifying serialized xorbs.
#include "domain/xetformat/xorb.h"

#include <fmt/format.h>
#include <lz4frame.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "domain/xetformat/little_endian.h"

namespace holt::xetformat {
namespace {

constexpr std::uint8_t kChunkVersion = 0;
constexpr std::string_view kFooterMark = "XETBLOB";

// LZ4 decodes a block straight into its place only where room is left for the largest block that
// the frame announces; clients write blocks of up to 256 KiB.
constexpr std::size_t kLargestUsualBlock = std::size_t{256} << 10;
constexpr std::size_t kFrameRoom = kMaxChunkBytes + kLargestUsualBlock;

constexpr std::uint8_t kFrameMagic[] = {0x04, 0x22, 0x4D, 0x18};
constexpr std::uint8_t kFrameHasDictionary = 0x01;

struct FreeContext {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

using Lanes8 = std::uint8_t __attribute__((vector_size(16)));
using Lanes16 = std::uint16_t __attribute__((vector_size(16)));

Lanes8 load_lanes(const std::uint8_t* at) {
  Lanes8 lanes;
  std::memcpy(&lanes, at, sizeof lanes);
  return lanes;
}

// 16 rows at once: compilers do not find this by themselves, and byte by byte it costs more than
// the decompression.
void regroup_16(const std::uint8_t* const group[4], std::size_t row, std::uint8_t* out) {
  const Lanes8 a = load_lanes(group[0] + row);
  const Lanes8 b = load_lanes(group[1] + row);
  const Lanes8 c = load_lanes(group[2] + row);
  const Lanes8 d = load_lanes(group[3] + row);
  const auto low = [](Lanes8 x, Lanes8 y) {
    return Lanes16(
        __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  };
  const auto high = [](Lanes8 x, Lanes8 y) {
    return Lanes16(__builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,
                                           30, 15, 31));
  };
  const Lanes16 rows[4] = {
      __builtin_shufflevector(low(a, b), low(c, d), 0, 8, 1, 9, 2, 10, 3, 11),
      __builtin_shufflevector(low(a, b), low(c, d), 4, 12, 5, 13, 6, 14, 7, 15),
      __builtin_shufflevector(high(a, b), high(c, d), 0, 8, 1, 9, 2, 10, 3, 11),
      __builtin_shufflevector(high(a, b), high(c, d), 4, 12, 5, 13, 6, 14, 7, 15),
  };
  std::memcpy(out + 4 * row, rows, sizeof rows);
}

// Position i of group k is byte 4 i + k; the first groups are one longer when the length is no
// multiple of 4.
void regroup(ByteSpan groups, std::uint8_t* out) {
  const std::size_t rows = groups.size() / 4;
  const std::size_t rest = groups.size() % 4;
  const std::uint8_t* group[4];
  group[0] = groups.data();
  for (std::size_t k = 1; k < 4; ++k) group[k] = group[k - 1] + rows + (k - 1 < rest ? 1 : 0);
  std::size_t row = 0;
  for (; row + 16 <= rows; row += 16) regroup_16(group, row, out);
  for (; row < rows; ++row) {
    for (std::size_t k = 0; k < 4; ++k) out[4 * row + k] = group[k][row];
  }
  for (std::size_t k = 0; k < rest; ++k) out[4 * rows + k] = group[k][rows];
}

}  // namespace

Result<ChunkHeader> parse_chunk_header(ByteSpan bytes) {
  if (bytes.size() < kChunkHeaderBytes) {
    return fail(Kind::invalid, fmt::format("chunk header of {} bytes; 8 are needed", bytes.size()));
  }
  const std::uint8_t version = bytes[0];
  const std::uint8_t scheme = bytes[4];
  const ChunkHeader header{static_cast<Scheme>(scheme), load_u24(&bytes[1]), load_u24(&bytes[5])};
  if (version != kChunkVersion)
    return fail(Kind::invalid, fmt::format("chunk version {} is not known", version));
  if (scheme > static_cast<std::uint8_t>(Scheme::bg4_lz4)) {
    return fail(Kind::invalid, fmt::format("compression scheme {} is not known", scheme));
  }
  if (header.raw_length == 0 || header.payload_length == 0)
    return fail(Kind::invalid, "chunk is empty");
  if (header.raw_length > kMaxChunkBytes) {
    return fail(Kind::invalid, fmt::format("uncompressed length {} is over the limit of {} bytes",
                                           header.raw_length, kMaxChunkBytes));
  }
  if (header.payload_length > kMaxStoredChunkBytes) {
    return fail(Kind::invalid, fmt::format("compressed length {} is over the limit of {} bytes",
                                           header.payload_length, kMaxStoredChunkBytes));
  }
  if (header.scheme == Scheme::none && header.payload_length != header.raw_length) {
    return fail(Kind::invalid, fmt::format("uncompressed chunk says {} bytes and holds {}",
                                           header.raw_length, header.payload_length));
  }
  return header;
}

void write_chunk_header(const ChunkHeader& header, std::uint8_t* out) {
  out[0] = kChunkVersion;
  store<3>(out + 1, header.payload_length);
  out[4] = static_cast<std::uint8_t>(header.scheme);
  store<3>(out + 5, header.raw_length);
}

struct ChunkDecoder::Impl {
  std::unique_ptr<LZ4F_dctx, FreeContext> context;
  std::unique_ptr<std::uint8_t[]> inflated;
  std::unique_ptr<std::uint8_t[]> regrouped;
};

ChunkDecoder::ChunkDecoder() : impl_(std::make_unique<Impl>()) {}
ChunkDecoder::~ChunkDecoder() = default;
ChunkDecoder::ChunkDecoder(ChunkDecoder&&) noexcept = default;
ChunkDecoder& ChunkDecoder::operator=(ChunkDecoder&&) noexcept = default;

Result<ByteSpan> ChunkDecoder::inflate(ByteSpan frame, std::uint32_t raw_length) {
  constexpr std::size_t kFlags = sizeof kFrameMagic;
  if (frame.size() <= kFlags ||
      !std::equal(std::begin(kFrameMagic), std::end(kFrameMagic), frame.begin())) {
    return fail(Kind::invalid, "payload is not an LZ4 frame");
  }
  if ((frame[kFlags] & kFrameHasDictionary) != 0)
    return fail(Kind::invalid, "LZ4 frame needs a dictionary");

  if (!impl_->context) {
    LZ4F_dctx* context = nullptr;
    CHECK(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) == 0U);
    impl_->context.reset(context);
    impl_->inflated = std::make_unique_for_overwrite<std::uint8_t[]>(kFrameRoom);
  }
  LZ4F_resetDecompressionContext(impl_->context.get());

  LZ4F_decompressOptions_t options{};
  options.stableDst = 1;
  std::size_t consumed = 0;
  std::size_t produced = 0;
  for (;;) {
    std::size_t taken = frame.size() - consumed;
    std::size_t given = kFrameRoom - produced;
    const std::size_t hint = LZ4F_decompress(impl_->context.get(), impl_->inflated.get() + produced,
                                             &given, frame.data() + consumed, &taken, &options);
    if (LZ4F_isError(hint) != 0U) {
      return fail(Kind::invalid, fmt::format("LZ4 frame is damaged: {}", LZ4F_getErrorName(hint)));
    }
    consumed += taken;
    produced += given;
    if (hint == 0) break;
    if (produced > raw_length) {
      return fail(Kind::invalid,
                  fmt::format("LZ4 frame holds more than the {} bytes it should", raw_length));
    }
    if (taken == 0 && given == 0) return fail(Kind::invalid, "LZ4 frame is cut short");
  }
  if (consumed != frame.size()) {
    return fail(Kind::invalid,
                fmt::format("{} bytes after the LZ4 frame", frame.size() - consumed));
  }
  if (produced != raw_length) {
    return fail(Kind::invalid, fmt::format("LZ4 frame holds {} bytes where the header says {}",
                                           produced, raw_length));
  }
  return ByteSpan(impl_->inflated.get(), produced);
}

Result<ByteSpan> ChunkDecoder::decode(ByteSpan chunk) {
  const ChunkHeader header = TRY(parse_chunk_header(chunk));
  const ByteSpan payload = chunk.subspan(kChunkHeaderBytes);
  if (payload.size() != header.payload_length) {
    return fail(Kind::invalid, fmt::format("chunk payload of {} bytes where the header says {}",
                                           payload.size(), header.payload_length));
  }
  if (header.scheme == Scheme::none) return payload;
  const ByteSpan inflated = TRY(inflate(payload, header.raw_length));
  if (header.scheme == Scheme::lz4) return inflated;
  if (!impl_->regrouped)
    impl_->regrouped = std::make_unique_for_overwrite<std::uint8_t[]>(kMaxChunkBytes);
  regroup(inflated, impl_->regrouped.get());
  return ByteSpan(impl_->regrouped.get(), inflated.size());
}

Result<std::size_t> ChunkDecoder::decode_into(ByteSpan chunk, std::span<std::uint8_t> out) {
  const ByteSpan raw = TRY(decode(chunk));
  if (raw.size() > out.size()) {
    return fail(Kind::invalid,
                fmt::format("chunk of {} bytes does not fit into {}", raw.size(), out.size()));
  }
  std::copy(raw.begin(), raw.end(), out.begin());
  return raw.size();
}

Result<std::size_t> decode_chunk(ByteSpan chunk, std::span<std::uint8_t> out) {
  return ChunkDecoder().decode_into(chunk, out);
}

Result<XorbIndex> read_xorb(ByteSpan bytes) {
  XorbIndex index;
  ChunkDecoder decoder;
  TreeHasher tree;
  std::size_t at = 0;
  std::uint64_t raw_end = 0;
  const auto wrong = [&](std::string_view what) {
    return fail(Kind::invalid, fmt::format("xorb refused: chunk {} at byte {}: {}",
                                           index.chunks.size(), at, what));
  };
  while (at < bytes.size()) {
    const ByteSpan rest = bytes.subspan(at);
    if (as_text(rest).starts_with(kFooterMark)) break;
    if (index.chunks.size() == kMaxXorbChunks) return wrong("a xorb has at most 8192 chunks");
    const Result<ChunkHeader> header = parse_chunk_header(rest);
    if (!header) return wrong(header.error().message);
    const std::size_t length = kChunkHeaderBytes + header->payload_length;
    if (length > rest.size()) {
      return wrong(fmt::format("{} bytes are left of the {} that its header announces", rest.size(),
                               length));
    }
    if (at + length > kMaxXorbBytes)
      return wrong(fmt::format("a xorb has at most {} bytes", kMaxXorbBytes));
    const Result<ByteSpan> raw = decoder.decode(rest.first(length));
    if (!raw) return wrong(raw.error().message);
    at += length;
    raw_end += raw->size();
    const XetHash hash = chunk_hash(*raw);
    tree.add({hash, raw->size()});
    index.chunks.push_back({hash, header->raw_length, static_cast<std::uint32_t>(at), raw_end});
  }
  if (index.chunks.empty()) return fail(Kind::invalid, "xorb refused: it has no chunks");
  index.hash = tree.root();
  return index;
}

Result<XorbIndex> verify_xorb(ByteSpan bytes, const XetHash& expected) {
  XorbIndex index = TRY(read_xorb(bytes));
  if (index.hash != expected) {
    return fail(Kind::invalid,
                fmt::format("xorb refused: its {} chunks hash to {}, not to {} as its address says",
                            index.chunks.size(), index.hash.text(), expected.text()));
  }
  return index;
}

}  // namespace holt::xetformat
