// Compressing chunks and cutting xorbs.
#include "domain/xetformat/xorb_builder.h"

#include <lz4frame.h>

#include <algorithm>

namespace holt::xetformat {
namespace {

// What clients decode fastest: independent blocks, one block a chunk, no checksums (chunks are
// hashed).
LZ4F_preferences_t frame_preferences() {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max256KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  return preferences;
}

Bytes grouped(ByteSpan raw) {
  Bytes groups(raw.size());
  const std::size_t rows = raw.size() / 4;
  const std::size_t rest = raw.size() % 4;
  std::size_t at = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const std::size_t length = rows + (k < rest ? 1 : 0);
    for (std::size_t i = 0; i < length; ++i) groups[at + i] = raw[4 * i + k];
    at += length;
  }
  return groups;
}

Bytes deflated(ByteSpan bytes) {
  const LZ4F_preferences_t preferences = frame_preferences();
  Bytes frame(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t length =
      LZ4F_compressFrame(frame.data(), frame.size(), bytes.data(), bytes.size(), &preferences);
  CHECK(LZ4F_isError(length) == 0U);
  frame.resize(length);
  return frame;
}

// Parts of the beginning, the middle and the end. Much of what is stored is compressed or
// encrypted already: trying all of it both ways costs more than everything else done with it.
bool looks_incompressible(ByteSpan raw) {
  constexpr std::size_t kPartBytes = 4096;
  if (raw.size() < 8 * kPartBytes) return false;
  Bytes sample;
  sample.reserve(3 * kPartBytes);
  for (const std::size_t at : {std::size_t{0}, raw.size() / 2, raw.size() - kPartBytes}) {
    const ByteSpan part = raw.subspan(at / 4 * 4, kPartBytes);
    sample.insert(sample.end(), part.begin(), part.end());
  }
  return deflated(sample).size() >= sample.size() &&
         deflated(grouped(sample)).size() >= sample.size();
}

}  // namespace

Scheme append_chunk(ByteSpan raw, Bytes& out) {
  CHECK(!raw.empty() && raw.size() <= kMaxChunkBytes);
  if (looks_incompressible(raw)) {
    const auto length = static_cast<std::uint32_t>(raw.size());
    const std::size_t at = out.size();
    out.resize(at + kChunkHeaderBytes);
    write_chunk_header({Scheme::none, length, length}, &out[at]);
    out.insert(out.end(), raw.begin(), raw.end());
    return Scheme::none;
  }
  const Bytes plain_frame = deflated(raw);
  const Bytes grouped_frame = deflated(grouped(raw));
  ChunkHeader header{Scheme::none, 0, static_cast<std::uint32_t>(raw.size())};
  ByteSpan payload = raw;
  if (plain_frame.size() < payload.size()) {
    header.scheme = Scheme::lz4;
    payload = plain_frame;
  }
  if (grouped_frame.size() < payload.size()) {
    header.scheme = Scheme::bg4_lz4;
    payload = grouped_frame;
  }
  header.payload_length = static_cast<std::uint32_t>(payload.size());
  const std::size_t at = out.size();
  out.resize(at + kChunkHeaderBytes);
  write_chunk_header(header, &out[at]);
  out.insert(out.end(), payload.begin(), payload.end());
  return header.scheme;
}

bool XorbBuilder::has_room(std::size_t raw_length) const {
  return built_.index.chunks.size() < kMaxXorbChunks &&
         built_.index.raw_bytes() + raw_length <= kXorbCutBytes;
}

void XorbBuilder::add(ByteSpan raw, const XetHash& hash) {
  CHECK(has_room(raw.size()));
  // Growing in steps would take three times as much memory; what is not written takes none.
  if (built_.serialized.capacity() == 0) built_.serialized.reserve(kMaxXorbBytes);
  append_chunk(raw, built_.serialized);
  tree_.add({hash, raw.size()});
  built_.index.chunks.push_back({hash, static_cast<std::uint32_t>(raw.size()),
                                 static_cast<std::uint32_t>(built_.serialized.size()),
                                 built_.index.raw_bytes() + raw.size()});
}

XorbBuilder::Built XorbBuilder::take() {
  built_.index.hash = tree_.root();
  tree_ = {};
  return std::exchange(built_, {});
}

}  // namespace holt::xetformat
