// The versions of a repository: refs, trees, commits, files, and the one way in: every change of refs
// (API commit, push, branch, squash) ends in Git::publish, one SQL transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/content/content.h"
#include "domain/repos/repos.h"
#include "io/gitio/gitio.h"

namespace holt::git {

struct Ref {
  std::string name;          // refs/heads/main
  gitio::Oid target;         // object the ref names (a tag object for annotated tags)
  gitio::Oid commit;         // peeled
};

// A revision resolved once; everything after works on the commit.
struct Revision {
  gitio::Oid commit;
  std::string ref;           // refs/heads/x, refs/tags/x, refs/pr/n; empty when named by commit
};

// A file as the Hub shows it: pointers already followed.
struct FileEntry {
  gitio::TreeEntry entry;
  std::optional<content::Pointer> lfs;
  std::uint64_t size_bytes = 0;        // of the file itself, not the pointer
  std::string xet_hash;                // empty when unknown
};

struct CommitOperation {
  enum class Kind { put_bytes, put_staged, put_lfs, remove_file, remove_folder, copy } kind = Kind::put_bytes;
  std::string path;
  std::string bytes;                   // put_bytes
  std::uint64_t offset = 0, length = 0;// put_staged: range of the decoded spool file
  content::Pointer lfs;                // put_lfs; size 0 = not given, taken from the content
  std::string source_path, source_revision;  // copy
};
struct CommitRequest {
  std::string revision = "main";       // a branch (or refs/…)
  std::string summary, description;
  std::optional<std::string> parent_commit;
  std::vector<CommitOperation> operations;
  SharedFile spool;                    // for put_staged
};
struct CommitOutcome {
  gitio::Oid commit;
  bool changed = true;                 // false: nothing differed, the tip is returned
};

// What one publication changes. Old values are compared inside the transaction.
struct RefUpdate {
  std::string name;
  gitio::Oid old_target, new_target;   // empty: absent
};
struct Publication {
  std::vector<RefUpdate> updates;
  std::unique_ptr<blob::Staged> pack;  // null when no new objects
  std::string pack_sha256, index;
  std::uint64_t pack_size_bytes = 0;
  std::vector<std::string> lfs_sha256s;       // must all be known to this repository
  std::string action;                         // "commit", "push", "branch.create", …
};

class Git {
 public:
  Git(db::Database& database, repos::Repos& repos, content::Contents& contents, gitio::RepositoryCache& cache);
  ~Git();

  // Branch, tag, full or short (≥ 7) commit, refs/…; revision_not_found otherwise.
  Result<Revision> resolve(const repos::Visible& repo, std::string_view revision);
  std::vector<Ref> refs(const repos::Visible& repo);

  Result<FileEntry> find_file(const repos::Visible& repo, const Revision& at, std::string_view path);  // entry_not_found
  Result<std::vector<FileEntry>> list(const repos::Visible& repo, const Revision& at, std::string_view folder, gitio::Reader::Depth depth);
  Result<CommitOutcome> commit(const repos::Writable& repo, CommitRequest request);
  // The one way in. conflict "ref moved" when a compare fails.
  Result<void> publish(const repos::Writable& repo, Publication publication);

  // The bare repository, brought up to date with the catalog (packs and refs).
  std::shared_ptr<gitio::Repository> repository(const repos::Visible& repo);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void add_routes(http::Router& router, Git& git, repos::Repos& repos, content::Contents& contents);
void add_smart_http_routes(http::Router& router, Git& git, repos::Repos& repos, content::Contents& contents);

}  // namespace holt::git
