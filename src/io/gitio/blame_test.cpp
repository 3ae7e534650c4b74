// Which commit wrote each line, compared with what git says.
#include <fstream>
#include <sstream>

#include "io/gitio/support_test.h"

namespace holt::gitio {
namespace {

namespace fs = std::filesystem;

class Blaming : public GitFixture {
 protected:
  void SetUp() override {
    fs::create_directories(clone_);
    git(clone_, {"init", "-q"});
    save(100, "one\ntwo\nthree\nfour\nfive\n");
    save(200, "zero\none\ntwo\nthree\nfour\nfive\n");
    save(300, "zero\none\nTWO\nthree\nfive\n");
    git(clone_, {"checkout", "-q", "-b", "side"});
    save(400, "zero\none\nTWO\nthree\nfive\nsix\nseven\n");
    git(clone_, {"checkout", "-q", "main"});
    std::ofstream(clone_ / "other.txt") << "o\n";
    git(clone_, {"add", "-A"});
    EXPECT_EQ(try_git(clone_, {"commit", "-q", "-m", "other"}, 450).exit_code, 0);
    EXPECT_EQ(try_git(clone_, {"merge", "-q", "--no-ff", "-m", "merge", "side"}, 500).exit_code, 0);
    save(600, "zero\none\nTWO\nthree\nfive and a half\nsix\nseven\nlast without an end");
    repository_ = open();
    import(*repository_, clone_);
    head_ = std::string(trim(git(clone_, {"rev-parse", "main"})));
  }
  void save(std::int64_t seconds, const std::string& content) {
    std::ofstream(clone_ / "a.txt", std::ios::binary) << content;
    git(clone_, {"add", "-A"});
    EXPECT_EQ(
        try_git(clone_, {"commit", "-q", "-m", "at " + std::to_string(seconds)}, seconds).exit_code,
        0);
  }
  fs::path clone_ = root_ / "clone";
  std::shared_ptr<Repository> repository_;
  Oid head_;
};

TEST_F(Blaming, each_line_has_the_commit_that_git_names) {
  const auto blame = repository_->reader().blame(head_, "a.txt", 1 << 20, 10'000'000);
  ASSERT_TRUE(blame.has_value());
  EXPECT_TRUE(blame->complete);
  std::vector<std::string> ours, theirs;
  for (const auto line : blame->lines) ours.push_back(blame->commits.at(line).oid);
  std::istringstream told(git(clone_, {"blame", "--line-porcelain", "main", "--", "a.txt"}));
  for (std::string line; std::getline(told, line);)
    if (line.size() > 41 && is_hex(line.substr(0, 40), 40)) theirs.push_back(line.substr(0, 40));
  EXPECT_EQ(ours, theirs);
  EXPECT_EQ(ours.size(), 8u);
}

TEST_F(Blaming, out_of_time_it_says_so) {
  const auto blame = repository_->reader().blame(head_, "a.txt", 1 << 20, -1);
  ASSERT_TRUE(blame.has_value());
  EXPECT_FALSE(blame->complete);
  EXPECT_EQ(blame->commits.size(), 1u);
}

TEST_F(Blaming, what_is_no_file_has_no_authors) {
  EXPECT_EQ(repository_->reader().blame(head_, "absent", 100, 1000).error().kind, Kind::not_found);
  EXPECT_EQ(repository_->reader().blame(head_, "a.txt", 3, 1000).error().kind, Kind::too_large);
}

}  // namespace
}  // namespace holt::gitio
