// Texts of strangers, looked through for access tokens.
#include <cstdlib>

#include "base/bytes.h"
#include "domain/auth/token_finder.h"

// Whatever is offered stands where it says, begins as a token does, and is no longer than one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = holt::as_text({data, size});
  const auto found = holt::auth::token_candidates(text, 1000);
  if (!found.empty() && !holt::auth::mentions_token(text)) std::abort();
  for (const auto& one : found) {
    const bool there = one.offset + one.text.size() <= text.size() &&
                       text.substr(one.offset, one.text.size()) == one.text;
    if (!there || !one.text.starts_with("hf_") || one.text.size() > holt::auth::kLongestTokenText)
      std::abort();
  }
  return 0;
}
