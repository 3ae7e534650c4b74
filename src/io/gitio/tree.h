// A parsed tree object, and how git orders the entries of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/gitio/gitio.h"
#include "io/gitio/object_id.h"

namespace holt::gitio {

// Modes as git writes them; never change.
inline constexpr std::uint32_t kFolderMode = 0040000;
inline constexpr std::uint32_t kFileMode = 0100644;
inline constexpr std::uint32_t kExecutableMode = 0100755;
inline constexpr std::uint32_t kSymlinkMode = 0120000;
inline constexpr std::uint32_t kSubmoduleMode = 0160000;

EntryKind kind_of(std::uint32_t mode);
std::uint32_t mode_of(EntryKind kind);

struct TreeItem {
  std::uint32_t mode = 0;  // one of the five above, as git reads what stands there
  std::string_view name;   // into the tree
  RawOid oid{};
  bool is_folder() const { return mode == kFolderMode; }
};

// Negative, zero or positive. A folder sorts as if its name ended in '/'.
int compare_names(std::string_view a, bool a_is_folder, std::string_view b, bool b_is_folder);

class Tree {
 public:
  Tree() = default;
  explicit Tree(std::string bytes);  // throws when malformed
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::size_t size() const { return starts_.size(); }
  TreeItem at(std::size_t index) const;
  std::optional<TreeItem> find(std::string_view name) const;
  std::string_view bytes() const { return bytes_; }
  // An entry as it stands in the object.
  std::string_view entry_bytes(std::size_t index) const;
  std::size_t cost_bytes() const {
    return bytes_.size() + starts_.size() * sizeof(std::uint32_t) + 200;
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> starts_;
};

void append_entry(std::string& tree, std::uint32_t mode, std::string_view name, const RawOid& oid);

}  // namespace holt::gitio
