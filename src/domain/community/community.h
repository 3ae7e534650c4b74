// Discussions and pull requests of repositories: who talks about what, and what became of it. The
// commits of a pull request are git's, under refs/pr/<number>.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/git/git.h"
#include "domain/repos/repos.h"
#include "io/db/db.h"

namespace holt::http {
class Router;
}  // namespace holt::http

namespace holt::community {

enum class Status { draft, open, closed, merged };  // stored by name; draft, merged: pull requests
std::string_view status_name(Status status);

struct Discussion {
  std::int64_t key = 0;
  std::string object_id;
  std::int64_t repo_key = 0, num = 0;
  std::string title;
  std::int64_t author_key = 0;
  std::string author;
  Status status = Status::open;
  bool pull_request = false;
  std::string target_branch;              // full ref; of a pull request
  std::string merged_onto, merge_commit;  // tip of the branch before and after; empty before
  bool pinned = false;
  Timestamp created_at;
  std::int64_t comments = 0;
};

// What happened in a discussion, oldest first.
struct Event {
  std::int64_t key = 0;
  std::string object_id;
  std::string kind;  // comment, status-change, title-change, commit, pinning-change
  std::int64_t author_key = 0;
  std::string author;
  std::string data;  // JSON, as clients get it
  Timestamp created_at;
};

struct NewDiscussion {
  std::string title, description;
  bool pull_request = false;
};

struct ListQuery {
  enum class Kind { all, discussion, pull_request } kind = Kind::all;
  enum class State {
    all,
    open,
    closed
  } state = State::all;  // open: drafts too; closed: merged too
  std::string author;    // empty: anybody
  std::size_t start = 0, limit = 50;
};
struct ListPage {
  std::vector<Discussion> discussions;  // pinned first, then the newest
  std::int64_t count = 0;               // of all pages
};

class Community {
 public:
  // All outlive this.
  Community(db::Database& database, repos::Repos& repos, git::Git& git);
  // What git asks and tells about pull requests.
  git::Proposals proposals();
  // Drops a repository's discussions, in the caller's transaction.
  void forget_repo(db::Tx& tx, std::int64_t repo_key);
  repos::Repos& repos() { return repos_; }
  // How pages show comments: Markdown in, HTML out that is safe to put into a page. Without it they
  // are shown as escaped text.
  using Render = std::function<std::string(const repos::Repo&, std::string_view markdown)>;
  void render_by(Render render) { render_ = std::move(render); }
  const Render& render() const { return render_; }

  ListPage list(const repos::Visible& repo, const ListQuery& query) const;
  Result<Discussion> find(const repos::Visible& repo, std::int64_t num) const;  // not_found
  std::vector<Event> events(const Discussion& discussion) const;
  // Of a pull request; nullopt when one of its refs is gone.
  std::optional<git::Comparison> changes(const repos::Readable& repo, const Discussion& discussion,
                                         std::uint64_t max_diff_bytes) const;

  // forbidden when the repository has discussions turned off, or the actor has not the right.
  Result<std::int64_t> create(const repos::Proposing& repo, const NewDiscussion& wanted);
  Result<Event> comment(const repos::Proposing& repo, std::int64_t num, std::string_view text);
  Result<Event> rename(const repos::Proposing& repo, std::int64_t num, std::string_view title);
  // open or closed; conflict for what is merged already.
  Result<Event> set_status(const repos::Proposing& repo, std::int64_t num, Status status,
                           std::string_view comment);
  Result<Event> edit_comment(const repos::Proposing& repo, std::int64_t num,
                             std::string_view comment_id, std::string_view text);
  Result<Event> hide_comment(const repos::Proposing& repo, std::int64_t num,
                             std::string_view comment_id);
  Result<void> pin(const repos::Writable& repo, std::int64_t num, bool pinned);
  // conflict names the files in the way, or says that it is closed.
  Result<void> merge(const repos::Writable& repo, std::int64_t num, std::string_view comment);

 private:
  bool writes(const repos::Proposing& repo) const;
  Result<std::int64_t> insert(db::Tx& tx, const repos::Proposing& repo, Discussion discussion,
                              std::string_view description);
  Result<Event> change_comment(const repos::Proposing& repo, std::int64_t num,
                               std::string_view comment_id, std::optional<std::string_view> text);

  db::Database& database_;
  repos::Repos& repos_;
  git::Git& git_;
  Render render_;
};

void add_routes(http::Router& router, Community& community);

}  // namespace holt::community
