// The allow-list. Reads HTML as browsers do, near enough to find its tags, and writes a small
// language of its own: known elements, quoted attributes, escaped text. What browsers would read
// differently is harmless, because nothing is copied unescaped.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/text.h"
#include "domain/pages/pages.h"

namespace holt::pages {
namespace {

constexpr std::size_t kDeepest = 200;
constexpr std::size_t kMostAttributes = 32;

constexpr auto kElements = std::to_array<std::string_view>(
    {"a",      "abbr",  "b",       "blockquote", "br",    "caption", "center", "cite", "code",
     "dd",     "del",   "dfn",     "details",    "div",   "dl",      "dt",     "em",   "figcaption",
     "figure", "h1",    "h2",      "h3",         "h4",    "h5",      "h6",     "hr",   "i",
     "img",    "ins",   "kbd",     "li",         "mark",  "ol",      "p",      "pre",  "q",
     "s",      "samp",  "section", "small",      "span",  "strike",  "strong", "sub",  "summary",
     "sup",    "table", "tbody",   "td",         "tfoot", "th",      "thead",  "tr",   "tt",
     "u",      "ul",    "var"});
constexpr auto kVoid = std::to_array<std::string_view>({"br", "hr", "img"});
// Their content is no text of the document: it goes with them.
constexpr auto kSwallowed = std::to_array<std::string_view>(
    {"applet",  "audio",    "canvas",   "embed",  "form",      "frameset", "iframe", "math",
     "noembed", "noframes", "noscript", "object", "plaintext", "script",   "select", "style",
     "svg",     "template", "textarea", "title",  "video",     "xmp"});

template <class List>
bool in(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

void append_code_point(std::string& out, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Numeric references and the five of XML; others stay as they are, and their '&' is escaped later,
// so that a browser sees exactly the text that was checked here.
std::string decode(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}};
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    const auto rest = text.substr(i + 1);
    if (rest.starts_with('#')) {
      const bool hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
      std::size_t at = hex ? 2 : 1;
      std::uint32_t code = 0;
      const std::size_t first = at;
      for (; at < rest.size() && at < first + 8; ++at) {
        const char c = rest[at];
        std::uint32_t digit = 0;
        if (is_digit(c))
          digit = static_cast<std::uint32_t>(c - '0');
        else if (hex && c >= 'a' && c <= 'f')
          digit = static_cast<std::uint32_t>(c - 'a' + 10);
        else if (hex && c >= 'A' && c <= 'F')
          digit = static_cast<std::uint32_t>(c - 'A' + 10);
        else
          break;
        code = code * (hex ? 16 : 10) + digit;
      }
      if (at > first) {
        append_code_point(out, code);
        if (at < rest.size() && rest[at] == ';') ++at;
        i += at;
        continue;
      }
    }
    const auto* named =
        std::ranges::find_if(kNamed, [&](const auto& one) { return rest.starts_with(one.first); });
    if (named != std::end(kNamed)) {
      out += named->second;
      i += named->first.size();
    } else {
      out += '&';
    }
  }
  return out;
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "=\"";
  for (const char c : value) {
    if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  out += '"';
}

// Is `text` (after '&') the rest of a character reference?
bool is_reference(std::string_view text) {
  const auto end = text.substr(0, 34).find(';');
  if (end == text.npos || end == 0) return false;
  const auto body = text.substr(0, end);
  if (body[0] == '#') return body.size() > 1;
  return std::ranges::all_of(body, [](char c) { return is_letter(c) || is_digit(c); });
}

void append_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&' && !is_reference(text.substr(i + 1)))
      out += "&amp;";
    else if (c != '\0')
      out += c;
  }
}

struct Address {
  enum class Kind { refused, fragment, local, relative, external } kind = Kind::refused;
  std::string text;
};

Address read_address(std::string_view raw) {
  Address address;
  for (const char c : raw)
    if (static_cast<unsigned char>(c) > 0x20 || c == ' ') address.text += c;  // as browsers do
  address.text = std::string(trim(address.text));
  auto& text = address.text;
  if (text.empty() || text.find('\\') != text.npos || text.size() > 8192) return address;
  const auto scheme_end = text.find_first_of(":/?#");
  if (scheme_end != text.npos && text[scheme_end] == ':') {
    const auto scheme = lower(std::string_view(text).substr(0, scheme_end));
    if (scheme == "http" || scheme == "https" || scheme == "mailto")
      address.kind = Address::Kind::external;
    return address;
  }
  if (text.starts_with("//"))
    address.kind = Address::Kind::external;
  else if (text.starts_with('#'))
    address.kind = Address::Kind::fragment;
  else if (text.starts_with('/'))
    address.kind = Address::Kind::local;
  else
    address.kind = Address::Kind::relative;
  return address;
}

// folder and a relative path, with "." and ".." taken out; the query and fragment stay.
std::string joined(std::string_view folder, std::string_view relative) {
  const auto end = std::min(relative.find_first_of("?#"), relative.size());
  std::vector<std::string_view> parts;
  const auto add = [&](std::string_view path) {
    for (const auto part : split(path, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..")
        parts.push_back(part);
      else if (!parts.empty())
        parts.pop_back();
    }
  };
  const std::string encoded = percent_encode(folder, Slash::keep);
  add(encoded);
  add(relative.substr(0, end));
  std::string out;
  for (const auto part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out + std::string(relative.substr(end));
}

struct Attribute {
  std::string name, value;  // lower case; decoded
};

struct Tag {
  std::string name;
  bool closing = false;
  std::vector<Attribute> attributes;
  const std::string* find(std::string_view wanted) const {
    for (const auto& one : attributes)
      if (one.name == wanted) return &one.value;
    return nullptr;
  }
};

// What is no character becomes the sign for one that is missing: pages and JSON hold text only.
// Files may be in any encoding, and the parser of Markdown cuts labels of footnotes within a
// character.
std::string as_utf8(std::string text) {
  if (is_utf8(text)) return text;
  std::string out;
  const std::string_view rest(text);
  for (std::size_t i = 0; i < rest.size();) {
    std::size_t length = 1;
    while (length <= 4 && (i + length > rest.size() || !is_utf8(rest.substr(i, length)))) ++length;
    out += length <= 4 ? rest.substr(i, length) : std::string_view("\uFFFD");
    i += length <= 4 ? length : 1;
  }
  return out;
}

class Sanitizer {
 public:
  Sanitizer(std::string_view html, const Place& place) : in_(html), place_(place) {}

  std::string run() {
    out_.reserve(in_.size() + in_.size() / 8);
    while (at_ < in_.size()) {
      const auto open = std::min(in_.find('<', at_), in_.size());
      text(in_.substr(at_, open - at_));
      at_ = open;
      if (at_ < in_.size()) markup();
    }
    while (!open_.empty()) close_top();
    return std::move(out_);
  }

 private:
  void text(std::string_view run) {
    append_text(out_, run);
    if (heading_at_ && heading_text_.size() < 200) heading_text_ += run.substr(0, 200);
  }

  void markup() {
    const auto rest = in_.substr(at_);
    if (rest.starts_with("<!--")) {
      const auto end = rest.find("-->", 4);
      at_ = end == rest.npos ? in_.size() : at_ + end + 3;
    } else if (rest.starts_with("<!") || rest.starts_with("<?")) {
      const auto end = rest.find('>');
      at_ = end == rest.npos ? in_.size() : at_ + end + 1;
    } else if (rest.size() > 1 &&
               (is_letter(rest[1]) || (rest[1] == '/' && rest.size() > 2 && is_letter(rest[2])))) {
      if (no_end_) {  // no later '>' completes a tag: known from an earlier try
        text("<");
        ++at_;
        return;
      }
      tag();
    } else {
      text("<");
      ++at_;
    }
  }

  // The tag at at_; moves behind it. Without an end it is text, and so is every later one.
  void tag() {
    std::size_t i = at_ + 1;
    Tag found;
    if (in_[i] == '/') {
      found.closing = true;
      ++i;
    }
    while (i < in_.size() && !is_space(in_[i]) && in_[i] != '/' && in_[i] != '>')
      found.name += in_[i++];
    found.name = lower(found.name);
    while (i < in_.size() && in_[i] != '>') {
      if (is_space(in_[i]) || in_[i] == '/') {
        ++i;
        continue;
      }
      Attribute one;
      const std::size_t first = i;
      while (i < in_.size() && !is_space(in_[i]) && in_[i] != '/' && in_[i] != '>' &&
             (in_[i] != '=' || i == first))
        ++i;
      one.name = lower(in_.substr(first, i - first));
      while (i < in_.size() && is_space(in_[i])) ++i;
      if (i < in_.size() && in_[i] == '=') {
        ++i;
        while (i < in_.size() && is_space(in_[i])) ++i;
        if (i < in_.size() && (in_[i] == '"' || in_[i] == '\'')) {
          const auto end = in_.find(in_[i], i + 1);
          if (end == in_.npos) {
            i = in_.size();
            break;
          }
          one.value = decode(in_.substr(i + 1, end - i - 1));
          i = end + 1;
        } else {
          const std::size_t value = i;
          while (i < in_.size() && !is_space(in_[i]) && in_[i] != '>') ++i;
          one.value = decode(in_.substr(value, i - value));
        }
      }
      if (found.attributes.size() < kMostAttributes) found.attributes.push_back(std::move(one));
    }
    if (i >= in_.size()) {
      no_end_ = in_.find('>', at_) == in_.npos || ++unfinished_ > 16;
      text("<");
      ++at_;
      return;
    }
    at_ = i + 1;
    if (in(kSwallowed, found.name))
      swallow(found);
    else if (found.closing)
      close(found.name);
    else
      open(found);
  }

  void swallow(const Tag& tag) {
    if (tag.closing || tag.name == "embed") return;
    // To its end tag, whatever stands between; without one nothing more is shown.
    const std::string wanted = "</" + tag.name;
    for (std::size_t i = at_; (i = in_.find("</", i)) != in_.npos; i += 2) {
      if (!equal_ignoring_case(in_.substr(i, wanted.size()), wanted)) continue;
      const auto end = in_.find('>', i);
      at_ = end == in_.npos ? in_.size() : end + 1;
      return;
    }
    at_ = in_.size();
  }

  void open(const Tag& tag) {
    if (tag.name == "input") return checkbox(tag);
    if (!in(kElements, tag.name) || open_.size() >= kDeepest) return;
    if (tag.name == "img") return picture(tag);
    // A link in a link would let the inner one end the outer.
    if (tag.name == "a" && std::ranges::find(open_, "a") != open_.end()) close("a");
    out_ += '<';
    out_ += tag.name;
    heading_begins(tag);
    attributes(tag);
    out_ += '>';
    if (!in(kVoid, tag.name)) open_.push_back(tag.name);
  }

  void close(std::string_view name) {
    const auto found = std::find(open_.rbegin(), open_.rend(), name);
    if (found == open_.rend()) return;
    for (auto many = found - open_.rbegin() + 1; many > 0; --many) close_top();
  }

  void close_top() {
    if (heading_at_ && open_.size() == heading_depth_) heading_ends();
    out_ += "</" + open_.back() + ">";
    open_.pop_back();
  }

  static bool is_heading(std::string_view name) {
    return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
  }

  void heading_begins(const Tag& tag) {
    if (!is_heading(tag.name) || heading_at_) return;
    heading_at_ = out_.size();
    heading_depth_ = open_.size() + 1;
    heading_text_.clear();
  }

  // The id is made of the heading's text, as on the public hub: "Intended uses" -> intended-uses.
  void heading_ends() {
    std::string slug;
    for (const char c : lower(decode(heading_text_))) {
      if (is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80)
        slug += c;
      else if ((c == ' ' || c == '-') && !slug.empty() && slug.back() != '-')
        slug += '-';
    }
    while (slug.ends_with('-')) slug.pop_back();
    if (!slug.empty() && is_utf8(slug)) {
      if (const int before = slugs_[slug]++; before > 0) slug += "-" + std::to_string(before);
      std::string attribute;
      append_attribute(attribute, "id", "card-" + slug);
      out_.insert(*heading_at_, attribute);
    }
    heading_at_.reset();
  }

  void attributes(const Tag& tag) {
    if (tag.name == "a") link(tag);
    for (const auto& [name, value] : tag.attributes) {
      if (name == "title" || (name == "lang" && tag.name != "pre")) {
        append_attribute(out_, name, clip(value, 500));
      } else if (name == "align" &&
                 in(std::array<std::string_view, 4>{"left", "center", "right", "justify"},
                    lower(value))) {
        append_attribute(out_, "align", lower(value));
      } else if (name == "dir" && (value == "ltr" || value == "rtl" || value == "auto")) {
        append_attribute(out_, "dir", value);
      } else if ((name == "colspan" || name == "rowspan" || name == "start") &&
                 parse_u64(value).value_or(100'000) <= 1000) {
        append_attribute(out_, name, value);
      } else if (name == "open" && tag.name == "details") {
        out_ += " open";
      } else if (name == "id" && is_note(value)) {
        append_attribute(out_, "id", "card-" + value);
      } else if (name == "class" && tag.name == "code" && value.starts_with("language-")) {
        append_attribute(out_, name, clip(value, 60));
      }
    }
    // cmark names the language on <pre>.
    if (tag.name == "pre")
      if (const auto* lang = tag.find("lang"))
        append_attribute(out_, "data-language", clip(*lang, 40));
  }

  // Footnotes and anchors that authors set by hand.
  static bool is_note(std::string_view id) {
    return !id.empty() && id.size() <= 100 && std::ranges::all_of(id, [](char c) {
      return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    });
  }

  void link(const Tag& tag) {
    const auto* name = tag.find("name");
    if (name && is_note(*name)) append_attribute(out_, "id", "card-" + *name);
    const auto* href = tag.find("href");
    if (!href) return;
    const auto address = read_address(*href);
    switch (address.kind) {
      case Address::Kind::refused:
        return;
      case Address::Kind::fragment:
        append_attribute(out_, "href", "#card-" + address.text.substr(1));
        return;
      case Address::Kind::local:
        append_attribute(out_, "href", address.text);
        return;
      case Address::Kind::relative:
        if (!place_.repo.empty())
          append_attribute(out_, "href",
                           place_.repo + "/blob/" + percent_encode(place_.revision) + "/" +
                               joined(place_.folder, address.text));
        return;
      case Address::Kind::external:
        append_attribute(out_, "href", address.text);
        append_attribute(out_, "rel", "nofollow noopener noreferrer");
        return;
    }
  }

  // A picture of this repository is shown, one of another server is a link to it.
  void picture(const Tag& tag) {
    const auto* src = tag.find("src");
    const auto* alt = tag.find("alt");
    const std::string description = alt ? std::string(clip(*alt, 1000)) : std::string();
    const auto address = src ? read_address(*src) : Address{};
    std::string from;
    if (address.kind == Address::Kind::local) {
      from = address.text;
    } else if (address.kind == Address::Kind::relative && !place_.repo.empty()) {
      from = place_.repo + "/resolve/" + percent_encode(place_.revision) + "/" +
             joined(place_.folder, address.text);
    } else if (address.kind == Address::Kind::external &&
               !lower(address.text).starts_with("mailto:")) {
      const bool in_link = std::ranges::find(open_, "a") != open_.end();
      out_ += in_link ? "<span" : "<a";
      if (!in_link) append_attribute(out_, "href", address.text);
      append_attribute(out_, "rel", "nofollow noopener noreferrer");
      append_attribute(out_, "class", "elsewhere");
      out_ += '>';
      append_plain(description.empty() ? std::string(address.text) : description);
      out_ += in_link ? "</span>" : "</a>";
      return;
    } else {
      append_plain(description);
      return;
    }
    out_ += "<img";
    append_attribute(out_, "src", from);
    append_attribute(out_, "alt", description);
    append_attribute(out_, "loading", "lazy");
    for (const char* name : {"width", "height"}) {
      const auto* value = tag.find(name);
      if (!value) continue;
      std::string_view number = *value;
      if (number.ends_with("px")) number.remove_suffix(2);
      const bool percent = number.ends_with('%');
      if (const auto size = parse_u64(number.substr(0, number.size() - (percent ? 1 : 0)));
          size && *size <= (percent ? 100 : 4000))
        append_attribute(out_, name, number);
    }
    if (const auto* align = tag.find("align"); align && (*align == "left" || *align == "right"))
      append_attribute(out_, "align", *align);
    out_ += '>';
  }

  // Decoded text, so that every '&' is one.
  void append_plain(std::string_view plain) {
    for (const char c : plain) {
      if (c == '<')
        out_ += "&lt;";
      else if (c == '>')
        out_ += "&gt;";
      else if (c == '&')
        out_ += "&amp;";
      else if (c != '\0')
        out_ += c;
    }
  }

  void checkbox(const Tag& tag) {
    const auto* type = tag.find("type");
    if (!type || lower(*type) != "checkbox") return;
    out_ += tag.find("checked") ? "<input type=\"checkbox\" disabled checked aria-label=\"done\">"
                                : "<input type=\"checkbox\" disabled aria-label=\"to do\">";
  }

  std::string_view in_;
  const Place& place_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<std::string> open_;
  bool no_end_ = false;
  int unfinished_ = 0;
  std::optional<std::size_t> heading_at_;
  std::size_t heading_depth_ = 0;
  std::string heading_text_;
  std::map<std::string, int> slugs_;
};

}  // namespace

std::string sanitize(std::string_view html, const Place& place) {
  return as_utf8(Sanitizer(html, place).run());
}

std::string summary_of(std::string_view html, std::size_t max_bytes) {
  for (std::size_t at = 0; (at = html.find("<p>", at)) != html.npos;) {
    const auto end = std::min(html.find("</p>", at), html.size());
    const auto paragraph = html.substr(at + 3, end - at - 3);
    at = end;
    std::string plain;
    bool inside = false, pictures = false;
    for (std::size_t i = 0; i < paragraph.size() && plain.size() < 4 * max_bytes; ++i) {
      if (paragraph[i] == '<') {
        inside = true;
        pictures |= paragraph.substr(i).starts_with("<img") ||
                    paragraph.substr(i, 200).find("class=\"elsewhere\"") != paragraph.npos;
      } else if (paragraph[i] == '>') {
        inside = false;
      } else if (!inside) {
        plain += is_space(paragraph[i]) ? ' ' : paragraph[i];
      }
    }
    plain = decode(trim(plain));
    if (pictures || plain.size() < 20) continue;
    if (plain.size() <= max_bytes) return plain;
    return std::string(clip(plain, max_bytes - 3)) + "…";
  }
  return {};
}

}  // namespace holt::pages
