// The allocator that libgit2 is given: the C library's, with an upper end.
#include "io/gitio/bounded_memory.h"

#include <git2.h>
#include <git2/sys/alloc.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace holt::gitio {
namespace {

void* allocate(std::size_t size, const char*, int) {
  return size > kLargestAllocation ? nullptr : std::malloc(size);
}

void* reallocate(void* block, std::size_t size, const char*, int) {
  return size > kLargestAllocation ? nullptr : std::realloc(block, size);
}

bool fits(std::size_t count, std::size_t size) {
  std::size_t total = 0;
  return !__builtin_mul_overflow(count, size, &total) && total <= kLargestAllocation;
}

void* allocate_zeroes(std::size_t count, std::size_t size, const char*, int) {
  return fits(count, size) ? std::calloc(count, size) : nullptr;
}

void* allocate_array(std::size_t count, std::size_t size, const char*, int) {
  return fits(count, size) ? std::malloc(count * size) : nullptr;
}

void* reallocate_array(void* block, std::size_t count, std::size_t size, const char*, int) {
  return fits(count, size) ? std::realloc(block, count * size) : nullptr;
}

char* duplicate_exactly(const char* text, std::size_t size, const char*, int) {
  if (size >= kLargestAllocation) return nullptr;
  auto* copy = static_cast<char*>(std::malloc(size + 1));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char* duplicate_at_most(const char* text, std::size_t size, const char* file, int line) {
  return duplicate_exactly(text, ::strnlen(text, size), file, line);
}

char* duplicate(const char* text, const char* file, int line) {
  return duplicate_exactly(text, std::strlen(text), file, line);
}

void release(void* block) { std::free(block); }

}  // namespace

void bound_libgit2_memory() {
  git_allocator bounded{};
  bounded.gmalloc = allocate;
  bounded.gcalloc = allocate_zeroes;
  bounded.gstrdup = duplicate;
  bounded.gstrndup = duplicate_at_most;
  bounded.gsubstrdup = duplicate_exactly;
  bounded.grealloc = reallocate;
  bounded.greallocarray = reallocate_array;
  bounded.gmallocarray = allocate_array;
  bounded.gfree = release;
  // It copies the table.
  if (::git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &bounded) < 0)
    throw std::runtime_error("cannot bound the memory of libgit2");
}

}  // namespace holt::gitio
