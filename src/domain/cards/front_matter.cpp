// README front matter: the YAML between two lines of dashes, and what a card may say in it.
#include <boost/json.hpp>

#include "base/text.h"
#include "domain/cards/cards.h"
#include "domain/cards/vocabulary.h"
#include "domain/cards/yaml.h"

namespace holt::cards {
namespace json = boost::json;

namespace {

constexpr std::size_t kMostProblems = 20;  // told at once

// The text between the dashes; nullopt when the README does not start with front matter.
std::optional<std::string_view> find_yaml(std::string_view readme, bool& unterminated) {
  if (readme.starts_with("\xEF\xBB\xBF")) readme.remove_prefix(3);
  std::size_t start = readme.find_first_not_of(" \t\r\n");
  if (start == readme.npos || !readme.substr(start).starts_with("---")) return std::nullopt;
  const auto line_end = readme.find('\n', start);
  if (line_end == readme.npos || !trim(readme.substr(start + 3, line_end - start - 3)).empty())
    return std::nullopt;
  const std::size_t body = line_end + 1;
  for (std::size_t at = body; at <= readme.size();) {
    const auto end = std::min(readme.find('\n', at), readme.size());
    auto line = readme.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "---") return readme.substr(body, at - body);
    at = end + 1;
  }
  unterminated = true;
  return std::nullopt;
}

bool is_text_or_texts(const json::value& value) {
  if (value.is_null() || value.is_string()) return true;
  if (!value.is_array()) return false;
  for (const auto& item : value.as_array())
    if (!item.is_string()) return false;
  return true;
}

void complain(FrontMatter& out, std::string problem) {
  if (out.errors.size() < kMostProblems) out.errors.push_back(std::move(problem));
}

void check_license(const json::value& value, FrontMatter& out) {
  const auto check = [&](const json::value& one) {
    if (!one.is_string() || !is_license(lower(std::string_view(one.as_string()))))
      complain(
          out,
          "\"license\" must be one of [" + std::string(license_list()) +
              "]. For a license of your own use \"other\" with license_name and license_link.");
  };
  if (value.is_null()) return;
  if (!value.is_array()) return check(value);
  for (const auto& one : value.as_array())
    if (out.errors.empty()) check(one);  // it lists all licenses: once is enough
}

void check_model_index(const json::value& value, FrontMatter& out) {
  if (value.is_null()) return;
  if (!value.is_array()) {
    complain(out, "\"model-index\" must be an array");
    return;
  }
  for (const auto& model : value.as_array()) {
    if (!model.is_object()) {
      complain(out, "\"model-index\" must hold objects");
      return;
    }
    const auto* name = model.as_object().if_contains("name");
    if (!name || !(name->is_string() || name->is_number()))
      complain(out, "\"model-index[].name\" is required");
    const auto* results = model.as_object().if_contains("results");
    if (!results || !results->is_array()) {
      complain(out, "\"model-index[].results\" is required");
      continue;
    }
    for (const auto& result : results->as_array())
      for (auto key : {"task", "metrics"})
        if (!result.is_object() || !result.as_object().contains(key)) {
          complain(out, "\"model-index[].results[]." + std::string(key) + "\" is required");
          return;
        }
  }
}

void check(const json::object& card, std::string_view repo_type, FrontMatter& out) {
  if (const auto* license = card.if_contains("license")) check_license(*license, out);
  for (auto key :
       {"language", "tags", "datasets", "metrics", "base_model", "task_categories", "models"})
    if (const auto* value = card.if_contains(key); value && !is_text_or_texts(*value))
      complain(out, "\"" + std::string(key) + "\" must be a string or a list of strings");
  for (auto key : {"library_name", "pipeline_tag", "pretty_name"})
    if (const auto* value = card.if_contains(key);
        value && !value->is_null() && !value->is_string())
      complain(out, "\"" + std::string(key) + "\" must be a string");
  if (const auto* index = card.if_contains("model-index")) check_model_index(*index, out);
  if (repo_type == "model" && !card.contains("license"))
    out.warnings.push_back(
        "empty or missing license: say under which terms this model may be used");
  if (const auto* task = card.if_contains("pipeline_tag");
      task && task->is_string() && !is_task(std::string_view(task->as_string())))
    out.warnings.push_back("\"pipeline_tag\" is not a task this hub knows");
}

}  // namespace

FrontMatter parse_front_matter(std::string_view readme, std::string_view repo_type) {
  FrontMatter out;
  bool unterminated = false;
  const auto yaml = find_yaml(readme, unterminated);
  if (!yaml) {
    if (unterminated)
      out.warnings.push_back(
          "the metadata block at the top is not closed by a line of three dashes");
    else
      out.warnings.push_back("empty or missing yaml metadata in repo card");
    return out;
  }
  out.present = true;
  // The first line is that of the dashes.
  const auto value = read_yaml(*yaml, 2);
  if (!value) {
    out.errors.push_back(value.error().message);
  } else if (value->is_object()) {
    check(value->as_object(), repo_type, out);
    out.json = json::serialize(*value);
  } else if (!value->is_null()) {
    out.errors.push_back("the metadata block must be a mapping");
  }
  return out;
}

}  // namespace holt::cards
