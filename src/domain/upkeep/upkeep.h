// Looking after the data: check everything (fsck), remove what nothing refers to (gc), copy it
// while in use (backup). Works on a live data folder, from the command line or a background thread.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/content/content.h"
#include "domain/git/git.h"
#include "domain/repos/repos.h"
#include "domain/upkeep/store.h"
#include "io/blob/blob.h"
#include "io/db/db.h"

namespace holt::upkeep {

class Scrub;
class Source;
class UpkeepLock;

// Told now and then what is being done; never with a secret.
using Progress = std::function<void(std::string_view what)>;

struct Problem {
  std::string object;  // "xorb ab12…", "repository acme/bert refs/heads/main"
  std::string what;    // what is wrong with it
  std::vector<store::Hit> hits;
  std::optional<blob::Key> key;  // of a stored object
};
// Stored objects in addresses: "packs", "blobs", "xorbs".
std::string_view class_word(blob::Class kind);
std::optional<blob::Class> parse_class_word(std::string_view word);
// "model acme/bert: a.bin, b.bin and 7 more"
std::string in_words(const store::Hit& hit);

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
  bool finished = false;  // false: told to stop before anything was removed
  // For good, from the bin; and what the bin holds now.
  std::size_t emptied_objects = 0, binned_objects = 0;
  std::uint64_t emptied_bytes = 0, binned_bytes = 0;
};
struct GcWish {
  std::chrono::hours grace{24};     // what nothing refers to stays at least that long
  std::chrono::hours undo{7 * 24};  // and can come back that long
  bool dry_run = false;             // only lists
  std::function<bool()> go_on = {};
};
struct UndoReport {
  std::size_t objects = 0;
  std::uint64_t bytes = 0;
};

struct BackupReport {
  std::size_t objects_copied = 0, objects_there = 0;
  std::uint64_t bytes_copied = 0;
  std::vector<Problem> problems;  // damaged objects, which were not copied
};

struct RepairReport {
  std::vector<std::string> repaired;
  std::vector<Problem> left;
};

struct ScrubWish {
  double share = 1;               // of everything; less than 1 goes on where the last one ended
  std::uint64_t bytes_per_s = 0;  // 0: as fast as it goes
  std::function<bool()> go_on = {};
};
struct ScrubReport {
  std::size_t objects = 0, repositories = 0;
  std::uint64_t bytes = 0;
  std::vector<Problem> problems;
  std::vector<std::string> renewed;  // caches that were damaged: taken away, and made again
  bool finished = false;             // false: told to stop
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
  // Reads stored objects and recomputes their addresses, checks the catalog and that what it names
  // is stored, and throws away damaged caches. What is found is remembered for repair().
  ScrubReport scrub(const ScrubWish& wish, const Progress& progress);
  // What is wrong with the data folder's secret.key; empty when nothing is.
  std::string wrong_with_secret() const;
  // Each repository, once.
  void each_repository(const std::function<void(const repos::Visible&)>& visit);
  // For the background: the share of today, unless it is done.
  std::optional<double> share_due(std::uint64_t days);
  void share_done();
  // Objects known to be damaged or missing.
  std::size_t damaged();
  // Restores those from a backup, or from another Holt with a token of its site administrator: what
  // is there is verified, the damaged bytes are put aside into `quarantine`. Beside a server that
  // runs: it opens its files anew within seconds.
  Result<RepairReport> repair(const std::filesystem::path& backup, const Progress& progress);
  Result<RepairReport> repair(const std::string& url, const std::string& token,
                              const Progress& progress);
  // For servers, at the start and now and then: what a scrub or repair of this or another process
  // found damaged is not served any more, and what was replaced is opened anew (true).
  bool follow_repairs();
  // Puts what no ref reaches and nobody uploaded within the grace period into the bin, empties the
  // bin of what has been there for the undo period, and counts anew what each repository takes.
  // conflict while another collection, a backup or a repair is at work.
  Result<GcReport> collect(const GcWish& wish, const Progress& progress);
  // Brings back everything that is in the bin, for another grace period. conflict as above.
  Result<UndoReport> undo_collections(const Progress& progress);
  // For the background: is it time? The first call on a new hub begins the first period.
  bool collection_due(std::chrono::hours every);
  // A copy that is itself a data folder: the catalog as of one moment, then every object it names
  // (objects never change, so a second run copies only what is new). Everything fsynced.
  // A PostgreSQL catalog is in it as pg_dump writes it.
  Result<BackupReport> backup(const std::filesystem::path& target, const Progress& progress);

 private:
  friend class Scrub;
  void check_objects(FsckReport& report, const Progress& progress);
  void check_repositories(FsckReport& report, const Progress& progress);
  Result<BackupReport> backup_holding(const UpkeepLock& lock, const std::filesystem::path& target,
                                      const Progress& progress);
  Problem problem_of(const blob::Key& key, std::string what);
  // Repositories and files that need an object.
  std::vector<store::Hit> hits_of(const blob::Key& key);
  std::vector<std::string> reached_by(const repos::Writable& repo);
  void collect_links(
      const std::vector<std::pair<std::int64_t, std::vector<std::string>>>& by_repository,
      const std::vector<std::string>& live, Timestamp older_than, GcReport& report);
  void collect_packs(Timestamp older_than, GcReport& report);
  void count_storage();
  bool scrub_objects(Scrub& scrub, const ScrubWish& wish, const Progress& progress);
  Result<RepairReport> repair_from(Source& source, RepairReport report, const Progress& progress);
  void forget_damage(const blob::Key& key);
  void repair_secret(const std::filesystem::path& backup, RepairReport& report);
  void tell_servers();
  std::optional<store::Mark> mark(std::string_view name);
  void set_mark(std::string_view name, std::int64_t value);

  static constexpr std::string_view kReplaced = "replaced";
  std::atomic<std::int64_t> replaced_seen_{-1};  // that mark; -1: not looked at yet
  db::Database& database_;
  repos::Repos& repos_;
  content::Contents& contents_;
  git::Git& git_;
  gitio::RepositoryCache& cache_;
  std::filesystem::path data_folder_;
};

}  // namespace holt::upkeep
