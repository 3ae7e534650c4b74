// Multipart uploads in flight: each is one staged file whose parts arrive in any order. The whole
// is hashed as its beginning completes, so that little is left to do at the end. Kept by this
// process alone: after a restart the client begins the object again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/lfs/link.h"
#include "io/blob/blob.h"
#include "io/http/http.h"

namespace holt::lfs {

class Upload;

// Writes one part to its place. A part that is complete stays as it is: what is sent again is
// dropped.
class PartSink : public http::BodySink {
 public:
  PartSink(std::shared_ptr<Upload> upload, std::uint64_t part);
  Result<void> write(ByteSpan bytes) override;
  // The body is at its end: marks the part complete and hashes what is now contiguous.
  Result<void> finish();

 private:
  std::shared_ptr<Upload> upload_;  // shared: the table may sweep it while this writes
  std::uint64_t part_;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t turn_ = 0;
};

class Uploads {
 public:
  explicit Uploads(blob::BlobStore& store) : store_(store) {}
  // Opens the upload a part belongs to, beginning it when it is the first to arrive. unavailable
  // when too many are open.
  Result<std::shared_ptr<Upload>> open(const Link& link);
  // The staged file, complete and of the announced sha256. invalid when parts are missing;
  // unprocessable when the bytes are others (they are dropped).
  Result<std::unique_ptr<blob::Staged>> finish(const Link& link);
  std::size_t sweep(Timestamp older_than);

 private:
  blob::BlobStore& store_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Upload>> open_;
};

// Parts of an object of this size: at least 64 MiB each, at most a thousand of them.
std::uint64_t part_bytes_for(std::uint64_t size_bytes);
std::uint64_t part_count(std::uint64_t size_bytes, std::uint64_t part_bytes);

}  // namespace holt::lfs
