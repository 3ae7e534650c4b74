// Looking at versions: repository info, tree, paths-info, commits, compare.
#include <algorithm>

#include "base/text.h"
#include "domain/git/requests.h"
#include "domain/git/routes.h"
#include "domain/git/wire.h"

namespace holt::git {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kTreePage = 1000;
constexpr std::size_t kExpandedTreePage = 100;
constexpr std::uint64_t kLargestDiff = 32u << 20;

std::string_view parent_folder(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

struct TreeRoutes {
  Git& git;
  repos::Repos& repos;

  // Last commits of these entries, one look-up per folder they stand in.
  std::map<std::string, gitio::Commit> last_changes(const repos::Visible& repo, const Revision& at,
                                                    const std::vector<FileEntry>& entries) const {
    std::vector<std::string> folders;
    for (const auto& file : entries) folders.emplace_back(parent_folder(file.entry.path));
    std::ranges::sort(folders);
    folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
    std::map<std::string, gitio::Commit> out;
    auto opened = git.repository(repo);
    for (const auto& folder : folders) out.merge(opened->reader().last_changes(at.commit, folder));
    return out;
  }

  Result<Response> info(Request& request) const {
    const auto asked = TRY(repos::repo_id_of(request));
    const auto repo = TRY(repos.open(auth::actor_ptr_of(request), asked));
    if (auto redirect = canonical_redirect(request, asked, repo.repo().id))
      return std::move(*redirect);
    repos::InfoView view;
    view.expand = request.query.list("expand");
    TRY_VOID(repos::check_expand(asked.type, view.expand));
    const std::string revision(request.param("rev"));
    std::vector<repos::Sibling> siblings;
    const auto at = git.resolve(repo, revision.empty() ? "main" : revision);
    // Without a revision an empty repository still has info.
    if (!at && !revision.empty()) return fail(at.error());
    if (at) {
      view.sha = at->commit;
      const bool blobs = request.query.flag("blobs");
      if (view.expand.empty() || std::ranges::find(view.expand, "siblings") != view.expand.end())
        siblings = git.siblings(repo, *at, blobs ? Git::Details::sizes : Git::Details::names);
      if (at->commit != repo.repo().head)
        if (const auto commit = git.repository(repo)->reader().find_commit(at->commit))
          view.last_modified = Timestamp{commit->author.seconds * 1000};
    }
    view.siblings = &siblings;
    return Response::json(repos::info_json(repo.repo(), view));
  }

  Result<Response> tree(Request& request) const {
    const auto asked = TRY(repos::repo_id_of(request));
    const auto repo = TRY(repos.open(auth::actor_ptr_of(request), asked));
    if (auto redirect = canonical_redirect(request, asked, repo.repo().id))
      return std::move(*redirect);
    auto place = place_of(request);
    while (place.path.ends_with('/')) place.path.pop_back();
    const auto resolved = git.resolve(repo, place.revision);
    if (!resolved) {
      if (place.revision == "main" && place.path.empty() && repo.repo().head.empty())
        return Response::json("[]");
      return fail(resolved.error());
    }
    const auto depth = request.query.flag("recursive") ? gitio::Reader::Depth::recursive
                                                       : gitio::Reader::Depth::children;
    const bool expand = request.query.flag("expand");
    const std::size_t most = expand ? kExpandedTreePage : kTreePage;
    std::size_t limit = most;
    if (const auto text = request.query.get("limit")) {
      const auto number = parse_u64(*text);
      if (!number || *number == 0)
        return fail(Kind::invalid, "limit is a number from 1 to " + std::to_string(most) + ".");
      limit = std::min<std::size_t>(*number, most);
    }
    // llama.cpp reads one page only.
    if (request.headers.get("User-Agent").starts_with("llama-cpp")) limit = kMostEntries;
    std::size_t start = 0;
    const auto bad_cursor = [] {
      return fail(Kind::invalid,
                  "The cursor is not one that this server gave out: start from the first page.");
    };
    if (const auto cursor = request.query.get("cursor"); cursor && !cursor->empty()) {
      const auto decoded = from_base64(*cursor);
      const auto number = decoded ? parse_u64(as_text(*decoded)) : std::nullopt;
      if (!number) return bad_cursor();
      start = static_cast<std::size_t>(*number);
    }
    const auto listed = TRY(git.list_page(repo, *resolved, place.path, depth, start, limit));
    if (start > listed.total) return bad_cursor();
    const auto& page = listed.entries;
    const std::size_t end = start + page.size();
    const bool more = end < listed.total;
    std::map<std::string, gitio::Commit> changed;
    if (expand) changed = last_changes(repo, *resolved, page);
    auto response = Response::json(wire::tree(page, expand ? &changed : nullptr));
    response.headers.add("X-Repo-Commit", resolved->commit);
    if (more) add_next_link(response, request, to_base64url(as_bytes(std::to_string(end))));
    return response;
  }

  Result<Response> paths_info(Request& request) const {
    const auto repo = TRY(repos.open(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request))));
    const auto body = TRY(wire::read_paths_info(request.body, request.headers.get("Content-Type")));
    const auto at = TRY(git.resolve(repo, place_of(request).revision));
    auto opened = git.repository(repo);
    std::vector<gitio::TreeEntry> entries;
    for (auto path : body.paths) {
      while (path.ends_with('/')) path.pop_back();
      if (auto entry = path.empty() ? std::nullopt : opened->reader().find_entry(at.commit, path))
        entries.push_back(std::move(*entry));
    }
    const auto files = git.complete(repo, opened->reader(), std::move(entries));
    std::map<std::string, gitio::Commit> changed;
    if (body.expand) changed = last_changes(repo, at, files);
    return Response::json(wire::tree(files, body.expand ? &changed : nullptr));
  }

  Result<Response> commits(Request& request) const {
    const auto asked = TRY(repos::repo_id_of(request));
    const auto repo = TRY(repos.open(auth::actor_ptr_of(request), asked));
    if (auto redirect = canonical_redirect(request, asked, repo.repo().id))
      return std::move(*redirect);
    const auto at = TRY(git.resolve(repo, place_of(request).revision));
    const auto number = [&](std::string_view name, std::uint64_t otherwise) {
      return parse_u64(request.query.get(name).value_or("")).value_or(otherwise);
    };
    const auto limit = std::clamp<std::uint64_t>(number("limit", 50), 1, 1000);
    std::uint64_t skip = number("p", 0) * limit;
    if (const auto cursor = request.query.get("cursor"))
      if (const auto decoded = from_base64(*cursor))
        skip = parse_u64(as_text(*decoded)).value_or(0);
    auto& reader = git.repository(repo)->reader();
    auto listed = reader.log(at.commit, skip, limit + 1);
    const bool more = listed.size() > limit;
    if (more) listed.resize(limit);
    const auto expand = request.query.list("expand");
    auto response = Response::json(
        wire::commits(listed, std::ranges::find(expand, "formatted") != expand.end()));
    response.headers.add("X-Total-Count", std::to_string(reader.count_commits(at.commit)));
    if (more)
      add_next_link(response, request, to_base64url(as_bytes(std::to_string(skip + limit))));
    return response;
  }

  Result<Response> compare(Request& request) const {
    const auto repo =
        TRY(repos.open_readable(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request))));
    const auto [from, to] = TRY(revisions_of(request.param("range")));
    const auto first = TRY(git.resolve(repo, from));
    const auto second = TRY(git.resolve(repo, to));
    auto& reader = git.repository(repo)->reader();
    return Response::text(request.query.flag("raw")
                              ? reader.diff_raw(first.commit, second.commit)
                              : reader.diff_text(first.commit, second.commit, kLargestDiff));
  }
};

}  // namespace

void add_tree_routes(http::Router& router, Git& git, repos::Repos& repos) {
  const TreeRoutes routes{git, repos};
  const std::string base(kApiRepo);
  router.add({.id = "repo_info",
              .method = Method::get,
              .path = base,
              .summary = "A repository's facts.",
              .errors = {"RepoNotFound"}},
             [routes](Request& request) { return routes.info(request); });
  router.add({.id = "repo_info_at_revision",
              .method = Method::get,
              .path = base + "/revision/{rev}",
              .summary = "A repository's facts at a revision.",
              .errors = {"RepoNotFound", "RevisionNotFound"}},
             [routes](Request& request) { return routes.info(request); });
  // Names without a namespace belonged to the public hub's first years: nothing here has one.
  static constexpr std::pair<std::string_view, std::string_view> kLegacy[] = {
      {"legacy_repo_info", "/api/{type:models|datasets|spaces|kernels}/{name}"},
      {"legacy_repo_info_at_revision",
       "/api/{type:models|datasets|spaces|kernels}/{name}/revision/{rev}"},
      {"legacy_list_tree", "/api/{type:models|datasets|spaces|kernels}/{name}/tree/{rev}"},
      {"legacy_resolve_model_file", "/{name}/resolve/{rev}/{path*}"}};
  for (const auto& [id, path] : kLegacy)
    router.add({.id = id,
                .method = Method::get,
                .path = std::string(path),
                .summary = "Answers RepoNotFound: every repository has a namespace.",
                .errors = {"RepoNotFound"}},
               [](Request&) -> Result<Response> {
                 return fail(Kind::not_found, "Repository not found", "RepoNotFound");
               });
  for (const auto& [id, path] : {std::pair{std::string_view("list_tree"), base + "/tree/{rev}"},
                                 {"list_tree_folder", base + "/tree/{rev}/{path*}"}})
    router.add({.id = id,
                .method = Method::get,
                .path = path,
                .summary = "Files and folders at a revision.",
                .errors = {"RepoNotFound", "RevisionNotFound", "EntryNotFound"}},
               [routes](Request& request) { return routes.tree(request); });
  router.add({.id = "paths_info",
              .method = Method::post,
              .path = base + "/paths-info/{rev}",
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 20,
              .summary = "What stands at these paths.",
              .errors = {"RepoNotFound", "RevisionNotFound"}},
             [routes](Request& request) { return routes.paths_info(request); });
  router.add({.id = "list_commits",
              .method = Method::get,
              .path = base + "/commits/{rev}",
              .summary = "History, newest first.",
              .errors = {"RepoNotFound", "RevisionNotFound"}},
             [routes](Request& request) { return routes.commits(request); });
  router.add({.id = "compare_revisions",
              .method = Method::get,
              .path = base + "/compare/{range*}",
              .summary = "The difference of two revisions.",
              .errors = {"RepoNotFound", "RevisionNotFound"},
              .slow = true},
             [routes](Request& request) { return routes.compare(request); });
}

}  // namespace holt::git
