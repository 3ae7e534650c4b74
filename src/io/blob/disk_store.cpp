// Objects as files on a local file system; the layout is described in docs/formats/objects.md.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <system_error>

#include "base/random.h"
#include "io/blob/disk_staged.h"

namespace holt::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::array kClasses = {Class::pack, Class::blob, Class::xorb};
constexpr std::int64_t kRenewAfterMs = 10 * 60 * 1000;
// Longer than any kernel keeps a rename in memory (5 to 30 s).
constexpr std::int64_t kUnsyncedMs = 60 * 1000;

std::string_view folder_name(Class kind) {
  switch (kind) {  // never change: these are folders of existing stores
    case Class::pack:
      return "packs";
    case Class::blob:
      return "blobs";
    case Class::xorb:
      return "xorbs";
  }
  CHECK(false);
}

std::string fan_out_name(unsigned value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[value >> 4], kDigits[value & 15]};
}

std::int64_t to_ms(const timespec& t) {
  return std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

// An open fan-out folder. Writers hold it shared and the garbage collector holds it alone, so that
// no object goes between a writer finding it and renewing it.
class Folder {
 public:
  Folder(const fs::path& path, int lock)
      : file_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (file_.fd() < 0) fail_with(errno, "open folder " + path.string());
    while (::flock(file_.fd(), lock) != 0) {
      if (errno != EINTR) fail_with(errno, "lock folder " + path.string());
    }
  }
  int fd() const { return file_.fd(); }
  void sync() { file_.sync(); }

 private:
  File file_;
};

// The part of a name that tells its place among all.
std::uint32_t place_of(std::string_view hash) {
  std::uint32_t place = 0;
  for (const char c : hash.substr(0, 4))
    place = place << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  return place;
}

class DiskStore final : public BlobStore {
 public:
  DiskStore(const fs::path& root, std::shared_ptr<Durability> durability)
      : objects_(root / "objects"),
        staging_(root / "staging"),
        bin_(objects_ / "trash"),
        quarantine_(root / "quarantine"),
        durability_(std::move(durability)) {
    fs::create_directories(root);
    bool made = make_folder(objects_);
    made = make_folder(staging_) || made;
    made = make_folder(bin_) || made;
    for (const Class kind : kClasses) {
      const fs::path folder = objects_ / folder_name(kind);
      made = make_folder(folder) || made;
      made = make_folder(bin_ / folder_name(kind)) || made;
      for (unsigned i = 0; i < 256; ++i) made = make_folder(folder / fan_out_name(i)) || made;
    }
    if (!made) return;
    // After all of them: the first of these writes what the others need too.
    for (const Class kind : kClasses) sync_folder(objects_ / folder_name(kind));
    sync_folder(bin_);
    sync_folder(objects_);
    sync_folder(root);
  }

  std::unique_ptr<Staged> stage() override {
    durability_->check();
    refuse_when_full(staging_);
    fs::path path = staging_ / random_hex(32);
    SharedFile file = create_new(path);
    return std::make_unique<DiskStaged>(std::move(path), std::move(file));
  }

  void put_all(std::vector<Put> puts) override {
    durability_->check();
    std::sort(puts.begin(), puts.end(), [](const Put& a, const Put& b) { return a.key < b.key; });
    std::unique_ptr<Folder> folder;
    fs::path folder_path;
    bool unsynced = false;
    for (Put& one : puts) {
      auto* staged = dynamic_cast<DiskStaged*>(one.staged.get());
      CHECK(staged != nullptr);
      const fs::path target = path_of(one.key);
      if (target.parent_path() != folder_path) {
        if (unsynced) sync(*folder, folder_path);
        folder_path = target.parent_path();
        folder = std::make_unique<Folder>(folder_path, LOCK_SH);
        unsynced = false;
      }
      unsynced = place(*folder, *staged, target) || unsynced;
      one.staged.reset();
    }
    if (unsynced) sync(*folder, folder_path);
  }

  std::optional<std::uint64_t> size_bytes(const Key& key) override {
    struct stat info{};
    if (!look(path_of(key), info)) return std::nullopt;
    return static_cast<std::uint64_t>(info.st_size);
  }

  SharedFile open(const Key& key) override { return open_for_reading(path_of(key)); }

  bool remove(const Key& key) override {
    durability_->check();
    const fs::path path = path_of(key);
    Folder folder(path.parent_path(), LOCK_EX);
    return unlink_if_there(path);
  }

  bool discard_older(const Key& key, Timestamp than) override {
    durability_->check();
    const fs::path path = path_of(key);
    Folder folder(path.parent_path(), LOCK_EX);
    struct stat info{};
    if (!look(path, info) || to_ms(info.st_mtim) >= than.ms) return false;
    // The time first: should the rename not happen, the object counts as stored now, and the next
    // collection takes it.
    touch(path);
    if (::rename(path.c_str(), binned(key).c_str()) != 0)
      fail_with(errno, "put into the bin: " + path.string());
    return true;
  }

  bool restore(const Key& key) override {
    durability_->check();
    const fs::path from = binned(key);
    const fs::path target = path_of(key);
    Folder folder(target.parent_path(), LOCK_EX);
    struct stat info{};
    if (!look(from, info)) return false;
    touch(from);
    if (look(target, info)) {
      touch(target);
      unlink_if_there(from);
      return true;
    }
    if (::rename(from.c_str(), target.c_str()) != 0)
      fail_with(errno, "take out of the bin: " + from.string());
    sync(folder, target.parent_path());
    return true;
  }

  void each(Class kind, HashRange range, const Look& visit) override {
    for (unsigned i = range.first >> 8; i < 256 && i << 8 < range.end; ++i) {
      for (std::string& name : names_in(objects_ / folder_name(kind) / fan_out_name(i))) {
        if (!range.holds(name)) continue;
        struct stat info{};
        if (!look(path_of({kind, name}), info)) continue;
        if (visit(Key{kind, std::move(name)}, static_cast<std::uint64_t>(info.st_size),
                  Timestamp{to_ms(info.st_mtim)}) == Next::stop)
          return;
      }
    }
  }

  void each_discarded(
      const std::function<void(const Key&, std::uint64_t, Timestamp)>& visit) override {
    for (const Class kind : kClasses) {
      for (std::string& name : names_in(bin_ / folder_name(kind))) {
        struct stat info{};
        if (!look(bin_ / folder_name(kind) / name, info)) continue;
        visit(Key{kind, std::move(name)}, static_cast<std::uint64_t>(info.st_size),
              Timestamp{to_ms(info.st_mtim)});
      }
    }
  }

  Emptied empty_bin(Timestamp older_than) override {
    Emptied emptied;
    each_discarded([&](const Key& key, std::uint64_t size_bytes, Timestamp at) {
      if (at >= older_than || !unlink_if_there(binned(key))) return;
      ++emptied.objects;
      emptied.bytes += size_bytes;
    });
    return emptied;
  }

  void replace(std::unique_ptr<Staged> staged, const Key& key) override {
    durability_->check();
    {
      const fs::path path = path_of(key);
      Folder folder(path.parent_path(), LOCK_EX);
      struct stat info{};
      if (look(path, info)) {
        const fs::path aside = quarantine_ / folder_name(key.kind);
        fs::create_directories(aside);
        // An object may be damaged more than once; each time is kept.
        const fs::path kept = aside / (key.hash + "." + random_hex(8));
        if (::rename(path.c_str(), kept.c_str()) != 0)
          fail_with(errno, "put aside: " + path.string());
        Folder beside(aside, LOCK_EX);
        sync(beside, aside);
      }
    }
    put(std::move(staged), key);
  }

  std::optional<fs::path> local_path(const Key& key) override { return path_of(key); }

  std::size_t sweep_staging(Timestamp older_than) override {
    std::size_t removed = 0;
    for (const auto& entry : fs::directory_iterator(staging_)) {
      struct stat info{};
      if (!look(entry.path(), info) || !S_ISREG(info.st_mode)) continue;
      if (to_ms(info.st_mtim) < older_than.ms && unlink_if_there(entry.path())) ++removed;
    }
    return removed;
  }

 private:
  fs::path path_of(const Key& key) const {
    // A hash from elsewhere could name any file of the machine.
    CHECK(is_hex(key.hash, 64));
    return objects_ / folder_name(key.kind) / key.hash.substr(0, 2) / key.hash;
  }

  fs::path binned(const Key& key) const {
    CHECK(is_hex(key.hash, 64));
    return bin_ / folder_name(key.kind) / key.hash;
  }

  // Read whole before anything is done: removing while reading a folder may skip others.
  static std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      std::string name = entry.path().filename().string();
      if (is_hex(name, 64)) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  static void touch(const fs::path& path) {
    const auto times = times_of(now());
    if (::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0)
      fail_with(errno, "renew " + path.string());
  }

  static std::array<timespec, 2> times_of(Timestamp at) {
    const timespec time{static_cast<time_t>(at.ms / 1000),
                        static_cast<long>(at.ms % 1000 * 1'000'000)};
    return {time, time};
  }

  static bool make_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), 0750) == 0) return true;
    if (errno != EEXIST) fail_with(errno, "create folder " + path.string());
    return false;
  }

  static bool look(const fs::path& path, struct stat& info) {
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno != ENOENT) fail_with(errno, "stat " + path.string());
    return false;
  }

  static bool unlink_if_there(const fs::path& path) {
    if (::unlink(path.c_str()) == 0) return true;
    if (errno != ENOENT) fail_with(errno, "remove " + path.string());
    return false;
  }

  // Whether a rename in it is on the disk is not known when this fails, whatever the reason.
  void sync(Folder& folder, const fs::path& path) {
    try {
      folder.sync();
    } catch (const std::exception& problem) {
      durability_->fail(path.native(), problem.what());
    }
  }

  // A file without room is dropped, and all is as before: StorageFull passes. Any other failure is
  // the disk's.
  void sync(DiskStaged& staged) {
    try {
      staged.file()->sync();
    } catch (const std::system_error& problem) {
      durability_->fail(staged.path().native(), problem.what());
    }
  }

  // True when the folder must be synced before the object counts as stored.
  bool place(const Folder& folder, DiskStaged& staged, const fs::path& target) {
    struct stat info{};
    if (look(target, info)) {
      const std::int64_t at = now().ms;
      if (at - to_ms(info.st_mtim) > kRenewAfterMs) touch(target);
      // Another writer, or one that was killed, may have renamed it and not synced yet.
      return std::abs(at - to_ms(info.st_ctim)) < kUnsyncedMs;
    }
    const SharedFile& file = staged.file();
    if (::fchmod(file->fd(), 0440) != 0) fail_with(errno, "chmod " + staged.path().string());
    const auto times = times_of(now());
    if (::futimens(file->fd(), times.data()) != 0)
      fail_with(errno, "utimens " + staged.path().string());
    sync(staged);
    const std::string name = target.filename().string();
    const char* from = staged.path().c_str();
    int failed = ::renameat2(AT_FDCWD, from, folder.fd(), name.c_str(), RENAME_NOREPLACE);
    // File systems without that flag (NFS): replacing is as good, the bytes are the same.
    if (failed != 0 && errno == EINVAL)
      failed = ::renameat(AT_FDCWD, from, folder.fd(), name.c_str());
    if (failed == 0) {
      staged.keep();
    } else if (errno != EEXIST) {
      fail_with(errno, "store " + target.string());
    }
    return true;
  }

  fs::path objects_, staging_, bin_, quarantine_;
  std::shared_ptr<Durability> durability_;
};

}  // namespace

bool HashRange::holds(std::string_view hash) const {
  const std::uint32_t place = place_of(hash);
  return place >= first && place < end;
}

std::unique_ptr<BlobStore> open_disk_store(const fs::path& root,
                                           std::shared_ptr<Durability> durability) {
  return std::make_unique<DiskStore>(root, std::move(durability));
}

}  // namespace holt::blob
