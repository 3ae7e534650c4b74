// Looking for hf_… in texts.
#include "domain/auth/token_finder.h"

#include <algorithm>
#include <array>

namespace holt::auth {
namespace {

constexpr std::string_view kPrefix = "hf_";
constexpr std::size_t kShortest = 8;
constexpr std::size_t kGeneratedLength = 37;  // docs/formats/tokens.md
constexpr std::size_t kBlock = 64;

constexpr bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
constexpr bool is_word(char c) { return is_alphanumeric(c) || c == '_' || c == '-'; }
constexpr bool is_address(char c) {
  return is_word(c) || std::string_view(".~+/=%").find(c) != std::string_view::npos;
}
// What does not end a token in a shell line, JSON, a URL or Markdown.
constexpr bool is_inner(char c) {
  return c > ' ' && c < '\x7f' &&
         std::string_view("\"'`\\<>()[]{},;@").find(c) == std::string_view::npos;
}
constexpr bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

bool starts_in(const char* at) {
  unsigned char any = 0;
  // Without a branch inside, so that the compiler looks at many bytes at once.
  for (std::size_t i = 0; i < kBlock; ++i)
    any |= static_cast<unsigned char>((at[i] == 'h') & (at[i + 1] == 'f') & (at[i + 2] == '_'));
  return any != 0;
}

// Where the next prefix starts, at or after `at`; npos when there is none.
std::size_t next_prefix(std::string_view text, std::size_t at) {
  while (at + kBlock + 2 <= text.size()) {
    if (starts_in(text.data() + at)) return text.find(kPrefix, at);
    at += kBlock;
  }
  return at < text.size() ? text.find(kPrefix, at) : text.npos;
}

template <class Belongs>
std::size_t run_of(std::string_view text, Belongs belongs) {
  const auto end = std::ranges::find_if_not(text, belongs);
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

bool mentions_token(std::string_view text) { return next_prefix(text, 0) != text.npos; }

std::vector<TokenCandidate> token_candidates(std::string_view text, std::size_t most) {
  std::vector<TokenCandidate> out;
  for (auto at = next_prefix(text, 0); at != text.npos && out.size() < most;
       at = next_prefix(text, at + kPrefix.size())) {
    const auto rest = text.substr(at, kLongestTokenText);
    const auto letters = kPrefix.size() + run_of(rest.substr(kPrefix.size()), is_alphanumeric);
    std::array<std::size_t, 6> ends = {std::min(letters, kGeneratedLength),
                                       letters,
                                       run_of(rest, is_word),
                                       run_of(rest, is_address),
                                       run_of(rest, is_inner),
                                       run_of(rest, is_printable)};
    // A sentence goes on behind a token with one of these.
    while (ends[3] > 0 && std::string_view("./=").find(rest[ends[3] - 1]) != std::string_view::npos)
      --ends[3];
    std::ranges::sort(ends);
    std::size_t last = 0;
    for (const auto end : ends) {
      if (end < kShortest || end == last) continue;
      out.push_back({at, rest.substr(0, end)});
      last = end;
    }
  }
  return out;
}

}  // namespace holt::auth
