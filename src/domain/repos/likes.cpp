// Who likes what.
#include "domain/repos/state.h"

namespace holt::repos {
namespace {

constexpr std::size_t kLikesOfPage = 100;

Result<std::int64_t> like_cursor(std::string_view cursor) {
  if (cursor.empty()) return INT64_MAX;
  const auto number = parse_u64(cursor);
  if (!number || *number > INT64_MAX)
    return fail(Kind::invalid,
                "The cursor is not one that this server gave out: start from the first page.");
  return static_cast<std::int64_t>(*number);
}

std::string next_of(std::vector<store::LikeRow>& rows) {
  if (rows.size() <= kLikesOfPage) return {};
  rows.resize(kLikesOfPage);
  return std::to_string(rows.back().key);
}

}  // namespace

Result<void> Repos::set_liked(const Proposing& target, bool liked) {
  const auto& actor = target.actor();
  if (actor.user_key == 0) return fail(Kind::unauthorized, "Liking needs an account.");
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::set_liked(tx, target.repo().key, actor.user_key, liked, now());
    return {};
  }));
  impl_->forget();
  return {};
}

bool Repos::liked(const Visible& target) const {
  if (target.actor().user_key == 0) return false;
  return impl_->database.read(
      [&](db::Tx& tx) { return store::liked(tx, target.repo().key, target.actor().user_key); });
}

Result<PageOf<Liker>> Repos::likers(const Visible& target, std::string_view cursor) const {
  const auto before = TRY(like_cursor(cursor));
  auto rows = impl_->database.read([&](db::Tx& tx) {
    return store::likes_of_repo(tx, target.repo().key, before, kLikesOfPage + 1);
  });
  PageOf<Liker> page;
  page.next_cursor = next_of(rows);
  for (const auto& row : rows)
    if (auto user = impl_->auth.find_namespace(row.user_key); user && !user->suspended)
      page.items.push_back({std::move(*user), row.at});
  return page;
}

Result<PageOf<Like>> Repos::likes_of(const auth::Actor& actor, std::int64_t user_key,
                                     std::string_view cursor) const {
  const auto before = TRY(like_cursor(cursor));
  auto rows = impl_->database.read(
      [&](db::Tx& tx) { return store::likes_of_user(tx, user_key, before, kLikesOfPage + 1); });
  PageOf<Like> page;
  page.next_cursor = next_of(rows);
  for (const auto& row : rows)
    if (auto repo = find(row.repo_key); repo && may_see(actor, *repo, impl_->auth.hub_private()))
      page.items.push_back({std::move(repo), row.at});
  return page;
}

std::map<std::int64_t, OwnerTotal> Repos::totals_by_owner() const {
  return impl_->database.read([](db::Tx& tx) { return store::totals_by_owner(tx); });
}

}  // namespace holt::repos
