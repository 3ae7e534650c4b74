// Index files of packs, version 2: written for new packs, read to see what a pack holds.
// Format: git's Documentation/technical/pack-format, "Version 2 pack-*.idx files".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "io/gitio/object_id.h"

namespace holt::gitio {

struct IndexEntry {
  RawOid oid;
  std::uint32_t crc32 = 0;   // of the entry as it stands in the pack
  std::uint64_t offset = 0;  // from the start of the pack, in bytes
};

// Sorts the entries.
std::string build_index(std::vector<IndexEntry>& entries, const Sha1Digest& pack_checksum);

// Whether these bytes are a whole, undamaged index of the pack with this checksum.
bool is_index_of(ByteSpan index, const Sha1Digest& pack_checksum);
// Objects of an index that is_index_of() accepted, sorted.
std::vector<RawOid> objects_of(ByteSpan index);

}  // namespace holt::gitio
