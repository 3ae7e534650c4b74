// JSON that commands print: an array of flat objects.
#include "app/commands/wire.h"

#include <boost/json.hpp>

#include "base/time.h"

namespace holt::app::wire {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Timestamp>& at) {
  if (!at) return nullptr;
  return json::value(iso8601(*at));
}

std::string token_role(auth::TokenRole role) {
  switch (role) {
    case auth::TokenRole::read:
      return "read";
    case auth::TokenRole::write:
      return "write";
    case auth::TokenRole::fine_grained:
      return "fine-grained";
  }
  return "read";
}

json::object token_object(const auth::Token& token) {
  return {{"id", token.object_id},
          {"name", token.name},
          {"role", token_role(token.role)},
          {"lastFour", token.last_four},
          {"createdAt", iso8601(token.created_at)},
          {"expiresAt", time_or_null(token.expires_at)},
          {"lastUsedAt", time_or_null(token.last_used_at)},
          {"revokedAt", time_or_null(token.revoked_at)}};
}

}  // namespace

std::string namespaces(const std::vector<auth::Namespace>& all) {
  json::array out;
  for (const auto& one : all) {
    out.push_back(json::object{{"id", one.object_id},
                               {"type", one.is_org ? "org" : "user"},
                               {"name", one.name},
                               {"fullname", one.full_name},
                               {"email", one.email},
                               {"admin", one.site_admin},
                               {"suspended", one.suspended},
                               {"createdAt", iso8601(one.created_at)}});
  }
  return json::serialize(out);
}

std::string members(const std::vector<auth::Auth::Member>& all) {
  json::array out;
  for (const auto& one : all) {
    out.push_back(json::object{{"user", one.user.name},
                               {"fullname", one.user.full_name},
                               {"role", std::string(auth::role_name(one.role))}});
  }
  return json::serialize(out);
}

std::string tokens(const std::vector<auth::Token>& all) {
  json::array out;
  for (const auto& one : all) out.push_back(token_object(one));
  return json::serialize(out);
}

std::string created_token(const auth::Auth::Created& created) {
  json::object out = token_object(created.token);
  out["value"] = created.value;
  return json::serialize(out);
}

std::string repositories(const std::vector<std::shared_ptr<const repos::Repo>>& all) {
  json::array out;
  for (const auto& one : all) {
    out.push_back(json::object{{"id", one->id.full()},
                               {"type", std::string(repos::type_name(one->id.type))},
                               {"private", one->visibility == auth::Visibility::private_},
                               {"usedStorage", one->used_storage_bytes},
                               {"createdAt", iso8601(one->created_at)},
                               {"lastModified", iso8601(one->last_modified)},
                               {"sha", one->head}});
  }
  return json::serialize(out);
}

}  // namespace holt::app::wire
