// What the git service keeps in memory, and the steps its files share. Private to the room.
#pragma once

#include <mutex>
#include <set>

#include "base/keyed_mutex.h"
#include "base/lru.h"
#include "domain/git/git.h"

namespace holt::git {

// A text key of several parts; keys of one cache have one shape.
inline std::string cache_key(std::int64_t repo, std::string_view a, std::string_view b = {}) {
  std::string key = std::to_string(repo);
  key.reserve(key.size() + a.size() + b.size() + 2);
  key += '\n';
  key += a;
  key += '\n';
  key += b;
  return key;
}

struct Git::Impl {
  Impl(db::Database& d, repos::Repos& r, content::Contents& c, gitio::RepositoryCache& g)
      : database(d), repos(r), contents(c), cache(g) {}

  std::uint64_t inline_limit_bytes = 10'000'000;  // the Hub's bound
  db::Database& database;
  repos::Repos& repos;
  content::Contents& contents;
  gitio::RepositoryCache& cache;
  Proposals proposals;
  auth::Auth* auth = nullptr;  // outlives this; of guard_tokens
  Guard guard = Guard::off;

  bool guards(const repos::Repo& repo) const;
  // A sentence about a live token in a text, without its full stop; empty when there is none.
  std::string token_in(const repos::Repo& repo, const auth::Actor& by, std::string_view path,
                       std::string_view bytes) const;

  // Generation up to which a repository's packs are known to be linked into its cache folder.
  Lru<std::int64_t, std::int64_t> synced{50'000};
  // Commits known to exist, by repository; paths by commit; pointers by blob. All immutable facts.
  Lru<std::string, gitio::Oid> commits{50'000};
  struct KnownFile {
    FileEntry entry;
    Timestamp until;  // when to look again; 0: never
  };
  Lru<std::string, KnownFile> files{50'000};
  Lru<gitio::Oid, std::optional<content::Pointer>> pointers{100'000};
  Lru<gitio::Oid, std::shared_ptr<const std::string>> small_blobs{24u << 20};  // cost in bytes
  // API commits to one repository queue here instead of racing for the same tip.
  using CommitLock = KeyedMutex<std::int64_t>::Lock;
  KeyedMutex<std::int64_t> commit_locks;

  // Repositories that got a pack and were not looked at by consolidate_written since.
  std::mutex written_mutex;
  std::set<std::int64_t> written;
};

// For how long a large file is believed to have no Xet form.
constexpr std::int64_t kXetFormAwaitedMs = 1000;
constexpr std::size_t kSmallBlobBytes = 256u << 10;
// Larger files are not looked through for access tokens.
constexpr std::uint64_t kLargestGuarded = 5u << 20;

// "main" → refs/heads/main; refs/… unchanged.
std::string branch_ref(std::string_view revision);
// invalid unless git accepts it as a branch or tag name outside refs/.
Result<void> check_short_name(std::string_view name, std::string_view kind);

gitio::Signature signature_of(const auth::Actor& actor);

}  // namespace holt::git
