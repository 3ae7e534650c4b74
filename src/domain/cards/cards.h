// What a repository says about itself: README front matter, config.json, safetensors and GGUF
// headers, turned into facts and tags. Pure parsers of strangers' bytes: bounded, no I/O, no SQL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace holt::cards {

// Front matter of a README as JSON text (objects keep their order), and its problems.
struct FrontMatter {
  bool present = false;
  std::string json =
      "{}";  // YAML 1.1 scalars typed as the Hub does (no/yes stay strings where quoted)
  std::vector<std::string> errors;  // not acceptable: the commit is refused with these
  std::vector<std::string> warnings;
};
// Bounds: 1 MiB of UTF-8, depth 64, 50,000 values of 4 MiB in all (aliases counted each time), 20
// errors. `repo_type`: model, dataset, space, kernel.
FrontMatter parse_front_matter(std::string_view readme, std::string_view repo_type);

// Tensor counts per dtype from a safetensors header (the bytes after the 8-byte length).
struct SafetensorsSummary {
  std::map<std::string, std::uint64_t> parameters;  // "BF16" → count
  std::uint64_t total = 0;
};
constexpr std::size_t kMaxSafetensorsHeader = 100u << 20;  // the format's own bound
// Further bounds: depth 16, 64 types with names of 32 bytes.
Result<SafetensorsSummary> summarize_safetensors(std::string_view header_json);

struct GgufSummary {
  std::uint64_t total_parameters = 0;
  std::string architecture;
  std::uint64_t context_length = 0;
  std::string quantize_imatrix_file, chat_template, bos_token, eos_token;
};
// From the first bytes of a file (≤ 16 MiB are enough for metadata and tensor infos of real
// models); invalid when the header does not fit or is malformed. Bounds: 100,000 pairs and as many
// tensors, texts of 8 MiB, arrays 4 deep. Texts that are not UTF-8, or longer than 1 MiB, are left
// out.
Result<GgufSummary> summarize_gguf(ByteSpan head);

struct Tag {
  std::string id;    // "license:mit", "en", "transformers", "text-generation", "region:us"
  std::string type;  // "license", "language", "library", "pipeline_tag", "dataset", "other",
                     // "region", "base_model", …
  std::string label;
};

// All that lists, search and info show without opening git objects. Everything is UTF-8 without
// NUL; what is neither JSON nor a tag has at most kLongestFact bytes.
inline constexpr std::size_t kLongestFact = 1000;
struct Facts {
  std::string card_json;  // cardData object, "" when the README has none
  std::vector<std::string> tags;
  std::string library_name, pipeline_tag, license;
  std::string
      config_json;  // {"architectures":[…],"model_type":…,"tokenizer_config":{…}}, "" when none
  std::string transformers_info_json;
  std::string safetensors_json;  // {"parameters":{…},"total":n}, "" when none
  std::string gguf_json;         // "" when none
  std::string mask_token;
  std::string widget_json;
  std::string model_index_json;
  std::string title, emoji, sdk;         // Spaces
  std::string description, pretty_name;  // datasets: first paragraph of the card
  std::int64_t parameters = 0;
};

// A file of the tip, as far as facts need it. Contents are given only for the ones asked by
// `wants`.
struct SourceFile {
  std::string path;
  std::uint64_t size_bytes = 0;
};
// Which files' contents derive_facts needs, given the listing: README.md, config.json,
// tokenizer_config.json, *.safetensors (header), *.safetensors.index.json, one *.gguf (head),
// adapter_config.json, …
struct Want {
  std::string path;
  std::uint64_t max_bytes;  // the first so many bytes
};
std::vector<Want> wants(std::string_view repo_type, const std::vector<SourceFile>& files);

// `contents`: path → bytes read (possibly cut at max_bytes). Never fails: what cannot be parsed is
// left out.
Facts derive_facts(std::string_view repo_type, std::string_view repo_full_name,
                   const std::vector<SourceFile>& files,
                   const std::map<std::string, std::string>& contents);

Tag classify_tag(std::string_view repo_type, std::string_view tag);

}  // namespace holt::cards
