// A consistent copy of a data folder in use.
#include "domain/upkeep/lock.h"
#include "domain/upkeep/objects.h"
#include "domain/upkeep/upkeep.h"

namespace holt::upkeep {
namespace {

namespace fs = std::filesystem;

// Small files beside the catalog; atomic by rename.
void copy_small_file(const SharedFile& from, const fs::path& to) {
  const fs::path temporary = to.string() + ".part";
  fs::remove(temporary);
  auto target = create_new(temporary);
  target->write_all(as_bytes(from->read_text(0, static_cast<std::size_t>(from->size_bytes()))));
  target->sync();
  fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write);
  rename_durably(temporary, to);
}

void copy_object(const SharedFile& from, blob::BlobStore& to, const blob::Key& key) {
  constexpr std::size_t kPart = 4u << 20;
  auto staged = to.stage();
  const auto mapped = MappedFile::map(from);
  for (auto rest = mapped.bytes(); !rest.empty();) {
    const auto part = rest.first(std::min(kPart, rest.size()));
    staged->write(part);
    rest = rest.subspan(part.size());
  }
  to.put(std::move(staged), key);
}

}  // namespace

Result<BackupReport> Upkeep::backup(const fs::path& target, const Progress& progress) {
  if (fs::exists(target / "lock"))
    return fail(
        Kind::invalid,
        target.string() + " is a data folder in use: choose another folder for the backup.");
  // From before the catalog is copied until the last object is: what the copy names stays where it
  // is. Packs that were merged into one meanwhile are no more named by the live catalog.
  if (auto taken = UpkeepLock::take(data_folder_, UpkeepLock::Use::shared, UpkeepLock::Wait::no))
    return backup_holding(*taken, target, progress);
  progress("waiting for a collection to end");
  const auto lock =
      TRY(UpkeepLock::take(data_folder_, UpkeepLock::Use::shared, UpkeepLock::Wait::yes));
  return backup_holding(lock, target, progress);
}

Result<BackupReport> Upkeep::backup_holding(const UpkeepLock&, const fs::path& target,
                                            const Progress& progress) {
  fs::create_directories(target);
  progress("copying the catalog");
  const fs::path catalog =
      target / (database_.engine() == db::Engine::sqlite ? "catalog.sqlite" : "catalog.pgdump");
  const fs::path fresh = catalog.string() + ".part";
  fs::remove(fresh);
  TRY_VOID(database_.backup_to(fresh.string()));
  BackupReport report;
  for (auto name : {"secret.key", "format"})
    if (auto file = open_for_reading(data_folder_ / name)) copy_small_file(file, target / name);
  // Every object the catalog names was durable before its row was, and objects never change.
  auto copy = blob::open_disk_store(target);
  for (auto kind : {blob::Class::pack, blob::Class::blob, blob::Class::xorb}) {
    contents_.store().each(kind, [&](const blob::Key& key, std::uint64_t size_bytes, Timestamp) {
      if (copy->size_bytes(key) == size_bytes) {
        ++report.objects_there;
        return;
      }
      auto file = contents_.store().open(key);
      if (!file) return;  // put aside by a repair, which stores it anew
      // A backup is what repairs are made from: damage must not get into it.
      if (auto wrong = wrong_with(key, file); !wrong.empty()) {
        report.problems.push_back(problem_of(key, std::move(wrong)));
        return;
      }
      copy_object(file, *copy, key);
      ++report.objects_copied;
      report.bytes_copied += size_bytes;
      if (report.objects_copied % 1000 == 0)
        progress(std::to_string(report.objects_copied) + " objects copied");
    });
  }
  rename_durably(fresh, catalog);
  return report;
}

}  // namespace holt::upkeep
