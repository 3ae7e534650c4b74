// Addresses recomputed from the bytes.
#include "domain/upkeep/objects.h"

#include <algorithm>
#include <thread>

#include "domain/upkeep/upkeep.h"
#include "domain/xetformat/xetformat.h"

namespace holt::upkeep {
namespace {

constexpr std::uint64_t kWindowBytes = 8 << 20;
constexpr auto kLongestNap = std::chrono::milliseconds(200);
// No xorb is larger; anything that is was not stored by Holt.
constexpr std::uint64_t kLargestXorb = std::uint64_t{256} << 20;

std::string wrong_digest(const blob::Key& key, const SharedFile& file, Pace& pace) {
  OnceReader reader;
  Sha256 hash;
  const std::uint64_t size = file->size_bytes();
  for (std::uint64_t at = 0; at < size; at += kWindowBytes) {
    const auto length = static_cast<std::size_t>(std::min(kWindowBytes, size - at));
    hash.update(reader.read(file, at, length));
    if (!pace.after(length)) throw Stopped();
  }
  const std::string got = to_hex(hash.finish());
  return got == key.hash ? std::string() : "its bytes have the SHA-256 " + got;
}

std::string wrong_xorb(const blob::Key& key, const SharedFile& file, Pace& pace) {
  const auto expected = xetformat::XetHash::parse(key.hash);
  if (!expected) return "its name is not a hash";
  if (file->size_bytes() > kLargestXorb) return "it is larger than any xorb";
  OnceReader reader;
  const auto bytes = reader.read(file, 0, static_cast<std::size_t>(file->size_bytes()));
  const auto verified = xetformat::verify_xorb(bytes, *expected);
  if (!pace.after(bytes.size())) throw Stopped();
  if (!verified) return verified.error().message;
  // The footer is what reads trust: it must say what the chunks say.
  const auto footer = xetformat::make_footer(*verified);
  if (!std::ranges::equal(bytes.subspan(verified->stored_bytes()), footer))
    return "its footer does not describe its chunks";
  return {};
}

}  // namespace

std::string_view class_word(blob::Class kind) {
  switch (kind) {
    case blob::Class::pack:
      return "packs";
    case blob::Class::blob:
      return "blobs";
    case blob::Class::xorb:
      return "xorbs";
  }
  return "objects";
}

std::optional<blob::Class> parse_class_word(std::string_view word) {
  for (const auto kind : {blob::Class::pack, blob::Class::blob, blob::Class::xorb})
    if (class_word(kind) == word) return kind;
  return std::nullopt;
}

std::string_view class_name(blob::Class kind) {
  switch (kind) {
    case blob::Class::pack:
      return "pack";
    case blob::Class::blob:
      return "large file";
    case blob::Class::xorb:
      return "xorb";
  }
  return "object";
}

bool Pace::after(std::uint64_t bytes) {
  if (bytes_per_s_ > 0) {
    // Time that was not used is not saved up for a burst.
    free_at_ = std::max(free_at_, std::chrono::steady_clock::now());
    free_at_ += std::chrono::microseconds(bytes * 1'000'000 / bytes_per_s_);
  }
  for (;;) {
    if (go_on_ && !go_on_()) return false;
    const auto left = free_at_ - std::chrono::steady_clock::now();
    if (bytes_per_s_ == 0 || left <= std::chrono::steady_clock::duration::zero()) return true;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, kLongestNap));
  }
}

std::string wrong_with(const blob::Key& key, const SharedFile& file, Pace& pace) {
  try {
    if (file->size_bytes() == 0) return "it is empty";
    return key.kind == blob::Class::xorb ? wrong_xorb(key, file, pace)
                                         : wrong_digest(key, file, pace);
  } catch (const std::exception& error) {
    return std::string("it cannot be read: ") + error.what();
  }
}

std::string wrong_with(const blob::Key& key, const SharedFile& file) {
  Pace none(0, {});
  return wrong_with(key, file, none);
}

}  // namespace holt::upkeep
