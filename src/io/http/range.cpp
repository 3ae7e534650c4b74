// The Range header (RFC 9110, section 14): one byte range for files, several for xorbs.
#include <algorithm>
#include <limits>

#include "base/text.h"
#include "io/http/http.h"

namespace holt::http {
namespace {

constexpr std::size_t kMaxRanges = 1000;

// Digits only; a number past 64 bits is as good as the greatest one, since no body is that long.
std::optional<std::uint64_t> position(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  return parse_u64(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

enum class Verdict { malformed, outside, inside };

Verdict read_one(std::string_view spec, std::uint64_t size, ByteRange& range) {
  spec = trim(spec);
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return Verdict::malformed;
  const std::string_view from = spec.substr(0, dash);
  const std::string_view to = spec.substr(dash + 1);
  if (from.empty()) {
    const auto count = position(to);
    if (!count) return Verdict::malformed;
    if (*count == 0 || size == 0) return Verdict::outside;
    range = {size - std::min(*count, size), size - 1};
    return Verdict::inside;
  }
  const auto first = position(from);
  const auto last =
      to.empty() ? std::optional(std::numeric_limits<std::uint64_t>::max()) : position(to);
  if (!first || !last || *first > *last) return Verdict::malformed;
  if (*first >= size) return Verdict::outside;
  range = {*first, std::min(*last, size - 1)};
  return Verdict::inside;
}

// The text after "bytes=", or nullopt for another unit.
std::optional<std::string_view> specs_of(std::string_view header) {
  constexpr std::string_view kUnit = "bytes";
  header = trim(header);
  if (!equal_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  header = trim(header.substr(kUnit.size()));
  if (!header.starts_with('=')) return std::nullopt;
  return header.substr(1);
}

std::unexpected<Error> outside(std::string_view header, std::uint64_t size) {
  const std::string total = std::to_string(size);
  Error error;
  error.kind = Kind::range_not_satisfiable;
  error.message = "Range " + std::string(clip(header, 80)) + " starts past the end of the " +
                  total + " bytes there are.";
  error.headers.emplace_back("Content-Range", "bytes */" + total);
  return fail(std::move(error));
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size) {
  const auto specs = specs_of(header);
  if (!specs || specs->find(',') != std::string_view::npos) return std::nullopt;
  ByteRange range;
  switch (read_one(*specs, size, range)) {
    case Verdict::malformed:
      return std::nullopt;
    case Verdict::outside:
      return outside(header, size);
    case Verdict::inside:
      break;
  }
  return range;
}

Result<std::vector<ByteRange>> parse_ranges(std::string_view header, std::uint64_t size) {
  std::vector<ByteRange> ranges;
  if (trim(header).empty()) return ranges;
  const auto specs = specs_of(header);
  if (!specs) {
    return fail(Kind::invalid, "Range is of the form bytes=FIRST-LAST[,FIRST-LAST…]; got \"" +
                                   std::string(clip(header, 80)) + "\".");
  }
  std::uint64_t left = size;
  for (std::string_view rest = *specs;;) {
    const std::size_t comma = rest.find(',');
    if (ranges.size() == kMaxRanges) {
      return fail(Kind::invalid, "Range names more than " + std::to_string(kMaxRanges) +
                                     " ranges; ask for them in several requests.");
    }
    ByteRange range;
    const Verdict verdict = read_one(rest.substr(0, comma), size, range);
    if (verdict == Verdict::malformed) {
      return fail(Kind::invalid, "Range " + std::to_string(ranges.size() + 1) + " of \"" +
                                     std::string(clip(header, 80)) + "\" is not FIRST-LAST.");
    }
    if (verdict == Verdict::outside) return outside(header, size);
    // One short line must not fetch the same bytes a thousand times.
    const std::uint64_t length = range.last - range.first + 1;
    if (length > left)
      return fail(Kind::invalid, "The ranges of \"" + std::string(clip(header, 80)) +
                                     "\" overlap: together they name more bytes than there are.");
    left -= length;
    ranges.push_back(range);
    if (comma == std::string_view::npos) return ranges;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace holt::http
