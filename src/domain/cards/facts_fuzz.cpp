// Facts from the files of a repository, whatever they hold: text and JSON that any catalog and any
// client takes. Input: the type of the repository, then each file's name from a fixed list and its
// text, with a byte 0xFF before each.
#include <boost/json.hpp>

#include "base/text.h"
#include "domain/cards/cards.h"

namespace {

namespace cards = holt::cards;

constexpr std::string_view kNames[] = {"README.md",
                                       "config.json",
                                       "tokenizer_config.json",
                                       "adapter_config.json",
                                       "model_index.json",
                                       "model.safetensors",
                                       "model.safetensors.index.json",
                                       "m.gguf",
                                       "pytorch_model.bin",
                                       "model.onnx",
                                       "vocab.txt",
                                       "training_args.bin"};
constexpr std::string_view kTypes[] = {"model", "dataset", "space", "kernel"};

void check_text(const std::string& text) {
  CHECK(holt::is_utf8(text) && text.find('\0') == std::string::npos);
}

void check_json(const std::string& text) {
  check_text(text);
  if (text.empty()) return;
  boost::system::error_code error;
  static_cast<void>(boost::json::parse(text, error, {}, {.max_depth = 80}));
  CHECK(!error);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto type = kTypes[data[0] % 4];
  std::vector<cards::SourceFile> files;
  std::map<std::string, std::string> given, contents;
  for (const auto part : holt::split(holt::as_text({data + 1, size - 1}), '\xFF')) {
    if (part.empty()) continue;
    const std::string name(kNames[static_cast<std::uint8_t>(part[0]) % std::size(kNames)]);
    if (!given.emplace(name, part.substr(1)).second) continue;
    files.push_back({name, part.size() - 1});
  }
  for (const auto& want : cards::wants(type, files)) {
    auto text = given[want.path];
    if (want.path.ends_with(".safetensors") && !text.empty() && text[0] == '{') {
      // The length that stands before a header.
      std::string length(8, '\0');
      for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i));
      text = length + text;
    }
    contents[want.path] = std::move(text);
  }
  const auto facts = cards::derive_facts(type, "owner/name", files, contents);
  for (const auto* json :
       {&facts.card_json, &facts.config_json, &facts.transformers_info_json,
        &facts.safetensors_json, &facts.gguf_json, &facts.widget_json, &facts.model_index_json})
    check_json(*json);
  for (const auto* text :
       {&facts.library_name, &facts.pipeline_tag, &facts.license, &facts.mask_token, &facts.title,
        &facts.emoji, &facts.sdk, &facts.description, &facts.pretty_name}) {
    check_text(*text);
    CHECK(text->size() <= cards::kLongestFact);
  }
  CHECK(facts.tags.size() <= 500);
  for (const auto& tag : facts.tags) {
    check_text(tag);
    CHECK(!tag.empty() && tag.size() <= 200);
    CHECK(cards::classify_tag(type, tag).id == tag);
  }
  CHECK(facts.parameters >= 0);
  return 0;
}
