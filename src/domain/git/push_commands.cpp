// The command section of a push, and its report.
#include "domain/git/push_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "io/gitio/gitio.h"

namespace holt::git {
namespace {

constexpr std::size_t kMostCommands = 10'000;
constexpr std::size_t kMostShallow = 100'000;
constexpr std::size_t kLongestReason = 400;
constexpr std::string_view kNoObject = "0000000000000000000000000000000000000000";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void read_capabilities(std::string_view text, PushCommands& out) {
  for (auto capability : split(text, ' ')) {
    capability = trim(capability);
    if (capability == "report-status" || capability == "report-status-v2") out.report = true;
    if (capability == "side-band-64k") out.side_band = true;
  }
}

// "<old> <new> <name>"
Result<RefUpdate> read_command(std::string_view text) {
  constexpr std::size_t kOld = 0, kNew = 41, kName = 82, kOidLength = 40;
  if (text.size() <= kName || text[kNew - 1] != ' ' || text[kName - 1] != ' ' ||
      !is_hex(text.substr(kOld, kOidLength), kOidLength) ||
      !is_hex(text.substr(kNew, kOidLength), kOidLength))
    return fail(Kind::invalid, "A push command is malformed.");
  const auto name = text.substr(kName);
  if (name.size() > kLongestRefName)
    return fail(Kind::invalid, fmt::format("The push names a reference of {} bytes; at most {} are "
                                           "possible: {}…",
                                           name.size(), kLongestRefName, clip(name, 60)));
  if (std::ranges::any_of(name, is_control) || !is_utf8(name))
    return fail(Kind::invalid,
                "The push names a reference whose name is not UTF-8 without control characters.");
  RefUpdate update{std::string(name), std::string(text.substr(kOld, kOidLength)),
                   std::string(text.substr(kNew, kOidLength))};
  if (update.old_target == kNoObject) update.old_target.clear();
  if (update.new_target == kNoObject) update.new_target.clear();
  if (update.old_target.empty() && update.new_target.empty())
    return fail(Kind::invalid, "A push command changes nothing.");
  return update;
}

// Refusals quote what was pushed.
std::string one_line(std::string_view text) {
  std::string out(clip(text, kLongestReason));
  std::ranges::replace_if(out, is_control, ' ');
  return out;
}

std::string side_band(int band, std::string_view data) {
  constexpr std::size_t kMost = 65515;
  std::string out;
  while (!data.empty()) {
    const auto part = data.substr(0, kMost);
    out += gitio::pkt(std::string(1, static_cast<char>(band)) + std::string(part));
    data.remove_prefix(part.size());
  }
  return out;
}

}  // namespace

Result<PushCommands> read_push_commands(ByteSpan body) {
  PushCommands out;
  std::unordered_set<std::string> names;
  std::size_t position = 0, shallow = 0;
  for (;;) {
    const auto line = TRY(gitio::read_pkt(body, position));
    if (line.kind == gitio::PktLine::Kind::flush) break;
    if (line.kind != gitio::PktLine::Kind::data)
      return fail(Kind::invalid, "Unexpected delimiter among the push commands.");
    auto text = line.data;
    if (text.starts_with("shallow ")) {
      if (++shallow > kMostShallow)
        return fail(Kind::invalid,
                    "The clone that is pushed from is cut off in more than 100,000 places: fetch "
                    "with --unshallow first.");
      continue;
    }
    if (text.starts_with("push-cert"))
      return fail(Kind::invalid, "Signed pushes are not supported: push without --signed.");
    if (const auto nul = text.find('\0'); nul != text.npos) {
      read_capabilities(text.substr(nul + 1), out);
      text = text.substr(0, nul);
    }
    if (text.ends_with('\n')) text.remove_suffix(1);
    auto update = TRY(read_command(text));
    if (!names.insert(update.name).second)
      return fail(Kind::invalid, "The push names " + update.name + " twice.");
    out.updates.push_back(std::move(update));
    if (out.updates.size() > kMostCommands)
      return fail(Kind::invalid, "More than 10,000 references in one push: push them in parts.");
  }
  out.pack_offset = position;
  return out;
}

std::string push_report(const PushCommands& commands, const std::vector<Git::PushResult>& results,
                        std::string_view unpack_error) {
  std::string status = gitio::pkt(fmt::format(
      "unpack {}\n", unpack_error.empty() ? std::string("ok") : one_line(unpack_error)));
  std::string messages;
  for (const auto& result : results) {
    if (result.refusal.empty()) {
      status += gitio::pkt(fmt::format("ok {}\n", result.ref));
    } else {
      const std::string reason = one_line(result.refusal);
      status += gitio::pkt(fmt::format("ng {} {}\n", result.ref, reason));
      messages += fmt::format("{}: {}\n", result.ref, reason);
    }
  }
  status += gitio::kFlush;
  if (!commands.side_band) return commands.report ? status : std::string();
  std::string out;
  if (!messages.empty()) out += side_band(2, messages);
  if (commands.report) out += side_band(1, status);
  out += gitio::kFlush;
  return out;
}

}  // namespace holt::git
