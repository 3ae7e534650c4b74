// O_DIRECT, with ordinary transfers wherever it is not to be had.
#include "base/direct_io.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <string>

namespace holt {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

std::size_t round_up(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t capacity) {
  const bool huge = capacity >= kHugePageBytes;
  const std::size_t alignment = huge ? kHugePageBytes : kDirectAlignment;
  capacity_ = round_up(capacity, alignment);
  memory_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(alignment, capacity_)));
  if (capacity_ > 0 && !memory_) throw std::bad_alloc();
  if (huge) ::madvise(memory_.get(), capacity_, MADV_HUGEPAGE);  // a wish
}

void AlignedBuffer::Free::operator()(std::uint8_t* memory) const { std::free(memory); }

bool set_direct(int fd, bool on) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return false;
  return ::fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

ByteSpan OnceReader::read(const SharedFile& file, std::uint64_t offset, std::size_t length) {
  if (source_ != file) {
    source_ = file;
    direct_.reset();
    // A descriptor of its own: the flag would hold for everybody else who reads the open file.
    const std::string path = "/proc/self/fd/" + std::to_string(file->fd());
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
    if (fd >= 0) direct_ = std::make_unique<File>(fd);
  }
  const std::uint64_t begin = offset / kDirectAlignment * kDirectAlignment;
  const auto lead = static_cast<std::size_t>(offset - begin);
  const std::size_t room = round_up(lead + length, kDirectAlignment);
  if (buffer_.capacity() < room) buffer_ = AlignedBuffer(room);
  if (!direct_ || !read_direct(begin, lead + length, room)) {
    direct_.reset();
    file->read_exactly(offset, buffer_.data() + lead, length);
  }
  return ByteSpan(buffer_.data() + lead, length);
}

// False when it must be read in the ordinary way, which also tells what is wrong with it.
bool OnceReader::read_direct(std::uint64_t begin, std::size_t wanted, std::size_t room) {
  std::size_t have = 0;
  while (have < wanted) {
    const ssize_t got = ::pread(direct_->fd(), buffer_.data() + have, room - have,
                                static_cast<off_t>(begin + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace holt
