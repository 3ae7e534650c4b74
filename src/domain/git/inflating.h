// Request bodies that git sends with Content-Encoding: gzip.
#pragma once

#include <memory>

#include "io/blob/blob.h"

namespace holt::git {

// The plain bytes of a gzip'd file, staged. too_large past max_bytes, invalid when it is not gzip.
Result<std::unique_ptr<blob::Staged>> inflate(const SharedFile& compressed, blob::BlobStore& store,
                                              std::uint64_t max_bytes);

}  // namespace holt::git
