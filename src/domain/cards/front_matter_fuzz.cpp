// README front matter: YAML from strangers becomes JSON that any parser and any catalog takes.
// The first byte chooses the type of the repository.
#include <boost/json.hpp>

#include "base/text.h"
#include "domain/cards/cards.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr std::string_view kTypes[] = {"model", "dataset", "space", "kernel"};
  const auto type = kTypes[data[0] % 4];
  const auto readme = holt::as_text({data + 1, size - 1});
  const auto front = holt::cards::parse_front_matter(readme, type);
  for (const auto* list : {&front.errors, &front.warnings})
    for (const auto& text : *list) CHECK(holt::is_utf8(text));
  CHECK(holt::is_utf8(front.json) && front.json.find('\0') == std::string::npos);
  boost::system::error_code error;
  const auto value = boost::json::parse(front.json, error, {}, {.max_depth = 80});
  CHECK(!error && value.is_object());
  if (!front.errors.empty()) return 0;
  // JSON is YAML: read as front matter again it says the same, as far as numbers are kept exactly.
  const auto again = holt::cards::parse_front_matter("---\n" + front.json + "\n---\n", type);
  CHECK(!front.present || again.present);
  return 0;
}
