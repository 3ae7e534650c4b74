// A hub without a network, on a folder of its own: what the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "domain/upkeep/upkeep.h"
#include "io/db/migrated_catalog_test.h"

namespace holt::upkeep {

// Operations of one commit, given in order.
class Operations final : public git::OperationSource {
 public:
  explicit Operations(std::vector<git::CommitOperation> operations)
      : operations_(std::move(operations)) {}
  Result<std::optional<git::CommitOperation>> next() override {
    if (at_ == operations_.size()) return std::optional<git::CommitOperation>();
    return std::optional(operations_[at_++]);
  }
  void rewind() override { at_ = 0; }

 private:
  std::vector<git::CommitOperation> operations_;
  std::size_t at_ = 0;
};

inline git::CommitOperation put(std::string path, std::string bytes) {
  git::CommitOperation operation;
  operation.path = std::move(path);
  operation.bytes = std::move(bytes);
  return operation;
}
inline git::CommitOperation put_large(std::string path, const std::string& sha256,
                                      std::uint64_t size_bytes) {
  git::CommitOperation operation;
  operation.kind = git::CommitOperation::Kind::put_lfs;
  operation.path = std::move(path);
  operation.lfs = {sha256, size_bytes};
  return operation;
}
inline git::CommitOperation remove_file(std::string path) {
  git::CommitOperation operation;
  operation.kind = git::CommitOperation::Kind::remove_file;
  operation.path = std::move(path);
  return operation;
}

class TestHub {
 public:
  TestHub() : folder(std::filesystem::temp_directory_path() / ("holt-upkeep-" + random_hex(16))) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "format") << "holt data folder, format 1\n";
    log::configure(log::Level::error, log::Format::text);
    open();
    EXPECT_TRUE(auth->create_user("alice", "Alice", "alice@example.org", false, std::nullopt));
    auth::NewToken token;
    token.name = "t";
    token.role = auth::TokenRole::write;
    alice = auth->authenticate("Bearer " + auth->create_token("alice", token).value().value, "")
                .value();
  }
  ~TestHub() {
    close();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void open() {
    database = db::open_migrated_catalog(folder);
    auth = std::make_unique<auth::Auth>(*database, false);
    repos = std::make_unique<repos::Repos>(*database, *auth);
    store = blob::open_disk_store(folder);
    contents = std::make_unique<content::Contents>(*database, *store, *repos);
    cache = std::make_unique<gitio::RepositoryCache>(folder / "cache" / "repositories", 16);
    git = std::make_unique<git::Git>(*database, *repos, *contents, *cache);
    upkeep = std::make_unique<Upkeep>(*database, *repos, *contents, *git, *cache, folder);
    repos->events().removed = [this](db::Tx& tx, std::int64_t key) {
      git->remove_history(tx, key);
      contents->unlink_all(tx, key);
    };
  }
  void close() {
    upkeep.reset();
    git.reset();
    cache.reset();
    contents.reset();
    store.reset();
    repos.reset();
    auth.reset();
    database.reset();
  }

  repos::Writable create(const std::string& name) {
    repos::NewRepo wanted;
    wanted.id = {repos::Type::model, "alice", name};
    auto made = repos->create(alice, wanted);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    EXPECT_TRUE(git->create_first_commit(made.value(), wanted));
    return target(made->repo().key);
  }
  repos::Writable target(std::int64_t key) { return repos->open_system(key).value(); }

  // As a client uploads by LFS; gives the SHA-256.
  std::string upload(const repos::Writable& repo, const std::string& bytes) {
    auto staged = store->stage();
    staged->write(as_bytes(bytes));
    const std::string sha256 = sha256_hex(bytes);
    EXPECT_TRUE(contents->add_whole(repo, std::move(staged), sha256, bytes.size()));
    return sha256;
  }
  gitio::Oid commit(const repos::Writable& repo, std::vector<git::CommitOperation> operations,
                    const std::string& revision = "main") {
    Operations source(std::move(operations));
    git::CommitRequest request;
    request.revision = revision;
    request.summary = "change";
    const auto done = git->commit(repo, request, source);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return done ? done->commit : gitio::Oid();
  }
  std::string read(const content::Content& content) {
    return contents->read_prefix(content, static_cast<std::size_t>(content.size_bytes)).value();
  }
  std::string read_large(const repos::Writable& repo, const std::string& sha256) {
    const auto content = contents->find(repo.repo().key, sha256);
    return content ? read(*content) : "not there";
  }

  std::filesystem::path folder;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<auth::Auth> auth;
  std::unique_ptr<repos::Repos> repos;
  std::unique_ptr<blob::BlobStore> store;
  std::unique_ptr<content::Contents> contents;
  std::unique_ptr<gitio::RepositoryCache> cache;
  std::unique_ptr<git::Git> git;
  std::unique_ptr<Upkeep> upkeep;
  auth::ActorPtr alice;
};

inline void quietly(std::string_view) {}

// Bytes that no compression makes smaller and that differ by seed.
inline std::string noise(std::size_t count, std::uint64_t seed) {
  std::string bytes;
  while (bytes.size() < count) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    for (int shift = 56; shift >= 32; shift -= 8) bytes += static_cast<char>(seed >> shift);
  }
  bytes.resize(count);
  return bytes;
}

}  // namespace holt::upkeep
