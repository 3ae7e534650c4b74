// JSON shapes of the community room: requests, replies, and the data of events. Property names are
// the Hub's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/community/community.h"

namespace holt::community::wire {

// --- requests ---
Result<NewDiscussion> read_new(std::string_view body);
// A text that must be there: "comment", "content", "title".
Result<std::string> read_text(std::string_view body, std::string_view key);
// One that may be left out.
Result<std::string> read_optional_text(std::string_view body, std::string_view key);
struct StatusChange {
  Status status = Status::open;
  std::string comment;
};
Result<StatusChange> read_status(std::string_view body);
Result<bool> read_pinned(std::string_view body);

// --- data of events ---
std::string comment_data(std::string_view text, std::string_view author, Timestamp at);
// text absent: hidden, and what it said is dropped.
std::string changed_comment_data(std::string_view data, std::optional<std::string_view> text,
                                 std::string_view author, Timestamp at);
bool is_hidden(std::string_view data);
std::string status_data(Status status);
std::string title_data(std::string_view from, std::string_view to);
std::string commit_data(std::string_view subject, std::string_view oid);
std::string pinned_data(bool pinned);

// --- replies ---
std::string page(const repos::Repo& repo, const ListPage& page, std::size_t start);
std::string created(std::int64_t num, std::string_view url, bool pull_request);
// render: of comments; may be empty. changes: of a pull request whose refs are there; with_diff:
// show its diff.
std::string details(const repos::Repo& repo, const Discussion& discussion,
                    const std::vector<Event>& events, const std::optional<git::Comparison>& changes,
                    bool with_diff, const Community::Render& render);
std::string event(std::string_view key, const Event& event);  // {"newMessage": …}
std::string pinned(bool pinned);

}  // namespace holt::community::wire
