// Reading contents: whole blobs as file ranges, reconstructions piece by piece.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/page_cache.h"
#include "domain/content/impl.h"

namespace holt::content {
namespace {

constexpr std::size_t kWindowBytes = 8 << 20;
constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::uint64_t kPlainPieceBytes = 8 << 20;

// Runs of uncompressed chunks are sent straight from the files they lie in; what must be decoded is
// joined into pieces of about 1 MiB, so that one hop to the network serves many chunks.
class Reconstruction final : public http::BodySource {
 public:
  Reconstruction(Contents::Impl& impl, std::shared_ptr<const Contents::XetFile> file,
                 std::uint64_t first, std::uint64_t length)
      : impl_(impl), file_(std::move(file)), remaining_(length) {
    const auto& terms = file_->terms;
    while (term_ < terms.size() && first >= terms[term_].unpacked_length)
      first -= terms[term_++].unpacked_length;
    if (term_ == terms.size() || length == 0) return;
    const auto xorb = impl_.open_xorb(terms[term_].xorb);
    chunk_ = terms[term_].chunk_start;
    while (first >= xorb->index->chunks.at(chunk_).raw_length)
      first -= xorb->index->chunks[chunk_++].raw_length;
    skip_ = first;
  }

  std::optional<http::Piece> next() override {
    if (remaining_ == 0) return std::nullopt;
    auto ranges = plain_run();
    if (!ranges.empty()) return http::Piece(std::move(ranges));
    Bytes piece;
    piece.reserve(static_cast<std::size_t>(
        std::min<std::uint64_t>(remaining_, kPieceBytes + xetformat::kMaxChunkBytes)));
    while (remaining_ > 0 && piece.size() < kPieceBytes) {
      const auto xorb = open_current();
      // The run that may start here is worth a piece of its own.
      if (!piece.empty() && is_plain(*xorb, chunk_)) break;
      const auto end = compressed_end(*xorb, piece.size());
      reader_.read(*xorb, chunk_, end, [&](ByteSpan raw) {
        raw = taken_from(raw);
        piece.insert(piece.end(), raw.begin(), raw.end());
      });
      advance_to(end);
    }
    return http::Piece(std::move(piece));
  }

 private:
  std::shared_ptr<const OpenXorb> open_current() {
    const auto& terms = file_->terms;
    if (term_ >= terms.size())
      throw std::runtime_error("the terms of xet file " + file_->file_hash +
                               " end before its size");
    auto xorb = impl_.open_xorb(terms[term_].xorb);
    if (terms[term_].chunk_end > xorb->index->chunks.size())
      throw std::runtime_error("xorb " + terms[term_].xorb.text() +
                               " has fewer chunks than a file needs");
    return xorb;
  }

  void advance_to(std::uint32_t chunk) {
    chunk_ = chunk;
    const auto& terms = file_->terms;
    if (chunk_ < terms[term_].chunk_end) return;
    if (++term_ < terms.size()) chunk_ = terms[term_].chunk_start;
  }

  // The part of the next chunk's bytes that the range asks for.
  ByteSpan taken_from(ByteSpan raw) {
    raw = raw.subspan(static_cast<std::size_t>(skip_));
    skip_ = 0;
    if (raw.size() > remaining_) raw = raw.first(static_cast<std::size_t>(remaining_));
    remaining_ -= raw.size();
    return raw;
  }

  static bool is_plain(const OpenXorb& xorb, std::uint32_t chunk) {
    const auto& index = *xorb.index;
    const std::uint64_t begin = index.stored_begin(chunk);
    if (index.chunks[chunk].stored_end - begin !=
        index.chunks[chunk].raw_length + xetformat::kChunkHeaderBytes)
      return false;
    // A compressed chunk may happen to have that length too: its header tells.
    std::array<std::uint8_t, xetformat::kChunkHeaderBytes> bytes;
    xorb.file->read_exactly(begin, bytes.data(), bytes.size());
    const auto header = xetformat::parse_chunk_header(bytes);
    return header && header->scheme == xetformat::Scheme::none;
  }

  // Where the chunks that must be decoded end, as far as one piece goes.
  std::uint32_t compressed_end(const OpenXorb& xorb, std::size_t have) const {
    const auto& chunks = xorb.index->chunks;
    const std::uint64_t wanted = std::min<std::uint64_t>(remaining_, kPieceBytes - have) + skip_;
    std::uint64_t raw = chunks[chunk_].raw_length;
    std::uint32_t end = chunk_ + 1;
    while (end < file_->terms[term_].chunk_end && raw < wanted && !is_plain(xorb, end))
      raw += chunks[end++].raw_length;
    return end;
  }

  std::vector<http::FileRange> plain_run() {
    std::vector<http::FileRange> ranges;
    std::uint64_t size = 0;
    while (remaining_ > 0 && size < kPlainPieceBytes) {
      const auto xorb = open_current();
      const auto& index = *xorb->index;
      load_ahead(xorb, index.stored_begin(chunk_));
      if (!is_plain(*xorb, chunk_)) break;
      const std::uint64_t length =
          std::min<std::uint64_t>(index.chunks[chunk_].raw_length - skip_, remaining_);
      ranges.push_back(
          {xorb->file, index.stored_begin(chunk_) + xetformat::kChunkHeaderBytes + skip_, length});
      size += length;
      remaining_ -= length;
      skip_ = 0;
      advance_to(chunk_ + 1);
    }
    return ranges;
  }

  // Headers alone would be read from the disk one by one; this reads all that lies between, too.
  void load_ahead(const std::shared_ptr<const OpenXorb>& xorb, std::uint64_t offset) {
    if (loaded_of_ == xorb && offset < loaded_until_) return;
    const std::uint64_t length =
        std::min<std::uint64_t>(kPlainPieceBytes, xorb->index->stored_bytes() - offset);
    loaded_of_ = xorb;
    loaded_until_ = offset + length;
    if (!in_page_cache(*xorb->file, offset) || !in_page_cache(*xorb->file, offset + length - 1))
      load_into_page_cache(*xorb->file, offset, length);
  }

  Contents::Impl& impl_;
  std::shared_ptr<const Contents::XetFile> file_;
  std::size_t term_ = 0;
  std::uint32_t chunk_ = 0;
  std::uint64_t skip_ = 0;  // bytes of the current chunk before the range
  std::uint64_t remaining_;
  std::shared_ptr<const OpenXorb> loaded_of_;
  std::uint64_t loaded_until_ = 0;
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
    throw std::runtime_error("stored xorb " + hash + " is damaged: " +
                             (index ? "its footer is another's" : index.error().message));
  return std::move(*index);
}

}  // namespace

std::uint32_t XorbReader::open_window(const OpenXorb& xorb, std::uint32_t begin,
                                      std::uint32_t end) {
  const auto& index = *xorb.index;
  std::uint32_t window_end = begin + 1;
  view_begin_ = index.stored_begin(begin);
  while (window_end < end && index.chunks[window_end].stored_end - view_begin_ <= kWindowBytes)
    ++window_end;
  const auto length =
      static_cast<std::size_t>(index.chunks[window_end - 1].stored_end - view_begin_);
  if (use_ == Use::once) {
    window_ = once_.read(xorb.file, view_begin_, length);
    return window_end;
  }
  view_.reset();
  view_ = MappedFile::map(xorb.file, view_begin_, length);
  window_ = view_->bytes();
  return window_end;
}

ByteSpan XorbReader::chunk(const OpenXorb& xorb, std::uint32_t position) {
  const std::uint64_t begin = xorb.index->stored_begin(position) - view_begin_;
  const std::uint64_t end = xorb.index->chunks[position].stored_end - view_begin_;
  auto raw = decoder_.decode(
      window_.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  // Hashed although it costs: what had to be decoded is never sent damaged.
  const auto& expected = xorb.index->chunks[position];
  if (!raw || raw->size() != expected.raw_length ||
      (check_chunks_ && xetformat::chunk_hash(*raw) != expected.hash))
    throw std::runtime_error("stored xorb " + xorb.index->hash.text() + " is damaged at chunk " +
                             std::to_string(position));
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
  const std::size_t cost = std::max<std::size_t>(
      shared->index->chunks.size() * sizeof(xetformat::ChunkEntry), 128 << 10);
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
  const auto row =
      database.read([&](db::Tx& tx) { return store::find_xet_file_anywhere(tx, file_hash); });
  if (!row) return nullptr;
  auto file = std::make_shared<const XetFile>(
      XetFile{row->file_hash, row->sha256, row->size_bytes, decode_terms(row->terms)});
  files.insert(file_hash, file, 256 + file->terms.size() * sizeof(xetformat::Term));
  return file;
}

std::unique_ptr<http::BodySource> Contents::Impl::read(std::shared_ptr<const XetFile> file,
                                                       std::uint64_t first, std::uint64_t length) {
  return std::make_unique<Reconstruction>(*this, std::move(file), first, length);
}

bool Contents::Impl::reconstruction_is_complete(const std::string& file_hash) {
  const auto file = find_file(file_hash);
  if (!file) return false;
  for (const auto& xorb : xorbs_of(file->terms))
    if (!store.size_bytes({blob::Class::xorb, xorb})) return false;
  return true;
}

void Contents::refuse(const std::vector<blob::Key>& damaged) {
  std::set<std::pair<blob::Class, std::string>> refused;
  for (const auto& key : damaged) refused.emplace(key.kind, key.hash);
  const auto before = impl_->refused.load();
  if (before ? *before == refused : refused.empty()) return;
  // What is served again was stored again: the damaged file may be open still.
  impl_->forget_cached();
  impl_->refused.store(
      refused.empty() ? nullptr : std::make_shared<const decltype(refused)>(std::move(refused)));
}

Result<void> Contents::check_served(const blob::Key& object) const {
  const auto refused = impl_->refused.load();
  if (!refused || !refused->contains({object.kind, object.hash})) return {};
  return fail(Kind::unavailable,
              std::string("The stored ") + (object.kind == blob::Class::xorb ? "xorb " : "blob ") +
                  object.hash +
                  " is damaged or missing and not served. An administrator can restore it with "
                  "holt repair.");
}

Result<http::Body> Contents::open(const Content& content,
                                  std::optional<http::ByteRange> range) const {
  const std::uint64_t first = range ? range->first : 0;
  const std::uint64_t length = range ? range->last - range->first + 1 : content.size_bytes;
  if (first + length > content.size_bytes)
    return fail(Kind::range_not_satisfiable, "The range ends past the end of the file.");
  if (content.size_bytes == 0) return http::Body(std::string());
  const blob::Key whole{blob::Class::blob, content.sha256};
  const auto whole_served = check_served(whole);
  if (content.whole && whole_served) {
    if (auto file = impl_->store.open(whole))
      return http::Body(http::FileRange{std::move(file), first, length});
  }
  // Also when a collection has just dropped the whole blob in favour of the chunks.
  std::string file_hash = content.xet_hash;
  if (file_hash.empty()) {
    const auto now_known =
        impl_->database.read([&](db::Tx& tx) { return store::find_anywhere(tx, content.sha256); });
    if (now_known) file_hash = now_known->xet_hash;
  }
  auto file = file_hash.empty() ? nullptr : impl_->find_file(file_hash);
  if (!file) TRY_VOID(whole_served);
  if (!file || file->sha256 != content.sha256 || file->size_bytes != content.size_bytes)
    throw std::runtime_error("content " + content.sha256 +
                             " is in the catalog but not in the object store");
  if (impl_->refused.load())
    for (const auto& xorb : xorbs_of(file->terms))
      TRY_VOID(check_served({blob::Class::xorb, xorb}));
  return http::Body(http::Stream{impl_->read(std::move(file), first, length), length});
}

Result<std::string> Contents::read_prefix(const Content& content, std::size_t length) const {
  length = static_cast<std::size_t>(std::min<std::uint64_t>(length, content.size_bytes));
  if (length == 0) return std::string();
  auto body = TRY(open(content, http::ByteRange{0, length - 1}));
  if (const auto* range = std::get_if<http::FileRange>(&body))
    return range->file->read_text(range->offset, length);
  auto* stream = std::get_if<http::Stream>(&body);
  CHECK(stream != nullptr);
  std::string out;
  out.reserve(length);
  while (const auto piece = stream->source->next()) {
    if (const auto* bytes = std::get_if<Bytes>(&*piece)) {
      out += as_text(*bytes);
      continue;
    }
    const auto* ranges = std::get_if<std::vector<http::FileRange>>(&*piece);
    CHECK(ranges != nullptr);
    for (const auto& range : *ranges)
      out += range.file->read_text(range.offset, static_cast<std::size_t>(range.length));
  }
  return out;
}

Result<std::shared_ptr<const xetformat::XorbIndex>> Contents::xorb_index(
    const xetformat::XetHash& xorb) const {
  const auto opened = impl_->find_xorb(xorb);
  if (!opened) return fail(Kind::not_found, "There is no xorb " + xorb.text() + " here.");
  return opened->index;
}

}  // namespace holt::content
