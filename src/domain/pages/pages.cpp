// Files of repositories as HTML: which renderer, in which process, remembered by blob.
#include "domain/pages/pages.h"

#include "base/hash.h"
#include "base/lru.h"
#include "base/text.h"
#include "io/proc/proc.h"

namespace holt::pages {
namespace {

constexpr std::size_t kRememberedBytes = 32 << 20;
// cmark-gfm has inputs that take it quadratic time. Up to this length that is milliseconds; longer
// texts are parsed by a child that is ended when it takes too long.
constexpr std::size_t kParsedHere = 8 << 10;
constexpr std::chrono::seconds kLongestParse{5};

bool is_markdown(std::string_view path) {
  const auto name = lower(path);
  return name.ends_with(".md") || name.ends_with(".markdown") || name.ends_with(".mdx");
}

// Nothing when the parser takes too long: the text is shown as it stands, then.
std::optional<std::string> parse(std::string_view markdown) {
  if (markdown.size() <= kParsedHere) return markdown_to_html(markdown);
  proc::Command command;
  command.arguments = {"/proc/self/exe", "markdown"};
  command.input = create_in_memory(as_bytes(markdown));
  command.limit = kLongestParse;
  auto outcome = proc::run(command, 16 * kLongestText);
  if (outcome.exit_code != 0) return std::nullopt;
  return std::move(outcome.output);
}

std::string preformatted(std::string_view text) {
  std::string html = "<pre>";
  for (const char c : text) {
    if (c == '<')
      html += "&lt;";
    else if (c == '>')
      html += "&gt;";
    else if (c == '&')
      html += "&amp;";
    else
      html += c;
  }
  return html + "</pre>";
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

std::string render_markdown(std::string_view markdown, const Place& place) {
  const auto html = parse(without_front_matter(markdown));
  return sanitize(html ? *html : preformatted(markdown), place);
}

}  // namespace

struct Pages::Impl {
  Impl(repos::Repos& r, git::Git& g) : repos(r), git(g) {}

  repos::Repos& repos;
  git::Git& git;
  Lru<std::string, std::shared_ptr<const std::string>> rendered{kRememberedBytes};
};

Pages::Pages(repos::Repos& repos, git::Git& git) : impl_(std::make_unique<Impl>(repos, git)) {}
Pages::~Pages() = default;
repos::Repos& Pages::repos() { return impl_->repos; }
git::Git& Pages::git() { return impl_->git; }

Result<Rendered> Pages::render(const repos::Readable& repo, const git::Revision& at,
                               std::string_view path) {
  const auto file = TRY(impl_->git.find_file(repo, at, path));
  if (file.lfs)
    return fail(Kind::too_large, std::string(path) + " is a large file: it is not shown as text.");
  const std::string_view prefix = "refs/heads/";
  const Place place{repo.repo().id.web_path(),
                    at.ref.starts_with(prefix) ? at.ref.substr(prefix.size()) : at.commit,
                    std::string(folder_of(path))};
  Rendered out{nullptr, std::string(path), file.size_bytes > kLongestText};
  const std::string key =
      file.entry.oid + '\n' + place.repo + '\n' + place.revision + '\n' + std::string(path);
  if (auto known = impl_->rendered.find(key)) {
    out.html = std::move(*known);
    return out;
  }
  const auto bytes = TRY(impl_->git.read_blob(repo, file.entry.oid));
  const auto text = clip(*bytes, kLongestText);
  auto html = std::make_shared<const std::string>(
      is_markdown(path) ? render_markdown(text, place) : sanitize(preformatted(text), place));
  impl_->rendered.insert(key, html, html->size() + 500);
  out.html = std::move(html);
  return out;
}

std::string Pages::render_comment(const repos::Repo& repo, std::string_view markdown) {
  const auto text = clip(markdown, kLongestText);
  const Place place{repo.id.web_path(), "main", ""};
  const std::string key = sha256_hex(text) + '\n' + place.repo;
  if (auto known = impl_->rendered.find(key)) return **known;
  // A dash or three at its start begin no front matter here.
  const auto html = parse(text);
  auto safe =
      std::make_shared<const std::string>(sanitize(html ? *html : preformatted(text), place));
  impl_->rendered.insert(key, safe, safe->size() + 500);
  return *safe;
}

Result<std::string> Pages::preview(std::string_view markdown, const Place& place) {
  return render_markdown(markdown, place);
}

}  // namespace holt::pages
