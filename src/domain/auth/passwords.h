// Passwords: argon2id hashes by libsodium, at a bounded cost for the whole process.
#pragma once

#include <atomic>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holt::auth {

class Passwords {
 public:
  Passwords();  // throws when libsodium cannot start

  // Whether a password may be chosen: 8 to 1,024 bytes of UTF-8; invalid says why not.
  static Result<void> check_chosen(std::string_view password);
  // Takes about 0.1 s and 64 MiB.
  std::string hash(std::string_view password);
  // rate_limited when too many verifications are waiting already: two run at once, so a flood of
  // guesses can take neither the memory nor the work pool. An empty `hashed` never matches, and
  // takes as long as a real one.
  Result<bool> verify(std::string_view hashed, std::string_view password);

 private:
  static constexpr int kAtOnce = 2;
  static constexpr int kMostWaiting = 4;
  std::counting_semaphore<kAtOnce> slots_{kAtOnce};
  std::atomic<int> waiting_{0};
  std::string decoy_;  // a hash of a password nobody has
};

}  // namespace holt::auth
