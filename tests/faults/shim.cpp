// Stands between a program and the kernel, for tests only: LD_PRELOAD puts these functions before
// the C library's. Every call that changes something under one folder is numbered, may be made to
// fail, and is written down, so that tests/faults/power.py can tell what a power cut leaves.
//
// State and journal lie in one file that the driver makes and that every process of the tree maps
// (tests/faults/shim.py knows the same offsets). Environment:
//   HOLT_FAULTS        that file
//   HOLT_FAULTS_DATA   the folder, absolute and without symbolic links
//   HOLT_FAULTS_BOOT   what /proc/sys/kernel/random/boot_id reads as: a machine that was restarted
//
// What it does not see: writes through mapped memory (SQLite's -shm, which nobody expects to
// survive) and writes that the C library makes for FILE streams (nothing of Holt's or git's that
// lies in the data folder is written so). fsync does not reach the disk: the journal takes its
// place, and the tests are faster for it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "journal.h"

namespace holt::faults {
namespace {

std::int64_t returned(std::int64_t result) { return result; }

int do_open(int folder, const char* given, int flags, mode_t mode) {
  if (boot_file != nullptr && std::strcmp(given, "/proc/sys/kernel/random/boot_id") == 0)
    given = boot_file;
  Path path;
  const auto really = [&] {
    return static_cast<int>(returned(::syscall(SYS_openat, folder, given, flags, mode)));
  };
  if (!concerns(folder, given, path)) return really();
  const bool changes = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY;
  Turn turn;
  struct stat info{};
  const bool there = ::stat(path.text, &info) == 0;
  if (!changes && !there) return really();  // a question whether it is there
  if (hit(changes ? Kind::open : Kind::look, path.text) && state->error != 0) return -1;
  const int fd = really();
  if (fd < 0) return fd;
  const int before = errno;
  if (!there && (flags & O_CREAT) != 0) note_file(Op::create, fd, path.text, 0);
  if (there && (flags & O_TRUNC) != 0) note_file(Op::truncate, fd, path.text, 0);
  errno = before;
  return fd;
}

// `really` writes at most that many bytes at the place that `offset` says (-1: where the file is).
template <class Really>
ssize_t do_write(int fd, const Path& path, std::size_t size, off_t offset, const iovec* pieces,
                 int count, const Really& really) {
  Turn turn;
  std::size_t most = size;
  if (hit(Kind::write, path.text)) {
    if (state->error != 0) return -1;
    if (size > 1) most = size / 2;
  }
  if (offset < 0) {
    const auto flags = ::fcntl(fd, F_GETFL);
    offset = ::lseek(fd, 0, (flags & O_APPEND) != 0 ? SEEK_END : SEEK_CUR);
    // A direct write of half a block is no write at all.
    if ((flags & O_DIRECT) != 0 && most < size)
      most = std::max<std::size_t>(most / 4096 * 4096, 4096);
  }
  const auto put = static_cast<ssize_t>(really(most));
  if (put <= 0) return put;
  const int before = errno;
  auto left = static_cast<std::size_t>(put);
  for (int i = 0; i < count && left > 0; ++i) {
    const std::size_t part = std::min(left, pieces[i].iov_len);
    note_file(Op::write, fd, path.text, static_cast<std::uint64_t>(offset), pieces[i].iov_base,
              part);
    offset += static_cast<off_t>(part);
    left -= part;
  }
  errno = before;
  return put;
}

ssize_t do_plain_write(int fd, const void* bytes, std::size_t size, off_t offset) {
  const auto really = [&](std::size_t most) {
    return offset < 0 ? ::syscall(SYS_write, fd, bytes, most)
                      : ::syscall(SYS_pwrite64, fd, bytes, most, offset);
  };
  Path path;
  if (!concerns(fd, path)) return really(size);
  const iovec one{const_cast<void*>(bytes), size};
  return do_write(fd, path, size, offset, &one, 1, really);
}

ssize_t do_vector_write(int fd, const iovec* pieces, int count, off_t offset) {
  Path path;
  if (!concerns(fd, path)) {
    return offset < 0 ? ::syscall(SYS_writev, fd, pieces, count)
                      : ::syscall(SYS_pwritev, fd, pieces, count, offset, 0);
  }
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += pieces[i].iov_len;
  return do_write(fd, path, size, offset, pieces, count, [&](std::size_t most) -> std::int64_t {
    // One after the other, so that a short write may end anywhere.
    std::int64_t done = 0;
    for (int i = 0; i < count && static_cast<std::size_t>(done) < most; ++i) {
      const std::size_t part = std::min(pieces[i].iov_len, most - static_cast<std::size_t>(done));
      const auto put = offset < 0
                           ? ::syscall(SYS_write, fd, pieces[i].iov_base, part)
                           : ::syscall(SYS_pwrite64, fd, pieces[i].iov_base, part, offset + done);
      if (put < 0) return done > 0 ? done : put;
      done += put;
      if (static_cast<std::size_t>(put) < part) break;
    }
    return done;
  });
}

int do_resize(int fd, off_t length, bool only_longer, off_t offset_of_alloc, int how) {
  const auto really = [&] {
    return static_cast<int>(only_longer ? ::syscall(SYS_fallocate, fd, how, offset_of_alloc, length)
                                        : ::syscall(SYS_ftruncate, fd, length));
  };
  Path path;
  if (!concerns(fd, path)) return really();
  Turn turn;
  if (hit(Kind::resize, path.text) && state->error != 0) return -1;
  const int result = really();
  if (result != 0) return result;
  struct stat info{};
  if (::fstat(fd, &info) == 0)
    note_file(Op::truncate, fd, path.text, static_cast<std::uint64_t>(info.st_size));
  return result;
}

// After a failed fsync the kernel takes the pages for clean: a second call tells a lie.
int do_sync(int fd) {
  Path path;
  if (!concerns(fd, path)) return static_cast<int>(::syscall(SYS_fsync, fd));
  Turn turn;
  if (hit(Kind::fsync, path.text) && state->error != 0) {
    const int error = errno;
    note_file(Op::sync_failed, fd, path.text, 0);
    errno = error;
    return -1;
  }
  note_file(Op::sync, fd, path.text, 0);
  return 0;
}

template <class Really>
int do_names(Kind kind, Op op, const Path& concerned, const char* first, const char* second,
             const Really& really) {
  Turn turn;
  if (hit(kind, concerned.text) && state->error != 0) return -1;
  const auto result = static_cast<int>(really());
  if (result == 0) note_path(op, first, second);
  return result;
}

int do_rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  const auto really = [&] {
    return ::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  };
  Path old_path, new_path;
  const bool old_inside = concerns(from_folder, from, old_path);
  const bool new_inside = concerns(to_folder, to, new_path);
  if (!old_inside && !new_inside) return static_cast<int>(really());
  if (old_inside != new_inside) give_up("a file was renamed into or out of the data folder");
  return do_names(Kind::rename, Op::rename, new_path, old_path.text, new_path.text, really);
}

int do_link(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  const auto really = [&] {
    return ::syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
  };
  Path old_path, new_path;
  const bool old_inside = concerns(from_folder, from, old_path);
  if (!concerns(to_folder, to, new_path)) return static_cast<int>(really());
  if (!old_inside) give_up("a file outside was linked into the data folder");
  return do_names(Kind::link, Op::link, new_path, old_path.text, new_path.text, really);
}

int do_unlink(int folder, const char* given, int flags) {
  const auto really = [&] { return ::syscall(SYS_unlinkat, folder, given, flags); };
  Path path;
  if (!concerns(folder, given, path)) return static_cast<int>(really());
  struct stat info{};
  if (::lstat(path.text, &info) != 0) return static_cast<int>(really());
  return do_names(Kind::unlink, (flags & AT_REMOVEDIR) != 0 ? Op::rmdir : Op::unlink, path,
                  path.text, nullptr, really);
}

template <class Really>
int do_attribute(bool concerned, const Path& path, const Really& really) {
  if (!concerned) return static_cast<int>(really());
  Turn turn;
  if (hit(Kind::attribute, path.text) && state->error != 0) return -1;
  return static_cast<int>(really());
}

}  // namespace
}  // namespace holt::faults

using namespace holt::faults;

#define EXPORTED __attribute__((visibility("default")))
#define OPEN_MODE(flags)                        \
  mode_t mode = 0;                              \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest;                               \
    va_start(rest, flags);                      \
    mode = va_arg(rest, mode_t);                \
    va_end(rest);                               \
  }

extern "C" {
#pragma clang diagnostic ignored "-Wmissing-prototypes"
#pragma clang diagnostic ignored "-Wreserved-identifier"

EXPORTED int open(const char* path, int flags, ...) {
  OPEN_MODE(flags)
  return do_open(AT_FDCWD, path, flags, mode);
}
EXPORTED int open64(const char* path, int flags, ...) {
  OPEN_MODE(flags)
  return do_open(AT_FDCWD, path, flags, mode);
}
EXPORTED int openat(int folder, const char* path, int flags, ...) {
  OPEN_MODE(flags)
  return do_open(folder, path, flags, mode);
}
EXPORTED int openat64(int folder, const char* path, int flags, ...) {
  OPEN_MODE(flags)
  return do_open(folder, path, flags, mode);
}
EXPORTED int __open_2(const char* path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
EXPORTED int __open64_2(const char* path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
EXPORTED int __openat_2(int folder, const char* path, int flags) {
  return do_open(folder, path, flags, 0);
}
EXPORTED int __openat64_2(int folder, const char* path, int flags) {
  return do_open(folder, path, flags, 0);
}
EXPORTED int creat(const char* path, mode_t mode) {
  return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
EXPORTED int creat64(const char* path, mode_t mode) {
  return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORTED ssize_t write(int fd, const void* bytes, std::size_t size) {
  return do_plain_write(fd, bytes, size, -1);
}
EXPORTED ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  return do_plain_write(fd, bytes, size, offset);
}
EXPORTED ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t offset) {
  return do_plain_write(fd, bytes, size, offset);
}
EXPORTED ssize_t writev(int fd, const iovec* pieces, int count) {
  return do_vector_write(fd, pieces, count, -1);
}
EXPORTED ssize_t pwritev(int fd, const iovec* pieces, int count, off_t offset) {
  return do_vector_write(fd, pieces, count, offset);
}
EXPORTED ssize_t pwritev64(int fd, const iovec* pieces, int count, off_t offset) {
  return do_vector_write(fd, pieces, count, offset);
}
EXPORTED ssize_t pwritev2(int fd, const iovec* pieces, int count, off_t offset, int) {
  return do_vector_write(fd, pieces, count, offset);
}
EXPORTED ssize_t pwritev64v2(int fd, const iovec* pieces, int count, off_t offset, int) {
  return do_vector_write(fd, pieces, count, offset);
}
// Every caller has another way when the kernel cannot do it.
EXPORTED ssize_t copy_file_range(int from, off_t* at, int to, off_t* to_at, std::size_t size,
                                 unsigned flags) {
  Path path;
  if (!concerns(to, path)) return ::syscall(SYS_copy_file_range, from, at, to, to_at, size, flags);
  errno = EXDEV;
  return -1;
}

EXPORTED int ftruncate(int fd, off_t length) { return do_resize(fd, length, false, 0, 0); }
EXPORTED int ftruncate64(int fd, off_t length) { return do_resize(fd, length, false, 0, 0); }
EXPORTED int fallocate(int fd, int how, off_t offset, off_t length) {
  return do_resize(fd, length, true, offset, how);
}
EXPORTED int fallocate64(int fd, int how, off_t offset, off_t length) {
  return do_resize(fd, length, true, offset, how);
}
EXPORTED int posix_fallocate(int fd, off_t offset, off_t length) {
  return do_resize(fd, length, true, offset, 0) == 0 ? 0 : errno;
}
EXPORTED int posix_fallocate64(int fd, off_t offset, off_t length) {
  return do_resize(fd, length, true, offset, 0) == 0 ? 0 : errno;
}
EXPORTED int truncate(const char* path, off_t length) {
  Path inside;
  if (concerns(AT_FDCWD, path, inside)) give_up("truncate by name is not modelled");
  return static_cast<int>(::syscall(SYS_truncate, path, length));
}

EXPORTED int fsync(int fd) { return do_sync(fd); }
EXPORTED int fdatasync(int fd) { return do_sync(fd); }
EXPORTED int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
  Path path;
  if (!concerns(fd, path))
    return static_cast<int>(::syscall(SYS_sync_file_range, fd, offset, length, flags));
  Turn turn;
  return hit(Kind::flush, path.text) && state->error != 0 ? -1 : 0;
}

EXPORTED int rename(const char* from, const char* to) {
  return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}
EXPORTED int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return do_rename(from_folder, from, to_folder, to, 0);
}
EXPORTED int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                       unsigned flags) {
  return do_rename(from_folder, from, to_folder, to, flags);
}
EXPORTED int link(const char* from, const char* to) {
  return do_link(AT_FDCWD, from, AT_FDCWD, to, 0);
}
EXPORTED int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return do_link(from_folder, from, to_folder, to, flags);
}
EXPORTED int symlinkat(const char* target, int folder, const char* given) {
  const auto really = [&] { return ::syscall(SYS_symlinkat, target, folder, given); };
  Path path;
  if (!concerns(folder, given, path)) return static_cast<int>(really());
  return do_names(Kind::link, Op::symlink, path, path.text, target, really);
}
EXPORTED int symlink(const char* target, const char* given) {
  return symlinkat(target, AT_FDCWD, given);
}
EXPORTED int unlink(const char* path) { return do_unlink(AT_FDCWD, path, 0); }
EXPORTED int unlinkat(int folder, const char* path, int flags) {
  return do_unlink(folder, path, flags);
}
EXPORTED int rmdir(const char* path) { return do_unlink(AT_FDCWD, path, AT_REMOVEDIR); }
EXPORTED int remove(const char* path) {
  struct stat info{};
  if (::lstat(path, &info) != 0) return -1;
  return do_unlink(AT_FDCWD, path, S_ISDIR(info.st_mode) ? AT_REMOVEDIR : 0);
}
EXPORTED int mkdirat(int folder, const char* given, mode_t mode) {
  const auto really = [&] { return ::syscall(SYS_mkdirat, folder, given, mode); };
  Path path;
  struct stat info{};
  if (!concerns(folder, given, path) || ::stat(path.text, &info) == 0)
    return static_cast<int>(really());
  return do_names(Kind::mkdir, Op::mkdir, path, path.text, nullptr, really);
}
EXPORTED int mkdir(const char* given, mode_t mode) { return mkdirat(AT_FDCWD, given, mode); }

EXPORTED int fchmod(int fd, mode_t mode) {
  Path path;
  const bool concerned = concerns(fd, path);
  return do_attribute(concerned, path, [&] { return ::syscall(SYS_fchmod, fd, mode); });
}
EXPORTED int futimens(int fd, const timespec times[2]) {
  Path path;
  const bool concerned = concerns(fd, path);
  return do_attribute(concerned, path,
                      [&] { return ::syscall(SYS_utimensat, fd, nullptr, times, 0); });
}
EXPORTED int utimensat(int folder, const char* given, const timespec times[2], int flags) {
  Path path;
  const bool concerned = concerns(folder, given, path);
  return do_attribute(concerned, path,
                      [&] { return ::syscall(SYS_utimensat, folder, given, times, flags); });
}

// Children get a clean environment from Holt; what they do counts all the same.
EXPORTED int execve(const char* program, char* const arguments[], char* const environment[]) {
  constexpr std::size_t kMost = 1024;
  char* lines[kMost + 8];
  std::size_t count = 0;
  bool there = false;
  for (; environment != nullptr && environment[count] != nullptr && count < kMost; ++count) {
    lines[count] = environment[count];
    there = there || std::strncmp(lines[count], "LD_PRELOAD=", 11) == 0;
  }
  if (!there && preload[0] != '\0') {
    for (char* line : {preload, faults, data_line, boot_line})
      if (line[0] != '\0') lines[count++] = line;
  }
  lines[count] = nullptr;
  return static_cast<int>(::syscall(SYS_execve, program, arguments, lines));
}

}  // extern "C"
