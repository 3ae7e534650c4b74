// Reading contents: whole blobs as file ranges, reconstructions piece by piece.
#include <algorithm>
#include <stdexcept>

#include "domain/content/impl.h"

namespace holt::content {
namespace {

constexpr std::size_t kWindowBytes = 8 << 20;
constexpr std::size_t kPieceBytes = 1 << 20;

// Joins chunks into pieces: one hop to the network and one mapping serve many chunks. Sending each
// uncompressed chunk as a file range of its own costs more than it saves: a hop every 64 KiB.
class Reconstruction final : public http::BodySource {
 public:
  Reconstruction(Contents::Impl& impl, std::shared_ptr<const Contents::XetFile> file, std::uint64_t first, std::uint64_t length)
      : impl_(impl), file_(std::move(file)), remaining_(length) {
    const auto& terms = file_->terms;
    while (term_ < terms.size() && first >= terms[term_].unpacked_length) first -= terms[term_++].unpacked_length;
    if (term_ == terms.size() || length == 0) return;
    const auto xorb = impl_.open_xorb(terms[term_].xorb);
    chunk_ = terms[term_].chunk_start;
    while (first >= xorb->index->chunks.at(chunk_).raw_length) first -= xorb->index->chunks[chunk_++].raw_length;
    skip_ = first;
  }

  std::optional<http::Piece> next() override {
    if (remaining_ == 0) return std::nullopt;
    Bytes piece;
    piece.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, kPieceBytes + xetformat::kMaxChunkBytes)));
    while (remaining_ > 0 && piece.size() < kPieceBytes) {
      if (term_ >= file_->terms.size())
        throw std::runtime_error("the terms of xet file " + file_->file_hash + " end before its size");
      append_run(piece);
    }
    return http::Piece(std::move(piece));
  }

 private:
  void append_run(Bytes& piece) {
    const auto& term = file_->terms[term_];
    const auto xorb = impl_.open_xorb(term.xorb);
    const auto& chunks = xorb->index->chunks;
    if (term.chunk_end > chunks.size()) throw std::runtime_error("xorb " + term.xorb.text() + " has fewer chunks than a file needs");
    const std::uint64_t wanted = std::min<std::uint64_t>(remaining_, kPieceBytes - piece.size()) + skip_;
    std::uint32_t end = chunk_;
    for (std::uint64_t raw = 0; end < term.chunk_end && raw < wanted; ++end) raw += chunks[end].raw_length;
    reader_.read(*xorb, chunk_, end, [&](ByteSpan raw) {
      raw = raw.subspan(static_cast<std::size_t>(skip_));
      skip_ = 0;
      if (raw.size() > remaining_) raw = raw.first(static_cast<std::size_t>(remaining_));
      piece.insert(piece.end(), raw.begin(), raw.end());
      remaining_ -= raw.size();
    });
    chunk_ = end;
    if (chunk_ < term.chunk_end) return;
    if (++term_ < file_->terms.size()) chunk_ = file_->terms[term_].chunk_start;
  }

  Contents::Impl& impl_;
  std::shared_ptr<const Contents::XetFile> file_;
  std::size_t term_ = 0;
  std::uint32_t chunk_ = 0;
  std::uint64_t skip_ = 0;  // bytes of the current chunk before the range
  std::uint64_t remaining_;
  XorbReader reader_;
};

xetformat::XorbIndex read_index(const File& file, const std::string& hash) {
  const std::uint64_t size = file.size_bytes();
  Bytes tail(static_cast<std::size_t>(std::min<std::uint64_t>(size, xetformat::kUsualFooterBytes)));
  file.read_exactly(size - tail.size(), tail.data(), tail.size());
  auto length = xetformat::footer_length(tail);
  if (length && *length > tail.size() && *length <= size) {
    tail.resize(*length);
    file.read_exactly(size - tail.size(), tail.data(), tail.size());
  }
  auto index = xetformat::read_footer(tail, size);
  if (!index || index->hash.text() != hash)
    throw std::runtime_error("stored xorb " + hash + " is damaged: " + (index ? "its footer is another's" : index.error().message));
  return std::move(*index);
}

}  // namespace

std::uint32_t XorbReader::map(const OpenXorb& xorb, std::uint32_t begin, std::uint32_t end) {
  const auto& index = *xorb.index;
  std::uint32_t window_end = begin + 1;
  view_begin_ = index.stored_begin(begin);
  while (window_end < end && index.chunks[window_end].stored_end - view_begin_ <= kWindowBytes) ++window_end;
  view_.reset();
  view_ = MappedFile::map(xorb.file, view_begin_, static_cast<std::size_t>(index.chunks[window_end - 1].stored_end - view_begin_));
  return window_end;
}

ByteSpan XorbReader::chunk(const OpenXorb& xorb, std::uint32_t position) {
  const std::uint64_t begin = xorb.index->stored_begin(position) - view_begin_;
  const std::uint64_t end = xorb.index->chunks[position].stored_end - view_begin_;
  auto raw = decoder_.decode(view_->bytes().subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  if (!raw || raw->size() != xorb.index->chunks[position].raw_length)
    throw std::runtime_error("stored xorb " + xorb.index->hash.text() + " is damaged at chunk " + std::to_string(position));
  return *raw;
}

std::shared_ptr<const OpenXorb> Contents::Impl::find_xorb(const xetformat::XetHash& hash) {
  if (auto known = xorbs.find(hash)) return *known;
  const std::string name = hash.text();
  auto file = store.open({blob::Class::xorb, name});
  if (!file) return nullptr;
  auto opened = std::make_shared<OpenXorb>();
  opened->index = std::make_shared<const xetformat::XorbIndex>(read_index(*file, name));
  opened->file = std::move(file);
  std::shared_ptr<const OpenXorb> shared = std::move(opened);
  // A file descriptor is worth more than the memory of a small index.
  const std::size_t cost = std::max<std::size_t>(shared->index->chunks.size() * sizeof(xetformat::ChunkEntry), 128 << 10);
  xorbs.insert(hash, shared, cost);
  return shared;
}

std::shared_ptr<const OpenXorb> Contents::Impl::open_xorb(const xetformat::XetHash& hash) {
  auto xorb = find_xorb(hash);
  if (!xorb) throw std::runtime_error("xorb " + hash.text() + " is missing from the object store");
  return xorb;
}

std::shared_ptr<const Contents::XetFile> Contents::Impl::find_file(const std::string& file_hash) {
  if (auto known = files.find(file_hash)) return *known;
  const auto row = database.read([&](db::Tx& tx) { return store::find_xet_file_anywhere(tx, file_hash); });
  if (!row) return nullptr;
  auto file = std::make_shared<const XetFile>(XetFile{row->file_hash, row->sha256, row->size_bytes, decode_terms(row->terms)});
  files.insert(file_hash, file, 256 + file->terms.size() * sizeof(xetformat::Term));
  return file;
}

std::unique_ptr<http::BodySource> Contents::Impl::read(std::shared_ptr<const XetFile> file, std::uint64_t first, std::uint64_t length) {
  return std::make_unique<Reconstruction>(*this, std::move(file), first, length);
}

bool Contents::Impl::reconstruction_is_complete(const std::string& file_hash) {
  const auto file = find_file(file_hash);
  if (!file) return false;
  for (const auto& xorb : xorbs_of(file->terms))
    if (!store.size_bytes({blob::Class::xorb, xorb})) return false;
  return true;
}

Result<http::Body> Contents::open(const Content& content, std::optional<http::ByteRange> range) const {
  const std::uint64_t first = range ? range->first : 0;
  const std::uint64_t length = range ? range->last - range->first + 1 : content.size_bytes;
  if (first + length > content.size_bytes) return fail(Kind::range_not_satisfiable, "The range ends past the end of the file.");
  if (content.size_bytes == 0) return http::Body(std::string());
  if (content.whole) {
    if (auto file = impl_->store.open({blob::Class::blob, content.sha256})) return http::Body(http::FileRange{std::move(file), first, length});
  }
  // Also when a collection has just dropped the whole blob in favour of the chunks.
  std::string file_hash = content.xet_hash;
  if (file_hash.empty()) {
    const auto now_known = impl_->database.read([&](db::Tx& tx) { return store::find_anywhere(tx, content.sha256); });
    if (now_known) file_hash = now_known->xet_hash;
  }
  auto file = file_hash.empty() ? nullptr : impl_->find_file(file_hash);
  if (!file || file->sha256 != content.sha256 || file->size_bytes != content.size_bytes)
    throw std::runtime_error("content " + content.sha256 + " is in the catalog but not in the object store");
  return http::Body(http::Stream{impl_->read(std::move(file), first, length), length});
}

Result<std::string> Contents::read_prefix(const Content& content, std::size_t length) const {
  length = static_cast<std::size_t>(std::min<std::uint64_t>(length, content.size_bytes));
  if (length == 0) return std::string();
  auto body = TRY(open(content, http::ByteRange{0, length - 1}));
  if (const auto* range = std::get_if<http::FileRange>(&body)) return range->file->read_text(range->offset, length);
  auto* stream = std::get_if<http::Stream>(&body);
  CHECK(stream != nullptr);
  std::string out;
  out.reserve(length);
  while (const auto piece = stream->source->next()) {
    const auto* bytes = std::get_if<Bytes>(&*piece);
    CHECK(bytes != nullptr);
    out += as_text(*bytes);
  }
  return out;
}

Result<std::shared_ptr<const xetformat::XorbIndex>> Contents::xorb_index(const xetformat::XetHash& xorb) const {
  const auto opened = impl_->find_xorb(xorb);
  if (!opened) return fail(Kind::not_found, "There is no xorb " + xorb.text() + " here.");
  return opened->index;
}

}  // namespace holt::content
