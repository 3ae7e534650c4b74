// The object store: immutable bytes by content address. Disk today; S3 implements the same
// interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/durability.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace holt::blob {

// Classes of objects, each a top folder. Names are persisted: never change
// (docs/formats/objects.md).
enum class Class { pack, blob, xorb };

struct Key {
  Class kind;
  std::string hash;  // 64 lower-case hex digits
  auto operator<=>(const Key&) const = default;
};

// Part of all hashes, by their first four digits: [first, end).
struct HashRange {
  static constexpr std::uint32_t kAll = 0x10000;
  std::uint32_t first = 0, end = kAll;
  bool holds(std::string_view hash) const;
};

// A file being written, private to its writer, with a unique name in the staging folder.
// Dropped without put: the file is removed.
class Staged {
 public:
  virtual ~Staged() = default;
  virtual void write(ByteSpan bytes) = 0;  // appends; throws StorageFull, std::system_error
  virtual std::uint64_t size_bytes() const = 0;
  // Both first hand over to the kernel what write() still holds, so that a reader sees every byte.
  virtual const SharedFile& file() const = 0;
  virtual const std::filesystem::path& path() const = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Throws StorageFull when hardly any space is left.
  virtual std::unique_ptr<Staged> stage() = 0;
  // Durable when it returns: file fsynced, renamed, folder fsynced. Storing an existing key again
  // drops the staged file (same address, same bytes). The caller has verified the address.
  void put(std::unique_ptr<Staged> staged, const Key& key) {
    std::vector<Put> one;
    one.push_back({std::move(staged), key});
    put_all(std::move(one));
  }
  // Several at once with one fsync per folder. On an exception some may be stored; doing it again
  // is harmless. Storing an existing key renews its stored_at (to within ten minutes).
  struct Put {
    std::unique_ptr<Staged> staged;
    Key key;
  };
  virtual void put_all(std::vector<Put> puts) = 0;
  virtual std::optional<std::uint64_t> size_bytes(const Key& key) = 0;
  virtual SharedFile open(const Key& key) = 0;  // nullptr when absent
  virtual bool remove(const Key& key) = 0;      // false when absent
  // For the garbage collector: puts an object into the bin, unless it was stored, or stored again,
  // at `than` or later, even when that happens at this very moment in another process. False when
  // kept or absent.
  virtual bool discard_older(const Key& key, Timestamp than) = 0;
  // Takes an object out of the bin, as if it were stored now. False when it is not in there. Where
  // it was stored again meanwhile, the copy in the bin goes.
  virtual bool restore(const Key& key) = 0;
  // In the order of their hashes. The visitor may remove objects. Ends when it says no.
  enum class Next { go_on, stop };
  using Look = std::function<Next(const Key&, std::uint64_t size_bytes, Timestamp stored_at)>;
  virtual void each(Class kind, HashRange range, const Look& look) = 0;
  using Visit = std::function<void(const Key&, std::uint64_t size_bytes, Timestamp stored_at)>;
  void each(Class kind, const Visit& visit) {
    each(kind, HashRange(), [&](const Key& key, std::uint64_t size_bytes, Timestamp stored_at) {
      visit(key, size_bytes, stored_at);
      return Next::go_on;
    });
  }
  // What is in the bin, and since when.
  virtual void each_discarded(
      const std::function<void(const Key&, std::uint64_t size_bytes, Timestamp at)>& visit) = 0;
  // Removes for good what has been in the bin since before that.
  struct Emptied {
    std::size_t objects = 0;
    std::uint64_t bytes = 0;
  };
  virtual Emptied empty_bin(Timestamp older_than) = 0;
  // Stores what an address stands for where damaged bytes lie under it. Those are put aside, into
  // the folder `quarantine`, and never removed. For repairs; the caller has verified the address.
  virtual void replace(std::unique_ptr<Staged> staged, const Key& key) = 0;
  // Local path of a stored object, for programs that read files by name (git); nullopt on remote
  // stores.
  virtual std::optional<std::filesystem::path> local_path(const Key& key) = 0;
  // Removes staging files older than that (left by killed writers). Called at start and by the
  // janitor.
  virtual std::size_t sweep_staging(Timestamp older_than) = 0;
};

// Creates the folders (fan-out included) under root if missing. Everything that changes it throws
// WritesEnded once durability is lost; a failed fsync of it loses that (SyncFailed).
std::unique_ptr<BlobStore> open_disk_store(
    const std::filesystem::path& root,
    std::shared_ptr<Durability> durability = std::make_shared<Durability>());

}  // namespace holt::blob
