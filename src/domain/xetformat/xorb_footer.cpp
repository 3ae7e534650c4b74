// The footer of a stored xorb: written once, read whenever the index is needed and not cached.
#include <fmt/format.h>

#include "domain/xetformat/little_endian.h"
#include "domain/xetformat/xorb.h"

namespace holt::xetformat {
namespace {

// Persisted; never change. Layout in docs/formats/xorb.md.
constexpr std::string_view kFooterMark = "XETBLOB";
constexpr std::uint8_t kFooterVersion = 1;
constexpr std::string_view kHashesMark = "XBLBHSH";
constexpr std::uint8_t kHashesVersion = 0;
constexpr std::string_view kBoundariesMark = "XBLBBND";
constexpr std::uint8_t kBoundariesVersion = 1;
constexpr std::size_t kMarkBytes = 8;  // a mark and its version
constexpr std::size_t kReservedBytes = 16;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kClosingBytes = 3 * 4 + kReservedBytes;

struct Layout {
  explicit Layout(std::size_t chunks)
      : hashes(kMarkBytes + sizeof(XetHash)),
        boundaries(hashes + kMarkBytes + 4 + chunks * sizeof(XetHash)),
        closing(boundaries + kMarkBytes + 4 + chunks * 8),
        end(closing + kClosingBytes) {}
  std::size_t hashes, boundaries, closing, end;  // offsets from the start of the footer
};

void write_mark(Writer& writer, std::string_view mark, std::uint8_t version) {
  writer.bytes(as_bytes(mark));
  writer.u8(version);
}

bool has_mark(ByteSpan footer, std::size_t at, std::string_view mark, std::uint8_t version) {
  return as_text(footer.subspan(at)).starts_with(mark) && footer[at + mark.size()] == version;
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Kind::internal, fmt::format("footer of a stored xorb is damaged: {}", what));
}

}  // namespace

void append_footer(const XorbIndex& index, Bytes& object) {
  CHECK(!index.chunks.empty() && index.chunks.size() <= kMaxXorbChunks);
  const auto count = static_cast<std::uint32_t>(index.chunks.size());
  const Layout layout(count);
  object.reserve(object.size() + footer_bytes(count));
  Writer writer(object);
  write_mark(writer, kFooterMark, kFooterVersion);
  writer.hash(index.hash);
  write_mark(writer, kHashesMark, kHashesVersion);
  writer.u32(count);
  for (const ChunkEntry& chunk : index.chunks) writer.hash(chunk.hash);
  write_mark(writer, kBoundariesMark, kBoundariesVersion);
  writer.u32(count);
  for (const ChunkEntry& chunk : index.chunks) writer.u32(chunk.stored_end);
  for (const ChunkEntry& chunk : index.chunks)
    writer.u32(static_cast<std::uint32_t>(chunk.raw_end));
  writer.u32(count);
  writer.u32(static_cast<std::uint32_t>(layout.end - layout.hashes));
  writer.u32(static_cast<std::uint32_t>(layout.end - layout.boundaries));
  writer.zeros(kReservedBytes);
  writer.u32(static_cast<std::uint32_t>(layout.end));
}

Bytes make_footer(const XorbIndex& index) {
  Bytes footer;
  append_footer(index, footer);
  return footer;
}

Result<std::size_t> footer_length(ByteSpan tail) {
  if (tail.size() < kLengthBytes) return damaged("the object is shorter than a footer");
  const std::uint64_t length =
      kLengthBytes + std::uint64_t{load_u32(tail.data() + tail.size() - kLengthBytes)};
  if (length <= kFooterFixedBytes || length > kMaxFooterBytes ||
      (length - kFooterFixedBytes) % kFooterBytesPerChunk != 0) {
    return damaged(fmt::format("it cannot be {} bytes long", length));
  }
  return length;
}

Result<XorbIndex> read_footer(ByteSpan tail, std::uint64_t object_bytes) {
  const std::size_t length = TRY(footer_length(tail));
  if (length > tail.size())
    return damaged(fmt::format("{} of its {} bytes are there", tail.size(), length));
  if (length >= object_bytes) return damaged("no chunks come before it");
  const ByteSpan footer = tail.last(length).first(length - kLengthBytes);
  const std::size_t count = (length - kFooterFixedBytes) / kFooterBytesPerChunk;
  const Layout layout(count);
  const auto count_at = [&](std::size_t at) { return load_u32(&footer[at]) == count; };
  if (!has_mark(footer, 0, kFooterMark, kFooterVersion) ||
      !has_mark(footer, layout.hashes, kHashesMark, kHashesVersion) ||
      !has_mark(footer, layout.boundaries, kBoundariesMark, kBoundariesVersion) ||
      !count_at(layout.hashes + kMarkBytes) || !count_at(layout.boundaries + kMarkBytes) ||
      !count_at(layout.closing) ||
      load_u32(&footer[layout.closing + 4]) != layout.end - layout.hashes ||
      load_u32(&footer[layout.closing + 8]) != layout.end - layout.boundaries) {
    return damaged("its marks, counts or distances are wrong");
  }

  const std::uint8_t* const hashes = &footer[layout.hashes + kMarkBytes + 4];
  const std::uint8_t* const stored_ends = &footer[layout.boundaries + kMarkBytes + 4];
  const std::uint8_t* const raw_ends = stored_ends + 4 * count;
  XorbIndex index;
  index.hash = load_hash(&footer[kMarkBytes]);
  index.chunks.reserve(count);
  TreeHasher tree;
  std::uint32_t stored_end = 0;
  std::uint64_t raw_end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t next_stored = load_u32(stored_ends + 4 * i);
    const std::uint64_t next_raw = load_u32(raw_ends + 4 * i);
    if (next_stored <= stored_end || next_raw <= raw_end || next_raw - raw_end > kMaxChunkBytes) {
      return damaged(fmt::format("chunk {} has no possible bounds", i));
    }
    stored_end = next_stored;
    const std::uint64_t raw_length = next_raw - raw_end;
    raw_end = next_raw;
    const XetHash hash = load_hash(hashes + sizeof(XetHash) * i);
    tree.add({hash, raw_length});
    index.chunks.push_back({hash, static_cast<std::uint32_t>(raw_length), stored_end, raw_end});
  }
  if (stored_end + length != object_bytes) {
    return damaged(fmt::format("it tells of {} bytes of chunks, and {} come before it", stored_end,
                               object_bytes - length));
  }
  if (tree.root() != index.hash)
    return damaged(fmt::format("its hashes do not amount to {}", index.hash.text()));
  return index;
}

}  // namespace holt::xetformat
