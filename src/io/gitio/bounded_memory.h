// What libgit2 may allocate. The size of an object stands before its bytes, and a damaged disk or a
// crafted pack can say anything there.
#pragma once

#include <cstddef>

namespace holt::gitio {

// At once; as much as git's own programs may (see programs.cpp).
inline constexpr std::size_t kLargestAllocation = std::size_t{1} << 30;

// Makes libgit2 fail, with an error of its own, where it asks for more. Before its first use.
void bound_libgit2_memory();

}  // namespace holt::gitio
