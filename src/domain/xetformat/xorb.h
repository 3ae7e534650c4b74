// Xorbs: up to 8,192 chunks in one immutable object, as uploaded (chunks only) and as stored
// (chunks, then a footer that indexes them). Stored form: docs/formats/xorb.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/xetformat/chunker.h"
#include "domain/xetformat/hash.h"

namespace holt::xetformat {

constexpr std::size_t kMaxXorbChunks = 8192;
constexpr std::size_t kChunkHeaderBytes = 8;
constexpr std::size_t kMaxStoredChunkBytes = 262144;  // payload, without its header
// Clients fill a xorb up to this many uncompressed bytes, so headers may carry the serialized form
// of incompressible data beyond it.
constexpr std::size_t kXorbCutBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxXorbBytes = kXorbCutBytes + kMaxXorbChunks * kChunkHeaderBytes;

// On the wire and on disk: never renumber.
enum class Scheme : std::uint8_t {
  none = 0,
  lz4 = 1,      // LZ4 frame
  bg4_lz4 = 2,  // bytes sorted by their position modulo 4, then an LZ4 frame
};

struct ChunkHeader {
  Scheme scheme = Scheme::none;
  std::uint32_t payload_length = 0;
  std::uint32_t raw_length = 0;
};
// Reads the first 8 bytes of a chunk; checks version, scheme and both lengths against the limits.
Result<ChunkHeader> parse_chunk_header(ByteSpan bytes);
void write_chunk_header(const ChunkHeader& header, std::uint8_t* out);

struct ChunkEntry {
  XetHash hash;
  std::uint32_t raw_length = 0;
  std::uint32_t stored_end =
      0;  // offset in the serialized xorb just after this chunk, headers counted
  std::uint64_t raw_end = 0;  // offset just after this chunk in the uncompressed bytes of all
};

// What there is to know of a xorb without its bytes.
struct XorbIndex {
  XetHash hash;
  std::vector<ChunkEntry> chunks;

  std::uint32_t stored_bytes() const {
    return chunks.empty() ? 0 : chunks.back().stored_end;
  }  // no footer
  std::uint64_t raw_bytes() const { return chunks.empty() ? 0 : chunks.back().raw_end; }
  std::uint32_t stored_begin(std::size_t chunk) const {
    return chunk == 0 ? 0 : chunks[chunk - 1].stored_end;
  }
  std::uint64_t raw_begin(std::size_t chunk) const {
    return chunk == 0 ? 0 : chunks[chunk - 1].raw_end;
  }
};

// Decompresses chunks, one after the other, keeping its buffers. Not for two threads at once.
class ChunkDecoder {
 public:
  ChunkDecoder();
  ~ChunkDecoder();
  ChunkDecoder(ChunkDecoder&&) noexcept;
  ChunkDecoder& operator=(ChunkDecoder&&) noexcept;

  // `chunk` is one chunk, header and payload exactly. The result lies in `chunk` itself when it is
  // not compressed, else in this object until the next call; its length is what the header says.
  Result<ByteSpan> decode(ByteSpan chunk);
  // The same, copied to the start of `out`, which must have room for the raw length.
  Result<std::size_t> decode_into(ByteSpan chunk, std::span<std::uint8_t> out);

 private:
  Result<ByteSpan> inflate(ByteSpan frame, std::uint32_t raw_length);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One chunk (header and payload exactly) into `out`; for many chunks keep a ChunkDecoder.
Result<std::size_t> decode_chunk(ByteSpan chunk, std::span<std::uint8_t> out);

// Walks a serialized xorb, decodes and hashes every chunk and computes the root. Stops before a
// footer if one follows (the footer itself is not believed, nor read). Refused whole if anything is
// wrong.
Result<XorbIndex> read_xorb(ByteSpan bytes);
// The same, and the root must be `expected`.
Result<XorbIndex> verify_xorb(ByteSpan bytes, const XetHash& expected);

// --- the footer with which Holt stores each xorb (version 1 of the protocol's) ---
constexpr std::size_t kFooterFixedBytes =
    96;  // whatever the number of chunks, trailing length included
constexpr std::size_t kFooterBytesPerChunk = 40;  // a hash and two offsets
constexpr std::size_t kMaxFooterBytes = kFooterFixedBytes + kMaxXorbChunks * kFooterBytesPerChunk;
// A tail of this size holds the whole footer of nearly every xorb.
constexpr std::size_t kUsualFooterBytes = 65536;

constexpr std::size_t footer_bytes(std::size_t chunks) {
  return kFooterFixedBytes + chunks * kFooterBytesPerChunk;
}
// Goes right after the stored_bytes() bytes of chunks.
Bytes make_footer(const XorbIndex& index);
void append_footer(const XorbIndex& index, Bytes& object);
// From the last bytes of an object (4 or more): how many bytes at its end are the footer.
Result<std::size_t> footer_length(ByteSpan tail);
// From the last bytes of an object, at least its footer: the index. The root is recomputed from the
// hashes and lengths found, so a damaged footer is refused. object_bytes: size of the whole object.
Result<XorbIndex> read_footer(ByteSpan tail, std::uint64_t object_bytes);

}  // namespace holt::xetformat
