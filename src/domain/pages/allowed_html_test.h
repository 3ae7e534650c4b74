// Reads what sanitize() wrote by a grammar of its own, so that unit tests and fuzzers can say what
// "only allowed elements, attributes and addresses" means without the code that they test.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holt::pages {

class AllowedHtml {
 public:
  // Aborts the test by an exception where the text is not of the language.
  static void check(std::string_view html) { AllowedHtml(html).run(); }

 private:
  explicit AllowedHtml(std::string_view html) : rest_(html) {}

  void run() {
    while (!rest_.empty()) {
      const auto text = rest_.substr(0, rest_.find('<'));
      CHECK(text.find('>') == text.npos && text.find('\0') == text.npos);
      rest_.remove_prefix(text.size());
      if (!rest_.empty()) tag();
    }
    CHECK(open_.empty());
  }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::string name() {
    const auto end = std::ranges::find_if_not(
        rest_, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    std::string out(rest_.begin(), end);
    CHECK(!out.empty());
    rest_.remove_prefix(out.size());
    return out;
  }

  void tag() {
    CHECK(take("<"));
    const bool closing = take("/");
    const auto element = name();
    CHECK(elements().contains(element));
    if (closing) {
      CHECK(take(">") && !open_.empty() && open_.back() == element);
      open_.pop_back();
      return;
    }
    bool external = false, guarded = false;
    while (take(" ")) {
      const auto attribute = name();
      if (attribute == "open" || attribute == "disabled" || attribute == "checked") continue;
      CHECK(attributes().contains(attribute));
      CHECK(take("=\""));
      const auto value = rest_.substr(0, rest_.find('"'));
      CHECK(value.size() < rest_.size());
      CHECK(value.find_first_of("<>") == value.npos);
      rest_.remove_prefix(value.size() + 1);
      if (attribute == "src") CHECK(element == "img" && is_local(value));
      if (attribute == "href") {
        CHECK(element == "a");
        external = external || !(is_local(value) || value.starts_with("#card-"));
        if (external) CHECK(is_external(value));
      }
      if (attribute == "id") CHECK(value.starts_with("card-"));
      if (attribute == "rel") guarded = value.find("noopener") != value.npos;
    }
    CHECK(take(">"));
    CHECK(!external || guarded);
    if (element != "br" && element != "hr" && element != "img" && element != "input") {
      if (element == "a") CHECK(std::ranges::find(open_, "a") == open_.end());
      open_.push_back(element);
      CHECK(open_.size() <= 202);
    }
  }

  static bool is_local(std::string_view address) {
    return address.starts_with('/') && !address.starts_with("//") &&
           address.find('\\') == address.npos;
  }

  static bool is_external(std::string_view address) {
    const auto scheme = [&](std::string_view word) {
      return std::ranges::equal(address.substr(0, word.size()), word, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
      });
    };
    return scheme("http:") || scheme("https:") || scheme("mailto:") || address.starts_with("//");
  }

  static const std::set<std::string, std::less<>>& elements() {
    static const std::set<std::string, std::less<>> all{
        "a",     "abbr",       "b",      "blockquote", "br",      "caption", "center", "cite",
        "code",  "dd",         "del",    "dfn",        "details", "div",     "dl",     "dt",
        "em",    "figcaption", "figure", "h1",         "h2",      "h3",      "h4",     "h5",
        "h6",    "hr",         "i",      "img",        "input",   "ins",     "kbd",    "li",
        "mark",  "ol",         "p",      "pre",        "q",       "s",       "samp",   "section",
        "small", "span",       "strike", "strong",     "sub",     "summary", "sup",    "table",
        "tbody", "td",         "tfoot",  "th",         "thead",   "tr",      "tt",     "u",
        "ul",    "var"};
    return all;
  }
  static const std::set<std::string, std::less<>>& attributes() {
    static const std::set<std::string, std::less<>> all{
        "align",  "alt",   "aria-label", "class", "colspan", "data-language", "dir",
        "height", "href",  "id",         "lang",  "loading", "rel",           "rowspan",
        "src",    "start", "title",      "type",  "width"};
    return all;
  }

  std::string_view rest_;
  std::vector<std::string> open_;
};

}  // namespace holt::pages
