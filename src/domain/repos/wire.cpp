// JSON shapes of the repositories room. Property names are the Hub's.
#include "domain/repos/wire.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "base/time.h"

namespace holt::repos {
namespace json = boost::json;

namespace {

Result<json::object> parse_object(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body.empty() ? "{}" : body, error, {}, {.max_depth = 32});
  if (error || !value.is_object())
    return fail(Kind::invalid, "The request body is not a JSON object: " +
                                   (error ? error.message() : "another type"));
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

Result<Type> type_of(const json::object& object, std::string_view key = "type") {
  const std::string text = text_of(object, key);
  if (text.empty()) return Type::model;
  if (auto type = parse_type(text)) return *type;
  return fail(Kind::invalid, "Unknown repository type \"" + std::string(clip(text, 40)) +
                                 "\": use model, dataset, space or kernel.");
}

// "ns/name", or a bare name in the given namespace.
RepoId split_id(Type type, std::string_view text, std::string_view own_name) {
  const auto slash = text.find('/');
  if (slash == text.npos) return {type, std::string(own_name), std::string(text)};
  return {type, std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

// Absent and null say the same: leave it as it is.
const json::value* given(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}

Result<std::optional<bool>> flag_of(const json::object& object, std::string_view key) {
  const auto* value = given(object, key);
  if (!value) return std::optional<bool>();
  if (!value->is_bool())
    return fail(Kind::invalid, "\"" + std::string(key) + "\" is true or false.");
  return std::optional(value->as_bool());
}

Result<std::optional<auth::Visibility>> visibility_of(const json::object& object) {
  if (const auto* value = given(object, "visibility")) {
    const std::string text = text_of(object, "visibility");
    if (!value->is_string())
      return fail(Kind::invalid, "\"visibility\" is \"public\" or \"private\".");
    if (text == "public") return auth::Visibility::public_;
    // A protected Space runs in public and keeps its files private; without runtime it is private.
    if (text == "private" || text == "protected") return auth::Visibility::private_;
    return fail(Kind::invalid, "Unknown visibility \"" + std::string(clip(text, 40)) +
                                   "\": use public or private.");
  }
  const auto is_private = TRY(flag_of(object, "private"));
  if (!is_private) return std::optional<auth::Visibility>();
  return *is_private ? auth::Visibility::private_ : auth::Visibility::public_;
}

json::value raw(const std::string& text) {
  if (text.empty()) return nullptr;
  boost::system::error_code error;
  auto value = json::parse(text, error, {}, {.max_depth = 80});
  return error ? json::value(nullptr) : value;
}

const std::vector<std::string_view>& allowed_expand(Type type) {
  static const std::vector<std::string_view> model{"author",
                                                   "baseModels",
                                                   "cardData",
                                                   "childrenModelCount",
                                                   "config",
                                                   "createdAt",
                                                   "disabled",
                                                   "downloads",
                                                   "downloadsAllTime",
                                                   "evalResults",
                                                   "gated",
                                                   "gguf",
                                                   "inference",
                                                   "inferenceProviderMapping",
                                                   "lastModified",
                                                   "library_name",
                                                   "likes",
                                                   "mask_token",
                                                   "model-index",
                                                   "pipeline_tag",
                                                   "private",
                                                   "resourceGroup",
                                                   "safetensors",
                                                   "sha",
                                                   "siblings",
                                                   "spaces",
                                                   "tags",
                                                   "transformersInfo",
                                                   "trendingScore",
                                                   "usedStorage",
                                                   "widgetData",
                                                   "gitalyUid",
                                                   "xetEnabled"};
  static const std::vector<std::string_view> dataset{"author",
                                                     "cardData",
                                                     "citation",
                                                     "createdAt",
                                                     "description",
                                                     "disabled",
                                                     "downloads",
                                                     "downloadsAllTime",
                                                     "gated",
                                                     "lastModified",
                                                     "likes",
                                                     "mainSize",
                                                     "paperswithcode_id",
                                                     "private",
                                                     "resourceGroup",
                                                     "sha",
                                                     "siblings",
                                                     "tags",
                                                     "trendingScore",
                                                     "usedStorage",
                                                     "gitalyUid",
                                                     "xetEnabled"};
  static const std::vector<std::string_view> space{
      "author",      "cardData",  "createdAt", "datasets",  "disabled",      "lastModified",
      "likes",       "models",    "private",   "region",    "resourceGroup", "runtime",
      "sdk",         "sha",       "siblings",  "subdomain", "tags",          "trendingScore",
      "usedStorage", "gitalyUid", "xetEnabled"};
  if (type == Type::dataset) return dataset;
  if (type == Type::space) return space;
  return model;
}

json::value gate_value(Gate gate) {
  if (gate == Gate::automatic) return "auto";
  if (gate == Gate::manual) return "manual";
  return false;
}

json::array siblings_value(const std::vector<Sibling>& siblings) {
  json::array list;
  list.reserve(siblings.size());
  for (const auto& sibling : siblings) {
    json::object item{{"rfilename", sibling.path}};
    if (sibling.size_bytes) {
      item["size"] = *sibling.size_bytes;
      item["blobId"] = sibling.blob_id;
      if (!sibling.lfs_sha256.empty())
        item["lfs"] = json::object{{"sha256", sibling.lfs_sha256},
                                   {"size", *sibling.size_bytes},
                                   {"pointerSize", sibling.pointer_bytes}};
    }
    list.push_back(std::move(item));
  }
  return list;
}

std::string subdomain_of(const RepoId& id) {
  std::string text = lower(id.owner + "-" + id.name);
  std::ranges::replace_if(text, [](char c) { return c == '.' || c == '_'; }, '-');
  return text;
}

// One property; nullopt when this repository has nothing to say for it.
std::optional<json::value> property(const Repo& repo, const InfoView& view, std::string_view name) {
  const auto& facts = repo.facts;
  const auto text_or_nothing = [](const std::string& text) -> std::optional<json::value> {
    if (text.empty()) return std::nullopt;
    return json::value(text);
  };
  const auto raw_or_nothing = [](const std::string& text) -> std::optional<json::value> {
    if (text.empty()) return std::nullopt;
    return raw(text);
  };
  if (name == "author") return json::value(repo.id.owner);
  if (name == "cardData") return raw_or_nothing(facts.card_json);
  if (name == "config") return raw_or_nothing(facts.config_json);
  if (name == "createdAt") return json::value(iso8601(repo.created_at));
  if (name == "lastModified")
    return json::value(iso8601(view.last_modified.value_or(repo.last_modified)));
  if (name == "disabled") return json::value(repo.disabled);
  if (name == "downloads") return json::value(repo.downloads);
  if (name == "downloadsAllTime") return json::value(repo.downloads_all_time);
  if (name == "gated") return gate_value(repo.gate);
  if (name == "gguf") return raw_or_nothing(facts.gguf_json);
  if (name == "library_name") return text_or_nothing(facts.library_name);
  if (name == "likes") return json::value(repo.likes);
  if (name == "mask_token") return text_or_nothing(facts.mask_token);
  if (name == "model-index") return raw_or_nothing(facts.model_index_json);
  if (name == "pipeline_tag") return text_or_nothing(facts.pipeline_tag);
  if (name == "private") return json::value(repo.visibility == auth::Visibility::private_);
  if (name == "safetensors") return raw_or_nothing(facts.safetensors_json);
  if (name == "sha") {
    const auto& sha = view.sha.empty() ? repo.head : view.sha;
    return text_or_nothing(sha);
  }
  if (name == "siblings")
    return view.siblings ? std::optional<json::value>(siblings_value(*view.siblings))
                         : std::nullopt;
  if (name == "spaces" || name == "models" || name == "datasets") return json::value(json::array{});
  if (name == "tags") {
    json::array tags;
    for (const auto& tag : facts.tags) tags.emplace_back(tag);
    return json::value(std::move(tags));
  }
  if (name == "transformersInfo") return raw_or_nothing(facts.transformers_info_json);
  if (name == "trendingScore") return json::value(repo.trending);
  if (name == "usedStorage") return json::value(repo.used_storage_bytes);
  if (name == "widgetData") return raw_or_nothing(facts.widget_json);
  if (name == "description") return text_or_nothing(facts.description);
  if (name == "sdk") return text_or_nothing(facts.sdk.empty() ? repo.space_sdk : facts.sdk);
  if (name == "subdomain") return json::value(subdomain_of(repo.id));
  if (name == "inferenceProviderMapping") return json::value(json::object{});
  if (name == "xetEnabled") return json::value(true);
  if (name == "evalResults") return json::value(json::array{});
  if (name == "runtime")
    return json::value(
        json::object{{"stage", "NO_APP_FILE"},
                     {"hardware", json::object{{"current", nullptr}, {"requested", nullptr}}}});
  return std::nullopt;
}

}  // namespace

Result<void> check_expand(Type type, const std::vector<std::string>& expand) {
  const auto& allowed = allowed_expand(type);
  for (const auto& name : expand) {
    if (std::ranges::find(allowed, std::string_view(name)) != allowed.end()) continue;
    std::string list;
    for (auto known : allowed) list += (list.empty() ? "\"" : "|\"") + std::string(known) + "\"";
    return fail(Kind::invalid,
                "Invalid expand \"" + std::string(clip(name, 60)) + "\": expected one of " + list);
  }
  return {};
}

std::string info_json(const Repo& repo, const InfoView& view) {
  json::object out{{"_id", repo.object_id}, {"id", repo.id.full()}};
  const auto add = [&](std::string_view name) {
    if (auto value = property(repo, view, name)) out[name] = std::move(*value);
  };
  if (!view.expand.empty()) {
    for (const auto& name : view.expand) add(name);
    return json::serialize(out);
  }
  if (repo.id.type == Type::model) out["modelId"] = repo.id.full();
  for (auto name : {"author", "sha", "lastModified", "createdAt", "private", "gated", "disabled",
                    "downloads", "likes", "trendingScore", "tags", "pipeline_tag", "library_name"})
    add(name);
  if (repo.id.type == Type::space) {
    add("sdk");
    add("subdomain");
  }
  if (repo.id.type == Type::dataset) add("description");
  if (view.full || view.card) add("cardData");
  if (view.full || view.config) add("config");
  if (view.full) {
    for (auto name : {"siblings", "mask_token", "widgetData", "model-index", "transformersInfo",
                      "safetensors", "gguf"})
      add(name);
    if (view.siblings) add("usedStorage");
    if (repo.id.type == Type::model) add("spaces");
    if (repo.id.type == Type::space) {
      add("models");
      add("datasets");
      add("runtime");
    }
  }
  return json::serialize(out);
}

namespace wire {

std::string facts_to_json(const cards::Facts& f) {
  json::object out;
  const auto put = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) out[key] = text;
  };
  put("card", f.card_json);
  put("license", f.license);
  put("config", f.config_json);
  put("transformersInfo", f.transformers_info_json);
  put("safetensors", f.safetensors_json);
  put("gguf", f.gguf_json);
  put("maskToken", f.mask_token);
  put("widget", f.widget_json);
  put("modelIndex", f.model_index_json);
  put("title", f.title);
  put("emoji", f.emoji);
  put("sdk", f.sdk);
  put("description", f.description);
  put("prettyName", f.pretty_name);
  return json::serialize(out);
}

void read_facts(std::string_view text, cards::Facts& f) {
  if (text.size() <= 2) return;
  const auto object = parse_object(text);
  CHECK(object.has_value());
  f.card_json = text_of(*object, "card");
  f.license = text_of(*object, "license");
  f.config_json = text_of(*object, "config");
  f.transformers_info_json = text_of(*object, "transformersInfo");
  f.safetensors_json = text_of(*object, "safetensors");
  f.gguf_json = text_of(*object, "gguf");
  f.mask_token = text_of(*object, "maskToken");
  f.widget_json = text_of(*object, "widget");
  f.model_index_json = text_of(*object, "modelIndex");
  f.title = text_of(*object, "title");
  f.emoji = text_of(*object, "emoji");
  f.sdk = text_of(*object, "sdk");
  f.description = text_of(*object, "description");
  f.pretty_name = text_of(*object, "prettyName");
}

Result<CreateBody> read_create(std::string_view body, std::string_view own_name) {
  const auto object = TRY(parse_object(body));
  CreateBody out;
  const auto type = TRY(type_of(object));
  if (type == Type::bucket)
    return fail(Kind::invalid, "A bucket is created by POST /api/buckets/{namespace}/{name}.");
  const std::string name = text_of(object, "name");
  if (name.empty()) return fail(Kind::invalid, "The request body needs \"name\".");
  const std::string organization = text_of(object, "organization");
  out.id = split_id(type, name, organization.empty() ? own_name : std::string_view(organization));
  out.visibility = TRY(visibility_of(object));
  out.space_sdk = text_of(object, "sdk");
  out.license = text_of(object, "license");
  if (const auto* files = object.if_contains("files"); files && files->is_array()) {
    for (const auto& file : files->as_array()) {
      if (!file.is_object())
        return fail(Kind::invalid, "\"files\" holds something that is not an object.");
      const auto content = from_base64(text_of(file.as_object(), "content"));
      if (!content) return fail(Kind::invalid, "A file's \"content\" is not base64.");
      out.files.push_back({text_of(file.as_object(), "path"), std::string(as_text(*content))});
    }
  }
  return out;
}

Result<DeleteBody> read_delete(std::string_view body, std::string_view own_name) {
  const auto object = TRY(parse_object(body));
  const auto type = TRY(type_of(object));
  const std::string organization = text_of(object, "organization");
  return DeleteBody{split_id(type, text_of(object, "name"),
                             organization.empty() ? own_name : std::string_view(organization))};
}

Result<MoveBody> read_move(std::string_view body) {
  const auto object = TRY(parse_object(body));
  const auto type = TRY(type_of(object));
  const std::string from = text_of(object, "fromRepo"), to = text_of(object, "toRepo");
  for (const auto& text : {from, to})
    if (std::ranges::count(text, '/') != 1)
      return fail(Kind::invalid, "\"fromRepo\" and \"toRepo\" are namespace/name, got \"" +
                                     std::string(clip(text, 200)) + "\".");
  return MoveBody{split_id(type, from, ""), split_id(type, to, "")};
}

Result<Settings> read_settings(std::string_view body) {
  const auto object = TRY(parse_object(body));
  Settings out;
  out.visibility = TRY(visibility_of(object));
  if (const auto* gated = given(object, "gated")) {
    if (gated->is_bool() && !gated->as_bool())
      out.gate = Gate::none;
    else if (gated->is_string() && gated->as_string() == "auto")
      out.gate = Gate::automatic;
    else if (gated->is_string() && gated->as_string() == "manual")
      out.gate = Gate::manual;
    else
      return fail(Kind::invalid, "\"gated\" is \"auto\", \"manual\" or false.");
  }
  out.discussions_disabled = TRY(flag_of(object, "discussionsDisabled"));
  out.allow_force_push = TRY(flag_of(object, "allowForcePush"));
  return out;
}

Result<DuplicateBody> read_duplicate(std::string_view body, Type type, std::string_view own_name) {
  const auto object = TRY(parse_object(body));
  const std::string target = text_of(object, "repository");
  if (target.empty()) return fail(Kind::invalid, "The request body needs \"repository\".");
  DuplicateBody out;
  out.wanted.id = split_id(type, target, own_name);
  out.wanted.visibility = TRY(visibility_of(object));
  return out;
}

Result<YamlBody> read_validate_yaml(std::string_view body) {
  const auto object = TRY(parse_object(body));
  const auto* content = object.if_contains("content");
  if (!content || !content->is_string())
    return fail(Kind::invalid, "The request body needs \"content\": the text of the card.");
  YamlBody out{text_of(object, "content"), text_of(object, "repoType")};
  if (out.repo_type.empty()) out.repo_type = "model";
  return out;
}

std::string created(const Repo& repo, std::string_view origin) {
  return json::serialize(json::object{{"url", std::string(origin) + repo.id.web_path()},
                                      {"name", repo.id.full()},
                                      {"id", repo.object_id}});
}

std::string exists(const RepoId& id, std::string_view origin) {
  return json::serialize(json::object{
      {"error", "You already created this " + std::string(type_name(id.type)) + " repo"},
      {"url", std::string(origin) + id.web_path()}});
}

std::string settings_answer(const Repo& repo) {
  return json::serialize(json::object{{"private", repo.visibility == auth::Visibility::private_},
                                      {"gated", gate_value(repo.gate)},
                                      {"discussionsDisabled", repo.discussions_disabled},
                                      {"allowForcePush", repo.allow_force_push}});
}

std::string tags_by_type(const std::vector<cards::Tag>& tags) {
  json::object out;
  for (const auto& tag : tags) {
    auto& list = out[tag.type];
    if (!list.is_array()) list = json::array{};
    list.as_array().push_back(
        json::object{{"id", tag.id}, {"label", tag.label}, {"type", tag.type}});
  }
  return json::serialize(out);
}

std::string facets(const Facets& facets) {
  json::object kinds;
  for (const auto& facet : facets.values) {
    auto& list = kinds[facet.kind];
    if (!list.is_array()) list = json::array{};
    list.as_array().push_back(
        json::object{{"id", facet.id}, {"label", facet.label}, {"count", facet.count}});
  }
  return json::serialize(
      json::object{{"total", facets.total}, {"cut", facets.cut}, {"facets", std::move(kinds)}});
}

std::string quick_search(const QuickSearch& found) {
  json::object out{{"q", found.query}};
  for (const auto& [type, repos] : found.repos) {
    json::array list;
    for (const auto& repo : repos)
      list.push_back(json::object{{"_id", repo->object_id},
                                  {"id", repo->id.full()},
                                  {"private", repo->visibility == auth::Visibility::private_},
                                  {"trendingScore", repo->trending}});
    out[type_plural(type)] = std::move(list);
  }
  json::array orgs, users;
  for (const auto& one : found.namespaces)
    (one.is_org ? orgs : users)
        .push_back(json::object{{"_id", one.object_id},
                                {"name", one.name},
                                {"fullname", one.full_name},
                                {"avatarUrl", ""}});
  out["orgs"] = std::move(orgs);
  out["users"] = std::move(users);
  return json::serialize(out);
}

std::string likers(const std::vector<Liker>& likers) {
  json::array out;
  for (const auto& one : likers)
    out.push_back(json::object{{"_id", one.user.object_id},
                               {"user", one.user.name},
                               {"fullname", one.user.full_name},
                               {"avatarUrl", ""},
                               {"type", "user"},
                               {"likedAt", iso8601(one.at)}});
  return json::serialize(out);
}

std::string likes(const std::vector<Like>& likes) {
  json::array out;
  for (const auto& one : likes)
    out.push_back(json::object{{"createdAt", iso8601(one.at)},
                               {"repo", json::object{{"name", one.repo->id.full()},
                                                     {"type", type_name(one.repo->id.type)}}}});
  return json::serialize(out);
}

std::string liked(bool liked) { return json::serialize(json::object{{"liked", liked}}); }

std::string downloads(const std::vector<DownloadsOfDay>& days) {
  json::array out;
  for (const auto& one : days)
    out.push_back(json::object{{"date", iso8601(one.day).substr(0, 10)}, {"downloads", one.count}});
  return json::serialize(out);
}

std::string yaml_answer(const std::vector<std::string>& errors,
                        const std::vector<std::string>& warnings) {
  const auto list = [](const std::vector<std::string>& texts) {
    json::array items;
    for (const auto& text : texts) items.push_back(json::object{{"message", text}});
    return items;
  };
  return json::serialize(json::object{{"errors", list(errors)}, {"warnings", list(warnings)}});
}

std::string storage_list(const std::vector<std::shared_ptr<const Repo>>& repos) {
  std::int64_t total = 0;
  for (const auto& repo : repos) total += repo->used_storage_bytes;
  json::array list;
  for (const auto& repo : repos)
    list.push_back(json::object{
        {"id", repo->id.full()},
        {"type", type_name(repo->id.type)},
        {"updatedAt", iso8601(repo->last_modified)},
        {"visibility", repo->visibility == auth::Visibility::private_ ? "private" : "public"},
        {"storage", repo->used_storage_bytes},
        {"storagePercent",
         total > 0 ? static_cast<double>(repo->used_storage_bytes) / static_cast<double>(total)
                   : 0.0}});
  return json::serialize(list);
}

}  // namespace wire
}  // namespace holt::repos
