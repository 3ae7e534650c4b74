// Markdown to HTML by cmark-gfm. What comes out is not safe to show: sanitize() follows.
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <array>
#include <memory>
#include <mutex>

#include "domain/pages/pages.h"

namespace holt::pages {
namespace {

struct FreeParser {
  void operator()(cmark_parser* parser) const { ::cmark_parser_free(parser); }
};
struct FreeNode {
  void operator()(cmark_node* node) const { ::cmark_node_free(node); }
};
struct FreeText {
  void operator()(char* text) const { ::cmark_get_default_mem_allocator()->free(text); }
};

}  // namespace

std::string_view without_front_matter(std::string_view markdown) {
  if (markdown.starts_with("\xEF\xBB\xBF")) markdown.remove_prefix(3);
  if (!markdown.starts_with("---\n") && !markdown.starts_with("---\r\n")) return markdown;
  for (std::size_t line = markdown.find('\n') + 1; line < markdown.size();) {
    const auto end = std::min(markdown.find('\n', line), markdown.size());
    auto text = markdown.substr(line, end - line);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text == "---") return markdown.substr(std::min(end + 1, markdown.size()));
    line = end + 1;
  }
  return markdown;
}

std::string markdown_to_html(std::string_view markdown) {
  static std::once_flag registered;
  std::call_once(registered, [] { ::cmark_gfm_core_extensions_ensure_registered(); });
  constexpr int kOptions =
      CMARK_OPT_UNSAFE | CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_FOOTNOTES | CMARK_OPT_GITHUB_PRE_LANG;
  const std::unique_ptr<cmark_parser, FreeParser> parser(::cmark_parser_new(kOptions));
  for (const char* name : {"table", "strikethrough", "autolink", "tasklist"}) {
    if (auto* extension = ::cmark_find_syntax_extension(name))
      ::cmark_parser_attach_syntax_extension(parser.get(), extension);
  }
  ::cmark_parser_feed(parser.get(), markdown.data(), markdown.size());
  const std::unique_ptr<cmark_node, FreeNode> document(::cmark_parser_finish(parser.get()));
  const std::unique_ptr<char, FreeText> html(::cmark_render_html(
      document.get(), kOptions, ::cmark_parser_get_syntax_extensions(parser.get())));
  return html.get();
}

}  // namespace holt::pages
