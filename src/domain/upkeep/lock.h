// One collection at a time, and none while a backup copies. Private to the room.
#pragma once

#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace holt::upkeep {

// Held for the life of the object, and let go by the kernel when the process dies. A collection
// holds it alone; backups and repairs share it.
class UpkeepLock {
 public:
  enum class Use { alone, shared };
  enum class Wait { no, yes };
  // conflict says who is at work.
  static Result<UpkeepLock> take(const std::filesystem::path& data_folder, Use use, Wait wait);

 private:
  explicit UpkeepLock(SharedFile file) : file_(std::move(file)) {}
  SharedFile file_;
};

}  // namespace holt::upkeep
