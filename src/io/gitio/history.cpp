// Walks over commits: logs, counts, ancestry, everything reachable.
#include <algorithm>
#include <stdexcept>
#include <unordered_set>

#include "io/gitio/reader.h"

namespace holt::gitio {

Walk::Walk(ObjectReader& reader, const std::vector<RawOid>& tips) : reader_(reader) {
  std::vector<Shared> commits;
  std::unordered_set<RawOid, RawOidHash> seen;
  for (const RawOid& tip : tips) {
    const auto peeled = reader_.peel(tip);
    if (!peeled || !seen.insert(*peeled).second) continue;
    commits.push_back(reader_.commit_at(*peeled));
  }
  if (commits.size() > 1) {
    count_children(commits);
  } else if (!commits.empty()) {
    push(commits.front());
  }
}

void Walk::push(Shared commit) {
  heap_.push_back(std::move(commit));
  std::push_heap(heap_.begin(), heap_.end(), Older());
}

// Afterwards the heap holds the tips that have no children.
void Walk::count_children(const std::vector<Shared>& tips) {
  counted_ = true;
  std::unordered_set<RawOid, RawOidHash> seen;
  std::vector<Shared> pending;
  for (const Shared& tip : tips) {
    if (seen.insert(checked_oid(tip->oid)).second) pending.push_back(tip);
  }
  while (!pending.empty()) {
    const Shared commit = std::move(pending.back());
    pending.pop_back();
    for (const Oid& parent : commit->parents) {
      ++children_left_[parent];
      if (seen.insert(checked_oid(parent)).second)
        pending.push_back(reader_.existing_commit(parent));
    }
  }
  for (const Shared& tip : tips) {
    if (!children_left_.contains(tip->oid)) push(tip);
  }
}

std::shared_ptr<const Commit> Walk::next() {
  if (heap_.empty()) return nullptr;
  std::pop_heap(heap_.begin(), heap_.end(), Older());
  Shared commit = std::move(heap_.back());
  heap_.pop_back();
  // Until the first merge there is a single chain, whose order needs no counting.
  if (!counted_ && commit->parents.size() > 1) {
    count_children({commit});
    heap_.clear();
  }
  for (const Oid& parent : commit->parents) {
    if (counted_ && --children_left_[parent] != 0) continue;
    children_left_.erase(parent);
    push(reader_.existing_commit(parent));
  }
  return commit;
}

std::vector<Commit> ObjectReader::log(const Oid& from, std::size_t skip, std::size_t limit) {
  std::vector<Commit> out;
  Walk walk(*this, {checked_oid(from)});
  while (out.size() < limit) {
    const auto commit = walk.next();
    if (!commit) break;
    if (skip > 0) {
      --skip;
    } else {
      out.push_back(*commit);
    }
  }
  return out;
}

std::size_t ObjectReader::count_commits(const Oid& from) {
  const auto key = [this](const Oid& oid) {
    return ObjectKey{objects_->instance(), checked_oid(oid)};
  };
  std::size_t count = 0;
  // Along a single chain the count is one more than the parent's.
  Oid at = from;
  for (;;) {
    if (const auto known = caches_->commit_counts.find(key(at))) {
      count += *known;
      break;
    }
    const auto commit = existing_commit(at);
    if (commit->parents.empty()) {
      ++count;
      break;
    }
    if (commit->parents.size() == 1) {
      ++count;
      at = commit->parents.front();
      continue;
    }
    std::unordered_set<RawOid, RawOidHash> seen{checked_oid(at)};
    std::vector<std::shared_ptr<const Commit>> pending{commit};
    while (!pending.empty()) {
      const auto next = std::move(pending.back());
      pending.pop_back();
      for (const Oid& parent : next->parents) {
        if (seen.insert(checked_oid(parent)).second) pending.push_back(existing_commit(parent));
      }
    }
    caches_->commit_counts.insert(key(at), seen.size());
    count += seen.size();
    break;
  }
  caches_->commit_counts.insert(key(from), count);
  return count;
}

bool ObjectReader::is_ancestor(const Oid& ancestor, const Oid& descendant) {
  const auto first = parse_oid(ancestor);
  const auto last = parse_oid(descendant);
  const auto target = first ? peel(*first) : std::nullopt;
  const auto start = last ? peel(*last) : std::nullopt;
  if (!target || !start) return false;
  // Newest first finds a near ancestor early; clocks that disagree cost time, not correctness.
  const auto older = [](const auto& a, const auto& b) {
    return a->committer.seconds < b->committer.seconds;
  };
  std::vector<std::shared_ptr<const Commit>> heap{commit_at(*start)};
  std::unordered_set<RawOid, RawOidHash> seen{*start};
  const Oid wanted = hex_of(*target);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), older);
    const auto commit = std::move(heap.back());
    heap.pop_back();
    if (commit->oid == wanted) return true;
    for (const Oid& parent : commit->parents) {
      if (!seen.insert(checked_oid(parent)).second) continue;
      heap.push_back(existing_commit(parent));
      std::push_heap(heap.begin(), heap.end(), older);
    }
  }
  return false;
}

bool ObjectReader::visit_new_blobs(
    const Tree& tree, const std::string& prefix, const std::function<bool(const RawOid&)>& is_new,
    const std::function<bool(const TreeItem&, std::string_view)>& visit) {
  check_depth(prefix);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const TreeItem item = tree.at(i);
    const EntryKind kind = kind_of(item.mode);
    if (kind == EntryKind::submodule || !is_new(item.oid)) continue;
    const std::string path = prefix + std::string(item.name);
    if (kind == EntryKind::folder) {
      if (!visit_new_blobs(*tree_at(item.oid), path + "/", is_new, visit)) return false;
    } else if (!visit(item, path)) {
      return false;
    }
  }
  return true;
}

void ObjectReader::each_reachable_blob(
    const std::vector<Oid>& tips,
    const std::function<bool(const Oid&, std::string_view, std::uint64_t, const Commit&)>& visit) {
  std::vector<RawOid> raw;
  for (const Oid& tip : tips) raw.push_back(checked_oid(tip));
  Walk walk(*this, raw);
  std::vector<RawOid> newest_first;
  while (const auto commit = walk.next()) newest_first.push_back(checked_oid(commit->oid));
  std::unordered_set<RawOid, RawOidHash> seen;
  const auto is_new = [&](const RawOid& oid) { return seen.insert(oid).second; };
  for (std::size_t i = newest_first.size(); i-- > 0;) {
    const auto commit = existing_commit(hex_of(newest_first[i]));
    const RawOid root = checked_oid(commit->tree);
    if (!is_new(root)) continue;
    const bool go_on = visit_new_blobs(*tree_at(root), "", is_new,
                                       [&](const TreeItem& item, std::string_view path) {
                                         const Oid blob = hex_of(item.oid);
                                         return visit(blob, path, blob_size(blob), *commit);
                                       });
    if (!go_on) return;
  }
}

}  // namespace holt::gitio
