// The three lines that git holds in place of a large file.
#include <fmt/format.h>

#include "base/text.h"
#include "domain/content/content.h"

namespace holt::content {
namespace {

// Takes one line, without its end, off the front of `text`; nullopt when no line is left.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_key_text(std::string_view key) {
  if (key.empty()) return false;
  for (const char c : key)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) return false;
  return true;
}

}  // namespace

// Grammar: docs/spec.md of git-lfs. `version` first, the other keys in alphabetical order, each
// line ended by \n; keys other than oid and size (extensions) are allowed between.
std::optional<Pointer> parse_pointer(std::string_view blob) {
  if (blob.size() > kMaxPointerBytes || !blob.starts_with("version ")) return std::nullopt;
  auto version = take_line(blob);
  if (!version || (*version != "version https://git-lfs.github.com/spec/v1" &&
                   *version != "version https://hawser.github.com/spec/v1"))
    return std::nullopt;
  std::optional<std::string> sha256;
  std::optional<std::uint64_t> size_bytes;
  std::string previous_key;
  while (!blob.empty()) {
    auto line = take_line(blob);
    if (!line) return std::nullopt;
    const auto space = line->find(' ');
    if (space == line->npos) return std::nullopt;
    const auto key = line->substr(0, space);
    auto value = line->substr(space + 1);
    if (!is_key_text(key) || key <= previous_key) return std::nullopt;
    previous_key = key;
    if (key == "oid") {
      if (!take_prefix(value, "sha256:") || !is_hex(value, 64)) return std::nullopt;
      sha256 = value;
    } else if (key == "size") {
      size_bytes = parse_u64(value);
      if (!size_bytes || *size_bytes > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    } else if (!key.starts_with("ext-")) {
      return std::nullopt;
    }
  }
  if (!sha256 || !size_bytes) return std::nullopt;
  return Pointer{std::move(*sha256), *size_bytes};
}

std::string format_pointer(const Pointer& pointer) {
  return fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n",
                     pointer.sha256, pointer.size_bytes);
}

}  // namespace holt::content
