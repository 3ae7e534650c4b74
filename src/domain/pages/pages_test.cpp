// What strangers' text may become, and what it may never become.
#include "domain/pages/pages.h"

#include <gtest/gtest.h>

namespace holt::pages {
namespace {

const Place kPlace{"/acme/bert", "main", "docs"};

std::string shown(std::string_view markdown) {
  return sanitize(markdown_to_html(without_front_matter(markdown)), kPlace);
}

TEST(PagesMarkdown, bytes_that_are_no_text_become_a_sign_for_it) {
  EXPECT_EQ(sanitize("<pre>caf\xe9 \xf0\x9f\x9a</pre>", {}),
            "<pre>caf\uFFFD \uFFFD\uFFFD\uFFFD</pre>");
  EXPECT_EQ(sanitize("<p>caf\u00e9 \U0001F680</p>", {}), "<p>caf\u00e9 \U0001F680</p>");
}

TEST(PagesMarkdown, front_matter_is_not_shown) {
  EXPECT_EQ(shown("---\nlicense: mit\n---\n# Hi\n"), "<h1 id=\"card-hi\">Hi</h1>\n");
  EXPECT_EQ(shown("--- not front matter"), "<p>--- not front matter</p>\n");
}

TEST(PagesMarkdown, tables_tasks_and_code_keep_their_form) {
  const auto html =
      shown("| a | b |\n|---|:-:|\n| 1 | 2 |\n\n- [x] done\n\n```python\nx < 1\n```\n");
  EXPECT_NE(html.find("<td align=\"center\">2</td>"), html.npos) << html;
  EXPECT_NE(html.find("<input type=\"checkbox\" disabled checked aria-label=\"done\">"), html.npos)
      << html;
  EXPECT_NE(html.find("<pre data-language=\"python\"><code>x &lt; 1"), html.npos) << html;
}

TEST(PagesSanitizer, relative_addresses_lead_into_the_repository) {
  EXPECT_EQ(sanitize("<a href=\"usage.md#x\">u</a>", kPlace),
            "<a href=\"/acme/bert/blob/main/docs/usage.md#x\">u</a>");
  EXPECT_EQ(sanitize("<img src=\"../a.png\" alt=\"A\" width=\"40px\">", kPlace),
            "<img src=\"/acme/bert/resolve/main/a.png\" alt=\"A\" loading=\"lazy\" width=\"40\">");
  EXPECT_EQ(sanitize("<a href=\"#use\">u</a>", kPlace), "<a href=\"#card-use\">u</a>");
}

TEST(PagesSanitizer, pictures_of_other_servers_become_links) {
  EXPECT_EQ(sanitize("<img src=\"https://x.example/a.png\" alt=\"A&amp;B\">", kPlace),
            "<a href=\"https://x.example/a.png\" rel=\"nofollow noopener noreferrer\" "
            "class=\"elsewhere\">A&amp;B</a>");
}

TEST(PagesSanitizer, nothing_that_runs_gets_through) {
  for (const char* attack : {
           "<script>alert(1)</script>x",
           "<ScRiPt>alert(1)</sCrIpT >x",
           "<script>alert(1)",
           "<img src=x onerror=alert(1)>",
           "<img src=\"javascript:alert(1)\">",
           "<a href=\"javascript:alert(1)\">x</a>",
           "<a href=\"java\tscript:alert(1)\">x</a>",
           "<a href=\"&#106;avascript:alert(1)\">x</a>",
           "<a href=\" &#x6A;avascript&#58;alert(1)\">x</a>",
           "<a href=\"javascript&colon;alert(1)\">x</a>",
           "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
           "<a href=\"vbscript:x\">x</a>",
           "<svg onload=alert(1)><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
           "<math><mtext><table><mglyph><style><img src onerror=alert(1)></style></table></math>",
           "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
           "<style>@import 'x'</style><div style=\"background:url(javascript:alert(1))\">x</div>",
           "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
           "<template><script>alert(1)</script></template>",
           "<form action=\"/api/logout\"><input type=submit><button formaction=x></form>",
           "<base href=\"//evil.example/\"><meta http-equiv=refresh content=\"0;url=//evil\">",
           "<p title=\"&quot; onmouseover=alert(1) x=&quot;\">x</p>",
           "<img alt=\"><script>alert(1)</script>\" src=a.png>",
           "<a href=\"a\" title='\" onclick=\"alert(1)'>x</a>",
           "<!--><script>alert(1)</script>-->",
           "<<script>alert(1)//<</script>",
           "<div/onclick=alert(1)>x</div>",
           "<input type=checkbox onfocus=alert(1) autofocus>",
           "<details ontoggle=alert(1) open>x</details>",
           "<x onclick=alert(1)>x</x><video><source onerror=alert(1)></video>",
       }) {
    const auto html = sanitize(attack, kPlace);
    for (const char* sign :
         {"<script", "<svg", "<math", "<iframe", "<style", "<form", "<base", "<meta", "<template",
          "<noscript", "<video", " style=", "href=\"javascript", "href=\"java", "src=\"javascript",
          "data:text", "vbscript"})
      EXPECT_EQ(html.find(sign), html.npos) << attack << "\n-> " << html;
    // An event handler stands only inside a quoted value or escaped text.
    bool in_tag = false, in_value = false;
    for (std::size_t i = 0; i < html.size(); ++i) {
      if (html[i] == '"' && in_tag)
        in_value = !in_value;
      else if (html[i] == '<')
        in_tag = true;
      else if (html[i] == '>' && !in_value)
        in_tag = false;
      else if (in_tag && !in_value)
        EXPECT_FALSE(html.substr(i).starts_with(" on")) << attack << "\n-> " << html;
    }
    EXPECT_FALSE(in_tag) << html;
  }
}

TEST(PagesSanitizer, what_it_wrote_it_leaves_alone) {
  const std::string once =
      sanitize("<h2>A &amp; b</h2><ul><li>x<li>y</ul><p>1 < 2 &copy; & <b>c", kPlace);
  EXPECT_EQ(once,
            "<h2 id=\"card-a-b\">A &amp; b</h2><ul><li>x<li>y</li></li></ul><p>1 &lt; 2 &copy; "
            "&amp; <b>c</b></p>");
}

TEST(PagesSanitizer, depth_and_unfinished_tags_are_bounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  EXPECT_LT(sanitize(deep, kPlace).size(), 10'000u);
  std::string open;
  for (int i = 0; i < 200'000; ++i) open += "<a href=\"";
  EXPECT_LT(sanitize(open, kPlace).size(), 8'000'000u);
}

TEST(PagesSummary, is_the_first_paragraph_of_words) {
  EXPECT_EQ(
      summary_of("<p><img src=\"x\"></p><p>A model that reads &amp; writes <b>well</b>.</p>", 200),
      "A model that reads & writes well.");
}

}  // namespace
}  // namespace holt::pages
