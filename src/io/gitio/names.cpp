// Which reference names and paths are accepted, and the names of blobs.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/text.h"
#include "io/gitio/gitio.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestPart = 255;  // no file system that a clone stands on takes more
// git keeps a reference in a file of its name, with .lock at the end while it is written.
constexpr std::size_t kLongestRefName = 250;

// Code points that HFS+ leaves out when it compares names, in UTF-8.
constexpr std::array<std::string_view, 16> kIgnoredOnMac = {
    "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
    "\u202e", "\u206a", "\u206b", "\u206c", "\u206d", "\u206e", "\u206f", "\ufeff"};

// Whether a Mac's file system would take this part for .git.
bool is_git_on_mac(std::string_view part) {
  std::string seen;
  while (!part.empty()) {
    const auto ignored =
        std::ranges::find_if(kIgnoredOnMac, [&](auto code) { return part.starts_with(code); });
    if (ignored != kIgnoredOnMac.end()) {
      part.remove_prefix(ignored->size());
      continue;
    }
    seen += part.front();
    part.remove_prefix(1);
  }
  return equal_ignoring_case(seen, ".git");
}

// Whether Windows would: case, the short name, trailing dots and spaces, streams after a colon.
bool is_git_on_windows(std::string_view part) {
  part = part.substr(0, part.find(':'));
  while (part.ends_with('.') || part.ends_with(' ')) part.remove_suffix(1);
  return equal_ignoring_case(part, ".git") || equal_ignoring_case(part, "git~1");
}

bool valid_component(std::string_view part) {
  return !part.empty() && !part.starts_with('.') && !part.ends_with(".lock");
}

}  // namespace

bool valid_ref_name(std::string_view name) {
  if (name.size() > kLongestRefName || name.find('/') == name.npos || name.ends_with('.'))
    return false;
  if (name.find("..") != name.npos || name.find("@{") != name.npos) return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f ||
        std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos)
      return false;
  }
  return std::ranges::all_of(split(name, '/'), valid_component);
}

Result<void> check_path(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    std::string shown(clip(path, 300));
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
    if (!is_utf8(shown)) shown = to_base64(as_bytes(shown));
    return fail(Kind::invalid,
                "The path \"" + shown + "\" cannot be committed: " + std::string(why) + ".");
  };
  if (path.empty()) return refuse("it is empty");
  if (path.size() > kLongestPath) return refuse("it is longer than 4096 bytes");
  if (path.starts_with('/')) return refuse("it begins with a slash");
  if (path.find('\0') != path.npos) return refuse("it holds a NUL byte");
  if (!is_utf8(path)) return refuse("it is not UTF-8");
  for (const auto part : split(path, '/')) {
    if (part.empty()) return refuse("it has an empty part between slashes");
    if (part.size() > kLongestPart) return refuse("a part of it is longer than 255 bytes");
    if (part == "." || part == "..") return refuse("\".\" and \"..\" are no file names");
    // A backslash is a character of a name here, and separates folders on Windows: no piece may be
    // git's own.
    for (const auto piece : split(part, '\\')) {
      if (is_git_on_mac(piece) || is_git_on_windows(piece)) {
        return refuse("\"" + std::string(part) + "\" would be git's own folder on some computers");
      }
    }
  }
  return {};
}

Oid blob_oid(ByteSpan content) {
  Sha1 hash;
  hash.update("blob " + std::to_string(content.size()) + std::string(1, '\0'));
  hash.update(content);
  return to_hex(hash.finish());
}

}  // namespace holt::gitio
