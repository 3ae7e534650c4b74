// HTTP routes of the community room.
#include <algorithm>

#include "base/text.h"
#include "domain/community/community.h"
#include "domain/community/wire.h"
#include "io/http/http.h"

namespace holt::community {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

constexpr std::uint64_t kMostDiffBytes = 4 << 20;
constexpr std::uint64_t kLastPage = 1'000'000;

struct Place {
  repos::Proposing repo;
  std::int64_t num;
};

Result<std::int64_t> number_of(const Request& request) {
  const auto number = parse_u64(request.param("num"));
  if (!number || *number == 0 || *number > INT32_MAX)
    return fail(Kind::not_found, "Discussion \"" + std::string(clip(request.param("num"), 40)) +
                                     "\" was not found: discussions have numbers.");
  return static_cast<std::int64_t>(*number);
}

template <class Value>
Result<Value> one_of(const Request& request, std::string_view name,
                     std::initializer_list<std::pair<std::string_view, Value>> values) {
  const auto text = request.query.get(name).value_or("");
  if (text.empty()) return values.begin()->second;
  std::string known;
  for (const auto& [word, value] : values) {
    if (text == word) return value;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return fail(Kind::invalid, "Unknown " + std::string(name) + " \"" + std::string(clip(text, 40)) +
                                 "\": use one of " + known + ".");
}

struct CommunityRoutes {
  Community& community;

  Result<repos::Proposing> proposing(const Request& request) const {
    return community.repos().open_proposing(auth::actor_ptr_of(request),
                                            TRY(repos::repo_id_of(request)));
  }
  Result<repos::Writable> writable(const Request& request) const {
    return community.repos().open_writable(auth::actor_ptr_of(request),
                                           TRY(repos::repo_id_of(request)));
  }
  Result<Place> place(const Request& request) const {
    auto repo = TRY(proposing(request));
    return Place{std::move(repo), TRY(number_of(request))};
  }

  Result<Response> list(Request& request) const {
    const auto repo =
        TRY(community.repos().open(auth::actor_ptr_of(request), TRY(repos::repo_id_of(request))));
    ListQuery query;
    query.kind = TRY(one_of<ListQuery::Kind>(request, "type",
                                             {{"all", ListQuery::Kind::all},
                                              {"discussion", ListQuery::Kind::discussion},
                                              {"pull_request", ListQuery::Kind::pull_request}}));
    query.state = TRY(one_of<ListQuery::State>(request, "status",
                                               {{"all", ListQuery::State::all},
                                                {"open", ListQuery::State::open},
                                                {"closed", ListQuery::State::closed}}));
    query.author = request.query.get("author").value_or("");
    const auto page = parse_u64(request.query.get("p").value_or("0"));
    if (!page || *page > kLastPage)
      return fail(Kind::invalid, "p is the number of a page, from 0.");
    query.start = static_cast<std::size_t>(*page) * query.limit;
    return Response::json(wire::page(repo.repo(), community.list(repo, query), query.start));
  }

  Result<Response> create(Request& request) const {
    const auto repo = TRY(proposing(request));
    const auto wanted = TRY(wire::read_new(request.body));
    const auto num = TRY(community.create(repo, wanted));
    const std::string url =
        request.origin + repo.repo().id.web_path() + "/discussions/" + std::to_string(num);
    return Response::json(wire::created(num, url, wanted.pull_request));
  }

  Result<Response> details(Request& request) const {
    const auto actor = auth::actor_ptr_of(request);
    const auto id = TRY(repos::repo_id_of(request));
    const auto repo = TRY(community.repos().open(actor, id));
    const auto discussion = TRY(community.find(repo, TRY(number_of(request))));
    const bool with_diff = request.query.flag("diff");
    std::optional<git::Comparison> changes;
    // What the files hold is for those who have passed the gate.
    if (discussion.pull_request)
      if (const auto readable = community.repos().open_readable(actor, id))
        changes = community.changes(*readable, discussion, with_diff ? kMostDiffBytes : 0);
    return Response::json(wire::details(repo.repo(), discussion, community.events(discussion),
                                        changes, with_diff, community.render()));
  }

  Result<Response> comment(Request& request) const {
    const auto at = TRY(place(request));
    const auto text = TRY(wire::read_text(request.body, "comment"));
    return Response::json(wire::event("newMessage", TRY(community.comment(at.repo, at.num, text))));
  }

  Result<Response> rename(Request& request) const {
    const auto at = TRY(place(request));
    const auto title = TRY(wire::read_text(request.body, "title"));
    return Response::json(wire::event("newTitle", TRY(community.rename(at.repo, at.num, title))));
  }

  Result<Response> set_status(Request& request) const {
    const auto at = TRY(place(request));
    const auto wanted = TRY(wire::read_status(request.body));
    return Response::json(wire::event(
        "newStatus", TRY(community.set_status(at.repo, at.num, wanted.status, wanted.comment))));
  }

  Result<Response> edit(Request& request) const {
    const auto at = TRY(place(request));
    const auto text = TRY(wire::read_text(request.body, "content"));
    return Response::json(
        wire::event("updatedComment",
                    TRY(community.edit_comment(at.repo, at.num, request.param("comment"), text))));
  }

  Result<Response> hide(Request& request) const {
    const auto at = TRY(place(request));
    return Response::json(wire::event(
        "updatedComment", TRY(community.hide_comment(at.repo, at.num, request.param("comment")))));
  }

  Result<Response> pin(Request& request) const {
    const auto repo = TRY(writable(request));
    const bool pinned = TRY(wire::read_pinned(request.body));
    TRY_VOID(community.pin(repo, TRY(number_of(request)), pinned));
    return Response::json(wire::pinned(pinned));
  }

  Result<Response> merge(Request& request) const {
    const auto repo = TRY(writable(request));
    const auto comment = TRY(wire::read_optional_text(request.body, "comment"));
    TRY_VOID(community.merge(repo, TRY(number_of(request)), comment));
    return Response::json("{}");
  }
};

}  // namespace

void add_routes(http::Router& router, Community& community) {
  const CommunityRoutes routes{community};
  const std::string base = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/discussions";
  router.add({.id = "list_discussions",
              .method = Method::get,
              .path = base,
              .summary = "Discussions and pull requests of a repository, the newest first.",
              .errors = {"RepoNotFound"}},
             [routes](Request& request) { return routes.list(request); });
  router.add({.id = "get_discussion",
              .method = Method::get,
              .path = base + "/{num}",
              .summary = "A discussion and what happened in it; with diff=1 what it would change.",
              .errors = {"RepoNotFound"},
              .slow = true},
             [routes](Request& request) { return routes.details(request); });
  const auto add = [&](std::string_view id, const std::string& path, std::string_view summary,
                       Result<Response> (CommunityRoutes::*work)(Request&) const) {
    router.add({.id = id,
                .method = Method::post,
                .path = base + path,
                .access = http::Access::account,
                .body = BodyPolicy::bytes,
                .summary = summary,
                .errors = {"RepoNotFound", "GatedRepo"},
                .slow = true},
               [routes, work](Request& request) { return (routes.*work)(request); });
  };
  add("create_discussion", "", "Opens a discussion or a pull request.", &CommunityRoutes::create);
  add("comment_discussion", "/{num}/comment", "Adds a comment.", &CommunityRoutes::comment);
  add("rename_discussion", "/{num}/title", "Changes the title.", &CommunityRoutes::rename);
  add("change_discussion_status", "/{num}/status", "Opens or closes.",
      &CommunityRoutes::set_status);
  add("merge_pull_request", "/{num}/merge", "Merges a pull request.", &CommunityRoutes::merge);
  add("edit_discussion_comment", "/{num}/comment/{comment}/edit", "Changes a comment's text.",
      &CommunityRoutes::edit);
  add("hide_discussion_comment", "/{num}/comment/{comment}/hide",
      "Hides a comment: its text is gone.", &CommunityRoutes::hide);
  add("pin_discussion", "/{num}/pin", "Shows a discussion first, or no longer.",
      &CommunityRoutes::pin);
}

}  // namespace holt::community
