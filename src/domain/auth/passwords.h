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

  // Whether a password may be chosen: 8 to 1,024 bytes of UTF-8 that are not guessed at once (one
  // of the most common, little more than the user's name); invalid says why not.
  static Result<void> check_chosen(std::string_view password, std::string_view user);
  // Both take about 0.1 s and 64 MiB, and are rate_limited when too many are waiting already: two
  // run at once, so a flood of guesses or of new accounts can take neither the memory nor the work
  // pool.
  Result<std::string> hash(std::string_view password);
  // An empty `hashed` never matches, and takes as long as a real one.
  Result<bool> verify(std::string_view hashed, std::string_view password);

 private:
  static Result<void> check_guessable(std::string_view password, std::string_view user);
  // One of the few places; holds it as long as it lives.
  class Place;
  Result<Place> take_place();
  static constexpr int kAtOnce = 2;
  static constexpr int kMostWaiting = 4;
  std::counting_semaphore<kAtOnce> slots_{kAtOnce};
  std::atomic<int> waiting_{0};
  std::string decoy_;  // a hash of a password nobody has
};

}  // namespace holt::auth
