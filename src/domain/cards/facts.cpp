// From files of a tip to the facts that lists, search and info show.
#include <algorithm>
#include <boost/json.hpp>
#include <cstring>
#include <set>

#include "base/text.h"
#include "domain/cards/cards.h"
#include "domain/cards/vocabulary.h"

namespace holt::cards {
namespace json = boost::json;

namespace {

constexpr std::uint64_t kCardBytes = 4u << 20;
constexpr std::uint64_t kConfigBytes = 2u << 20;
constexpr std::uint64_t kIndexBytes = 32u << 20;
constexpr std::uint64_t kSafetensorsBytes =
    8u << 20;  // the header of one shard; larger ones are left out
constexpr std::uint64_t kGgufBytes = 16u << 20;
constexpr std::size_t kMostShards = 64;
constexpr std::size_t kMostTags = 500;
constexpr std::size_t kLongestTag = 200;

json::object parse(const std::map<std::string, std::string>& contents, const std::string& path) {
  const auto it = contents.find(path);
  if (it == contents.end()) return {};
  boost::system::error_code error;
  auto value = json::parse(it->second, error, {}, {.max_depth = 64});
  if (error || !value.is_object()) return {};
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  const auto* value = object.if_contains(key);
  if (!value) return out;
  if (value->is_string()) out.emplace_back(value->as_string());
  if (value->is_array())
    for (const auto& item : value->as_array())
      if (item.is_string()) out.emplace_back(item.as_string());
  return out;
}

// A short text as every catalog takes it: no NUL, no half characters.
std::string fact(std::string_view text) {
  if (text.find('\0') != text.npos || !is_utf8(text)) return {};
  return std::string(clip(text, kLongestFact));
}

std::string fact_of(const json::object& object, std::string_view key) {
  return fact(text_of(object, key));
}

bool root_file(std::string_view path) { return path.find('/') == path.npos; }

// Tags in order of first mention, each once.
class TagList {
 public:
  void add(std::string tag) {
    if (tag.empty() || tag.size() > kLongestTag || tags_.size() >= kMostTags ||
        tag.find_first_of(std::string_view("\n\0", 2)) != tag.npos)
      return;
    if (seen_.insert(tag).second) tags_.push_back(std::move(tag));
  }
  void add_all(const std::vector<std::string>& tags, std::string_view prefix = {}) {
    for (const auto& tag : tags) add(std::string(prefix) + tag);
  }
  std::vector<std::string> take() { return std::move(tags_); }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> tags_;
};

void read_safetensors(const std::vector<SourceFile>& files,
                      const std::map<std::string, std::string>& contents, Facts& facts) {
  SafetensorsSummary all;
  for (const auto& file : files) {
    const auto it = contents.find(file.path);
    if (!file.path.ends_with(".safetensors") || it == contents.end() || it->second.size() < 8)
      continue;
    std::uint64_t length = 0;
    std::memcpy(&length, it->second.data(), sizeof length);
    if (length > it->second.size() - 8) return;  // a header that was not read whole: no half truths
    const auto summary = summarize_safetensors(
        std::string_view(it->second).substr(8, static_cast<std::size_t>(length)));
    if (!summary) return;
    for (const auto& [dtype, count] : summary->parameters) {
      auto& of_dtype = all.parameters[dtype];
      if (__builtin_add_overflow(of_dtype, count, &of_dtype)) return;
    }
    if (__builtin_add_overflow(all.total, summary->total, &all.total)) return;
  }
  if (all.parameters.empty()) return;
  json::object by_dtype;
  for (const auto& [dtype, count] : all.parameters) by_dtype[dtype] = count;
  facts.safetensors_json =
      json::serialize(json::object{{"parameters", std::move(by_dtype)}, {"total", all.total}});
  facts.parameters = static_cast<std::int64_t>(std::min<std::uint64_t>(all.total, INT64_MAX));
}

void read_gguf(const std::map<std::string, std::string>& contents, Facts& facts) {
  for (const auto& [path, bytes] : contents) {
    if (!path.ends_with(".gguf")) continue;
    const auto summary = summarize_gguf(as_bytes(bytes));
    if (!summary) continue;
    json::object out{{"total", summary->total_parameters}, {"architecture", summary->architecture}};
    if (summary->context_length) out["context_length"] = summary->context_length;
    if (!summary->chat_template.empty()) out["chat_template"] = summary->chat_template;
    if (!summary->quantize_imatrix_file.empty())
      out["quantize_imatrix_file"] = summary->quantize_imatrix_file;
    facts.gguf_json = json::serialize(out);
    if (!facts.parameters)
      facts.parameters =
          static_cast<std::int64_t>(std::min<std::uint64_t>(summary->total_parameters, INT64_MAX));
    return;
  }
}

// The first paragraph of the card's text, without headings and markup lines.
std::string first_paragraph(std::string_view readme) {
  constexpr std::size_t kLongest = 500;
  auto body = readme;
  if (body.starts_with("---"))
    if (const auto end = body.find("\n---", 3); end != body.npos)
      body = body.substr(std::min(body.size(), body.find('\n', end + 1)));
  std::string out;
  for (auto line : split(body, '\n')) {
    line = trim(line);
    const bool plain = !line.empty() && line[0] != '#' && line[0] != '<' && line[0] != '|' &&
                       line[0] != '!' && line[0] != '[';
    if (!plain) {
      if (!out.empty()) break;
      continue;
    }
    if (!out.empty()) out += ' ';
    out += line;
    if (out.size() > kLongest) break;
  }
  return fact(clip(out, kLongest));
}

void read_config(const json::object& config, const json::object& tokenizer, TagList& tags,
                 Facts& facts) {
  if (config.empty()) return;
  json::object kept;
  const auto architectures = texts_of(config, "architectures");
  if (const auto* list = config.if_contains("architectures")) kept["architectures"] = *list;
  if (const auto type = text_of(config, "model_type"); !type.empty()) {
    kept["model_type"] = type;
    tags.add(type);
  }
  if (const auto* quantization = config.if_contains("quantization_config");
      quantization && quantization->is_object()) {
    json::object q;
    for (auto key : {"quant_method", "bits", "load_in_4bit", "load_in_8bit"})
      if (const auto* value = quantization->as_object().if_contains(key)) q[key] = *value;
    kept["quantization_config"] = std::move(q);
  }
  json::object tokenizer_kept;
  for (auto key :
       {"bos_token", "eos_token", "pad_token", "unk_token", "mask_token", "chat_template"})
    if (const auto* value = tokenizer.if_contains(key)) {
      if (value->is_string() || value->is_null())
        tokenizer_kept[key] = *value;
      else if (value->is_object())
        tokenizer_kept[key] = text_of(value->as_object(), "content");
    }
  if (!tokenizer_kept.empty()) {
    if (const auto* mask = tokenizer_kept.if_contains("mask_token"); mask && mask->is_string())
      facts.mask_token = fact(mask->as_string());
    kept["tokenizer_config"] = std::move(tokenizer_kept);
  }
  facts.config_json = json::serialize(kept);
  if (architectures.empty()) return;
  const auto task = task_of_architecture(architectures.front());
  const auto model = auto_model_of(architectures.front());
  if (facts.library_name.empty()) facts.library_name = "transformers";
  if (facts.pipeline_tag.empty()) facts.pipeline_tag = task;
  if (facts.library_name == "transformers" && !model.empty()) {
    json::object info{{"auto_model", model}};
    if (!task.empty()) info["pipeline_tag"] = task;
    if (!tokenizer.empty()) info["processor"] = "AutoTokenizer";
    facts.transformers_info_json = json::serialize(info);
  }
}

}  // namespace

std::vector<Want> wants(std::string_view repo_type, const std::vector<SourceFile>& files) {
  std::vector<Want> out;
  std::size_t shards = 0;
  bool gguf = false;
  for (const auto& file : files) {
    if (file.path == "README.md") out.push_back({file.path, kCardBytes});
    if (repo_type != "model") continue;
    for (auto name :
         {"config.json", "tokenizer_config.json", "adapter_config.json", "model_index.json"})
      if (file.path == name) out.push_back({file.path, kConfigBytes});
    if (file.path == "model.safetensors.index.json") out.push_back({file.path, kIndexBytes});
    const bool weights = root_file(file.path) && file.path.ends_with(".safetensors") &&
                         !file.path.starts_with("consolidated");
    if (weights && shards++ < kMostShards) out.push_back({file.path, kSafetensorsBytes});
    if (file.path.ends_with(".gguf") && !gguf) {
      gguf = true;
      out.push_back({file.path, kGgufBytes});
    }
  }
  return out;
}

Facts derive_facts(std::string_view repo_type, std::string_view,
                   const std::vector<SourceFile>& files,
                   const std::map<std::string, std::string>& contents) {
  Facts facts;
  TagList tags;
  json::object card;
  if (const auto it = contents.find("README.md"); it != contents.end()) {
    const auto front = parse_front_matter(it->second, repo_type);
    if (front.present && front.errors.empty()) {
      boost::system::error_code error;
      auto value = json::parse(front.json, error, {}, {.max_depth = 80});
      if (!error && value.is_object()) card = std::move(value.as_object());
      if (!card.empty()) facts.card_json = front.json;
    }
    if (repo_type == "dataset") facts.description = first_paragraph(it->second);
  }
  facts.library_name = fact_of(card, "library_name");
  facts.pipeline_tag = fact_of(card, "pipeline_tag");
  facts.pretty_name = fact_of(card, "pretty_name");
  facts.title = fact_of(card, "title");
  facts.emoji = fact_of(card, "emoji");
  facts.sdk = fact_of(card, "sdk");
  if (const auto licenses = texts_of(card, "license"); !licenses.empty())
    facts.license = lower(fact(licenses.front()));

  TagList found;  // libraries whose files are there
  for (const auto& file : files)
    if (const auto library = library_of_file(file.path); !library.empty())
      found.add(std::string(library));

  const auto config = parse(contents, "config.json");
  const auto card_tags = texts_of(card, "tags");
  if (repo_type == "model") {
    if (facts.library_name.empty())
      for (const auto& tag : card_tags)
        if (is_library(tag)) {
          facts.library_name = tag;
          break;
        }
    if (facts.library_name.empty() && contents.contains("adapter_config.json"))
      facts.library_name = "peft";
    if (facts.library_name.empty() && contents.contains("model_index.json"))
      facts.library_name = "diffusers";
    if (facts.pipeline_tag.empty())
      for (const auto& tag : card_tags)
        if (is_task(tag)) {
          facts.pipeline_tag = tag;
          break;
        }
    TagList from_config;
    read_config(config, parse(contents, "tokenizer_config.json"), from_config, facts);
    tags.add(facts.library_name);
    tags.add_all(found.take());
    tags.add_all(from_config.take());
    tags.add(facts.pipeline_tag);
    read_safetensors(files, contents, facts);
    read_gguf(contents, facts);
    if (const auto adapter = parse(contents, "adapter_config.json"); !adapter.empty())
      if (const auto base = text_of(adapter, "base_model_name_or_path");
          !base.empty() && std::ranges::count(base, '/') == 1 && base.front() != '/')
        tags.add("base_model:adapter:" + base);
  }
  tags.add_all(card_tags);
  tags.add_all(texts_of(card, "language"),
               repo_type == "dataset" ? "language:" : "");  // as the Hub has them
  tags.add_all(texts_of(card, "datasets"), "dataset:");
  tags.add_all(texts_of(card, "models"), "model:");
  for (const auto& base : texts_of(card, "base_model")) {
    tags.add("base_model:" + base);
    if (const auto relation = text_of(card, "base_model_relation"); !relation.empty())
      tags.add("base_model:" + relation + ":" + base);
  }
  for (auto key : {"task_categories", "task_ids", "size_categories", "multilinguality",
                   "annotations_creators", "language_creators", "source_datasets"})
    tags.add_all(texts_of(card, key), std::string(key) + ":");
  if (!facts.license.empty()) tags.add("license:" + facts.license);
  if (const auto* index = card.if_contains("model-index")) {
    facts.model_index_json = json::serialize(*index);
    tags.add("model-index");
  }
  if (const auto* widget = card.if_contains("widget")) facts.widget_json = json::serialize(*widget);
  tags.add("region:us");
  facts.tags = tags.take();
  return facts;
}

Tag classify_tag(std::string_view repo_type, std::string_view tag) {
  Tag out{std::string(tag), "other", std::string(tag)};
  const auto colon = tag.find(':');
  if (colon != tag.npos) {
    const auto prefix = tag.substr(0, colon);
    for (auto known :
         {"license", "language", "dataset", "region", "base_model", "model", "task_categories",
          "task_ids", "size_categories", "multilinguality", "annotations_creators",
          "language_creators", "source_datasets", "arxiv", "doi"})
      if (prefix == known) {
        out.type = known;
        out.label = std::string(tag.substr(colon + 1));
      }
    return out;
  }
  if (repo_type == "model" && is_task(tag))
    out.type = "pipeline_tag";
  else if (is_library(tag))
    out.type = "library";
  else if (is_language(tag))
    out.type = "language";
  return out;
}

}  // namespace holt::cards
