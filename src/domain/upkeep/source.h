// Where repairs take sound objects from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/blob/blob.h"

namespace holt::upkeep {

class Source {
 public:
  virtual ~Source() = default;
  // A copy in `to`, whose address the caller verifies; nullptr when the source does not have it.
  // Errors are about the source as a whole: nothing more can be had from it.
  virtual Result<std::unique_ptr<blob::Staged>> copy(const blob::Key& key, blob::BlobStore& to) = 0;
};

// A folder that `holt backup` has made; invalid when it is none, or is the data folder itself.
Result<std::unique_ptr<Source>> open_backup(const std::filesystem::path& backup,
                                            const std::filesystem::path& data_folder);

// Another Holt, asked with the token of one of its site administrators.
std::unique_ptr<Source> open_other_hub(std::string url, std::string token);

}  // namespace holt::upkeep
