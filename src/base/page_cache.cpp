// Residency by RWF_NOWAIT; loading by large reads whose copy is thrown away.
#include "base/page_cache.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/direct_io.h"

namespace holt {

bool in_page_cache(const File& file, std::uint64_t at) {
  char byte = 0;
  const iovec into{&byte, 1};
  return ::preadv2(file.fd(), &into, 1, static_cast<off_t>(at), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

void load_into_page_cache(const File& file, std::uint64_t offset, std::uint64_t length) {
  constexpr std::uint64_t kStepBytes = 1 << 20;
  AlignedBuffer scratch(static_cast<std::size_t>(std::min(length, kStepBytes)));
  const std::uint64_t end = offset + length;
  while (offset < end) {
    const auto step = static_cast<std::size_t>(std::min(end - offset, kStepBytes));
    const ssize_t got = ::pread(file.fd(), scratch.data(), step, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace holt
