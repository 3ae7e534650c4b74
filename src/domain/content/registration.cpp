// Registering the files of a shard: nothing a client says about a file is believed.
#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "domain/content/impl.h"

namespace holt::content {
namespace {

constexpr std::uint64_t kStepBytes = std::uint64_t{256} << 20;

struct PendingFile {
  xetformat::FileInfo info;
  std::string name;  // the file hash in text form
  std::uint64_t size_bytes = 0;
  std::string sha256;  // empty until known
};

class ShardRegistration final : public Contents::Registration {
 public:
  ShardRegistration(Contents::Impl& impl, const repos::Proposing& repo)
      : impl_(impl), repo_(repo) {}

  Result<void> verify(xetformat::Shard shard) {
    TRY_VOID(verify_xorbs(shard.xorbs));
    for (auto& file : shard.files) TRY_VOID(verify_file(std::move(file)));
    if (!files_.empty()) find_known();
    for (auto& file : files_) {
      if (file.sha256.empty())
        progress_.total_bytes += file.size_bytes;
      else
        TRY_VOID(check_claim(file));
    }
    return {};
  }

  Result<Contents::Progress> step() override {
    std::uint64_t budget = kStepBytes;
    while (current_ < files_.size() && budget > 0) {
      PendingFile& file = files_[current_];
      if (file.sha256.empty() && !hash_some(file, budget)) break;
      TRY_VOID(check_claim(file));
      ++current_;
    }
    if (current_ == files_.size()) {
      progress_.added = TRY(record());
      progress_.finished = true;
    }
    return progress_;
  }

 private:
  // The xorb's index when this upload may refer to it. To those who may not, it does not exist.
  Result<std::shared_ptr<const xetformat::XorbIndex>> find(const xetformat::XetHash& hash) {
    auto& known = xorbs_[hash];
    if (!known && impl_.may_use(repo_, hash.text())) {
      if (const auto opened = impl_.find_xorb(hash)) known = opened->index;
    }
    if (!known)
      return fail(Kind::not_found,
                  "The shard refers to xorb " + hash.text() +
                      ", which was not uploaded to this server. Clear the client's Xet cache "
                      "(~/.cache/huggingface/xet) and upload again.");
    return known;
  }

  Result<void> verify_xorbs(const std::vector<xetformat::XorbInfo>& infos) {
    for (const auto& info : infos) {
      const auto stored = find(info.xorb);
      if (!stored) continue;  // refused below if a file needs it
      const auto& chunks = (*stored)->chunks;
      bool same = chunks.size() == info.chunks.size();
      for (std::size_t i = 0; same && i < chunks.size(); ++i)
        same = chunks[i].hash == info.chunks[i].hash &&
               chunks[i].raw_length == info.chunks[i].raw_length;
      if (!same)
        return fail(Kind::invalid, "The shard describes xorb " + info.xorb.text() +
                                       " with other chunks than it has.");
    }
    return {};
  }

  Result<void> verify_file(xetformat::FileInfo file) {
    if (file.range_hashes.size() != file.terms.size())
      return fail(Kind::invalid,
                  "File " + file.file.text() + " of the shard lacks verification entries.");
    auto size =
        xetformat::verify_file(file, [this](const xetformat::XetHash& hash) { return find(hash); });
    if (!size) {
      Error error = std::move(size).error();
      if (error.kind == Kind::not_found) error.kind = Kind::invalid;
      return fail(std::move(error));
    }
    PendingFile pending;
    pending.name = file.file.text();
    pending.size_bytes = *size;
    if (const auto [at, first] = by_name_.emplace(pending.name, files_.size()); !first) {
      const auto& before = files_[at->second].info.sha256;
      if (before && file.sha256 && *before != *file.sha256)
        return fail(Kind::invalid,
                    "The shard gives file " + pending.name + " two different SHA-256s.");
      if (!before) files_[at->second].info.sha256 = file.sha256;
      return {};
    }
    pending.info = std::move(file);
    files_.push_back(std::move(pending));
    return {};
  }

  // Files that were verified before keep their SHA-256: their chunks, and so their bytes, are the
  // same.
  void find_known() {
    impl_.database.read([&](db::Tx& tx) {
      for (auto& file : files_)
        if (auto row = store::find_xet_file_anywhere(tx, file.name)) file.sha256 = row->sha256;
    });
  }

  Result<void> check_claim(const PendingFile& file) const {
    if (!file.info.sha256) return {};
    const std::string claimed = to_hex(*file.info.sha256);
    if (claimed == file.sha256) return {};
    return fail(Kind::invalid, "File " + file.name + " has the SHA-256 " + file.sha256 +
                                   ", but the shard says " + claimed +
                                   ". Nothing was registered; upload the file again.");
  }

  // True when the file's SHA-256 is complete. The chunks were verified when they came; bytes whose
  // SHA-256 is the claimed one are those bytes still, so hashing each chunk again would prove
  // nothing more. When it is another, chunks are checked to tell a false claim from a damaged
  // object.
  bool hash_some(PendingFile& file, std::uint64_t& budget) {
    const auto& terms = file.info.terms;
    reader_.check_chunks(!file.info.sha256 || doubted_);
    while (term_ < terms.size()) {
      if (budget == 0) return false;
      const auto& term = terms[term_];
      const auto xorb = impl_.open_xorb(term.xorb);
      reader_.read(*xorb, term.chunk_start, term.chunk_end,
                   [this](ByteSpan raw) { hash_.update(raw); });
      budget -= std::min<std::uint64_t>(budget, term.unpacked_length);
      progress_.done_bytes += term.unpacked_length;
      ++term_;
    }
    std::string sha256 = to_hex(hash_.finish());
    hash_ = Sha256();
    term_ = 0;
    if (file.info.sha256 && !doubted_ && sha256 != to_hex(*file.info.sha256)) {
      doubted_ = true;
      progress_.total_bytes += file.size_bytes;
      return hash_some(file, budget);
    }
    doubted_ = false;
    file.sha256 = std::move(sha256);
    return true;
  }

  Result<bool> record() {
    std::vector<std::string> used;
    for (const auto& file : files_)
      for (auto& xorb : xorbs_of(file.info.terms)) used.push_back(std::move(xorb));
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    std::vector<store::ChunkRow> first_chunks;
    std::vector<std::string> sha256s;
    for (const auto& file : files_) {
      sha256s.push_back(file.sha256);
      if (file.info.terms.empty()) continue;
      const auto& term = file.info.terms.front();
      const auto& index = *xorbs_.at(term.xorb);
      first_chunks.push_back(
          {index.chunks.at(term.chunk_start).hash.text(), index.hash.text(), term.chunk_start});
    }
    const Timestamp at = now();
    return impl_.database.write([&](db::Tx& tx) -> Result<bool> {
      if (store::renew_xorbs(tx, used, at) != static_cast<std::int64_t>(used.size()))
        return fail(
            Kind::invalid,
            "A xorb that the shard refers to has just been collected as unused. Upload again.");
      // Of this repository only, as with xorbs.
      const auto had = store::find_many(tx, repo_.repo().key, sha256s);
      const bool added = std::ranges::any_of(
          sha256s, [&](const std::string& sha256) { return !had.contains(sha256); });
      for (const auto& file : files_) {
        const store::XetFileRow row{file.name, file.sha256, file.size_bytes,
                                    encode_terms(file.info.terms)};
        store::insert_xet_file(tx, row, xorbs_of(file.info.terms), at);
        store::upsert_reconstruction(tx, file.sha256, file.size_bytes, file.name, at);
      }
      store::link(tx, repo_.repo().key, sha256s, at);
      store::link_xorbs(tx, repo_.repo().key, used);
      store::insert_chunks(tx, first_chunks);
      return added;
    });
  }

  Contents::Impl& impl_;
  repos::Proposing repo_;
  std::unordered_map<xetformat::XetHash, std::shared_ptr<const xetformat::XorbIndex>> xorbs_;
  std::vector<PendingFile> files_;
  std::unordered_map<std::string, std::size_t> by_name_;
  Contents::Progress progress_;
  std::size_t current_ = 0;  // file, and in it the term, to hash next
  std::size_t term_ = 0;
  bool doubted_ = false;  // the current file's bytes are read again, chunk by chunk
  Sha256 hash_;
  XorbReader reader_{XorbReader::Use::once};
};

}  // namespace

Result<std::unique_ptr<Contents::Registration>> Contents::begin_files(const repos::Proposing& repo,
                                                                      xetformat::Shard shard) {
  auto registration = std::make_unique<ShardRegistration>(*impl_, repo);
  TRY_VOID(registration->verify(std::move(shard)));
  return registration;
}

Result<bool> Contents::add_files(
    const repos::Proposing& repo, xetformat::Shard shard,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const auto registration = TRY(begin_files(repo, std::move(shard)));
  for (;;) {
    const auto step = TRY(registration->step());
    if (step.finished) return step.added;
    if (progress) progress(step.done_bytes, step.total_bytes);
  }
}

}  // namespace holt::content
