// JSON shapes of the git room. Property names are the Hub's.
#include "domain/git/wire.h"

#include <boost/json.hpp>

#include "base/text.h"
#include "io/http/http.h"

namespace holt::git::wire {
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

bool flag_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_bool() && value->as_bool();
}

std::optional<std::uint64_t> count_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) return std::nullopt;
  if (value->is_int64() && value->as_int64() >= 0)
    return static_cast<std::uint64_t>(value->as_int64());
  if (value->is_uint64()) return value->as_uint64();
  return std::nullopt;
}

const json::array* array_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_array() ? &value->as_array() : nullptr;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  if (const auto* list = array_of(object, key))
    for (const auto& item : *list)
      if (item.is_string()) out.emplace_back(item.as_string());
  return out;
}

// What a page may put in as it is.
std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string when(const gitio::Commit& commit) {
  return iso8601(Timestamp{commit.author.seconds * 1000});
}

}  // namespace

Result<Preupload> read_preupload(std::string_view body) {
  constexpr std::size_t kMostFiles = 2000;
  const auto object = TRY(parse_object(body));
  Preupload out;
  const auto* files = array_of(object, "files");
  if (!files) return fail(Kind::invalid, "The request body needs \"files\".");
  if (files->size() > kMostFiles)
    return fail(Kind::invalid, "At most 2000 files per call: send the list in parts.");
  for (const auto& item : *files) {
    if (!item.is_object())
      return fail(Kind::invalid, "\"files\" holds something that is not an object.");
    const auto& file = item.as_object();
    if (text_of(file, "path").empty())
      return fail(Kind::invalid, "An item of \"files\" has no \"path\".");
    if (file.contains("size") && !count_of(file, "size"))
      return fail(Kind::invalid,
                  "The \"size\" of " + text_of(file, "path") + " is not a number of bytes.");
    const auto sample = from_base64(text_of(file, "sample"));
    if (!sample)
      return fail(Kind::invalid, "The \"sample\" of " + text_of(file, "path") + " is not base64.");
    out.files.push_back(
        {text_of(file, "path"), count_of(file, "size").value_or(0), std::string(as_text(*sample))});
  }
  if (object.contains("gitAttributes") && object.at("gitAttributes").is_string())
    out.attributes = text_of(object, "gitAttributes");
  if (object.contains("gitIgnore") && object.at("gitIgnore").is_string())
    out.ignores = text_of(object, "gitIgnore");
  return out;
}

Result<PathsInfo> read_paths_info(std::string_view body, std::string_view content_type) {
  constexpr std::size_t kMostPaths = 2000;
  PathsInfo out;
  if (content_type.starts_with("application/json")) {
    const auto object = TRY(parse_object(body));
    out.paths = texts_of(object, "paths");
    out.expand = flag_of(object, "expand");
  } else {
    const auto form = http::Query::parse(body);
    for (auto path : form.all("paths")) out.paths.emplace_back(path);
    out.expand = form.flag("expand");
  }
  if (out.paths.size() > kMostPaths)
    return fail(Kind::invalid, "At most 2000 paths per call: send the list in parts.");
  return out;
}

Result<BranchBody> read_branch(std::string_view body) {
  const auto object = TRY(parse_object(body));
  return BranchBody{text_of(object, "startingPoint"), flag_of(object, "emptyBranch"),
                    flag_of(object, "overwrite")};
}

Result<TagBody> read_tag(std::string_view body) {
  const auto object = TRY(parse_object(body));
  return TagBody{text_of(object, "tag"), text_of(object, "message")};
}

Result<std::string> read_message(std::string_view body) {
  return text_of(TRY(parse_object(body)), "message");
}

Result<LargeFileDeletion> read_large_file_deletion(std::string_view body) {
  const auto object = TRY(parse_object(body));
  const auto* deletions = object.if_contains("deletions");
  if (!deletions || !deletions->is_object())
    return fail(Kind::invalid, "The request body needs \"deletions\".");
  const auto& inner = deletions->as_object();
  return LargeFileDeletion{texts_of(inner, "sha"), flag_of(inner, "rewriteHistory")};
}

Result<LargeFileCopy> read_large_file_copy(std::string_view body) {
  const auto object = TRY(parse_object(body));
  LargeFileCopy out;
  const auto* target = object.if_contains("target");
  if (!target || !target->is_object())
    return fail(Kind::invalid, "The request body needs \"target\".");
  const auto type = repos::parse_type(text_of(target->as_object(), "type"));
  const std::string name = text_of(target->as_object(), "name");
  const auto slash = name.find('/');
  if (!type || slash == name.npos)
    return fail(Kind::invalid, "\"target\" is {\"type\": …, \"name\": \"namespace/name\"}.");
  out.target = {*type, name.substr(0, slash), name.substr(slash + 1)};
  if (const auto* files = array_of(object, "files"))
    for (const auto& item : *files)
      if (item.is_object())
        out.files.push_back({text_of(item.as_object(), "sha256"),
                             text_of(item.as_object(), "xetHash"),
                             text_of(item.as_object(), "filename")});
  return out;
}

Result<CommitLine> read_commit_line(std::string_view line, std::size_t number) {
  const auto refuse = [&](std::string_view why) {
    return fail(Kind::invalid,
                "Line " + std::to_string(number) + " of the commit: " + std::string(why));
  };
  boost::system::error_code error;
  auto parsed = json::parse(line, error, {}, {.max_depth = 8});
  if (error || !parsed.is_object()) return refuse("not a JSON object");
  const auto& object = parsed.as_object();
  const std::string key = text_of(object, "key");
  const auto* value_of = object.if_contains("value");
  if (!value_of || !value_of->is_object()) return refuse("\"value\" is missing");
  const auto& value = value_of->as_object();
  CommitLine out;
  if (key == "header") {
    out.summary = text_of(value, "summary");
    out.description = text_of(value, "description");
    out.parent_commit = text_of(value, "parentCommit");
    return out;
  }
  out.kind = CommitLine::Kind::operation;
  auto& operation = out.operation;
  operation.path = text_of(value, "path");
  if (operation.path.empty()) return refuse("\"path\" is missing");
  if (key == "file") {
    const auto* content = value.if_contains("content");
    if (!content || !content->is_string()) return refuse("\"content\" is missing");
    const std::string_view text = content->as_string();
    const std::string encoding = text_of(value, "encoding");
    if (!encoding.empty() && encoding != "utf-8" && encoding != "base64")
      return refuse("the \"encoding\" of " + operation.path + " is neither base64 nor utf-8");
    if (encoding == "base64") {
      auto bytes = from_base64(text);
      if (!bytes) return refuse("the content of " + operation.path + " is not base64");
      operation.bytes.assign(as_text(*bytes));
    } else {
      operation.bytes.assign(text);
    }
    return out;
  }
  if (key == "lfsFile") {
    operation.kind = CommitOperation::Kind::put_lfs;
    operation.lfs = {lower(text_of(value, "oid")), count_of(value, "size").value_or(0)};
    if (const std::string algorithm = text_of(value, "algo");
        !algorithm.empty() && algorithm != "sha256")
      return refuse("the only \"algo\" is sha256");
    if (!is_hex(operation.lfs.sha256, 64))
      return refuse("the \"oid\" of " + operation.path + " is not a SHA-256");
    return out;
  }
  if (key == "deletedFile" || key == "deletedEntry")
    operation.kind = CommitOperation::Kind::remove_file;
  else if (key == "deletedFolder")
    operation.kind = CommitOperation::Kind::remove_folder;
  else if (key == "copyFile") {
    operation.kind = CommitOperation::Kind::copy;
    operation.source_path = text_of(value, "srcPath");
    operation.source_revision = text_of(value, "srcRevision");
    if (operation.source_path.empty()) return refuse("\"srcPath\" is missing");
  } else {
    return refuse("unknown key \"" + std::string(clip(key, 40)) + "\"");
  }
  while (operation.path.size() > 1 && operation.path.back() == '/') operation.path.pop_back();
  return out;
}

std::string tree(const std::vector<FileEntry>& entries,
                 const std::map<std::string, gitio::Commit>* last_changes) {
  json::array list;
  list.reserve(entries.size());
  for (const auto& file : entries) {
    json::object item;
    const auto& entry = file.entry;
    const bool folder = entry.kind == gitio::EntryKind::folder;
    item["type"] = folder ? "directory" : "file";
    item["oid"] = entry.oid;
    item["size"] = folder ? 0 : file.size_bytes;
    item["path"] = entry.path;
    if (file.lfs)
      item["lfs"] = json::object{{"oid", file.lfs->sha256},
                                 {"size", file.lfs->size_bytes},
                                 {"pointerSize", entry.size_bytes}};
    if (!file.xet_hash.empty()) item["xetHash"] = file.xet_hash;
    if (last_changes) {
      if (const auto it = last_changes->find(entry.path); it != last_changes->end())
        item["lastCommit"] = json::object{
            {"id", it->second.oid}, {"title", it->second.title()}, {"date", when(it->second)}};
      if (!folder)
        item["securityFileStatus"] = json::object{
            {"status", "unscanned"}, {"avScan", nullptr}, {"pickleImportScan", nullptr}};
    }
    list.push_back(std::move(item));
  }
  return json::serialize(list);
}

std::string refs(const std::vector<Ref>& refs, bool with_pull_requests) {
  json::array branches, tags, converts, pulls;
  const auto item = [](const Ref& ref, std::size_t prefix) {
    return json::object{
        {"name", ref.name.substr(prefix)}, {"ref", ref.name}, {"targetCommit", ref.commit}};
  };
  for (const auto& ref : refs) {
    if (ref.name.starts_with("refs/heads/"))
      branches.push_back(item(ref, 11));
    else if (ref.name.starts_with("refs/tags/"))
      tags.push_back(item(ref, 10));
    else if (ref.name.starts_with("refs/convert/"))
      converts.push_back(item(ref, 13));
    else if (ref.name.starts_with("refs/pr/"))
      pulls.push_back(item(ref, 8));
  }
  json::object out{{"branches", std::move(branches)},
                   {"converts", std::move(converts)},
                   {"tags", std::move(tags)}};
  if (with_pull_requests) out["pullRequests"] = std::move(pulls);
  return json::serialize(out);
}

namespace {

json::object commit_object(const gitio::Commit& commit) {
  json::array parents;
  for (const auto& parent : commit.parents) parents.emplace_back(parent);
  return json::object{
      {"id", commit.oid},
      {"title", commit.title()},
      {"message", commit.body()},
      {"date", when(commit)},
      {"authors", json::array{json::object{{"user", commit.author.name}, {"avatar", nullptr}}}},
      {"parents", std::move(parents)}};
}

std::string_view kind_name(gitio::Change::Kind kind) {
  switch (kind) {
    case gitio::Change::Kind::added:
      return "added";
    case gitio::Change::Kind::modified:
      return "modified";
    case gitio::Change::Kind::removed:
      return "removed";
  }
  return "modified";
}

}  // namespace

std::string blame(const gitio::Reader::Blame& blame) {
  json::array commits, lines;
  for (const auto& commit : blame.commits) commits.push_back(commit_object(commit));
  for (const auto line : blame.lines) lines.emplace_back(line);
  return json::serialize(json::object{{"text", blame.text},
                                      {"commits", std::move(commits)},
                                      {"lines", std::move(lines)},
                                      {"complete", blame.complete}});
}

namespace {
void put_difference(json::object& out, const Difference& difference) {
  json::array list;
  for (const auto& file : difference.files)
    list.push_back(json::object{{"path", file.change.path},
                                {"change", kind_name(file.change.kind)},
                                {"oldSize", file.old_size_bytes},
                                {"newSize", file.new_size_bytes},
                                {"large", file.large}});
  out["files"] = std::move(list);
  out["totalFiles"] = difference.total_files;
  out["diff"] = is_utf8(difference.text) ? json::string(difference.text) : json::string();
  out["cut"] = difference.cut;
}
}  // namespace

std::string commit_page(const gitio::Commit& commit, const Difference& difference) {
  auto out = commit_object(commit);
  put_difference(out, difference);
  return json::serialize(out);
}

std::string comparison_page(const gitio::Commit& from, const gitio::Commit& to,
                            const Difference& difference) {
  json::object out{{"from", commit_object(from)}, {"to", commit_object(to)}};
  put_difference(out, difference);
  return json::serialize(out);
}

std::string commits(const std::vector<gitio::Commit>& commits, bool formatted) {
  json::array list;
  for (const auto& commit : commits) {
    json::object item{
        {"id", commit.oid},
        {"title", commit.title()},
        {"message", commit.body()},
        {"date", when(commit)},
        {"authors", json::array{json::object{{"user", commit.author.name}, {"avatar", nullptr}}}}};
    if (formatted)
      item["formatted"] = json::object{{"title", escape_html(commit.title())},
                                       {"message", escape_html(commit.body())}};
    json::array parents;
    for (const auto& parent : commit.parents) parents.emplace_back(parent);
    item["parents"] = std::move(parents);
    list.push_back(std::move(item));
  }
  return json::serialize(list);
}

std::string committed(std::string_view commit_url, std::string_view oid,
                      std::string_view pull_request_url) {
  json::object out{
      {"success", true}, {"commitUrl", commit_url}, {"commitOid", oid}, {"hookOutput", ""}};
  if (!pull_request_url.empty()) out["pullRequestUrl"] = pull_request_url;
  return json::serialize(out);
}

std::string preupload(const std::vector<PreuploadAnswer>& files, std::string_view commit) {
  json::array list;
  for (const auto& file : files) {
    json::object item{{"path", file.path},
                      {"uploadMode", file.large ? "lfs" : "regular"},
                      {"shouldIgnore", file.ignored}};
    item["oid"] = file.oid.empty() ? json::value(nullptr) : json::value(file.oid);
    list.push_back(std::move(item));
  }
  json::object out{{"files", std::move(list)}};
  if (!commit.empty()) out["commitOid"] = commit;
  return json::serialize(out);
}

std::string large_files(const std::vector<Git::LargeFileRow>& rows,
                        const std::map<std::string, content::Content>& contents) {
  json::array list;
  for (const auto& row : rows) {
    json::object item{{"fileOid", row.blob},
                      {"filename", row.path},
                      {"oid", row.sha256},
                      {"pushedAt", iso8601(row.pushed_at)},
                      {"size", row.size_bytes}};
    if (!row.ref.empty()) item["ref"] = row.ref;
    if (const auto it = contents.find(row.sha256);
        it != contents.end() && !it->second.xet_hash.empty())
      item["xetHash"] = it->second.xet_hash;
    list.push_back(std::move(item));
  }
  return json::serialize(list);
}

std::string copied(const std::vector<LargeFileCopy::File>& failed) {
  json::array list;
  for (const auto& file : failed)
    list.push_back(json::object{{"sha256", file.sha256},
                                {"error", "The source repository has no such file."}});
  return json::serialize(json::object{{"success", failed.empty()}, {"failed", std::move(list)}});
}

std::string outbox_event(const repos::Repo& repo, const std::vector<RefUpdate>& updates) {
  json::array refs;
  for (const auto& update : updates)
    refs.push_back(json::object{
        {"ref", update.name},
        {"oldSha",
         update.old_target.empty() ? json::value(nullptr) : json::value(update.old_target)},
        {"newSha",
         update.new_target.empty() ? json::value(nullptr) : json::value(update.new_target)}});
  return json::serialize(
      json::object{{"repo", json::object{{"type", repos::type_name(repo.id.type)},
                                         {"name", repo.id.full()},
                                         {"id", repo.object_id}}},
                   {"updatedRefs", std::move(refs)}});
}

}  // namespace holt::git::wire
