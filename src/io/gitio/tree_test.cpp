// Trees as bytes: what is no tree is refused before anything is made of it.
#include "io/gitio/tree.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace holt::gitio {
namespace {

std::string entry(std::string_view mode, std::string_view name) {
  return std::string(mode) + " " + std::string(name) + std::string(1, '\0') + std::string(20, '\1');
}

TEST(TreeTest, entries_are_read_with_their_modes) {
  const Tree tree(entry("100644", "a") + entry("40000", "b") + entry("0120000", "c"));
  ASSERT_EQ(tree.size(), 3u);
  EXPECT_EQ(tree.at(1).mode, kFolderMode);
  EXPECT_EQ(kind_of(tree.at(2).mode), EntryKind::symlink);
  EXPECT_EQ(tree.find("b")->name, "b");
  EXPECT_FALSE(tree.find("d"));
}

// Else a reader would look for objects that git, which checked the push, did not ask for.
TEST(TreeTest, modes_mean_what_git_takes_them_for) {
  const std::pair<const char*, EntryKind> cases[] = {
      {"100664", EntryKind::file},     {"100777", EntryKind::executable},
      {"40755", EntryKind::folder},    {"120777", EntryKind::symlink},
      {"20000", EntryKind::submodule}, {"0", EntryKind::submodule},
      {"1", EntryKind::submodule},     {"160000", EntryKind::submodule}};
  for (const auto& [mode, kind] : cases) {
    const Tree tree(entry(mode, "a"));
    EXPECT_EQ(kind_of(tree.at(0).mode), kind) << mode;
    EXPECT_EQ(tree.at(0).is_folder(), kind == EntryKind::folder) << mode;
    EXPECT_EQ(tree.entry_bytes(0), tree.bytes());
  }
}

// A mode that wraps around would be written as more digits than there is room for.
TEST(TreeTest, modes_that_are_no_octal_numbers_are_refused) {
  for (const char* mode : {"-9959\n", "10064x", "100648", "+00644", "12345670"})
    EXPECT_THROW(Tree(entry(mode, "a")), std::runtime_error) << mode;
}

TEST(TreeTest, entries_that_are_cut_short_are_refused) {
  const auto whole = entry("100644", "a");
  for (std::size_t length = 1; length < whole.size(); ++length)
    EXPECT_THROW(Tree(whole.substr(0, length)), std::runtime_error) << length;
  EXPECT_THROW(Tree(entry("100644", "")), std::runtime_error);
}

}  // namespace
}  // namespace holt::gitio
