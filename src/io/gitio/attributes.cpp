// .gitattributes, as far as it decides the attribute "filter" (gitattributes(5)).
#include <algorithm>
#include <map>

#include "io/gitio/gitio.h"
#include "io/gitio/pattern.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostRules = 10'000;
constexpr std::size_t kLongestLine = 2048;
constexpr std::size_t kMostMacros = 1000;
constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kFilter = 0;  // the attribute asked about is always the first

enum class Value { set, unset, unspecified, lfs, other };

struct Assignment {
  std::size_t attribute;
  Value value;
};

std::string_view take_word(std::string_view& text) {
  const auto start = std::min(text.find_first_not_of(kBlank), text.size());
  const auto end = std::min(text.find_first_of(kBlank, start), text.size());
  const auto word = text.substr(start, end - start);
  text.remove_prefix(end);
  return word;
}

// A pattern in double quotes, with C's escapes; nullopt when malformed.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    if (c == '\\') {
      if (++i == text.size()) return std::nullopt;
      c = text[i];
      constexpr std::string_view kLetters = "abfnrtv\\\"";
      constexpr std::string_view kMeant = "\a\b\f\n\r\t\v\\\"";
      if (const auto letter = kLetters.find(c); letter != kLetters.npos) {
        c = kMeant[letter];
      } else if (c >= '0' && c <= '3' && i + 2 < text.size()) {
        int value = 0;
        for (std::size_t k = 0; k < 3; ++k) {
          if (text[i + k] < '0' || text[i + k] > '7') return std::nullopt;
          value = value * 8 + (text[i + k] - '0');
        }
        c = static_cast<char>(value);
        i += 2;
      } else {
        return std::nullopt;
      }
    }
    out += c;
  }
  return std::nullopt;
}

}  // namespace

struct Attributes::Impl {
  struct Rule {
    Pattern pattern;
    std::vector<Assignment> assignments;
  };
  std::vector<Rule> rules;
  std::map<std::string, std::size_t, std::less<>> numbers{
      {"filter", kFilter}};                             // filter and macros
  std::vector<std::vector<Assignment>> expansions{{}};  // by number

  std::vector<Assignment> assignments_of(std::string_view text) const {
    std::vector<Assignment> out;
    while (true) {
      auto word = take_word(text);
      if (word.empty()) return out;
      Value value = Value::set;
      if (word.front() == '-' || word.front() == '!') {
        value = word.front() == '-' ? Value::unset : Value::unspecified;
        word.remove_prefix(1);
      } else if (const auto equals = word.find('='); equals != word.npos) {
        value = word.substr(equals + 1) == "lfs" ? Value::lfs : Value::other;
        word = word.substr(0, equals);
      }
      if (const auto it = numbers.find(word); it != numbers.end())
        out.push_back({it->second, value});
    }
  }

  // Decided attributes keep their value: rules are asked from the last to the first.
  void assign(const std::vector<Assignment>& assignments,
              std::vector<std::optional<Value>>& decided) const {
    for (auto it = assignments.rbegin(); it != assignments.rend(); ++it) {
      auto& value = decided[it->attribute];
      if (value) continue;
      value = it->value;
      if (it->value == Value::set) assign(expansions[it->attribute], decided);
    }
  }
};

Attributes::Attributes(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Attributes::Attributes(Attributes&&) noexcept = default;
Attributes& Attributes::operator=(Attributes&&) noexcept = default;
Attributes::~Attributes() = default;

Attributes Attributes::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  text = text.substr(0, kMostBytes);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  struct Line {
    std::string pattern;
    std::string_view rest;
  };
  std::vector<Line> lines;
  std::vector<std::pair<std::size_t, std::string_view>> macros;
  while (!text.empty() && lines.size() < kMostRules) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() > kLongestLine) continue;
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("[attr]")) {
      line.remove_prefix(6);
      const auto name = take_word(line);
      if (name.empty() || macros.size() == kMostMacros) continue;
      const auto number =
          impl->numbers.emplace(std::string(name), impl->numbers.size()).first->second;
      if (number != kFilter) macros.emplace_back(number, line);
      continue;
    }
    std::optional<std::string> pattern;
    if (line.front() == '"') pattern = take_quoted(line);
    if (!pattern) pattern = std::string(take_word(line));
    // Negative patterns mean nothing here.
    if (pattern->empty() || pattern->front() == '!') continue;
    lines.push_back({std::move(*pattern), line});
  }
  // Names of macros are known from here on, wherever they were defined.
  impl->expansions.resize(impl->numbers.size());
  for (const auto& [number, rest] : macros) impl->expansions[number] = impl->assignments_of(rest);
  for (const Line& line : lines) {
    auto assignments = impl->assignments_of(line.rest);
    if (!assignments.empty())
      impl->rules.push_back({Pattern(line.pattern), std::move(assignments)});
  }
  return Attributes(std::move(impl));
}

bool Attributes::is_lfs(std::string_view path) const {
  const bool folder = path.ends_with('/');
  if (folder) path.remove_suffix(1);
  const PatternPath split_path(path, folder);
  std::vector<std::optional<Value>> decided(impl_->expansions.size());
  for (auto rule = impl_->rules.rbegin(); rule != impl_->rules.rend() && !decided[kFilter];
       ++rule) {
    if (rule->pattern.matches(split_path)) impl_->assign(rule->assignments, decided);
  }
  return decided[kFilter] == Value::lfs;
}

}  // namespace holt::gitio
