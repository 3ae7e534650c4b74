// Large files: what bytes a sha256 stands for, in which form they are kept, and which repositories
// may refer to them. The doors that bring them in are domain/lfs and domain/xet; domain/git refers
// to them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/repos/repos.h"
#include "domain/xetformat/xetformat.h"
#include "io/blob/blob.h"
#include "io/db/db.h"
#include "io/http/http.h"

namespace holt::content {

struct Content {
  std::string sha256;  // computed by the server
  std::uint64_t size_bytes = 0;
  std::string xet_hash;  // file hash in text form; empty until the file is known to the Xet side
  bool whole = false;    // kept as one blob
  bool reconstruction = false;  // kept as terms over xorbs
};

// A git LFS pointer as committed.
struct Pointer {
  std::string sha256;
  std::uint64_t size_bytes = 0;
};
// Exactly the LFS pointer grammar (version line first, oid sha256:, size); nullopt for anything
// else.
std::optional<Pointer> parse_pointer(std::string_view blob);
std::string format_pointer(const Pointer& pointer);
// A blob of another size cannot be a pointer.
constexpr std::uint64_t kMaxPointerBytes = 1024;

// A sink that stages a body while computing its SHA-256 (LFS uploads).
class HashingSink : public http::BodySink {
 public:
  explicit HashingSink(std::unique_ptr<blob::Staged> staged) : staged_(std::move(staged)) {}
  Result<void> write(ByteSpan bytes) override;
  std::string sha256_hex();  // once, after the last byte
  std::uint64_t size_bytes() const { return staged_->size_bytes(); }
  std::unique_ptr<blob::Staged> take() { return std::move(staged_); }

 private:
  Sha256 hash_;
  std::unique_ptr<blob::Staged> staged_;
};
// A sink that only stages (xorbs, packs, NDJSON commits).
class StagingSink : public http::BodySink {
 public:
  explicit StagingSink(std::unique_ptr<blob::Staged> staged) : staged_(std::move(staged)) {}
  Result<void> write(ByteSpan bytes) override;
  const SharedFile& file() const { return staged_->file(); }
  std::uint64_t size_bytes() const { return staged_->size_bytes(); }
  std::unique_ptr<blob::Staged> take() { return std::move(staged_); }

 private:
  std::unique_ptr<blob::Staged> staged_;
};

class Contents {
 public:
  // All outlive this. With `repos`, deduplication also reaches xorbs of other repositories that the
  // actor may read; without, each repository is on its own.
  Contents(db::Database& database, blob::BlobStore& store, const repos::Repos& repos);
  Contents(db::Database& database, blob::BlobStore& store);
  ~Contents();
  blob::BlobStore& store();

  // Known to this repository (uploaded to it, duplicated into it, or committed in it).
  std::optional<Content> find(std::int64_t repo_key, std::string_view sha256) const;
  std::map<std::string, Content> find_many(std::int64_t repo_key,
                                           const std::vector<std::string>& sha256s) const;
  // Same, inside the commit transaction: which of these are missing. The others are kept from a
  // collection that runs meanwhile.
  std::vector<std::string> missing(db::Tx& tx, std::int64_t repo_key,
                                   const std::vector<std::string>& sha256s) const;

  // Keeps these from a collection for the whole grace period: an upload was told that they need not
  // be sent again.
  void vouch(const std::vector<std::string>& sha256s);

  // Body of a file for a reply: FileRange for a whole blob; for a reconstruction a Stream of known
  // length in pieces of about 1 MiB. range: bytes of the file.
  Result<http::Body> open(const Content& content, std::optional<http::ByteRange> range) const;
  // First `length` bytes (safetensors and GGUF headers).
  Result<std::string> read_prefix(const Content& content, std::size_t length) const;

  // A verified whole blob: durable, then recorded and linked to the repository.
  Result<void> add_whole(const repos::Proposing& repo, std::unique_ptr<blob::Staged> staged,
                         std::string_view sha256, std::uint64_t size_bytes);
  // Makes files of `from` available in `to` (copies between repositories); those unknown in `from`
  // are returned.
  std::vector<std::string> link_from(const repos::Readable& from, const repos::Writable& to,
                                     const std::vector<std::string>& sha256s);
  void link_all(db::Tx& tx, std::int64_t from_repo, std::int64_t to_repo);
  void unlink_all(db::Tx& tx, std::int64_t repo_key);
  Result<void> unlink(const repos::Administrable& repo, const std::vector<std::string>& sha256s);

  // --- Xet side (used by domain/xet) ---
  // A verified xorb (index computed by the server from exactly the staged bytes): durable with its
  // footer, then linked to the repository. False when the repository had it.
  Result<bool> add_xorb(const repos::Proposing& repo, std::unique_ptr<blob::Staged> staged,
                        const xetformat::XorbIndex& index);
  // The index of a stored xorb, from a bounded cache or the object's footer. not_found when absent.
  Result<std::shared_ptr<const xetformat::XorbIndex>> xorb_index(
      const xetformat::XetHash& xorb) const;
  bool xorb_linked(std::int64_t repo_key, const xetformat::XetHash& xorb) const;
  std::optional<std::uint64_t> xorb_size(const xetformat::XetHash& xorb) const;
  struct XetFile {
    std::string file_hash, sha256;
    std::uint64_t size_bytes = 0;
    std::vector<xetformat::Term> terms;
  };
  // The registration of an uploaded shard's files, in steps: nothing is recorded before the last
  // one, which records everything in one transaction.
  struct Progress {
    std::uint64_t done_bytes = 0, total_bytes = 0;  // read to compute SHA-256s
    bool finished = false;
    bool added = false;  // finished, and some file was not in the repository before
  };
  class Registration {
   public:
    virtual ~Registration() = default;
    // Reads up to a few hundred MiB, or records and finishes. Not to be called after an error.
    virtual Result<Progress> step() = 0;
  };
  // Verifies all that needs no file bytes: terms against xorbs that this repository, or another
  // that the actor may read, holds; range hashes, file hashes. invalid names what is wrong.
  Result<std::unique_ptr<Registration>> begin_files(const repos::Proposing& repo,
                                                    xetformat::Shard shard);
  // The same to the end. True when some file was not known before.
  Result<bool> add_files(
      const repos::Proposing& repo, xetformat::Shard shard,
      const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);
  std::optional<XetFile> find_xet_file(std::int64_t repo_key, std::string_view file_hash) const;
  // A xorb that contains this dedup-eligible chunk: of this repository, or (with the proof) also of
  // another that the actor may read.
  std::optional<xetformat::XetHash> find_chunk(std::int64_t repo_key,
                                               const xetformat::XetHash& chunk) const;
  std::optional<xetformat::XetHash> find_chunk(const repos::Visible& repo,
                                               const xetformat::XetHash& chunk) const;
  // Whole blobs without a reconstruction that some repository refers to, oldest first.
  std::vector<std::string> unconverted(std::uint64_t min_size_bytes, std::size_t limit) const;
  // Makes a reconstruction of a whole blob, so that Xet clients deduplicate against it; the blob
  // goes at the next collection. Background work: takes seconds per GiB and 64 MiB of memory. False
  // when there is nothing to do, or when `go_on`, asked every few MiB, said no: then nothing is
  // recorded.
  Result<bool> convert_to_xet(std::string_view sha256, const std::function<bool()>& go_on = {});

  // --- collection of what nothing refers to (holt gc) ---
  struct Garbage {
    struct Item {
      std::string what, key, why;
      std::uint64_t size_bytes = 0;
    };
    std::vector<Item> items;
    std::uint64_t total_bytes = 0;
  };
  // live: sha256s that some ref of some repository reaches, listed after `older_than`. What was
  // stored, linked or committed since then stays; so does nothing that no repository refers to.
  // Objects go into the store's bin, rows among the collected ones: bring_back undoes it.
  Garbage collect(const std::vector<std::string>& live, Timestamp older_than, bool dry_run);
  // Takes from a repository what its own refs do not reach though others' do. Returns what went (or
  // would go).
  std::vector<std::string> collect_links(std::int64_t repo_key,
                                         const std::vector<std::string>& reached,
                                         Timestamp older_than, bool dry_run);
  // Undoes collections: all rows that are still kept, as if stored now. The caller has taken the
  // objects out of the bin. A blob that went because its chunks are enough counts again as well.
  void bring_back();
  void whole_again(const std::string& sha256, std::uint64_t size_bytes);
  // Forgets for good what was collected before that.
  void empty_collected(Timestamp older_than);
  // Bytes in the object store of a repository's large files, each object once. Sizes of xorbs as
  // files; what is younger than that list is taken from the catalog.
  std::uint64_t held_bytes(db::Tx& tx, std::int64_t repo_key,
                           const std::unordered_map<std::string, std::uint64_t>& xorb_sizes) const;
  // Closes what is kept open: files were replaced under their names.
  void forget_opened();
  // From now on these, and no others, are not served: they are known to be damaged. A whole file is
  // then read from its chunks where it has them. Others that are kept open are closed.
  void refuse(const std::vector<blob::Key>& damaged);
  // unavailable when it is one of those, with what to do.
  Result<void> check_served(const blob::Key& object) const;

  struct Impl;  // shared by the files of this room

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace holt::content
