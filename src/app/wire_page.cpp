// JSON inside of pages.
#include "app/wire_page.h"

#include <boost/json.hpp>

namespace holt::app::wire {
namespace json = boost::json;

namespace {

// As web/src/lib/features/repos/repo.ts asks for them.
std::vector<std::string> shown_facts(repos::Type type) {
  if (type == repos::Type::kernel)
    return {"author", "cardData", "createdAt", "lastModified", "private", "sha", "tags"};
  std::vector<std::string> out{"author", "cardData", "createdAt", "lastModified", "disabled",
                               "likes",  "private",  "sha",       "tags",         "usedStorage"};
  const auto add = [&](std::initializer_list<const char*> names) {
    out.insert(out.end(), names.begin(), names.end());
  };
  if (type == repos::Type::space) {
    add({"sdk"});
    return out;
  }
  add({"downloads", "downloadsAllTime", "gated"});
  if (type == repos::Type::dataset) add({"description"});
  if (type == repos::Type::model)
    add({"config", "gguf", "library_name", "model-index", "pipeline_tag", "safetensors"});
  return out;
}

}  // namespace

std::string served(const repos::Repo& repo, const std::optional<std::optional<ServedCard>>& card) {
  repos::InfoView view;
  view.expand = shown_facts(repo.id.type);
  json::object out{{"base", repo.id.web_path()}, {"info", json::parse(info_json(repo, view))}};
  if (card && *card)
    out["card"] =
        json::object{{"path", (*card)->path}, {"commit", (*card)->commit}, {"cut", (*card)->cut}};
  else if (card)
    out["card"] = nullptr;
  std::string text = json::serialize(out);
  // Nothing in it ends the element that it stands in.
  for (std::size_t at = 0; (at = text.find('<', at)) != text.npos;) text.replace(at, 1, "\\u003c");
  return text;
}

}  // namespace holt::app::wire
