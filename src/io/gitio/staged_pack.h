// A finished pack of git's, copied to where the object store takes it from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "io/blob/blob.h"

namespace holt::gitio {

struct StagedPack {
  std::unique_ptr<blob::Staged> pack;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::string index;
};

// The index stands beside the pack.
StagedPack stage_pack(blob::BlobStore& store, const std::filesystem::path& pack_path);
// The only pack of a folder; throws when there is none.
std::filesystem::path pack_in(const std::filesystem::path& folder);

}  // namespace holt::gitio
