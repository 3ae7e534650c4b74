// Transfers past the page cache: a large file that is written or read once from end to end costs
// a fraction of the CPU this way, and does not push out of memory what readers ask for again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/file.h"

namespace holt {

// What file systems ask of the address, the offset and the length of such a transfer.
inline constexpr std::size_t kDirectAlignment = 4096;

// Memory at an address that is a multiple of kDirectAlignment, in huge pages from 2 MiB on: the
// kernel pins and copies those at less cost. Its bytes are not initialised.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t capacity);  // rounded up to the alignment
  std::uint8_t* data() { return memory_.get(); }
  const std::uint8_t* data() const { return memory_.get(); }
  std::size_t capacity() const { return capacity_; }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const;
  };
  std::unique_ptr<std::uint8_t[], Free> memory_;
  std::size_t capacity_ = 0;
};

// Turns direct writes of this descriptor on or off. False when the file system has none.
bool set_direct(int fd, bool on);

// Reads ranges of files that nobody is about to read again. Where the file system knows no direct
// reads, they are ordinary ones.
class OnceReader {
 public:
  // The view lasts until the next call. Throws as File::read_exactly does.
  ByteSpan read(const SharedFile& file, std::uint64_t offset, std::size_t length);

 private:
  bool read_direct(std::uint64_t begin, std::size_t wanted, std::size_t room);

  SharedFile source_;             // what direct_ was opened from
  std::unique_ptr<File> direct_;  // null: not possible
  AlignedBuffer buffer_;
};

}  // namespace holt
