// Writing: preupload and commit.
#include <algorithm>

#include "base/text.h"
#include "domain/git/commit_stream.h"
#include "domain/git/requests.h"
#include "domain/git/routes.h"
#include "domain/git/state.h"
#include "domain/git/wire.h"

namespace holt::git {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

bool looks_binary(std::string_view sample) {
  if (sample.find('\0') != sample.npos) return true;
  // The sample may end inside a character: up to three trailing bytes are given the benefit of the
  // doubt.
  for (std::size_t cut = 0; cut <= 3 && cut <= sample.size(); ++cut)
    if (is_utf8(sample.substr(0, sample.size() - cut))) return false;
  return true;
}

struct CommitRoutes {
  Git& git;
  repos::Repos& repos;
  content::Contents& contents;

  // For a pull request, new or there already, reading is enough; who may add to it is asked later.
  Result<repos::Proposing> open_for_writing(const Request& request) const {
    const auto actor = auth::actor_ptr_of(request);
    const auto id = TRY(repos::repo_id_of(request));
    if (request.query.flag("create_pr") || proposal_number(place_of(request).revision))
      return repos.open_proposing(actor, id);
    return TRY(repos.open_writable(actor, id));
  }

  // A file's text at a revision, or empty when it is not there.
  std::string text_at(const repos::Visible& repo, const std::optional<Revision>& at,
                      std::string_view path) const {
    if (!at) return {};
    const auto file = git.find_file(repo, *at, path);
    if (!file || file->lfs || file->size_bytes > (1u << 20)) return {};
    const auto bytes = git.read_blob(repo, file->entry.oid);
    return bytes ? **bytes : std::string();
  }

  Result<Response> preupload(Request& request) const {
    const auto repo = TRY(open_for_writing(request));
    const auto body = TRY(wire::read_preupload(request.body));
    const auto place = place_of(request);
    const auto resolved = git.resolve(repo, place.revision);
    if (!resolved && !(place.revision == "main" && repo.repo().head.empty()))
      return fail(resolved.error());
    const std::optional<Revision> at = resolved ? std::optional(*resolved) : std::nullopt;
    const auto attributes = gitio::Attributes::parse(
        body.attributes ? *body.attributes : text_at(repo, at, ".gitattributes"));
    const auto ignores =
        gitio::Ignores::parse(body.ignores ? *body.ignores : text_at(repo, at, ".gitignore"));
    std::vector<wire::PreuploadAnswer> answers;
    for (const auto& file : body.files) {
      TRY_VOID(gitio::check_path(file.path));
      wire::PreuploadAnswer answer{file.path, false, false, {}};
      answer.large = file.size_bytes > 0 &&
                     (attributes.is_lfs(file.path) || file.size_bytes > git.inline_limit_bytes() ||
                      looks_binary(file.sample));
      answer.ignored = ignores.is_ignored(file.path);
      if (at)
        if (const auto present = git.find_file(repo, *at, file.path))
          answer.oid = present->lfs ? present->lfs->sha256 : present->entry.oid;
      answers.push_back(std::move(answer));
    }
    return Response::json(wire::preupload(answers, at ? at->commit : std::string_view()));
  }

  Result<std::unique_ptr<http::BodySink>> open_commit_body(Request& request) const {
    TRY(open_for_writing(request));
    return std::make_unique<content::StagingSink>(contents.store().stage());
  }

  Result<Response> commit(Request& request) const {
    const auto repo = TRY(open_for_writing(request));
    auto& sink = static_cast<content::StagingSink&>(*request.sink);
    auto stream = TRY(CommitStream::open(sink.file()));
    auto wanted = stream.header();
    wanted.revision = place_of(request).revision;
    if (wanted.summary.empty())
      return fail(Kind::invalid, "A commit needs a summary in its header line.");
    const auto outcome = TRY(commit_as_asked(request, repo, wanted, stream));
    const std::string page = request.origin + repo.repo().id.web_path();
    return Response::json(wire::committed(
        page + "/commit/" + outcome.commit, outcome.commit,
        outcome.proposal == 0 ? std::string()
                              : page + "/discussions/" + std::to_string(outcome.proposal)));
  }

  Result<CommitOutcome> commit_as_asked(const Request& request, const repos::Proposing& repo,
                                        const CommitRequest& wanted, CommitStream& stream) const {
    if (request.query.flag("create_pr"))
      return git.propose(repo, {wanted.summary, wanted.description, branch_ref(wanted.revision)},
                         wanted, stream);
    if (const auto number = proposal_number(wanted.revision))
      return git.commit_to_proposal(repo, *number, wanted, stream);
    const auto writable = TRY(repos.open_writable(repo.actor_ptr(), repo.repo().id));
    return git.commit(writable, wanted, stream);
  }
};

}  // namespace

void add_commit_routes(http::Router& router, Git& git, repos::Repos& repos,
                       content::Contents& contents) {
  const CommitRoutes routes{git, repos, contents};
  const std::string base(kApiRepo);
  router.add({.id = "preupload",
              .method = Method::post,
              .path = base + "/preupload/{rev}",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 32 << 20,
              .summary = "Says for each file whether it is uploaded as a large file.",
              .errors = {"RepoNotFound", "RevisionNotFound"}},
             [routes](Request& request) { return routes.preupload(request); });
  router.add({.id = "create_commit",
              .method = Method::post,
              .path = base + "/commit/{rev}",
              .access = http::Access::account,
              .body = BodyPolicy::sink,
              .max_body_bytes = 8ull << 30,
              .summary = "Commits operations sent as NDJSON.",
              .errors = {"RepoNotFound", "RevisionNotFound", "EntryNotFound"},
              .slow = true,
              .open_sink = [routes](Request& request) { return routes.open_commit_body(request); }},
             [routes](Request& request) { return routes.commit(request); });
}

}  // namespace holt::git
