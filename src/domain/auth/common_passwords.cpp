// Passwords that everybody tries first (tools/make_common_passwords.py).
#include <algorithm>
#include <array>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "domain/auth/passwords.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

namespace holt::auth {
namespace {

constexpr std::size_t kHashBytes = 8;
// The first bytes of the SHA-256 of each, sorted.
constexpr unsigned char kHashes[] = {
#embed "common_passwords.bin"
};
static_assert(sizeof kHashes % kHashBytes == 0);
// What goes before or behind a name without making it hard to guess.
constexpr std::size_t kTrimming = 4;

bool is_common(std::string_view password) {
  const auto digest = sha256(as_bytes(lower(password)));
  std::size_t first = 0, last = sizeof kHashes / kHashBytes;
  while (first < last) {
    const auto middle = (first + last) / 2;
    const int order = std::memcmp(kHashes + middle * kHashBytes, digest.data(), kHashBytes);
    if (order == 0) return true;
    if (order < 0)
      first = middle + 1;
    else
      last = middle;
  }
  return false;
}

bool is_mostly(std::string_view password, std::string_view word) {
  return !word.empty() && password.size() <= word.size() + kTrimming &&
         lower(password).find(lower(word)) != std::string::npos;
}

}  // namespace

Result<void> Passwords::check_guessable(std::string_view password, std::string_view user) {
  if (is_common(password))
    return fail(Kind::invalid,
                "This password is among the first that everybody tries. Choose another, such as "
                "four words that have nothing to do with each other.");
  for (const std::string_view word : {user, std::string_view("holt"), std::string_view("password")})
    if (is_mostly(password, word))
      return fail(Kind::invalid, "This password is little more than \"" + std::string(word) +
                                     "\", which is tried early. Choose another.");
  return {};
}

}  // namespace holt::auth
