// Tokens: issuing them, and what their holder may still do.
#include "domain/xet/xet.h"

#include <algorithm>

#include "base/text.h"
#include "domain/xet/impl.h"
#include "domain/xet/link.h"

namespace holt::xet {
namespace {

constexpr std::int64_t kTokenLifeS = 3600;
constexpr std::int64_t kDataLifeMs = 3600 * 1000;
constexpr std::int64_t kRecheckUs = 30 * 1'000'000;
constexpr std::size_t kMaxSessions = 4096;

Grant grant(const repos::Readable& repo, Scope scope, std::string_view revision,
            std::string_view secret, const http::Request& request) {
  const auto& actor = repo.actor();
  Token token;
  token.repo_key = repo.repo().key;
  token.scope = scope;
  token.user_key = actor.user_key;
  token.token_key = actor.token_key;
  token.expires_unix_s = now().ms / 1000 + kTokenLifeS;
  const auto& id = repo.repo().id;
  Grant out;
  out.route = request.origin + "/api/" + std::string(repos::type_plural(id.type)) + "/" +
              id.full() + (scope != Scope::read ? "/xet-write-token/" : "/xet-read-token/") +
              percent_encode(revision);
  out.cas_url = request.origin;
  out.token = sign(token, secret);
  out.expires_unix_s = token.expires_unix_s;
  return out;
}

}  // namespace

Xet::Impl::Impl(repos::Repos& repos_in, auth::Auth& auth_in, content::Contents& contents_in,
                std::string secret_in)
    : repos(repos_in),
      auth(auth_in),
      contents(contents_in),
      secret(std::move(secret_in)),
      sessions(kMaxSessions) {}

Xet::Xet(repos::Repos& repos, auth::Auth& auth, content::Contents& contents, std::string secret)
    : impl_(std::make_unique<Impl>(repos, auth, contents, std::move(secret))) {}
Xet::~Xet() = default;

void Xet::check_revisions(RevisionCheck check) { impl_->check_revision = std::move(check); }

Grant Xet::issue_read(const repos::Readable& repo, std::string_view revision,
                      const http::Request& request) const {
  return grant(repo, Scope::read, revision, impl_->secret, request);
}

Grant Xet::issue_propose(const repos::Proposing& repo, std::string_view revision,
                         const http::Request& request) const {
  auto out = grant(repo, Scope::propose, revision, impl_->secret, request);
  out.route += "?create_pr=1";
  return out;
}

Grant Xet::issue_write(const repos::Writable& repo, std::string_view revision,
                       const http::Request& request) const {
  return grant(repo, Scope::write, revision, impl_->secret, request);
}

// The actor as it is now: a user suspended, or a token revoked or narrowed, since then counts.
Result<auth::ActorPtr> Xet::Impl::actor_of(const Token& token) {
  if (token.user_key == 0) return auth::anonymous_actor();
  const auto user = auth.find_namespace(token.user_key);
  if (!user || user->suspended)
    return fail(Kind::unauthorized, "The account of this Xet token is closed.");
  auto actor = std::make_shared<auth::Actor>();
  actor->via = auth::Via::session;
  actor->user_key = user->key;
  actor->name = user->name;
  actor->site_admin = user->site_admin;
  actor->orgs = auth.orgs_of(user->key);
  if (token.token_key != 0) {
    const auto tokens = auth.list_tokens(user->key);
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [&](const auth::Token& t) { return t.key == token.token_key; });
    if (found == tokens.end() || found->revoked_at ||
        (found->expires_at && *found->expires_at <= now()))
      return fail(Kind::unauthorized,
                  "The access token with which this Xet token was made is no longer valid.");
    actor->via = auth::Via::token;
    actor->token_key = found->key;
    actor->token_name = found->name;
    actor->token_role = found->role;
    actor->global_permissions = found->global_permissions;
    actor->scopes = found->scopes;
  }
  return auth::ActorPtr(std::move(actor));
}

Result<std::shared_ptr<const Session>> Xet::Impl::open(const http::Request& request, Scope needed) {
  auto header = request.headers.get("Authorization");
  constexpr std::string_view kBearer = "bearer ";
  if (!equal_ignoring_case(header.substr(0, kBearer.size()), kBearer))
    return fail(Kind::unauthorized,
                "A Xet token is needed: Authorization: Bearer …. Ask for one at the repository's "
                "xet-read-token or xet-write-token route.");
  const std::string text(trim(header.substr(kBearer.size())));
  const auto token = TRY(verify(text, secret, now()));
  if (token.scope < needed)
    return fail(
        Kind::forbidden,
        "This Xet token only reads; ask for one at the repository's xet-write-token route.");
  // Rights change with the catalog; by time alone only the access token behind this one ends.
  const auto generation = auth.generation();
  if (auto known = sessions.find(text); known && (*known)->generation == generation &&
                                        monotonic_us() - (*known)->checked_us < kRecheckUs)
    return *known;
  const auto actor = TRY(actor_of(token));
  std::shared_ptr<const Session> session;
  if (token.scope == Scope::write) {
    const auto writable = TRY(repos.open_writable(actor, token.repo_key));
    session =
        std::make_shared<const Session>(Session{writable, writable, monotonic_us(), generation});
  } else if (token.scope == Scope::propose) {
    const auto uploader = TRY(repos.open_proposing(actor, token.repo_key));
    session =
        std::make_shared<const Session>(Session{uploader, uploader, monotonic_us(), generation});
  } else {
    session = std::make_shared<const Session>(Session{
        TRY(repos.open_readable(actor, token.repo_key)), std::nullopt, monotonic_us(), generation});
  }
  sessions.insert(text, session);
  return session;
}

std::string Xet::Impl::data_url(const http::Request& request, const Session& session,
                                const xetformat::XorbFetch& fetch, std::uint64_t xorb_bytes,
                                std::size_t first_range, std::size_t ranges) const {
  DataLink link;
  link.xorb = fetch.xorb;
  link.xorb_bytes = xorb_bytes;
  link.repo_key = session.repo.repo().key;
  link.expires_at.ms = now().ms + kDataLifeMs;
  for (std::size_t i = first_range; i < first_range + ranges; ++i)
    link.ranges.push_back({fetch.ranges[i].first_byte, fetch.ranges[i].last_byte});
  return request.origin + signed_target(link, secret);
}

void add_routes(http::Router& router, Xet& xet) {
  add_token_routes(router, xet, *xet.impl_);
  add_upload_routes(router, *xet.impl_);
  add_reconstruction_routes(router, *xet.impl_);
  add_data_routes(router, *xet.impl_);
}

}  // namespace holt::xet
