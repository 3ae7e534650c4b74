// Compiles a pattern to steps and runs all ways through them at once, so that no pattern takes long.
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

}  // namespace

PatternPath::PatternPath(std::string_view path, bool folder) : whole(path), name(path), is_folder(folder) {
  if (const auto slash = path.rfind('/'); slash != path.npos) name = path.substr(slash + 1);
}

Pattern::Pattern(std::string_view text) {
  if (text.size() > 1 && text.ends_with('/')) {
    folder_only_ = true;
    text.remove_suffix(1);
  }
  whole_path_ = text.find('/') != text.npos;
  if (text.starts_with('/')) text.remove_prefix(1);
  constexpr std::string_view kSpecial = "*?[\\";
  if (text.find_first_of(kSpecial) == text.npos) {
    form_ = text.empty() ? Form::never : Form::literal;
    literal_ = text;
  } else if (!whole_path_ && text.front() == '*' && text.substr(1).find_first_of(kSpecial) == text.npos) {
    form_ = Form::suffix;
    literal_ = text.substr(1);
  } else {
    compile(text);
  }
}

void Pattern::compile(std::string_view text) {
  form_ = Form::steps;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\\') {
      if (i + 1 == text.size()) {
        form_ = Form::never;
        return;
      }
      steps_.push_back({Step::Kind::literal, text[i + 1], 0});
      i += 2;
    } else if (c == '?') {
      steps_.push_back({Step::Kind::any, 0, 0});
      ++i;
    } else if (c == '[') {
      if (!compile_set(text, i)) {
        form_ = Form::never;
        return;
      }
    } else if (c == '*') {
      const std::size_t start = i;
      while (i < text.size() && text[i] == '*') ++i;
      // Two or more stars mean folders where they stand alone between slashes.
      const bool alone = i - start > 1 && (start == 0 || text[start - 1] == '/');
      if (alone && i == text.size()) {
        steps_.push_back({Step::Kind::everything, 0, 0});
      } else if (alone && text[i] == '/') {
        steps_.push_back({Step::Kind::folders, 0, 0});
        ++i;
      } else {
        steps_.push_back({Step::Kind::run, 0, 0});
      }
    } else {
      steps_.push_back({Step::Kind::literal, c, 0});
      ++i;
    }
  }
}

// Reads "[…]" at `at`; false when it has no end or an unknown class.
bool Pattern::compile_set(std::string_view text, std::size_t& at) {
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
  steps_.push_back({Step::Kind::set, 0, static_cast<std::uint32_t>(sets_.size())});
  sets_.push_back(set);
  at = i + 1;
  return true;
}

bool Pattern::match_steps(std::string_view text) const {
  const std::size_t end = steps_.size();
  // Steps that are about to look at the next byte; `end` is a match.
  std::vector<char> now(end + 1, 0);
  std::vector<char> then(end + 1, 0);
  const auto enter = [&](std::vector<char>& set, std::size_t step) {
    for (;; ++step) {
      set[step] = 1;
      if (step == end) return;
      const auto kind = steps_[step].kind;
      if (kind != Step::Kind::run && kind != Step::Kind::folders && kind != Step::Kind::everything) return;
    }
  };
  enter(now, 0);
  for (const char c : text) {
    std::ranges::fill(then, 0);
    bool alive = false;
    for (std::size_t i = 0; i < end; ++i) {
      if (now[i] == 0) continue;
      const Step& step = steps_[i];
      switch (step.kind) {
        case Step::Kind::literal:
          if (c == step.byte) enter(then, i + 1), alive = true;
          break;
        case Step::Kind::any:
          if (c != '/') enter(then, i + 1), alive = true;
          break;
        case Step::Kind::set:
          if (sets_[step.set].test(index_of(c))) enter(then, i + 1), alive = true;
          break;
        case Step::Kind::run:
          if (c != '/') enter(then, i), alive = true;
          break;
        case Step::Kind::folders:
          // Goes on at a slash only; between slashes it just stays.
          if (c == '/') enter(then, i + 1);
          then[i] = 1;
          alive = true;
          break;
        case Step::Kind::everything:
          enter(then, i);
          alive = true;
          break;
      }
    }
    if (!alive) return false;
    now.swap(then);
  }
  return now[end] != 0;
}

bool Pattern::matches(const PatternPath& path) const {
  if (folder_only_ && !path.is_folder) return false;
  const std::string_view text = whole_path_ ? path.whole : path.name;
  switch (form_) {
    case Form::never: return false;
    case Form::literal: return text == literal_;
    case Form::suffix: return text.ends_with(literal_);
    case Form::steps: return match_steps(text);
  }
  return false;
}

}  // namespace holt::gitio
