// What a repository's files say about it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "domain/cards/cards.h"

namespace holt::cards {
namespace {

std::string safetensors_file(const std::string& header) {
  std::string out(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(out.data(), &length, 8);
  return out + header;
}

TEST(FrontMatter, words_that_yaml_1_1_would_twist_stay_words) {
  const auto card = parse_front_matter(
      "---\nlanguage: no\ntags:\n- yes\n- \"1\"\nlicense: mit\nn: 3\nf: 0.5\n---\n# Hi\n", "model");
  EXPECT_TRUE(card.errors.empty()) << card.errors.front();
  EXPECT_EQ(card.json, R"({"language":"no","tags":["yes","1"],"license":"mit","n":3,"f":5E-1})");
}

TEST(FrontMatter, a_readme_without_metadata_is_acceptable) {
  const auto card = parse_front_matter("# Title\n\ntext --- with dashes\n", "model");
  EXPECT_FALSE(card.present);
  EXPECT_TRUE(card.errors.empty());
  EXPECT_EQ(card.warnings.size(), 1u);
}

TEST(FrontMatter, an_unknown_licence_is_refused_with_the_list) {
  const auto card = parse_front_matter("---\nlicense: asdf\n---\n", "model");
  ASSERT_EQ(card.errors.size(), 1u);
  EXPECT_TRUE(card.errors[0].starts_with("\"license\" must be one of [")) << card.errors[0];
}

TEST(FrontMatter, broken_yaml_names_its_line) {
  const auto card = parse_front_matter("---\na: 1\nb: [1, 2\n---\n", "model");
  ASSERT_EQ(card.errors.size(), 1u);
  EXPECT_NE(card.errors[0].find("line"), std::string::npos);
}

TEST(FrontMatter, duplicated_keys_are_refused) {
  EXPECT_FALSE(parse_front_matter("---\na: 1\na: 2\n---\n", "model").errors.empty());
}

TEST(FrontMatter, alias_bombs_and_deep_nesting_are_refused_quickly) {
  std::string bomb = "---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_FALSE(parse_front_matter(bomb + "---\n", "model").errors.empty());
  EXPECT_FALSE(parse_front_matter("---\na: " + std::string(100'000, '[') + "\n---\n", "model")
                   .errors.empty());
}

TEST(FrontMatter, a_long_text_that_many_aliases_repeat_is_refused_before_it_fills_memory) {
  // 300 KB on disk; written out, 8 x 8 x 8 x 300 KB.
  std::string bomb = "---\na: &a \"" + std::string(300'000, 'x') + "\"\n";
  for (const char* line : {"b: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n", "c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n",
                           "d: [*c,*c,*c,*c,*c,*c,*c,*c]\n"})
    bomb += line;
  const auto card = parse_front_matter(bomb + "---\n", "model");
  ASSERT_EQ(card.errors.size(), 1u);
  EXPECT_EQ(card.errors[0], "more than 4 MiB of values (aliases counted each time)");
}

TEST(FrontMatter, aliases_stand_for_what_they_name) {
  const auto card = parse_front_matter(
      "---\na: &x {k: [1, two]}\nb: *x\nc: [&y word, *y]\n*y : key\n---\n", "model");
  ASSERT_TRUE(card.errors.empty()) << card.errors[0];
  EXPECT_EQ(card.json,
            R"({"a":{"k":[1,"two"]},"b":{"k":[1,"two"]},"c":["word","word"],"word":"key"})");
  EXPECT_EQ(parse_front_matter("---\na: &x [*x]\n---\n", "model").errors.size(), 1u);
  // Depth is that of the text written out.
  std::string deep = "---\na: &a " + std::string(40, '[') + std::string(40, ']') + "\nb: ";
  deep += std::string(40, '[') + "*a" + std::string(40, ']') + "\n---\n";
  EXPECT_EQ(parse_front_matter(deep, "model").errors.size(), 1u);
}

TEST(FrontMatter, bytes_that_are_no_text_are_refused) {
  for (const std::string& block : {std::string("title: caf\xe9\n"), std::string("a: \0\n", 5)})
    EXPECT_EQ(parse_front_matter("---\n" + block + "---\n", "model").errors,
              std::vector<std::string>{"the metadata block is not UTF-8 text"});
  // The parser's own words quote half a character here.
  for (const auto& error : parse_front_matter("---\na: \"\\é\"\n---\n", "model").errors)
    EXPECT_TRUE(is_utf8(error)) << error;
}

TEST(FrontMatter, a_list_of_wrong_words_is_not_answered_with_megabytes) {
  std::string card = "---\nlicense: [";
  for (int i = 0; i < 10'000; ++i) card += "x,";
  card += "x]\nmodel-index: [";
  for (int i = 0; i < 10'000; ++i) card += "{},";
  const auto read = parse_front_matter(card + "{}]\n---\n", "model");
  EXPECT_GT(read.errors.size(), 1u);
  EXPECT_LE(read.errors.size(), 20u);
}

TEST(Safetensors, parameters_are_counted_by_dtype) {
  const auto summary = summarize_safetensors(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[],"data_offsets":[12,16]}})");
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->parameters.at("BF16"), 6u);
  EXPECT_EQ(summary->parameters.at("F32"), 1u);
  EXPECT_EQ(summary->total, 7u);
}

TEST(Safetensors, overflowing_shapes_are_refused) {
  EXPECT_FALSE(summarize_safetensors(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,2]}})")
                   .has_value());
}

TEST(Safetensors, types_that_are_no_types_are_refused) {
  EXPECT_FALSE(
      summarize_safetensors(R"({"a":{"dtype":")" + std::string(33, 'F') + R"(","shape":[1]}})")
          .has_value());
  std::string many = "{";
  for (int i = 0; i < 65; ++i)
    many += (i ? "," : "") + ("\"t" + std::to_string(i) + "\":{\"dtype\":\"T" + std::to_string(i)) +
            "\",\"shape\":[1]}";
  EXPECT_FALSE(summarize_safetensors(many + "}").has_value());
}

TEST(Gguf, metadata_and_parameters_are_read) {
  std::string file = "GGUF";
  const auto put = [&](auto value) {
    file.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto text = [&](std::string_view t) {
    put(std::uint64_t{t.size()});
    file += t;
  };
  put(std::uint32_t{3});
  put(std::uint64_t{1});
  put(std::uint64_t{3});
  text("general.architecture");
  put(std::uint32_t{8});
  text("llama");
  text("llama.context_length");
  put(std::uint32_t{4});
  put(std::uint32_t{4096});
  text("tokenizer.ggml.tokens");
  put(std::uint32_t{9});
  put(std::uint32_t{8});
  put(std::uint64_t{2});
  text("a");
  text("b");
  text("blk.0.weight");
  put(std::uint32_t{2});
  put(std::uint64_t{32});
  put(std::uint64_t{64});
  put(std::uint32_t{0});
  put(std::uint64_t{0});
  const auto summary = summarize_gguf(as_bytes(file));
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->architecture, "llama");
  EXPECT_EQ(summary->context_length, 4096u);
  EXPECT_EQ(summary->total_parameters, 2048u);
  for (std::size_t cut = 0; cut < file.size(); ++cut)
    EXPECT_FALSE(summarize_gguf(as_bytes(std::string_view(file).substr(0, cut))).has_value());
}

TEST(Facts, a_transformers_model_gets_its_tags) {
  const std::vector<SourceFile> files{
      {"README.md", 100}, {"config.json", 100}, {"model.safetensors", 100}};
  const auto facts = derive_facts(
      "model", "acme/bert", files,
      {{"README.md",
        "---\nlicense: apache-2.0\nlanguage: [en, fr]\ndatasets: glue\nbase_model: "
        "acme/base\n---\n# Bert\n"},
       {"config.json", R"({"architectures":["BertForMaskedLM"],"model_type":"bert"})"},
       {"model.safetensors",
        safetensors_file(R"({"w":{"dtype":"F16","shape":[10],"data_offsets":[0,20]}})")}});
  EXPECT_EQ(facts.library_name, "transformers");
  EXPECT_EQ(facts.pipeline_tag, "fill-mask");
  EXPECT_EQ(facts.parameters, 10);
  EXPECT_EQ(facts.safetensors_json, R"({"parameters":{"F16":10},"total":10})");
  for (auto tag : {"transformers", "safetensors", "bert", "fill-mask", "en", "fr", "dataset:glue",
                   "base_model:acme/base", "license:apache-2.0", "region:us"})
    EXPECT_NE(std::ranges::find(facts.tags, tag), facts.tags.end()) << tag;
}

TEST(Facts, a_datasets_languages_are_tags_with_their_type) {
  const auto facts =
      derive_facts("dataset", "acme/poems", {{"README.md", 60}},
                   {{"README.md", "---\nlanguage: cs\ntags: [\"a\\0b\", verse]\n---\n"}});
  EXPECT_EQ(facts.tags, (std::vector<std::string>{"verse", "language:cs",
                                                  "region:us"}));  // no catalog keeps a NUL
  EXPECT_EQ(classify_tag("dataset", "language:cs").type, "language");
}

// Facts are kept as JSON in the catalog, where one half character makes a row unreadable.
TEST(Facts, what_is_no_text_is_left_out) {
  std::string gguf = "GGUF";
  const auto put = [&](auto value) {
    gguf.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(std::uint32_t{3});
  put(std::uint64_t{0});
  put(std::uint64_t{1});
  put(std::uint64_t{20});
  gguf += "general.architecture";
  put(std::uint32_t{8});
  put(std::uint64_t{2});
  gguf += "\xff\xfe";
  const auto model = derive_facts(
      "model", "acme/x", {{"README.md", 60}, {"m.gguf", gguf.size()}, {"config.json", 9}},
      {{"README.md", "---\nlibrary_name: \"a\\0b\"\npipeline_tag: \"\\0\"\nlicense: mit\n---\n"},
       {"config.json", "{\"architectures\":[\"X\"]}"},
       {"tokenizer_config.json", "{\"mask_token\":\"\\u0000\"}"},
       {"m.gguf", gguf}});
  EXPECT_EQ(model.gguf_json, R"({"total":0,"architecture":""})");
  EXPECT_EQ(model.library_name, "transformers");
  EXPECT_EQ(model.pipeline_tag, "");
  EXPECT_EQ(model.mask_token, "");

  const auto dataset = derive_facts("dataset", "acme/x", {{"README.md", 60}},
                                    {{"README.md", "---\nlicense: mit\n---\n\nUn caf\xe9.\n"}});
  EXPECT_EQ(dataset.description, "");
  const auto long_title =
      derive_facts("space", "acme/x", {{"README.md", 3000}},
                   {{"README.md", "---\ntitle: " + std::string(3000, 'x') + "\n---\n"}});
  EXPECT_EQ(long_title.title.size(), kLongestFact);
}

TEST(Facts, every_wanted_file_is_bounded) {
  for (const auto& want : wants("model", {{"README.md", 1},
                                          {"a.gguf", 1},
                                          {"b.gguf", 1},
                                          {"model.safetensors", 1},
                                          {"sub/x.safetensors", 1},
                                          {"notes.txt", 1}})) {
    EXPECT_GT(want.max_bytes, 0u);
    EXPECT_NE(want.path, "notes.txt");
  }
}

TEST(Tags, are_sorted_into_their_types) {
  EXPECT_EQ(classify_tag("model", "license:mit").type, "license");
  EXPECT_EQ(classify_tag("model", "text-generation").type, "pipeline_tag");
  EXPECT_EQ(classify_tag("model", "pytorch").type, "library");
  EXPECT_EQ(classify_tag("model", "en").type, "language");
  EXPECT_EQ(classify_tag("model", "whatever").type, "other");
}

}  // namespace
}  // namespace holt::cards
