// Making, checking and locking the data folder.
#include "app/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/bytes.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"

namespace holt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "holt data folder, format 1\n";  // never change; see the docs
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLargestNote = 1024;

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Writes a small file that appears whole or not at all, and only if it is not there yet.
void write_once(const fs::path& path, ByteSpan content) {
  fs::path partial = path;
  partial += "." + random_hex(16);
  const int fd = ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) throw_errno("create " + partial.string());
  File file(fd);
  try {
    file.write_all(content);
    file.sync();
    if (::link(partial.c_str(), path.c_str()) != 0 && errno != EEXIST)
      throw_errno("create " + path.string());
  } catch (...) {
    ::unlink(partial.c_str());
    throw;
  }
  ::unlink(partial.c_str());
  sync_folder(path.parent_path());
}

std::string read_small(const fs::path& path) {
  const SharedFile file = open_for_reading(path);
  if (!file || file->size_bytes() > kLargestNote) return {};
  return file->read_text(0, static_cast<std::size_t>(file->size_bytes()));
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace

Result<DataFolder> DataFolder::open(const fs::path& given) {
  const fs::path path = fs::absolute(given).lexically_normal();
  DataFolder folder(path);
  const bool fresh = !fs::exists(path);
  if (fresh) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_all);
    if (path.has_parent_path()) sync_folder(path.parent_path());
  } else if (!fs::is_directory(path)) {
    return fail(Kind::invalid, path.string() + " is not a folder. Name a folder with --data.");
  }
  const fs::path format_file = path / "format";
  if (!fs::exists(format_file)) {
    // Somebody's home folder should not be filled because of a slip in --data.
    for (const auto& entry : fs::directory_iterator(path)) {
      const auto name = entry.path().filename().string();
      if (name == "lost+found" || name.starts_with("format.")) continue;
      if (fs::exists(format_file)) break;
      return fail(
          Kind::invalid,
          path.string() + " holds other files (" + name +
              ") and is no data folder of Holt. Name an empty or a new folder with --data.");
    }
    write_once(format_file, as_bytes(kFormat));
  }
  if (const std::string format = read_small(format_file); format != kFormat) {
    return fail(Kind::invalid, format_file.string() + " says \"" +
                                   std::string(trim(clip(format, 100))) +
                                   "\", which this version of Holt does not know. Use the version "
                                   "that made it, or a newer one.");
  }
  const fs::path secret_file = path / "secret.key";
  folder.secret_is_new_ = !fs::exists(secret_file);
  if (folder.secret_is_new_) write_once(secret_file, random_bytes(kSecretBytes));
  folder.secret_ = read_small(secret_file);
  if (folder.secret_.size() != kSecretBytes) {
    return fail(
        Kind::invalid,
        secret_file.string() +
            " is not 32 bytes long. Restore it from a backup; or remove it to have a new one made "
            "(links and tokens that were handed out minutes ago then stop working).");
  }
  return folder;
}

Result<void> DataFolder::lock() {
  const fs::path path = path_ / "lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw_errno("open " + path.string());
  auto file = std::make_shared<File>(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw_errno("lock " + path.string());
    const std::string holder(trim(read_small(path)));
    return fail(Kind::conflict, "another Holt (" + (holder.empty() ? "just starting" : holder) +
                                    ") serves this folder, " + path_.string() +
                                    ". Stop it, or give this one a folder of its own with --data.");
  }
  if (::ftruncate(fd, 0) != 0) throw_errno("write " + path.string());
  file->write_all(
      as_bytes(fmt::format("pid {} on {}, started {}\n", ::getpid(), host_name(), iso8601(now()))));
  lock_ = std::move(file);
  return {};
}

}  // namespace holt::app
