// A pushed pack: indexed in quarantine, checked for connection, handed over for the store.
#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "io/gitio/pack_index.h"
#include "io/gitio/programs.h"
#include "io/gitio/reader.h"
#include "io/gitio/repository.h"
#include "io/gitio/staged_pack.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kPackHeaderBytes = 12;
constexpr std::size_t kMostTips = 100'000;

// Faults of old histories that do no harm; everything else that git's fsck calls an error is
// refused.
constexpr std::string_view kStrictness =
    "--strict=zeroPaddedFilemode=ignore,missingSpaceBeforeDate=ignore,badTimezone=ignore,"
    "missingNameBeforeEmail=ignore,missingEmail=ignore,duplicateEntries=error";

// A pack of a megabyte may hold objects of gigabytes: blobs past the first size are hashed as a
// stream, and nothing larger than the second is unpacked into memory.
constexpr std::string_view kStreamedBytes = "32m";
constexpr std::string_view kLargestUnpacked = "256m";

// A reader that keeps the quarantined objects on disk for as long as it lives.
struct QuarantinedReader {
  std::unique_ptr<Quarantine> quarantine;
  std::unique_ptr<ObjectReader> reader;
};

bool holds_no_objects(const SharedFile& staged, std::uint64_t offset) {
  constexpr std::size_t kEmptyPackBytes = kPackHeaderBytes + sizeof(Sha1Digest);
  if (staged->size_bytes() - offset != kEmptyPackBytes) return false;
  const std::string pack = staged->read_text(offset, kEmptyPackBytes);
  if (!pack.starts_with(std::string_view("PACK\0\0\0\2\0\0\0\0", kPackHeaderBytes))) return false;
  return as_text(sha1(as_bytes(pack).first(kPackHeaderBytes))) == pack.substr(kPackHeaderBytes);
}

Result<void> index_pack(Repository& repository, const Quarantine& quarantine,
                        const SharedFile& staged, std::uint64_t offset, std::uint64_t max_bytes) {
  if (staged->size_bytes() - offset > max_bytes) {
    return fail(Kind::too_large,
                fmt::format("The pushed pack is {} bytes; at most {} are accepted. Push in steps, "
                            "and track large files with git-lfs.",
                            staged->size_bytes() - offset, max_bytes));
  }
  auto command = git_command(
      repository.path(), {"-c", "core.bigFileThreshold=" + std::string(kStreamedBytes),
                          "index-pack", "--stdin", "--fix-thin", "--no-rev-index",
                          std::string(kStrictness), fmt::format("--max-input-size={}", max_bytes)});
  command.environment.emplace_back("GIT_ALLOC_LIMIT", kLargestUnpacked);
  command.input = staged;
  command.input_offset = offset;
  quarantine.apply_to(command, repository.path());
  const auto outcome = proc::run(command);
  if (outcome.exit_code == 0) return {};
  if (is_storage_full(outcome)) fail_git("cannot take the pushed pack", outcome);
  return fail(Kind::invalid,
              "git refused the pushed pack: " + last_words(outcome.error_output) + ".");
}

Result<void> check_connected(Repository& repository, const Quarantine& quarantine,
                             const std::vector<Oid>& tips) {
  if (tips.empty()) return {};
  if (tips.size() > kMostTips)
    return fail(Kind::too_large,
                fmt::format("A push may change at most {} references.", kMostTips));
  std::string input;
  for (const Oid& tip : tips) {
    if (!parse_oid(tip))
      return fail(Kind::invalid, "\"" + std::string(clip(tip, 60)) + "\" is no object name.");
    input.append(tip).append("\n");
  }
  const SharedFile file = create_new(quarantine.path() / "tips");
  file->write_all(as_bytes(input));
  auto command = git_command(repository.path(),
                             {"rev-list", "--objects", "--quiet", "--stdin", "--not", "--all"});
  command.input = file;
  quarantine.apply_to(command, repository.path());
  const auto outcome = proc::run(command);
  if (outcome.exit_code == 0) return {};
  return fail(Kind::invalid,
              "The push is not complete: " + last_words(outcome.error_output) +
                  ". Run `git fsck` in your clone, or clone again, and push once more.");
}

Result<void> check_sizes(Objects& objects, std::string_view index) {
  for (const RawOid& oid : objects_of(as_bytes(index))) {
    const auto header = objects.header(oid);
    if (!header || header->type == ObjectType::blob) continue;
    const auto most = header->type == ObjectType::tree ? kMaxTreeBytes : kMaxTextBytes;
    if (header->size_bytes > most)
      return fail(Kind::invalid,
                  fmt::format("The {} {} is {} bytes; at most {} are accepted.",
                              type_name(header->type), hex_of(oid), header->size_bytes, most));
  }
  return {};
}

}  // namespace

Result<ReceivedPack> receive_pack(Repository& repository, blob::BlobStore& store,
                                  const SharedFile& staged, std::uint64_t offset,
                                  const std::vector<Oid>& new_tips, std::uint64_t max_bytes) {
  auto* bare = dynamic_cast<BareRepository*>(&repository);
  CHECK(bare != nullptr && staged != nullptr);
  if (offset > staged->size_bytes() || staged->size_bytes() - offset < kPackHeaderBytes) {
    return fail(Kind::invalid, "The pushed pack is cut short: push again.");
  }
  auto quarantine = std::make_unique<Quarantine>(repository.path());
  const bool empty = holds_no_objects(staged, offset);
  auto objects =
      std::make_shared<Objects>(std::vector{quarantine->objects(), repository.path() / "objects"});
  if (!empty) {
    TRY_VOID(index_pack(repository, *quarantine, staged, offset, max_bytes));
    const SharedFile index =
        open_for_reading(pack_in(quarantine->objects() / "pack").replace_extension(".idx"));
    TRY_VOID(check_sizes(*objects, index->read_text(0, index->size_bytes())));
  }
  TRY_VOID(check_connected(repository, *quarantine, new_tips));

  ReceivedPack out;
  if (!empty) {
    StagedPack staged_pack = stage_pack(store, pack_in(quarantine->objects() / "pack"));
    out.pack = std::move(staged_pack.pack);
    out.sha256 = std::move(staged_pack.sha256);
    out.size_bytes = staged_pack.size_bytes;
    out.index = std::move(staged_pack.index);
  }
  auto held = std::make_shared<QuarantinedReader>();
  held->quarantine = std::move(quarantine);
  held->reader = std::make_unique<ObjectReader>(std::move(objects), bare->caches());
  out.reader = std::shared_ptr<Reader>(held, held->reader.get());
  return out;
}

}  // namespace holt::gitio
