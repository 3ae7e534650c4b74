// Many small packs made into few: each commit brings one, and readers look through all of them.
#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {
namespace {

constexpr std::size_t kMostPacks = 32;

}  // namespace

void Git::consolidate(const repos::Writable& target) {
  const auto key = target.repo().key;
  std::vector<std::string> recorded;
  for (auto& pack : impl_->database.read([&](db::Tx& tx) { return store::packs(tx, key); }))
    recorded.push_back(std::move(pack.sha256));
  if (recorded.size() <= kMostPacks) return;
  // No lock is held: commits go on, and what they add stays beside the merged pack.
  auto opened = repository(target);
  auto& objects = impl_->contents.store();
  auto merged = gitio::consolidate(*opened, objects, recorded, kMostPacks + 1);
  if (!merged) return;
  const blob::Key pack{blob::Class::pack, merged->sha256};
  // One of the merged may have had everything already.
  std::erase(merged->replaced, merged->sha256);
  objects.put(std::move(merged->pack), pack);
  opened->add_pack(objects.open(pack), objects.local_path(pack), merged->index);
  const auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::add_pack(tx, key, merged->sha256, merged->size_bytes, now());
    for (const auto& sha256 : merged->replaced)
      if (!store::remove_pack(tx, key, sha256))
        return fail(Kind::conflict,
                    "The packs of " + target.repo().id.full() + " changed while they were merged.");
    return {};
  });
  // The repository was removed, or somebody else merged it: theirs counts, and may be the same
  // pack.
  if (!done) return;
  for (const auto& sha256 : merged->replaced) opened->drop_pack(sha256);
}

void Git::consolidate_written(const std::function<bool()>& go_on) {
  while (go_on()) {
    std::int64_t key = 0;
    {
      std::lock_guard lock(impl_->written_mutex);
      if (impl_->written.empty()) return;
      key = *impl_->written.begin();
      impl_->written.erase(impl_->written.begin());
    }
    if (const auto target = impl_->repos.open_system(key)) consolidate(*target);
  }
}

}  // namespace holt::git
