// What the tests of this room share: a store, a cache, and real git over both.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "io/blob/blob.h"
#include "io/gitio/gitio.h"
#include "io/proc/proc.h"

namespace holt::gitio {

// A store in one flat folder that syncs nothing: these tests make hundreds of packs.
class FlatStore final : public blob::BlobStore {
 public:
  explicit FlatStore(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }
  std::unique_ptr<blob::Staged> stage() override {
    return std::make_unique<FlatStaged>(folder_ / ("staged-" + random_hex(16)));
  }
  void put_all(std::vector<Put> puts) override {
    for (auto& one : puts) std::filesystem::rename(one.staged->path(), folder_ / one.key.hash);
  }
  std::optional<std::uint64_t> size_bytes(const blob::Key& key) override {
    if (!std::filesystem::exists(folder_ / key.hash)) return std::nullopt;
    return std::filesystem::file_size(folder_ / key.hash);
  }
  SharedFile open(const blob::Key& key) override { return open_for_reading(folder_ / key.hash); }
  bool remove(const blob::Key& key) override { return std::filesystem::remove(folder_ / key.hash); }
  bool discard_older(const blob::Key& key, Timestamp) override { return remove(key); }
  bool restore(const blob::Key&) override { return false; }
  void each(blob::Class, blob::HashRange, const Look&) override {}
  void each_discarded(
      const std::function<void(const blob::Key&, std::uint64_t, Timestamp)>&) override {}
  Emptied empty_bin(Timestamp) override { return {}; }
  void replace(std::unique_ptr<blob::Staged> staged, const blob::Key& key) override {
    put(std::move(staged), key);
  }
  std::optional<std::filesystem::path> local_path(const blob::Key& key) override {
    return folder_ / key.hash;
  }
  std::size_t sweep_staging(Timestamp) override { return 0; }
  // Files that were staged and neither stored nor dropped.
  std::size_t staged() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      count += entry.path().filename().string().starts_with("staged-") ? 1 : 0;
    return count;
  }

 private:
  class FlatStaged final : public blob::Staged {
   public:
    explicit FlatStaged(std::filesystem::path path)
        : path_(std::move(path)), file_(create_new(path_)) {}
    ~FlatStaged() override {
      std::error_code ignored;
      std::filesystem::remove(path_, ignored);
    }
    void write(ByteSpan bytes) override {
      file_->write_all(bytes);
      size_bytes_ += bytes.size();
    }
    std::uint64_t size_bytes() const override { return size_bytes_; }
    const SharedFile& file() const override { return file_; }
    const std::filesystem::path& path() const override { return path_; }

   private:
    std::filesystem::path path_;
    SharedFile file_;
    std::uint64_t size_bytes_ = 0;
  };
  std::filesystem::path folder_;
};

class GitFixture : public testing::Test {
 protected:
  GitFixture() { std::filesystem::create_directories(root_); }
  ~GitFixture() override { std::filesystem::remove_all(root_); }

  // Output of `git …` run in a folder; the test fails when git does.
  static std::string git(const std::filesystem::path& folder, std::vector<std::string> arguments) {
    const auto outcome = try_git(folder, std::move(arguments));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error_output << outcome.output;
    return outcome.output;
  }
  static proc::Outcome try_git(const std::filesystem::path& folder,
                               std::vector<std::string> arguments,
                               std::int64_t at_seconds = 1'700'000'000,
                               SharedFile input = nullptr) {
    proc::Command command;
    command.arguments = {"git",
                         "-c",
                         "safe.directory=*",
                         "-c",
                         "protocol.file.allow=always",
                         "-c",
                         "init.defaultBranch=main"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.folder = folder;
    command.input = std::move(input);
    const std::string date = "@" + std::to_string(at_seconds) + " +0000";
    command.environment = {{"GIT_AUTHOR_NAME", "A"},     {"GIT_AUTHOR_EMAIL", "a@x"},
                           {"GIT_COMMITTER_NAME", "C"},  {"GIT_COMMITTER_EMAIL", "c@x"},
                           {"GIT_AUTHOR_DATE", date},    {"GIT_COMMITTER_DATE", date},
                           {"GIT_CONFIG_NOSYSTEM", "1"}, {"GIT_CONFIG_GLOBAL", "/dev/null"}};
    return proc::run(command, 256 << 20);
  }

  std::shared_ptr<Repository> open(std::int64_t key = 1) { return cache_.open(key); }

  // Stores a finished pack and makes it visible, as a publication does; git must find nothing
  // wrong.
  std::string publish(Repository& repository, PackWriter& writer) {
    auto finished = writer.finish();
    return publish(repository, std::move(finished.pack), finished.sha256, finished.index);
  }
  std::string publish(Repository& repository, std::unique_ptr<blob::Staged> pack,
                      const std::string& sha256, const std::string& index) {
    const blob::Key key{blob::Class::pack, sha256};
    store_->put(std::move(pack), key);
    repository.add_pack(store_->open(key), store_->local_path(key), index);
    const auto checked =
        try_git(repository.path(), {"fsck", "--strict", "--full", "--no-dangling"});
    EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error_output;
    EXPECT_EQ(checked.error_output.find("error"), std::string::npos) << checked.error_output;
    return sha256;
  }

  static Signature someone(std::int64_t seconds) {
    return {"Zoë Ünal", "zoe@example.org", seconds, 120};
  }

  // One commit over `parent` with these files put; an empty content removes.
  Oid commit(Repository& repository, const Oid& parent,
             const std::vector<std::pair<std::string, std::string>>& files,
             std::int64_t seconds = 1'700'000'000) {
    auto writer = repository.new_pack(*store_);
    std::vector<Edit> edits;
    for (const auto& [path, content] : files) {
      if (content.empty())
        edits.push_back({Edit::Kind::remove_file, path, {}, EntryKind::file});
      else
        edits.push_back(
            {Edit::Kind::put, path, writer->add_blob(as_bytes(content)), EntryKind::file});
    }
    const auto tree = writer->add_tree(parent, edits);
    EXPECT_TRUE(tree.has_value()) << (tree ? "" : tree.error().message);
    const auto oid = writer->add_commit(
        *tree, parent.empty() ? std::vector<Oid>{} : std::vector{parent}, someone(seconds),
        someone(seconds), "Change of " + std::to_string(seconds) + "\n\nWhy so.");
    publish(repository, *writer);
    return oid;
  }

  // The commits of an ordinary clone, pushed into a repository of the cache by way of one pack.
  void import(Repository& repository, const std::filesystem::path& clone) {
    const auto all = root_ / ("pack-" + random_hex(8));
    std::filesystem::create_directories(all);
    git(clone, {"pack-objects", "-q", "--revs", "--all", (all / "p").string()});
    for (const auto& entry : std::filesystem::directory_iterator(all)) {
      if (entry.path().extension() != ".pack") continue;
      auto file = open_for_reading(entry.path());
      repository.add_pack(file, std::nullopt, "");
    }
  }

  std::filesystem::path root_ =
      std::filesystem::temp_directory_path() / ("holt-gitio-test-" + random_hex(12));
  std::unique_ptr<FlatStore> store_ = std::make_unique<FlatStore>(root_ / "store");
  RepositoryCache cache_{root_ / "cache", 8};
};

}  // namespace holt::gitio
