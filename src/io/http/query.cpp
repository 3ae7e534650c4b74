// Query strings and form bodies: `a=1&b=2`, decoded, in order.
#include "base/text.h"
#include "io/http/http.h"

namespace holt::http {
namespace {

// A malformed escape is taken as the text it is: a search for "100%" should find something.
std::string decoded(std::string_view text) {
  if (text.find_first_of("%+") == std::string_view::npos) return std::string(text);
  return form_decode(text).value_or(std::string(text));
}

}  // namespace

Query Query::parse(std::string_view encoded) {
  Query query;
  while (!encoded.empty()) {
    const std::size_t end = encoded.find('&');
    const std::string_view pair = encoded.substr(0, end);
    encoded.remove_prefix(end == std::string_view::npos ? encoded.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::string name = decoded(pair.substr(0, equals));
    if (name.ends_with("[]")) name.resize(name.size() - 2);
    query.pairs_.emplace_back(std::move(name), equals == std::string_view::npos
                                                   ? std::string()
                                                   : decoded(pair.substr(equals + 1)));
  }
  return query;
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (auto it = pairs_.rbegin(); it != pairs_.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : pairs_) {
    if (key == name) values.emplace_back(value);
  }
  return values;
}

std::vector<std::string> Query::list(std::string_view name) const {
  std::vector<std::string> items;
  for (const std::string_view value : all(name)) {
    for (const std::string_view part : split(value, ',')) {
      if (const auto item = trim(part); !item.empty()) items.emplace_back(item);
    }
  }
  return items;
}

bool Query::flag(std::string_view name, bool when_absent) const {
  const auto value = get(name);
  if (!value) return when_absent;
  return *value == "1" || equal_ignoring_case(*value, "true") || equal_ignoring_case(*value, "yes");
}

}  // namespace holt::http
