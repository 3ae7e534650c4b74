// Reading and writing a repository of 10,000 files.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/random.h"
#include "io/gitio/gitio.h"

namespace holt::gitio {
namespace {

struct Fixture {
  explicit Fixture(int folders) {
    auto writer = repository->new_pack(*store);
    std::vector<Edit> edits;
    for (int i = 0; i < 10'000; ++i) {
      const std::string path =
          "folder" + std::to_string(i % folders) + "/file-" + std::to_string(i) + ".txt";
      edits.push_back({Edit::Kind::put, path, writer->add_blob(as_bytes(path)), EntryKind::file});
    }
    commit = writer->add_commit(*writer->add_tree("", edits), {}, {"a", "b", 1, 0},
                                {"a", "b", 1, 0}, "many");
    auto finished = writer->finish();
    const blob::Key key{blob::Class::pack, finished.sha256};
    store->put(std::move(finished.pack), key);
    repository->add_pack(store->open(key), store->local_path(key), finished.index);
  }
  ~Fixture() { std::filesystem::remove_all(root); }
  std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("holt-gitio-bench-" + random_hex(8));
  std::unique_ptr<blob::BlobStore> store = blob::open_disk_store(root / "store");
  RepositoryCache cache{root / "cache", 4};
  std::shared_ptr<Repository> repository = cache.open(1);
  Oid commit;
};

void list_recursively(benchmark::State& state) {
  Fixture fixture(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        fixture.repository->reader().list(fixture.commit, "", Reader::Depth::recursive));
  }
}
BENCHMARK(list_recursively)->Arg(1)->Arg(100)->Unit(benchmark::kMillisecond);

void find_entry(benchmark::State& state) {
  Fixture fixture(static_cast<int>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(
        fixture.repository->reader().find_entry(fixture.commit, "folder0/file-5000.txt"));
}
BENCHMARK(find_entry)->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond);

// In memory: the fsync of the store is measured elsewhere.
void one_file_commit(benchmark::State& state) {
  Fixture fixture(static_cast<int>(state.range(0)));
  int round = 0;
  for (auto _ : state) {
    auto writer = fixture.repository->new_pack(*fixture.store);
    const Oid blob = writer->add_blob(as_bytes(std::to_string(++round)));
    const auto tree = writer->add_tree(
        fixture.commit, {{Edit::Kind::put, "folder0/file-5000.txt", blob, EntryKind::file}});
    writer->add_commit(*tree, {fixture.commit}, {"a", "b", 1, 0}, {"a", "b", 1, 0}, "one");
    benchmark::DoNotOptimize(writer->finish());
  }
}
BENCHMARK(one_file_commit)->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond);

void many_edits(benchmark::State& state) {
  Fixture fixture(100);
  const Oid blob = blob_oid(as_bytes("folder0/file-0.txt"));
  std::vector<Edit> edits;
  for (int i = 0; i < 25'000; ++i)
    edits.push_back({Edit::Kind::put, "new/" + std::to_string(i), blob, EntryKind::file});
  for (auto _ : state) {
    auto writer = fixture.repository->new_pack(*fixture.store);
    benchmark::DoNotOptimize(writer->add_tree(fixture.commit, edits));
  }
}
BENCHMARK(many_edits)->Unit(benchmark::kMillisecond);

void add_large_blob(benchmark::State& state) {
  Fixture fixture(100);
  const Bytes content = state.range(0) == 0 ? random_bytes(32 << 20) : Bytes(32 << 20, 'x');
  for (auto _ : state) {
    auto writer = fixture.repository->new_pack(*fixture.store);
    writer->add_blob(content);
    benchmark::DoNotOptimize(writer->finish());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(content.size()));
}
BENCHMARK(add_large_blob)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holt::gitio
