// The last eight bytes of each page are the sums that SQLite's extension cksumvfs computes, so that
// its tools can check a catalog as well. docs/formats/catalog.md
#include "io/db/sqlite_pages.h"

#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace holt::db {
namespace {

constexpr const char* kName = "holt-pages";
constexpr int kSumBytes = 8;
constexpr int kReserveAt = 20;  // in the header of the first page
constexpr int kHeaderBytes = 100;
constexpr int kLeastPage = 512, kLargestPage = 65536;
constexpr std::string_view kMagic = "SQLite format 3";

thread_local std::string damaged_page;

// Two interleaved sums over little-endian words. A change of one word changes both: the sums map
// it through an invertible matrix, so no flipped bit goes unseen.
void sums_of(const std::uint8_t* page, int length, std::uint8_t* sums) {
  std::uint32_t first = 0, second = 0;
  for (int at = 0; at + 8 <= length; at += 8) {
    std::uint32_t words[2];
    std::memcpy(words, page + at, sizeof words);
    first += words[0] + second;
    second += words[1] + first;
  }
  std::memcpy(sums, &first, 4);
  std::memcpy(sums + 4, &second, 4);
}

// An open catalog; SQLite allocates it, with the layer below behind it.
struct CatalogFile {
  sqlite3_file base;
  const char* path;
  bool checked;  // its pages have sums
  std::vector<std::uint8_t>* scratch;
  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

CatalogFile* catalog(sqlite3_file* file) { return reinterpret_cast<CatalogFile*>(file); }
sqlite3_file* below(sqlite3_file* file) { return catalog(file)->below(); }

bool is_page(int amount, sqlite3_int64 offset) {
  return amount >= kLeastPage && amount <= kLargestPage && (amount & (amount - 1)) == 0 &&
         offset % amount == 0;
}

void look_at_header(CatalogFile& file, const void* bytes, int amount, sqlite3_int64 offset) {
  if (offset != 0 || amount < kHeaderBytes) return;
  if (std::memcmp(bytes, kMagic.data(), kMagic.size()) != 0) return;
  file.checked = static_cast<const std::uint8_t*>(bytes)[kReserveAt] == kSumBytes;
}

bool is_sound(const std::uint8_t* page, int amount) {
  std::uint8_t sums[kSumBytes];
  sums_of(page, amount - kSumBytes, sums);
  return std::memcmp(sums, page + amount - kSumBytes, kSumBytes) == 0;
}

// The byte that says that there are sums may be the damaged one.
bool lost_its_mark(const std::uint8_t* page, int amount) {
  std::vector<std::uint8_t> as_it_was(page, page + amount);
  as_it_was[kReserveAt] = kSumBytes;
  return is_sound(as_it_was.data(), amount);
}

int close_file(sqlite3_file* file) {
  delete catalog(file)->scratch;
  return below(file)->pMethods->xClose(below(file));
}

int read_file(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
  auto& self = *catalog(file);
  const int code = self.below()->pMethods->xRead(self.below(), into, amount, offset);
  if (code != SQLITE_OK) return code;
  look_at_header(self, into, amount, offset);
  if (!is_page(amount, offset)) return code;
  const auto* page = static_cast<const std::uint8_t*>(into);
  if (!self.checked && !(offset == 0 && lost_its_mark(page, amount))) return code;
  if (self.checked && is_sound(page, amount)) return code;
  damaged_page = "page " + std::to_string(offset / amount + 1) + " of " + self.path;
  return SQLITE_IOERR_DATA;
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  auto& self = *catalog(file);
  look_at_header(self, from, amount, offset);
  if (!self.checked || !is_page(amount, offset))
    return self.below()->pMethods->xWrite(self.below(), from, amount, offset);
  // A copy: SQLite goes on using its page.
  self.scratch->assign(static_cast<const std::uint8_t*>(from),
                       static_cast<const std::uint8_t*>(from) + amount);
  sums_of(self.scratch->data(), amount - kSumBytes, self.scratch->data() + amount - kSumBytes);
  return self.below()->pMethods->xWrite(self.below(), self.scratch->data(), amount, offset);
}

int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  return below(f)->pMethods->xTruncate(below(f), size);
}
int sync_file(sqlite3_file* f, int flags) { return below(f)->pMethods->xSync(below(f), flags); }
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return below(f)->pMethods->xFileSize(below(f), size);
}
int lock_file(sqlite3_file* f, int lock) { return below(f)->pMethods->xLock(below(f), lock); }
int unlock_file(sqlite3_file* f, int lock) { return below(f)->pMethods->xUnlock(below(f), lock); }
int check_reserved(sqlite3_file* f, int* out) {
  return below(f)->pMethods->xCheckReservedLock(below(f), out);
}
int file_control(sqlite3_file* f, int op, void* arg) {
  return below(f)->pMethods->xFileControl(below(f), op, arg);
}
int sector_size(sqlite3_file* f) { return below(f)->pMethods->xSectorSize(below(f)); }
int characteristics(sqlite3_file* f) {
  return below(f)->pMethods->xDeviceCharacteristics(below(f));
}
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return below(f)->pMethods->xShmMap(below(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int count, int flags) {
  return below(f)->pMethods->xShmLock(below(f), offset, count, flags);
}
void shm_barrier(sqlite3_file* f) { below(f)->pMethods->xShmBarrier(below(f)); }
int shm_unmap(sqlite3_file* f, int remove) {
  return below(f)->pMethods->xShmUnmap(below(f), remove);
}

// Version 2: shared memory for the log, and no mapped reads, which nobody would check.
constexpr sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,      write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_reserved, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,      nullptr,      nullptr};

sqlite3_vfs* lower(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
    return lower(vfs)->xOpen(lower(vfs), path, file, flags, out_flags);
  auto* self = new (file) CatalogFile{};
  self->path = path;  // SQLite keeps it while the file is open
  const int code = lower(vfs)->xOpen(lower(vfs), path, self->below(), flags, out_flags);
  if (code != SQLITE_OK) {
    // Without methods SQLite does not close it.
    self->base.pMethods = nullptr;
    return code;
  }
  self->scratch = new std::vector<std::uint8_t>;
  self->base.pMethods = &kMethods;
  return SQLITE_OK;
}

}  // namespace

const char* checked_pages() {
  static const bool registered = [] {
    sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    CHECK(system != nullptr);
    // Everything but opening is the system's own; SQLite keeps a pointer to this for ever.
    static sqlite3_vfs layer = *system;
    layer.zName = kName;
    layer.pNext = nullptr;
    layer.pAppData = system;
    layer.szOsFile = static_cast<int>(sizeof(CatalogFile)) + system->szOsFile;
    layer.xOpen = open_file;
    CHECK(sqlite3_vfs_register(&layer, 0) == SQLITE_OK);
    return true;
  }();
  CHECK(registered);
  return kName;
}

void reserve_checksums(sqlite3* handle) {
  int bytes = kSumBytes;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

bool has_checksums(sqlite3* handle) {
  int bytes = -1;
  return sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes) == SQLITE_OK &&
         bytes == kSumBytes;
}

std::optional<std::string> take_damaged_page() {
  if (damaged_page.empty()) return std::nullopt;
  return std::exchange(damaged_page, {});
}

}  // namespace holt::db
