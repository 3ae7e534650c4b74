// Repositories: names, visibility, the gate, and who may see, read or write them; their derived
// facts, lists and search. Git content lives in domain/git, large files in domain/content.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/auth/auth.h"
#include "domain/cards/cards.h"
#include "io/db/db.h"

namespace holt::http {
struct Request;
struct Response;
class Router;
}  // namespace holt::http

namespace holt::repos {

// Stored by name; never rename. A bucket has files, and no git history: the routes for models,
// datasets, Spaces and kernels do not take it (domain/buckets).
enum class Type { model, dataset, space, kernel, bucket };
std::string_view type_name(Type type);    // "model"
std::string_view type_plural(Type type);  // "models": the API's path segment
std::string_view url_prefix(Type type);   // "", "datasets/", "spaces/", "kernels/", "buckets/"
std::optional<Type> parse_type(std::string_view singular_or_plural);

enum class Gate { none, automatic, manual };  // false | "auto" | "manual" on the wire

struct RepoId {
  Type type = Type::model;
  std::string owner, name;
  std::string full() const { return owner + "/" + name; }
  std::string web_path() const { return "/" + std::string(url_prefix(type)) + full(); }
};

struct Repo {
  std::int64_t key = 0;
  std::string object_id;
  RepoId id;  // canonical spelling
  std::int64_t owner_key = 0;
  std::int64_t created_by = 0;  // user; contributors may change only what they created
  auth::Visibility visibility = auth::Visibility::public_;
  Gate gate = Gate::none;
  bool disabled = false;
  bool allow_force_push = false;
  bool discussions_disabled = false;
  std::string space_sdk;  // Spaces only
  Timestamp created_at, last_modified;
  std::string head;             // commit of refs/heads/main, 40 hex; empty while there is none
  std::int64_t generation = 0;  // moves with every change of refs or packs
  std::int64_t likes = 0, downloads = 0, downloads_all_time = 0, trending = 0;
  std::int64_t used_storage_bytes = 0;
  cards::Facts facts;  // of the tip of main
};

// Proof that `actor` may know that the repository exists (info, tree, refs, commits). Only Repos
// makes these; content rooms ask for one, so a missing permission check does not compile.
class Visible {
 public:
  const Repo& repo() const { return *repo_; }
  const auth::Actor& actor() const { return *actor_; }
  const auth::ActorPtr& actor_ptr() const { return actor_; }

 protected:
  friend class Repos;
  Visible(std::shared_ptr<const Repo> repo, auth::ActorPtr actor)
      : repo_(std::move(repo)), actor_(std::move(actor)) {}
  std::shared_ptr<const Repo> repo_;  // shared: the resolve cache keeps it across requests
  auth::ActorPtr actor_;
};
// Proof that the actor may read file contents (the gate is passed).
class Readable : public Visible {
 protected:
  friend class Repos;
  using Visible::Visible;
};
// Proof that the actor may propose changes and discuss: a reader with an account, whose token is
// for more than reading. Bytes may be uploaded with it; of the refs it moves only refs/pr/*.
class Proposing : public Readable {
 protected:
  friend class Repos;
  using Readable::Readable;
};
// Proof that the actor may change contents.
class Writable : public Proposing {
 protected:
  friend class Repos;
  using Proposing::Proposing;
};
// Proof that the actor may change settings, move and delete.
class Administrable : public Writable {
 protected:
  friend class Repos;
  using Writable::Writable;
};

// Errors, in the Hub's words. Absent and forbidden look alike to those without access.
Error repo_not_found(const RepoId& id, const auth::Actor& actor);
Error gated(const RepoId& id, const auth::Actor& actor);
Error revision_not_found(std::string_view revision);
Error entry_not_found(std::string_view path, std::string_view commit);

struct NewRepo {
  RepoId id;
  std::optional<auth::Visibility> visibility;  // absent: the namespace's default
  std::string space_sdk;
  std::string license;
  std::vector<std::pair<std::string, std::string>> files;  // path, bytes: part of the first commit
  Gate gate = Gate::none;
};

struct Settings {  // absent: unchanged
  std::optional<auth::Visibility> visibility;
  std::optional<Gate> gate;
  std::optional<bool> discussions_disabled, allow_force_push;
};

// A file of a repository's tip, or of the asked revision.
struct Sibling {
  std::string path;
  std::optional<std::uint64_t> size_bytes;  // the rest only with blobs=true
  std::string blob_id;
  std::string lfs_sha256;  // empty for files in git
  std::uint64_t pointer_bytes = 0;
};

// What other rooms do when something happens here; filled by app/wiring.cpp, called in order,
// inside the transaction where a Tx is given.
struct Events {
  // Makes the first commit of a new repository; runs after its row exists, before create() returns.
  std::function<Result<void>(const Writable&, const NewRepo&)> created;
  std::function<void(db::Tx&, std::int64_t repo_key)> removed;
  // Something private is about to be shown to everybody: whether it may.
  std::function<Result<void>(const Visible&, const auth::Actor& by)> publishing;
  std::function<Result<void>(const Readable& from, const Writable& to)>
      duplicated;  // copies refs, packs, content links
  std::function<std::vector<Sibling>(const Visible&)>
      siblings;  // files at the tip of main, names only
};

struct ListQuery {
  Type type = Type::model;
  std::string search, author;
  std::vector<std::string> filters;  // tags, all must match
  std::string pipeline_tag, library, gated, sort = "trendingScore", sdk;
  std::optional<std::int64_t> min_parameters, max_parameters;
  bool descending = true;
  std::size_t limit = 1000;  // 1…1000
  std::string cursor;        // opaque, from the previous page
  bool with_facts = false;   // parse card data, config and the like too
};
struct ListPage {
  std::vector<std::shared_ptr<const Repo>> repos;
  std::string next_cursor;  // empty on the last page
};

// How many of the repositories that a query matches carry a value: what a list offers to narrow it.
struct Facet {
  std::string kind;  // of the tag ("pipeline_tag", "license", …), "author", "parameters" or "sdk"
  std::string id, label;
  std::int64_t count = 0;
};
struct Facets {
  std::int64_t total = 0;
  bool cut = false;           // more matched than are counted
  std::vector<Facet> values;  // by kind, the most frequent first, at most 60 of a kind
};

struct Like {
  std::shared_ptr<const Repo> repo;
  Timestamp at;
};
struct Liker {
  auth::Namespace user;
  Timestamp at;
};
template <class T>
struct PageOf {
  std::vector<T> items;     // the newest first
  std::string next_cursor;  // empty on the last page
};

// What an owner's repositories take.
struct OwnerTotal {
  std::int64_t repos = 0, bytes = 0;
};

struct DownloadsOfDay {
  Timestamp day;  // its beginning, UTC
  std::int64_t count = 0;
};

class Repos {
 public:
  Repos(db::Database& database, auth::Auth& auth);
  ~Repos();
  Events& events();

  // id in any spelling; former names are followed. Compare result.repo().id with the asked one to
  // redirect. Absent, or private and not the actor's: repo_not_found (401 anonymous, 404 else).
  Result<Visible> open(const auth::ActorPtr& actor, const RepoId& id) const;
  Result<Readable> open_readable(const auth::ActorPtr& actor,
                                 const RepoId& id) const;  // + gate, disabled
  Result<Writable> open_writable(const auth::ActorPtr& actor,
                                 const RepoId& id) const;  // forbidden when only readable
  Result<Administrable> open_administrable(const auth::ActorPtr& actor, const RepoId& id) const;
  Result<Proposing> open_proposing(const auth::ActorPtr& actor, const RepoId& id) const;
  // From memory only (the repo cache), for the fast path; nullopt when unknown. Never blocks.
  std::optional<Result<Readable>> open_readable_cached(const auth::ActorPtr& actor,
                                                       const RepoId& id) const;
  // By key: for tokens and signed URLs that name a repository by it.
  Result<Readable> open_readable(const auth::ActorPtr& actor, std::int64_t key) const;
  Result<Writable> open_writable(const auth::ActorPtr& actor, std::int64_t key) const;
  Result<Proposing> open_proposing(const auth::ActorPtr& actor, std::int64_t key) const;
  // By key, for background work and signed URLs that already proved access.
  std::shared_ptr<const Repo> find(std::int64_t key) const;
  // The same proof over the row as it is now; nullopt when the repository is gone.
  std::optional<Visible> refresh(const Visible& repo) const;
  Result<Writable> open_system(std::int64_t key) const;

  Result<Writable> create(const auth::ActorPtr& actor,
                          NewRepo wanted);  // conflict "exists": tag "RepoExists"
  Result<void> remove(const Administrable& repo);
  Result<RepoId> move(const Administrable& from, const RepoId& to);  // old name redirects for ever
  Result<void> update_settings(const Administrable& repo, const Settings& settings);
  Result<Writable> duplicate(const Readable& from, NewRepo wanted);

  Result<ListPage> list(const auth::Actor& actor, const ListQuery& query) const;
  // Sort, limit and cursor of the query do not matter.
  Facets facets(const auth::Actor& actor, const ListQuery& query) const;
  // Counting is from memory: before the first one asks, and so that the next waits for little.
  void refresh_facets();
  // Tags in use by the visible public repositories of a type, with their type ("library",
  // "license", …).
  std::vector<cards::Tag> tags_in_use(Type type) const;

  // Likes are for all to see, as far as they see the repository. Liking twice is liking once.
  Result<void> set_liked(const Proposing& repo, bool liked);
  bool liked(const Visible& repo) const;  // by the actor
  // invalid when the cursor is not one of an earlier page.
  Result<PageOf<Liker>> likers(const Visible& repo, std::string_view cursor) const;
  Result<PageOf<Like>> likes_of(const auth::Actor& actor, std::int64_t user_key,
                                std::string_view cursor) const;

  std::map<std::int64_t, OwnerTotal> totals_by_owner() const;  // by namespace, buckets included

  // Called by domain/git inside its commit transaction when main moved or packs were added.
  // Writes head, facts, tags, last_modified, and moves generation by one.
  void record_tip(db::Tx& tx, std::int64_t repo_key, std::string_view head,
                  const cards::Facts& facts, std::int64_t used_storage_bytes);
  // Other refs changed: generation, last_modified and size only.
  void record_change(db::Tx& tx, std::int64_t repo_key, std::int64_t used_storage_bytes);
  std::int64_t used_storage(db::Tx& tx, std::int64_t repo_key) const;
  // What was counted anew; nothing else of the repository changed.
  void correct_used_storage(db::Tx& tx, std::int64_t repo_key, std::uint64_t size_bytes);
  void count_download(std::int64_t repo_key);  // buffered in memory, flushed by the janitor
  void flush_downloads();
  // Downloads are those of the last thirty days; those of older days cease to count.
  void expire_downloads();
  std::vector<DownloadsOfDay> downloads_by_day(const Visible& repo) const;
  void forget_cached();                       // the catalog's version moved
  void forget_cached(std::int64_t repo_key);  // after a write of this process

 private:
  struct Impl;
  // The namespace of `id` when the actor may create repositories in it.
  Result<auth::Namespace> namespace_for_writing(const auth::Actor& actor, const RepoId& id) const;
  Result<Writable> insert(const auth::ActorPtr& actor, const NewRepo& wanted);
  Result<void> fill(const Repo& repo, const std::function<Result<void>()>& work);
  void erase(const Repo& repo);
  std::unique_ptr<Impl> impl_;
};

// What info and list show of a repository, as JSON text. `expand` empty: the default set.
struct InfoView {
  std::vector<std::string> expand;
  std::string sha;  // of the asked revision; empty: the tip of main
  std::optional<Timestamp> last_modified;
  const std::vector<Sibling>* siblings = nullptr;
  bool full = true;  // list items without full leave card and config out
  bool card = false, config = false;
};
std::string info_json(const Repo& repo, const InfoView& view);
// invalid with the Hub's sentence (`expected one of "a"|"b"|…`) when a property is unknown.
Result<void> check_expand(Type type, const std::vector<std::string>& expand);

// From a request of a route with {type…}, {owner}, {name} parameters.
Result<RepoId> repo_id_of(const http::Request& request);

void add_routes(http::Router& router, Repos& repos, auth::Auth& auth);

}  // namespace holt::repos
