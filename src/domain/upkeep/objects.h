// Whether stored bytes are what their address says. Private to the room.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/direct_io.h"
#include "io/blob/blob.h"

namespace holt::upkeep {

std::string_view class_name(blob::Class kind);  // "pack", "large file", "xorb"

// Keeps reading at a rate, and notices when it is to end.
class Pace {
 public:
  // 0: as fast as it goes.
  Pace(std::uint64_t bytes_per_s, std::function<bool()> go_on)
      : bytes_per_s_(bytes_per_s), go_on_(std::move(go_on)) {}
  // Waits as long as reading so much may take. False when it is time to stop.
  bool after(std::uint64_t bytes);

 private:
  std::uint64_t bytes_per_s_;
  std::function<bool()> go_on_;
  std::chrono::steady_clock::time_point free_at_ = std::chrono::steady_clock::now();
};

struct Stopped {};  // thrown when a pace says so

// Reads a stored object past the page cache, from the disk. Empty when it is sound. Bytes that
// cannot be read are damage as well.
std::string wrong_with(const blob::Key& key, const SharedFile& file, Pace& pace);
std::string wrong_with(const blob::Key& key, const SharedFile& file);

}  // namespace holt::upkeep
