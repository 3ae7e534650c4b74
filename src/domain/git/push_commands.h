// What a push asks for, as it stands before its pack, and the report that answers it. Format: git's
// Documentation/gitprotocol-pack, "Reference Update Request" and "Report Status".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "domain/git/git.h"

namespace holt::git {

struct PushCommands {
  std::vector<RefUpdate> updates;  // each name once; which names are good is decided later
  bool report = false, side_band = false;
  std::uint64_t pack_offset = 0;  // where the pack begins, if there is one
};

// Bounds: 10,000 commands, 100,000 `shallow` lines, names of kLongestRefName bytes of UTF-8 without
// control characters. Linear in the length of the section; the pack behind it is not looked at.
inline constexpr std::size_t kLongestRefName = 1024;  // an index of the catalog holds them
Result<PushCommands> read_push_commands(ByteSpan body);

// The reply body: empty when the client wants no report. Whatever a name or a refusal holds, each
// stays in its line.
std::string push_report(const PushCommands& commands, const std::vector<Git::PushResult>& results,
                        std::string_view unpack_error);

}  // namespace holt::git
