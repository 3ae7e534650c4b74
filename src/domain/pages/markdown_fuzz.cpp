// Markdown from strangers on its whole way: front matter cut off, rendered, sanitised; and the body
// of a request for a preview.
#include "base/text.h"
#include "domain/pages/allowed_html_test.h"
#include "domain/pages/pages.h"
#include "domain/pages/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = holt::as_text({data, size});
  const auto body = holt::pages::without_front_matter(text);
  CHECK(text.ends_with(body));
  const auto html = holt::pages::sanitize(holt::pages::markdown_to_html(body),
                                          {"/datasets/a/b", "refs/pr/1", ""});
  holt::pages::AllowedHtml::check(html);
  CHECK(holt::is_utf8(html));
  if (const auto preview = holt::pages::wire::read_preview(text)) {
    CHECK(preview->markdown.size() <= size && holt::is_utf8(preview->markdown));
    holt::pages::AllowedHtml::check(
        holt::pages::sanitize(holt::pages::markdown_to_html(preview->markdown), preview->place));
  }
  return 0;
}
