// gc: what nothing refers to goes into the bin, comes back, or goes for good; then what every
// repository takes is counted anew.
#include <algorithm>
#include <unordered_map>

#include "domain/upkeep/lock.h"
#include "domain/upkeep/store.h"
#include "domain/upkeep/upkeep.h"

namespace holt::upkeep {
namespace {

Timestamp before_now(std::chrono::hours hours) {
  return Timestamp{now().ms - std::chrono::duration_cast<std::chrono::milliseconds>(hours).count()};
}

}  // namespace

std::vector<std::string> Upkeep::reached_by(const repos::Writable& repo) {
  const auto key = repo.repo().key;
  if (repo.repo().id.type == repos::Type::bucket)
    return database_.read([&](db::Tx& tx) { return store::bucket_contents(tx, key); });
  try {
    return git_.reachable_large_files(repo);
  } catch (const std::exception& error) {
    // Not to know what a repository needs is no reason to believe that it needs nothing.
    throw std::runtime_error("the history of " + repo.repo().id.full() + " cannot be read (" +
                             error.what() +
                             "), so nothing was collected. Run `holt scrub` and `holt repair`.");
  }
}

Result<GcReport> Upkeep::collect(const GcWish& wish, const Progress& progress) {
  const auto lock =
      TRY(UpkeepLock::take(data_folder_, UpkeepLock::Use::alone, UpkeepLock::Wait::no));
  // Before anything is looked at: what is vouched for from here on stays.
  const Timestamp older_than = before_now(wish.grace);
  GcReport report;
  report.dry_run = wish.dry_run;
  std::vector<std::string> live;
  std::vector<std::pair<std::int64_t, std::vector<std::string>>> by_repository;
  for (const auto key : database_.read([](db::Tx& tx) { return store::repository_keys(tx); })) {
    if (wish.go_on && !wish.go_on()) return report;
    const auto opened = repos_.open_system(key);
    if (!opened) continue;  // deleted since it was listed
    progress("looking through " + opened->repo().id.full());
    auto reached = reached_by(*opened);
    live.insert(live.end(), reached.begin(), reached.end());
    by_repository.emplace_back(key, std::move(reached));
  }
  std::ranges::sort(live);
  live.erase(std::unique(live.begin(), live.end()), live.end());

  progress("collecting large files");
  auto garbage = contents_.collect(live, older_than, wish.dry_run);
  for (auto& item : garbage.items) {
    report.bytes += item.size_bytes;
    report.items.push_back(
        {std::move(item.what), std::move(item.key), std::move(item.why), item.size_bytes});
  }
  collect_links(by_repository, live, older_than, report);
  progress("collecting packs");
  collect_packs(older_than, report);
  if (!wish.dry_run) {
    const Timestamp forgotten = before_now(wish.undo);
    contents_.empty_collected(forgotten);
    const auto emptied = contents_.store().empty_bin(forgotten);
    report.emptied_objects = emptied.objects;
    report.emptied_bytes = emptied.bytes;
    progress("counting what each repository takes");
    count_storage();
    set_mark("gc", 0);
  }
  contents_.store().each_discarded([&](const blob::Key&, std::uint64_t size_bytes, Timestamp) {
    ++report.binned_objects;
    report.binned_bytes += size_bytes;
  });
  report.finished = true;
  return report;
}

void Upkeep::collect_links(
    const std::vector<std::pair<std::int64_t, std::vector<std::string>>>& by_repository,
    const std::vector<std::string>& live, Timestamp older_than, GcReport& report) {
  for (const auto& [key, reached] : by_repository) {
    auto gone = contents_.collect_links(key, reached, older_than, report.dry_run);
    // In a dry run these were listed with their contents.
    std::erase_if(gone, [&](const std::string& sha256) {
      return report.dry_run && !std::ranges::binary_search(live, sha256);
    });
    if (gone.empty()) continue;
    for (const auto& sha256 : gone)
      report.items.push_back(
          {"link", sha256, "another repository has it, this one has no more", 0});
    if (report.dry_run) continue;
    const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
      git_.forget_large_files(tx, key, gone);
      return {};
    });
    CHECK(done.has_value());
  }
}

void Upkeep::collect_packs(Timestamp older_than, GcReport& report) {
  auto& objects = contents_.store();
  std::vector<std::pair<blob::Key, std::uint64_t>> packs;
  objects.each(blob::Class::pack,
               [&](const blob::Key& key, std::uint64_t size_bytes, Timestamp stored_at) {
                 if (stored_at < older_than) packs.emplace_back(key, size_bytes);
               });
  for (const auto& [key, size_bytes] : packs) {
    if (database_.read([&](db::Tx& tx) { return store::pack_known(tx, key.hash); })) continue;
    // A publication stores its pack before it records it; that renews one that is here already.
    if (!report.dry_run && !objects.discard_older(key, older_than)) continue;
    report.items.push_back({"pack", key.hash, "no repository has it", size_bytes});
    report.bytes += size_bytes;
  }
}

// What a repository takes is what its objects take on the disk, each once: its packs, the blobs it
// refers to, and the xorbs that its files have parts in. Commits add to the number in between.
void Upkeep::count_storage() {
  std::unordered_map<std::string, std::uint64_t> xorb_sizes;
  contents_.store().each(blob::Class::xorb,
                         [&](const blob::Key& key, std::uint64_t size_bytes, Timestamp) {
                           xorb_sizes.emplace(key.hash, size_bytes);
                         });
  for (const auto key : database_.read([](db::Tx& tx) { return store::repository_keys(tx); })) {
    const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
      const auto bytes = git_.pack_bytes(tx, key) + contents_.held_bytes(tx, key, xorb_sizes);
      if (repos_.used_storage(tx, key) != static_cast<std::int64_t>(bytes))
        repos_.correct_used_storage(tx, key, bytes);
      return {};
    });
    CHECK(done.has_value());
    repos_.forget_cached(key);
  }
}

Result<UndoReport> Upkeep::undo_collections(const Progress& progress) {
  const auto lock =
      TRY(UpkeepLock::take(data_folder_, UpkeepLock::Use::alone, UpkeepLock::Wait::no));
  auto& objects = contents_.store();
  UndoReport report;
  std::vector<std::pair<blob::Key, std::uint64_t>> binned;
  objects.each_discarded([&](const blob::Key& key, std::uint64_t size_bytes, Timestamp) {
    binned.emplace_back(key, size_bytes);
  });
  progress("bringing back " + std::to_string(binned.size()) + " objects");
  // Objects first: no row may name one that is not there.
  for (const auto& [key, size_bytes] : binned) {
    if (!objects.restore(key)) continue;
    ++report.objects;
    report.bytes += size_bytes;
  }
  contents_.bring_back();
  for (const auto& [key, size_bytes] : binned)
    if (key.kind == blob::Class::blob) contents_.whole_again(key.hash, size_bytes);
  count_storage();
  return report;
}

void Upkeep::set_mark(std::string_view name, std::int64_t value) {
  const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
    store::set_mark(tx, name, {value, now()});
    return {};
  });
  CHECK(done.has_value());
}

std::optional<store::Mark> Upkeep::mark(std::string_view name) {
  return database_.read([&](db::Tx& tx) { return store::find_mark(tx, name); });
}

bool Upkeep::collection_due(std::chrono::hours every) {
  const auto last = mark("gc");
  if (!last) {
    // A new hub, or one that has just learned to collect by itself: the first time comes later.
    set_mark("gc", 0);
    return false;
  }
  return last->at < before_now(every);
}

}  // namespace holt::upkeep
