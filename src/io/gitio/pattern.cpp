// Compiles a pattern to bit masks and follows all ways through it at once, so that no pattern takes
// long.
#include "io/gitio/pattern.h"

#include <algorithm>
#include <cctype>

namespace holt::gitio {
namespace {

// Bytes of a POSIX class in the C locale; false for an unknown name.
bool add_class(std::string_view name, std::bitset<256>& set) {
  using Test = int (*)(int);
  Test test = nullptr;
  if (name == "alnum") test = std::isalnum;
  if (name == "alpha") test = std::isalpha;
  if (name == "blank") test = std::isblank;
  if (name == "cntrl") test = std::iscntrl;
  if (name == "digit") test = std::isdigit;
  if (name == "graph") test = std::isgraph;
  if (name == "lower") test = std::islower;
  if (name == "print") test = std::isprint;
  if (name == "punct") test = std::ispunct;
  if (name == "space") test = std::isspace;
  if (name == "upper") test = std::isupper;
  if (name == "xdigit") test = std::isxdigit;
  if (test == nullptr) return false;
  for (int c = 0; c < 128; ++c) {
    if (test(c) != 0) set.set(static_cast<std::size_t>(c));
  }
  return true;
}

std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

constexpr std::size_t kLongestPattern = 4096;
constexpr std::size_t kWordBits = 64;
constexpr std::string_view kSpecial = "*?[\\";

}  // namespace

PatternPath::PatternPath(std::string_view path, bool folder) : whole(path), is_folder(folder) {
  for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
    ends.push_back(slash);
  ends.push_back(path.size());
}

Pattern::Pattern(std::string_view text) {
  if (text.size() > 1 && text.ends_with('/')) {
    folder_only_ = true;
    text.remove_suffix(1);
  }
  whole_path_ = text.find('/') != text.npos;
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty() || text.size() > kLongestPattern) {
    form_ = Form::never;
  } else if (text.find_first_of(kSpecial) == text.npos) {
    form_ = Form::literal;
    literal_ = text;
  } else if (!whole_path_ && text.front() == '*' &&
             text.substr(1).find_first_of(kSpecial) == text.npos) {
    form_ = Form::suffix;
    literal_ = text.substr(1);
  } else {
    std::vector<Step> steps;
    if (compile(text, steps)) {
      build(steps);
    } else {
      form_ = Form::never;
    }
  }
}

bool Pattern::compile(std::string_view text, std::vector<Step>& steps) const {
  const auto literal = [&](char c) {
    Step step;
    step.bytes.set(index_of(c));
    steps.push_back(step);
  };
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\\') {
      if (i + 1 == text.size()) return false;
      literal(text[i + 1]);
      i += 2;
    } else if (c == '?') {
      steps.push_back({Step::Kind::any, {}});
      ++i;
    } else if (c == '[') {
      if (!compile_set(text, i, steps)) return false;
    } else if (c == '*') {
      const std::size_t start = i;
      while (i < text.size() && text[i] == '*') ++i;
      // Two or more stars mean folders where they stand alone between slashes.
      const bool alone = i - start > 1 && (start == 0 || text[start - 1] == '/');
      if (alone && i == text.size()) {
        steps.push_back({Step::Kind::everything, {}});
      } else if (alone && text[i] == '/') {
        // Twice the same says nothing more.
        if (steps.empty() || steps.back().kind != Step::Kind::folders)
          steps.push_back({Step::Kind::folders, {}});
        ++i;
      } else {
        steps.push_back({Step::Kind::run, {}});
      }
    } else {
      literal(c);
      ++i;
    }
  }
  return true;
}

// Reads "[…]" at `at`; false when it has no end or an unknown class.
bool Pattern::compile_set(std::string_view text, std::size_t& at, std::vector<Step>& steps) const {
  std::bitset<256> set;
  std::size_t i = at + 1;
  const bool negated = i < text.size() && (text[i] == '!' || text[i] == '^');
  if (negated) ++i;
  int previous = -1;  // what a range may begin with
  for (bool first = true;; first = false) {
    if (i >= text.size()) return false;
    char c = text[i];
    if (c == ']' && !first) break;
    if (c == '[' && i + 1 < text.size() && text[i + 1] == ':') {
      const auto end = text.find(']', i + 2);
      if (end == text.npos) return false;
      if (end > i + 2 && text[end - 1] == ':') {
        if (!add_class(text.substr(i + 2, end - i - 3), set)) return false;
        i = end + 1;
        previous = -1;
        continue;
      }
    }
    if (c == '-' && previous >= 0 && i + 1 < text.size() && text[i + 1] != ']') {
      c = text[++i];
      if (c == '\\') {
        if (++i >= text.size()) return false;
        c = text[i];
      }
      for (auto b = static_cast<std::size_t>(previous); b <= index_of(c); ++b) set.set(b);
      previous = -1;
      ++i;
      continue;
    }
    if (c == '\\') {
      if (++i >= text.size()) return false;
      c = text[i];
    }
    set.set(index_of(c));
    previous = static_cast<int>(index_of(c));
    ++i;
  }
  if (negated) set.flip();
  set.reset(index_of('/'));
  steps.push_back({Step::Kind::set, set});
  at = i + 1;
  return true;
}

void Pattern::build(const std::vector<Step>& steps) {
  last_ = steps.size();
  words_ = last_ / kWordBits + 1;
  // Row 0 is for bytes that no step names, the slash has one of its own.
  std::bitset<256> named;
  named.set(index_of('/'));
  for (const Step& step : steps) named |= step.bytes;
  std::size_t rows = 1;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (named.test(byte)) row_of_[byte] = static_cast<std::uint16_t>(rows++);
  }
  moves_.assign(rows * words_, 0);
  stays_.assign(rows * words_, 0);
  open_.assign(words_, 0);
  folders_.assign(words_, 0);
  const std::size_t slash_row = row_of_[index_of('/')];
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t word = i / kWordBits;
    const Word bit = Word{1} << (i % kWordBits);
    const auto in_rows = [&](std::vector<Word>& masks, bool with_slash) {
      for (std::size_t row = 0; row < rows; ++row) {
        if (with_slash || row != slash_row) masks[row * words_ + word] |= bit;
      }
    };
    switch (steps[i].kind) {
      case Step::Kind::literal:
      case Step::Kind::set:
        for (std::size_t byte = 0; byte < 256; ++byte) {
          if (steps[i].bytes.test(byte)) moves_[row_of_[byte] * words_ + word] |= bit;
        }
        break;
      case Step::Kind::any:
        in_rows(moves_, false);
        break;
      case Step::Kind::run:
        in_rows(stays_, false);
        open_[word] |= bit;
        break;
      case Step::Kind::everything:
        in_rows(stays_, true);
        open_[word] |= bit;
        break;
      case Step::Kind::folders:
        in_rows(stays_, true);
        moves_[slash_row * words_ + word] |= bit;
        folders_[word] |= bit;
        break;
    }
  }
}

template <class See>
void Pattern::run(std::string_view text, const std::size_t* ends, const See& see) const {
  std::vector<Word> now(words_, 0);
  std::vector<Word> arrived(words_, 0);
  // Adds to `now` the steps after those in `from`.
  const auto pass_over = [&](const std::vector<Word>& from, const std::vector<Word>& which) {
    Word carry = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      const Word passed = from[w] & which[w];
      now[w] |= passed << 1 | carry;
      carry = passed >> (kWordBits - 1);
    }
  };
  // At most a "**" for folders and a run stand side by side.
  const auto settle = [&] {
    pass_over(arrived, folders_);
    pass_over(now, open_);
  };
  arrived[0] = now[0] = 1;
  settle();
  for (std::size_t i = 0;; ++i) {
    if (i == *ends) {
      see((now[last_ / kWordBits] >> (last_ % kWordBits) & 1) != 0);
      ++ends;
      if (i == text.size()) return;
    }
    const std::size_t row = row_of_[index_of(text[i])] * words_;
    Word carry = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      const Word moved = now[w] & moves_[row + w];
      arrived[w] = moved << 1 | carry;
      carry = moved >> (kWordBits - 1);
      now[w] = arrived[w] | (now[w] & stays_[row + w]);
    }
    settle();
  }
}

bool Pattern::match_text(std::string_view text) const {
  switch (form_) {
    case Form::never:
      return false;
    case Form::literal:
      return text == literal_;
    case Form::suffix:
      return text.ends_with(literal_);
    case Form::machine:
      break;
  }
  bool matched = false;
  const std::size_t end = text.size();
  run(text, &end, [&](bool here) { matched = here; });
  return matched;
}

bool Pattern::matches(const PatternPath& path) const {
  if (folder_only_ && !path.is_folder) return false;
  const std::size_t name = path.ends.size() > 1 ? path.ends[path.ends.size() - 2] + 1 : 0;
  return match_text(whole_path_ ? path.whole : path.whole.substr(name));
}

void Pattern::match_all(const PatternPath& path, std::vector<bool>& matched) const {
  matched.assign(path.ends.size(), false);
  if (whole_path_ && form_ == Form::machine) {
    std::size_t i = 0;
    run(path.whole, path.ends.data(), [&](bool here) { matched[i++] = here; });
  } else {
    std::size_t start = 0;
    for (std::size_t i = 0; i < path.ends.size(); ++i) {
      matched[i] = match_text(
          path.whole.substr(whole_path_ ? 0 : start, path.ends[i] - (whole_path_ ? 0 : start)));
      start = path.ends[i] + 1;
    }
  }
  if (folder_only_ && !path.is_folder) matched.back() = false;
}

}  // namespace holt::gitio
