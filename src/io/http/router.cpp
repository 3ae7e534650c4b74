// The route table as a trie of path segments, built at registration and read without a lock.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/text.h"
#include "io/http/http.h"

namespace holt::http {
namespace {

constexpr std::size_t kMethods = 7;
constexpr std::size_t kMaxCaptures = 16;

struct Entry {
  const Route* route = nullptr;
  Handler handler;
  std::vector<std::string> names;  // of the captures, in path order
};

struct Node {
  struct Literal {
    std::string text;
    std::unique_ptr<Node> next;
  };
  struct Choice {
    std::vector<std::string> words;
    std::unique_ptr<Node> next;
  };
  struct Affixed {  // {name}.git
    std::string prefix;
    std::string suffix;
    std::unique_ptr<Node> next;
  };
  std::vector<Literal> literals;  // sorted
  std::vector<Choice> choices;
  std::vector<Affixed> affixed;
  std::unique_ptr<Node> any;
  std::unique_ptr<Node> rest;
  std::array<const Entry*, kMethods> entries{};
};

[[noreturn]] void malformed(const Route& route, std::string_view why) {
  throw std::logic_error("route " + std::string(route.id) + " (" + route.path +
                         "): " + std::string(why));
}

std::unique_ptr<Node>& child_of(Node& node, std::string_view segment, const Route& route,
                                std::vector<std::string>& names) {
  const std::size_t open = segment.find('{');
  if (open == std::string_view::npos) {
    if (segment.find('}') != std::string_view::npos) malformed(route, "} without {");
    auto at = std::lower_bound(node.literals.begin(), node.literals.end(), segment,
                               [](const auto& have, auto want) { return have.text < want; });
    if (at == node.literals.end() || at->text != segment) {
      at = node.literals.insert(at, {std::string(segment), nullptr});
    }
    return at->next;
  }
  const std::size_t close = segment.find('}', open);
  if (close == std::string_view::npos) malformed(route, "{ without }");
  const std::string_view prefix = segment.substr(0, open);
  const std::string_view suffix = segment.substr(close + 1);
  std::string_view inner = segment.substr(open + 1, close - open - 1);
  if (suffix.find_first_of("{}") != std::string_view::npos) malformed(route, "two {} in a segment");

  const std::size_t colon = inner.find(':');
  const bool rest = inner.ends_with('*');
  std::string name(inner.substr(0, colon));
  if (rest) name.pop_back();
  if (name.empty()) malformed(route, "a parameter without a name");
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    malformed(route, "parameter " + name + " twice");
  }
  names.push_back(std::move(name));
  if (names.size() > kMaxCaptures) malformed(route, "too many parameters");

  if (rest || colon != std::string_view::npos) {
    if (!prefix.empty() || !suffix.empty()) malformed(route, "text beside {name*} or {name:a|b}");
  }
  if (rest) return node.rest;
  if (colon != std::string_view::npos) {
    std::vector<std::string> words;
    for (const auto word : split(inner.substr(colon + 1), '|')) {
      if (word.empty()) malformed(route, "an empty alternative");
      words.emplace_back(word);
    }
    for (auto& choice : node.choices) {
      if (choice.words == words) return choice.next;
    }
    return node.choices.emplace_back(std::move(words), nullptr).next;
  }
  if (prefix.empty() && suffix.empty()) return node.any;
  for (auto& affixed : node.affixed) {
    if (affixed.prefix == prefix && affixed.suffix == suffix) return affixed.next;
  }
  return node.affixed.emplace_back(std::string(prefix), std::string(suffix), nullptr).next;
}

// One walk down the trie. Tries the narrower child first and comes back when the rest does not fit.
class Search {
 public:
  Search(Method method) : method_(static_cast<std::size_t>(method)) {}

  const Entry* walk(const Node& node, std::string_view path) {
    if (path.empty()) return entry_of(node);
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    const std::string_view after = path.substr(segment.size());

    const auto literal = std::lower_bound(
        node.literals.begin(), node.literals.end(), segment,
        [](const auto& have, auto want) { return std::string_view(have.text) < want; });
    if (literal != node.literals.end() && literal->text == segment) {
      if (const Entry* found = walk(*literal->next, after)) return found;
    }
    if (segment.empty()) return walk_rest(node, path);
    for (const auto& choice : node.choices) {
      if (std::find(choice.words.begin(), choice.words.end(), segment) == choice.words.end()) {
        continue;
      }
      if (const Entry* found = walk_captured(*choice.next, segment, after)) return found;
    }
    for (const auto& affixed : node.affixed) {
      const std::size_t around = affixed.prefix.size() + affixed.suffix.size();
      if (segment.size() <= around || !segment.starts_with(affixed.prefix) ||
          !segment.ends_with(affixed.suffix)) {
        continue;
      }
      const auto value = segment.substr(affixed.prefix.size(), segment.size() - around);
      if (const Entry* found = walk_captured(*affixed.next, value, after)) return found;
    }
    if (node.any) {
      if (const Entry* found = walk_captured(*node.any, segment, after)) return found;
    }
    return walk_rest(node, path);
  }

  const std::array<std::string_view, kMaxCaptures>& captures() const { return captures_; }
  std::uint32_t other_methods() const { return other_methods_; }

 private:
  const Entry* walk_captured(const Node& node, std::string_view value, std::string_view after) {
    captures_[count_++] = value;
    const Entry* found = walk(node, after);
    if (found == nullptr) --count_;
    return found;
  }

  const Entry* walk_rest(const Node& node, std::string_view path) {
    if (!node.rest || path.empty()) return nullptr;
    return walk_captured(*node.rest, path, {});
  }

  const Entry* entry_of(const Node& node) {
    if (node.entries[method_] != nullptr) return node.entries[method_];
    constexpr auto kGet = static_cast<std::size_t>(Method::get);
    if (method_ == static_cast<std::size_t>(Method::head) && node.entries[kGet] != nullptr) {
      return node.entries[kGet];
    }
    for (std::size_t i = 0; i < kMethods; ++i) {
      if (node.entries[i] != nullptr) other_methods_ |= 1U << i;
    }
    return nullptr;
  }

  std::size_t method_;
  std::size_t count_ = 0;
  std::array<std::string_view, kMaxCaptures> captures_{};
  std::uint32_t other_methods_ = 0;
};

std::unexpected<Error> nothing_there(Method method, std::string_view path,
                                     std::uint32_t other_methods) {
  Error error;
  if (other_methods == 0) {
    error.kind = Kind::not_found;
    error.message = "There is nothing at " + std::string(clip(path, 200)) + ".";
    return fail(std::move(error));
  }
  std::string allowed;
  for (std::size_t i = 0; i < kMethods; ++i) {
    if ((other_methods >> i & 1U) == 0) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += method_name(static_cast<Method>(i));
    if (static_cast<Method>(i) == Method::get) allowed += ", HEAD";
  }
  error.kind = Kind::method_not_allowed;
  error.message = std::string(method_name(method)) + " is not possible at " +
                  std::string(clip(path, 200)) + "; possible: " + allowed + ".";
  error.headers.emplace_back("Allow", std::move(allowed));
  return fail(std::move(error));
}

Result<void> decode_into(std::map<std::string, std::string, std::less<>>& params,
                         const std::string& name, std::string_view raw) {
  std::string value(raw);
  if (raw.find('%') != std::string_view::npos) {
    auto decoded = percent_decode(raw);
    if (!decoded) {
      return fail(Kind::invalid, "The address holds a malformed % escape in \"" +
                                     std::string(clip(raw, 100)) + "\" (" + name + ").");
    }
    value = std::move(*decoded);
  }
  if (value.find('\0') != std::string::npos || !is_utf8(value)) {
    return fail(Kind::invalid, "The address's " + name + " is not UTF-8 text without NUL: \"" +
                                   std::string(clip(raw, 100)) + "\".");
  }
  params.emplace_hint(params.end(), name, std::move(value));
  return {};
}

}  // namespace

struct Router::Impl {
  Node root;
  std::vector<std::unique_ptr<Route>> routes;
  std::vector<std::unique_ptr<Entry>> entries;
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;

void Router::add(Route route, Handler handler) {
  auto owned = std::make_unique<Route>(std::move(route));
  const Route& added = *owned;
  if (!added.path.starts_with('/')) malformed(added, "a path starts with /");
  if (!handler) malformed(added, "no handler");
  if (added.body == BodyPolicy::sink && !added.open_sink) malformed(added, "no open_sink");
  auto entry = std::make_unique<Entry>();
  entry->route = &added;
  entry->handler = std::move(handler);

  Node* node = &impl_->root;
  if (added.path != "/") {
    bool ended = false;
    for (const auto segment : split(std::string_view(added.path).substr(1), '/')) {
      if (segment.empty()) malformed(added, "an empty segment");
      if (ended) malformed(added, "{name*} is the last segment");
      auto& next = child_of(*node, segment, added, entry->names);
      ended = segment.ends_with("*}");
      if (!next) next = std::make_unique<Node>();
      node = next.get();
    }
  }
  const Entry*& slot = node->entries[static_cast<std::size_t>(added.method)];
  if (slot != nullptr) malformed(added, "the same as route " + std::string(slot->route->id));
  slot = entry.get();
  impl_->entries.push_back(std::move(entry));
  impl_->routes.push_back(std::move(owned));
}

Result<Router::Match> Router::match(Method method, std::string_view path) const {
  std::string_view steps = path == "/" ? std::string_view() : path;
  if (!path.starts_with('/')) return nothing_there(method, path, 0);
  Search search(method);
  const Entry* found = search.walk(impl_->root, steps);
  if (found == nullptr && steps.ends_with('/')) {
    // "/api/models/" means "/api/models" when nothing is registered for the longer one.
    steps.remove_suffix(1);
    found = search.walk(impl_->root, steps);
  }
  if (found == nullptr) return nothing_there(method, path, search.other_methods());
  Match match;
  match.route = found->route;
  match.handler = &found->handler;
  for (std::size_t i = 0; i < found->names.size(); ++i) {
    TRY_VOID(decode_into(match.params, found->names[i], search.captures()[i]));
  }
  return match;
}

const std::vector<std::unique_ptr<Route>>& Router::routes() const { return impl_->routes; }

}  // namespace holt::http
