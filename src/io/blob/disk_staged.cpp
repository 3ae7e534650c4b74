// Writing staged files: past the page cache in large blocks, through it for the rest.
#include "io/blob/disk_staged.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace holt::blob {
namespace {

constexpr std::size_t kFirstBufferBytes = 16 << 10;
constexpr std::size_t kBlockBytes = 512 << 10;
// Smaller writes are gathered, also when they are aligned.
constexpr std::size_t kLeastDirectBytes = 128 << 10;
// Write-back begins while the upload still runs, so that the fsync at its end has little left to
// do.
constexpr std::uint64_t kWriteBackBytes = 16 << 20;
constexpr std::uint64_t kCheckBytes = 16 << 20;
// Kept free for the catalog, which must still take writes when objects no longer fit.
constexpr std::uint64_t kReserveBytes = 16 << 20;

bool is_aligned(const std::uint8_t* address) {
  return reinterpret_cast<std::uintptr_t>(address) % kDirectAlignment == 0;
}

}  // namespace

void fail_with(int error, const std::string& what) {
  if (error == ENOSPC || error == EDQUOT) {
    throw StorageFull(what + ": no space left; free some or add storage, then try again");
  }
  throw std::system_error(error, std::generic_category(), what);
}

void refuse_when_full(const std::filesystem::path& folder) {
  struct statvfs info{};
  if (::statvfs(folder.c_str(), &info) != 0) fail_with(errno, "statvfs " + folder.string());
  const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
  const std::uint64_t total = std::uint64_t{info.f_blocks} * info.f_frsize;
  if (total > 0 && free < std::min(kReserveBytes, total / 32)) {
    fail_with(ENOSPC, "storing under " + folder.string());
  }
}

DiskStaged::~DiskStaged() {
  if (!kept_) ::unlink(path_.c_str());
}

void DiskStaged::write(ByteSpan bytes) {
  size_bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (held_ == 0 && bytes.size() >= kLeastDirectBytes && is_aligned(bytes.data())) {
      const std::size_t whole = bytes.size() / kDirectAlignment * kDirectAlignment;
      send(bytes.first(whole));
      bytes = bytes.subspan(whole);
      continue;
    }
    const ByteSpan part = bytes.first(std::min(bytes.size(), kBlockBytes - held_));
    hold(part);
    bytes = bytes.subspan(part.size());
    if (held_ < kBlockBytes) continue;
    send(ByteSpan(buffer_.data(), held_));
    held_ = 0;
  }
}

void DiskStaged::hold(ByteSpan bytes) {
  if (held_ + bytes.size() > buffer_.capacity()) {
    std::size_t capacity = std::max(kFirstBufferBytes, buffer_.capacity());
    while (capacity < held_ + bytes.size()) capacity *= 2;
    AlignedBuffer larger(capacity);
    if (held_ > 0) std::memcpy(larger.data(), buffer_.data(), held_);
    buffer_ = std::move(larger);
  }
  std::memcpy(buffer_.data() + held_, bytes.data(), bytes.size());
  held_ += bytes.size();
}

void DiskStaged::send(ByteSpan bytes) const {
  if (way_ == Way::undecided) way_ = set_direct(file_->fd(), true) ? Way::direct : Way::cached;
  sent_bytes_ += bytes.size();
  if (way_ == Way::direct) {
    bytes = send_directly(bytes);
    begun_bytes_ = sent_bytes_;
  }
  file_->write_all(bytes);
  if (sent_bytes_ - begun_bytes_ >= kWriteBackBytes) {
    // Only a hint: what cannot be written shows at fsync.
    ::sync_file_range(file_->fd(), static_cast<off_t>(begun_bytes_),
                      static_cast<off_t>(sent_bytes_ - begun_bytes_), SYNC_FILE_RANGE_WRITE);
    begun_bytes_ = sent_bytes_;
  }
  if (sent_bytes_ - checked_bytes_ >= kCheckBytes) {
    checked_bytes_ = sent_bytes_;
    refuse_when_full(path_.parent_path());
  }
}

ByteSpan DiskStaged::send_directly(ByteSpan bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_->fd(), bytes.data(), bytes.size());
    if (put >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      continue;
    }
    if (errno == EINTR) continue;
    // The flag was taken and the transfer is not: a file system or a disk that asks for more.
    if (errno != EINVAL) fail_with(errno, "write " + path_.string());
    way_ = Way::cached;
    set_direct(file_->fd(), false);
    break;
  }
  return bytes;
}

// From here on the descriptor is an ordinary one: others use it too.
void DiskStaged::flush() const {
  if (way_ == Way::direct) set_direct(file_->fd(), false);
  way_ = Way::cached;
  if (held_ == 0) return;
  const ByteSpan rest(buffer_.data(), held_);
  held_ = 0;
  send(rest);
}

const SharedFile& DiskStaged::file() const {
  flush();
  return file_;
}

const std::filesystem::path& DiskStaged::path() const {
  flush();
  return path_;
}

}  // namespace holt::blob
