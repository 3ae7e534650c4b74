// argon2id hashes by libsodium.
#include "domain/auth/passwords.h"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/text.h"

namespace holt::auth {
namespace {

constexpr unsigned long long kOperations = 3;
constexpr std::size_t kMemoryBytes = std::size_t{64} << 20;
constexpr std::size_t kShortest = 8;
constexpr std::size_t kLongest = 1024;

// Of a random text that was thrown away; same cost as kOperations and kMemoryBytes.
constexpr std::string_view kDecoy =
    "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

}  // namespace

Passwords::Passwords() : decoy_(kDecoy) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not start");
}

Result<void> Passwords::check_chosen(std::string_view password, std::string_view user) {
  if (password.size() < kShortest) {
    return fail(Kind::invalid, "A password needs at least 8 characters.");
  }
  if (password.size() > kLongest) {
    return fail(Kind::invalid, "A password may have at most 1,024 bytes.");
  }
  if (!is_utf8(password) || password.find('\0') != std::string_view::npos) {
    return fail(Kind::invalid, "A password must be UTF-8 text.");
  }
  TRY_VOID(check_guessable(password, user));
  return {};
}

class Passwords::Place {
 public:
  explicit Place(Passwords* of) : of_(of) {}
  Place(Place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (of_ == nullptr) return;
    of_->slots_.release();
    of_->waiting_.fetch_sub(1);
  }

 private:
  Passwords* of_;
};

Result<Passwords::Place> Passwords::take_place() {
  if (waiting_.fetch_add(1) >= kAtOnce + kMostWaiting) {
    waiting_.fetch_sub(1);
    return fail(Error{Kind::rate_limited,
                      {},
                      "Many people are signing in at this moment. Try again in a second.",
                      {},
                      {{"Retry-After", "1"}}});
  }
  slots_.acquire();
  return Place(this);
}

Result<std::string> Passwords::hash(std::string_view password) {
  const auto place = TRY(take_place());
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), kOperations,
                            kMemoryBytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return std::string(text.data());
}

Result<bool> Passwords::verify(std::string_view hashed, std::string_view password) {
  const auto place = TRY(take_place());
  const std::string stored(hashed.empty() ? std::string_view(decoy_) : hashed);
  const bool matches =
      password.size() <= kLongest &&
      crypto_pwhash_str_verify(stored.c_str(), password.data(), password.size()) == 0;
  return matches && !hashed.empty();
}

}  // namespace holt::auth
