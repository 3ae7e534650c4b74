// JSON shapes of the pages room.
#include "domain/pages/wire.h"

#include <algorithm>
#include <boost/json.hpp>

namespace holt::pages::wire {
namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

// "/acme/bert", "/datasets/acme/rows": relative addresses are written behind it, so that nothing
// else may stand there.
bool is_web_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= 300 && text.find("//") == text.npos &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '/' || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace

Result<PreviewBody> read_preview(std::string_view body) {
  boost::system::error_code error;
  const auto value = json::parse(body, error, {}, {.max_depth = 8});
  if (error || !value.is_object())
    return fail(Kind::invalid, "The request body is a JSON object with \"text\".");
  const auto& object = value.as_object();
  auto repo = text_of(object, "repo");
  if (!is_web_path(repo)) repo.clear();
  return PreviewBody{text_of(object, "text"), {std::move(repo), "main", {}}};
}

std::string rendered(const Rendered& rendered, std::string_view commit) {
  return json::serialize(json::object{{"html", *rendered.html},
                                      {"path", rendered.path},
                                      {"cut", rendered.cut},
                                      {"commit", commit}});
}

std::string preview(std::string_view html) { return json::serialize(json::object{{"html", html}}); }

}  // namespace holt::pages::wire
