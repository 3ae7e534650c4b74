// Buckets: named collections of large files without history. A bucket is a repository of the type
// "bucket" (names, visibility and rights are those of domain/repos); its files are Xet files that
// were uploaded to it, or copied into it from where the actor may read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/auth/auth.h"
#include "domain/content/content.h"
#include "domain/repos/repos.h"
#include "io/db/db.h"

namespace holt::http {
class Router;
}  // namespace holt::http

namespace holt::buckets {

struct File {
  std::string path;
  std::string xet_hash;  // text form; all zeros for an empty file
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::optional<Timestamp> mtime;  // as its owner says
  std::string content_type;        // as its owner says, or empty
  Timestamp uploaded_at;
};

// Of a listing: a file, or everything below a folder.
struct Entry {
  bool folder = false;
  File file;  // of a folder: path, and the newest uploaded_at below it
};

struct TreeQuery {
  std::string prefix;     // of the path as text: "logs" also matches "logs.json"
  bool recursive = true;  // false: what lies below the next '/' becomes one folder
  std::string cursor;     // opaque, from the previous page
  std::size_t limit = 1000;
};
struct TreePage {
  std::vector<Entry> entries;  // by path
  std::string next_cursor;     // empty on the last page
};

// Of one batch.
inline constexpr std::size_t kMostOperations = 10'000;
inline Error too_many_operations() {
  return {Kind::too_large, {}, "More than 10,000 operations in one batch: send several.", {}, {}};
}
struct Operation {
  enum class Kind { add, copy, remove } kind = Kind::add;
  std::string path;
  std::string xet_hash;            // add, copy
  std::optional<Timestamp> mtime;  // add, copy
  std::string content_type;        // add, copy
  repos::RepoId source;            // copy
};
struct Refusal {
  std::string path, error;
};
struct Outcome {
  std::size_t applied = 0;
  std::vector<Refusal> refused;
};

struct Totals {
  std::int64_t files = 0, bytes = 0;
};

class Buckets {
 public:
  // All outlive this.
  Buckets(db::Database& database, repos::Repos& repos, content::Contents& contents)
      : database_(database), repos_(repos), contents_(contents) {}

  // In order, in one transaction; those that cannot be done are refused one by one and the others
  // are done. Removing what is not there is done. invalid when there are too many.
  Result<Outcome> apply(const repos::Writable& bucket, const std::vector<Operation>& operations);

  Result<TreePage> list(const repos::Visible& bucket, const TreeQuery& query) const;
  std::optional<File> find(const repos::Visible& bucket, std::string_view path) const;
  std::vector<File> find_many(const repos::Visible& bucket,
                              const std::vector<std::string>& paths) const;
  Totals totals(const repos::Visible& bucket) const;
  std::map<std::int64_t, Totals> totals_of(
      const std::vector<std::int64_t>& buckets) const;  // by key; absent: empty

  // The bucket goes, in the caller's transaction.
  void forget_repo(db::Tx& tx, std::int64_t repo_key);

  repos::Repos& repos() const { return repos_; }
  content::Contents& contents() const { return contents_; }

 private:
  // A copied or added file before the transaction: what its hash stands for.
  struct Known {
    std::string sha256;
    std::uint64_t size_bytes = 0;
  };
  std::optional<Known> known_in(const repos::Visible& repo, const std::string& xet_hash,
                                bool may_be_empty) const;

  db::Database& database_;
  repos::Repos& repos_;
  content::Contents& contents_;
};

void add_routes(http::Router& router, Buckets& buckets, auth::Auth& auth);

}  // namespace holt::buckets
