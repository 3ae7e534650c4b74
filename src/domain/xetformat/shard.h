// Shards: what a client says about the files it uploaded and the xorbs they lie in, and what a
// server answers about chunks it has. Entries of 48 bytes, little-endian; docs/formats/shard.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "domain/xetformat/hash.h"
#include "domain/xetformat/xorb.h"

namespace holt::xetformat {

constexpr std::size_t kMaxShardBytes = std::size_t{64} << 20;
// As many as a shard can describe completely; keeps a shard of empty files from costing more
// memory.
constexpr std::size_t kMaxShardFiles = 400'000;

// Consecutive chunks of one xorb; a file is a list of these.
struct Term {
  XetHash xorb;
  std::uint32_t unpacked_length = 0;  // bytes of the file
  std::uint32_t chunk_start = 0;
  std::uint32_t chunk_end = 0;  // exclusive
  friend bool operator==(const Term&, const Term&) = default;
};

struct FileInfo {
  XetHash file;
  std::vector<Term> terms;            // empty only for the empty file, whose hash is zero
  std::vector<XetHash> range_hashes;  // one a term, or none at all
  std::optional<Sha256Digest>
      sha256;  // as claimed; clients send zeros for the empty file: taken as none
};

struct XorbInfo {
  struct Chunk {
    XetHash hash;
    std::uint32_t raw_begin = 0;
    std::uint32_t raw_length = 0;
    bool dedup_eligible =
        false;  // marked by whoever wrote the shard, besides is_dedup_eligible(hash)
  };
  XetHash xorb;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::vector<Chunk> chunks;
};
XorbInfo describe(const XorbIndex& index);

struct ShardFooter {
  std::uint64_t files_offset = 0;
  std::uint64_t xorbs_offset = 0;
  XetHash hmac_key;  // zero: chunk hashes are plain
  std::uint64_t created_at_s = 0;
  std::uint64_t expires_at_s = 0;
  std::uint64_t footer_offset = 0;
};

struct Shard {
  std::vector<FileInfo> files;
  std::vector<XorbInfo> xorbs;
  std::optional<ShardFooter> footer;
};

// Checks the form only: whether files fit their xorbs is verify_file's affair (reconstruction.h).
Result<Shard> parse_shard(ByteSpan bytes);

// As clients upload it: no footer. Either all files have range hashes or none.
Bytes write_upload_shard(std::span<const FileInfo> files, std::span<const XorbInfo> xorbs);

// The answer to a chunk query: no files, xorbs whose chunk hashes are protected by `hmac_key`
// (zero: plain), and a full footer. Times in seconds since 1970; expires_at_s must lie in the
// future.
Bytes write_dedup_shard(std::span<const XorbInfo> xorbs, const XetHash& hmac_key,
                        std::uint64_t created_at_s, std::uint64_t expires_at_s);

}  // namespace holt::xetformat
