// Real children of /bin/sh: output, input, limits, descriptors.
#include "io/proc/proc.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <thread>

#include "base/random.h"
#include "base/text.h"
#include "base/time.h"

namespace holt::proc {
namespace {

Command shell(const std::string& script) {
  Command command;
  command.arguments = {"sh", "-c", script};
  return command;
}

TEST(Proc, output_errors_and_exit_code) {
  const Outcome outcome = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.error_output, "err\n");
}

TEST(Proc, environment_is_minimal_and_added_to) {
  ::setenv("HOLT_TEST_SECRET", "leaked", 1);
  Command command = shell("echo \"$HOME|$LANG|$EXTRA|$HOLT_TEST_SECRET\"");
  command.environment = {{"EXTRA", "x y"}};
  EXPECT_EQ(run(command).output, "/nonexistent|C.UTF-8|x y|\n");
  ::unsetenv("HOLT_TEST_SECRET");
}

TEST(Proc, a_child_steps_back_behind_the_server) {
  // Niceness and policy of proc_pid_stat(5); 3 is SCHED_BATCH of sched(7).
  EXPECT_EQ(run(shell("exec cut -d' ' -f19,41 /proc/self/stat")).output, "15 3\n");
}

TEST(Proc, works_in_its_folder) {
  Command command = shell("pwd");
  command.folder = "/usr";
  EXPECT_EQ(run(command).output, "/usr\n");
  command.folder = "/no/such/folder";
  EXPECT_THROW(run(command), std::system_error);
}

TEST(Proc, missing_program_is_said) {
  Command command;
  command.arguments = {"no-such-program-here"};
  try {
    run(command);
    FAIL() << "started what does not exist";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-program-here is not installed"),
              std::string::npos);
  }
}

TEST(Proc, input_comes_from_the_file_from_its_start) {
  const auto path = std::filesystem::temp_directory_path() / ("holt-proc-test-" + random_hex(12));
  auto file = create_new(path);
  std::string content;
  for (int i = 0; i < 200000; ++i) content += "line\n";
  file->write_all(as_bytes(content));
  Command command = shell("wc -c");
  command.input = file;
  EXPECT_EQ(parse_u64(trim(run(command).output)), content.size());
  command.input_offset = content.size() - 5;
  EXPECT_EQ(parse_u64(trim(run(command).output)), 5U);
  std::filesystem::remove(path);
  // Without an input there is nothing to read, rather than the server's own stdin.
  EXPECT_EQ(run(shell("cat")).output, "");
}

TEST(Proc, both_pipes_full_is_no_deadlock) {
  const Outcome outcome = run(shell(
      "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output.size(), 3000000U);
  EXPECT_EQ(outcome.error_output.size(), 65536U);
}

TEST(Proc, too_much_output_stops_it) {
  const Outcome outcome = run(shell("echo $$; yes"), 100000);
  EXPECT_EQ(outcome.exit_code, 128 + SIGKILL);
  EXPECT_EQ(outcome.output.size(), 100000U);
  EXPECT_NE(outcome.error_output.find("more than 100000 bytes"), std::string::npos);
}

TEST(Proc, past_the_limit_the_whole_group_is_killed) {
  Command command = shell("sleep 600 & echo $!; wait");
  command.limit = std::chrono::seconds(1);
  const std::int64_t start = monotonic_us();
  const Outcome outcome = run(command);
  EXPECT_LT(monotonic_us() - start, 20'000'000);
  EXPECT_EQ(outcome.exit_code, 128 + SIGKILL);
  const auto grandchild = parse_u64(trim(outcome.output));
  ASSERT_TRUE(grandchild);
  bool alive = true;
  for (int i = 0; i < 200 && alive; ++i) {
    // A killed orphan may linger as a zombie until its new parent reaps it.
    const auto status = open_for_reading("/proc/" + std::to_string(*grandchild) + "/cmdline");
    char byte = 0;
    alive = status != nullptr && ::read(status->fd(), &byte, 1) == 1;
    if (alive) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(alive);
}

TEST(Proc, closed_output_does_not_defeat_the_limit) {
  Command command = shell("exec >&- 2>&-; exec sleep 600");
  command.limit = std::chrono::seconds(1);
  EXPECT_EQ(run(command).exit_code, 128 + SIGKILL);
}

TEST(Proc, no_descriptor_leaks_into_it) {
  const int leaky = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a library would
  // No pipeline: the shell would have its ends open for a moment. The fourth is the listed folder.
  const Outcome outcome = run(shell("exec ls /proc/self/fd"));
  ::close(leaky);
  EXPECT_EQ(outcome.output, "0\n1\n2\n3\n");
}

TEST(Proc, leaves_no_descriptor_behind) {
  auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  run(shell("true"));
  const auto before = count();
  for (int i = 0; i < 20; ++i) run(shell("echo x"));
  EXPECT_EQ(count(), before);
}

TEST(Proc, signals_ignored_by_the_server_reach_the_child) {
  const auto previous = ::signal(SIGPIPE, SIG_IGN);
  const Outcome outcome = run(shell("kill -PIPE $$; echo survived"));
  ::signal(SIGPIPE, previous);
  EXPECT_EQ(outcome.exit_code, 128 + SIGPIPE);
  EXPECT_EQ(outcome.output, "");
}

TEST(Child, streams_as_it_comes) {
  auto child = Child::start(shell("echo one; head -c 100000 /dev/zero; echo oops >&2; exit 4"));
  Bytes all;
  for (;;) {
    const Bytes piece = child->read(1000);
    if (piece.empty()) break;
    EXPECT_LE(piece.size(), 1000U);
    all.insert(all.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(all.size(), 100004U);
  const Outcome outcome = child->wait();
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_EQ(outcome.error_output, "oops\n");
  EXPECT_EQ(outcome.output, "");
}

TEST(Child, dropped_early_it_is_killed) {
  const std::int64_t start = monotonic_us();
  auto child = Child::start(shell("echo started; sleep 600"));
  EXPECT_EQ(as_text(child->read(100)), "started\n");
  child.reset();
  EXPECT_LT(monotonic_us() - start, 20'000'000);
}

TEST(Child, many_at_once) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i] {
      for (int k = 0; k < 5; ++k) {
        EXPECT_EQ(run(shell("echo " + std::to_string(i * 10 + k))).output,
                  std::to_string(i * 10 + k) + "\n");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace holt::proc
