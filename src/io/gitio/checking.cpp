// Looking for damage in the cache: what it was made from is at hand, so damaged files just go.
#include <sys/stat.h>

#include <algorithm>

#include "io/gitio/pack_index.h"
#include "io/gitio/repository.h"

namespace holt::gitio {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat one{}, other{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

std::string text_of(const fs::path& path) {
  constexpr std::uint64_t kLargest = 256 << 20;
  const auto file = open_for_reading(path);
  if (!file || file->size_bytes() > kLargest) return {};
  return file->read_text(0, static_cast<std::size_t>(file->size_bytes()));
}

}  // namespace

void BareRepository::check_packs(const RepositoryCache::StoredPack& stored, CheckedCache& checked) {
  std::vector<fs::path> indexes;
  for (const auto& entry : fs::directory_iterator(path_ / "objects" / "pack"))
    if (entry.path().extension() == ".idx") indexes.push_back(entry.path());
  for (const fs::path& index_path : indexes) {
    fs::path pack_path = index_path;
    pack_path.replace_extension(".pack");
    const auto pack = open_for_reading(pack_path);
    const auto index = open_for_reading(index_path);
    if (!index || (!pack && !fs::exists(index_path))) continue;  // dropped since it was listed
    const std::string sha256 = pack_path.stem().string().substr(std::string_view("pack-").size());
    const auto original = is_hex(sha256, 64) ? stored(sha256) : std::nullopt;
    std::string wrong;
    if (!pack) {
      wrong = "its pack is gone";
    } else if (pack->size_bytes() <= sizeof(Sha1Digest) || index->size_bytes() == 0) {
      wrong = "it is not whole";
    } else {
      checked.read_bytes += index->size_bytes();
      Sha1Digest checksum;
      pack->read_exactly(pack->size_bytes() - checksum.size(), checksum.data(), checksum.size());
      if (!is_index_of(MappedFile::map(index).bytes(), checksum)) wrong = "its index is damaged";
      // A file of the store is checked there; any other is a copy.
      if (wrong.empty() && !(original && same_file(*original, pack_path))) {
        checked.read_bytes += pack->size_bytes();
        if (to_hex(holt::sha256(MappedFile::map(pack).bytes())) != sha256)
          wrong = "its bytes are not what its name says";
      }
    }
    if (wrong.empty()) continue;
    checked.damaged.push_back(pack_path.filename().string() + ": " + wrong);
    std::error_code ignored;
    fs::remove(index_path, ignored);
    fs::remove(pack_path, ignored);
  }
}

CheckedCache BareRepository::check(const RepositoryCache::StoredPack& stored,
                                   const std::map<std::string, Oid>& refs,
                                   std::int64_t generation) {
  CheckedCache checked;
  check_packs(stored, checked);
  // Opening it wrote its configuration anew where that was not as it should be.
  for (const auto& name : repaired_) checked.damaged.push_back(name + ": it was not as written");
  if (refs_generation() != generation || !checked.damaged.empty()) return checked;
  std::string expected;
  try {
    expected = refs_text(refs);
  } catch (const std::exception&) {
    return checked;  // a pack cannot be read, which is found where packs are checked
  }
  const std::string text = text_of(path_ / "packed-refs");
  checked.read_bytes += text.size();
  const bool head = text_of(path_ / "HEAD") == "ref: refs/heads/main\n";
  if ((text == expected && head) || refs_generation() != generation) return checked;
  checked.damaged.push_back("packed-refs and HEAD: they are not what the catalog says");
  std::error_code ignored;
  fs::remove(path_ / "holt-generation", ignored);
  fs::remove(path_ / "packed-refs", ignored);
  fs::remove(path_ / "HEAD", ignored);
  return checked;
}

}  // namespace holt::gitio
