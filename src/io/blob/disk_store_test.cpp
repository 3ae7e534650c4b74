// The contract on a local folder, and what is particular to it: names, folders, a second start.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <system_error>

#include "base/random.h"
#include "io/blob/contract_test.h"

namespace holt::blob {
namespace {

namespace fs = std::filesystem;

class DiskFactory {
 public:
  DiskFactory() : store_(open_disk_store(root_)) {}
  ~DiskFactory() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  BlobStore& store() { return *store_; }
  const fs::path& root() const { return root_; }
  std::size_t staged_files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(root_ / "staging"), fs::directory_iterator()));
  }

 private:
  fs::path root_ = fs::temp_directory_path() / ("holt-blob-test-" + random_hex(12));
  std::unique_ptr<BlobStore> store_;
};

TEST(DiskStore, files_lie_where_the_format_says) {
  DiskFactory disk;
  auto staged = disk.store().stage();
  staged->write(as_bytes("abc"));
  const Key key{Class::xorb, sha256_hex("abc")};
  disk.store().put(std::move(staged), key);
  const fs::path path = disk.root() / "objects" / "xorbs" / "ba" / key.hash;
  EXPECT_TRUE(fs::exists(path));
  EXPECT_EQ(disk.store().local_path(key), path);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::group_read);
}

TEST(DiskStore, opens_again_with_what_it_had) {
  DiskFactory disk;
  auto staged = disk.store().stage();
  staged->write(as_bytes("abc"));
  const Key key{Class::pack, sha256_hex("abc")};
  disk.store().put(std::move(staged), key);
  auto again = open_disk_store(disk.root());
  EXPECT_EQ(again->size_bytes(key), 3U);
}

TEST(DiskStore, storing_an_old_object_again_renews_it) {
  DiskFactory disk;
  const Key key{Class::blob, sha256_hex("abc")};
  auto put = [&] {
    auto staged = disk.store().stage();
    staged->write(as_bytes("abc"));
    disk.store().put(std::move(staged), key);
  };
  put();
  const timespec old[2] = {{1000000000, 0}, {1000000000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, disk.store().local_path(key)->c_str(), old, 0), 0);
  put();
  EXPECT_FALSE(disk.store().discard_older(key, Timestamp{now().ms - 60000}));
  EXPECT_TRUE(disk.store().size_bytes(key));
}

TEST(DiskStore, the_bin_and_the_quarantine_lie_where_the_format_says) {
  DiskFactory disk;
  const Key key{Class::blob, sha256_hex("abc")};
  auto put = [&] {
    auto staged = disk.store().stage();
    staged->write(as_bytes("abc"));
    return staged;
  };
  disk.store().put(put(), key);
  ASSERT_TRUE(disk.store().discard_older(key, Timestamp{now().ms + 60000}));
  EXPECT_TRUE(fs::exists(disk.root() / "objects" / "trash" / "blobs" / key.hash));
  ASSERT_TRUE(disk.store().restore(key));
  disk.store().replace(put(), key);
  disk.store().replace(put(), key);
  EXPECT_EQ(std::distance(fs::directory_iterator(disk.root() / "quarantine" / "blobs"),
                          fs::directory_iterator()),
            2);
}

TEST(DiskStore, foreign_files_are_not_objects) {
  DiskFactory disk;
  create_new(disk.root() / "objects" / "blobs" / "00" / "README");
  disk.store().each(Class::blob, [](const Key&, std::uint64_t, Timestamp) { ADD_FAILURE(); });
}

TEST(DiskStore, only_reads_once_a_sync_has_failed) {
  DiskFactory disk;
  const auto durability = std::make_shared<Durability>();
  const auto store = open_disk_store(disk.root(), durability);
  const Key key{Class::blob, sha256_hex("abc")};
  auto kept = store->stage();
  kept->write(as_bytes("abc"));
  store->put(std::move(kept), key);
  auto late = store->stage();
  late->write(as_bytes("def"));
  durability->note_failure("another file", "Input/output error");
  EXPECT_THROW(store->put(std::move(late), {Class::blob, sha256_hex("def")}), WritesEnded);
  EXPECT_THROW(store->stage(), WritesEnded);
  EXPECT_THROW(store->remove(key), WritesEnded);
  EXPECT_THROW(store->discard_older(key, Timestamp{now().ms + 60000}), WritesEnded);
  EXPECT_EQ(store->open(key)->read_text(0, 3), "abc");
  EXPECT_EQ(disk.staged_files(), 0U);
}

INSTANTIATE_TYPED_TEST_SUITE_P(Disk, BlobContract, DiskFactory);

}  // namespace
}  // namespace holt::blob
