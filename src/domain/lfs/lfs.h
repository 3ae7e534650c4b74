// Git LFS: the batch API, its transfers (basic, multipart, Xet by delegation) and file locks. The
// bytes themselves belong to domain/content.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/content/content.h"
#include "domain/repos/repos.h"
#include "io/db/db.h"

namespace holt::http {
struct Request;
class Router;
}  // namespace holt::http

namespace holt::lfs {

// What a client that lists the transfer "xet" gets instead of an upload URL. Made by domain/xet.
struct XetGrant {
  std::string route;  // where the token is renewed
  std::string cas_url, token;
  std::int64_t expires_unix_s = 0;
};
using XetIssuer = std::function<Result<XetGrant>(const repos::Proposing&, const http::Request&)>;

struct Lock {
  std::int64_t key = 0;
  std::string path;
  std::int64_t owner_key = 0;
  std::string owner_name;
  Timestamp locked_at;
};
struct LockPage {
  std::vector<Lock> locks;
  std::string next_cursor;  // empty on the last page
};

class Lfs {
 public:
  // All outlive this. `secret` signs the transfer URLs: 32 random bytes of the data folder, the
  // same on every node and across restarts.
  Lfs(db::Database& database, repos::Repos& repos, content::Contents& contents, std::string secret);
  ~Lfs();
  void offer_xet(XetIssuer issuer);  // before serving; without it the transfer "xet" is not offered

  // --- locks ---
  // conflict when the path is locked; `existing` then holds that lock.
  Result<Lock> lock(const repos::Writable& repo, std::string_view path,
                    std::optional<Lock>& existing);
  // Somebody else's lock needs `force` and the right to administer the repository (forbidden
  // otherwise).
  enum class Force { no, yes };
  Result<Lock> unlock(const repos::Writable& repo, std::int64_t lock_key, Force force);
  struct LockFilter {
    std::string path;         // empty: any
    std::int64_t key = 0;     // 0: any
    std::string cursor;       // of the previous page
    std::size_t limit = 100;  // 1…1,000
  };
  LockPage list_locks(const repos::Readable& repo, const LockFilter& filter) const;
  void forget_repo(db::Tx& tx, std::int64_t repo_key);  // its locks, when it is removed

  // Drops multipart uploads that nobody has touched since `older_than`; the janitor calls it with
  // now − 24 h.
  std::size_t sweep(Timestamp older_than);

  struct Impl;  // shared with the routes of this room

 private:
  friend void add_routes(http::Router& router, Lfs& lfs);
  std::unique_ptr<Impl> impl_;
};

void add_routes(http::Router& router, Lfs& lfs);

}  // namespace holt::lfs
