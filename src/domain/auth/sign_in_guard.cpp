// Which of the counts of wrong passwords bind whom.
#include "domain/auth/sign_in_guard.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace holt::auth {
namespace {

constexpr std::size_t kLongestAddress = 100;

std::string both(const std::string& account, const std::string& network) {
  return account + "\n" + network;
}

}  // namespace

std::string SignInGuard::network_of(std::string_view address) {
  std::string text(address.substr(0, kLongestAddress));
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return text;
  std::fill(bytes.s6_addr + 8, bytes.s6_addr + 16, std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> network{};
  if (::inet_ntop(AF_INET6, &bytes, network.data(), network.size()) == nullptr) return text;
  return std::string(network.data()) + "/64";
}

std::optional<std::chrono::seconds> SignInGuard::must_wait(const std::string& account,
                                                           std::string_view address, Place place) {
  const auto network = network_of(address);
  const auto key = both(account, network);
  if (const auto wait = here_.must_wait(key)) return wait;
  if (place == Place::familiar || familiar_.find(key)) return std::nullopt;
  if (const auto wait = networks_.must_wait(network)) return wait;
  return accounts_.must_wait(account);
}

void SignInGuard::failed(const std::string& account, std::string_view address) {
  const auto network = network_of(address);
  here_.failed(both(account, network));
  networks_.failed(network);
  accounts_.failed(account);
}

void SignInGuard::succeeded(const std::string& account, std::string_view address) {
  const auto key = both(account, network_of(address));
  here_.succeeded(key);
  familiar_.insert(key, true);
}

}  // namespace holt::auth
