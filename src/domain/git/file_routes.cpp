// Reading files: resolve (HEAD, GET, ranges, conditional) and raw.
#include <fmt/format.h>

#include "base/text.h"
#include "domain/git/requests.h"
#include "domain/git/routes.h"

namespace holt::git {
namespace {

using http::Method;
using http::Request;
using http::Response;

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string_view media_type(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".json", "application/json"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".csv", "text/csv"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".mp4", "video/mp4"},
      {".webm", "video/webm"},
      {".mp3", "audio/mpeg"},
      {".wav", "audio/wav"},
      {".flac", "audio/flac"},
      {".pdf", "application/pdf"},
      {".yaml", "text/plain; charset=utf-8"},
      {".yml", "text/plain; charset=utf-8"},
      {".py", "text/plain; charset=utf-8"}};
  for (const auto& [suffix, type] : kTypes)
    if (path.ends_with(suffix)) return type;
  // Anything that a browser might run (HTML, SVG, scripts) is handed out as bytes.
  return "application/octet-stream";
}

std::string content_disposition(std::string_view path, bool attachment) {
  const auto name = base_name(path);
  std::string plain;
  for (char c : name)
    plain += (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
              static_cast<unsigned char>(c) > 0x7e)
                 ? '_'
                 : c;
  return fmt::format("{}; filename*=UTF-8''{}; filename=\"{}\";",
                     attachment ? "attachment" : "inline", percent_encode(name), plain);
}

// Pages of others may show pictures of public repositories, as they may of the public hub.
void allow_embedding(Response& response, const repos::Repo& repo) {
  if (repo.visibility == auth::Visibility::public_)
    response.headers.add("Cross-Origin-Resource-Policy", "cross-origin");
}

// The headers that the clients read; everything but the body.
void describe(Response& response, const Request& request, const repos::Repo& repo,
              const Revision& at, std::string_view path, const FileEntry& file) {
  const std::string& id = file.lfs ? file.lfs->sha256 : file.entry.oid;
  auto& headers = response.headers;
  const std::string etag = "\"" + id + "\"";
  headers.add("ETag", etag);
  headers.add("X-Repo-Commit", at.commit);
  headers.add("Accept-Ranges", "bytes");
  headers.add("Content-Type", std::string(media_type(path)));
  allow_embedding(response, repo);
  if (!request.query.flag("noContentDisposition"))
    headers.add("Content-Disposition", content_disposition(path, request.query.flag("download")));
  if (file.lfs) {
    headers.add("X-Linked-Size", std::to_string(file.size_bytes));
    headers.add("X-Linked-ETag", etag);
  }
  if (!file.xet_hash.empty()) {
    const std::string refresh =
        fmt::format("{}/api/{}/{}/xet-read-token/{}", request.origin,
                    repos::type_plural(repo.id.type), repo.id.full(), at.commit);
    headers.add("X-Xet-Hash", file.xet_hash);
    headers.add("X-Xet-Refresh-Route", refresh);
    headers.add(
        "Link",
        fmt::format(
            "<{}>; rel=\"xet-auth\", <{}/v1/reconstructions/{}>; rel=\"xet-reconstruction-info\"",
            refresh, request.origin, file.xet_hash));
  }
}

bool etag_matches(std::string_view header, std::string_view id) {
  for (auto part : split(header, ',')) {
    part = trim(part);
    if (part.starts_with("W/")) part.remove_prefix(2);
    if (part == "*" || (part.size() == id.size() + 2 && part.substr(1, id.size()) == id))
      return true;
  }
  return false;
}

// Completes a described reply with status, range and body. `bytes`: a file in git; else `content`.
Result<Response> send(
    Response response, const Request& request, const FileEntry& file,
    const std::shared_ptr<const std::string>& bytes,
    const std::function<Result<http::Body>(std::optional<http::ByteRange>)>& open) {
  const std::string& id = file.lfs ? file.lfs->sha256 : file.entry.oid;
  if (const auto none_match = request.headers.get("If-None-Match");
      !none_match.empty() && etag_matches(none_match, id)) {
    response.status = 304;
    return response;
  }
  std::optional<http::ByteRange> range;
  const auto range_header = request.headers.get("Range");
  const auto if_range = request.headers.get("If-Range");
  if (!range_header.empty() && (if_range.empty() || etag_matches(if_range, id))) {
    auto parsed = http::parse_range(range_header, file.size_bytes);
    if (!parsed) {
      auto error = std::move(parsed).error();
      error.headers.emplace_back("X-Repo-Commit",
                                 std::string(response.headers.get("X-Repo-Commit")));
      return fail(std::move(error));
    }
    range = *parsed;
  }
  if (range) {
    response.status = 206;
    response.headers.add("Content-Range",
                         fmt::format("bytes {}-{}/{}", range->first, range->last, file.size_bytes));
  }
  if (request.method == Method::head) {
    response.announced_length = range ? range->last - range->first + 1 : file.size_bytes;
    return response;
  }
  if (!file.lfs) {
    if (range)
      response.body = bytes->substr(range->first, range->last - range->first + 1);
    else
      response.body = bytes;
    return response;
  }
  response.body = TRY(open(range));
  return response;
}

// A JavaScript client's probe: what it needs to fetch the file through Xet.
bool asks_for_xet_info(const Request& request) {
  return request.headers.get("Accept").find("application/vnd.xet-fileinfo+json") !=
         std::string_view::npos;
}

Error no_longer_stored(const std::string& path, const Revision& at) {
  auto error = repos::entry_not_found(path, at.commit);
  error.message =
      "The bytes of " + path + " are not in this repository any more: its large file was removed.";
  return error;
}

struct FileRoutes {
  Git& git;
  repos::Repos& repos;
  content::Contents& contents;
  auth::Auth& auth;

  Result<Response> resolve(Request& request) const {
    const auto asked = TRY(repos::repo_id_of(request));
    const auto repo = TRY(repos.open_readable(auth::actor_ptr_of(request), asked));
    if (auto redirect = canonical_redirect(request, asked, repo.repo().id))
      return std::move(*redirect);
    const auto place = place_of(request);
    const auto at = TRY(git.resolve(repo, place.revision));
    const auto file = TRY(git.find_file(repo, at, place.path));
    if (!file.stored) return fail(no_longer_stored(place.path, at));
    // A client that goes on through Xet is counted there.
    if (request.method == Method::get && !(file.lfs && asks_for_xet_info(request)))
      count(request, repo.repo());
    Response response;
    describe(response, request, repo.repo(), at, place.path, file);
    std::shared_ptr<const std::string> bytes;
    if (!file.lfs && request.method != Method::head)
      bytes = TRY(git.read_blob(repo, file.entry.oid));
    return send(std::move(response), request, file, bytes,
                [&](std::optional<http::ByteRange> range) -> Result<http::Body> {
                  const auto content = contents.find(repo.repo().key, file.lfs->sha256);
                  if (!content) return fail(no_longer_stored(place.path, at));
                  return contents.open(*content, range);
                });
  }

  // Answers from memory when every step is known: credentials, repository, revision, file, small
  // bytes.
  std::optional<Response> resolve_fast(const Request& request) const {
    if (!request.headers.get("Range").empty()) return std::nullopt;
    auto actor = auth.authenticate_cached(request.headers.get("Authorization"),
                                          request.headers.get("Cookie"));
    if (!actor) return std::nullopt;
    const auto asked = repos::repo_id_of(request);
    if (!asked) return std::nullopt;
    const auto opened = repos.open_readable_cached(*actor, *asked);
    if (!opened || !*opened) return std::nullopt;
    const auto& repo = **opened;
    if (repo.repo().id.owner != asked->owner || repo.repo().id.name != asked->name)
      return std::nullopt;
    const auto place = place_of(request);
    const auto at = git.resolve_cached(repo, place.revision);
    if (!at) return std::nullopt;
    const auto file = git.find_file_cached(repo, *at, place.path);
    if (!file) return std::nullopt;
    std::shared_ptr<const std::string> bytes;
    if (request.method == Method::get) {
      if (file->lfs) return std::nullopt;
      bytes = git.small_blob_cached(file->entry.oid);
      if (!bytes) return std::nullopt;
      count(request, repo.repo());
    }
    Response response;
    describe(response, request, repo.repo(), *at, place.path, *file);
    auto sent = send(std::move(response), request, *file, bytes, nullptr);
    if (!sent) return std::nullopt;
    return std::move(*sent);
  }

  Result<Response> raw(Request& request) const {
    const auto asked = TRY(repos::repo_id_of(request));
    const auto repo = TRY(repos.open_readable(auth::actor_ptr_of(request), asked));
    if (auto redirect = canonical_redirect(request, asked, repo.repo().id))
      return std::move(*redirect);
    const auto place = place_of(request);
    const auto at = TRY(git.resolve(repo, place.revision));
    const auto file = TRY(git.find_file(repo, at, place.path));
    Response response;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    allow_embedding(response, repo.repo());
    response.headers.add("X-Repo-Commit", at.commit);
    response.headers.add("ETag", "\"" + file.entry.oid + "\"");
    response.body = TRY(git.read_blob(repo, file.entry.oid));
    return response;
  }

  // One of Holt's own pages shows a file: looked at, not downloaded. A click on a link to a file is
  // a navigation; other sites' pages and programs do not say "same-origin".
  static bool only_looks(const Request& request) {
    return request.headers.get("Sec-Fetch-Site") == "same-origin" &&
           request.headers.get("Sec-Fetch-Mode") != "navigate";
  }

  // One download for a whole file, or for the first part of one that a client fetches in parts.
  void count(const Request& request, const repos::Repo& repo) const {
    if (only_looks(request)) return;
    const auto range = request.headers.get("Range");
    if (range.empty() || range.starts_with("bytes=0-") ||
        request.headers.get("X-HF-Download-Counter") == "1")
      repos.count_download(repo.key);
  }
};

}  // namespace

void add_file_routes(http::Router& router, Git& git, repos::Repos& repos,
                     content::Contents& contents, auth::Auth& auth) {
  const FileRoutes routes{git, repos, contents, auth};
  const auto resolve = [routes](Request& request) -> Result<Response> {
    auto response = TRY(routes.resolve(request));
    if (asks_for_xet_info(request) && response.headers.has("X-Xet-Hash")) {
      response.status = 200;
      response.headers.set("Content-Type", "application/vnd.xet-fileinfo+json");
      response.body =
          fmt::format("{{\"hash\":\"{}\",\"size\":{}}}", response.headers.get("X-Xet-Hash"),
                      response.headers.get("X-Linked-Size"));
    }
    return response;
  };
  const auto fast = [routes](const Request& request) -> std::optional<Response> {
    if (asks_for_xet_info(request)) return std::nullopt;
    return routes.resolve_fast(request);
  };
  const auto raw = [routes](Request& request) { return routes.raw(request); };
  static constexpr std::string_view kResolveIds[] = {"resolve_model_file", "resolve_file",
                                                     "resolve_cached_file"};
  static constexpr std::string_view kRawIds[] = {"read_raw_model_file", "read_raw_file"};
  int n = 0;
  for (std::string prefix :
       {"/{owner}/{name}/resolve", "/{type:datasets|spaces|kernels}/{owner}/{name}/resolve",
        "/api/resolve-cache/{type:models|datasets|spaces|kernels}/{owner}/{name}"})
    router.add({.id = kResolveIds[n++],
                .method = Method::get,
                .path = prefix + "/{rev}/{path*}",
                .summary = "A file's bytes at a revision; HEAD for its metadata.",
                .errors = {"RepoNotFound", "RevisionNotFound", "EntryNotFound", "GatedRepo"},
                .fast = fast},
               resolve);
  n = 0;
  for (std::string prefix :
       {"/{owner}/{name}/raw", "/{type:datasets|spaces|kernels}/{owner}/{name}/raw"})
    router.add({.id = kRawIds[n++],
                .method = Method::get,
                .path = prefix + "/{rev}/{path*}",
                .summary = "A file as git stores it; a large file's pointer.",
                .errors = {"RepoNotFound", "RevisionNotFound", "EntryNotFound", "GatedRepo"}},
               raw);
}

void add_routes(http::Router& router, Git& git, repos::Repos& repos, content::Contents& contents,
                auth::Auth& auth) {
  add_file_routes(router, git, repos, contents, auth);
  add_tree_routes(router, git, repos);
  add_history_routes(router, git, repos);
  add_commit_routes(router, git, repos, contents);
  add_reference_routes(router, git, repos, contents);
}

}  // namespace holt::git
