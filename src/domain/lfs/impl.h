// What the LFS service and its routes share inside the room.
#pragma once

#include <string>
#include <vector>

#include "domain/lfs/lfs.h"
#include "domain/lfs/uploads.h"
#include "domain/lfs/wire.h"
#include "io/http/http.h"

namespace holt::lfs {

struct Lfs::Impl {
  db::Database& database;
  repos::Repos& repos;
  content::Contents& contents;
  std::string secret;
  XetIssuer issue_xet;
  Uploads uploads;

  Result<wire::BatchReply> batch(const http::Request& request, const repos::RepoId& id,
                                 const wire::BatchRequest& wanted);
  Result<http::Response> download(const Link& link, const http::Request& request);
  Result<void> store(const Link& link, std::unique_ptr<blob::Staged> staged);
};

}  // namespace holt::lfs
