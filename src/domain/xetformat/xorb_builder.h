// Makes xorbs from raw chunks, for files that came by another door and are converted to Xet.
#pragma once

#include <vector>

#include "domain/xetformat/xorb.h"

namespace holt::xetformat {

// Compresses one chunk in the smallest of the three schemes: header and payload are appended to
// `out`.
Scheme append_chunk(ByteSpan raw, Bytes& out);

class XorbBuilder {
 public:
  struct Built {
    Bytes serialized;  // without footer
    XorbIndex index;
  };

  // False when the xorb is full and must be taken first. An empty builder has room for any chunk.
  bool has_room(std::size_t raw_length) const;
  bool empty() const { return built_.index.chunks.empty(); }
  // raw: 1 to kMaxChunkBytes bytes, for which there is room. hash: its chunk hash.
  void add(ByteSpan raw, const XetHash& hash);
  void add(ByteSpan raw) { add(raw, chunk_hash(raw)); }
  Built take();  // the builder starts anew

 private:
  Built built_;
  TreeHasher tree_;
};

}  // namespace holt::xetformat
