// Fuzzes the allow-list: whatever HTML comes in, what goes out is of its small language.
#include "base/text.h"
#include "domain/pages/allowed_html_test.h"
#include "domain/pages/pages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = holt::as_text({data, size});
  for (const auto& place : {holt::pages::Place{"/a/b", "main", "docs"}, holt::pages::Place{}}) {
    const auto html = holt::pages::sanitize(text, place);
    holt::pages::AllowedHtml::check(html);
    CHECK(holt::is_utf8(html));
    // Once more over its own output it finds nothing to object to.
    holt::pages::AllowedHtml::check(holt::pages::sanitize(html, place));
    const auto summary = holt::pages::summary_of(html, 240);
    CHECK(summary.size() <= 240);
    CHECK(holt::is_utf8(summary));
  }
  return 0;
}
