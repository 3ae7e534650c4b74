// Making a data folder, refusing foreign ones, and keeping a second server out.
#include "app/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/random.h"

namespace holt::app {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() : path_(fs::temp_directory_path() / ("holt-data-" + random_hex(16))) {}
  ~DataFolderTest() override { fs::remove_all(path_); }
  static unsigned mode_of(const fs::path& path) {
    struct stat info{};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 0777u;
  }
  fs::path path_;
};

TEST_F(DataFolderTest, is_made_private_with_a_secret_that_stays) {
  const auto first = DataFolder::open(path_ / "deep" / "er");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->secret().size(), 32u);
  EXPECT_EQ(mode_of(path_ / "deep" / "er"), 0700u);
  EXPECT_EQ(mode_of(path_ / "deep" / "er" / "secret.key"), 0600u);
  EXPECT_EQ(DataFolder::open(path_ / "deep" / "er")->secret(), first->secret());
}

TEST_F(DataFolderTest, makers_at_the_same_moment_agree_on_the_secret) {
  std::vector<std::string> secrets(8);
  {
    std::vector<std::jthread> threads;
    for (auto& secret : secrets)
      threads.emplace_back([&] { secret = DataFolder::open(path_).value().secret(); });
  }
  for (const auto& secret : secrets) EXPECT_EQ(secret, secrets.front());
}

TEST_F(DataFolderTest, a_second_server_is_told_who_has_it) {
  auto first = DataFolder::open(path_).value();
  ASSERT_TRUE(first.lock());
  auto second = DataFolder::open(path_).value();
  const auto refused = second.lock();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::conflict);
  const std::string pid = "another Holt (pid " + std::to_string(::getpid()) + " on ";
  EXPECT_NE(refused.error().message.find(pid), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("serves this folder"), std::string::npos);
}

TEST_F(DataFolderTest, is_free_again_after_its_server_is_gone) {
  {
    auto first = DataFolder::open(path_).value();
    ASSERT_TRUE(first.lock());
  }
  EXPECT_TRUE(DataFolder::open(path_)->lock());
  // Killed without a chance to clean up.
  const pid_t child = ::fork();
  if (child == 0) {
    auto folder = DataFolder::open(path_);
    ::_exit(folder && folder->lock() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(DataFolder::open(path_)->lock());
}

TEST_F(DataFolderTest, foreign_and_newer_folders_are_refused) {
  fs::create_directories(path_);
  std::ofstream(path_ / "thesis.tex") << "x";
  EXPECT_NE(DataFolder::open(path_).error().message.find("thesis.tex"), std::string::npos);
  fs::remove(path_ / "thesis.tex");
  ASSERT_TRUE(DataFolder::open(path_));
  std::ofstream(path_ / "format") << "holt data folder, format 2\n";
  EXPECT_NE(DataFolder::open(path_).error().message.find("format 2"), std::string::npos);
  std::ofstream(path_ / "format") << "holt data folder, format 1\n";
  std::ofstream(path_ / "secret.key") << "short";
  EXPECT_NE(DataFolder::open(path_).error().message.find("32 bytes"), std::string::npos);
  EXPECT_FALSE(DataFolder::open(path_ / "secret.key"));
}

}  // namespace
}  // namespace holt::app
