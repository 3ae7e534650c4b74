// Files by descriptor: an owning handle, exact reads at an offset, mapped views, durable writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace holt {

// Owns a file descriptor; closes it. Shared by those that read the same open file at once (a reply
// that sends it while the cache keeps it), hence shared_ptr at its users.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  std::uint64_t size_bytes() const;  // throws when fstat fails
  // Reads exactly `length` bytes; throws std::runtime_error on a short file or an I/O error.
  void read_exactly(std::uint64_t offset, void* into, std::size_t length) const;
  std::string read_text(std::uint64_t offset, std::size_t length) const;
  void write_all(ByteSpan bytes);  // at the current position; throws StorageFull/system_error
  void write_at(std::uint64_t offset,
                ByteSpan bytes);  // leaves the current position alone; throws as write_all
  void sync();                    // fsync; a failure throws and is never retried
 private:
  int fd_;
};

using SharedFile = std::shared_ptr<File>;

// Thrown when the disk or the quota of the file system is exhausted (ENOSPC, EDQUOT).
struct StorageFull : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// nullptr when the file does not exist; throws on any other failure.
SharedFile open_for_reading(const std::filesystem::path& path);
// Creates a new file; throws if it exists.
SharedFile create_new(const std::filesystem::path& path);
// A file without a name and a place on disk, for children to read.
SharedFile create_in_memory(ByteSpan content);
void sync_folder(const std::filesystem::path& path);  // makes renames in it durable
void rename_durably(const std::filesystem::path& from,
                    const std::filesystem::path& to);  // rename + fsync of the folder

// A read-only view of a range of a file; the file stays open while the view lives.
class MappedFile {
 public:
  static MappedFile map(SharedFile file, std::uint64_t offset, std::size_t length);
  static MappedFile map(SharedFile file);  // all of it
  ~MappedFile();
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  ByteSpan bytes() const { return bytes_; }

 private:
  MappedFile() = default;
  SharedFile file_;
  void* base_ = nullptr;
  std::size_t mapped_ = 0;
  ByteSpan bytes_;
};

}  // namespace holt
