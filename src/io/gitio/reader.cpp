// Objects, entries, listings and sizes.
#include "io/gitio/reader.h"

#include <algorithm>
#include <stdexcept>

#include "base/text.h"
#include "io/gitio/commit_text.h"

namespace holt::gitio {
namespace {

constexpr int kMostTags = 20;               // a tag of a tag of a tag …
constexpr std::size_t kLongestPath = 4200;  // a little more than check_path allows
constexpr int kDeepestFolder = 2100;        // a letter and a slash each

// "" is the root; no empty parts otherwise.
bool is_plain(std::string_view path) {
  return !path.starts_with('/') && !path.ends_with('/') && path.find("//") == path.npos;
}

std::size_t cost_of(const Commit& commit) {
  return 600 + commit.message.size() + commit.parents.size() * 80;
}

}  // namespace

void check_depth(const std::string& prefix) {
  if (prefix.size() > kLongestPath) {
    throw std::runtime_error("git trees are nested too deeply below " +
                             std::string(clip(prefix, 200)));
  }
}

std::shared_ptr<const Commit> ObjectReader::commit_at(const RawOid& oid) {
  const ObjectKey key{objects_->instance(), oid};
  if (auto known = caches_->commits.find(key)) return *known;
  const auto object = objects_->read(oid);
  if (!object || object->type != ObjectType::commit) return nullptr;
  auto commit = std::make_shared<const Commit>(parse_commit(oid, object->bytes));
  caches_->commits.insert(key, commit, cost_of(*commit));
  return commit;
}

std::shared_ptr<const Commit> ObjectReader::existing_commit(const Oid& oid) {
  auto commit = commit_at(checked_oid(oid));
  if (!commit) {
    throw std::runtime_error("git commit " + oid + " is missing from " +
                             objects_->folders().front().string());
  }
  return commit;
}

std::shared_ptr<const Tree> ObjectReader::tree_at(const RawOid& oid) {
  const ObjectKey key{objects_->instance(), oid};
  if (auto known = caches_->trees.find(key)) return *known;
  auto object = objects_->read(oid);
  if (!object || object->type != ObjectType::tree) {
    throw std::runtime_error("git tree " + hex_of(oid) + " is missing from " +
                             objects_->folders().front().string());
  }
  auto tree = std::make_shared<const Tree>(std::move(object->bytes));
  caches_->trees.insert(key, tree, tree->cost_bytes());
  return tree;
}

std::optional<RawOid> ObjectReader::peel(const RawOid& oid) {
  RawOid at = oid;
  for (int i = 0; i < kMostTags; ++i) {
    if (commit_at(at)) return at;
    const auto object = objects_->read(at);
    if (!object || object->type != ObjectType::tag) return std::nullopt;
    at = tag_target(object->bytes);
  }
  return std::nullopt;
}

std::shared_ptr<const Tree> ObjectReader::root_of(const Oid& commit) {
  if (commit.empty()) return std::make_shared<const Tree>();
  return tree_at(checked_oid(existing_commit(commit)->tree));
}

std::optional<Commit> ObjectReader::find_commit(std::string_view oid) {
  const auto name = parse_oid(oid);
  const auto peeled = name ? peel(*name) : std::nullopt;
  if (!peeled) return std::nullopt;
  return *commit_at(*peeled);
}

std::optional<Oid> ObjectReader::find_by_prefix(std::string_view prefix) {
  if (prefix.size() < 7 || prefix.size() > 40 || !is_hex(prefix, prefix.size()))
    return std::nullopt;
  const auto found = objects_->find_by_prefix(prefix);
  if (!found || !commit_at(*found)) return std::nullopt;
  return hex_of(*found);
}

std::optional<RawOid> ObjectReader::folder_oid(const Commit& commit, std::string_view folder) {
  RawOid oid = checked_oid(commit.tree);
  while (!folder.empty()) {
    const auto slash = folder.find('/');
    const auto item = tree_at(oid)->find(folder.substr(0, slash));
    if (!item || !item->is_folder()) return std::nullopt;
    oid = item->oid;
    folder.remove_prefix(slash == folder.npos ? folder.size() : slash + 1);
  }
  return oid;
}

std::optional<TreeEntry> ObjectReader::find_entry(const Oid& commit, std::string_view path) {
  const auto name = parse_oid(commit);
  const auto at = name ? commit_at(*name) : nullptr;
  const auto slash = path.rfind('/');
  if (!at || path.empty() || !is_plain(path)) return std::nullopt;
  const auto folder =
      folder_oid(*at, slash == path.npos ? std::string_view() : path.substr(0, slash));
  if (!folder) return std::nullopt;
  const auto tree = tree_at(*folder);
  const auto item = tree->find(slash == path.npos ? path : path.substr(slash + 1));
  if (!item) return std::nullopt;
  TreeEntry entry{std::string(path), kind_of(item->mode), hex_of(item->oid), 0};
  if (entry.kind != EntryKind::folder && entry.kind != EntryKind::submodule)
    entry.size_bytes = blob_size(entry.oid);
  return entry;
}

std::size_t ObjectReader::entries_below(const Tree& tree) {
  std::size_t count = tree.size();
  for (std::size_t i = 0; i < tree.size(); ++i)
    if (const TreeItem item = tree.at(i); item.is_folder()) count += entries_below(item.oid);
  return count;
}

std::size_t ObjectReader::entries_below(const RawOid& folder) {
  const ObjectKey key{objects_->instance(), folder};
  if (const auto known = caches_->entry_counts.find(key)) return *known;
  const std::size_t count = entries_below(*tree_at(folder));
  caches_->entry_counts.insert(key, count);
  return count;
}

void ObjectReader::append_children(const Tree& tree, const std::string& prefix, Depth depth,
                                   Sizes sizes, Window& window, std::vector<TreeEntry>& out) {
  check_depth(prefix);
  std::size_t i = 0;
  if (depth == Depth::children) {
    i = std::min(window.skip, tree.size());
    window.skip -= i;
  }
  for (; i < tree.size() && out.size() < window.most; ++i) {
    const TreeItem item = tree.at(i);
    if (window.skip > 0) {
      --window.skip;
    } else {
      TreeEntry& entry = out.emplace_back();
      entry.path.reserve(prefix.size() + item.name.size());
      entry.path.append(prefix).append(item.name);
      entry.kind = kind_of(item.mode);
      entry.oid = hex_of(item.oid);
      if (entry.kind != EntryKind::folder && entry.kind != EntryKind::submodule &&
          sizes == Sizes::given) {
        const auto header = objects_->header(item.oid);
        if (!header)
          throw std::runtime_error("git blob " + entry.oid + " (" + entry.path + ") is missing");
        entry.size_bytes = header->size_bytes;
      }
    }
    if (depth != Depth::recursive || !item.is_folder()) continue;
    if (window.skip > 0) {
      if (const auto below = entries_below(item.oid); below <= window.skip) {
        window.skip -= below;
        continue;
      }
    }
    append_children(*tree_at(item.oid), prefix + std::string(item.name) + "/", depth, sizes, window,
                    out);
  }
}

std::shared_ptr<const Tree> ObjectReader::listed_folder(const Oid& commit, std::string_view& path) {
  const auto name = parse_oid(commit);
  const auto at = name ? commit_at(*name) : nullptr;
  if (!at) return nullptr;
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!is_plain(path)) return nullptr;
  const auto folder = folder_oid(*at, path);
  return folder ? tree_at(*folder) : nullptr;
}

std::optional<std::vector<TreeEntry>> ObjectReader::list(const Oid& commit, std::string_view path,
                                                         Depth depth, Sizes sizes) {
  const auto folder = listed_folder(commit, path);
  if (!folder) return std::nullopt;
  std::vector<TreeEntry> out;
  Window everything;
  append_children(*folder, path.empty() ? std::string() : std::string(path) + "/", depth, sizes,
                  everything, out);
  return out;
}

std::optional<Reader::Part> ObjectReader::list_part(const Oid& commit, std::string_view path,
                                                    Depth depth, std::size_t start,
                                                    std::size_t limit) {
  const auto folder = listed_folder(commit, path);
  if (!folder) return std::nullopt;
  Part part;
  part.total = depth == Depth::children ? folder->size() : entries_below(*folder);
  Window window{start, limit};
  append_children(*folder, path.empty() ? std::string() : std::string(path) + "/", depth,
                  Sizes::given, window, part.entries);
  return part;
}

std::uint64_t ObjectReader::count_below(const RawOid& folder, std::uint64_t most, int depth,
                                        EntryCounts& known) {
  if (const auto it = known.find(folder); it != known.end()) return it->second;
  // No path leads deeper than this: whoever lists it is told so.
  if (depth > kDeepestFolder) return most + 1;
  const auto tree = tree_at(folder);
  std::uint64_t count = tree->size();
  for (std::size_t i = 0; i < tree->size() && count <= most; ++i) {
    const TreeItem item = tree->at(i);
    if (item.is_folder()) count += count_below(item.oid, most, depth + 1, known);
  }
  count = std::min(count, most + 1);
  known.emplace(folder, count);
  return count;
}

std::uint64_t ObjectReader::count_entries(const Oid& commit, std::uint64_t most) {
  EntryCounts known;
  return count_below(checked_oid(existing_commit(commit)->tree), most, 0, known);
}

std::uint64_t ObjectReader::blob_size(const Oid& blob) {
  const auto header = objects_->header(checked_oid(blob));
  if (!header)
    throw std::runtime_error("git blob " + blob + " is missing from " +
                             objects_->folders().front().string());
  return header->size_bytes;
}

Result<std::string> ObjectReader::read_blob(const Oid& blob, std::uint64_t max_bytes) {
  const auto oid = parse_oid(blob);
  const auto header = oid ? objects_->header(*oid) : std::nullopt;
  if (!header || header->type != ObjectType::blob) {
    return fail(Kind::not_found,
                "There is no file content " + std::string(clip(blob, 60)) + " in this repository.");
  }
  if (header->size_bytes > max_bytes) {
    return fail(Kind::too_large, "File content " + blob + " is " +
                                     std::to_string(header->size_bytes) + " bytes; at most " +
                                     std::to_string(max_bytes) + " are read here.");
  }
  auto object = objects_->read(*oid);
  if (!object) throw std::runtime_error("git blob " + blob + " went away while it was read");
  return std::move(object->bytes);
}

std::optional<std::string> ObjectReader::object_type(const Oid& oid) {
  const auto name = parse_oid(oid);
  const auto header = name ? objects_->header(*name) : std::nullopt;
  if (!header) return std::nullopt;
  return std::string(type_name(header->type));
}

}  // namespace holt::gitio
