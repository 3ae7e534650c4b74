// .gitignore (gitignore(5)).
#include <algorithm>

#include "io/gitio/gitio.h"
#include "io/gitio/pattern.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostRules = 10'000;

// White space at the end counts only behind a backslash.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size())
      ++i;
    else if (line[i] == ' ')
      continue;
    end = i + 1;
  }
  return line.substr(0, end);
}

}  // namespace

struct Ignores::Impl {
  struct Rule {
    Pattern pattern;
    bool negated;
  };
  std::vector<Rule> rules;
};

Ignores::Ignores(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Ignores::Ignores(Ignores&&) noexcept = default;
Ignores& Ignores::operator=(Ignores&&) noexcept = default;
Ignores::~Ignores() = default;

Ignores Ignores::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  text = text.substr(0, kMostBytes);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && impl->rules.size() < kMostRules) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) continue;
    line = without_trailing_spaces(line);
    const bool negated = line.starts_with('!');
    if (negated) line.remove_prefix(1);
    if (!line.empty()) impl->rules.push_back({Pattern(line), negated});
  }
  return Ignores(std::move(impl));
}

bool Ignores::is_ignored(std::string_view path) const {
  const bool folder = path.ends_with('/');
  if (folder) path.remove_suffix(1);
  const PatternPath split_path(path, folder);
  // For the path and each folder above it the last rule that matches decides.
  std::vector<bool> decided(split_path.ends.size(), false);
  std::vector<bool> matched;
  std::size_t left = decided.size();
  for (auto rule = impl_->rules.rbegin(); rule != impl_->rules.rend() && left > 0; ++rule) {
    rule->pattern.match_all(split_path, matched);
    for (std::size_t i = 0; i < matched.size(); ++i) {
      if (!matched[i] || decided[i]) continue;
      // Below an ignored folder nothing is looked at, so nothing can be taken back.
      if (!rule->negated) return true;
      decided[i] = true;
      --left;
    }
  }
  return false;
}

}  // namespace holt::gitio
