// Reading and writing the entries of a tree: octal mode, space, name, NUL, twenty bytes.
#include "io/gitio/tree.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "base/result.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kMostModeDigits = 7;
constexpr std::uint32_t kKindBits = 0170000, kRegularKind = 0100000, kOwnerMayRun = 0100;

// What git takes a mode for; old tools wrote others than its own. What is neither file, link nor
// folder counts as a submodule: git looks for no object under it, and neither must a reader.
std::uint32_t canonical(std::uint32_t mode) {
  switch (mode & kKindBits) {
    case kRegularKind:
      return (mode & kOwnerMayRun) != 0 ? kExecutableMode : kFileMode;
    case kSymlinkMode:
      return kSymlinkMode;
    case kFolderMode:
      return kFolderMode;
    default:
      return kSubmoduleMode;
  }
}

}  // namespace

EntryKind kind_of(std::uint32_t mode) {
  switch (canonical(mode)) {
    case kFolderMode:
      return EntryKind::folder;
    case kSymlinkMode:
      return EntryKind::symlink;
    case kSubmoduleMode:
      return EntryKind::submodule;
    case kExecutableMode:
      return EntryKind::executable;
    default:
      return EntryKind::file;
  }
}

std::uint32_t mode_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::file:
      return kFileMode;
    case EntryKind::executable:
      return kExecutableMode;
    case EntryKind::symlink:
      return kSymlinkMode;
    case EntryKind::folder:
      return kFolderMode;
    case EntryKind::submodule:
      return kSubmoduleMode;
  }
  CHECK(false);
}

int compare_names(std::string_view a, bool a_is_folder, std::string_view b, bool b_is_folder) {
  const std::size_t common = std::min(a.size(), b.size());
  if (const int order = std::memcmp(a.data(), b.data(), common); order != 0) return order;
  const auto next = [common](std::string_view name, bool is_folder) -> int {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return is_folder ? '/' : 0;
  };
  return next(a, a_is_folder) - next(b, b_is_folder);
}

Tree::Tree(std::string bytes) : bytes_(std::move(bytes)) {
  std::size_t position = 0;
  while (position < bytes_.size()) {
    const std::size_t space = bytes_.find(' ', position);
    const std::size_t end = space == std::string::npos ? space : bytes_.find('\0', space);
    const bool whole = end != std::string::npos && end > space + 1 && space > position &&
                       space - position <= kMostModeDigits &&
                       bytes_.size() - end > sizeof(RawOid) &&
                       std::all_of(bytes_.begin() + static_cast<std::ptrdiff_t>(position),
                                   bytes_.begin() + static_cast<std::ptrdiff_t>(space),
                                   [](char c) { return c >= '0' && c <= '7'; });
    if (!whole) {
      throw std::runtime_error("malformed git tree at byte " + std::to_string(position));
    }
    starts_.push_back(static_cast<std::uint32_t>(position));
    position = end + 1 + sizeof(RawOid);
  }
}

TreeItem Tree::at(std::size_t index) const {
  TreeItem item;
  const char* p = bytes_.data() + starts_[index];
  for (; *p != ' '; ++p) item.mode = item.mode * 8 + static_cast<std::uint32_t>(*p - '0');
  item.mode = canonical(item.mode);
  ++p;
  item.name = std::string_view(p);
  std::memcpy(item.oid.data(), p + item.name.size() + 1, item.oid.size());
  return item;
}

std::string_view Tree::entry_bytes(std::size_t index) const {
  const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] : bytes_.size();
  return std::string_view(bytes_).substr(starts_[index], end - starts_[index]);
}

std::optional<TreeItem> Tree::find(std::string_view name) const {
  // The place depends on what the entry is, which is not known yet.
  for (const bool as_folder : {false, true}) {
    std::size_t low = 0;
    std::size_t high = size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const TreeItem item = at(middle);
      const int order = compare_names(item.name, item.is_folder(), name, as_folder);
      if (order == 0 && item.name == name) return item;
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
  }
  return std::nullopt;
}

void append_entry(std::string& tree, std::uint32_t mode, std::string_view name, const RawOid& oid) {
  std::array<char, 8> digits;
  std::size_t first = digits.size();
  for (std::uint32_t rest = mode; rest != 0; rest /= 8)
    digits[--first] = static_cast<char>('0' + rest % 8);
  tree.append(digits.data() + first, digits.size() - first);
  tree += ' ';
  tree += name;
  tree += '\0';
  tree.append(reinterpret_cast<const char*>(oid.data()), oid.size());
}

}  // namespace holt::gitio
