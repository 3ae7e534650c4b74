// What damage does to a repository: its cache, and the files that cannot be read any more.
#include <algorithm>
#include <set>

#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {

gitio::CheckedCache Git::check_cache(const repos::Visible& visible) {
  const auto key = visible.repo().key;
  const auto before = impl_->repos.find(key);
  if (!before) return {};
  std::map<std::string, gitio::Oid> refs;
  for (const auto& ref : this->refs(visible)) refs[ref.name] = ref.target;
  const auto after = impl_->repos.find(key);
  // Refs that were read while they changed are compared another time.
  const bool still = after && after->generation == before->generation;
  auto& objects = impl_->contents.store();
  auto checked = impl_->cache.check(
      key,
      [&](const std::string& sha256) -> std::optional<std::filesystem::path> {
        const blob::Key pack{blob::Class::pack, sha256};
        return objects.size_bytes(pack) ? objects.local_path(pack) : std::nullopt;
      },
      refs, still ? before->generation : std::int64_t{-2});
  return checked;
}

void Git::forget_pack(std::int64_t repo, const std::string& sha256) {
  impl_->cache.open(repo)->drop_pack(sha256);
  impl_->synced.erase(repo);
}

std::vector<std::string> Git::unreadable_files(const repos::Visible& visible) {
  constexpr std::uint64_t kLargestGitFile = 1u << 30;
  std::set<std::string> hit;
  // What is in memory would hide it.
  forget_opened();
  for (const auto& ref : refs(visible)) {
    try {
      auto opened = repository(visible);
      auto& reader = opened->reader();
      const auto listed = reader.list(ref.commit, "", gitio::Reader::Depth::recursive);
      if (!listed) {
        hit.insert("all files of " + ref.name);
        continue;
      }
      for (const auto& entry : *listed) {
        if (entry.kind == gitio::EntryKind::folder || entry.kind == gitio::EntryKind::submodule)
          continue;
        try {
          if (!reader.read_blob(entry.oid, kLargestGitFile)) hit.insert(entry.path);
        } catch (const std::exception&) {
          hit.insert(entry.path);
        }
      }
    } catch (const std::exception&) {
      hit.insert("all files of " + ref.name);
    }
  }
  return {hit.begin(), hit.end()};
}

}  // namespace holt::git
