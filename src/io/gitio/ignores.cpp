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
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    else if (line[i] == ' ') continue;
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

  // The last rule that matches decides.
  bool ignores(const PatternPath& path) const {
    for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
      if (rule->pattern.matches(path)) return !rule->negated;
    }
    return false;
  }
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
  // Below an ignored folder nothing is looked at, so nothing can be taken back.
  for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    if (impl_->ignores(PatternPath(path.substr(0, slash), true))) return true;
  }
  return impl_->ignores(PatternPath(path, folder));
}

}  // namespace holt::gitio
