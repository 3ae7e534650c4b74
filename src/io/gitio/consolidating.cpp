// Merging small packs by git pack-objects.
#include <algorithm>
#include <filesystem>
#include <iterator>

#include "io/gitio/pack_index.h"
#include "io/gitio/programs.h"
#include "io/gitio/repository.h"
#include "io/gitio/staged_pack.h"

namespace holt::gitio {
namespace {

namespace fs = std::filesystem;

struct StoredPack {
  std::string sha256;
  std::uint64_t size_bytes = 0;
};

// The smallest packs that together outweigh half of the next larger one, and so on upwards.
std::vector<std::string> choose(BareRepository& repository,
                                const std::vector<std::string>& recorded) {
  std::vector<StoredPack> packs;
  for (const std::string& sha256 : recorded) {
    if (repository.has_pack(sha256))
      packs.push_back({sha256, fs::file_size(repository.pack_path(sha256))});
  }
  std::ranges::sort(packs, {}, &StoredPack::size_bytes);
  std::vector<std::uint64_t> below{0};  // bytes of all smaller packs
  for (const StoredPack& pack : packs) below.push_back(below.back() + pack.size_bytes);
  std::size_t count = packs.size();
  while (count > 0 && packs[count - 1].size_bytes >= 2 * below[count - 1]) --count;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(packs[i].sha256);
  return out;
}

std::vector<RawOid> objects_in(const fs::path& index_path, const fs::path& pack_path) {
  const SharedFile pack = open_for_reading(pack_path);
  const SharedFile index = open_for_reading(index_path);
  if (!pack || !index)
    throw std::runtime_error("the git pack " + pack_path.string() + " went away");
  Sha1Digest checksum;
  pack->read_exactly(pack->size_bytes() - checksum.size(), checksum.data(), checksum.size());
  const auto mapped = MappedFile::map(index);
  if (!is_index_of(mapped.bytes(), checksum))
    throw std::runtime_error("the index of " + pack_path.string() + " is damaged");
  return objects_of(mapped.bytes());
}

void run_git(BareRepository& repository, std::vector<std::string> arguments,
             const SharedFile& input) {
  auto command = git_command(repository.path(), std::move(arguments));
  command.input = input;
  const auto outcome = proc::run(command);
  if (outcome.exit_code != 0)
    fail_git("cannot merge the packs of " + repository.path().string(), outcome);
}

}  // namespace

std::optional<Consolidated> consolidate(Repository& repository, blob::BlobStore& store,
                                        const std::vector<std::string>& recorded_sha256s,
                                        std::size_t min_packs) {
  auto* bare = dynamic_cast<BareRepository*>(&repository);
  CHECK(bare != nullptr);
  if (recorded_sha256s.size() < min_packs) return std::nullopt;
  Consolidated out;
  out.replaced = choose(*bare, recorded_sha256s);
  if (out.replaced.size() < 2) return std::nullopt;

  const Quarantine quarantine(bare->path());
  std::string names;
  std::vector<RawOid> wanted;
  for (const std::string& sha256 : out.replaced) {
    names += bare->pack_path(sha256).filename().string() + "\n";
    const auto held = objects_in(bare->index_path(sha256), bare->pack_path(sha256));
    wanted.insert(wanted.end(), held.begin(), held.end());
  }
  const SharedFile input = create_new(quarantine.path() / "packs");
  input->write_all(as_bytes(names));
  const fs::path base = quarantine.path() / "merged";
  run_git(*bare, {"pack-objects", "-q", "--stdin-packs", "--delta-base-offset", base.string()},
          input);
  const fs::path merged = pack_in(quarantine.path());
  fs::path merged_index = merged;
  merged_index.replace_extension(".idx");

  // The replaced packs will be removed: nothing of them may be missing, and every object must be
  // sound.
  run_git(*bare, {"index-pack", "--verify", merged.string()}, nullptr);
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (!std::ranges::includes(objects_in(merged_index, merged), wanted)) {
    throw std::runtime_error("git pack-objects left objects out while merging the packs of " +
                             bare->path().string());
  }

  StagedPack staged = stage_pack(store, merged);
  out.pack = std::move(staged.pack);
  out.sha256 = std::move(staged.sha256);
  out.size_bytes = staged.size_bytes;
  out.index = std::move(staged.index);
  return out;
}

}  // namespace holt::gitio
