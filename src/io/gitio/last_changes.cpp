// For each entry of a folder, the newest commit that changed it, as `git log -1 -- path` tells.
#include <algorithm>
#include <queue>

#include "io/gitio/reader.h"

namespace holt::gitio {
namespace {

// Entries of the folder asked about that are the same at `commit`, where their story goes on.
struct Pending {
  std::shared_ptr<const Commit> commit;
  std::vector<std::uint32_t> entries;
};

const RawOid* find_in(const LastChanges& changes, std::string_view name) {
  const auto it = std::lower_bound(
      changes.begin(), changes.end(), name,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  return it != changes.end() && it->first == name ? &it->second : nullptr;
}

}  // namespace

std::string ObjectReader::last_changes_key(const Commit& commit, std::string_view folder) const {
  std::string key = std::to_string(objects_->instance()) + " " + commit.oid + " ";
  return key.append(folder);
}

std::shared_ptr<const LastChanges> ObjectReader::find_last_changes(
    std::shared_ptr<const Commit> start, const RawOid& tree_oid, std::string_view folder) {
  const std::string start_key = last_changes_key(*start, folder);
  if (auto known = caches_->last_changes.find(start_key)) return *known;
  const auto tree = tree_at(tree_oid);
  auto out = std::make_shared<LastChanges>();
  out->reserve(tree->size());
  const auto settle = [&](std::uint32_t entry, const RawOid& commit) {
    out->emplace_back(std::string(tree->at(entry).name), commit);
  };

  std::map<Oid, Pending> pending;
  using Turn =
      std::pair<std::int64_t, Oid>;  // newest first, so that branches meet before they go on
  std::priority_queue<Turn> turns;
  const auto follow = [&](const std::shared_ptr<const Commit>& commit,
                          std::vector<std::uint32_t> entries) {
    auto [it, added] = pending.try_emplace(commit->oid, Pending{commit, {}});
    auto& waiting = it->second.entries;
    waiting.insert(waiting.end(), entries.begin(), entries.end());
    if (added) turns.emplace(commit->committer.seconds, commit->oid);
  };
  std::vector<std::uint32_t> all(tree->size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  follow(start, std::move(all));

  while (!turns.empty()) {
    const Oid oid = turns.top().second;
    turns.pop();
    Pending at = std::move(pending.extract(oid).mapped());
    const RawOid here = checked_oid(oid);
    if (auto known = caches_->last_changes.find(last_changes_key(*at.commit, folder))) {
      for (const std::uint32_t entry : at.entries) {
        const RawOid* changed_in = find_in(**known, tree->at(entry).name);
        CHECK(changed_in != nullptr);
        settle(entry, *changed_in);
      }
      continue;
    }
    const auto folder_here = folder_oid(*at.commit, folder);
    for (const Oid& parent_oid : at.commit->parents) {
      if (at.entries.empty()) break;
      const auto parent = existing_commit(parent_oid);
      const auto folder_there = folder_oid(*parent, folder);
      if (!folder_there) continue;
      if (folder_there == folder_here) {
        follow(parent, std::move(at.entries));
        at.entries.clear();
        break;
      }
      const auto tree_there = tree_at(*folder_there);
      std::vector<std::uint32_t> same;
      std::vector<std::uint32_t> different;
      for (const std::uint32_t entry : at.entries) {
        const TreeItem item = tree->at(entry);
        const auto there = tree_there->find(item.name);
        const bool equal = there && there->oid == item.oid && there->mode == item.mode;
        (equal ? same : different).push_back(entry);
      }
      if (!same.empty()) follow(parent, std::move(same));
      at.entries = std::move(different);
    }
    for (const std::uint32_t entry : at.entries) settle(entry, here);
  }

  std::sort(out->begin(), out->end());
  std::size_t cost = start_key.size() + 200;
  for (const auto& [name, commit] : *out) cost += sizeof(out->front()) + name.size();
  caches_->last_changes.insert(start_key, out, cost);
  return out;
}

std::map<std::string, Commit> ObjectReader::last_changes(const Oid& commit,
                                                         std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  const auto start = existing_commit(commit);
  const auto tree = folder_oid(*start, folder);
  if (!tree) return {};
  const std::string prefix = folder.empty() ? std::string() : std::string(folder) + "/";
  std::map<std::string, Commit> out;
  for (const auto& [name, changed_in] : *find_last_changes(start, *tree, folder)) {
    const auto found = commit_at(changed_in);
    if (found) out.emplace(prefix + name, *found);
  }
  return out;
}

}  // namespace holt::gitio
