// Fuzzes the shard parser; what it accepts must survive being written and read again.
#include "domain/xetformat/xetformat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace xetformat = holt::xetformat;
  const auto shard = xetformat::parse_shard({data, size});
  if (!shard) return 0;
  const auto again =
      xetformat::parse_shard(xetformat::write_upload_shard(shard->files, shard->xorbs));
  CHECK(again && again->files.size() == shard->files.size() &&
        again->xorbs.size() == shard->xorbs.size());
  for (std::size_t i = 0; i < shard->files.size(); ++i)
    CHECK(again->files[i].terms == shard->files[i].terms);
  return 0;
}
