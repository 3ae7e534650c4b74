// Reading, mapping and durable renaming of real files in a folder of the test's own.
#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/random.h"

namespace holt {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() { std::filesystem::create_directories(folder_); }
  ~FileTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("holt-file-test-" + random_hex(12));
};

TEST_F(FileTest, written_bytes_come_back_exactly) {
  auto file = create_new(folder_ / "a");
  file->write_all(as_bytes("hello "));
  file->write_all(as_bytes("world"));
  file->sync();
  EXPECT_EQ(file->size_bytes(), 11U);
  EXPECT_EQ(file->read_text(6, 5), "world");
  EXPECT_THROW(file->read_text(6, 6), std::runtime_error);
}

TEST_F(FileTest, absent_is_null_and_existing_is_not_overwritten) {
  EXPECT_EQ(open_for_reading(folder_ / "none"), nullptr);
  create_new(folder_ / "a");
  EXPECT_THROW(create_new(folder_ / "a"), std::system_error);
}

TEST_F(FileTest, full_disk_is_its_own_exception) {
  // /dev/full answers every write with ENOSPC.
  File file(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_THROW(file.write_all(as_bytes("x")), StorageFull);
}

TEST_F(FileTest, renamed_durably) {
  create_new(folder_ / "a")->write_all(as_bytes("x"));
  rename_durably(folder_ / "a", folder_ / "b");
  EXPECT_EQ(open_for_reading(folder_ / "a"), nullptr);
  EXPECT_EQ(open_for_reading(folder_ / "b")->read_text(0, 1), "x");
}

TEST_F(FileTest, mapped_ranges) {
  auto file = create_new(folder_ / "a");
  Bytes content(10000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * 7);
  file->write_all(content);
  auto whole = MappedFile::map(file);
  EXPECT_TRUE(
      std::equal(content.begin(), content.end(), whole.bytes().begin(), whole.bytes().end()));
  auto part = MappedFile::map(file, 5001, 999);
  ASSERT_EQ(part.bytes().size(), 999U);
  EXPECT_EQ(part.bytes()[0], content[5001]);
  EXPECT_EQ(part.bytes()[998], content[5999]);
  auto moved = std::move(part);
  EXPECT_EQ(moved.bytes()[0], content[5001]);
  EXPECT_TRUE(MappedFile::map(file, 10000, 0).bytes().empty());
  EXPECT_THROW(MappedFile::map(file, 9999, 2), std::runtime_error);
}

}  // namespace
}  // namespace holt
