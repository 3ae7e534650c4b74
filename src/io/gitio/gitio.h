// Git objects and packs, knowing no Hub words: reading a bare repository through libgit2, writing
// packs as a stream, indexing received packs, and git's own programs for the pack protocol.
// The only room that knows libgit2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "io/blob/blob.h"
#include "io/proc/proc.h"

namespace holt::gitio {

using Oid = std::string;  // 40 lower-case hex digits

enum class EntryKind { file, executable, symlink, folder, submodule };

struct TreeEntry {
  std::string path;  // from the root of the repository
  EntryKind kind = EntryKind::file;
  Oid oid;                       // blob, tree or submodule commit
  std::uint64_t size_bytes = 0;  // of a blob; 0 for others
};

struct Signature {
  std::string name, email;
  std::int64_t seconds = 0;  // since 1970
  int offset_minutes = 0;
};

struct Commit {
  Oid oid, tree;
  std::vector<Oid> parents;
  Signature author, committer;
  std::string message;        // whole
  std::string title() const;  // first line
  std::string body() const;   // after the first blank line
};

struct Change {
  enum class Kind { added, modified, removed } kind = Kind::added;
  std::string path;
  Oid old_oid, new_oid;  // empty where absent
};

// Read access to one bare repository. Safe from several threads at once (libgit2 handles are pooled
// inside). Cheap to keep; see RepositoryCache.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<Commit> find_commit(std::string_view oid) = 0;  // follows annotated tags
  // Commit named by ≥ 7 hex digits, when unambiguous.
  virtual std::optional<Oid> find_by_prefix(std::string_view prefix) = 0;
  virtual std::optional<TreeEntry> find_entry(const Oid& commit, std::string_view path) = 0;
  // Children of a folder ("" is the root), in git's order; nullopt when the path is no folder.
  // recursive: everything below, folders included.
  enum class Depth { children, recursive };
  // sizes left_out: size_bytes is 0 everywhere, which spares a look at each object.
  enum class Sizes { given, left_out };
  virtual std::optional<std::vector<TreeEntry>> list(const Oid& commit, std::string_view path,
                                                     Depth depth, Sizes sizes = Sizes::given) = 0;
  // `limit` entries of that list from `start` on, with sizes, and how many all of it has. What
  // stands before and after costs no entries of its own.
  struct Part {
    std::vector<TreeEntry> entries;
    std::size_t total = 0;
  };
  virtual std::optional<Part> list_part(const Oid& commit, std::string_view path, Depth depth,
                                        std::size_t start, std::size_t limit) = 0;
  // How many files and folders a listing of everything would have, without making it: a folder that
  // stands in many places is looked at once. Stops counting past `most`.
  virtual std::uint64_t count_entries(const Oid& commit, std::uint64_t most) = 0;
  virtual std::uint64_t blob_size(const Oid& blob) = 0;  // throws when absent
  // Whole blob up to max_bytes (else too_large); not_found when absent.
  virtual Result<std::string> read_blob(const Oid& blob, std::uint64_t max_bytes) = 0;
  // Newest first by commit time, never a parent before its child, skipping `skip`.
  virtual std::vector<Commit> log(const Oid& from, std::size_t skip, std::size_t limit) = 0;
  virtual std::size_t count_commits(const Oid& from) = 0;
  virtual bool is_ancestor(const Oid& ancestor, const Oid& descendant) = 0;
  // Files that differ between two commits (from empty: everything added), in git's order. A change
  // of mode alone is a modification. No rename detection; submodules are left out.
  virtual std::vector<Change> changes(const Oid& from, const Oid& to) = 0;
  // Unified diff, cut after the last whole line within max_bytes. Files over 8 MiB count as binary.
  virtual std::string diff_text(const Oid& from, const Oid& to, std::uint64_t max_bytes) = 0;
  virtual std::string diff_raw(const Oid& from,
                               const Oid& to) = 0;  // git diff --raw --no-abbrev lines
  // For each child of a folder at `commit`, by its path from the root, the newest commit that
  // changed it. Amortised: results are memoised per (commit, folder) and found again from a
  // descendant without walking further. At a merge a path follows the first parent that has the
  // same content.
  virtual std::map<std::string, Commit> last_changes(const Oid& commit,
                                                     std::string_view folder) = 0;
  // Every blob reachable from these commits with one path each (GC, LFS lists). visit returns false
  // to stop. Trees already seen are not walked again.
  virtual void each_reachable_blob(
      const std::vector<Oid>& tips,
      const std::function<bool(const Oid& blob, std::string_view path, std::uint64_t size_bytes,
                               const Commit& introduced_in)>& visit) = 0;
  // For each line of a text file the commit that wrote it. Follows the first parent that has the
  // file; past limit_us the lines not yet settled count as the last commit's that was looked at,
  // and `complete` is false. not_found, or too_large past max_bytes.
  struct Blame {
    std::string text;
    std::vector<Commit> commits;
    std::vector<std::size_t> lines;  // index into commits, one per line
    bool complete = true;
  };
  virtual Result<Blame> blame(const Oid& commit, std::string_view path, std::uint64_t max_bytes,
                              std::int64_t limit_us) = 0;
  // Type of any object: "commit", "tree", "blob", "tag"; nullopt when absent.
  virtual std::optional<std::string> object_type(const Oid& oid) = 0;
};

// One change of a tree. A put replaces a file; where a folder stands, or below a file, it is
// refused unless an earlier edit took that away. remove_file also takes a folder away. A folder
// left empty goes.
struct Edit {
  enum class Kind { put, remove_file, remove_folder } kind = Kind::put;
  std::string path;
  Oid blob;  // put: oid given by PackWriter::add_blob or existing
  EntryKind entry_kind = EntryKind::file;
};

// Writes one pack as a stream: objects are deflated into a staged file as they are added, no
// deltas, bounded memory whatever their size. Unchanged objects are not added; what is added is
// written once, even where the repository seems to have it: that copy may stand in a pack whose
// publication failed.
class PackWriter {
 public:
  virtual ~PackWriter() = default;
  virtual Oid add_blob(ByteSpan content) = 0;
  virtual Oid add_blob(const SharedFile& file, std::uint64_t offset, std::uint64_t length) = 0;
  // Applies edits in order to base's tree (empty base: an empty tree) and adds the changed trees.
  // The base is in the repository, not in this pack. Errors: not_found (remove of a missing path;
  // message "A file with this name doesn't exist: …", tag EntryNotFound), invalid (bad path, file
  // where a folder is needed).
  virtual Result<Oid> add_tree(const Oid& base_commit_or_empty, const std::vector<Edit>& edits) = 0;
  virtual Oid add_commit(const Oid& tree, const std::vector<Oid>& parents, const Signature& author,
                         const Signature& committer, std::string_view message) = 0;
  virtual Oid add_tag(const Oid& target_commit, std::string_view name, const Signature& tagger,
                      std::string_view message) = 0;
  virtual std::size_t objects() const = 0;
  struct Finished {
    std::unique_ptr<blob::Staged> pack;
    std::string sha256;  // of the whole pack file: its key in the object store
    std::uint64_t size_bytes = 0;
    std::string index;          // .idx bytes (version 2), for the cache
    std::string pack_checksum;  // 40 hex, git's name of the pack
  };
  virtual Finished finish() = 0;
};

// One known bare repository in the cache folder. The cache may be deleted at any time while Holt is
// stopped; it is rebuilt from packs and refs.
class Repository {
 public:
  virtual ~Repository() = default;
  virtual Reader& reader() = 0;
  virtual std::unique_ptr<PackWriter> new_pack(blob::BlobStore& store) = 0;
  // Makes a stored pack visible: links pack file and index into objects/pack. Idempotent. Without
  // an index it is computed (git index-pack).
  virtual void add_pack(const SharedFile& pack,
                        const std::optional<std::filesystem::path>& local_path,
                        std::string_view index_or_empty) = 0;
  virtual bool has_pack(std::string_view sha256) = 0;  // by the store's key
  // Takes a pack out of the cache: replaced by consolidate(), or its publication failed.
  virtual void drop_pack(std::string_view sha256) = 0;
  // Replaces refs so that git's own programs see exactly these (packed-refs and HEAD, written
  // atomically).
  virtual void write_refs(const std::map<std::string, Oid>& refs, std::string_view head) = 0;
  virtual std::int64_t refs_generation() = 0;  // what write_generation last stored; -1 for none
  virtual void write_generation(std::int64_t generation) = 0;
  virtual const std::filesystem::path& path() = 0;
};

// What was found wrong with the files of one bare repository in the cache, and taken away.
struct CheckedCache {
  std::vector<std::string> damaged;
  std::uint64_t read_bytes = 0;
};

// Bounded set of open repositories; evicts the idle ones and never refuses.
class RepositoryCache {
 public:
  RepositoryCache(std::filesystem::path folder, std::size_t max_open);
  ~RepositoryCache();
  std::shared_ptr<Repository> open(std::int64_t repo_key);  // creates the bare folder if missing
  void remove(std::int64_t repo_key);
  // Checks every file of a repository's folder, if there is one: packs that are not the store's own
  // files, indexes, configuration; with the refs of the generation it was last given, these too.
  // Damaged files go, so that they are made again; repositories that are open do not notice before
  // forget_all.
  using StoredPack = std::function<std::optional<std::filesystem::path>(const std::string& sha256)>;
  CheckedCache check(std::int64_t repo_key, const StoredPack& stored,
                     const std::map<std::string, Oid>& refs, std::int64_t generation);
  // Who opens a repository from now on sees the files that are in its folder then.
  void forget_all();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A pack received by push, in a quarantine of its own until accepted.
struct ReceivedPack {
  std::unique_ptr<blob::Staged> pack;  // complete (thin packs are fixed), ready for the store; null
                                       // when the pack held no objects, and then sha256 is empty
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::string index;
  std::shared_ptr<Reader> reader;  // sees the repository and the quarantined objects
};
// Trees, commits and tags are read whole into memory wherever they are looked at.
inline constexpr std::uint64_t kMaxTreeBytes = 64u << 20;
inline constexpr std::uint64_t kMaxTextBytes = 4u << 20;  // of a commit or a tag
// Runs git index-pack --fix-thin --strict on a staged file holding [offset, end) and checks that
// the new tips are connected (git rev-list --objects --not --all: the repository's refs must be
// written). invalid when git refuses it, too_large past max_bytes; then nothing of it remains.
inline constexpr std::uint64_t kMaxPackBytes = 16ULL << 30;
Result<ReceivedPack> receive_pack(Repository& repository, blob::BlobStore& store,
                                  const SharedFile& staged, std::uint64_t offset,
                                  const std::vector<Oid>& new_tips,
                                  std::uint64_t max_bytes = kMaxPackBytes);

// The server's side of a fetch, by git upload-pack over the refs last written. git_protocol is the
// client's Git-Protocol header ("version=2"); anything else is ignored.
std::string advertise_upload_pack(Repository& repository, std::string_view git_protocol);
// The repository must stay open until the child has ended.
std::unique_ptr<proc::Child> start_upload_pack(Repository& repository,
                                               const SharedFile& request_body,
                                               std::string_view git_protocol);

// Small packs merged into one. The caller stores the new pack, records it and forgets the replaced
// ones in one transaction, then calls add_pack and drop_pack.
struct Consolidated {
  std::unique_ptr<blob::Staged> pack;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::string index;
  std::vector<std::string> replaced;  // by the store's key; the new pack has every object of them
};
// Of the recorded packs (all present in the cache) merges the smallest, so that each remaining pack
// is at least twice as large as all smaller ones together. nullopt with fewer than min_packs packs,
// or when nothing needs merging.
std::optional<Consolidated> consolidate(Repository& repository, blob::BlobStore& store,
                                        const std::vector<std::string>& recorded_sha256s,
                                        std::size_t min_packs = 32);

// pkt-line framing.
struct PktLine {
  enum class Kind { data, flush, delimiter, response_end } kind = Kind::data;
  std::string_view data;
};
std::string pkt(std::string_view data);  // ≤ 65516 bytes
inline constexpr std::string_view kFlush = "0000";
// Reads one line at `position` and moves it; invalid on malformed length or truncation.
Result<PktLine> read_pkt(ByteSpan bytes, std::size_t& position);

// git's rule for reference names (git check-ref-format).
bool valid_ref_name(std::string_view name);
// Paths that may be committed: no empty, ".", "..", ".git" (nor its disguises on other systems)
// parts, no NUL or leading slash (a backslash is part of a name); ≤ 4096 bytes, ≤ 255 a part;
// UTF-8.
Result<void> check_path(std::string_view path);
Oid blob_oid(ByteSpan content);

// .gitattributes at the root: what do its lines say about filter? Macros are followed.
// Bounded: of more than 1 MiB or 10,000 patterns only the first count, as do lines of up to 2048
// bytes; matching takes at most path × pattern steps.
class Attributes {
 public:
  static Attributes parse(std::string_view text);
  bool is_lfs(std::string_view path) const;
  Attributes(Attributes&&) noexcept;
  Attributes& operator=(Attributes&&) noexcept;
  ~Attributes();

 private:
  struct Impl;
  explicit Attributes(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};
// .gitignore at the root: is the path, or a folder above it, ignored? A path ending in '/' is a
// folder. Same bounds.
class Ignores {
 public:
  static Ignores parse(std::string_view text);
  bool is_ignored(std::string_view path) const;
  Ignores(Ignores&&) noexcept;
  Ignores& operator=(Ignores&&) noexcept;
  ~Ignores();

 private:
  struct Impl;
  explicit Ignores(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace holt::gitio
