// The Xet server: tokens for it, the CAS API that Xet clients call, and the signed URLs from which
// they read xorbs. Formats are in domain/xetformat, storage and links in domain/content.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "domain/auth/auth.h"
#include "domain/content/content.h"
#include "domain/repos/repos.h"

namespace holt::http {
struct Request;
class Router;
}  // namespace holt::http

namespace holt::xet {

struct Grant {
  std::string route;  // where the same token is had again: origin, path
  std::string cas_url, token;
  std::int64_t expires_unix_s = 0;
};

class Xet {
 public:
  // All outlive this. `secret` signs tokens and URLs: 32 random bytes of the data folder, the same
  // on every node and across restarts.
  Xet(repos::Repos& repos, auth::Auth& auth, content::Contents& contents, std::string secret);
  ~Xet();

  // A token for one repository, valid for an hour and no longer than the rights (and the access
  // token) of the actor that it was made for: they are looked at again when the catalog changed.
  Grant issue_read(const repos::Readable& repo, std::string_view revision,
                   const http::Request& request) const;
  Grant issue_propose(const repos::Proposing& repo, std::string_view revision,
                      const http::Request& request) const;
  Grant issue_write(const repos::Writable& repo, std::string_view revision,
                    const http::Request& request) const;

  // Says whether a repository has a revision; without it every one passes. revision_not_found
  // otherwise.
  using RevisionCheck =
      std::function<Result<void>(const repos::Visible& repo, std::string_view revision)>;
  void check_revisions(RevisionCheck check);

  struct Impl;  // shared by the files of this room

 private:
  friend void add_routes(http::Router& router, Xet& xet);
  std::unique_ptr<Impl> impl_;
};

void add_routes(http::Router& router, Xet& xet);

}  // namespace holt::xet
