// The object store: immutable bytes by content address. Disk today; S3 implements the same interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace holt::blob {

// Classes of objects, each a top folder. Names are persisted: never change (docs/formats/objects.md).
enum class Class { pack, blob, xorb };

struct Key {
  Class kind;
  std::string hash;  // 64 lower-case hex digits
  auto operator<=>(const Key&) const = default;
};

// A file being written, private to its writer, with a unique name in the staging folder.
// Dropped without put: the file is removed.
class Staged {
 public:
  virtual ~Staged() = default;
  virtual void write(ByteSpan bytes) = 0;       // appends; throws StorageFull, std::system_error
  virtual std::uint64_t size_bytes() const = 0;
  virtual const SharedFile& file() const = 0;   // readable while staged
  virtual const std::filesystem::path& path() const = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  virtual std::unique_ptr<Staged> stage() = 0;
  // Durable when it returns: file fsynced, renamed, folder fsynced. Storing an existing key again
  // drops the staged file (same address, same bytes). The caller has verified the address.
  virtual void put(std::unique_ptr<Staged> staged, const Key& key) = 0;
  // Several at once with one fsync per folder.
  virtual std::optional<std::uint64_t> size_bytes(const Key& key) = 0;
  virtual SharedFile open(const Key& key) = 0;  // nullptr when absent
  virtual bool remove(const Key& key) = 0;      // false when absent
  virtual void each(Class kind, const std::function<void(const Key&, std::uint64_t size_bytes, Timestamp stored_at)>& visit) = 0;
  // Local path of a stored object, for programs that read files by name (git); nullopt on remote stores.
  virtual std::optional<std::filesystem::path> local_path(const Key& key) = 0;
  // Removes staging files older than that (left by killed writers). Called at start and by the janitor.
  virtual std::size_t sweep_staging(Timestamp older_than) = 0;
};

// Creates the folders (fan-out included) under root if missing.
std::unique_ptr<BlobStore> open_disk_store(const std::filesystem::path& root);

}  // namespace holt::blob
