// The versions of a repository: refs, trees, commits, files, and the one way in: every change of
// refs (API commit, push, branch, squash) ends in Git::publish, one SQL transaction.
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

// Most files and folders of one version. A few kilobytes of trees can name more files than any
// memory holds; whoever lists a version relies on this bound.
inline constexpr std::uint64_t kMostEntries = 1'000'000;

struct Ref {
  std::string name;   // refs/heads/main
  gitio::Oid target;  // object the ref names (a tag object for annotated tags)
  gitio::Oid commit;  // peeled
};

// A revision resolved once; everything after works on the commit.
struct Revision {
  gitio::Oid commit;
  std::string ref;  // refs/heads/x, refs/tags/x, refs/pr/n; empty when named by commit
};

// A file as the Hub shows it: pointers already followed.
struct FileEntry {
  gitio::TreeEntry entry;
  std::optional<content::Pointer> lfs;
  std::uint64_t size_bytes = 0;  // of the file itself, not the pointer
  std::string xet_hash;          // empty when unknown
  bool stored = true;  // false: the bytes of a large file were removed from the repository
};

struct CommitOperation {
  enum class Kind { put, put_lfs, remove_file, remove_folder, copy } kind = Kind::put;
  std::string path;
  std::string bytes;                         // put
  content::Pointer lfs;                      // put_lfs; size 0: taken from the content
  std::string source_path, source_revision;  // copy
};
// Gives the operations of one commit in order, from the start again after rewind(): file contents
// pass through one at a time, so a commit of a gigabyte needs the memory of its largest file.
class OperationSource {
 public:
  virtual ~OperationSource() = default;
  virtual Result<std::optional<CommitOperation>> next() = 0;
  virtual void rewind() = 0;
};
struct CommitRequest {
  std::string revision = "main";  // a branch (or refs/…)
  std::string summary, description;
  std::string parent_commit;  // ≥ 7 hex digits of the expected tip; empty: any
};
struct CommitOutcome {
  gitio::Oid commit;
  bool changed = true;        // false: nothing differed, the tip is returned
  std::int64_t proposal = 0;  // number of the pull request that was opened
};

// A pull request to be opened. Its commits are under refs/pr/<number>.
struct NewProposal {
  std::string title, description;
  std::string base_ref = "refs/heads/main";  // the branch that it is to be merged into
  bool draft = false;
};
// What the keeper of pull requests does; filled by app/wiring.cpp. With a Tx: inside the
// transaction that moves the ref.
struct Proposals {
  // Makes the pull request's row; its number.
  std::function<Result<std::int64_t>(db::Tx&, const repos::Proposing&, const NewProposal&)> opened;
  std::function<void(db::Tx&, const repos::Visible&, std::int64_t number, const gitio::Commit& tip)>
      committed;
  // May the actor add commits to it? not_found when there is none.
  std::function<Result<void>(const repos::Proposing&, std::int64_t number)> may_commit;
};
std::string proposal_ref(std::int64_t number);                      // refs/pr/7
std::optional<std::int64_t> proposal_number(std::string_view ref);  // of refs/pr/7

struct Merge {
  std::string base_ref, head_ref;  // full names; base moves
  std::string message;             // of the merge commit, where one is needed
  // Inside the transaction: `onto` is the tip of base before, `merged` the one after.
  std::function<Result<void>(db::Tx&, const gitio::Oid& onto, const gitio::Oid& merged)> inside;
};
// What merging `head` into a branch at `onto` would do.
struct Comparison {
  std::vector<std::string> conflicts;  // files that both changed, differently
  std::string diff;                    // unified, from where they parted to head
};

// What one publication changes. Old values are compared inside the transaction.
struct RefUpdate {
  std::string name;
  gitio::Oid old_target, new_target;  // empty: absent
};
struct Publication {
  std::vector<RefUpdate> updates;
  std::unique_ptr<blob::Staged> pack;  // null when no new objects
  std::string pack_sha256, index;
  std::uint64_t pack_size_bytes = 0;
  struct LargeFile {
    gitio::Oid blob;
    std::string path, sha256;
    std::uint64_t size_bytes = 0;
  };
  std::vector<LargeFile>
      large_files;     // pointers in the new objects: must be known to this repository
  std::string action;  // "commit", "push", "branch.create", …
  // Opens a pull request: the first update gets the ref's name, this its number.
  std::optional<NewProposal> proposal;
  std::int64_t proposal_number = 0;
  // Refs that reach what an update points at: as long as they stand, its large files are safe from
  // a collection. Compared inside the transaction.
  std::vector<Ref> witnesses;
  // Whatever else belongs into the transaction; may be empty.
  std::function<Result<void>(db::Tx&)> inside;
};

class Git {
 public:
  Git(db::Database& database, repos::Repos& repos, content::Contents& contents,
      gitio::RepositoryCache& cache);
  ~Git();
  // Files up to this size stay in git unless .gitattributes says otherwise (default: 10 MB). Before
  // serving.
  void keep_in_git_up_to(std::uint64_t size_bytes);
  std::uint64_t inline_limit_bytes() const;
  // Where commits and pushes are refused (unprocessable) for a live access token in a text file of
  // up to 5 MiB (default: nowhere). Before serving; auth outlives this.
  enum class Guard { off, public_ones, everywhere };
  void guard_tokens(auth::Auth& auth, Guard where);
  // Of a repository that is about to be public: the same for all that its refs reach.
  Result<void> check_tokens(const repos::Visible& repo, const auth::Actor& by);
  // Every text file of up to 5 MiB that a ref reaches, each content once; false ends it.
  void each_text(const repos::Visible& repo,
                 const std::function<bool(std::string_view path, const gitio::Oid& commit,
                                          std::string_view text)>& visit);

  // Branch, tag, full or short (≥ 7) commit, refs/…; revision_not_found otherwise.
  Result<Revision> resolve(const repos::Visible& repo, std::string_view revision);
  std::vector<Ref> refs(const repos::Visible& repo);

  Result<FileEntry> find_file(const repos::Visible& repo, const Revision& at,
                              std::string_view path);  // entry_not_found
  Result<std::vector<FileEntry>> list(const repos::Visible& repo, const Revision& at,
                                      std::string_view folder, gitio::Reader::Depth depth);
  // A part of that list, from `start` on; what is not of it costs no look at its objects. `total`
  // counts all of it.
  struct Page {
    std::vector<FileEntry> entries;
    std::size_t total = 0;
  };
  Result<Page> list_page(const repos::Visible& repo, const Revision& at, std::string_view folder,
                         gitio::Reader::Depth depth, std::size_t start, std::size_t limit);
  // Applies the operations to the tip of request.revision. Without parent_commit a lost race is
  // retried on the new tip. Errors: revision_not_found, entry_not_found, precondition_failed
  // (parent), invalid, unprocessable (card, large file that was never uploaded).
  Result<CommitOutcome> commit(const repos::Writable& repo, const CommitRequest& request,
                               OperationSource& operations);
  enum class Details { names, sizes };
  // Files of every folder; submodules left out.
  std::vector<repos::Sibling> siblings(const repos::Visible& repo, const Revision& at,
                                       Details details);
  // The one way in. conflict "ref moved" when a compare fails.
  Result<void> publish(const repos::Writable& repo, Publication publication);

  // The bare repository, with every pack the catalog lists.
  std::shared_ptr<gitio::Repository> repository(const repos::Visible& repo);
  // The same with refs written out, for git's own programs.
  std::shared_ptr<gitio::Repository> repository_with_refs(const repos::Visible& repo);
  // Pointer text of a blob, remembered; nullopt for anything else.
  std::optional<content::Pointer> pointer_of(gitio::Reader& reader, const gitio::Oid& blob,
                                             std::uint64_t size_bytes);
  // Completes tree entries: sizes and Xet hashes of large files.
  std::vector<FileEntry> complete(const repos::Visible& repo, gitio::Reader& reader,
                                  std::vector<gitio::TreeEntry> entries);

  // From memory only, for the fast path; nullopt when unknown. Never blocks.
  std::optional<Revision> resolve_cached(const repos::Visible& repo, std::string_view revision);
  std::optional<FileEntry> find_file_cached(const repos::Visible& repo, const Revision& at,
                                            std::string_view path);
  std::shared_ptr<const std::string> small_blob_cached(const gitio::Oid& blob);
  // Whole bytes of a file in git; kept in memory when small.
  Result<std::shared_ptr<const std::string>> read_blob(const repos::Visible& repo,
                                                       const gitio::Oid& blob);

  // Pull requests. The first opens one at a branch's tip, the second with a commit on top of it
  // (request.revision is the branch), the third adds a commit.
  Result<std::int64_t> propose(const repos::Proposing& repo, const NewProposal& proposal);
  Result<CommitOutcome> propose(const repos::Proposing& repo, const NewProposal& proposal,
                                const CommitRequest& request, OperationSource& operations);
  Result<CommitOutcome> commit_to_proposal(const repos::Proposing& repo, std::int64_t number,
                                           const CommitRequest& request,
                                           OperationSource& operations);
  // Fast-forward where that is possible, else a commit with two parents. conflict names the files
  // that both sides changed.
  Result<void> merge(const repos::Writable& repo, const Merge& wanted);
  Comparison compare(const repos::Readable& repo, const gitio::Oid& onto, const gitio::Oid& head,
                     std::uint64_t max_diff_bytes);
  Proposals& proposals();
  std::int64_t outbox_waiting() const;  // events that no listener has taken

  // Branches and tags. conflict when it exists; forbidden for main.
  Result<void> create_branch(const repos::Writable& repo, std::string_view name,
                             std::string_view starting_point, bool empty, bool overwrite);
  Result<void> remove_branch(const repos::Writable& repo, std::string_view name);
  Result<void> create_tag(const repos::Writable& repo, std::string_view name,
                          std::string_view revision, std::string_view message);
  Result<void> remove_tag(const repos::Writable& repo, std::string_view name);
  // One commit with the branch's tree and no parent.
  Result<void> squash(const repos::Writable& repo, std::string_view branch,
                      std::string_view message);
  // What a push asks for: objects already staged by gitio::receive_pack, one update per ref.
  struct PushResult {
    std::string ref, refusal;
  };  // refusal empty: done
  Result<std::vector<PushResult>> push(const repos::Writable& repo, std::vector<RefUpdate> updates,
                                       const SharedFile& body, std::uint64_t pack_offset);

  // Large files that commits brought in, newest first.
  struct LargeFileRow {
    std::string blob, path, sha256, ref;
    std::uint64_t size_bytes = 0;
    Timestamp pushed_at;
  };
  std::vector<LargeFileRow> large_files(const repos::Visible& repo, std::size_t limit,
                                        std::size_t offset);
  // Removes them from this repository for good; rewrite_history also takes them out of every
  // commit.
  Result<void> remove_large_files(const repos::Administrable& repo,
                                  const std::vector<std::string>& blobs, bool rewrite_history);

  // SHA-256s of every large file that a ref of the repository reaches (GC, fsck).
  std::vector<std::string> reachable_large_files(const repos::Visible& repo);
  // Bytes of the packs of a repository, and forgetting that its commits brought these large files:
  // for the collector.
  std::uint64_t pack_bytes(db::Tx& tx, std::int64_t repo) const;
  void forget_large_files(db::Tx& tx, std::int64_t repo, const std::vector<std::string>& sha256s);
  // Checks the bare repository in the cache, if there is one; damaged files go (scrub).
  gitio::CheckedCache check_cache(const repos::Visible& repo);
  // Files of any tip that cannot be read, by path.
  std::vector<std::string> unreadable_files(const repos::Visible& repo);
  // Takes a pack out of the cache: it was replaced in the store under its name.
  void forget_pack(std::int64_t repo, const std::string& sha256);
  // Opens every bare repository anew: packs were replaced under their names.
  void forget_opened();
  // Merges many small packs into one when there are more than a few dozen; what they were made of
  // goes at the next collection. Background work.
  void consolidate(const repos::Writable& repo);
  // The same for every repository that this process gave a pack to since the last call. `go_on` is
  // asked before each.
  void consolidate_written(const std::function<bool()>& go_on);

  // Refs, packs, large files and facts of `from`, in a repository that has none.
  Result<void> duplicate(const repos::Readable& from, const repos::Writable& to);
  // Drops refs, packs and large-file rows, in the caller's transaction.
  void remove_history(db::Tx& tx, std::int64_t repo);
  // The first commit of a new repository: .gitattributes and what the request brought along.
  Result<void> create_first_commit(const repos::Writable& repo, const repos::NewRepo& wanted);

 private:
  struct Impl;
  // With the repository's commit lock held.
  std::shared_ptr<gitio::Repository> repository_with_refs_locked(const repos::Visible& repo);
  Result<CommitOutcome> commit_racing(const repos::Proposing& repo, const CommitRequest& request,
                                      OperationSource& operations, const NewProposal* proposal);
  Result<CommitOutcome> commit_once(const repos::Proposing& repo, const CommitRequest& request,
                                    OperationSource& operations, const NewProposal* proposal);
  // publish() for whoever may do at least this; the callers see to it which refs move.
  Result<void> record(const repos::Proposing& repo, Publication& publication);
  // For a commit that was there before this publication: a ref that reaches it as a witness, or,
  // where none does, its large files, which must still be known.
  void keep_reached(const repos::Visible& repo, const gitio::Oid& commit, Publication& publication);
  Result<void> merge_once(const repos::Writable& repo, const Merge& wanted);
  Result<cards::Facts> facts_of(const repos::Visible& repo, const gitio::Oid& old_head,
                                const gitio::Oid& new_head);
  std::unique_ptr<Impl> impl_;
};

// unprocessable, naming the path whose bytes were never uploaded.
Error missing_large_file(const Publication& publication, std::string_view sha256);

// Resolve and raw; tree, info, refs and commits; preupload, commit, branches, tags, large files.
void add_routes(http::Router& router, Git& git, repos::Repos& repos, content::Contents& contents,
                auth::Auth& auth);
void add_smart_http_routes(http::Router& router, Git& git, repos::Repos& repos,
                           content::Contents& contents);

}  // namespace holt::git
