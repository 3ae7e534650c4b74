// Plans for fetching a file, and the verification of what clients claim.
#include "domain/xetformat/reconstruction.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace holt::xetformat {
namespace {

// A term cut down to the chunks that touch bytes [begin, end) of the term.
Term trimmed(const Term& term, const XorbIndex& xorb, std::uint64_t begin, std::uint64_t end,
             std::uint64_t& bytes_before) {
  const std::uint64_t base = xorb.raw_begin(term.chunk_start);
  const auto first = xorb.chunks.begin() + term.chunk_start;
  const auto last = xorb.chunks.begin() + term.chunk_end;
  const auto start = std::upper_bound(
      first, last, base + begin,
      [](std::uint64_t offset, const ChunkEntry& chunk) { return offset < chunk.raw_end; });
  const auto stop = std::lower_bound(
      start, last, base + end,
      [](const ChunkEntry& chunk, std::uint64_t offset) { return chunk.raw_end < offset; });
  const auto chunk_start = static_cast<std::uint32_t>(start - xorb.chunks.begin());
  const auto chunk_end = static_cast<std::uint32_t>(stop - xorb.chunks.begin()) + 1;
  const std::uint64_t raw_start = xorb.raw_begin(chunk_start);
  bytes_before = raw_start - base;
  return {term.xorb, static_cast<std::uint32_t>(xorb.raw_begin(chunk_end) - raw_start), chunk_start,
          chunk_end};
}

// Which chunks of one xorb the plan's terms use.
struct Use {
  std::shared_ptr<const XorbIndex> xorb;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> runs;
};

std::vector<FetchRange> merged(Use& use) {
  std::sort(use.runs.begin(), use.runs.end());
  std::vector<FetchRange> ranges;
  for (const auto& [start, end] : use.runs) {
    if (!ranges.empty() && start <= ranges.back().chunk_end) {
      ranges.back().chunk_end = std::max(ranges.back().chunk_end, end);
    } else {
      ranges.push_back({start, end, 0, 0});
    }
  }
  for (FetchRange& range : ranges) {
    range.first_byte = use.xorb->stored_begin(range.chunk_start);
    range.last_byte = use.xorb->stored_begin(range.chunk_end) - std::uint64_t{1};
  }
  return ranges;
}

class XorbUses {
 public:
  explicit XorbUses(const FindXorb& find) : find_(find) {}

  Result<Use*> of(const XetHash& xorb) {
    const auto found = positions_.find(xorb);
    if (found != positions_.end()) return &uses_[found->second];
    std::shared_ptr<const XorbIndex> index = TRY(find_(xorb));
    positions_.emplace(xorb, uses_.size());
    uses_.push_back({std::move(index), {}});
    return &uses_.back();
  }

  std::vector<XorbFetch> fetches() {
    std::vector<XorbFetch> fetches;
    fetches.reserve(uses_.size());
    for (Use& use : uses_) fetches.push_back({use.xorb->hash, merged(use)});
    return fetches;
  }

 private:
  const FindXorb& find_;
  std::vector<Use> uses_;
  std::unordered_map<XetHash, std::size_t> positions_;
};

// Finds the xorbs of a file's terms, most of which follow another term of the same xorb.
class LastXorb {
 public:
  explicit LastXorb(const FindXorb& find) : find_(find) {}
  Result<std::shared_ptr<const XorbIndex>> get(const XetHash& xorb) {
    if (!last_ || last_->hash != xorb) last_ = TRY(find_(xorb));
    return last_;
  }

 private:
  const FindXorb& find_;
  std::shared_ptr<const XorbIndex> last_;
};

std::unexpected<Error> false_claim(const FileInfo& file, std::size_t term, std::string_view what) {
  return fail(Kind::invalid,
              fmt::format("shard refused: file {}, term {}: {}", file.file.text(), term, what));
}

}  // namespace

std::uint64_t total_bytes(std::span<const Term> terms) {
  std::uint64_t total = 0;
  for (const Term& term : terms) total += term.unpacked_length;
  return total;
}

Result<Plan> plan_reconstruction(std::span<const Term> terms, std::optional<Window> window,
                                 const FindXorb& find) {
  const std::uint64_t size = total_bytes(terms);
  Window wanted = window.value_or(Window{0, size});
  wanted.end = std::min(wanted.end, size);
  if (window && wanted.begin >= wanted.end) {
    return fail(
        Kind::range_not_satisfiable,
        fmt::format("the range begins at byte {} of a file of {} bytes", window->begin, size));
  }

  Plan plan;
  XorbUses uses(find);
  std::uint64_t term_begin = 0;
  for (const Term& term : terms) {
    if (term_begin >= wanted.end) break;
    const std::uint64_t term_end = term_begin + term.unpacked_length;
    if (term_end > wanted.begin) {
      Use* const use = TRY(uses.of(term.xorb));
      const Result<void> fits = verify_term(term, *use->xorb);
      if (!fits)
        return fail(Kind::internal,
                    fmt::format("a stored file does not fit: {}", fits.error().message));
      std::uint64_t bytes_before = 0;
      const std::uint64_t begin = std::max(term_begin, wanted.begin) - term_begin;
      const std::uint64_t end = std::min(term_end, wanted.end) - term_begin;
      const Term part = trimmed(term, *use->xorb, begin, end, bytes_before);
      if (plan.terms.empty()) plan.offset_into_first_range = begin - bytes_before;
      use->runs.emplace_back(part.chunk_start, part.chunk_end);
      plan.terms.push_back(part);
    }
    term_begin = term_end;
  }
  plan.xorbs = uses.fetches();
  return plan;
}

Result<void> verify_term(const Term& term, const XorbIndex& xorb) {
  if (term.chunk_start >= term.chunk_end || term.chunk_end > xorb.chunks.size()) {
    return fail(Kind::invalid,
                fmt::format("chunks {} to {} of xorb {}, which has {}", term.chunk_start,
                            term.chunk_end, xorb.hash.text(), xorb.chunks.size()));
  }
  const std::uint64_t length = xorb.raw_begin(term.chunk_end) - xorb.raw_begin(term.chunk_start);
  if (length != term.unpacked_length) {
    return fail(Kind::invalid,
                fmt::format("chunks {} to {} of xorb {} are {} bytes, not {}", term.chunk_start,
                            term.chunk_end, xorb.hash.text(), length, term.unpacked_length));
  }
  return {};
}

XetHash range_hash(const XorbIndex& xorb, std::uint32_t start, std::uint32_t end) {
  std::vector<XetHash> hashes;
  hashes.reserve(end - start);
  for (std::uint32_t i = start; i < end; ++i) hashes.push_back(xorb.chunks[i].hash);
  return range_hash(hashes);
}

Result<std::uint64_t> verify_file(const FileInfo& file, const FindXorb& find) {
  if (file.range_hashes.size() != file.terms.size()) {
    return fail(Kind::invalid,
                fmt::format("shard refused: file {} has {} verification entries for {} terms",
                            file.file.text(), file.range_hashes.size(), file.terms.size()));
  }
  LastXorb xorbs(find);
  TreeHasher tree;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < file.terms.size(); ++i) {
    const Term& term = file.terms[i];
    const auto xorb = xorbs.get(term.xorb);
    if (!xorb) {
      if (xorb.error().kind != Kind::not_found) return std::unexpected(xorb.error());
      return false_claim(
          file, i,
          fmt::format("xorb {} is not here; upload it first, and if the server lost its "
                      "data, clear the client's Xet cache",
                      term.xorb.text()));
    }
    const Result<void> fits = verify_term(term, **xorb);
    if (!fits) return false_claim(file, i, fits.error().message);
    if (range_hash(**xorb, term.chunk_start, term.chunk_end) != file.range_hashes[i]) {
      return false_claim(
          file, i,
          fmt::format("its verification hash is not that of chunks {} to {} of xorb {}",
                      term.chunk_start, term.chunk_end, term.xorb.text()));
    }
    for (std::uint32_t c = term.chunk_start; c < term.chunk_end; ++c) {
      tree.add({(*xorb)->chunks[c].hash, (*xorb)->chunks[c].raw_length});
    }
    size += term.unpacked_length;
  }
  const XetHash computed = tree.file_hash();
  if (computed != file.file) {
    return fail(Kind::invalid, fmt::format("shard refused: the terms of file {} amount to file {}",
                                           file.file.text(), computed.text()));
  }
  return size;
}

Result<XetHash> compute_file_hash(std::span<const Term> terms, const FindXorb& find) {
  LastXorb xorbs(find);
  TreeHasher tree;
  for (const Term& term : terms) {
    const std::shared_ptr<const XorbIndex> xorb = TRY(xorbs.get(term.xorb));
    TRY_VOID(verify_term(term, *xorb));
    for (std::uint32_t c = term.chunk_start; c < term.chunk_end; ++c) {
      tree.add({xorb->chunks[c].hash, xorb->chunks[c].raw_length});
    }
  }
  return tree.file_hash();
}

}  // namespace holt::xetformat
