// Randomness by getrandom(2).
#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

#include "base/time.h"

namespace holt {

Bytes random_bytes(std::size_t count) {
  Bytes out(count);
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::getrandom(out.data() + done, count - done, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    done += static_cast<std::size_t>(got);
  }
  return out;
}

std::string random_hex(std::size_t digits) {
  std::string out = to_hex(random_bytes((digits + 1) / 2));
  out.resize(digits);
  return out;
}

std::string random_alphanumeric(std::size_t length) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // Bytes past the largest multiple of 62 are dropped: taking them modulo 62 would favour some.
  constexpr std::uint8_t kLimit = 248;
  std::string out;
  out.reserve(length);
  while (out.size() < length) {
    for (const std::uint8_t byte : random_bytes(length - out.size() + 8)) {
      if (byte < kLimit && out.size() < length) out += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return out;
}

std::string new_object_id() {
  Bytes id = random_bytes(12);
  const auto seconds = static_cast<std::uint32_t>(now().ms / 1000);
  for (std::size_t i = 0; i < 4; ++i) id[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
  return to_hex(id);
}

}  // namespace holt
