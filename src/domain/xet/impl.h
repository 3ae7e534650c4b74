// What the files of the Xet room share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/lru.h"
#include "domain/xet/token.h"
#include "domain/xet/xet.h"
#include "domain/xetformat/xetformat.h"
#include "io/http/http.h"

namespace holt::xet {

// A repository as the holder of a token may use it now.
struct Session {
  repos::Readable repo;
  std::optional<repos::Proposing> uploader;  // of a token to propose or to write
  std::int64_t checked_us = 0;               // monotonic
  std::uint64_t generation = 0;              // of Auth, before the rights were looked at
};

struct Xet::Impl {
  Impl(repos::Repos& repos_in, auth::Auth& auth_in, content::Contents& contents_in,
       std::string secret_in);

  repos::Repos& repos;
  auth::Auth& auth;
  content::Contents& contents;
  std::string secret;
  Xet::RevisionCheck check_revision;
  // By token text; shared because a request goes on with the session it began with.
  Lru<std::string, std::shared_ptr<const Session>> sessions;

  // From the request's bearer token: unauthorized, forbidden (a read token where write is needed),
  // or what Repos says when the rights are gone.
  Result<std::shared_ptr<const Session>> open(const http::Request& request, Scope needed);
  Result<auth::ActorPtr> actor_of(const Token& token);
  std::string data_url(const http::Request& request, const Session& session,
                       const xetformat::XorbFetch& fetch, std::uint64_t xorb_bytes,
                       std::size_t first_range, std::size_t ranges) const;
};

void add_token_routes(http::Router& router, Xet& xet, Xet::Impl& impl);
void add_upload_routes(http::Router& router, Xet::Impl& impl);
void add_reconstruction_routes(http::Router& router, Xet::Impl& impl);
void add_data_routes(http::Router& router, Xet::Impl& impl);

}  // namespace holt::xet
