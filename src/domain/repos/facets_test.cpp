// Facets are counted from memory: whatever changes, they say what reading the catalog anew says.
#include "domain/repos/facets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "base/random.h"
#include "base/text.h"
#include "io/db/migrated_catalog_test.h"

namespace holt::repos {
namespace {

namespace fs = std::filesystem;

std::string text_of(const Facets& facets) {
  std::string out = std::to_string(facets.total);
  for (const auto& one : facets.values)
    out += "\n" + one.kind + " " + one.id + " " + std::to_string(one.count);
  return out;
}

class FacetsTest : public testing::Test {
 protected:
  ~FacetsTest() override { fs::remove_all(folder_); }

  void write(const std::function<void(db::Tx&)>& work) {
    const auto done = database_->write([&](db::Tx& tx) -> Result<void> {
      work(tx);
      return {};
    });
    ASSERT_TRUE(done);
  }
  std::int64_t add(const std::string& owner, std::int64_t owner_key, Type type, bool is_private) {
    Repo repo;
    repo.object_id = std::to_string(++made_);
    repo.id = {type, owner, "m" + std::to_string(made_)};
    repo.owner_key = owner_key;
    repo.visibility = is_private ? auth::Visibility::private_ : auth::Visibility::public_;
    std::int64_t key = 0;
    write([&](db::Tx& tx) { key = store::insert(tx, repo, 1); });
    return key;
  }
  void tag(std::int64_t key, std::vector<std::string> tags, std::string task, std::int64_t size) {
    cards::Facts facts;
    facts.tags = std::move(tags);
    facts.pipeline_tag = std::move(task);
    facts.parameters = size;
    write([&](db::Tx& tx) {
      store::update_tip(tx, key, Type::model, std::string(40, 'a'), facts, "{}", 0, now());
    });
  }
  static store::ListScope stranger() { return {}; }

  fs::path folder_ = fs::temp_directory_path() / ("holt-facets-" + random_hex(12));
  std::unique_ptr<db::Database> database_ =
      (fs::create_directories(folder_), db::open_migrated_catalog(folder_));
  FacetIndex index_{*database_};
  int made_ = 0;
};

TEST_F(FacetsTest, counts_follow_every_change) {
  const auto bert = add("acme", 1, Type::model, false), gpt = add("zoo", 2, Type::model, false);
  tag(bert, {"pytorch", "license:mit", "mit"}, "fill-mask", 110'000'000);
  tag(gpt, {"pytorch", "license:apache-2.0"}, "text-generation", 8'000'000'000);
  ListQuery query;
  EXPECT_EQ(index_.count(query, stranger()).total, 2);
  query.filters = {"license:mit"};
  auto found = index_.count(query, stranger());
  EXPECT_EQ(found.total, 1);
  EXPECT_NE(text_of(found).find("author acme 1"), std::string::npos);
  EXPECT_NE(text_of(found).find("parameters min:1,max:999999999 1"), std::string::npos);
  // Private from one moment to the next: its owner still counts it, nobody else does.
  Settings hidden;
  hidden.visibility = auth::Visibility::private_;
  write([&](db::Tx& tx) { store::update_settings(tx, bert, hidden, now()); });
  EXPECT_EQ(index_.count(query, stranger()).total, 0);
  EXPECT_EQ(index_.count(query, {false, true, {1}}).total, 1);
  EXPECT_EQ(index_.count(query, {false, true, {2}}).total, 0);
  write([&](db::Tx& tx) { store::remove(tx, bert); });
  EXPECT_EQ(index_.count(query, {true, true, {}}).total, 0);
  query.filters = {"nobody-has-it"};
  EXPECT_EQ(index_.count(query, {true, true, {}}).total, 0);
}

TEST_F(FacetsTest, what_is_kept_is_what_reading_anew_finds) {
  std::mt19937_64 random(7);
  std::vector<std::int64_t> keys;
  const std::vector<std::string> tags{"pytorch", "gguf", "license:mit", "en", "dataset:acme/rows"};
  const auto some_tags = [&] {
    std::vector<std::string> out;
    for (const auto& one : tags)
      if (random() % 2 == 0) out.push_back(one);
    return out;
  };
  for (int step = 0; step < 400; ++step) {
    if (keys.size() < 5 || random() % 3 == 0) {
      const auto owner = static_cast<std::int64_t>(random() % 3);
      keys.push_back(add("owner" + std::to_string(owner), owner,
                         random() % 4 == 0 ? Type::dataset : Type::model, random() % 4 == 0));
      tag(keys.back(), some_tags(), random() % 2 == 0 ? "fill-mask" : "",
          std::int64_t{1} << (random() % 40));
    } else {
      const auto at = random() % keys.size();
      switch (random() % 4) {
        case 0:
          write([&](db::Tx& tx) { store::remove(tx, keys[at]); });
          keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        case 1:
          tag(keys[at], some_tags(), "text-generation", 0);
          break;
        case 2: {
          Settings changed;
          changed.visibility =
              random() % 2 == 0 ? auth::Visibility::private_ : auth::Visibility::public_;
          changed.gate = random() % 2 == 0 ? Gate::none : Gate::manual;
          write([&](db::Tx& tx) { store::update_settings(tx, keys[at], changed, now()); });
          break;
        }
        default: {
          auto repo =
              database_->read([&](db::Tx& tx) { return store::find_by_key(tx, keys[at])->repo; });
          repo.id.owner = "moved";
          repo.owner_key = 9;
          write([&](db::Tx& tx) { store::rename(tx, repo, lower(repo.id.full())); });
        }
      }
    }
    if (step % 20 != 0) continue;
    FacetIndex anew(*database_);
    for (const auto& filters : {std::vector<std::string>{}, {"pytorch"}, {"gguf", "en"}})
      for (const Type type : {Type::model, Type::dataset})
        for (const auto& scope : {store::ListScope{}, {true, true, {}}, {false, true, {1, 9}}}) {
          ListQuery query;
          query.type = type;
          query.filters = filters;
          query.search = step % 40 == 0 ? "m1" : "";
          query.author = step % 60 == 0 ? "Moved" : "";
          EXPECT_EQ(text_of(index_.count(query, scope)), text_of(anew.count(query, scope))) << step;
        }
  }
}

TEST_F(FacetsTest, who_missed_dropped_changes_reads_all_anew) {
  add("acme", 1, Type::model, false);
  EXPECT_EQ(index_.count({}, stranger()).total, 1);
  for (int i = 0; i < 10; ++i) add("acme", 1, Type::model, false);
  write([](db::Tx& tx) { store::drop_changes(tx, 2); });
  EXPECT_EQ(index_.count({}, stranger()).total, 11);
}

}  // namespace
}  // namespace holt::repos
