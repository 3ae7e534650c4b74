// What an upload costs in this room, beside plain BLAKE3 over the same bytes.
#include <benchmark/benchmark.h>

#include "base/blake3.h"
#include "domain/xetformat/samples.h"

namespace holt::xetformat {
namespace {

constexpr std::size_t kBytes = std::size_t{64} << 20;

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBytes));
}

void chunking(benchmark::State& state) {
  const Bytes bytes = samples::random_bytes(kBytes, 1);
  for (auto _ : state) {
    Chunker chunker;
    std::size_t count = 0;
    chunker.feed(bytes, [&](ByteSpan) { ++count; });
    benchmark::DoNotOptimize(count);
  }
  count_bytes(state);
}
BENCHMARK(chunking);

void blake3_of_64_kib_pieces(benchmark::State& state) {
  const Bytes bytes = samples::random_bytes(kBytes, 1);
  for (auto _ : state) {
    for (std::size_t at = 0; at < kBytes; at += 65536) {
      benchmark::DoNotOptimize(chunk_hash(ByteSpan(bytes).subspan(at, 65536)));
    }
  }
  count_bytes(state);
}
BENCHMARK(blake3_of_64_kib_pieces);

void verify(benchmark::State& state, const Bytes& bytes) {
  XorbBuilder builder;
  for (const Bytes& chunk : samples::chunks_of(bytes)) builder.add(chunk);
  const XorbBuilder::Built built = builder.take();
  for (auto _ : state) CHECK(verify_xorb(built.serialized, built.index.hash).has_value());
  count_bytes(state);
}
void verify_random(benchmark::State& state) { verify(state, samples::random_bytes(kBytes, 1)); }
void verify_text(benchmark::State& state) { verify(state, samples::text_bytes(kBytes)); }
void verify_weights(benchmark::State& state) { verify(state, samples::weight_bytes(kBytes)); }
BENCHMARK(verify_random);
BENCHMARK(verify_text);
BENCHMARK(verify_weights);

void build_weights(benchmark::State& state) {
  const std::vector<Bytes> chunks = samples::chunks_of(samples::weight_bytes(kBytes));
  for (auto _ : state) {
    XorbBuilder builder;
    for (const Bytes& chunk : chunks) builder.add(chunk);
    benchmark::DoNotOptimize(builder.take());
  }
  count_bytes(state);
}
BENCHMARK(build_weights);

void read_index(benchmark::State& state) {
  const XorbIndex index =
      samples::xorb_of(samples::chunks_of(samples::random_bytes(kBytes, 1))).index;
  const Bytes footer = make_footer(index);
  for (auto _ : state) CHECK(read_footer(footer, index.stored_bytes() + footer.size()).has_value());
}
BENCHMARK(read_index);

}  // namespace
}  // namespace holt::xetformat
