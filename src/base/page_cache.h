// Whether a file's bytes are in memory, and bringing them there, for those who must not wait for
// the disk themselves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/file.h"

namespace holt {

// True when this byte would be read without waiting; also where the kernel cannot tell.
bool in_page_cache(const File& file, std::uint64_t at);

// Reads the range, up to the end of the file, so that whoever comes next finds it in memory. By
// reads rather than by posix_fadvise, whose pages are small and cost more to send. A failure is
// left to that reader.
void load_into_page_cache(const File& file, std::uint64_t offset, std::uint64_t length);

}  // namespace holt
