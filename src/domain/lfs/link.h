// Signed transfer URLs: everything an upload or download may do is in the URL, bound by an HMAC of
// the data folder's secret, because clients send no credentials with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "io/http/http.h"

namespace holt::lfs {

enum class Operation { upload, download, part, complete, verify };

struct Link {
  Operation operation = Operation::download;
  std::int64_t repo_key = 0;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  Timestamp expires_at;
  std::string upload;             // part and complete: 32 hex digits, chosen by the batch call
  std::uint64_t chunk_bytes = 0;  // part and complete
  std::uint64_t part = 0;         // part: from 1
};

// Path and query, to be appended to the origin.
std::string signed_target(const Link& link, std::string_view secret);
// From a request of the route that serves this operation ({sha256}, and {part} for parts).
// forbidden when the signature is wrong or the time is over.
Result<Link> verified_link(const http::Request& request, Operation operation,
                           std::string_view secret, Timestamp at);

}  // namespace holt::lfs
