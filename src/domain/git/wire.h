// JSON shapes of the git room.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "domain/git/git.h"

namespace holt::git::wire {

// --- requests ---
struct Preupload {
  struct File {
    std::string path;
    std::uint64_t size_bytes = 0;
    std::string sample;
  };
  std::vector<File> files;
  std::optional<std::string> attributes, ignores;  // given in place of the repository's
};
Result<Preupload> read_preupload(std::string_view body);
struct PathsInfo {
  std::vector<std::string> paths;
  bool expand = false;
};
Result<PathsInfo> read_paths_info(std::string_view body, std::string_view content_type);
struct BranchBody {
  std::string starting_point;
  bool empty = false, overwrite = false;
};
Result<BranchBody> read_branch(std::string_view body);
struct TagBody {
  std::string tag, message;
};
Result<TagBody> read_tag(std::string_view body);
Result<std::string> read_message(std::string_view body);
struct LargeFileDeletion {
  std::vector<std::string> blobs;
  bool rewrite_history = false;
};
Result<LargeFileDeletion> read_large_file_deletion(std::string_view body);
struct LargeFileCopy {
  repos::RepoId target;
  struct File {
    std::string sha256, xet_hash, filename;
  };
  std::vector<File> files;
};
Result<LargeFileCopy> read_large_file_copy(std::string_view body);

// One line of an NDJSON commit.
struct CommitLine {
  enum class Kind { header, operation } kind = Kind::header;
  std::string summary, description, parent_commit;  // header
  CommitOperation operation;
};
Result<CommitLine> read_commit_line(std::string_view line, std::size_t number);

// --- replies ---
// last_changes: by path; nullptr without expand.
std::string tree(const std::vector<FileEntry>& entries,
                 const std::map<std::string, gitio::Commit>* last_changes);
std::string refs(const std::vector<Ref>& refs, bool with_pull_requests);
std::string blame(const gitio::Reader::Blame& blame);
// A commit with what it changed: one item per file, and the text of the difference.
struct ChangedFile {
  gitio::Change change;
  std::uint64_t old_size_bytes = 0, new_size_bytes = 0;
  bool large = false;  // kept outside git: the text shows its pointer
};
struct Difference {
  std::vector<ChangedFile> files;
  std::size_t total_files = 0;  // of which `files` are the first
  std::string text;             // unified
  bool cut = false;             // more than `text` holds
};
std::string commit_page(const gitio::Commit& commit, const Difference& difference);
std::string comparison_page(const gitio::Commit& from, const gitio::Commit& to,
                            const Difference& difference);
std::string commits(const std::vector<gitio::Commit>& commits, bool formatted);
// pull_request_url: of the one that was opened, else empty.
std::string committed(std::string_view commit_url, std::string_view oid,
                      std::string_view pull_request_url);
struct PreuploadAnswer {
  std::string path;
  bool large = false, ignored = false;
  std::string oid;
};
std::string preupload(const std::vector<PreuploadAnswer>& files, std::string_view commit);
std::string large_files(const std::vector<Git::LargeFileRow>& rows,
                        const std::map<std::string, content::Content>& contents);
std::string copied(const std::vector<LargeFileCopy::File>& failed);
std::string outbox_event(const repos::Repo& repo, const std::vector<RefUpdate>& updates);

}  // namespace holt::git::wire
