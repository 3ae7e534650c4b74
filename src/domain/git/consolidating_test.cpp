// Many commits leave few packs, and nothing of them is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "domain/git/git.h"
#include "domain/git/store.h"
#include "io/db/migrated_catalog_test.h"
#include "io/proc/proc.h"

namespace holt::git {
namespace {

namespace fs = std::filesystem;

class OneFile final : public OperationSource {
 public:
  OneFile(std::string path, std::string bytes) {
    operation_.path = std::move(path);
    operation_.bytes = std::move(bytes);
  }
  Result<std::optional<CommitOperation>> next() override {
    if (given_) return std::optional<CommitOperation>();
    given_ = true;
    return std::optional(operation_);
  }
  void rewind() override { given_ = false; }

 private:
  CommitOperation operation_;
  bool given_ = false;
};

class ConsolidationTest : public testing::Test {
 protected:
  ConsolidationTest() : folder_(fs::temp_directory_path() / ("holt-git-" + random_hex(16))) {
    fs::create_directories(folder_);
    database_ = db::open_migrated_catalog(folder_);
    auth_ = std::make_unique<auth::Auth>(*database_, false);
    repos_ = std::make_unique<repos::Repos>(*database_, *auth_);
    store_ = blob::open_disk_store(folder_ / "objects");
    contents_ = std::make_unique<content::Contents>(*database_, *store_, *repos_);
    start("cache");
    EXPECT_TRUE(auth_->create_user("alice", "Alice", "alice@example.org", false, std::nullopt));
    auth::NewToken token;
    token.name = "t";
    token.role = auth::TokenRole::write;
    const auto actor =
        auth_->authenticate("Bearer " + auth_->create_token("alice", token).value().value, "")
            .value();
    repos::NewRepo wanted;
    wanted.id = {repos::Type::model, "alice", "model"};
    key_ = repos_->create(actor, wanted).value().repo().key;
    EXPECT_TRUE(git_->create_first_commit(target(), wanted));
  }
  ~ConsolidationTest() override {
    git_.reset();
    cache_.reset();
    contents_.reset();
    repos_.reset();
    auth_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }

  // As a process that finds this cache folder.
  void start(const std::string& cache) {
    git_.reset();
    cache_ = std::make_unique<gitio::RepositoryCache>(folder_ / cache, 16);
    git_ = std::make_unique<Git>(*database_, *repos_, *contents_, *cache_);
  }
  repos::Writable target() { return repos_->open_system(key_).value(); }
  void commit(int number) {
    OneFile file("notes/" + std::to_string(number % 7) + ".txt",
                 "note " + std::to_string(number) + "\n");
    CommitRequest request;
    request.summary = "Note " + std::to_string(number);
    ASSERT_TRUE(git_->commit(target(), request, file));
  }
  std::size_t recorded() {
    return database_->read([&](db::Tx& tx) { return store::packs(tx, key_); }).size();
  }
  static std::size_t cached(const fs::path& repository) {
    return static_cast<std::size_t>(std::ranges::count_if(
        fs::directory_iterator(repository / "objects/pack"),
        [](const auto& entry) { return entry.path().extension() == ".pack"; }));
  }
  static std::string checked(const fs::path& repository) {
    proc::Command command;
    command.arguments = {"git",    "--git-dir", repository.string(), "fsck",
                         "--full", "--strict",  "--no-dangling",     "--no-progress"};
    const auto outcome = proc::run(command);
    return outcome.exit_code == 0 ? outcome.output
                                  : "failed: " + outcome.output + outcome.error_output;
  }

  fs::path folder_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<auth::Auth> auth_;
  std::unique_ptr<repos::Repos> repos_;
  std::unique_ptr<blob::BlobStore> store_;
  std::unique_ptr<content::Contents> contents_;
  std::unique_ptr<gitio::RepositoryCache> cache_;
  std::unique_ptr<Git> git_;
  std::int64_t key_ = 0;
};

TEST_F(ConsolidationTest, a_hundred_commits_leave_few_packs) {
  for (int i = 0; i < 100; ++i) {
    commit(i);
    if (i % 10 == 9) git_->consolidate_written([] { return true; });
  }
  EXPECT_LE(recorded(), 43u);
  git_->consolidate(target());
  EXPECT_LE(recorded(), 33u);
  const auto here = git_->repository_with_refs(target());
  EXPECT_EQ(cached(here->path()), recorded());
  EXPECT_EQ(checked(here->path()), "");

  // What is recorded is all there is to build another copy from.
  start("another-cache");
  const auto there = git_->repository_with_refs(target());
  EXPECT_EQ(cached(there->path()), recorded());
  EXPECT_EQ(checked(there->path()), "");
  const auto tip = git_->resolve(target(), "main").value();
  EXPECT_EQ(there->reader()
                .read_blob(git_->find_file(target(), tip, "notes/1.txt")->entry.oid, 100)
                .value(),
            "note 99\n");
}

TEST_F(ConsolidationTest, only_repositories_that_were_written_are_looked_at) {
  for (int i = 0; i < 40; ++i) commit(i);
  git_->consolidate_written([] { return false; });
  EXPECT_EQ(recorded(), 41u);
  git_->consolidate_written([] { return true; });
  EXPECT_LT(recorded(), 10u);
  const auto after = recorded();
  git_->consolidate_written([] { return true; });
  EXPECT_EQ(recorded(), after);
  commit(40);
  EXPECT_EQ(recorded(), after + 1);
}

}  // namespace
}  // namespace holt::git
