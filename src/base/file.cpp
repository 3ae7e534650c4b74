// File descriptors, mapped views and durable renames over POSIX calls.
#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace holt {
namespace {

[[noreturn]] void fail_with(int error, const std::string& what) {
  if (error == ENOSPC || error == EDQUOT) {
    throw StorageFull(what + ": no space left; free some or add storage, then try again");
  }
  throw std::system_error(error, std::generic_category(), what);
}

int open_retrying(const char* path, int flags, mode_t mode = 0) {
  for (;;) {
    const int fd = ::open(path, flags | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

// The kernel moves at most 0x7ffff000 bytes in one call.
constexpr std::size_t kLargestTransferBytes = std::size_t{1} << 30;

}  // namespace

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t File::size_bytes() const {
  struct stat info{};
  if (::fstat(fd_, &info) != 0) fail_with(errno, "fstat");
  return static_cast<std::uint64_t>(info.st_size);
}

void File::read_exactly(std::uint64_t offset, void* into, std::size_t length) const {
  auto* target = static_cast<std::uint8_t*>(into);
  while (length > 0) {
    const ssize_t got =
        ::pread(fd_, target, std::min(length, kLargestTransferBytes), static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      fail_with(errno, "read");
    }
    if (got == 0) {
      throw std::runtime_error("file ends at byte " + std::to_string(offset) + ", " +
                               std::to_string(length) + " bytes before the end of what was asked");
    }
    target += got;
    offset += static_cast<std::uint64_t>(got);
    length -= static_cast<std::size_t>(got);
  }
}

std::string File::read_text(std::uint64_t offset, std::size_t length) const {
  std::string text(length, '\0');
  read_exactly(offset, text.data(), length);
  return text;
}

void File::write_all(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), std::min(bytes.size(), kLargestTransferBytes));
    if (put < 0) {
      if (errno == EINTR) continue;
      fail_with(errno, "write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void File::write_at(std::uint64_t offset, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), std::min(bytes.size(), kLargestTransferBytes),
                                 static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      fail_with(errno, "write");
    }
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void File::sync() {
  // Not retried: after a failed fsync the kernel may have dropped the dirty pages, and the next
  // call would report success for bytes that are not on the disk.
  if (::fsync(fd_) != 0) fail_with(errno, "fsync");
}

SharedFile open_for_reading(const std::filesystem::path& path) {
  const int fd = open_retrying(path.c_str(), O_RDONLY);
  if (fd < 0) {
    if (errno == ENOENT) return nullptr;
    fail_with(errno, "open " + path.string());
  }
  return std::make_shared<File>(fd);
}

SharedFile create_new(const std::filesystem::path& path) {
  const int fd = open_retrying(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0640);
  if (fd < 0) fail_with(errno, "create " + path.string());
  return std::make_shared<File>(fd);
}

SharedFile create_in_memory(ByteSpan content) {
  const int fd = ::memfd_create("holt", MFD_CLOEXEC);
  if (fd < 0) fail_with(errno, "create a file in memory");
  auto file = std::make_shared<File>(fd);
  file->write_all(content);
  return file;
}

void sync_folder(const std::filesystem::path& path) {
  const int fd = open_retrying(path.c_str(), O_RDONLY | O_DIRECTORY);
  if (fd < 0) fail_with(errno, "open folder " + path.string());
  File folder(fd);
  folder.sync();
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    fail_with(errno, "rename " + from.string() + " to " + to.string());
  }
  sync_folder(to.has_parent_path() ? to.parent_path() : std::filesystem::path("."));
}

MappedFile MappedFile::map(SharedFile file, std::uint64_t offset, std::size_t length) {
  const std::uint64_t size = file->size_bytes();
  // Touching a page past the end of a file is SIGBUS: refuse here instead.
  if (offset > size || length > size - offset) {
    throw std::runtime_error("cannot map bytes " + std::to_string(offset) + " to " +
                             std::to_string(offset + length) + " of a file of " +
                             std::to_string(size) + " bytes");
  }
  MappedFile view;
  if (length > 0) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t start = offset / page * page;
    const auto lead = static_cast<std::size_t>(offset - start);
    void* base = ::mmap(nullptr, lead + length, PROT_READ, MAP_SHARED, file->fd(),
                        static_cast<off_t>(start));
    if (base == MAP_FAILED) fail_with(errno, "mmap");
    view.base_ = base;
    view.mapped_ = lead + length;
    view.bytes_ = ByteSpan(static_cast<const std::uint8_t*>(base) + lead, length);
  }
  view.file_ = std::move(file);
  return view;
}

MappedFile MappedFile::map(SharedFile file) {
  const auto size = static_cast<std::size_t>(file->size_bytes());
  return map(std::move(file), 0, size);
}

MappedFile::~MappedFile() {
  if (base_ != nullptr) ::munmap(base_, mapped_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : file_(std::move(other.file_)),
      base_(std::exchange(other.base_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)),
      bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(base_, other.base_);
  std::swap(mapped_, other.mapped_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace holt
