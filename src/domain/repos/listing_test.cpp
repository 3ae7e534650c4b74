// Lists and search over thousands of repositories say what reading all of them would say, whichever
// way store_list.cpp takes to find a page.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include "base/random.h"
#include "base/text.h"
#include "domain/repos/repos.h"
#include "domain/repos/store.h"
#include "io/db/migrated_catalog_test.h"

namespace holt::repos {
namespace {

namespace fs = std::filesystem;

constexpr std::array kWords = {"amber", "birch", "cedar", "delta", "ember", "umber", "fable"};
constexpr std::int64_t kCount = 14'000;

struct Known {
  std::int64_t key = 0, downloads = 0;
  std::string full_key;
  std::vector<std::string> tags;
  bool visible = true;
};

class Listing : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new fs::path(fs::temp_directory_path() / ("holt-listing-" + random_hex(12)));
    fs::create_directories(*folder_);
    database_ = db::open_migrated_catalog(*folder_).release();
    known_ = new std::vector<Known>;
    const auto filled = database_->write([](db::Tx& tx) -> Result<void> {
      for (std::int64_t i = 0; i < kCount; ++i) add(tx, i);
      return {};
    });
    ASSERT_TRUE(filled);
  }
  static void TearDownTestSuite() {
    delete known_;
    delete database_;
    fs::remove_all(*folder_);
    delete folder_;
  }

  static const char* word() { return kWords.at(random_() % kWords.size()); }

  // The oldest 2,000 belong to an author of their own: a walk from the newest meets them last.
  static void add(db::Tx& tx, std::int64_t i) {
    Repo repo;
    repo.object_id = std::to_string(i);
    repo.id.owner = i < 2000 ? "Oldest" : i % 100 == 0 ? "rare" : "Acme";
    repo.id.name = std::string(word()) + "-" + word() + "-" + std::to_string(i);
    repo.owner_key = i < 2000 ? 2 : 1;
    repo.visibility = i % 7 == 0 ? auth::Visibility::private_ : auth::Visibility::public_;
    repo.created_at = repo.last_modified = Timestamp{i};
    Known known{store::insert(tx, repo, 1),
                static_cast<std::int64_t>(random_() % 50),
                lower(repo.id.full()),
                {},
                i % 7 != 0};
    if (known.downloads > 0) store::add_downloads(tx, known.key, 20000, known.downloads);
    cards::Facts facts;
    facts.tags = {std::string("common"), std::string("of-") + word()};
    if (i % 2000 == 0) facts.tags.emplace_back("rare-tag");
    store::update_tip(tx, known.key, Type::model, "", facts, "{}", 0, repo.last_modified);
    known.tags = facts.tags;
    known_->push_back(std::move(known));
  }

  static bool matches(const Known& known, const ListQuery& query) {
    return known.visible && known.full_key.contains(lower(query.search)) &&
           (query.author.empty() || known.full_key.starts_with(lower(query.author) + "/")) &&
           std::ranges::all_of(query.filters, [&](const std::string& tag) {
             return std::ranges::find(known.tags, tag) != known.tags.end();
           });
  }

  static std::vector<std::int64_t> expected(const ListQuery& query) {
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    for (std::size_t i = 0; i < known_->size(); ++i) {
      const auto& known = (*known_)[i];
      if (!matches(known, query)) continue;
      found.emplace_back(query.sort == "downloads" ? known.downloads : static_cast<std::int64_t>(i),
                         known.key);
    }
    std::ranges::sort(found);
    if (query.descending) std::ranges::reverse(found);
    std::vector<std::int64_t> keys;
    for (const auto& [value, key] : found) keys.push_back(key);
    return keys;
  }

  // All pages, as a client walks through them.
  static std::vector<std::int64_t> listed(const ListQuery& query, std::size_t at_most) {
    std::vector<std::int64_t> keys;
    std::optional<std::pair<std::int64_t, std::int64_t>> after;
    while (keys.size() < at_most) {
      const auto rows = database_->read(
          [&](db::Tx& tx) { return store::list(tx, query, store::ListScope{}, after); });
      for (std::size_t i = 0; i < std::min(rows.size(), query.limit); ++i)
        keys.push_back(rows[i].repo.key);
      if (rows.size() <= query.limit) break;
      const auto& last = rows[query.limit - 1].repo;
      after = {store::sort_value(query, last), last.key};
    }
    return keys;
  }

  static void check(const ListQuery& query) {
    constexpr std::size_t kPages = 3;
    auto wanted = expected(query);
    if (wanted.size() > kPages * query.limit) wanted.resize(kPages * query.limit);
    EXPECT_EQ(listed(query, kPages * query.limit), wanted)
        << "search=" << query.search << " author=" << query.author
        << " filters=" << join(query.filters, ",") << " sort=" << query.sort << query.descending;
  }

  static inline fs::path* folder_ = nullptr;
  static inline db::Database* database_ = nullptr;
  static inline std::vector<Known>* known_ = nullptr;
  static inline std::mt19937 random_{7};
};

TEST_F(Listing, any_question_is_answered_as_by_reading_everything) {
  const std::vector<std::string> searches = {
      "",       "e",     "am",          "amber", "-1399",   "umber-amber", "ce",
      "cme/am", "13999", "not-like-it", "Éa",    "Cedar-D", "%",           "a_b"};
  const std::vector<std::string> authors = {"", "", "", "acme", "OLDEST", "rare", "nobody"};
  const std::vector<std::vector<std::string>> filters = {{},
                                                         {},
                                                         {"common"},
                                                         {"of-amber"},
                                                         {"rare-tag"},
                                                         {"common", "of-birch"},
                                                         {"of-cedar", "of-delta"}};
  for (int i = 0; i < 150; ++i) {
    ListQuery query;
    query.search = searches[random_() % searches.size()];
    query.author = authors[random_() % authors.size()];
    query.filters = filters[random_() % filters.size()];
    query.sort = random_() % 2 == 0 ? "downloads" : "createdAt";
    query.descending = random_() % 4 != 0;
    query.limit = 1 + random_() % 40;
    check(query);
  }
}

TEST_F(Listing, those_that_a_walk_meets_last_are_found) {
  ListQuery query;
  query.author = "oldest";
  query.sort = "createdAt";
  query.limit = 30;
  check(query);
  query.filters = {"common"};
  check(query);
}

TEST_F(Listing, search_follows_names) {
  auto& known = known_->at(5001);
  Repo repo;
  const auto moved = database_->write([&](db::Tx& tx) -> Result<void> {
    repo = store::find_by_key(tx, known.key)->repo;
    repo.id.name = "quite-another";
    store::rename(tx, repo, "acme/quite-another");
    return {};
  });
  ASSERT_TRUE(moved);
  ListQuery query;
  query.limit = 10;
  query.search = std::string(known.full_key.substr(known.full_key.size() - 9));
  known.full_key = "acme/quite-another";
  check(query);
  query.search = "te-anot";
  EXPECT_EQ(listed(query, 10), std::vector{known.key});
  const auto removed = database_->write([&](db::Tx& tx) -> Result<void> {
    store::remove(tx, known.key);
    return {};
  });
  ASSERT_TRUE(removed);
  known.visible = false;
  EXPECT_TRUE(listed(query, 10).empty());
}

}  // namespace
}  // namespace holt::repos
