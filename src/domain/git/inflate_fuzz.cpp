// gzip'd request bodies from strangers: what comes out is never longer than allowed, and what git
// itself would have packed comes out as it was.
#include <unistd.h>
#include <zlib.h>

#include <filesystem>

#include "base/random.h"
#include "domain/git/inflating.h"

namespace {

constexpr std::uint64_t kMostBytes = 64 << 10;

// The store's staging folder; gone with the process.
struct Place {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("holt-inflate-fuzz-" + holt::random_hex(12));
  std::unique_ptr<holt::blob::BlobStore> store = holt::blob::open_disk_store(folder);
  holt::SharedFile input = holt::create_new(folder / "input");
  ~Place() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
};

holt::Bytes gzipped(holt::ByteSpan plain) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  holt::Bytes out(deflateBound(&stream, plain.size()));
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Place place;
  const auto inflated = [&](holt::ByteSpan compressed) {
    CHECK(::ftruncate(place.input->fd(), 0) == 0);
    place.input->write_at(0, compressed);
    return holt::git::inflate(place.input, *place.store, kMostBytes);
  };
  if (const auto staged = inflated({data, size})) CHECK((*staged)->size_bytes() <= kMostBytes);

  const auto again = inflated(gzipped({data, size}));
  if (size > kMostBytes) {
    CHECK(!again && again.error().kind == holt::Kind::too_large);
    return 0;
  }
  CHECK(again && (*again)->size_bytes() == size);
  const auto text = (*again)->file()->read_text(0, size);
  CHECK(text == holt::as_text({data, size}));
  return 0;
}
