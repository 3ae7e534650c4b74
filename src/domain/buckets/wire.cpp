// JSON shapes of the buckets room.
#include "domain/buckets/wire.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/text.h"

namespace holt::buckets::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostPaths = 10'000;
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // of the year 9999
constexpr std::int64_t kFirstMs = -62'135'596'800'000;  // of the year 1

Result<json::object> parse_object(std::string_view text, std::string_view what) {
  json::error_code code;
  json::parse_options options;
  options.max_depth = 8;
  auto value = json::parse(text.empty() ? "{}" : text, code, {}, options);
  if (code || !value.is_object())
    return fail(Kind::invalid,
                std::string(what) + " is not a JSON object" + (code ? ": " + code.message() : "."));
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

// Milliseconds since 1970, whole or not; nullopt when it is no time that a calendar shows.
std::optional<Timestamp> time_of(const json::value& value) {
  json::error_code code;
  const double ms = value.is_number() ? value.to_number<double>(code) : 0;
  if (!value.is_number() || code ||
      !(ms >= static_cast<double>(kFirstMs) && ms <= static_cast<double>(kLastMs)))
    return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(std::floor(ms))};
}

Result<Operation> read_operation(std::string_view line, std::size_t number) {
  const std::string where = "Line " + std::to_string(number) + " of the batch";
  const auto object = TRY(parse_object(line, where));
  Operation operation;
  const std::string type = text_of(object, "type");
  if (type == "addFile")
    operation.kind = Operation::Kind::add;
  else if (type == "copyFile")
    operation.kind = Operation::Kind::copy;
  else if (type == "deleteFile")
    operation.kind = Operation::Kind::remove;
  else
    return fail(Kind::invalid, where + " has the unknown type \"" + std::string(clip(type, 40)) +
                                   "\": use addFile, copyFile or deleteFile.");
  const auto* path = object.if_contains("path");
  if (path == nullptr || !path->is_string())
    return fail(Kind::invalid, where + " has no \"path\".");
  operation.path = std::string(path->as_string());
  if (operation.kind == Operation::Kind::remove) return operation;
  operation.xet_hash = text_of(object, "xetHash");
  operation.content_type = text_of(object, "contentType");
  if (const auto* mtime = object.if_contains("mtime"); mtime != nullptr && !mtime->is_null()) {
    operation.mtime = time_of(*mtime);
    if (!operation.mtime)
      return fail(Kind::invalid, where + " has an \"mtime\" that is not milliseconds since 1970.");
  }
  if (operation.kind == Operation::Kind::copy) {
    const auto source_type = repos::parse_type(text_of(object, "sourceRepoType"));
    const std::string id = text_of(object, "sourceRepoId");
    const auto slash = id.find('/');
    if (!source_type || slash == id.npos)
      return fail(Kind::invalid, where +
                                     " needs \"sourceRepoType\" (model, dataset, space, kernel or "
                                     "bucket) and \"sourceRepoId\" (namespace/name).");
    operation.source = {*source_type, id.substr(0, slash), id.substr(slash + 1)};
  }
  return operation;
}

json::object file_json(const File& file) {
  json::object out{{"type", "file"},
                   {"path", file.path},
                   {"size", file.size_bytes},
                   {"xetHash", file.xet_hash},
                   {"uploadedAt", iso8601(file.uploaded_at)}};
  if (file.mtime) out["mtime"] = iso8601(*file.mtime);
  if (!file.content_type.empty()) out["contentType"] = file.content_type;
  return out;
}

}  // namespace

Result<std::optional<auth::Visibility>> read_visibility(std::string_view body) {
  const auto object = TRY(parse_object(body, "The request body"));
  const std::string text = text_of(object, "visibility");
  if (text == "public") return auth::Visibility::public_;
  if (text == "private") return auth::Visibility::private_;
  if (!text.empty())
    return fail(Kind::invalid, "Unknown visibility \"" + std::string(clip(text, 40)) +
                                   "\": use public or private.");
  if (const auto* value = object.if_contains("private"); value != nullptr && value->is_bool())
    return value->as_bool() ? auth::Visibility::private_ : auth::Visibility::public_;
  return std::optional<auth::Visibility>();
}

Result<std::vector<std::string>> read_paths(std::string_view body) {
  const auto object = TRY(parse_object(body, "The request body"));
  const auto* paths = object.if_contains("paths");
  if (paths == nullptr || !paths->is_array())
    return fail(Kind::invalid, "The request body needs \"paths\": a list of paths.");
  if (paths->as_array().size() > kMostPaths)
    return fail(Kind::too_large, "More than 10,000 paths in one request: send several.");
  std::vector<std::string> out;
  for (const auto& path : paths->as_array()) {
    if (!path.is_string())
      return fail(Kind::invalid, "\"paths\" holds something that is not a text.");
    out.emplace_back(path.as_string());
  }
  return out;
}

Result<std::vector<Operation>> read_batch(std::string_view body) {
  std::vector<Operation> operations;
  std::size_t number = 0;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    const auto line = trim(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    ++number;
    if (line.empty()) continue;
    if (operations.size() == kMostOperations) return fail(too_many_operations());
    operations.push_back(TRY(read_operation(line, number)));
  }
  if (operations.empty())
    return fail(Kind::invalid, "The batch is empty: send operations as NDJSON, one per line.");
  return operations;
}

std::string created(const repos::Repo& bucket, std::string_view origin) {
  return json::serialize(json::object{{"url", std::string(origin) + bucket.id.web_path()},
                                      {"id", bucket.id.full()},
                                      {"name", bucket.id.full()}});
}

std::string exists(const repos::RepoId& id, std::string_view origin) {
  return json::serialize(json::object{{"error", "You already created this bucket"},
                                      {"url", std::string(origin) + id.web_path()}});
}

std::string info(const repos::Repo& bucket, const Totals& totals) {
  return json::serialize(json::object{{"id", bucket.id.full()},
                                      {"author", bucket.id.owner},
                                      {"private", bucket.visibility == auth::Visibility::private_},
                                      {"createdAt", iso8601(bucket.created_at)},
                                      {"updatedAt", iso8601(bucket.last_modified)},
                                      {"size", totals.bytes},
                                      {"totalFiles", totals.files}});
}

std::string settings(const repos::Repo& bucket) {
  return json::serialize(
      json::object{{"private", bucket.visibility == auth::Visibility::private_}});
}

std::string tree(const std::vector<Entry>& entries) {
  json::array list;
  list.reserve(entries.size());
  for (const auto& entry : entries) {
    if (entry.folder)
      list.push_back(json::object{{"type", "directory"},
                                  {"path", entry.file.path},
                                  {"uploadedAt", iso8601(entry.file.uploaded_at)}});
    else
      list.push_back(file_json(entry.file));
  }
  return json::serialize(list);
}

std::string files(const std::vector<File>& files) {
  json::array list;
  list.reserve(files.size());
  for (const auto& file : files) list.push_back(file_json(file));
  return json::serialize(list);
}

std::string outcome(const Outcome& outcome) {
  json::array failed;
  for (const auto& refusal : outcome.refused)
    failed.push_back(json::object{{"path", refusal.path}, {"error", refusal.error}});
  return json::serialize(json::object{{"success", outcome.refused.empty()},
                                      {"processed", outcome.applied},
                                      {"failed", std::move(failed)}});
}

}  // namespace holt::buckets::wire
