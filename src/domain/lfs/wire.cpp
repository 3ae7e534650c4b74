// JSON of the LFS API.
#include "domain/lfs/wire.h"

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/text.h"

namespace holt::lfs::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxObjects = 10'000;
constexpr std::uint64_t kMaxObjectBytes = std::uint64_t{1} << 50;

Result<json::object> read_body(std::string_view body) {
  json::error_code code;
  json::parse_options options;
  options.max_depth = 8;
  auto value = json::parse(body.empty() ? std::string_view("{}") : body, code, {}, options);
  if (code || !value.is_object())
    return fail(Kind::invalid, "The body is not a JSON object: " +
                                   (code ? code.message() : std::string("another kind of value")) +
                                   ".");
  return std::move(value.as_object());
}

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::optional<std::uint64_t> number_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_uint64()) return value->as_uint64();
  if (value->is_int64() && value->as_int64() >= 0)
    return static_cast<std::uint64_t>(value->as_int64());
  return std::nullopt;
}

Result<ObjectId> object_of(const json::object& from) {
  ObjectId id;
  id.oid = text_of(from, "oid");
  const auto size = number_of(from, "size");
  if (!size || *size > kMaxObjectBytes)
    return fail(Kind::invalid, "An object needs its size in bytes.");
  id.size_bytes = *size;
  return id;
}

json::object action_json(const Action& action) {
  json::object out;
  out["href"] = action.href;
  if (!action.header.empty()) {
    json::object header;
    for (const auto& [name, value] : action.header) header[name] = value;
    out["header"] = std::move(header);
  }
  if (action.expires_in_s > 0) out["expires_in"] = action.expires_in_s;
  return out;
}

json::object lock_json(const Lock& lock) {
  return json::object{{"id", std::to_string(lock.key)},
                      {"path", lock.path},
                      {"locked_at", iso8601(lock.locked_at)},
                      {"owner", json::object{{"name", lock.owner_name}}}};
}

}  // namespace

Result<BatchRequest> read_batch(std::string_view body) {
  const auto root = TRY(read_body(body));
  BatchRequest out;
  const auto operation = text_of(root, "operation");
  if (operation != "upload" && operation != "download")
    return fail(Kind::invalid, "\"operation\" is \"upload\" or \"download\".");
  out.upload = operation == "upload";
  out.hash_algo = text_of(root, "hash_algo");
  if (const auto* ref = root.if_contains("ref"); ref != nullptr && ref->is_object())
    out.ref = text_of(ref->as_object(), "name");
  if (const auto* list = root.if_contains("transfers"); list != nullptr && list->is_array())
    for (const auto& item : list->as_array())
      if (item.is_string()) out.transfers.emplace_back(item.as_string());
  const auto* objects = root.if_contains("objects");
  if (objects == nullptr || !objects->is_array())
    return fail(Kind::invalid, "\"objects\" is missing.");
  if (objects->as_array().size() > kMaxObjects)
    return fail(Kind::too_large, "A batch holds at most 10000 objects; send several.");
  for (const auto& item : objects->as_array()) {
    if (!item.is_object())
      return fail(Kind::invalid, "Each of \"objects\" is {\"oid\", \"size\"}.");
    out.objects.push_back(TRY(object_of(item.as_object())));
  }
  return out;
}

std::string batch_reply(const BatchReply& reply) {
  json::array objects;
  objects.reserve(reply.objects.size());
  for (const auto& object : reply.objects) {
    json::object out{{"oid", object.id.oid}, {"size", object.id.size_bytes}};
    if (object.error_code != 0) {
      out["error"] = json::object{{"code", object.error_code}, {"message", object.error_message}};
    } else {
      json::object actions;
      if (object.upload) actions["upload"] = action_json(*object.upload);
      if (object.download) actions["download"] = action_json(*object.download);
      if (object.verify) actions["verify"] = action_json(*object.verify);
      out["authenticated"] = true;
      if (!actions.empty()) out["actions"] = std::move(actions);
    }
    objects.push_back(std::move(out));
  }
  return json::serialize(json::object{
      {"transfer", reply.transfer}, {"objects", std::move(objects)}, {"hash_algo", "sha256"}});
}

Result<ObjectId> read_object(std::string_view body) { return object_of(TRY(read_body(body))); }

Result<Completion> read_completion(std::string_view body) {
  const auto root = TRY(read_body(body));
  Completion out;
  out.oid = text_of(root, "oid");
  const auto* parts = root.if_contains("parts");
  if (parts == nullptr || !parts->is_array())
    return fail(Kind::invalid, "\"parts\" is missing: the list of {\"partNumber\", \"etag\"}.");
  if (parts->as_array().size() > kMostParts)
    return fail(Kind::too_large, "\"parts\" lists more parts than any upload has.");
  for (const auto& item : parts->as_array()) {
    const auto number = item.is_object() ? number_of(item.as_object(), "partNumber") : std::nullopt;
    if (!number) return fail(Kind::invalid, "Each of \"parts\" is {\"partNumber\", \"etag\"}.");
    out.parts.push_back(*number);
  }
  return out;
}

std::string message(std::string_view text) {
  return json::serialize(json::object{{"message", text}});
}

Result<std::string> read_lock_path(std::string_view body) {
  auto path = text_of(TRY(read_body(body)), "path");
  if (path.empty() || path.size() > 4096 || !is_utf8(path) || path.find('\0') != path.npos)
    return fail(Kind::invalid, "\"path\" names the file to lock: 1 to 4096 bytes of UTF-8.");
  return path;
}

Result<UnlockRequest> read_unlock(std::string_view body) {
  const auto root = TRY(read_body(body));
  const auto* force = root.if_contains("force");
  return UnlockRequest{force != nullptr && force->is_bool() && force->as_bool()};
}

Result<Lfs::LockFilter> read_verify_locks(std::string_view body) {
  const auto root = TRY(read_body(body));
  Lfs::LockFilter filter;
  filter.cursor = text_of(root, "cursor");
  filter.limit = static_cast<std::size_t>(number_of(root, "limit").value_or(filter.limit));
  return filter;
}

std::string lock_reply(const Lock& lock) {
  return json::serialize(json::object{{"lock", lock_json(lock)}});
}

std::string lock_conflict(const Lock& lock, std::string_view text) {
  return json::serialize(json::object{{"lock", lock_json(lock)}, {"message", text}});
}

std::string lock_list(const LockPage& page) {
  json::array locks;
  for (const auto& lock : page.locks) locks.push_back(lock_json(lock));
  json::object out{{"locks", std::move(locks)}};
  if (!page.next_cursor.empty()) out["next_cursor"] = page.next_cursor;
  return json::serialize(out);
}

std::string lock_verification(const LockPage& page, std::int64_t user_key) {
  json::array ours;
  json::array theirs;
  for (const auto& lock : page.locks)
    (lock.owner_key == user_key ? ours : theirs).push_back(lock_json(lock));
  json::object out{{"ours", std::move(ours)}, {"theirs", std::move(theirs)}};
  if (!page.next_cursor.empty()) out["next_cursor"] = page.next_cursor;
  return json::serialize(out);
}

}  // namespace holt::lfs::wire
