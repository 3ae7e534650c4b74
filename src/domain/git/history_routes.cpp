// What pages show of the past: a commit with its changes, the commits that changed one file.
#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "domain/git/requests.h"
#include "domain/git/routes.h"
#include "domain/git/wire.h"

namespace holt::git {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::uint64_t kLargestShownDiff = 1 << 20;
constexpr std::size_t kMostShownFiles = 1000;
constexpr std::uint64_t kLargestBlamed = 1 << 20;
constexpr std::size_t kBatch = 200;
constexpr std::int64_t kLongestWalkUs = 2'000'000;

struct HistoryRoutes {
  Git& git;
  repos::Repos& repos;

  Result<repos::Readable> readable(const Request& request) const {
    return repos.open_readable(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request)));
  }

  // Size of a file as people see it: a pointer counts as what it points at.
  std::uint64_t size_of(gitio::Reader& reader, const gitio::Oid& blob, bool& large) const {
    if (blob.empty()) return 0;
    const auto size = reader.blob_size(blob);
    const auto pointer = git.pointer_of(reader, blob, size);
    if (!pointer) return size;
    large = true;
    return pointer->size_bytes;
  }

  wire::Difference difference(gitio::Reader& reader, const gitio::Oid& from,
                              const gitio::Oid& to) const {
    wire::Difference out;
    auto changes = reader.changes(from, to);
    out.total_files = changes.size();
    if (changes.size() > kMostShownFiles) changes.resize(kMostShownFiles);
    for (auto& change : changes) {
      wire::ChangedFile file;
      file.old_size_bytes = size_of(reader, change.old_oid, file.large);
      file.new_size_bytes = size_of(reader, change.new_oid, file.large);
      file.change = std::move(change);
      out.files.push_back(std::move(file));
    }
    out.text = reader.diff_text(from, to, kLargestShownDiff);
    // Cut after a whole line, so a difference that nearly fills the bound was longer.
    out.cut = out.text.size() + 4096 > kLargestShownDiff;
    return out;
  }

  Result<Response> commit(Request& request) const {
    const auto repo = TRY(readable(request));
    const auto at = TRY(git.resolve(repo, request.param("rev")));
    auto opened = git.repository(repo);
    auto& reader = opened->reader();
    const auto found = reader.find_commit(at.commit);
    if (!found) return fail(repos::revision_not_found(request.param("rev")));
    // A merge is compared with the branch that it was merged into.
    const gitio::Oid parent = found->parents.empty() ? gitio::Oid() : found->parents.front();
    return Response::json(wire::commit_page(*found, difference(reader, parent, found->oid)));
  }

  Result<Response> comparison(Request& request) const {
    const auto repo = TRY(readable(request));
    const auto [from, to] = TRY(revisions_of(request.param("range")));
    const auto first = TRY(git.resolve(repo, from));
    const auto second = TRY(git.resolve(repo, to));
    auto opened = git.repository(repo);
    auto& reader = opened->reader();
    const auto before = reader.find_commit(first.commit), after = reader.find_commit(second.commit);
    if (!before) return fail(repos::revision_not_found(from));
    if (!after) return fail(repos::revision_not_found(to));
    return Response::json(
        wire::comparison_page(*before, *after, difference(reader, before->oid, after->oid)));
  }

  Result<Response> blame(Request& request) const {
    const auto repo = TRY(readable(request));
    const auto place = place_of(request);
    const auto at = TRY(git.resolve(repo, place.revision));
    auto opened = git.repository(repo);
    auto found = opened->reader().blame(at.commit, place.path, kLargestBlamed, kLongestWalkUs);
    if (!found && found.error().kind == Kind::not_found)
      return fail(repos::entry_not_found(place.path, at.commit));
    auto blamed = TRY(std::move(found));
    if (!is_utf8(blamed.text))
      return fail(Kind::unprocessable,
                  place.path + " is not text in UTF-8: its lines have no authors.");
    return Response::json(wire::blame(blamed));
  }

  Result<Response> history(Request& request) const {
    const auto repo = TRY(readable(request));
    const auto place = place_of(request);
    const auto at = TRY(git.resolve(repo, place.revision));
    std::size_t skip = 0;
    if (const auto cursor = request.query.get("cursor"); cursor && !cursor->empty()) {
      const auto decoded = from_base64(*cursor);
      const auto number = decoded ? parse_u64(as_text(*decoded)) : std::nullopt;
      if (!number)
        return fail(Kind::invalid,
                    "The cursor is not one that this server gave out: start from the first page.");
      skip = static_cast<std::size_t>(*number);
    }
    const auto wanted = std::clamp<std::uint64_t>(
        parse_u64(request.query.get("limit").value_or("")).value_or(50), 1, 200);
    auto opened = git.repository(repo);
    auto& reader = opened->reader();
    const auto oid_at = [&](const gitio::Oid& commit) {
      const auto entry = reader.find_entry(commit, place.path);
      return entry ? entry->oid : gitio::Oid();
    };
    std::vector<gitio::Commit> found;
    bool ended = false;
    // Long histories in which the file rarely changes come in several pages.
    for (const auto began = monotonic_us();
         !ended && found.size() < wanted && monotonic_us() - began < kLongestWalkUs;) {
      const auto batch = reader.log(at.commit, skip, kBatch);
      ended = batch.size() < kBatch;
      for (const auto& commit : batch) {
        ++skip;
        const auto here = oid_at(commit.oid);
        // A merge that took the file over from one side changed nothing itself.
        const bool changed = commit.parents.empty()
                                 ? !here.empty()
                                 : std::ranges::all_of(commit.parents, [&](const auto& parent) {
                                     return oid_at(parent) != here;
                                   });
        if (!changed) continue;
        found.push_back(commit);
        if (found.size() == wanted) {
          ended = ended && &commit == &batch.back();
          break;
        }
      }
    }
    auto response = Response::json(wire::commits(found, false));
    response.headers.add("X-Repo-Commit", at.commit);
    if (!ended) add_next_link(response, request, to_base64url(as_bytes(std::to_string(skip))));
    return response;
  }
};

}  // namespace

void add_history_routes(http::Router& router, Git& git, repos::Repos& repos) {
  const HistoryRoutes routes{git, repos};
  const std::string base(kApiRepo);
  router.add({.id = "get_commit",
              .method = Method::get,
              .path = base + "/commit/{rev}",
              .summary = "A commit: its message, the files it changed and the text of the change.",
              .errors = {"RepoNotFound", "RevisionNotFound", "GatedRepo"},
              .internal = true,
              .slow = true},
             [routes](Request& request) { return routes.commit(request); });
  router.add(
      {.id = "get_comparison",
       .method = Method::get,
       .path = base + "/comparison/{range*}",
       .summary = "What changed between two revisions: the files and the text of the change.",
       .errors = {"RepoNotFound", "RevisionNotFound", "GatedRepo"},
       .internal = true},
      [routes](Request& request) { return routes.comparison(request); });
  router.add({.id = "blame_file",
              .method = Method::get,
              .path = base + "/blame/{rev}/{path*}",
              .summary = "The commit that wrote each line of a text file.",
              .errors = {"RepoNotFound", "RevisionNotFound", "EntryNotFound", "GatedRepo"},
              .internal = true,
              .slow = true},
             [routes](Request& request) { return routes.blame(request); });
  router.add({.id = "list_file_commits",
              .method = Method::get,
              .path = base + "/commits/{rev}/{path*}",
              .summary = "The commits that changed one file or folder, newest first.",
              .errors = {"RepoNotFound", "RevisionNotFound", "GatedRepo"},
              .internal = true,
              .slow = true},
             [routes](Request& request) { return routes.history(request); });
}

}  // namespace holt::git
