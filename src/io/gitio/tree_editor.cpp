// The overlay of edits and how it is merged with the trees below it.
#include "io/gitio/tree_editor.h"

#include <algorithm>

#include "base/text.h"

namespace holt::gitio {
namespace {

std::string shown(std::string_view path) { return "\"" + std::string(clip(path, 500)) + "\""; }

std::unexpected<Error> missing(const Edit& edit) {
  return fail(Kind::not_found,
              "A file with this name doesn't exist: " + std::string(clip(edit.path, 500)),
              "EntryNotFound");
}

}  // namespace

TreeEditor::TreeEditor(std::shared_ptr<const Tree> root, Load load) : load_(std::move(load)) {
  root_ = make_folder(std::move(root));
}

TreeEditor::~TreeEditor() = default;

std::unique_ptr<TreeEditor::Folder> TreeEditor::make_folder(
    std::shared_ptr<const Tree> base) const {
  auto folder = std::make_unique<Folder>();
  folder->live = base ? base->size() : 0;
  folder->base = std::move(base);
  return folder;
}

std::optional<TreeItem> TreeEditor::find(const Folder& folder, std::string_view name) {
  if (const auto it = folder.overlay.find(name); it != folder.overlay.end()) {
    if (it->second.mode == 0) return std::nullopt;
    return TreeItem{it->second.mode, it->first, it->second.oid};
  }
  return folder.base ? folder.base->find(name) : std::nullopt;
}

TreeEditor::Folder& TreeEditor::open(Folder& folder, const TreeItem& item) {
  auto it = folder.overlay.find(item.name);
  if (it == folder.overlay.end()) {
    it = folder.overlay.emplace(std::string(item.name), Child{item.mode, item.oid, nullptr}).first;
  }
  if (!it->second.folder) it->second.folder = make_folder(load_(item.oid));
  return *it->second.folder;
}

Result<void> TreeEditor::apply(const Edit& edit) {
  if (edit.kind == Edit::Kind::put) TRY_VOID(check_path(edit.path));
  // What stands in the tree may have a name that check_path refuses, and must be removable.
  std::string_view path = edit.path;
  if (edit.kind != Edit::Kind::put && path.ends_with('/')) path.remove_suffix(1);
  const auto parts = split(path, '/');
  if (std::ranges::find(parts, std::string_view()) != parts.end()) {
    return fail(Kind::invalid, "The path " + shown(edit.path) + " has an empty part.");
  }
  return edit.kind == Edit::Kind::put ? put(edit, parts) : remove(edit, parts);
}

Result<void> TreeEditor::put(const Edit& edit, const std::vector<std::string_view>& parts) {
  const auto oid = parse_oid(edit.blob);
  if (!oid)
    return fail(Kind::invalid, "The content of " + shown(edit.path) + " has no valid name.");
  if (edit.entry_kind == EntryKind::folder) {
    return fail(Kind::invalid,
                "A folder cannot be put at " + shown(edit.path) + ": put its files.");
  }
  std::vector<Folder*> way{root_.get()};
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    Folder& folder = *way.back();
    const auto item = find(folder, parts[i]);
    if (item && !item->is_folder()) {
      const std::string_view file(
          edit.path.data(),
          static_cast<std::size_t>(parts[i].data() + parts[i].size() - edit.path.data()));
      return fail(Kind::invalid, shown(edit.path) + " cannot be written: " + shown(file) +
                                     " is a file, not a folder. Remove it first.");
    }
    if (item) {
      way.push_back(&open(folder, *item));
      continue;
    }
    // Nothing below can be in the way any more, so the new folder will not stay empty.
    Child& child = folder.overlay[std::string(parts[i])];
    child = Child{kFolderMode, {}, make_folder(nullptr)};
    ++folder.live;
    way.push_back(child.folder.get());
  }
  Folder& folder = *way.back();
  const auto item = find(folder, parts.back());
  if (item && item->is_folder()) {
    return fail(Kind::invalid,
                shown(edit.path) + " cannot be written: it is a folder. Remove it first.");
  }
  const std::uint32_t mode = mode_of(edit.entry_kind);
  if (item && item->mode == mode && item->oid == *oid) return {};
  if (!item) ++folder.live;
  folder.overlay[std::string(parts.back())] = Child{mode, *oid, nullptr};
  for (Folder* on_way : way) on_way->changed = true;
  return {};
}

Result<void> TreeEditor::remove(const Edit& edit, const std::vector<std::string_view>& parts) {
  std::vector<Folder*> way{root_.get()};
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto item = find(*way.back(), parts[i]);
    if (!item || !item->is_folder()) return missing(edit);
    way.push_back(&open(*way.back(), *item));
  }
  const auto item = find(*way.back(), parts.back());
  if (!item) return missing(edit);
  if (edit.kind == Edit::Kind::remove_folder && !item->is_folder()) return missing(edit);
  for (Folder* on_way : way) on_way->changed = true;
  for (std::size_t i = parts.size(); i-- > 0;) {
    Folder& folder = *way[i];
    folder.overlay[std::string(parts[i])] = Child{};
    if (--folder.live > 0) break;
  }
  return {};
}

std::optional<RawOid> TreeEditor::write(const Store& store) {
  if (!root_->changed) return std::nullopt;
  return write_folder(*root_, store);
}

RawOid TreeEditor::write_folder(Folder& folder, const Store& store) {
  std::vector<TreeItem> added;
  for (auto& [name, child] : folder.overlay) {
    if (child.folder && child.folder->changed) child.oid = write_folder(*child.folder, store);
    if (child.mode != 0) added.push_back({child.mode, name, child.oid});
  }
  std::sort(added.begin(), added.end(), [](const TreeItem& a, const TreeItem& b) {
    return compare_names(a.name, a.is_folder(), b.name, b.is_folder()) < 0;
  });
  std::string out;
  out.reserve((folder.base ? folder.base->bytes().size() : 0) + added.size() * 48);
  std::size_t next = 0;
  const auto append_added = [&] {
    append_entry(out, added[next].mode, added[next].name, added[next].oid);
    ++next;
  };
  for (std::size_t i = 0; folder.base && i < folder.base->size(); ++i) {
    const TreeItem item = folder.base->at(i);
    if (folder.overlay.contains(item.name)) continue;
    while (next < added.size() && compare_names(added[next].name, added[next].is_folder(),
                                                item.name, item.is_folder()) < 0) {
      append_added();
    }
    out += folder.base->entry_bytes(i);
  }
  while (next < added.size()) append_added();
  return store(out);
}

}  // namespace holt::gitio
