// The LFS service: what a batch call answers, storing what was uploaded, and file locks.
#include "domain/lfs/lfs.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"
#include "domain/lfs/impl.h"
#include "domain/lfs/store.h"

namespace holt::lfs {
namespace {

// A part of a large upload may be sent hours after the batch call; a download begins at once.
constexpr std::int64_t kUploadLifeS = 6 * 3600;
constexpr std::int64_t kDownloadLifeS = 3600;

bool lists(const std::vector<std::string>& transfers, std::string_view name) {
  return std::find(transfers.begin(), transfers.end(), name) != transfers.end();
}

// One upload or download URL after another for the objects of a batch.
class ActionWriter {
 public:
  ActionWriter(const http::Request& request, std::string_view secret, std::int64_t repo_key)
      : origin_(request.origin), secret_(secret), repo_key_(repo_key), now_(now()) {}

  wire::Action basic(const wire::ObjectId& object, Operation operation) const {
    const auto life_s = operation == Operation::download ? kDownloadLifeS : kUploadLifeS;
    return {href(link_of(object, operation, life_s)), {}, life_s};
  }

  wire::Action multipart(const wire::ObjectId& object) const {
    Link link = link_of(object, Operation::complete, kUploadLifeS);
    link.upload = random_hex(32);
    link.chunk_bytes = part_bytes_for(object.size_bytes);
    wire::Action action{
        href(link), {{"chunk_size", std::to_string(link.chunk_bytes)}}, kUploadLifeS};
    link.operation = Operation::part;
    const auto count = part_count(object.size_bytes, link.chunk_bytes);
    for (link.part = 1; link.part <= count; ++link.part)
      action.header.emplace_back(fmt::format("{:05}", link.part), href(link));
    return action;
  }

 private:
  Link link_of(const wire::ObjectId& object, Operation operation, std::int64_t life_s) const {
    Link link;
    link.operation = operation;
    link.repo_key = repo_key_;
    link.sha256 = object.oid;
    link.size_bytes = object.size_bytes;
    link.expires_at.ms = now_.ms + life_s * 1000;
    return link;
  }
  std::string href(const Link& link) const { return origin_ + signed_target(link, secret_); }

  std::string origin_;
  std::string_view secret_;
  std::int64_t repo_key_;
  Timestamp now_;
};

void answer_download(const std::optional<content::Content>& known, const ActionWriter& actions,
                     wire::BatchObject& object) {
  if (!known) {
    object.error_code = 404;
    object.error_message = "Object does not exist in this repository.";
  } else if (known->size_bytes != object.id.size_bytes) {
    object.error_code = 422;
    object.error_message =
        fmt::format("The object has {} bytes, not {}.", known->size_bytes, object.id.size_bytes);
  } else {
    object.download = actions.basic(object.id, Operation::download);
  }
}

std::optional<content::Content> known_among(const std::map<std::string, content::Content>& known,
                                            const std::string& oid) {
  const auto it = known.find(oid);
  if (it == known.end()) return std::nullopt;
  return it->second;
}

}  // namespace

Result<wire::BatchReply> Lfs::Impl::batch(const http::Request& request, const repos::RepoId& id,
                                          const wire::BatchRequest& wanted) {
  if (!wanted.hash_algo.empty() && wanted.hash_algo != "sha256" && wanted.hash_algo != "sha_256" &&
      wanted.hash_algo != "sha-256")
    return fail(Kind::conflict,
                "Objects are named by their SHA-256 here; send hash_algo \"sha256\".");
  const auto actor = auth::actor_ptr_of(request);
  // Whoever may open a pull request may upload for it.
  std::optional<repos::Proposing> uploader;
  if (wanted.upload && wanted.ref.starts_with("refs/pr/"))
    uploader = TRY(repos.open_proposing(actor, id));
  else if (wanted.upload)
    uploader = TRY(repos.open_writable(actor, id));
  const repos::Readable repo =
      uploader ? repos::Readable(*uploader) : TRY(repos.open_readable(actor, id));
  const std::int64_t repo_key = repo.repo().key;

  std::vector<std::string> oids;
  for (const auto& object : wanted.objects)
    if (is_hex(object.oid, 64)) oids.push_back(object.oid);
  const auto known = contents.find_many(repo_key, oids);

  wire::BatchReply reply;
  std::optional<XetGrant> xet;
  if (wanted.upload && issue_xet && lists(wanted.transfers, "xet")) {
    xet = TRY(issue_xet(*uploader, request));
    reply.transfer = "xet";
  } else if (wanted.upload && lists(wanted.transfers, "multipart") &&
             std::any_of(wanted.objects.begin(), wanted.objects.end(), [](const auto& object) {
               return object.size_bytes > part_bytes_for(0);
             })) {
    // The agent of `hf lfs-enable-largefiles` needs parts for every object once it is chosen.
    reply.transfer = "multipart";
  }

  // Those the client need not send must still be there when it commits.
  if (wanted.upload) {
    std::vector<std::string> spared;
    for (const auto& [sha256, content] : known) spared.push_back(sha256);
    contents.vouch(spared);
  }

  const ActionWriter actions(request, secret, repo_key);
  for (const auto& object : wanted.objects) {
    wire::BatchObject out;
    out.id = object;
    const auto found = known_among(known, object.oid);
    if (!is_hex(object.oid, 64)) {
      out.error_code = 422;
      out.error_message = "The oid is not a SHA-256 in lower-case hexadecimal.";
    } else if (!wanted.upload) {
      answer_download(found, actions, out);
    } else if (found && found->size_bytes != object.size_bytes) {
      out.error_code = 422;
      out.error_message = fmt::format("The object of this SHA-256 has {} bytes, not {}.",
                                      found->size_bytes, object.size_bytes);
    } else if (!found) {
      if (xet) {
        out.upload = wire::Action{xet->route,
                                  {{"X-Xet-Cas-Url", xet->cas_url},
                                   {"X-Xet-Access-Token", xet->token},
                                   {"X-Xet-Token-Expiration", std::to_string(xet->expires_unix_s)},
                                   {"X-Xet-Session-Id", request.request_id}},
                                  0};
      } else if (reply.transfer == "multipart" && object.size_bytes > 0) {
        out.upload = actions.multipart(object);
      } else {
        out.upload = actions.basic(object, Operation::upload);
      }
      // Signed like the rest: git-lfs sends no credentials to an object that it was told needs
      // none.
      out.verify = actions.basic(object, Operation::verify);
    }
    reply.objects.push_back(std::move(out));
  }
  return reply;
}

Result<http::Response> Lfs::Impl::download(const Link& link, const http::Request& request) {
  const auto found = contents.find(link.repo_key, link.sha256);
  if (!found) return fail(Kind::not_found, "This object is no longer part of the repository.");
  const std::string etag = "\"" + link.sha256 + "\"";
  http::Response response;
  response.headers.add("ETag", etag);
  if (request.headers.get("If-None-Match") == etag) {
    response.status = 304;
    return response;
  }
  const auto range = TRY(http::parse_range(request.headers.get("Range"), found->size_bytes));
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("Content-Disposition", "attachment; filename=\"" + link.sha256 + "\"");
  if (range) {
    response.status = 206;
    response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->last,
                                                      found->size_bytes));
  }
  response.announced_length = range ? range->last - range->first + 1 : found->size_bytes;
  if (request.method != http::Method::head) response.body = TRY(contents.open(*found, range));
  return response;
}

Result<void> Lfs::Impl::store(const Link& link, std::unique_ptr<blob::Staged> staged) {
  // The signed URL is the proof: it was given to somebody who may write here, hours ago at most.
  const auto repo = TRY(repos.open_system(link.repo_key));
  return contents.add_whole(repo, std::move(staged), link.sha256, link.size_bytes);
}

Lfs::Lfs(db::Database& database, repos::Repos& repos, content::Contents& contents,
         std::string secret)
    : impl_(new Impl{database, repos, contents, std::move(secret), nullptr,
                     Uploads(contents.store())}) {}

Lfs::~Lfs() = default;

void Lfs::offer_xet(XetIssuer issuer) { impl_->issue_xet = std::move(issuer); }

Result<Lock> Lfs::lock(const repos::Writable& repo, std::string_view path,
                       std::optional<Lock>& existing) {
  const Lock wanted{0, std::string(path), repo.actor().user_key, repo.actor().name, now()};
  return impl_->database.write([&](db::Tx& tx) -> Result<Lock> {
    auto made = store::insert_lock(tx, repo.repo().key, wanted);
    if (made) return *made;
    existing = store::find_lock_by_path(tx, repo.repo().key, path);
    return fail(Kind::conflict,
                existing ? fmt::format("{} is already locked by {}.", path, existing->owner_name)
                         : fmt::format("{} is already locked.", path));
  });
}

Result<Lock> Lfs::unlock(const repos::Writable& repo, std::int64_t lock_key, Force force) {
  if (force == Force::yes) {
    const auto found = impl_->database.read(
        [&](db::Tx& tx) { return store::find_lock(tx, repo.repo().key, lock_key); });
    if (found && found->owner_key != repo.actor().user_key) {
      const auto may = impl_->repos.open_administrable(repo.actor_ptr(), repo.repo().id);
      if (!may)
        return fail(
            Kind::forbidden,
            fmt::format(
                "{} is locked by {}; only who administers the repository may break the lock.",
                found->path, found->owner_name));
    }
  }
  return impl_->database.write([&](db::Tx& tx) -> Result<Lock> {
    auto found = store::find_lock(tx, repo.repo().key, lock_key);
    if (!found) return fail(Kind::not_found, "There is no such lock in this repository.");
    if (found->owner_key != repo.actor().user_key && force == Force::no)
      return fail(Kind::forbidden, fmt::format("{} is locked by {}; ask them, or use --force.",
                                               found->path, found->owner_name));
    store::remove_lock(tx, repo.repo().key, lock_key);
    return *found;
  });
}

LockPage Lfs::list_locks(const repos::Readable& repo, const LockFilter& filter) const {
  LockPage page;
  const std::int64_t repo_key = repo.repo().key;
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, 1000);
  impl_->database.read([&](db::Tx& tx) {
    if (!filter.path.empty() || filter.key != 0) {
      auto found = filter.key != 0 ? store::find_lock(tx, repo_key, filter.key)
                                   : store::find_lock_by_path(tx, repo_key, filter.path);
      if (found && (filter.path.empty() || found->path == filter.path))
        page.locks.push_back(std::move(*found));
      return;
    }
    const auto after = static_cast<std::int64_t>(parse_u64(filter.cursor).value_or(0));
    page.locks = store::list_locks(tx, repo_key, after, limit + 1);
  });
  if (page.locks.size() > limit) {
    page.locks.resize(limit);
    page.next_cursor = std::to_string(page.locks.back().key);
  }
  return page;
}

void Lfs::forget_repo(db::Tx& tx, std::int64_t repo_key) { store::remove_locks(tx, repo_key); }

std::size_t Lfs::sweep(Timestamp older_than) { return impl_->uploads.sweep(older_than); }

}  // namespace holt::lfs
