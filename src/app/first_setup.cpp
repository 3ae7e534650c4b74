// The code of the first visit.
#include "app/first_setup.h"

#include "base/random.h"

namespace holt::app {
namespace {

// Without letters that are taken for digits: people copy it from another screen.
constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t kLength = 16, kGroup = 4;  // 80 bits: not to be guessed over a network
static_assert(kLetters.size() == 32);

// As people may type it: in small letters, with spaces for the dashes, or with none.
Sha256Digest digest_of(std::string_view code) {
  std::string bare;
  for (const char c : code.substr(0, 100)) {
    if (c == '-' || c == ' ') continue;
    bare += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return sha256(as_bytes(bare));
}

}  // namespace

bool FirstSetup::open() {
  if (over_) return false;
  over_ = auth_.has_users();
  return !over_;
}

std::string FirstSetup::new_code() {
  std::string code;
  for (const auto byte : random_bytes(kLength)) {
    if (!code.empty() && code.size() % (kGroup + 1) == kGroup) code += '-';
    code += kLetters[static_cast<std::size_t>(byte) % kLetters.size()];
  }
  std::lock_guard lock(mutex_);
  code_ = digest_of(code);
  return code;
}

Result<auth::Namespace> FirstSetup::finish(const Wish& wish) {
  // One after the other: of two who know the code, one becomes the administrator.
  std::lock_guard lock(mutex_);
  if (!open())
    return fail(Kind::forbidden, "This hub is set up: its administrators make further accounts.");
  if (!code_ || digest_of(wish.code) != *code_)
    return fail(Kind::forbidden,
                "This is not the setup code. The server printed it when it started; start it again "
                "for another one.");
  auto made = TRY(auth_.create_first_user(wish.name, wish.email, wish.password, wish.openness));
  code_.reset();
  return made;
}

}  // namespace holt::app
