// README front matter: YAML between two lines of dashes, bounded, turned into JSON and checked.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include "base/text.h"
#include "domain/cards/cards.h"
#include "domain/cards/vocabulary.h"

namespace holt::cards {
namespace json = boost::json;

namespace {

constexpr std::size_t kLongestYaml = 1u << 20;
constexpr std::size_t kMostNodes = 50'000;
constexpr int kDeepest = 64;
constexpr std::size_t kMostAliases = 100;

constexpr auto kTooDeep = "nested deeper than 64 levels";
constexpr auto kTooMany = "more than 50,000 values (aliases counted each time)";

struct Refused {
  std::string why;
};

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

// Plain scalars by YAML 1.2's core schema, as JavaScript's parser reads them: "no" and "yes" are
// words.
json::value scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return json::value(text);  // quoted
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text == ".nan" || text == ".NaN" || text == ".inf" || text == "-.inf")
    return json::value(text);
  std::int64_t integer = 0;
  const char* const first = text.data() + (text.front() == '+' ? 1 : 0);
  const char* const last = text.data() + text.size();
  if (auto [end, error] = std::from_chars(first, last, integer);
      error == std::errc() && end == last)
    return integer;
  const bool numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  double real = 0;
  if (numeric)
    if (auto [end, error] = std::from_chars(first, last, real);
        error == std::errc() && end == last && std::isfinite(real))
      return real;
  return json::value(text);
}

// yaml-cpp shares nodes between aliases; copying them out again is where a small file could grow
// huge.
json::value to_json(const YAML::Node& node, int depth, std::size_t& nodes) {
  if (depth > kDeepest) throw Refused{kTooDeep};
  if (++nodes > kMostNodes) throw Refused{kTooMany};
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return nullptr;
    case YAML::NodeType::Scalar:
      return scalar_of(node);
    case YAML::NodeType::Sequence: {
      json::array list;
      for (const auto& item : node) list.push_back(to_json(item, depth + 1, nodes));
      return list;
    }
    case YAML::NodeType::Map: {
      json::object object;
      for (const auto& pair : node) {
        if (!pair.first.IsScalar()) throw Refused{"a mapping key that is not plain text"};
        const std::string& key = pair.first.Scalar();
        if (object.contains(key)) throw Refused{"duplicated mapping key \"" + key + "\""};
        object[key] = to_json(pair.second, depth + 1, nodes);
      }
      return object;
    }
  }
  return nullptr;
}

// Looks over the text before anything is made of it: a node takes hundreds of bytes of memory, and
// a character of text may be one.
class Bounds : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { count(); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { count(); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    count();
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    enter();
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    enter();
  }
  void OnMapEnd() override { --depth_; }

 private:
  // Keys are counted here, and not where the values are: twice the bound is surely past it.
  void count() {
    if (++nodes_ > 2 * kMostNodes) throw Refused{kTooMany};
  }
  void enter() {
    count();
    if (++depth_ > kDeepest + 1) throw Refused{kTooDeep};
  }
  std::size_t nodes_ = 0;
  int depth_ = 0;
};

std::size_t count_aliases(std::string_view yaml) {
  std::size_t count = 0;
  for (std::size_t at = 0; at + 1 < yaml.size(); ++at)
    if (yaml[at] == '*' &&
        (at == 0 || yaml[at - 1] == ' ' || yaml[at - 1] == '[' || yaml[at - 1] == ',' ||
         yaml[at - 1] == '\n') &&
        yaml[at + 1] != ' ' && yaml[at + 1] != '*' && yaml[at + 1] != '\n')
      ++count;
  return count;
}

bool is_text_or_texts(const json::value& value) {
  if (value.is_null() || value.is_string()) return true;
  if (!value.is_array()) return false;
  for (const auto& item : value.as_array())
    if (!item.is_string()) return false;
  return true;
}

void check_license(const json::value& value, FrontMatter& out) {
  const auto check = [&](const json::value& one) {
    if (!one.is_string() || !is_license(lower(std::string_view(one.as_string()))))
      out.errors.push_back(
          "\"license\" must be one of [" + std::string(license_list()) +
          "]. For a license of your own use \"other\" with license_name and license_link.");
  };
  if (value.is_null()) return;
  if (!value.is_array()) return check(value);
  for (const auto& one : value.as_array()) check(one);
}

void check_model_index(const json::value& value, FrontMatter& out) {
  if (value.is_null()) return;
  if (!value.is_array()) {
    out.errors.push_back("\"model-index\" must be an array");
    return;
  }
  for (const auto& model : value.as_array()) {
    if (!model.is_object()) {
      out.errors.push_back("\"model-index\" must hold objects");
      return;
    }
    const auto* name = model.as_object().if_contains("name");
    if (!name || !(name->is_string() || name->is_number()))
      out.errors.push_back("\"model-index[].name\" is required");
    const auto* results = model.as_object().if_contains("results");
    if (!results || !results->is_array()) {
      out.errors.push_back("\"model-index[].results\" is required");
      continue;
    }
    for (const auto& result : results->as_array())
      for (auto key : {"task", "metrics"})
        if (!result.is_object() || !result.as_object().contains(key)) {
          out.errors.push_back("\"model-index[].results[]." + std::string(key) + "\" is required");
          return;
        }
  }
}

void check(const json::object& card, std::string_view repo_type, FrontMatter& out) {
  if (const auto* license = card.if_contains("license")) check_license(*license, out);
  for (auto key :
       {"language", "tags", "datasets", "metrics", "base_model", "task_categories", "models"})
    if (const auto* value = card.if_contains(key); value && !is_text_or_texts(*value))
      out.errors.push_back("\"" + std::string(key) + "\" must be a string or a list of strings");
  for (auto key : {"library_name", "pipeline_tag", "pretty_name"})
    if (const auto* value = card.if_contains(key);
        value && !value->is_null() && !value->is_string())
      out.errors.push_back("\"" + std::string(key) + "\" must be a string");
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
  if (yaml->size() > kLongestYaml) {
    out.errors.push_back("the metadata block is longer than 1 MiB");
    return out;
  }
  if (count_aliases(*yaml) > kMostAliases) {
    out.errors.push_back("the metadata block uses more than 100 aliases");
    return out;
  }
  try {
    const std::string text(*yaml);
    Bounds bounds;
    std::istringstream stream(text);
    YAML::Parser(stream).HandleNextDocument(bounds);
    const YAML::Node root = YAML::Load(text);
    std::size_t nodes = 0;
    const auto value = to_json(root, 0, nodes);
    if (value.is_null()) return out;
    if (!value.is_object()) {
      out.errors.push_back("the metadata block must be a mapping");
      return out;
    }
    check(value.as_object(), repo_type, out);
    out.json = json::serialize(value);
  } catch (const Refused& refused) {
    out.errors.push_back(refused.why);
  } catch (const YAML::Exception& error) {
    out.errors.push_back("invalid YAML at line " + std::to_string(error.mark.line + 2) + ": " +
                         error.msg);
  }
  return out;
}

}  // namespace holt::cards
