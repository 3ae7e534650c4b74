// The lock file `upkeep.lock` of the data folder.
#include "domain/upkeep/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

namespace holt::upkeep {

Result<UpkeepLock> UpkeepLock::take(const std::filesystem::path& data_folder, Use use, Wait wait) {
  const auto path = data_folder / "upkeep.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "open " + path.string());
  auto file = std::make_shared<File>(fd);
  const int operation = (use == Use::alone ? LOCK_EX : LOCK_SH) | (wait == Wait::no ? LOCK_NB : 0);
  while (::flock(fd, operation) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      throw std::system_error(errno, std::generic_category(), "lock " + path.string());
    return fail(Kind::conflict,
                use == Use::alone
                    ? "A backup, a repair or another collection is at work on this data folder: "
                      "try again when it has ended."
                    : "A collection is at work on this data folder: try again when it has ended.");
  }
  return UpkeepLock(std::move(file));
}

}  // namespace holt::upkeep
