// Reading shards from clients and writing the ones that Holt answers with.
#include "domain/xetformat/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "domain/xetformat/little_endian.h"

namespace holt::xetformat {
namespace {

// The protocol's; never change.
constexpr std::array<std::uint8_t, 32> kTag{'H', 'F', 'R', 'e', 'p', 'o', 'M', 'e', 't', 'a', 'D',
                                            'a', 't', 'a', 0,   85,  105, 103, 69,  106, 123, 129,
                                            87,  131, 165, 189, 217, 92,  205, 209, 74,  169};
constexpr std::uint64_t kHeaderVersion = 2;
constexpr std::uint64_t kFooterVersion = 1;
constexpr std::size_t kEntryBytes = 48;
constexpr std::size_t kFooterBytes = 200;
constexpr std::uint32_t kFileHasRangeHashes = std::uint32_t{1} << 31;
constexpr std::uint32_t kFileHasSha256 = std::uint32_t{1} << 30;
constexpr std::uint32_t kChunkDedupEligible = std::uint32_t{1} << 31;

constexpr XetHash bookend() {
  XetHash hash;
  hash.bytes.fill(0xFF);
  return hash;
}

// Entries one after the other, never past the end.
class Entries {
 public:
  explicit Entries(ByteSpan bytes) : bytes_(bytes) {}
  std::size_t offset() const { return at_; }
  std::uint64_t left() const { return (bytes_.size() - at_) / kEntryBytes; }
  ByteSpan rest() const { return bytes_.subspan(at_); }
  const std::uint8_t* next() {
    CHECK(left() > 0);
    return bytes_.data() + std::exchange(at_, at_ + kEntryBytes);
  }

 private:
  ByteSpan bytes_;
  std::size_t at_ = 0;
};

std::unexpected<Error> refused(std::size_t offset, std::string_view what) {
  return fail(Kind::invalid, fmt::format("shard refused: at byte {}: {}", offset, what));
}

Result<FileInfo> parse_file(const std::uint8_t* head, Entries& entries) {
  const std::size_t offset = entries.offset() - kEntryBytes;
  FileInfo file;
  file.file = load_hash(head);
  const std::uint32_t flags = load_u32(head + 32);
  const std::uint64_t count = load_u32(head + 36);
  const bool has_ranges = (flags & kFileHasRangeHashes) != 0;
  const bool has_sha256 = (flags & kFileHasSha256) != 0;
  const std::uint64_t needed = count * (has_ranges ? 2 : 1) + (has_sha256 ? 1 : 0);
  if (needed > entries.left()) {
    return refused(offset, fmt::format("file {} announces {} entries and {} are left",
                                       file.file.text(), needed, entries.left()));
  }
  if ((count == 0) != file.file.is_zero()) {
    return refused(
        offset,
        fmt::format("file {} has {} terms; only the empty file, whose hash is zero, has none",
                    file.file.text(), count));
  }
  file.terms.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint8_t* const entry = entries.next();
    const Term term{load_hash(entry), load_u32(entry + 36), load_u32(entry + 40),
                    load_u32(entry + 44)};
    if (term.chunk_start >= term.chunk_end || term.chunk_end > kMaxXorbChunks) {
      return refused(entries.offset() - kEntryBytes,
                     fmt::format("term {} of file {} has chunks {} to {}", i, file.file.text(),
                                 term.chunk_start, term.chunk_end));
    }
    file.terms.push_back(term);
  }
  if (has_ranges) {
    file.range_hashes.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i)
      file.range_hashes.push_back(load_hash(entries.next()));
  }
  if (has_sha256) {
    const XetHash field = load_hash(entries.next());
    if (!field.is_zero()) file.sha256 = sha256_from_field(field);
  }
  return file;
}

Result<XorbInfo> parse_xorb(const std::uint8_t* head, Entries& entries) {
  const std::size_t offset = entries.offset() - kEntryBytes;
  XorbInfo xorb;
  xorb.xorb = load_hash(head);
  const std::uint32_t count = load_u32(head + 36);
  xorb.raw_bytes = load_u32(head + 40);
  xorb.stored_bytes = load_u32(head + 44);
  if (count == 0 || count > kMaxXorbChunks || count > entries.left()) {
    return refused(
        offset,
        fmt::format("xorb {} announces {} chunks; {} entries are left and a xorb has 1 to {}",
                    xorb.xorb.text(), count, entries.left(), kMaxXorbChunks));
  }
  xorb.chunks.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint8_t* const entry = entries.next();
    xorb.chunks.push_back({load_hash(entry), load_u32(entry + 32), load_u32(entry + 36),
                           (load_u32(entry + 40) & kChunkDedupEligible) != 0});
  }
  return xorb;
}

Result<ShardFooter> parse_footer(ByteSpan bytes) {
  const std::size_t offset = bytes.size() - kFooterBytes;
  const std::uint8_t* const at = bytes.data() + offset;
  if (load_u64(at) != kFooterVersion) {
    return refused(offset, fmt::format("footer version {} is not known", load_u64(at)));
  }
  ShardFooter footer;
  footer.files_offset = load_u64(at + 8);
  footer.xorbs_offset = load_u64(at + 16);
  footer.hmac_key = load_hash(at + 72);
  footer.created_at_s = load_u64(at + 104);
  footer.expires_at_s = load_u64(at + 112);
  footer.footer_offset = load_u64(at + 192);
  if (footer.footer_offset != offset) {
    return refused(offset, fmt::format("footer says that it is at byte {}", footer.footer_offset));
  }
  return footer;
}

void write_head(Writer& writer, std::uint64_t footer_bytes) {
  writer.bytes(kTag);
  writer.u64(kHeaderVersion);
  writer.u64(footer_bytes);
}

void write_bookend(Writer& writer) {
  writer.hash(bookend());
  writer.zeros(16);
}

void write_file(Writer& writer, const FileInfo& file) {
  CHECK(file.range_hashes.empty() || file.range_hashes.size() == file.terms.size());
  const bool has_ranges = !file.range_hashes.empty() || file.terms.empty();
  writer.hash(file.file);
  writer.u32((has_ranges ? kFileHasRangeHashes : 0) | (file.sha256 ? kFileHasSha256 : 0));
  writer.u32(static_cast<std::uint32_t>(file.terms.size()));
  writer.u64(0);
  for (const Term& term : file.terms) {
    writer.hash(term.xorb);
    writer.u32(0);
    writer.u32(term.unpacked_length);
    writer.u32(term.chunk_start);
    writer.u32(term.chunk_end);
  }
  for (const XetHash& range : file.range_hashes) {
    writer.hash(range);
    writer.zeros(16);
  }
  if (file.sha256) {
    writer.hash(sha256_to_field(*file.sha256));
    writer.zeros(16);
  }
}

void write_xorb(Writer& writer, const XorbInfo& xorb, const XetHash& hmac_key) {
  writer.hash(xorb.xorb);
  writer.u32(0);
  writer.u32(static_cast<std::uint32_t>(xorb.chunks.size()));
  writer.u32(xorb.raw_bytes);
  writer.u32(xorb.stored_bytes);
  for (const XorbInfo::Chunk& chunk : xorb.chunks) {
    writer.hash(protected_hash(hmac_key, chunk.hash));
    writer.u32(chunk.raw_begin);
    writer.u32(chunk.raw_length);
    writer.u32(chunk.dedup_eligible ? kChunkDedupEligible : 0);
    writer.u32(0);
  }
}

}  // namespace

XorbInfo describe(const XorbIndex& index) {
  XorbInfo xorb{
      index.hash, static_cast<std::uint32_t>(index.raw_bytes()), index.stored_bytes(), {}};
  xorb.chunks.reserve(index.chunks.size());
  for (std::size_t i = 0; i < index.chunks.size(); ++i) {
    const ChunkEntry& chunk = index.chunks[i];
    xorb.chunks.push_back({chunk.hash, static_cast<std::uint32_t>(index.raw_begin(i)),
                           chunk.raw_length, is_dedup_eligible(chunk.hash)});
  }
  return xorb;
}

Result<Shard> parse_shard(ByteSpan bytes) {
  if (bytes.size() > kMaxShardBytes) {
    return fail(Kind::too_large, fmt::format("shard refused: {} bytes; the limit is {}",
                                             bytes.size(), kMaxShardBytes));
  }
  Entries entries(bytes);
  if (entries.left() == 0) return refused(0, "it is shorter than its header");
  const std::uint8_t* const head = entries.next();
  if (!std::equal(kTag.begin(), kTag.end(), head))
    return refused(0, "it does not begin as a shard does");
  if (load_u64(head + 32) != kHeaderVersion) {
    return refused(32, fmt::format("version {} is not known", load_u64(head + 32)));
  }
  const std::uint64_t footer_bytes = load_u64(head + 40);
  if (footer_bytes != 0 && footer_bytes != kFooterBytes) {
    return refused(40, fmt::format("a footer of {} bytes is not known", footer_bytes));
  }

  Shard shard;
  for (;;) {
    if (entries.left() == 0) return refused(entries.offset(), "the list of files does not end");
    const std::uint8_t* const entry = entries.next();
    if (load_hash(entry) == bookend()) break;
    if (shard.files.size() == kMaxShardFiles) {
      return refused(entries.offset(), fmt::format("more than {} files", kMaxShardFiles));
    }
    shard.files.push_back(TRY(parse_file(entry, entries)));
  }
  for (;;) {
    if (entries.left() == 0) return refused(entries.offset(), "the list of xorbs does not end");
    const std::uint8_t* const entry = entries.next();
    if (load_hash(entry) == bookend()) break;
    shard.xorbs.push_back(TRY(parse_xorb(entry, entries)));
  }

  // Lookup tables may stand before the footer; nothing here needs them.
  const std::size_t left = entries.rest().size();
  if (left == 0) return shard;
  if (footer_bytes == 0 || left < kFooterBytes) {
    return refused(entries.offset(),
                   fmt::format("{} bytes after the list of xorbs that are no footer", left));
  }
  shard.footer = TRY(parse_footer(bytes));
  return shard;
}

Bytes write_upload_shard(std::span<const FileInfo> files, std::span<const XorbInfo> xorbs) {
  Bytes shard;
  Writer writer(shard);
  write_head(writer, 0);
  for (const FileInfo& file : files) write_file(writer, file);
  write_bookend(writer);
  for (const XorbInfo& xorb : xorbs) write_xorb(writer, xorb, {});
  write_bookend(writer);
  return shard;
}

Bytes write_dedup_shard(std::span<const XorbInfo> xorbs, const XetHash& hmac_key,
                        std::uint64_t created_at_s, std::uint64_t expires_at_s) {
  Bytes shard;
  Writer writer(shard);
  write_head(writer, kFooterBytes);
  const std::uint64_t files_offset = shard.size();
  write_bookend(writer);
  const std::uint64_t xorbs_offset = shard.size();
  std::uint64_t stored_on_disk = 0;
  std::uint64_t stored = 0;
  for (const XorbInfo& xorb : xorbs) {
    write_xorb(writer, xorb, hmac_key);
    stored_on_disk += xorb.stored_bytes;
    stored += xorb.raw_bytes;
  }
  write_bookend(writer);

  const std::uint64_t footer_offset = shard.size();
  constexpr int kLookupTables = 3;  // of files, xorbs, chunks: all empty, and where they would be
  writer.u64(kFooterVersion);
  writer.u64(files_offset);
  writer.u64(xorbs_offset);
  for (int i = 0; i < kLookupTables; ++i) {
    writer.u64(footer_offset);
    writer.u64(0);
  }
  writer.hash(hmac_key);
  writer.u64(created_at_s);
  writer.u64(expires_at_s);
  writer.zeros(6 * 8);
  writer.u64(stored_on_disk);
  writer.u64(0);  // materialized bytes: there are no files
  writer.u64(stored);
  writer.u64(footer_offset);
  return shard;
}

}  // namespace holt::xetformat
