// The journal and the numbering. Only calls that the shim does not stand before, or that it lets
// pass.
#include "journal.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace holt::faults {

State* state = nullptr;
const char* boot_file = nullptr;
char preload[PATH_MAX], faults[PATH_MAX + 16], data_line[PATH_MAX + 32], boot_line[PATH_MAX + 32];

namespace {

char data_folder[PATH_MAX];
std::size_t data_length = 0;

}  // namespace

[[noreturn]] void give_up(const char* why) {
  ::syscall(SYS_write, 2, "holt faults: ", 13);
  ::syscall(SYS_write, 2, why, std::strlen(why));
  ::syscall(SYS_write, 2, "\n", 1);
  ::syscall(SYS_exit_group, 99);
  __builtin_unreachable();
}

namespace {

bool is_inside(const char* path) {
  return std::strncmp(path, data_folder, data_length) == 0 &&
         (path[data_length] == '/' || path[data_length] == '\0');
}

bool path_of(int fd, char* out) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const std::int64_t length = ::syscall(SYS_readlink, link, out, PATH_MAX - 1);
  if (length <= 0) return false;
  out[length] = '\0';
  return out[0] == '/';
}

}  // namespace

bool concerns(int fd, Path& path) {
  if (state == nullptr) return false;
  const int before = errno;
  path.inside = path_of(fd, path.text) && is_inside(path.text);
  errno = before;
  return path.inside;
}

// Without following links: the folders of a hub hold none on the way to a file.
bool concerns(int folder, const char* given, Path& path) {
  if (state == nullptr || given == nullptr) return false;
  const int before = errno;
  char joined[2 * PATH_MAX];
  std::size_t used = 0;
  if (given[0] != '/') {
    const bool known =
        folder == AT_FDCWD ? ::syscall(SYS_getcwd, joined, PATH_MAX) > 0 : path_of(folder, joined);
    if (!known) return false;
    used = std::strlen(joined);
    joined[used++] = '/';
  }
  const std::size_t length = std::strlen(given);
  if (length >= PATH_MAX) return false;
  std::memcpy(joined + used, given, length + 1);
  std::size_t out = 0;
  for (const char* part = joined; *part != '\0';) {
    while (*part == '/') ++part;
    const char* end = part;
    while (*end != '\0' && *end != '/') ++end;
    const auto size = static_cast<std::size_t>(end - part);
    if (size == 2 && part[0] == '.' && part[1] == '.') {
      while (out > 0 && path.text[--out] != '/') {
      }
    } else if (size > 0 && !(size == 1 && part[0] == '.')) {
      if (out + size + 2 > PATH_MAX) return false;
      path.text[out++] = '/';
      std::memcpy(path.text + out, part, size);
      out += size;
    }
    part = end;
  }
  path.text[out] = '\0';
  path.inside = is_inside(path.text);
  errno = before;
  return path.inside;
}

Turn::Turn() {
  if (::pthread_mutex_lock(&state->mutex) == EOWNERDEAD) ::pthread_mutex_consistent(&state->mutex);
  if (state->dead != 0) ::kill(::getpid(), SIGKILL);
}
Turn::~Turn() { ::pthread_mutex_unlock(&state->mutex); }

namespace {

void note(Op op, std::uint64_t device, std::uint64_t inode, std::uint64_t offset, Kind kind,
          const char* first, const char* second, const void* data, std::size_t data_bytes) {
  const std::size_t one = first != nullptr ? std::strlen(first) : 0;
  const std::size_t two = second != nullptr ? std::strlen(second) : 0;
  const std::size_t size = (sizeof(Entry) + one + two + data_bytes + 7) / 8 * 8;
  if (state->tail + size > state->capacity) give_up("the journal is full");
  char* at = reinterpret_cast<char*>(state) + kJournalAt + state->tail;
  const Entry entry{static_cast<std::uint32_t>(size),
                    static_cast<std::uint32_t>(op),
                    device,
                    inode,
                    offset,
                    static_cast<std::uint32_t>(kind),
                    static_cast<std::int32_t>(::getpid()),
                    static_cast<std::uint32_t>(one),
                    static_cast<std::uint32_t>(two),
                    data_bytes};
  std::memcpy(at, &entry, sizeof entry);
  at += sizeof entry;
  if (one > 0) std::memcpy(at, first, one);
  if (two > 0) std::memcpy(at + one, second, two);
  if (data_bytes > 0) std::memcpy(at + one + two, data, data_bytes);
  state->tail += size;
}

}  // namespace

void note_path(Op op, const char* first, const char* second) {
  note(op, 0, 0, 0, Kind::open, first, second, nullptr, 0);
}

void note_file(Op op, int fd, const char* path, std::uint64_t offset, const void* data,
               std::size_t data_bytes) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  note(op, info.st_dev, info.st_ino, offset, Kind::open, path, nullptr, data, data_bytes);
}

namespace {

void cut_the_power() {
  state->dead = 1;
  const auto self = static_cast<std::int32_t>(::getpid());
  for (auto& process : state->processes) {
    const std::int32_t pid = process;
    if (pid > 0 && pid != self) ::kill(pid, SIGKILL);
  }
  ::kill(self, SIGKILL);
  for (;;) ::pause();
}

}  // namespace

bool hit(Kind kind, const char* path) {
  const std::uint64_t number = ++state->calls;
  note(Op::call, 0, 0, number, kind, path, nullptr, nullptr, 0);
  if (number < state->first || number > state->last) return false;
  if (state->mode == static_cast<std::uint32_t>(Mode::watch)) return false;
  ++state->hits;
  if (state->mode == static_cast<std::uint32_t>(Mode::cut)) cut_the_power();
  errno = state->error;
  return true;
}

namespace {

__attribute__((constructor)) void begin() {
  const char* file = std::getenv("HOLT_FAULTS");
  const char* data = std::getenv("HOLT_FAULTS_DATA");
  boot_file = std::getenv("HOLT_FAULTS_BOOT");
  if (const char* own = std::getenv("LD_PRELOAD"))
    std::snprintf(preload, sizeof preload, "LD_PRELOAD=%s", own);
  if (boot_file != nullptr)
    std::snprintf(boot_line, sizeof boot_line, "HOLT_FAULTS_BOOT=%s", boot_file);
  if (file == nullptr || data == nullptr) return;
  std::snprintf(data_folder, sizeof data_folder, "%s", data);
  data_length = std::strlen(data_folder);
  std::snprintf(faults, sizeof faults, "HOLT_FAULTS=%s", file);
  std::snprintf(data_line, sizeof data_line, "HOLT_FAULTS_DATA=%s", data);
  const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC));
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0) give_up("cannot open the file that HOLT_FAULTS names");
  void* base = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ | PROT_WRITE,
                      MAP_SHARED, fd, 0);
  ::close(fd);
  if (base == MAP_FAILED) give_up("cannot map the file that HOLT_FAULTS names");
  auto* mapped = static_cast<State*>(base);
  std::uint32_t fresh = 0;
  if (mapped->ready.compare_exchange_strong(fresh, 1)) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mapped->mutex, &attributes);
    mapped->capacity = static_cast<std::uint64_t>(info.st_size) - kJournalAt;
    mapped->ready = 2;
  }
  while (mapped->ready != 2) ::sched_yield();
  const auto self = static_cast<std::int32_t>(::getpid());
  for (auto& process : mapped->processes) {
    std::int32_t seen = process;
    const bool free = seen == 0 || (seen != self && ::kill(seen, 0) != 0);
    if (seen == self || (free && process.compare_exchange_strong(seen, self))) break;
  }
  state = mapped;
}

}  // namespace

}  // namespace holt::faults
