// HTTP routes of the repositories room.
#include <algorithm>

#include "base/text.h"
#include "domain/repos/repos.h"
#include "domain/repos/routes_popularity.h"
#include "domain/repos/wire.h"
#include "io/http/http.h"

namespace holt::repos {
namespace {

using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kPageByDefault = 200;
constexpr std::size_t kPageWithFiles = 100;  // each of its repositories is opened

Result<Response> answer_conflict(const Repos& repos, Error error, const RepoId& id,
                                 const Request& request) {
  if (error.kind != Kind::conflict) return fail(std::move(error));
  // The address of what is there: the name that was asked for may be another spelling, or a former
  // name.
  const auto existing = repos.open(auth::actor_ptr_of(request), id);
  return Response::json(wire::exists(existing ? existing->repo().id : id, request.origin), 409);
}

// "6B" → 6'000'000'000; nullopt when it is not a count.
std::optional<std::int64_t> parse_count(std::string_view text) {
  double scale = 1;
  if (!text.empty()) {
    switch (text.back()) {
      case 'K':
      case 'k':
        scale = 1e3;
        break;
      case 'M':
      case 'm':
        scale = 1e6;
        break;
      case 'B':
      case 'b':
        scale = 1e9;
        break;
      case 'T':
      case 't':
        scale = 1e12;
        break;
      default:
        break;
    }
    if (scale > 1) text.remove_suffix(1);
  }
  const auto point = text.find('.');
  const auto whole = parse_u64(text.substr(0, point));
  if (!whole) return std::nullopt;
  double value = static_cast<double>(*whole);
  if (point != text.npos) {
    const auto digits = text.substr(point + 1);
    const auto fraction = parse_u64(digits);
    if (!fraction) return std::nullopt;
    double part = static_cast<double>(*fraction);
    for (std::size_t i = 0; i < digits.size(); ++i) part /= 10;
    value += part;
  }
  return static_cast<std::int64_t>(value * scale);
}

Result<ListQuery> read_list_query(Type type, const http::Query& q) {
  ListQuery out;
  out.type = type;
  const auto text = [&](std::string_view name) { return std::string(q.get(name).value_or("")); };
  out.search = text("search");
  out.author = text("author");
  for (auto value : q.all("filter"))
    for (auto part : split(value, ','))
      if (!trim(part).empty()) out.filters.emplace_back(trim(part));
  if (const auto trained = text("trained_dataset"); !trained.empty())
    out.filters.push_back(trained.starts_with("dataset:") ? trained : "dataset:" + trained);
  for (auto name : {"apps", "inference_provider"})
    if (const auto list = q.list(name); !list.empty() && list.front() != "all")
      for (const auto& item : list) out.filters.push_back(item);
  for (auto value : q.list("models")) out.filters.push_back("model:" + value);
  for (auto value : q.list("datasets")) out.filters.push_back("dataset:" + value);
  out.pipeline_tag = text("pipeline_tag");
  out.library = text("library");
  out.sdk = text("sdk");
  if (q.get("gated")) out.gated = q.flag("gated") ? "true" : "false";
  if (const auto sort = text("sort"); !sort.empty()) {
    for (auto known : {"lastModified", "last_modified", "createdAt", "created_at", "trendingScore",
                       "trending_score", "downloads", "likes"})
      if (sort == known) out.sort = sort;
    if (out.sort != sort)
      return fail(Kind::invalid,
                  "Unknown sort \"" + std::string(clip(sort, 40)) +
                      "\": expected one of "
                      "\"lastModified\"|\"createdAt\"|\"trendingScore\"|\"downloads\"|\"likes\"");
  }
  out.descending = text("direction") != "1";
  if (const auto range = text("num_parameters"); !range.empty()) {
    for (auto part : split(range, ',')) {
      part = trim(part);
      const bool low = part.starts_with("min:"), high = part.starts_with("max:");
      const auto count = low || high ? parse_count(part.substr(4)) : std::nullopt;
      if (!count) return fail(Kind::invalid, "num_parameters is min:6B,max:128B or one of both.");
      (low ? out.min_parameters : out.max_parameters) = *count;
    }
  }
  out.limit = kPageByDefault;
  if (const auto limit = text("limit"); !limit.empty()) {
    const auto number = parse_u64(limit);
    if (!number) return fail(Kind::invalid, "limit is a number from 1 to 1000.");
    out.limit = std::clamp<std::size_t>(*number, 1, 1000);
  }
  out.cursor = text("cursor");
  return out;
}

// A private hub shows nobody what it has.
Result<void> check_may_look(const auth::Auth& auth, const Request& request) {
  if (!auth.hub_private() || !auth::actor_of(request).anonymous()) return {};
  return fail(Kind::unauthorized, "This hub is private: send an access token.");
}

Result<Response> list_repos(Repos& repos, Type type, Request& request) {
  auto query = TRY(read_list_query(type, request.query));
  InfoView view;
  view.expand = request.query.list("expand");
  TRY_VOID(check_expand(type, view.expand));
  view.full = request.query.flag("full");
  view.card = view.full || request.query.flag("cardData");
  view.config = view.full || request.query.flag("config");
  query.with_facts = view.card || view.config || !view.expand.empty() || type != Type::model;
  const bool with_files =
      view.full || std::ranges::find(view.expand, "siblings") != view.expand.end();
  if (with_files) query.limit = std::min(query.limit, kPageWithFiles);
  const auto page = TRY(repos.list(auth::actor_of(request), query));
  std::string body = "[";
  body.reserve(page.repos.size() * 512);
  for (const auto& repo : page.repos) {
    if (body.size() > 1) body += ',';
    std::vector<Sibling> siblings;
    if (with_files) {
      // Gone since the list was read: without files, then.
      const auto seen = repos.open(auth::actor_ptr_of(request), repo->id);
      if (seen && repos.events().siblings) siblings = repos.events().siblings(*seen);
      view.siblings = &siblings;
    }
    body += info_json(*repo, view);
  }
  body += ']';
  auto response = Response::json(std::move(body));
  if (!page.next_cursor.empty()) {
    std::string next = request.origin + request.path + "?";
    for (const auto& [name, value] : request.query.pairs())
      if (name != "cursor") next += percent_encode(name) + "=" + percent_encode(value) + "&";
    response.headers.add(
        "Link", "<" + next + "cursor=" + percent_encode(page.next_cursor) + ">; rel=\"next\"");
  }
  return response;
}

}  // namespace

Result<RepoId> repo_id_of(const Request& request) {
  const auto type = request.param("type");
  RepoId id;
  if (!type.empty()) {
    const auto parsed = parse_type(type);
    if (!parsed) return fail(Kind::not_found, "Unknown repository type: " + std::string(type));
    id.type = *parsed;
  }
  id.owner = request.param("owner");
  id.name = request.param("name");
  if (id.owner.size() > 200 || id.name.size() > 200)
    return fail(repo_not_found(id, auth::actor_of(request)));
  return id;
}

void add_routes(http::Router& router, Repos& repos, auth::Auth& auth) {
  const auto own_name = [](const Request& request) { return auth::actor_of(request).name; };

  router.add({.id = "create_repo",
              .method = Method::post,
              .path = "/api/repos/create",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 20,
              .summary = "Creates a repository.",
              .errors = {"RepoExists"}},
             [&, own_name](Request& request) -> Result<Response> {
               const auto body = TRY(wire::read_create(request.body, own_name(request)));
               NewRepo wanted{body.id, body.visibility, body.space_sdk, body.license, {}};
               for (const auto& file : body.files)
                 wanted.files.emplace_back(file.path, file.content);
               auto made = repos.create(auth::actor_ptr_of(request), std::move(wanted));
               if (!made) return answer_conflict(repos, std::move(made).error(), body.id, request);
               return Response::json(wire::created(made->repo(), request.origin));
             });

  router.add({.id = "delete_repo",
              .method = Method::del,
              .path = "/api/repos/delete",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .summary = "Deletes a repository.",
              .errors = {"RepoNotFound"}},
             [&, own_name](Request& request) -> Result<Response> {
               const auto body = TRY(wire::read_delete(request.body, own_name(request)));
               const auto repo =
                   TRY(repos.open_administrable(auth::actor_ptr_of(request), body.id));
               TRY_VOID(repos.remove(repo));
               return Response::json("{}");
             });

  router.add({.id = "move_repo",
              .method = Method::post,
              .path = "/api/repos/move",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .summary = "Renames or moves a repository; the old name keeps leading to it.",
              .errors = {"RepoNotFound"}},
             [&](Request& request) -> Result<Response> {
               const auto body = TRY(wire::read_move(request.body));
               const auto repo =
                   TRY(repos.open_administrable(auth::actor_ptr_of(request), body.from));
               TRY(repos.move(repo, body.to));
               return Response::json("{}");
             });

  router.add({.id = "update_repo_settings",
              .method = Method::put,
              .path = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/settings",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .summary = "Changes visibility, gate and other settings.",
              .errors = {"RepoNotFound"}},
             [&](Request& request) -> Result<Response> {
               const auto id = TRY(repo_id_of(request));
               const auto settings = TRY(wire::read_settings(request.body));
               const auto repo = TRY(repos.open_administrable(auth::actor_ptr_of(request), id));
               TRY_VOID(repos.update_settings(repo, settings));
               return Response::json(wire::settings_answer(*repos.find(repo.repo().key)));
             });

  router.add({.id = "duplicate_repo",
              .method = Method::post,
              .path = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/duplicate",
              .access = http::Access::account,
              .body = BodyPolicy::bytes,
              .summary = "Copies a repository with its history.",
              .errors = {"RepoNotFound", "GatedRepo", "RepoExists"},
              .slow = true},
             [&, own_name](Request& request) -> Result<Response> {
               const auto id = TRY(repo_id_of(request));
               auto body = TRY(wire::read_duplicate(request.body, id.type, own_name(request)));
               const auto from = TRY(repos.open_readable(auth::actor_ptr_of(request), id));
               const auto target = body.wanted.id;
               auto made = repos.duplicate(from, std::move(body.wanted));
               if (!made) return answer_conflict(repos, std::move(made).error(), target, request);
               return Response::json(wire::created(made->repo(), request.origin));
             });

  for (Type type : {Type::model, Type::dataset, Type::space, Type::kernel}) {
    static constexpr std::string_view kListIds[] = {"list_models", "list_datasets", "list_spaces",
                                                    "list_kernels"};
    router.add({.id = kListIds[static_cast<int>(type)],
                .method = Method::get,
                .path = "/api/" + std::string(type_plural(type)),
                .summary = "Lists and searches repositories.",
                .errors = {}},
               [&repos, &auth, type](Request& request) -> Result<Response> {
                 TRY_VOID(check_may_look(auth, request));
                 return list_repos(repos, type, request);
               });
  }
  for (Type type : {Type::model, Type::dataset, Type::space}) {
    static constexpr std::string_view kTagIds[] = {"list_model_tags", "list_dataset_tags",
                                                   "list_space_tags"};
    router.add({.id = kTagIds[static_cast<int>(type)],
                .method = Method::get,
                .path = "/api/" + std::string(type_plural(type)) + "-tags-by-type",
                .summary = "Tags in use, by type.",
                .errors = {}},
               [&repos, &auth, type](Request& request) -> Result<Response> {
                 TRY_VOID(check_may_look(auth, request));
                 return Response::json(wire::tags_by_type(repos.tags_in_use(type)));
               });
  }

  for (Type type : {Type::model, Type::dataset, Type::space}) {
    static constexpr std::string_view kFacetIds[] = {"list_model_facets", "list_dataset_facets",
                                                     "list_space_facets"};
    router.add({.id = kFacetIds[static_cast<int>(type)],
                .method = Method::get,
                .path = "/api/" + std::string(type_plural(type)) + "-facets",
                .summary = "What a list could be narrowed by, with counts; takes a list's filters.",
                .internal = true},
               [&repos, &auth, type](Request& request) -> Result<Response> {
                 TRY_VOID(check_may_look(auth, request));
                 const auto query = TRY(read_list_query(type, request.query));
                 return Response::json(wire::facets(repos.facets(auth::actor_of(request), query)));
               });
  }
  router.add({.id = "quick_search",
              .method = Method::get,
              .path = "/api/quicksearch",
              .summary = "Repositories, people and organisations whose names hold the letters.",
              .internal = true},
             [&repos, &auth](Request& request) -> Result<Response> {
               TRY_VOID(check_may_look(auth, request));
               wire::QuickSearch found;
               found.query = clip(trim(request.query.get("q").value_or("")), 200);
               if (found.query.empty()) return Response::json(wire::quick_search(found));
               for (Type type : {Type::model, Type::dataset, Type::space}) {
                 ListQuery query;
                 query.type = type;
                 query.search = found.query;
                 query.limit = 6;
                 found.repos.emplace_back(type,
                                          TRY(repos.list(auth::actor_of(request), query)).repos);
               }
               found.namespaces = auth.search_namespaces(found.query, 6);
               return Response::json(wire::quick_search(found));
             });

  router.add({.id = "check_repo_access",
              .method = Method::get,
              .path = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/auth-check",
              .summary = "Answers 200 when the caller may read the files.",
              .errors = {"RepoNotFound", "GatedRepo"}},
             [&](Request& request) -> Result<Response> {
               TRY(repos.open_readable(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
               return Response::json("{}");
             });
  router.add({.id = "check_repo_write_access",
              .method = Method::get,
              .path = "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}/auth-check/write",
              .summary = "Answers 200 when the caller may write.",
              .errors = {"RepoNotFound"}},
             [&](Request& request) -> Result<Response> {
               TRY(repos.open_writable(auth::actor_ptr_of(request), TRY(repo_id_of(request))));
               return Response::json("{}");
             });

  router.add({.id = "validate_yaml",
              .method = Method::post,
              .path = "/api/validate-yaml",
              .body = BodyPolicy::bytes,
              .max_body_bytes = 8 << 20,
              .summary = "Checks a card's front matter before it is committed.",
              .errors = {}},
             [&](Request& request) -> Result<Response> {
               TRY_VOID(check_may_look(auth, request));
               const auto body = TRY(wire::read_validate_yaml(request.body));
               const auto checked = cards::parse_front_matter(body.content, body.repo_type);
               return Response::json(wire::yaml_answer(checked.errors, checked.warnings),
                                     checked.errors.empty() ? 200 : 400);
             });

  const auto list_storage = [&](const auth::Actor& actor, std::int64_t owner_key,
                                std::string_view owner) -> Result<Response> {
    std::vector<std::shared_ptr<const Repo>> owned;
    for (Type type : {Type::model, Type::dataset, Type::space, Type::kernel}) {
      ListQuery query;
      query.type = type;
      query.author = owner;
      do {
        auto page = TRY(repos.list(actor, query));
        for (auto& repo : page.repos)
          if (repo->owner_key == owner_key) owned.push_back(std::move(repo));
        query.cursor = page.next_cursor;
      } while (!query.cursor.empty());
    }
    return Response::json(wire::storage_list(owned));
  };
  router.add({.id = "list_own_storage",
              .method = Method::get,
              .path = "/api/settings/repositories",
              .access = http::Access::account,
              .summary = "The caller's repositories with the space they use.",
              .errors = {}},
             [list_storage](Request& request) {
               const auto& actor = auth::actor_of(request);
               return list_storage(actor, actor.user_key, actor.name);
             });
  router.add({.id = "list_org_storage",
              .method = Method::get,
              .path = "/api/organizations/{org}/settings/repositories",
              .access = http::Access::account,
              .summary = "An organisation's repositories with the space they use.",
              .errors = {}},
             [&auth, list_storage](Request& request) -> Result<Response> {
               const auto& actor = auth::actor_of(request);
               const auto org = auth.find_namespace(request.param("org"));
               if (!org || !org->is_org || !(actor.site_admin || actor.role_in(org->name)))
                 return fail(Kind::not_found, "Organization not found: " +
                                                  std::string(clip(request.param("org"), 100)));
               return list_storage(actor, org->key, org->name);
             });
  add_popularity_routes(router, repos, auth);
}

}  // namespace holt::repos
