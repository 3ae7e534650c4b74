// The commands of a push as any client may send them, and the report that quotes them: names are
// bounded text, each once, and every line of the report is one line of the protocol.
#include <set>

#include "base/text.h"
#include "domain/git/push_commands.h"

namespace {

// Reads lines up to the flush; each ends with its only newline.
void check_lines(holt::ByteSpan bytes, std::size_t expected) {
  std::size_t position = 0, lines = 0;
  for (;;) {
    const auto line = holt::gitio::read_pkt(bytes, position);
    CHECK(line.has_value());
    if (line->kind == holt::gitio::PktLine::Kind::flush) break;
    CHECK(line->data.find('\n') == line->data.size() - 1);
    ++lines;
  }
  CHECK(position == bytes.size() && lines == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto commands = holt::git::read_push_commands({data, size});
  if (!commands) {
    CHECK(!commands.error().message.empty() && commands.error().kind == holt::Kind::invalid);
    return 0;
  }
  CHECK(commands->pack_offset >= 4 && commands->pack_offset <= size);
  CHECK(commands->updates.size() <= 10'000);
  std::set<std::string_view> names;
  std::vector<holt::git::Git::PushResult> results;
  for (const auto& update : commands->updates) {
    CHECK(!update.name.empty() && update.name.size() <= holt::git::kLongestRefName);
    CHECK(holt::is_utf8(update.name) && update.name.find('\n') == std::string::npos);
    CHECK(names.insert(update.name).second);
    for (const auto& target : {update.old_target, update.new_target})
      CHECK(target.empty() || holt::is_hex(target, 40));
    CHECK(!update.old_target.empty() || !update.new_target.empty());
    // Whatever came may be quoted in a refusal.
    results.push_back({update.name, results.size() % 2 == 0
                                        ? std::string(holt::as_text({data, size}))
                                        : std::string()});
  }
  auto plain = *commands;
  plain.report = true;
  plain.side_band = false;
  const auto report = holt::git::push_report(plain, results, holt::as_text({data, size}));
  check_lines(holt::as_bytes(report), results.size() + 1);

  plain.side_band = true;
  const auto banded = holt::git::push_report(plain, results, {});
  std::size_t position = 0;
  while (position < banded.size()) {
    const auto line = holt::gitio::read_pkt(holt::as_bytes(banded), position);
    CHECK(line.has_value());
    if (line->kind == holt::gitio::PktLine::Kind::data)
      CHECK(line->data.front() == 1 || line->data.front() == 2);
  }
  return 0;
}
