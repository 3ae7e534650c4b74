// Strangers' text as HTML that a page may put in as it is: Markdown rendered and sanitised.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/git/git.h"
#include "domain/repos/repos.h"

namespace holt::pages {

// What relative addresses in a text are relative to.
struct Place {
  std::string repo;  // "/acme/bert", "/datasets/acme/rows"; empty: relative addresses are dropped
  std::string revision;  // "main"
  std::string folder;    // "docs" of docs/usage.md; empty at the root
};

// Text after the front matter's closing dashes; all of it when there is none.
std::string_view without_front_matter(std::string_view markdown);

// CommonMark with GitHub's extensions, to HTML that still holds whatever the author wrote.
std::string markdown_to_html(std::string_view markdown);

// Only allowed elements, attributes and addresses remain; headings get ids ("card-" and a slug).
// Linear in the length of its input, whatever that is.
std::string sanitize(std::string_view html, const Place& place);

// The first plain paragraph, one line of at most max_bytes: for link previews.
std::string summary_of(std::string_view html, std::size_t max_bytes);

struct Rendered {
  std::shared_ptr<const std::string> html;
  std::string path;
  bool cut = false;  // the text was longer than kLongestText
};
inline constexpr std::size_t kLongestText = 2 << 20;

class Pages {
 public:
  // Both outlive this.
  Pages(repos::Repos& repos, git::Git& git);
  ~Pages();
  // The file rendered by its name: Markdown as such, everything else as preformatted text.
  // Remembered by blob. too_large for large files.
  Result<Rendered> render(const repos::Readable& repo, const git::Revision& at,
                          std::string_view path);
  // A text being written: what it will look like.
  Result<std::string> preview(std::string_view markdown, const Place& place);
  // A text that people say about a repository. Remembered.
  std::string render_comment(const repos::Repo& repo, std::string_view markdown);
  repos::Repos& repos();
  git::Git& git();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void add_routes(http::Router& router, Pages& pages, const auth::Auth& auth);

}  // namespace holt::pages
