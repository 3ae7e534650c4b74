// Getting bytes from another server over HTTP. Blocking: for commands and pool jobs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace holt::fetch {

struct Wish {
  std::string url;     // http:// or https://
  std::string bearer;  // token sent to that server alone; empty: none
  std::uint64_t max_bytes = 0;
  std::chrono::seconds connect_limit{15};
  std::chrono::seconds stall_limit{60};  // given up when hardly anything comes for so long
};

// Calls `take` with the body of a 200 reply as it comes, and gives its length. The certificate of
// https is checked; redirections are not followed. Errors: what 401, 403 and 404 stand for;
// too_large past max_bytes; unavailable for everything else, a body cut short included, with a
// sentence that names the server. What `take` throws goes through.
Result<std::uint64_t> get(const Wish& wish, const std::function<void(ByteSpan)>& take);

}  // namespace holt::fetch
