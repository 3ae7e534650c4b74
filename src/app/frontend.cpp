// Routes of the web: files by name, pages by the public hub's address map.
#include "app/frontend.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/assets.h"
#include "app/wire_page.h"
#include "base/hash.h"
#include "base/text.h"

namespace holt::app {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kMostListedFiles = 200;
constexpr std::string_view kHead = "<!--holt:head-->";
constexpr std::string_view kBody = "<!--holt:body-->";

constexpr std::string_view kWithoutPages =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Holt</title>"
    "<!--holt:head--></head><body><h1>Holt</h1><p>This server was built without its web pages "
    "(HOLT_WEB=OFF, or without Node). The API, git and every client work.</p><!--holt:body-->"
    "</body></html>";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

// Scripts of the shell that stand in it by themselves are allowed by their hash.
std::string script_hashes(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; (at = html.find("<script", at)) != html.npos;) {
    const auto open_end = html.find('>', at);
    const auto end = html.find("</script>", at);
    if (open_end == html.npos || end == html.npos) break;
    if (html.substr(at, open_end - at).find(" src=") == html.npos) {
      const auto digest = sha256(as_bytes(html.substr(open_end + 1, end - open_end - 1)));
      out += " 'sha256-" + to_base64(digest) + "'";
    }
    at = end;
  }
  return out;
}

// SvelteKit hides the element that tells screen readers of a new page by one inline style; this is
// its hash, and no other inline style is applied.
constexpr std::string_view kAnnouncerStyle =
    "'unsafe-hashes' 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='";

std::string content_policy(std::string_view shell) {
  return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'" + script_hashes(shell) +
         "; style-src 'self' " + std::string(kAnnouncerStyle) +
         "; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; "
         "connect-src 'self'; worker-src 'self' blob:; frame-src blob:; manifest-src 'self'; "
         "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

// What a page says before any script runs.
struct Preview {
  int status = 200;
  std::string title = "Holt", description, noscript;
  std::string served;  // JSON for the page's first view
  bool card = false;   // its scripts are those of a repository's card
};

class Frontend {
 public:
  explicit Frontend(Hub& hub) : hub_(hub), assets_(Assets::embedded()) {
    const auto* shell = assets_.find("200.html");
    shell_ = shell != nullptr ? *shell->plain : std::string(kWithoutPages);
    head_ = shell_.find(kHead);
    body_ = shell_.find(kBody);
    if (head_ == std::string::npos || body_ == std::string::npos || body_ < head_)
      throw std::logic_error("the web's shell has no places for head and body: build it again");
    policy_ = content_policy(shell_);
    if (const auto* scripts = assets_.find("card-scripts.txt")) card_scripts_ = *scripts->plain;
  }

  const Assets& assets() const { return assets_; }

  Result<Response> file(const Request& request, std::string_view path) const {
    const auto* asset = assets_.find(path);
    if (asset == nullptr || path == "200.html")
      return fail(Kind::not_found,
                  "There is nothing at " + std::string(clip(request.path, 200)) + ".");
    Response response;
    auto& headers = response.headers;
    headers.add("ETag", asset->etag);
    headers.add("Cache-Control", asset->immutable ? "public, max-age=31536000, immutable"
                                                  : "public, max-age=0, must-revalidate");
    // Workers obey the policy that comes with their own script.
    headers.add("Content-Security-Policy", policy_);
    headers.add("Vary", "Accept-Encoding");
    if (const auto known = request.headers.get("If-None-Match");
        known.find(asset->etag) != known.npos) {
      response.status = 304;
      return response;
    }
    headers.add("Content-Type", std::string(asset->media_type));
    response.body = asset->plain;
    const auto accepted = request.headers.get("Accept-Encoding");
    const auto accepts = [&](std::string_view name) {
      for (auto part : split(accepted, ',')) {
        const auto word = trim(part.substr(0, part.find(';')));
        if (word == name && part.find("q=0") == part.npos) return true;
      }
      return false;
    };
    if (asset->brotli && accepts("br")) {
      headers.add("Content-Encoding", "br");
      response.body = asset->brotli;
    } else if (asset->gzip && accepts("gzip")) {
      headers.add("Content-Encoding", "gzip");
      response.body = asset->gzip;
    }
    return response;
  }

  Response page(const Request& request, const Preview& preview) const {
    const std::string title =
        preview.title == "Holt" ? std::string("Holt") : preview.title + " · Holt";
    std::string head = "<title>" + escaped(title) + "</title>";
    const auto meta = [&](std::string_view key, std::string_view name, std::string_view value) {
      head += fmt::format("<meta {}=\"{}\" content=\"{}\">", key, name, escaped(value));
    };
    meta("property", "og:title", preview.title);
    meta("property", "og:type", "website");
    meta("property", "og:site_name", "Holt");
    meta("property", "og:url", request.origin + request.path);
    meta("property", "og:image", request.origin + "/preview.png");
    if (!preview.description.empty()) {
      meta("name", "description", preview.description);
      meta("property", "og:description", preview.description);
    }
    head += signed_in(auth::actor_of(request));
    if (hub_.first_setup->open())
      head += setup_meta();
    else if (hub_.auth->openness().open_to_join)
      head += "<meta name=\"holt:join\" content=\"open\">";
    if (preview.card) head += card_scripts_;
    if (!preview.served.empty())
      head +=
          "<script type=\"application/json\" id=\"holt-served\">" + preview.served + "</script>";
    const std::string_view shell = shell_;
    std::string html;
    html.reserve(shell.size() + head.size() + preview.noscript.size() + 100);
    html += shell.substr(0, head_);
    html += head;
    html += shell.substr(head_ + kHead.size(), body_ - head_ - kHead.size());
    if (!preview.noscript.empty()) html += "<noscript>" + preview.noscript + "</noscript>";
    html += shell.substr(body_ + kBody.size());
    Response response;
    response.status = preview.status;
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add("Cache-Control", "private, no-cache");
    response.headers.add("Content-Security-Policy", policy_);
    response.headers.add("X-Frame-Options", "DENY");
    response.headers.add("Referrer-Policy", "same-origin");
    response.body = std::move(html);
    return response;
  }

  // First segments that programs ask for, and people never: what is not there is said in JSON.
  static bool is_for_programs(std::string_view segment) {
    for (const std::string_view one :
         {"api", "v1", "v2", "lfs-data", "xet-data", "buckets", "oauth"})
      if (segment == one) return true;
    return segment.starts_with('.') || segment.starts_with("_");
  }

  static std::unexpected<Error> nothing_at(const Request& request) {
    return fail(Kind::not_found,
                "There is nothing at " + std::string(clip(request.path, 200)) + ".");
  }

  // A page of a repository: refused where the repository is, so that links to nothing are not kept.
  Result<Response> repo_page(const Request& request, std::string_view tab) const {
    const auto asked = TRY(repos::repo_id_of(request));
    if (is_for_programs(asked.owner)) return nothing_at(request);
    const auto repo = hub_.repos->open(auth::actor_ptr_of(request), asked);
    Preview preview;
    if (!repo) {
      preview.status = 404;
      preview.title = asked.full();
      auto absent = page(request, preview);
      absent.headers.add("X-Error-Code", "RepoNotFound");
      return absent;
    }
    const auto& id = repo->repo().id;
    if (id.owner != asked.owner || id.name != asked.name) {
      std::string location = request.target;
      if (const auto at = location.find(asked.full()); at != location.npos) {
        location.replace(at, asked.full().size(), id.full());
        return Response::redirect(307, std::move(location));
      }
    }
    preview.title = id.full();
    if (!tab.empty()) preview.title += " · " + std::string(tab);
    preview.description = repo->repo().facts.description;
    std::optional<std::optional<wire::ServedCard>> card;
    if (tab.empty()) card = describe(*repo, request, preview);
    preview.card = tab.empty();
    preview.served = wire::served(repo->repo(), card);
    return page(request, preview);
  }

  // A hub without users shows nothing but how to set it up, and that only once.
  std::optional<std::string> first_visit(const Request& request) const {
    const bool at_setup = request.path == "/setup";
    if (hub_.first_setup->open() == at_setup) return std::nullopt;
    return at_setup ? "/" : "/setup";
  }

  Result<Response> owner_page(const Request& request) const {
    Preview preview;
    preview.title = request.param("owner");
    if (is_for_programs(preview.title)) return nothing_at(request);
    // A private hub does not tell strangers which names there are.
    if (hub_.auth->hub_private() && auth::actor_of(request).anonymous())
      return page(request, preview);
    const auto owner = hub_.auth->find_namespace(preview.title);
    if (!owner) preview.status = 404;
    if (owner && owner->name != preview.title) return Response::redirect(307, "/" + owner->name);
    return page(request, preview);
  }

 private:
  // Who looks, so that no page needs to ask before it shows anything.
  static std::string signed_in(const auth::Actor& actor) {
    if (actor.anonymous()) return {};
    std::string orgs;
    for (const auto& one : actor.orgs) {
      if (!orgs.empty()) orgs += ',';
      orgs += one.org + ":" + std::string(auth::role_name(one.role));
    }
    return fmt::format(
        "<meta name=\"holt:user\" content=\"{}\" data-admin=\"{}\" data-orgs=\"{}\">",
        escaped(actor.name), actor.site_admin, escaped(orgs));
  }

  // What the first visit asks for, and what the configuration has decided already.
  std::string setup_meta() const {
    const auto& given = hub_.auth->openness_given();
    const auto now = hub_.auth->openness();
    return fmt::format(
        "<meta name=\"holt:setup\" content=\"open\" data-private=\"{}\" data-join=\"{}\" "
        "data-fixed=\"{}{}\">",
        now.hub_private, now.open_to_join, given.hub_private ? "private " : "",
        given.open_to_join ? "join" : "");
  }

  // Card and files for those without scripts; the card's first words for link previews.
  std::optional<std::optional<wire::ServedCard>> describe(const repos::Visible& visible,
                                                          const Request& request,
                                                          Preview& preview) const {
    const auto& id = visible.repo().id;
    std::string card, files;
    std::optional<std::optional<wire::ServedCard>> served;
    const auto repo = hub_.repos->open_readable(auth::actor_ptr_of(request), id);
    const auto at = repo ? hub_.git->resolve(*repo, "main") : fail(Kind::not_found, "");
    if (repo && at) {
      const auto rendered = hub_.pages->render(*repo, *at, "README.md");
      if (!rendered && rendered.error().kind == Kind::not_found) served.emplace(std::nullopt);
      if (rendered) {
        card = *rendered->html;
        served.emplace(wire::ServedCard{rendered->path, at->commit, rendered->cut});
        if (const auto words = pages::summary_of(card, 240); !words.empty())
          preview.description = words;
      }
      const auto siblings = hub_.git->siblings(*repo, *at, git::Git::Details::names);
      for (std::size_t i = 0; i < std::min(siblings.size(), kMostListedFiles); ++i) {
        const auto& path = siblings[i].path;
        files += fmt::format("<li><a href=\"{}/resolve/main/{}\">{}</a></li>", id.web_path(),
                             percent_encode(path, Slash::keep), escaped(path));
      }
    }
    preview.noscript =
        fmt::format("<main class=\"plain\"><h1>{}</h1><ul>{}</ul><article>{}</article></main>",
                    escaped(id.full()), files, card);
    return served;
  }

  Hub& hub_;
  Assets assets_;
  std::string shell_, policy_, card_scripts_;
  std::size_t head_ = 0, body_ = 0;
};

}  // namespace

void add_frontend_routes(http::Router& router, Hub& hub) {
  const auto web = std::make_shared<const Frontend>(hub);
  // Operation ids are views of literals.
  const auto add = [&](std::string_view id, std::string path, std::string_view summary,
                       http::Handler handler, Access access = Access::anonymous) {
    router.add({.id = id,
                .method = Method::get,
                .path = std::move(path),
                .access = access,
                .summary = summary,
                .internal = true},
               std::move(handler));
  };
  add(
      "get_web_file", "/_app/{path*}", "A file of the web pages.",
      [web](Request& request) { return web->file(request, request.path.substr(1)); }, Access::open);
  for (const auto& [id, name] :
       {std::pair<std::string_view, std::string_view>{"get_web_icon", "favicon.svg"},
        {"get_web_preview", "preview.png"},
        {"get_web_robots", "robots.txt"}})
    add(
        id, "/" + std::string(name), "A file of the web pages.",
        [web, name](Request& request) { return web->file(request, name); }, Access::open);
  add(
      "get_web_icon_by_old_name", "/favicon.ico", "Where the icon is.",
      [](Request&) -> Result<Response> { return Response::redirect(302, "/favicon.svg"); },
      Access::open);

  struct Page {
    std::string_view id, path, title;
  };
  static constexpr Page kPages[] = {
      {"page_home", "/", "Holt"},
      {"page_models", "/models", "Models"},
      {"page_datasets", "/datasets", "Datasets"},
      {"page_spaces", "/spaces", "Spaces"},
      {"page_search", "/search/{rest*}", "Search"},
      {"page_organizations", "/organizations", "Organizations"},
      {"page_organization", "/organizations/{rest*}", "Organizations"},
      {"page_login", "/login", "Sign in"},
      {"page_join", "/join", "Sign up"},
      {"page_setup", "/setup", "Set up"},
      {"page_welcome", "/welcome", "Welcome"},
      {"page_new", "/new", "New model"},
      {"page_new_dataset", "/new-dataset", "New dataset"},
      {"page_new_space", "/new-space", "New Space"},
      {"page_settings", "/settings", "Settings"},
      {"page_setting", "/settings/{rest*}", "Settings"}};
  for (const auto& one : kPages)
    add(one.id, std::string(one.path), "A page.",
        [web, title = one.title](Request& request) -> Result<Response> {
          if (const auto elsewhere = web->first_visit(request))
            return Response::redirect(302, *elsewhere);
          Preview preview;
          preview.title = title;
          if (title == "Holt") preview.description = "Models, datasets and Spaces of this hub.";
          return web->page(request, preview);
        });
  add("page_owner", "/{owner}", "A person's or an organisation's page.",
      [web](Request& request) { return web->owner_page(request); });

  static constexpr Page kModelPages[] = {
      {"page_model", "", ""},
      {"page_model_tree_root", "/tree/{rev}", "Files"},
      {"page_model_tree", "/tree/{rev}/{path*}", "Files"},
      {"page_model_blob", "/blob/{rev}/{path*}", "File"},
      {"page_model_blame", "/blame/{rev}/{path*}", "Blame"},
      {"page_model_edit", "/edit/{rev}/{path*}", "Edit"},
      {"page_model_commits", "/commits/{rev}", "History"},
      {"page_model_file_commits", "/commits/{rev}/{path*}", "History"},
      {"page_model_commit", "/commit/{rev}", "Commit"},
      {"page_model_compare", "/compare/{rest*}", "Compare"},
      {"page_model_upload_root", "/upload/{rev}", "Upload"},
      {"page_model_upload", "/upload/{rev}/{path*}", "Upload"},
      {"page_model_new_root", "/new/{rev}", "New file"},
      {"page_model_new", "/new/{rev}/{path*}", "New file"},
      {"page_model_settings", "/settings", "Settings"},
      {"page_model_discussions", "/discussions", "Community"},
      {"page_model_discussion", "/discussions/{rest*}", "Community"}};
  static constexpr std::string_view kTypedIds[] = {"page_repo",
                                                   "page_repo_tree_root",
                                                   "page_repo_tree",
                                                   "page_repo_blob",
                                                   "page_repo_blame",
                                                   "page_repo_edit",
                                                   "page_repo_commits",
                                                   "page_repo_file_commits",
                                                   "page_repo_commit",
                                                   "page_repo_compare",
                                                   "page_repo_upload_root",
                                                   "page_repo_upload",
                                                   "page_repo_new_root",
                                                   "page_repo_new",
                                                   "page_repo_settings",
                                                   "page_repo_discussions",
                                                   "page_repo_discussion"};
  static_assert(std::size(kModelPages) == std::size(kTypedIds));
  for (std::size_t i = 0; i < std::size(kModelPages); ++i) {
    const auto& one = kModelPages[i];
    const auto handler = [web, title = one.title](Request& request) {
      return web->repo_page(request, title);
    };
    add(one.id, "/{owner}/{name}" + std::string(one.path), "A repository's page.", handler);
    add(kTypedIds[i], "/{type:datasets|spaces|kernels}/{owner}/{name}" + std::string(one.path),
        "A repository's page.", handler);
  }
}

}  // namespace holt::app
