// What the shim knows and writes down: which calls concern the data folder, their numbers, the
// journal. One file, mapped by every process of the tree, holds it all.
#pragma once

#include <limits.h>
#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace holt::faults {

// Numbers of the journal, known to tests/faults/power.py.
enum class Op : std::uint32_t {
  create = 1,
  write = 2,
  truncate = 3,
  sync = 4,
  sync_failed = 5,
  rename = 6,
  link = 7,
  symlink = 8,
  unlink = 9,
  rmdir = 10,
  mkdir = 11,
  call = 12,  // every numbered call, before what it does
};

// What a numbered call is, known to tests/faults/shim.py, which says what may befall it.
enum class Kind : std::uint32_t {
  open = 1,  // that creates or may write
  look = 2,  // an open for reading, folders included
  write = 3,
  resize = 4,
  fsync = 5,
  flush = 6,  // sync_file_range
  rename = 7,
  link = 8,
  unlink = 9,
  mkdir = 10,
  attribute = 11,
};

enum class Mode : std::uint32_t { watch = 0, fail = 1, cut = 2 };

struct State {
  std::uint32_t mode;
  std::int32_t error;         // 0: a write is done by half
  std::uint64_t first, last;  // calls that are hit
  std::uint64_t capacity;     // of the journal
  std::atomic<std::uint32_t> ready;
  std::atomic<std::uint32_t> dead;  // the power is off: nothing happens any more
  std::uint64_t calls;
  std::uint64_t hits;
  std::uint64_t tail;  // of the journal
  std::atomic<std::int32_t> processes[256];
  pthread_mutex_t mutex;
};
constexpr std::size_t kJournalAt = 4096;
static_assert(sizeof(State) <= kJournalAt);
static_assert(offsetof(State, first) == 8 && offsetof(State, ready) == 32 &&
              offsetof(State, calls) == 40 && offsetof(State, processes) == 64);

struct Entry {
  std::uint32_t size;
  std::uint32_t op;
  std::uint64_t device, inode;
  std::uint64_t offset;  // or the new length, or the number of the call
  std::uint32_t kind;
  std::int32_t pid;
  std::uint32_t first_bytes, second_bytes;  // of the paths, then the data
  std::uint64_t data_bytes;
};
static_assert(sizeof(Entry) == 56);

extern State* state;           // null: nothing is watched
extern const char* boot_file;  // stands for the kernel's boot_id; null: the real one
// NAME=value, for the environment of children; empty where there is nothing to hand on.
extern char preload[PATH_MAX], faults[PATH_MAX + 16], data_line[PATH_MAX + 32],
    boot_line[PATH_MAX + 32];

[[noreturn]] void give_up(const char* why);

// An absolute path, without links.
struct Path {
  char text[PATH_MAX];
  bool inside = false;  // the data folder
};

// Of a descriptor; also of a file that has lost its name.
bool concerns(int fd, Path& path);
bool concerns(int folder, const char* given, Path& path);

// The one lock, over all processes. Whoever gets it after the power was cut ends there.
class Turn {
 public:
  Turn();
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

// These need the lock.

void note_path(Op op, const char* first, const char* second = nullptr);
void note_file(Op op, int fd, const char* path, std::uint64_t offset, const void* data = nullptr,
               std::size_t data_bytes = 0);

// Numbers the call. True when it must fail (errno is set), or be done by half.
bool hit(Kind kind, const char* path);

}  // namespace holt::faults
