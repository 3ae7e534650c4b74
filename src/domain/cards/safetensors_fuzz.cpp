// safetensors headers from strangers: the total is the sum over the types, and no count wraps.
#include "base/text.h"
#include "domain/cards/cards.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto summary = holt::cards::summarize_safetensors(holt::as_text({data, size}));
  if (!summary) {
    CHECK(holt::is_utf8(summary.error().message) && summary.error().message.size() < 1'000);
    return 0;
  }
  std::uint64_t total = 0;
  for (const auto& [dtype, count] : summary->parameters) {
    CHECK(holt::is_utf8(dtype) && dtype.size() <= size);
    CHECK(!__builtin_add_overflow(total, count, &total));
  }
  CHECK(total == summary->total);
  return 0;
}
