// Verifying a xorb while it arrives.
#include "domain/xet/xorb_sink.h"

#include <algorithm>

#include <fmt/format.h>

namespace holt::xet {
namespace {

constexpr std::string_view kFooterMark = "XETBLOB";

bool begins_footer(ByteSpan bytes) { return as_text(bytes).starts_with(kFooterMark); }

}  // namespace

Error XorbSink::at_chunk(Error error) const {
  error.kind = Kind::invalid;
  error.message = fmt::format("Xorb refused at chunk {}, byte {}: {}", index_.chunks.size(),
                              index_.stored_bytes(), error.message);
  return error;
}

Result<std::size_t> XorbSink::chunk_bytes(ByteSpan bytes) const {
  const auto header = xetformat::parse_chunk_header(bytes.first(xetformat::kChunkHeaderBytes));
  if (!header) return fail(at_chunk(header.error()));
  const std::size_t length = xetformat::kChunkHeaderBytes + header->payload_length;
  if (index_.chunks.size() == xetformat::kMaxXorbChunks ||
      index_.stored_bytes() + length > xetformat::kMaxXorbBytes)
    return fail(
        at_chunk({Kind::invalid, {}, "a xorb has at most 8192 chunks and 64 MiB.", {}, {}}));
  return length;
}

Result<void> XorbSink::accept(ByteSpan chunk) {
  const auto raw = decoder_.decode(chunk);
  if (!raw) return fail(at_chunk(raw.error()));
  xetformat::ChunkEntry entry;
  entry.hash = xetformat::chunk_hash(*raw);
  entry.raw_length = static_cast<std::uint32_t>(raw->size());
  entry.stored_end = index_.stored_bytes() + static_cast<std::uint32_t>(chunk.size());
  entry.raw_end = index_.raw_bytes() + raw->size();
  tree_.add({entry.hash, entry.raw_length});
  index_.chunks.push_back(entry);
  return {};
}

Result<void> XorbSink::write(ByteSpan bytes) {
  // What belongs to chunks is staged before it is verified: a refused body leaves nothing behind.
  if (in_footer_) return {};
  std::size_t at = 0;
  std::size_t staged = 0;
  if (!partial_.empty()) {
    if (partial_.size() < xetformat::kChunkHeaderBytes) {
      at = std::min(xetformat::kChunkHeaderBytes - partial_.size(), bytes.size());
      partial_.insert(partial_.end(), bytes.begin(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(at));
      if (partial_.size() < xetformat::kChunkHeaderBytes) return {};
      in_footer_ = begins_footer(partial_);
      if (in_footer_) {
        partial_.clear();
        return {};
      }
      wanted_ = TRY(chunk_bytes(partial_));
      TRY_VOID(StagingSink::write(partial_));
      staged = at;
    }
    const std::size_t more = std::min(wanted_ - partial_.size(), bytes.size() - at);
    partial_.insert(partial_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at + more));
    at += more;
    if (partial_.size() == wanted_) {
      TRY_VOID(accept(partial_));
      partial_.clear();
    }
  }
  std::size_t end = bytes.size();  // of what is staged of these bytes
  while (at < bytes.size()) {
    const auto rest = bytes.subspan(at);
    if (rest.size() < xetformat::kChunkHeaderBytes) {
      partial_.assign(rest.begin(), rest.end());
      end = at;
      break;
    }
    if (begins_footer(rest)) {
      in_footer_ = true;
      end = at;
      break;
    }
    wanted_ = TRY(chunk_bytes(rest));
    if (rest.size() < wanted_) {
      partial_.assign(rest.begin(), rest.end());
      break;
    }
    TRY_VOID(accept(rest.first(wanted_)));
    at += wanted_;
  }
  return StagingSink::write(bytes.subspan(staged, end - staged));
}

Result<xetformat::XorbIndex> XorbSink::finish(const xetformat::XetHash& expected) {
  if (!partial_.empty())
    return fail(at_chunk(
        {Kind::invalid, {}, "the body ends within the chunk; send the whole xorb again.", {}, {}}));
  if (index_.chunks.empty()) return fail(Kind::invalid, "The xorb holds no chunk.");
  index_.hash = tree_.root();
  if (index_.hash != expected)
    return fail(
        Kind::invalid,
        fmt::format("The chunks received are those of xorb {}, not of {}. Nothing was stored.",
                    index_.hash.text(), expected.text()));
  return std::move(index_);
}

}  // namespace holt::xet
