// The text form of commits and tags: header lines, an empty line, the message.
#include "io/gitio/commit_text.h"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

#include "base/text.h"

namespace holt::gitio {
namespace {

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

// "Name <email> seconds ±hhmm"; old tools wrote lines that lack some of it.
Signature parse_signature(std::string_view line) {
  Signature out;
  const auto close = line.rfind('>');
  const auto open = line.find('<');
  if (open == line.npos || close == line.npos || close < open) {
    out.name = to_utf8(trim(line));
    return out;
  }
  out.name = to_utf8(trim(line.substr(0, open)));
  out.email = to_utf8(line.substr(open + 1, close - open - 1));
  const std::string rest(trim(line.substr(close + 1)));
  char* end = nullptr;
  out.seconds = std::strtoll(rest.c_str(), &end, 10);
  const long zone = std::strtol(end, nullptr, 10);
  if (zone >= -9959 && zone <= 9959)
    out.offset_minutes = static_cast<int>(zone / 100 * 60 + zone % 100);
  return out;
}

// Takes one line off the front.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

// git keeps these out of names, where they would end the field.
std::string clean_field(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '<' && c != '>' && c != '\n' && c != '\0') out += c;
  }
  constexpr std::string_view kCrud = " .,:;\"'\\\t\r";
  const auto first = out.find_first_not_of(kCrud);
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(kCrud) - first + 1);
}

std::string clean_message(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  for (const char c : text) {
    if (c != '\0') out += c;
  }
  if (out.empty() || out.back() != '\n') out += '\n';
  return out;
}

std::string format_signature(const Signature& signature) {
  const int offset = std::abs(signature.offset_minutes);
  std::string name = clean_field(signature.name);
  if (name.empty()) name = "unknown";
  return fmt::format("{} <{}> {} {}{:02}{:02}", name, clean_field(signature.email),
                     std::max<std::int64_t>(signature.seconds, 0),
                     signature.offset_minutes < 0 ? '-' : '+', offset / 60 % 100, offset % 60);
}

}  // namespace

std::string Commit::title() const { return message.substr(0, message.find('\n')); }

std::string Commit::body() const {
  const auto blank = message.find("\n\n");
  if (blank == std::string::npos) return {};
  std::string_view rest = std::string_view(message).substr(blank + 2);
  while (!rest.empty() && rest.front() == '\n') rest.remove_prefix(1);
  while (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  return std::string(rest);
}

Commit parse_commit(const RawOid& oid, std::string_view bytes) {
  Commit out;
  out.oid = hex_of(oid);
  const auto malformed = [&](std::string_view what) {
    return std::runtime_error("malformed git commit " + out.oid + ": " + std::string(what));
  };
  bool signed_by_author = false;
  while (!bytes.empty()) {
    const auto line = take_line(bytes);
    if (line.empty()) break;
    if (line.starts_with("tree ") && out.tree.empty()) {
      out.tree = line.substr(5);
      if (!parse_oid(out.tree)) throw malformed("its tree");
    } else if (line.starts_with("parent ") && !signed_by_author) {
      out.parents.emplace_back(line.substr(7));
      if (!parse_oid(out.parents.back())) throw malformed("a parent");
    } else if (line.starts_with("author ") && !signed_by_author) {
      signed_by_author = true;
      out.author = parse_signature(line.substr(7));
    } else if (line.starts_with("committer ") && out.committer.email.empty()) {
      out.committer = parse_signature(line.substr(10));
    }
  }
  if (out.tree.empty()) throw malformed("it has no tree");
  out.message = to_utf8(bytes);
  return out;
}

RawOid tag_target(std::string_view bytes) {
  const auto line = take_line(bytes);
  const auto oid = line.starts_with("object ") ? parse_oid(line.substr(7)) : std::nullopt;
  if (!oid) throw std::runtime_error("malformed git tag: it names no object");
  return *oid;
}

std::string format_commit(const Oid& tree, const std::vector<Oid>& parents, const Signature& author,
                          const Signature& committer, std::string_view message) {
  std::string out = "tree " + tree + "\n";
  for (const Oid& parent : parents) out += "parent " + parent + "\n";
  out += "author " + format_signature(author) + "\n";
  out += "committer " + format_signature(committer) + "\n\n";
  return out + clean_message(message);
}

std::string format_tag(const Oid& target, std::string_view target_type, std::string_view name,
                       const Signature& tagger, std::string_view message) {
  return fmt::format("object {}\ntype {}\ntag {}\ntagger {}\n\n{}", target, target_type, name,
                     format_signature(tagger), clean_message(message));
}

}  // namespace holt::gitio
