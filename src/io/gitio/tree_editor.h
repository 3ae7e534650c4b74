// Edits applied to a tree in memory: only the folders on an edited path are read, and only those
// that changed are written.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/gitio/gitio.h"
#include "io/gitio/tree.h"

namespace holt::gitio {

class TreeEditor {
 public:
  using Load = std::function<std::shared_ptr<const Tree>(const RawOid&)>;
  using Store = std::function<RawOid(std::string_view tree_bytes)>;

  TreeEditor(std::shared_ptr<const Tree> root, Load load);
  ~TreeEditor();
  // Errors as PackWriter::add_tree; the tree is then as before this edit.
  Result<void> apply(const Edit& edit);
  // Stores the changed trees, children first; nullopt when nothing changed.
  std::optional<RawOid> write(const Store& store);

 private:
  struct Folder;
  struct Child {
    std::uint32_t mode = 0;  // 0: removed
    RawOid oid{};
    std::unique_ptr<Folder> folder;  // when it was opened
  };
  struct Folder {
    std::shared_ptr<const Tree> base;
    std::map<std::string, Child, std::less<>>
        overlay;           // entries that differ from base or were opened
    std::size_t live = 0;  // entries that are left
    bool changed = false;
  };

  std::unique_ptr<Folder> make_folder(std::shared_ptr<const Tree> base) const;
  static std::optional<TreeItem> find(const Folder& folder, std::string_view name);
  Folder& open(Folder& folder, const TreeItem& item);
  Result<void> put(const Edit& edit, const std::vector<std::string_view>& parts);
  Result<void> remove(const Edit& edit, const std::vector<std::string_view>& parts);
  RawOid write_folder(Folder& folder, const Store& store);

  Load load_;
  std::unique_ptr<Folder> root_;
};

}  // namespace holt::gitio
