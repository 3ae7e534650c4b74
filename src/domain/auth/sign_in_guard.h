// Slows down the guessing of passwords without giving anybody the means to shut others out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/lru.h"
#include "domain/auth/throttle.h"

namespace holt::auth {

// Wrong passwords are counted for the account as tried from one network, for the network, and for
// the account as a whole. Only the last can be driven by many strangers together against one
// account, so it does not bind a network from which the account was signed into before.
class SignInGuard {
 public:
  enum class Place { unknown, familiar };
  // Seconds to wait, or nullopt. Place::unknown: not from what the guard remembers itself.
  std::optional<std::chrono::seconds> must_wait(const std::string& account,
                                                std::string_view address, Place place);
  void failed(const std::string& account, std::string_view address);
  void succeeded(const std::string& account, std::string_view address);

  // An IPv4 address, or the first 64 bits of an IPv6 one: what one customer is given.
  static std::string network_of(std::string_view address);

 private:
  static constexpr std::size_t kMostKeys = 10'000;
  Throttle here_{10, std::chrono::minutes(5), kMostKeys};        // account from a network
  Throttle networks_{50, std::chrono::minutes(5), kMostKeys};    // any account from a network
  Throttle accounts_{100, std::chrono::minutes(15), kMostKeys};  // account from anywhere
  Lru<std::string, bool> familiar_{kMostKeys};
};

}  // namespace holt::auth
