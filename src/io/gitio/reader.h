// The Reader of the door, over Objects and caches that all repositories of a process may share.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/lru.h"
#include "io/gitio/gitio.h"
#include "io/gitio/object_id.h"
#include "io/gitio/objects.h"
#include "io/gitio/tree.h"

namespace holt::gitio {

// Last commit of each child of one folder, sorted by name.
using LastChanges = std::vector<std::pair<std::string, RawOid>>;

// Parsed objects and results, bounded in bytes (roughly) for the whole process.
struct ReaderCaches {
  Lru<ObjectKey, std::shared_ptr<const Tree>, ObjectKeyHash> trees{32 << 20};
  Lru<ObjectKey, std::shared_ptr<const Commit>, ObjectKeyHash> commits{16 << 20};
  Lru<ObjectKey, std::size_t, ObjectKeyHash> commit_counts{20'000};
  Lru<ObjectKey, std::size_t, ObjectKeyHash> entry_counts{50'000};  // below a folder, at any depth
  Lru<std::string, std::shared_ptr<const LastChanges>> last_changes{16 << 20};
};

// Throws when folders are nested deeper than any path that may be committed.
void check_depth(const std::string& prefix);

class ObjectReader final : public Reader {
 public:
  ObjectReader(std::shared_ptr<Objects> objects, std::shared_ptr<ReaderCaches> caches)
      : objects_(std::move(objects)), caches_(std::move(caches)) {}

  std::optional<Commit> find_commit(std::string_view oid) override;
  std::optional<Oid> find_by_prefix(std::string_view prefix) override;
  std::optional<TreeEntry> find_entry(const Oid& commit, std::string_view path) override;
  std::optional<std::vector<TreeEntry>> list(const Oid& commit, std::string_view path, Depth depth,
                                             Sizes sizes) override;
  std::optional<Part> list_part(const Oid& commit, std::string_view path, Depth depth,
                                std::size_t start, std::size_t limit) override;
  std::uint64_t count_entries(const Oid& commit, std::uint64_t most) override;
  std::uint64_t blob_size(const Oid& blob) override;
  Result<std::string> read_blob(const Oid& blob, std::uint64_t max_bytes) override;
  std::vector<Commit> log(const Oid& from, std::size_t skip, std::size_t limit) override;
  std::size_t count_commits(const Oid& from) override;
  bool is_ancestor(const Oid& ancestor, const Oid& descendant) override;
  std::vector<Change> changes(const Oid& from, const Oid& to) override;
  std::string diff_text(const Oid& from, const Oid& to, std::uint64_t max_bytes) override;
  std::string diff_raw(const Oid& from, const Oid& to) override;
  std::map<std::string, Commit> last_changes(const Oid& commit, std::string_view folder) override;
  void each_reachable_blob(
      const std::vector<Oid>& tips,
      const std::function<bool(const Oid& blob, std::string_view path, std::uint64_t size_bytes,
                               const Commit& introduced_in)>& visit) override;
  Result<Blame> blame(const Oid& commit, std::string_view path, std::uint64_t max_bytes,
                      std::int64_t limit_us) override;
  std::optional<std::string> object_type(const Oid& oid) override;

  // For the room itself.
  std::shared_ptr<const Commit> commit_at(const RawOid& oid);     // nullptr: absent or no commit
  std::shared_ptr<const Commit> existing_commit(const Oid& oid);  // throws when absent
  std::shared_ptr<const Tree> tree_at(const RawOid& oid);         // throws when absent
  std::optional<RawOid> peel(const RawOid& oid);                  // through tags, to a commit
  Objects& objects() { return *objects_; }

 private:
  struct Difference {
    std::string path;
    std::optional<TreeItem> before, after;  // names are not set
  };
  using SeeDifference = std::function<void(const Difference&)>;

  std::shared_ptr<const Tree> root_of(
      const Oid& commit);  // empty name: an empty tree; throws when absent
  // The tree of a folder; nullopt when there is none.
  std::optional<RawOid> folder_oid(const Commit& commit, std::string_view folder);
  // The folder that is named, as `list` takes it; nullptr when there is none.
  std::shared_ptr<const Tree> listed_folder(const Oid& commit, std::string_view& path);
  // What of a list is wanted: `skip` entries are passed over, and no more come once out has `most`.
  struct Window {
    std::size_t skip = 0;
    std::size_t most = std::numeric_limits<std::size_t>::max();
  };
  void append_children(const Tree& tree, const std::string& prefix, Depth depth, Sizes sizes,
                       Window& window, std::vector<TreeEntry>& out);
  // Files and folders below a folder, at any depth.
  std::size_t entries_below(const RawOid& folder);
  std::size_t entries_below(const Tree& tree);
  using EntryCounts = std::map<RawOid, std::uint64_t>;  // of the folders counted so far
  std::uint64_t count_below(const RawOid& folder, std::uint64_t most, int depth,
                            EntryCounts& known);
  void compare(const Tree& before, const Tree& after, const std::string& prefix,
               const SeeDifference& see);
  void report(const std::string& prefix, const std::optional<TreeItem>& before,
              const std::optional<TreeItem>& after, const SeeDifference& see);
  bool visit_new_blobs(const Tree& tree, const std::string& prefix,
                       const std::function<bool(const RawOid&)>& is_new,
                       const std::function<bool(const TreeItem&, std::string_view path)>& visit);
  std::shared_ptr<const LastChanges> find_last_changes(std::shared_ptr<const Commit> commit,
                                                       const RawOid& tree, std::string_view folder);
  std::string last_changes_key(const Commit& commit, std::string_view folder) const;

  std::shared_ptr<Objects> objects_;  // shared with the repository that opened them
  std::shared_ptr<ReaderCaches> caches_;
};

// Commits newest first, a parent never before all its children.
class Walk {
 public:
  Walk(ObjectReader& reader, const std::vector<RawOid>& tips);
  std::shared_ptr<const Commit> next();  // nullptr at the end

 private:
  using Shared = std::shared_ptr<const Commit>;
  struct Older {
    bool operator()(const Shared& a, const Shared& b) const {
      return a->committer.seconds < b->committer.seconds;
    }
  };
  void count_children(const std::vector<Shared>& tips);
  void push(Shared commit);
  ObjectReader& reader_;
  std::vector<Shared> heap_;
  std::map<Oid, std::size_t> children_left_;
  bool counted_ = false;
};

}  // namespace holt::gitio
