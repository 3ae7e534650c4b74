// Looking after the data: check everything (fsck), remove what nothing refers to (gc), copy it
// while in use (backup). Works on a live data folder, from the command line or a background thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/content/content.h"
#include "domain/git/git.h"
#include "domain/repos/repos.h"
#include "io/blob/blob.h"
#include "io/db/db.h"

namespace holt::upkeep {

// Told now and then what is being done; never with a secret.
using Progress = std::function<void(std::string_view what)>;

struct Problem {
  std::string object;                     // "xorb ab12…", "repository acme/bert refs/heads/main"
  std::string what;                       // what is wrong with it
  std::vector<std::string> repositories;  // that are hit
};
struct FsckReport {
  std::size_t objects = 0, repositories = 0;
  std::uint64_t bytes = 0;
  std::vector<Problem> problems;
};

struct GcReport {
  struct Item {
    std::string what, key, why;
    std::uint64_t size_bytes = 0;
  };
  std::vector<Item> items;
  std::uint64_t bytes = 0;
  bool dry_run = true;
};

struct BackupReport {
  std::size_t objects_copied = 0, objects_there = 0;
  std::uint64_t bytes_copied = 0;
};

class Upkeep {
 public:
  // All outlive this.
  Upkeep(db::Database& database, repos::Repos& repos, content::Contents& contents, git::Git& git,
         gitio::RepositoryCache& cache, std::filesystem::path data_folder);

  // Re-reads every stored object and recomputes its address; checks that refs, packs and large
  // files of every repository lead to objects that are there, and runs git fsck --full --strict
  // over each.
  FsckReport fsck(const Progress& progress);
  // Removes what no ref reaches and nobody uploaded within the grace period. dry_run only lists.
  GcReport collect(std::chrono::hours grace, bool dry_run, const Progress& progress);
  // A copy that is itself a data folder: the catalog as of one moment, then every object it names
  // (objects never change, so a second run copies only what is new). Everything fsynced.
  // SQLite catalogs only; not_implemented with advice on PostgreSQL.
  Result<BackupReport> backup(const std::filesystem::path& target, const Progress& progress);

 private:
  void check_objects(FsckReport& report, const Progress& progress);
  void check_repositories(FsckReport& report, const Progress& progress);
  std::vector<std::string> repositories_of(const blob::Key& key);

  db::Database& database_;
  repos::Repos& repos_;
  content::Contents& contents_;
  git::Git& git_;
  gitio::RepositoryCache& cache_;
  std::filesystem::path data_folder_;
};

}  // namespace holt::upkeep
