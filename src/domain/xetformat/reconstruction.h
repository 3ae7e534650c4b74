// Reconstruction: which bytes of which xorbs make a file, or a part of it; and whether what a
// client says about a file is true.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/xetformat/shard.h"
#include "domain/xetformat/xorb.h"

namespace holt::xetformat {

// Finds the index of a stored xorb; not_found when there is none (here, or for this caller).
using FindXorb = std::function<Result<std::shared_ptr<const XorbIndex>>(const XetHash&)>;

// Bytes [begin, end) of a file.
struct Window {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// A run of chunks of one xorb to fetch with one range request.
struct FetchRange {
  std::uint32_t chunk_start = 0;
  std::uint32_t chunk_end = 0;   // exclusive
  std::uint64_t first_byte = 0;  // of the serialized xorb
  std::uint64_t last_byte = 0;   // inclusive, as in a Range header
  friend bool operator==(const FetchRange&, const FetchRange&) = default;
};
struct XorbFetch {
  XetHash xorb;
  std::vector<FetchRange> ranges;  // ascending, neither overlapping nor touching
};

struct Plan {
  std::uint64_t offset_into_first_range = 0;  // bytes of the first term before the window
  std::vector<Term> terms;                    // trimmed to whole chunks that the window touches
  std::vector<XorbFetch> xorbs;  // in the order of their first use; each term lies in one range
};

std::uint64_t total_bytes(std::span<const Term> terms);

// window: clamped to the end of the file; range_not_satisfiable when it begins at or past the end.
// The terms are verified ones: one that does not fit its xorb is Kind::internal.
Result<Plan> plan_reconstruction(std::span<const Term> terms, std::optional<Window> window,
                                 const FindXorb& find);

// A term against the xorb it names: chunks that exist, and as many bytes as it says.
Result<void> verify_term(const Term& term, const XorbIndex& xorb);
// The verification hash of chunks [start, end), which exist.
XetHash range_hash(const XorbIndex& xorb, std::uint32_t start, std::uint32_t end);

// Everything a file in an uploaded shard claims: its terms, a range hash for each, and the file
// hash recomputed from the chunks. The number of bytes of the file. Kind::invalid when not true or
// when a xorb is not found.
Result<std::uint64_t> verify_file(const FileInfo& file, const FindXorb& find);
// The file hash that the terms amount to, whatever the client said.
Result<XetHash> compute_file_hash(std::span<const Term> terms, const FindXorb& find);

}  // namespace holt::xetformat
