// What a push may ask for, and that its report keeps to the lines of the protocol.
#include "domain/git/push_commands.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "base/time.h"

namespace holt::git {
namespace {

const std::string kOld(40, '0'), kNew(40, 'a');

std::string command(std::string_view name, std::string_view capabilities = {}) {
  std::string line = kOld + " " + kNew + " " + std::string(name);
  if (!capabilities.empty()) line += std::string(1, '\0') + std::string(capabilities);
  return gitio::pkt(line);
}

// The lines of a report that is not in a side band.
std::vector<std::string> lines_of(std::string_view report) {
  std::vector<std::string> out;
  for (std::size_t position = 0; position < report.size();) {
    const auto line = gitio::read_pkt(as_bytes(report), position);
    EXPECT_TRUE(line.has_value());
    if (!line) break;
    if (line->kind == gitio::PktLine::Kind::data) out.emplace_back(line->data);
  }
  return out;
}

TEST(PushCommandsTest, commands_and_capabilities_are_read_and_the_pack_begins_behind_them) {
  const std::string section = gitio::pkt("shallow " + kNew) +
                              command("refs/heads/main", "report-status side-band-64k agent=git") +
                              command("refs/tags/v1\n") + std::string(gitio::kFlush);
  const auto read = read_push_commands(as_bytes(section + "PACK"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->updates.size(), 2u);
  EXPECT_EQ(read->updates[0].name, "refs/heads/main");
  EXPECT_EQ(read->updates[0].old_target, "");
  EXPECT_EQ(read->updates[0].new_target, kNew);
  EXPECT_EQ(read->updates[1].name, "refs/tags/v1");
  EXPECT_TRUE(read->report);
  EXPECT_TRUE(read->side_band);
  EXPECT_EQ(read->pack_offset, section.size());
}

TEST(PushCommandsTest, names_that_no_reference_has_are_refused) {
  for (const std::string& name :
       {std::string("refs/heads/a\nok refs/heads/b"), std::string("refs/heads/\x1b[2J"),
        std::string("refs/heads/\xff"), "refs/heads/" + std::string(1100, 'a')}) {
    const auto read =
        read_push_commands(as_bytes(command(name, "report-status") + std::string(gitio::kFlush)));
    ASSERT_FALSE(read.has_value()) << name;
    EXPECT_EQ(read.error().kind, Kind::invalid);
  }
}

TEST(PushCommandsTest, a_name_given_twice_is_refused_however_many_there_are) {
  std::string section;
  for (int i = 0; i < 9'999; ++i) section += command("refs/heads/b" + std::to_string(i));
  const auto began = monotonic_us();
  const auto all = read_push_commands(as_bytes(section + std::string(gitio::kFlush)));
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ(all->updates.size(), 9'999u);
  EXPECT_LT(monotonic_us() - began, 1'000'000);
  EXPECT_FALSE(read_push_commands(
      as_bytes(section + command("refs/heads/b7") + std::string(gitio::kFlush))));
}

TEST(PushCommandsTest, a_refusal_that_quotes_the_pusher_stays_in_its_line) {
  PushCommands commands;
  commands.report = true;
  const std::string longest = "refs/heads/" + std::string(kLongestRefName - 11, 'x');
  const auto report = push_report(commands,
                                  {{"refs/heads/a", "duplicated key \"\nok refs/heads/b\""},
                                   {longest, std::string(100'000, '\x1b')}},
                                  {});
  const auto lines = lines_of(report);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "unpack ok\n");
  EXPECT_EQ(lines[1], "ng refs/heads/a duplicated key \" ok refs/heads/b\"\n");
  EXPECT_TRUE(lines[2].starts_with("ng " + longest + " "));
  EXPECT_EQ(lines[2].find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace holt::git
