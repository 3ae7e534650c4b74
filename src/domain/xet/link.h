// Signed data URLs: certain bytes of one xorb, for a while. Clients send no credentials with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/xetformat/xetformat.h"
#include "io/http/http.h"

namespace holt::xet {

struct DataLink {
  xetformat::XetHash xorb;
  std::uint64_t xorb_bytes = 0;  // without the footer, which no client ever sees
  std::int64_t repo_key = 0;
  Timestamp expires_at;
  std::vector<http::ByteRange> ranges;  // what may be read

  bool covers(const http::ByteRange& range) const;
};

// So many ranges fit in one URL of a few KiB.
constexpr std::size_t kMaxLinkRanges = 64;

// Path and query, to be appended to the origin.
std::string signed_target(const DataLink& link, std::string_view secret);
// From a request of the route with {xorb}. forbidden when the signature is wrong or the time is
// over.
Result<DataLink> verified_link(const http::Request& request, std::string_view secret, Timestamp at);

}  // namespace holt::xet
