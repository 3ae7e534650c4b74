// Counting facets of 100,000 models: what a list's page asks for besides its rows.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "base/random.h"
#include "domain/repos/facets.h"
#include "io/db/db.h"

namespace holt::repos {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<db::Database> open_catalog(const fs::path& folder) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& entry :
       fs::directory_iterator(fs::path(__FILE__).parent_path() / "../../../migrations")) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream file(entry.path());
    texts.emplace_back(entry.path().stem().string(),
                       std::string(std::istreambuf_iterator<char>(file), {}));
  }
  std::ranges::sort(texts);
  std::vector<db::Migration> migrations;
  for (const auto& [name, text] : texts) migrations.push_back({name, text});
  auto database = db::Database::open((folder / "catalog.sqlite").string(), 4);
  if (!database->migrate(migrations)) std::abort();
  return database;
}

struct Filled {
  Filled() {
    fs::create_directories(folder);
    database = open_catalog(folder);
    std::mt19937_64 random(1);
    for (int batch = 0; batch < 100; ++batch) {
      const auto done = database->write([&](db::Tx& tx) -> Result<void> {
        for (int i = 0; i < 1000; ++i) add(tx, batch * 1000 + i, random);
        return {};
      });
      if (!done) std::abort();
    }
  }
  ~Filled() { fs::remove_all(folder); }

  static void add(db::Tx& tx, int number, std::mt19937_64& random) {
    Repo repo;
    repo.object_id = std::to_string(number);
    const auto owner = random() % 5000;
    repo.id = {Type::model, "owner" + std::to_string(owner), "model-" + std::to_string(number)};
    repo.owner_key = static_cast<std::int64_t>(owner);
    const auto key = store::insert(tx, repo, 1);
    cards::Facts facts;
    facts.tags = {"pytorch", "license:" + std::to_string(random() % 20),
                  "lang" + std::to_string(random() % 100),
                  "tag" + std::to_string(random() % 20'000), "region:us"};
    facts.pipeline_tag = "task" + std::to_string(random() % 30);
    facts.parameters = static_cast<std::int64_t>(random() % 80'000'000'000);
    store::update_tip(tx, key, Type::model, std::string(40, 'a'), facts, "{}", 0, now());
  }

  fs::path folder = fs::temp_directory_path() / ("holt-facets-bench-" + random_hex(8));
  std::unique_ptr<db::Database> database;
};

Filled& filled() {
  static Filled one;
  return one;
}

void count(benchmark::State& state, ListQuery query) {
  FacetIndex index(*filled().database);
  index.refresh();
  for (auto _ : state) benchmark::DoNotOptimize(index.count(query, {}));
}
BENCHMARK_CAPTURE(count, all, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count, one_tag,
                  [] {
                    ListQuery query;
                    query.filters = {"license:3"};
                    return query;
                  }())
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count, by_name,
                  [] {
                    ListQuery query;
                    query.search = "odel-1";
                    return query;
                  }())
    ->Unit(benchmark::kMillisecond);

// After each change of one repository.
void count_after_a_change(benchmark::State& state) {
  auto& database = *filled().database;
  FacetIndex index(database);
  index.refresh();
  std::int64_t key = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto done = database.write([&](db::Tx& tx) -> Result<void> {
      store::update_settings(tx, key++ % 100'000 + 1, Settings{}, now());
      return {};
    });
    if (!done) std::abort();
    state.ResumeTiming();
    benchmark::DoNotOptimize(index.count({}, {}));
  }
}
BENCHMARK(count_after_a_change)->Unit(benchmark::kMillisecond);

void first_count_of_a_process(benchmark::State& state) {
  for (auto _ : state) {
    FacetIndex index(*filled().database);
    benchmark::DoNotOptimize(index.count({}, {}));
  }
}
BENCHMARK(first_count_of_a_process)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holt::repos
