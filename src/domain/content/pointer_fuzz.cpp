// Pointers as any blob of a push may pretend to be one: what is accepted survives a round trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "domain/content/content.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pointer = holt::content::parse_pointer(holt::as_text({data, size}));
  if (!pointer) return 0;
  const auto again = holt::content::parse_pointer(holt::content::format_pointer(*pointer));
  if (!again || again->sha256 != pointer->sha256 || again->size_bytes != pointer->size_bytes)
    std::abort();
  return 0;
}
