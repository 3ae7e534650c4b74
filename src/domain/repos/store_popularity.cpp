// SQL of what people make of repositories: downloads and likes.
#include "domain/repos/store.h"

namespace holt::repos::store {
namespace {

const db::Query kAddDownloads{"repos_add_downloads",
                              "UPDATE repos SET downloads = downloads + ?, downloads_all_time = "
                              "downloads_all_time + ?, trending = trending + ? WHERE id = ?"};
const db::Query kAddOfDay{
    "repos_add_downloads_of_day",
    "INSERT INTO repo_downloads (repo_id, day, downloads) VALUES (?, ?, ?) ON CONFLICT (repo_id, "
    "day) DO UPDATE SET downloads = repo_downloads.downloads + excluded.downloads"};
const db::Query kEndOfBatch{
    "repos_end_of_batch",
    "SELECT MAX(id) FROM (SELECT id FROM repos WHERE id > ? ORDER BY id LIMIT ?) batch"};
const db::Query kSum{
    "repos_sum_popularity",
    "UPDATE repos SET downloads = (SELECT COALESCE(SUM(d.downloads), 0) FROM repo_downloads d "
    "WHERE d.repo_id = repos.id AND d.day > ?), trending = (SELECT COALESCE(SUM(d.downloads), 0) "
    "FROM repo_downloads d WHERE d.repo_id = repos.id AND d.day > ?) + ? * (SELECT COUNT(*) FROM "
    "repo_likes l WHERE l.repo_id = repos.id AND l.liked_at >= ?) "
    "WHERE id > ? AND id <= ? AND (downloads > 0 OR trending <> 0)"};
const db::Query kDrop{"repos_drop_downloads", "DELETE FROM repo_downloads WHERE day <= ?"};
const db::Query kSince{"repos_downloads_since",
                       "SELECT day, downloads FROM repo_downloads WHERE repo_id = ? AND day > ?"};

const db::Query kAddLike{
    "repos_add_like",
    "INSERT INTO repo_likes (repo_id, user_id, liked_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"};
const db::Query kFindLike{"repos_find_like",
                          "SELECT liked_at FROM repo_likes WHERE repo_id = ? AND user_id = ?"};
const db::Query kRemoveLike{"repos_remove_like",
                            "DELETE FROM repo_likes WHERE repo_id = ? AND user_id = ?"};
const db::Query kCountLikes{"repos_count_likes",
                            "UPDATE repos SET likes = (SELECT COUNT(*) FROM repo_likes l WHERE "
                            "l.repo_id = repos.id), trending = trending + ? WHERE id = ?"};
const db::Query kLikesOfRepo{
    "repos_likes_of_repo",
    "SELECT id, repo_id, user_id, liked_at FROM repo_likes WHERE repo_id = "
    "? AND id < ? ORDER BY id DESC LIMIT ?"};
const db::Query kLikesOfUser{
    "repos_likes_of_user",
    "SELECT id, repo_id, user_id, liked_at FROM repo_likes WHERE user_id = "
    "? AND id < ? ORDER BY id DESC LIMIT ?"};
const db::Query kTotals{
    "repos_totals_by_owner",
    "SELECT owner_id, COUNT(*), CAST(SUM(used_storage) AS BIGINT) FROM repos GROUP BY owner_id"};

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
// A like says more than a download, of which one program makes many.
constexpr std::int64_t kLikeTrends = 5;

std::vector<LikeRow> likes(db::Tx& tx, const db::Query& query, std::int64_t key,
                           std::int64_t before, std::size_t limit) {
  std::vector<LikeRow> out;
  for (const auto& row : tx.select(query, {key, before, static_cast<std::int64_t>(limit)}))
    out.push_back({row.integer(0), row.integer(1), row.integer(2), row.time(3)});
  return out;
}

}  // namespace

bool set_liked(db::Tx& tx, std::int64_t key, std::int64_t user_key, bool liked, Timestamp at) {
  const auto before = tx.find(kFindLike, {key, user_key});
  if (before.has_value() == liked) return false;
  if (liked)
    tx.execute(kAddLike, {key, user_key, at});
  else
    tx.execute(kRemoveLike, {key, user_key});
  // What was taken back trends no more; an old like had ceased to.
  const bool trends = liked || before->time(0).ms >= (at.ms / kDayMs - 6) * kDayMs;
  tx.execute(kCountLikes, {trends ? (liked ? kLikeTrends : -kLikeTrends) : std::int64_t{0}, key});
  return true;
}

bool liked(db::Tx& tx, std::int64_t key, std::int64_t user_key) {
  return tx.find(kFindLike, {key, user_key}).has_value();
}

std::vector<LikeRow> likes_of_repo(db::Tx& tx, std::int64_t repo_key, std::int64_t before,
                                   std::size_t limit) {
  return likes(tx, kLikesOfRepo, repo_key, before, limit);
}

std::vector<LikeRow> likes_of_user(db::Tx& tx, std::int64_t user_key, std::int64_t before,
                                   std::size_t limit) {
  return likes(tx, kLikesOfUser, user_key, before, limit);
}

std::map<std::int64_t, OwnerTotal> totals_by_owner(db::Tx& tx) {
  std::map<std::int64_t, OwnerTotal> out;
  for (const auto& row : tx.select(kTotals, {}))
    out.emplace(row.integer(0), OwnerTotal{row.integer(1), row.integer(2)});
  return out;
}

void add_downloads(db::Tx& tx, std::int64_t key, std::int64_t day, std::int64_t count) {
  // A repository that went meanwhile has no days either.
  if (tx.execute(kAddDownloads, {count, count, count, key}) > 0)
    tx.execute(kAddOfDay, {key, day, count});
}

std::optional<std::int64_t> end_of_batch(db::Tx& tx, std::int64_t after, std::int64_t count) {
  const auto row = tx.find(kEndOfBatch, {after, count});
  return row ? row->maybe_integer(0) : std::nullopt;
}

void sum_popularity(db::Tx& tx, std::int64_t after, std::int64_t last, std::int64_t month_ago,
                    std::int64_t week_ago) {
  tx.execute(kSum, {month_ago, week_ago, kLikeTrends, (week_ago + 1) * kDayMs, after, last});
}

void drop_downloads(db::Tx& tx, std::int64_t up_to_day) { tx.execute(kDrop, {up_to_day}); }

std::vector<std::pair<std::int64_t, std::int64_t>> downloads_since(db::Tx& tx, std::int64_t key,
                                                                   std::int64_t after_day) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const auto& row : tx.select(kSince, {key, after_day}))
    out.emplace_back(row.integer(0), row.integer(1));
  return out;
}

}  // namespace holt::repos::store
