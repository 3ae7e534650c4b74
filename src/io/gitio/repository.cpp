// Packs linked from the store, references, and what makes a folder a bare repository.
#include "io/gitio/repository.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <system_error>

#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "io/gitio/pack_index.h"
#include "io/gitio/pack_writer.h"
#include "io/gitio/programs.h"

namespace holt::gitio {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kCopyBytes = 1 << 20;

// Fetches may filter and may want any object: partial clones ask for single blobs. Nothing here is
// changed by git itself, so there is no log and no housekeeping. Memory of pack-objects is bounded.
constexpr std::string_view kConfig =
    "[core]\n"
    "\trepositoryformatversion = 0\n"
    "\tfilemode = true\n"
    "\tbare = true\n"
    "\tlogAllRefUpdates = false\n"
    "\tbigFileThreshold = 16m\n"
    "\tpackedGitWindowSize = 32m\n"
    "\tpackedGitLimit = 512m\n"
    "[uploadpack]\n"
    "\tallowFilter = true\n"
    "\tallowAnySHA1InWant = true\n"
    "[gc]\n"
    "\tauto = 0\n"
    "[pack]\n"
    "\twindowMemory = 64m\n"
    "\tthreads = 2\n";

constexpr std::string_view kGenerationFile = "holt-generation";
constexpr std::string_view kBootFile = "holt-boot";

std::string read_whole(const fs::path& path, std::size_t max_bytes) {
  const auto file = open_for_reading(path);
  if (!file) return {};
  const std::uint64_t size = file->size_bytes();
  return size > max_bytes ? std::string() : file->read_text(0, static_cast<std::size_t>(size));
}

// Differs after the machine has lost what was not yet on disk.
std::string boot_id() {
  // The size of files under /proc reads as nothing.
  std::string id(36, '\0');
  const File file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0 || ::read(file.fd(), id.data(), id.size()) != static_cast<ssize_t>(id.size()))
    return "unknown";
  return id;
}

std::string sha256_of(const File& file) {
  Sha256 hash;
  const std::uint64_t size = file.size_bytes();
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(size, kCopyBytes)));
  for (std::uint64_t done = 0; done < size;) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size - done, piece.size()));
    file.read_exactly(done, piece.data(), part);
    hash.update(ByteSpan(piece.data(), part));
    done += part;
  }
  return to_hex(hash.finish());
}

void copy_to(const File& from, const fs::path& to) {
  const auto copy = create_new(to);
  const std::uint64_t size = from.size_bytes();
  for (std::uint64_t done = 0; done < size;) {
    const std::string piece = from.read_text(
        done, static_cast<std::size_t>(std::min<std::uint64_t>(size - done, kCopyBytes)));
    copy->write_all(as_bytes(piece));
    done += piece.size();
  }
}

Sha1Digest checksum_of(const File& pack) {
  const std::uint64_t size = pack.size_bytes();
  Sha1Digest checksum;
  if (size < checksum.size())
    throw std::runtime_error("a git pack of " + std::to_string(size) + " bytes is not whole");
  pack.read_exactly(size - checksum.size(), checksum.data(), checksum.size());
  return checksum;
}

// Removes a file whose writing failed half-way. After a rename the name is gone, and nothing
// happens.
class RemoveUnlessKept {
 public:
  explicit RemoveUnlessKept(fs::path path) : path_(std::move(path)) {}
  ~RemoveUnlessKept() { ::unlink(path_.c_str()); }
  RemoveUnlessKept(const RemoveUnlessKept&) = delete;
  RemoveUnlessKept& operator=(const RemoveUnlessKept&) = delete;

 private:
  fs::path path_;
};

}  // namespace

BareRepository::BareRepository(fs::path path, std::shared_ptr<ReaderCaches> caches)
    : path_(std::move(path)), caches_(std::move(caches)) {
  prepare();
  objects_ = std::make_shared<Objects>(std::vector{path_ / "objects"});
  reader_ = std::make_shared<ObjectReader>(objects_, caches_);
}

void BareRepository::prepare() {
  fs::create_directories(path_ / "objects" / "pack");
  fs::create_directories(path_ / "refs" / "heads");
  const std::string boot = boot_id();
  if (read_whole(path_ / kBootFile, 100) != boot) {
    distrust_after_power_loss();
    write_file(std::string(kBootFile), boot);
  }
  if (const auto config = read_whole(path_ / "config", 1 << 16); config != kConfig) {
    if (fs::exists(path_ / "config")) repaired_.push_back("config");
    write_file("config", kConfig);
  }
  if (!fs::exists(path_ / "HEAD")) write_file("HEAD", "ref: refs/heads/main\n");
  sweep();
}

// The cache is not synced: after a power loss files may be empty or torn though their names are
// there.
void BareRepository::distrust_after_power_loss() {
  for (const std::string_view name : {"HEAD", "config", "packed-refs", "holt-generation"})
    fs::remove(path_ / name);
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(path_ / "objects" / "pack"))
    found.push_back(entry.path());
  for (const fs::path& index : found) {
    if (index.extension() != ".idx") {
      if (index.extension() != ".pack") fs::remove(index);
      continue;
    }
    fs::path pack = index;
    pack.replace_extension(".pack");
    const auto pack_file = open_for_reading(pack);
    const auto index_file = open_for_reading(index);
    // A pack that was linked is as durable as the store; one that was copied is not.
    const bool linked = pack_file && (fs::is_symlink(pack) || fs::hard_link_count(pack) > 1);
    const bool whole = pack_file && index_file && pack_file->size_bytes() > sizeof(Sha1Digest) &&
                       index_file->size_bytes() > 0 &&
                       (linked || "pack-" + sha256_of(*pack_file) == pack.stem().string()) &&
                       is_index_of(MappedFile::map(index_file).bytes(), checksum_of(*pack_file));
    if (whole) continue;
    log::warning("removed a damaged pack from the cache", {{"path", index.native()}});
    fs::remove(index);
    fs::remove(pack);
  }
  for (const fs::path& pack : found) {
    fs::path index = pack;
    if (pack.extension() == ".pack" && !fs::exists(index.replace_extension(".idx")))
      fs::remove(pack);
  }
}

void BareRepository::write_file(const std::string& name, std::string_view text) {
  const fs::path fresh = path_ / ("tmp-" + name + "-" + random_hex(16));
  const RemoveUnlessKept guard(fresh);
  create_new(fresh)->write_all(as_bytes(text));
  fs::rename(fresh, path_ / name);
}

// What killed processes left; another process may be at work on younger ones.
void BareRepository::sweep() {
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const fs::path& folder : {path_, path_ / "objects" / "pack"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("tmp-") && !name.starts_with("incoming-")) continue;
      std::error_code ignored;
      const auto written = fs::last_write_time(entry.path(), ignored);
      if (!ignored && written < long_ago) fs::remove_all(entry.path(), ignored);
    }
  }
}

fs::path BareRepository::pack_path(std::string_view sha256) const {
  CHECK(is_hex(sha256, 64));
  return path_ / "objects" / "pack" / ("pack-" + std::string(sha256) + ".pack");
}

fs::path BareRepository::index_path(std::string_view sha256) const {
  return pack_path(sha256).replace_extension(".idx");
}

std::unique_ptr<PackWriter> BareRepository::new_pack(blob::BlobStore& store) {
  return std::make_unique<StreamingPackWriter>(reader_, store);
}

bool BareRepository::has_pack(std::string_view sha256) {
  // Asked for every pack at every commit.
  std::lock_guard lock(packs_mutex_);
  if (packs_.contains(sha256)) return true;
  struct stat info{};
  // Following links: the object that one points at may be gone.
  const bool there = ::stat(index_path(sha256).c_str(), &info) == 0 &&
                     ::stat(pack_path(sha256).c_str(), &info) == 0;
  if (there) packs_.emplace(sha256);
  return there;
}

void BareRepository::add_pack(const SharedFile& pack, const std::optional<fs::path>& local_path,
                              std::string_view index_or_empty) {
  if (!pack)
    throw std::runtime_error("a git pack for " + path_.string() +
                             " is missing from the object store");
  // The store names the file by its hash; elsewhere it must be found again.
  std::string sha256 = local_path ? local_path->filename().string() : std::string();
  if (!is_hex(sha256, 64)) sha256 = sha256_of(*pack);
  if (has_pack(sha256)) {
    objects_->refresh();
    return;
  }
  const fs::path target = pack_path(sha256);
  const fs::path folder = target.parent_path();
  const fs::path fresh = folder / ("tmp-pack-" + random_hex(16));
  const RemoveUnlessKept pack_guard(fresh);
  bool linked = false;
  if (local_path) {
    const fs::path from = fs::absolute(*local_path);
    linked =
        ::link(from.c_str(), fresh.c_str()) == 0 || ::symlink(from.c_str(), fresh.c_str()) == 0;
  }
  if (!linked) copy_to(*pack, fresh);
  fs::rename(fresh, target);

  const Sha1Digest checksum = checksum_of(*pack);
  const fs::path fresh_index = folder / ("tmp-idx-" + random_hex(16));
  const RemoveUnlessKept index_guard(fresh_index);
  if (is_index_of(as_bytes(index_or_empty), checksum)) {
    create_new(fresh_index)->write_all(as_bytes(index_or_empty));
  } else {
    const auto outcome = proc::run(git_command(
        path_, {"index-pack", "--no-rev-index", "-o", fresh_index.string(), target.string()}));
    if (outcome.exit_code != 0) {
      std::error_code ignored;
      fs::remove(target, ignored);
      fail_git("cannot index the git pack " + sha256, outcome);
    }
  }
  // Last: git takes a pack for there as soon as its index is.
  fs::rename(fresh_index, index_path(sha256));
  objects_->refresh();
}

void BareRepository::drop_pack(std::string_view sha256) {
  std::lock_guard lock(packs_mutex_);
  if (const auto it = packs_.find(sha256); it != packs_.end()) packs_.erase(it);
  fs::remove(index_path(sha256));
  fs::remove(pack_path(sha256));
  objects_->reopen();
}

std::string BareRepository::refs_text(const std::map<std::string, Oid>& refs) {
  std::string text = "# pack-refs with: peeled sorted \n";
  for (const auto& [name, oid] : refs) {
    CHECK(valid_ref_name(name) && is_hex(oid, 40));
    text.append(oid).append(" ").append(name).append("\n");
    if (!name.starts_with("refs/tags/")) continue;
    if (reader_->object_type(oid) != "tag") continue;
    if (const auto commit = reader_->find_commit(oid))
      text.append("^").append(commit->oid).append("\n");
  }
  return text;
}

void BareRepository::write_refs(const std::map<std::string, Oid>& refs, std::string_view head) {
  CHECK(valid_ref_name(head));
  const std::string text = refs_text(refs);
  std::lock_guard lock(refs_mutex_);
  write_file("packed-refs", text);
  // Loose references would win over packed ones; Holt writes none.
  for (const auto& entry : fs::directory_iterator(path_ / "refs")) fs::remove_all(entry.path());
  const std::string line = "ref: " + std::string(head) + "\n";
  if (read_whole(path_ / "HEAD", 4096) != line) write_file("HEAD", line);
}

std::int64_t BareRepository::refs_generation() {
  const auto number = parse_u64(trim(read_whole(path_ / kGenerationFile, 32)));
  return number ? static_cast<std::int64_t>(*number) : -1;
}

void BareRepository::write_generation(std::int64_t generation) {
  write_file(std::string(kGenerationFile), std::to_string(generation));
}

}  // namespace holt::gitio
