// Copies a pack while hashing it.
#include "io/gitio/staged_pack.h"

#include <algorithm>
#include <stdexcept>

#include "base/hash.h"

namespace holt::gitio {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopyBytes = 1 << 20;

}  // namespace

StagedPack stage_pack(blob::BlobStore& store, const fs::path& pack_path) {
  const SharedFile pack = open_for_reading(pack_path);
  const SharedFile index = open_for_reading(fs::path(pack_path).replace_extension(".idx"));
  if (!pack || !index)
    throw std::runtime_error("the git pack " + pack_path.string() + " is missing");
  StagedPack out;
  out.pack = store.stage();
  out.size_bytes = pack->size_bytes();
  Sha256 address;
  for (std::uint64_t done = 0; done < out.size_bytes;) {
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size_bytes - done, kCopyBytes));
    const std::string piece = pack->read_text(done, part);
    address.update(piece);
    out.pack->write(as_bytes(piece));
    done += part;
  }
  out.sha256 = to_hex(address.finish());
  out.index = index->read_text(0, static_cast<std::size_t>(index->size_bytes()));
  return out;
}

fs::path pack_in(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".pack") return entry.path();
  }
  throw std::runtime_error("git left no pack in " + folder.string());
}

}  // namespace holt::gitio
