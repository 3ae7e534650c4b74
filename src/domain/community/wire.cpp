// JSON shapes of the community room.
#include "domain/community/wire.h"

#include <boost/json.hpp>

#include "base/text.h"

namespace holt::community::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kLongestText = 64 << 10;
constexpr std::size_t kMostEdits = 100;  // of one comment's earlier texts

Result<json::object> parse_object(std::string_view text) {
  json::error_code code;
  json::parse_options options;
  options.max_depth = 8;
  // Clients send null where they have nothing to say.
  auto value = json::parse(trim(text).empty() ? "{}" : text, code, {}, options);
  if (!code && value.is_null()) return json::object();
  if (code || !value.is_object())
    return fail(Kind::invalid, std::string("The request body is not a JSON object") +
                                   (code ? ": " + code.message() : "."));
  return std::move(value.as_object());
}

Result<std::string> text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string())
    return fail(Kind::invalid, "\"" + std::string(key) + "\" is not a text.");
  std::string out(value->as_string());
  if (out.find('\0') != out.npos || !is_utf8(out))
    return fail(Kind::invalid, "\"" + std::string(key) + "\" is not text in UTF-8 without NUL.");
  const std::size_t longest = key == "title" ? kLongestTitle : kLongestText;
  if (out.size() > longest)
    return fail(Kind::too_large, "\"" + std::string(key) + "\" is longer than " +
                                     std::to_string(longest) + " bytes.");
  return out;
}

Result<std::string> needed(const json::object& object, std::string_view key) {
  auto text = TRY(text_of(object, key));
  if (trim(text).empty())
    return fail(Kind::invalid, "The request body needs \"" + std::string(key) + "\".");
  return text;
}

// A text as HTML: escaped, in paragraphs. Whoever shows it may render the raw text instead.
std::string html_of(std::string_view text) {
  std::string out = "<p>";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (text.substr(i).starts_with("\n\n")) {
      out += "</p>\n<p>";
      ++i;
    } else {
      out += c;
    }
  }
  return out + "</p>";
}

json::object author_json(std::string_view name) {
  return json::object{{"name", name}, {"type", "user"}};
}

json::object version_of(std::string_view text, std::string_view author, Timestamp at) {
  return json::object{{"raw", text},
                      {"html", html_of(text)},
                      {"updatedAt", iso8601(at)},
                      {"author", author_json(author)}};
}

json::object event_json(const Event& event) {
  return json::object{{"id", event.object_id},
                      {"author", author_json(event.author)},
                      {"createdAt", iso8601(event.created_at)},
                      {"type", event.kind},
                      {"data", json::parse(event.data)}};
}

json::object discussion_json(const repos::Repo& repo, const Discussion& discussion) {
  return json::object{
      {"num", discussion.num},
      {"_id", discussion.object_id},
      {"author", author_json(discussion.author)},
      {"repo", json::object{{"name", repo.id.full()}, {"type", repos::type_name(repo.id.type)}}},
      {"title", discussion.title},
      {"status", status_name(discussion.status)},
      {"createdAt", iso8601(discussion.created_at)},
      {"isPullRequest", discussion.pull_request},
      {"numComments", discussion.comments},
      {"pinned", discussion.pinned}};
}

}  // namespace

Result<NewDiscussion> read_new(std::string_view body) {
  const auto object = TRY(parse_object(body));
  NewDiscussion out;
  out.title = std::string(trim(TRY(needed(object, "title"))));
  out.description = TRY(text_of(object, "description"));
  if (const auto* value = object.if_contains("pullRequest"); value != nullptr && value->is_bool())
    out.pull_request = value->as_bool();
  return out;
}

Result<std::string> read_text(std::string_view body, std::string_view key) {
  return needed(TRY(parse_object(body)), key);
}

Result<std::string> read_optional_text(std::string_view body, std::string_view key) {
  return text_of(TRY(parse_object(body)), key);
}

Result<StatusChange> read_status(std::string_view body) {
  const auto object = TRY(parse_object(body));
  const auto status = TRY(needed(object, "status"));
  if (status != "open" && status != "closed")
    return fail(Kind::invalid,
                "Unknown status \"" + std::string(clip(status, 40)) + "\": use open or closed.");
  return StatusChange{status == "open" ? Status::open : Status::closed,
                      TRY(text_of(object, "comment"))};
}

Result<bool> read_pinned(std::string_view body) {
  const auto object = TRY(parse_object(body));
  const auto* value = object.if_contains("pinned");
  if (value == nullptr || !value->is_bool())
    return fail(Kind::invalid, "The request body needs \"pinned\": true or false.");
  return value->as_bool();
}

std::string comment_data(std::string_view text, std::string_view author, Timestamp at) {
  return json::serialize(json::object{{"edited", false},
                                      {"hidden", false},
                                      {"latest", version_of(text, author, at)},
                                      {"numEdits", 0},
                                      {"history", json::array()}});
}

std::string changed_comment_data(std::string_view data, std::optional<std::string_view> text,
                                 std::string_view author, Timestamp at) {
  auto object = json::parse(data).as_object();
  auto& history = object["history"].as_array();
  if (text) {
    history.insert(history.begin(), object["latest"]);
    if (history.size() > kMostEdits) history.resize(kMostEdits);
    object["edited"] = true;
    object["numEdits"] = object["numEdits"].to_number<std::int64_t>() + 1;
    object["latest"] = version_of(*text, author, at);
  } else {
    history.clear();
    object["hidden"] = true;
    object["hiddenBy"] = author;
    auto latest = version_of("", author, at);
    latest["html"] = "This comment has been hidden";
    latest["raw"] = "This comment has been hidden";
    object["latest"] = std::move(latest);
  }
  return json::serialize(object);
}

bool is_hidden(std::string_view data) { return json::parse(data).at("hidden").as_bool(); }

std::string status_data(Status status) {
  return json::serialize(json::object{{"status", status_name(status)}});
}

std::string title_data(std::string_view from, std::string_view to) {
  return json::serialize(json::object{{"from", from}, {"to", to}});
}

std::string commit_data(std::string_view subject, std::string_view oid) {
  return json::serialize(json::object{{"subject", subject}, {"oid", oid}});
}

std::string pinned_data(bool pinned) { return json::serialize(json::object{{"pinned", pinned}}); }

std::string page(const repos::Repo& repo, const ListPage& page, std::size_t start) {
  json::array list;
  for (const auto& discussion : page.discussions) list.push_back(discussion_json(repo, discussion));
  return json::serialize(
      json::object{{"discussions", std::move(list)}, {"count", page.count}, {"start", start}});
}

std::string created(std::int64_t num, std::string_view url, bool pull_request) {
  return json::serialize(json::object{{"num", num}, {"url", url}, {"pullRequest", pull_request}});
}

std::string details(const repos::Repo& repo, const Discussion& discussion,
                    const std::vector<Event>& events, const std::optional<git::Comparison>& changes,
                    bool with_diff, const Community::Render& render) {
  auto out = discussion_json(repo, discussion);
  json::array list;
  for (const auto& event : events) {
    auto one = event_json(event);
    if (auto& data = one["data"].as_object();
        render && event.kind == "comment" && !data["hidden"].as_bool()) {
      auto& latest = data["latest"].as_object();
      const auto& raw = latest["raw"].as_string();
      latest["html"] = render(repo, {raw.data(), raw.size()});
    }
    list.push_back(std::move(one));
  }
  out["events"] = std::move(list);
  if (discussion.pull_request) {
    json::object change{{"base", discussion.target_branch}};
    if (!discussion.merge_commit.empty()) change["mergeCommitId"] = discussion.merge_commit;
    out["changes"] = std::move(change);
    json::value conflicts = false;
    if (changes && !changes->conflicts.empty()) {
      json::array files;
      for (const auto& file : changes->conflicts) files.emplace_back(file);
      conflicts = std::move(files);
    }
    out["filesWithConflicts"] = std::move(conflicts);
    if (with_diff) out["diff"] = changes ? changes->diff : std::string();
  }
  return json::serialize(out);
}

std::string event(std::string_view key, const Event& event) {
  return json::serialize(json::object{{key, event_json(event)}});
}

std::string pinned(bool pinned) { return pinned_data(pinned); }

}  // namespace holt::community::wire
