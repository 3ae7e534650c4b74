// Request bodies that git sends with Content-Encoding: gzip.
#include "domain/git/inflating.h"

#include <zlib.h>

#include <vector>

namespace holt::git {

Result<std::unique_ptr<blob::Staged>> inflate(const SharedFile& compressed, blob::BlobStore& store,
                                              std::uint64_t max_bytes) {
  constexpr std::size_t kBuffer = 256u << 10;
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::runtime_error("inflateInit2 failed");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);

  auto staged = store.stage();
  std::vector<std::uint8_t> in(kBuffer), out(kBuffer);
  const std::uint64_t size = compressed->size_bytes();
  int state = Z_OK;
  for (std::uint64_t offset = 0; offset < size && state != Z_STREAM_END;) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kBuffer, size - offset));
    compressed->read_exactly(offset, in.data(), length);
    offset += length;
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(length);
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<uInt>(out.size());
      state = ::inflate(&stream, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
        return fail(Kind::invalid, "The request body is not valid gzip.");
      const std::size_t produced = out.size() - stream.avail_out;
      if (staged->size_bytes() + produced > max_bytes)
        return fail(Kind::too_large,
                    "The unpacked request body is larger than this server accepts.");
      staged->write({out.data(), produced});
    } while (stream.avail_out == 0 && state != Z_STREAM_END);
  }
  if (state != Z_STREAM_END) return fail(Kind::invalid, "The gzip'd request body is cut short.");
  return staged;
}

}  // namespace holt::git
