// What the files of the content room share: the stores, open xorbs, and verified files as terms.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/direct_io.h"
#include "base/lru.h"
#include "domain/content/content.h"
#include "domain/content/store.h"

namespace holt::content {

// A stored xorb, ready to be read.
struct OpenXorb {
  SharedFile file;
  std::shared_ptr<const xetformat::XorbIndex> index;  // may outlive the open file
};

struct Contents::Impl {
  Impl(db::Database& database_in, blob::BlobStore& store_in, const repos::Repos* repos_in);

  db::Database& database;
  blob::BlobStore& store;
  const repos::Repos* repos;  // null: no deduplication across repositories
  // Held by readers in flight and by the cache at once.
  Lru<xetformat::XetHash, std::shared_ptr<const OpenXorb>> xorbs;
  Lru<std::string, std::shared_ptr<const XetFile>> files;

  // nullptr when absent; throws when the object is damaged.
  std::shared_ptr<const OpenXorb> find_xorb(const xetformat::XetHash& hash);
  // Throws when absent: the catalog says it is stored.
  std::shared_ptr<const OpenXorb> open_xorb(const xetformat::XetHash& hash);
  std::shared_ptr<const XetFile> find_file(const std::string& file_hash);
  std::unique_ptr<http::BodySource> read(std::shared_ptr<const XetFile> file, std::uint64_t first,
                                         std::uint64_t length);
  bool reconstruction_is_complete(const std::string& file_hash);
  // Whether the repository, or the actor through another one, may refer to the xorb.
  bool may_use(const repos::Visible& repo, const std::string& xorb);
  void store_xorb(std::unique_ptr<blob::Staged> staged, const xetformat::XorbIndex& index);
  // Of refuse(), by class and hash; null: none, as nearly always.
  std::atomic<std::shared_ptr<const std::set<std::pair<blob::Class, std::string>>>> refused;

  void forget_cached() {
    xorbs.clear();
    files.clear();
  }

  // A write transaction whose work cannot fail; gives what it returns.
  template <class Work>
  auto in_write(Work&& work) {
    using Value = decltype(work(std::declval<db::Tx&>()));
    return database.write([&](db::Tx& tx) -> Result<Value> { return work(tx); }).value();
  }
};

store::XorbRow row_of(const xetformat::XorbIndex& index);
// The chunks of a xorb that clients ask about.
std::vector<store::ChunkRow> indexed_chunks(const xetformat::XorbIndex& index);

// Terms as stored; docs/formats/xet_terms.md.
Bytes encode_terms(const std::vector<xetformat::Term>& terms);
std::vector<xetformat::Term> decode_terms(ByteSpan bytes);
std::vector<std::string> xorbs_of(const std::vector<xetformat::Term>& terms);  // each once

// Calls visit(ByteSpan raw) for chunks [begin, end) of a xorb, decoding where needed, a few MiB at
// a time. Throws when the object is damaged.
class XorbReader {
 public:
  // again: mapped, as others will ask for these bytes. once: read past the page cache.
  enum class Use { again, once };
  explicit XorbReader(Use use = Use::again) : use_(use) {}

  // Whether chunks are hashed as they are read. Off for a reader who compares a digest of all bytes
  // himself, and reads again with it on when that digest is not the expected one.
  void check_chunks(bool on) { check_chunks_ = on; }

  template <class Visit>
  void read(const OpenXorb& xorb, std::uint32_t begin, std::uint32_t end, Visit&& visit) {
    while (begin < end) {
      const std::uint32_t window_end = open_window(xorb, begin, end);
      for (; begin < window_end; ++begin) visit(chunk(xorb, begin));
    }
    view_.reset();
  }

 private:
  std::uint32_t open_window(const OpenXorb& xorb, std::uint32_t begin, std::uint32_t end);
  ByteSpan chunk(const OpenXorb& xorb, std::uint32_t position);

  Use use_;
  bool check_chunks_ = true;
  OnceReader once_;
  std::optional<MappedFile> view_;
  ByteSpan window_;
  std::uint64_t view_begin_ = 0;
  xetformat::ChunkDecoder decoder_;
};

}  // namespace holt::content
