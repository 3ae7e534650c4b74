// Live access tokens in files that are about to be read by others.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "domain/git/state.h"

namespace holt::git {
namespace {

constexpr std::size_t kBinarySample = 8000;  // where git looks for a NUL too
constexpr std::size_t kMostPlaces = 2'000;
// A repository that is made public is looked through while its owner waits.
constexpr std::int64_t kLongestLookUs = 20'000'000;

bool is_text(std::string_view bytes) {
  return bytes.substr(0, kBinarySample).find('\0') == bytes.npos;
}

std::string where_in(std::string_view path, std::string_view text, std::size_t offset) {
  const auto line = 1 + std::ranges::count(text.substr(0, offset), '\n');
  return std::string(clip(path, 300)) + ", line " + std::to_string(line);
}

}  // namespace

void Git::guard_tokens(auth::Auth& auth, Guard where) {
  impl_->auth = &auth;
  impl_->guard = where;
}

bool Git::Impl::guards(const repos::Repo& repo) const {
  return guard == Guard::everywhere ||
         (guard == Guard::public_ones && repo.visibility == auth::Visibility::public_);
}

std::string Git::Impl::token_in(const repos::Repo& repo, const auth::Actor& by,
                                std::string_view path, std::string_view bytes) const {
  if (bytes.size() > kLargestGuarded || !is_text(bytes)) return {};
  for (const auto& found : auth->find_tokens(bytes, kMostPlaces)) {
    if (!found.live) continue;
    const auto where = where_in(path, bytes, found.offset);
    auth->note(by,
               {"token.blocked", std::string(repos::type_name(repo.id.type)) + " " + repo.id.full(),
                auth::audit_detail(
                    {{"token", found.token.name}, {"owner", found.owner.name}, {"where", where}})});
    return where + ": this is a live access token of this hub (\"" + found.token.name + "\" of " +
           found.owner.name + ", ending in " + found.token.last_four +
           "). Nothing was stored. Take it out of the file; revoke it, if anybody may have seen "
           "it. "
           "What holds only revoked tokens is accepted";
  }
  return {};
}

void Git::each_text(const repos::Visible& repo,
                    const std::function<bool(std::string_view path, const gitio::Oid& commit,
                                             std::string_view text)>& visit) {
  if (repo.repo().id.type == repos::Type::bucket) return;
  std::vector<gitio::Oid> tips;
  for (const auto& ref : refs(repo)) tips.push_back(ref.commit);
  auto opened = repository(repo);
  auto& reader = opened->reader();
  reader.each_reachable_blob(tips, [&](const gitio::Oid& blob, std::string_view path,
                                       std::uint64_t size_bytes, const gitio::Commit& commit) {
    if (size_bytes > kLargestGuarded) return true;
    const auto text = reader.read_blob(blob, kLargestGuarded);
    return !text || !is_text(*text) || visit(path, commit.oid, *text);
  });
}

Result<void> Git::check_tokens(const repos::Visible& repo, const auth::Actor& by) {
  if (impl_->guard == Guard::off) return {};
  std::string problem;
  const auto began = monotonic_us();
  bool whole = true;
  each_text(repo, [&](std::string_view path, const gitio::Oid&, std::string_view text) {
    problem = impl_->token_in(repo.repo(), by, path, text);
    whole = monotonic_us() - began < kLongestLookUs;
    return problem.empty() && whole;
  });
  if (!problem.empty())
    return fail(Kind::unprocessable, problem + ". Until then the repository stays private.");
  if (!whole)
    log::warning("a repository was made public without a look at all of its files for tokens",
                 {{"repo.id", repo.repo().id.full()}});
  return {};
}

}  // namespace holt::git
