// Access tokens in texts: logs, source files, reports of scanners. Pure; whether what is found is a
// token of this hub, the catalog knows.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace holt::auth {

// No token is longer: who reads a text in pieces keeps this much of the one before.
inline constexpr std::size_t kLongestTokenText = 256;

// Whether "hf_" stands in the text at all: what most texts are done with, at the speed of memory.
bool mentions_token(std::string_view text);

struct TokenCandidate {
  std::size_t offset = 0;
  std::string_view text;  // of the searched one
};
// What may be a token, in order of place. Where it begins is plain; where one ends that an operator
// chose (any printable characters) is not, so several ends are offered for one place. At most
// `most`.
std::vector<TokenCandidate> token_candidates(std::string_view text, std::size_t most);

}  // namespace holt::auth
