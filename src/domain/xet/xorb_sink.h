// Takes an uploaded xorb: each chunk is decoded and hashed as it arrives, so that at the end of the
// body only the root is left to compute and memory stays at one chunk. A footer, which older
// clients send, is dropped unread.
#pragma once

#include <memory>

#include "domain/content/content.h"
#include "domain/xetformat/xetformat.h"

namespace holt::xet {

// More than the largest xorb with the largest footer.
constexpr std::uint64_t kMaxXorbBodyBytes = xetformat::kMaxXorbBytes + xetformat::kMaxFooterBytes;

class XorbSink final : public content::StagingSink {
 public:
  using StagingSink::StagingSink;
  Result<void> write(ByteSpan bytes) override;
  // After the last byte, once: the index of what was staged, whose root must be `expected`.
  Result<xetformat::XorbIndex> finish(const xetformat::XetHash& expected);

 private:
  // The number of bytes of the chunk whose header begins `bytes`.
  Result<std::size_t> chunk_bytes(ByteSpan bytes) const;
  Result<void> accept(ByteSpan chunk);
  Error at_chunk(Error error) const;

  xetformat::XorbIndex index_;
  xetformat::TreeHasher tree_;
  xetformat::ChunkDecoder decoder_;
  Bytes partial_;           // the beginning of a chunk whose end has not arrived
  std::size_t wanted_ = 0;  // bytes of that chunk, once its header is complete
  bool in_footer_ = false;
};

}  // namespace holt::xet
