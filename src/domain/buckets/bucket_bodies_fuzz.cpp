// Request bodies of the bucket routes; batches are NDJSON. The first byte chooses the reader.
#include "base/text.h"
#include "domain/buckets/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = holt::buckets::wire;
  if (size == 0) return 0;
  const auto body = holt::as_text({data + 1, size - 1});
  switch (data[0] % 3) {
    case 0:
      if (const auto batch = wire::read_batch(body)) {
        CHECK(!batch->empty() && batch->size() <= holt::buckets::kMostOperations);
        std::size_t total = 0;
        for (const auto& one : *batch) {
          CHECK(holt::is_utf8(one.path) && holt::is_utf8(one.content_type));
          total += one.path.size() + one.xet_hash.size() + one.content_type.size();
          // Every time that is kept can be shown.
          if (one.mtime) CHECK(holt::parse_iso8601(holt::iso8601(*one.mtime)).has_value());
        }
        CHECK(total <= size);
      }
      break;
    case 1:
      if (const auto paths = wire::read_paths(body)) CHECK(paths->size() <= 10'000);
      break;
    default:
      static_cast<void>(wire::read_visibility(body));
  }
  return 0;
}
