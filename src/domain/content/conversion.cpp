// Whole blobs made into reconstructions, chunked as a Xet client would.
#include <algorithm>
#include <unordered_map>

#include "domain/content/impl.h"

namespace holt::content {
namespace {

constexpr std::uint64_t kWindowBytes = 8 << 20;

class Conversion {
 public:
  explicit Conversion(Contents::Impl& impl) : impl_(impl) {}

  void feed(ByteSpan bytes) {
    chunker_.feed(bytes, [this](ByteSpan chunk) { add(chunk); });
  }

  Contents::XetFile finish() {
    chunker_.finish([this](ByteSpan chunk) { add(chunk); });
    if (!builder_.empty()) store_xorb();
    file_.file_hash = tree_.file_hash().text();
    return std::move(file_);
  }

  const std::vector<store::XorbRow>& xorbs() const { return xorbs_; }
  const std::vector<store::ChunkRow>& chunks() const { return chunks_; }

 private:
  // A chunk that the file has had before is referred to again instead of stored again.
  void add(ByteSpan chunk) {
    const auto hash = xetformat::chunk_hash(chunk);
    tree_.add({hash, chunk.size()});
    file_.size_bytes += chunk.size();
    if (const auto before = places_.find(hash); before != places_.end()) {
      use(before->second.xorb, before->second.position, chunk.size());
      return;
    }
    if (!builder_.has_room(chunk.size())) store_xorb();
    builder_.add(chunk, hash);
    const Place place{xorbs_.size(), in_builder_++};
    places_.emplace(hash, place);
    use(place.xorb, place.position, chunk.size());
  }

  void use(std::size_t xorb, std::uint32_t position, std::size_t length) {
    auto& terms = file_.terms;
    if (!terms.empty() && term_xorbs_.back() == xorb && terms.back().chunk_end == position) {
      terms.back().chunk_end = position + 1;
      terms.back().unpacked_length += static_cast<std::uint32_t>(length);
      return;
    }
    xetformat::Term term;
    term.chunk_start = position;
    term.chunk_end = position + 1;
    term.unpacked_length = static_cast<std::uint32_t>(length);
    terms.push_back(term);
    term_xorbs_.push_back(xorb);
  }

  void store_xorb() {
    const auto built = builder_.take();
    in_builder_ = 0;
    for (std::size_t i = 0; i < file_.terms.size(); ++i)
      if (term_xorbs_[i] == xorbs_.size()) file_.terms[i].xorb = built.index.hash;
    for (auto& chunk : indexed_chunks(built.index)) chunks_.push_back(std::move(chunk));
    if (xorbs_.empty())
      chunks_.push_back({built.index.chunks.front().hash.text(), built.index.hash.text(), 0});
    xorbs_.push_back(row_of(built.index));
    auto staged = impl_.store.stage();
    staged->write(built.serialized);
    impl_.store_xorb(std::move(staged), built.index);
  }

  struct Place {
    std::size_t xorb;
    std::uint32_t position;
  };

  Contents::Impl& impl_;
  xetformat::Chunker chunker_;
  xetformat::XorbBuilder builder_;
  std::uint32_t in_builder_ = 0;
  xetformat::TreeHasher tree_;
  Contents::XetFile file_;
  std::vector<std::size_t>
      term_xorbs_;  // of each term: which of xorbs_ (the last may be in the builder)
  std::unordered_map<xetformat::XetHash, Place> places_;
  std::vector<store::XorbRow> xorbs_;
  std::vector<store::ChunkRow> chunks_;
};

}  // namespace

std::vector<std::string> Contents::unconverted(std::uint64_t min_size_bytes,
                                               std::size_t limit) const {
  return impl_->database.read(
      [&](db::Tx& tx) { return store::unconverted(tx, min_size_bytes, limit); });
}

Result<bool> Contents::convert_to_xet(std::string_view sha256, const std::function<bool()>& go_on) {
  const auto content =
      impl_->database.read([&](db::Tx& tx) { return store::find_anywhere(tx, sha256); });
  if (!content) return fail(Kind::not_found, "There is no content " + std::string(sha256) + ".");
  if (!content->whole || content->reconstruction || content->size_bytes == 0) return false;
  auto blob = impl_->store.open({blob::Class::blob, content->sha256});
  if (!blob)
    return fail(Kind::not_found,
                "The blob " + content->sha256 + " is missing from the object store.");

  Conversion conversion(*impl_);
  Sha256 hash;
  OnceReader reader;
  for (std::uint64_t at = 0; at < content->size_bytes; at += kWindowBytes) {
    if (go_on && !go_on()) return false;
    const auto bytes = reader.read(
        blob, at, static_cast<std::size_t>(std::min(kWindowBytes, content->size_bytes - at)));
    hash.update(bytes);
    conversion.feed(bytes);
  }
  const XetFile file = conversion.finish();
  // The blob may go once this is recorded: it had better be what its name says.
  if (to_hex(hash.finish()) != content->sha256)
    return fail(Kind::internal, "The stored blob " + content->sha256 + " is damaged.");

  const Timestamp at = now();
  return impl_->database.write([&](db::Tx& tx) -> Result<bool> {
    if (store::renew_contents(tx, {content->sha256}, at) == 0) return false;
    for (const auto& xorb : conversion.xorbs()) store::upsert_xorb(tx, xorb, at);
    store::insert_chunks(tx, conversion.chunks());
    std::vector<std::string> names;
    for (const auto& xorb : conversion.xorbs()) names.push_back(xorb.hash);
    store::insert_xet_file(
        tx, {file.file_hash, content->sha256, file.size_bytes, encode_terms(file.terms)},
        xorbs_of(file.terms), at);
    store::upsert_reconstruction(tx, content->sha256, file.size_bytes, file.file_hash, at);
    for (const auto repo : store::repos_of_content(tx, content->sha256))
      store::link_xorbs(tx, repo, names);
    return true;
  });
}

}  // namespace holt::content
