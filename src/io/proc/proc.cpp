// Children by vfork and exec: a fork copies the page tables of a server that has gigabytes mapped,
// and every other thread waits for that at its next page fault. Everything the child touches
// between the two is prepared before: it runs in the memory of this process, and other threads may
// hold any lock at that moment.
#include "io/proc/proc.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace holt::proc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kErrorOutputBytes = 64 << 10;
constexpr std::size_t kPieceBytes = 64 << 10;
constexpr int kChildNiceness = 15;
constexpr std::uint64_t kChildSliceNs = 20'000'000;
constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

[[noreturn]] void fail_with(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

// Both ends above 2, where they cannot be overwritten while the child arranges 0, 1 and 2.
Descriptor above_standard(int fd) {
  if (fd > 2) return Descriptor(fd);
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  const int error = errno;
  ::close(fd);
  if (moved < 0) fail_with(error, "dup");
  return Descriptor(moved);
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_with(errno, "pipe");
  Descriptor first = above_standard(ends[0]);
  return {std::move(first), above_standard(ends[1])};
}

// A text that a line of the log or an error can hold.
std::string name_of(const Command& command) {
  return command.arguments.empty() ? "(nothing)" : command.arguments.front();
}

std::string executable(const std::string& name, const std::string& search_path) {
  if (name.find('/') != std::string::npos) return name;
  for (const std::string_view folder : split(search_path, ':')) {
    if (folder.empty()) continue;
    std::string candidate = std::string(folder) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw std::runtime_error("program " + name +
                           " is not installed: it is in none of the folders of PATH (" +
                           search_path + ")");
}

class Environment {
 public:
  explicit Environment(const Command& command) {
    std::map<std::string, std::string> values = {{"HOME", "/nonexistent"}, {"LANG", "C.UTF-8"}};
    const char* path = ::getenv("PATH");
    values["PATH"] = path != nullptr && *path != '\0' ? path : std::string(kDefaultPath);
    // Holt runs itself as a child too: one built with a sanitizer reports where it was told to.
    for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
      if (const char* options = ::getenv(name)) values[name] = options;
    for (const auto& [name, value] : command.environment) values[name] = value;
    path_ = values["PATH"];
    for (const auto& [name, value] : values) lines_.push_back(name + "=" + value);
    for (std::string& line : lines_) pointers_.push_back(line.data());
    pointers_.push_back(nullptr);
  }
  const std::string& path() const { return path_; }
  char* const* pointers() const { return pointers_.data(); }

 private:
  std::string path_;
  std::vector<std::string> lines_;
  std::vector<char*> pointers_;
};

// What the child reports when it could not become the program.
struct ExecFailure {
  int error = 0;
  bool folder = false;
};

// As sched_setattr(2) takes it, in its first version; the kernel's header clashes with libc's.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_BATCH;
  std::uint64_t flags = 0;
  std::int32_t nice = kChildNiceness;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = kChildSliceNs, deadline_ns = 0, period_ns = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

// Long work is done by children: who asks the server for little comes first. A batch with long
// slices gives way at once to whoever wakes up with a shorter one (Linux 6.12; before, the slice is
// not looked at), instead of after its turn of some milliseconds.
void step_back() {
  SchedulingAttributes attributes;
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0)
    ::setpriority(PRIO_PROCESS, 0, kChildNiceness);
}

// Runs in the child: only async-signal-safe calls.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment,
                         const char* folder, int input, int output, int error_output, int report) {
  ExecFailure failure;
  ::setpgid(0, 0);
  step_back();
  // Handlers and masks of the server are not the child's; ignored signals would stay ignored.
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (folder != nullptr && ::chdir(folder) != 0) {
    failure = {errno, true};
  } else if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(error_output, 2) < 0) {
    failure = {errno, false};
  } else {
    // Libraries may have opened descriptors without O_CLOEXEC.
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(program, arguments, environment);
    failure = {errno, false};
  }
  const ssize_t ignored = ::write(report, &failure, sizeof failure);
  (void)ignored;
  ::_exit(127);
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

class Running final : public Child {
 public:
  explicit Running(const Command& command)
      : name_(name_of(command)), deadline_(Clock::now() + command.limit) {
    if (command.arguments.empty()) throw std::logic_error("a child without arguments");
    const Environment environment(command);
    const std::string program = executable(command.arguments.front(), environment.path());
    std::vector<std::string> arguments = command.arguments;
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);

    Pipe output = make_pipe();
    Pipe error_output = make_pipe();
    Pipe report = make_pipe();
    const Descriptor input = open_input(command);
    const char* folder = command.folder.empty() ? nullptr : command.folder.c_str();

    // A handler of the server must not run in the child, which shares its memory.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t child = ::vfork();
    if (child == 0) {
      become(program.c_str(), pointers.data(), environment.pointers(), folder, input.get(),
             output.write_end.get(), error_output.write_end.get(), report.write_end.get());
    }
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child < 0) fail_with(error, "cannot start " + name_);
    pid_ = child;
    // Also here, so that a kill right after start finds the group.
    ::setpgid(pid_, pid_);
    report.write_end.reset();
    ExecFailure failure;
    ssize_t got = 0;
    do {
      got = ::read(report.read_end.get(), &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof failure)) {
      reap();
      fail_with(failure.error, failure.folder
                                   ? "cannot start " + name_ + " in " + command.folder.string()
                                   : "cannot start " + program);
    }
    output_ = std::move(output.read_end);
    error_output_ = std::move(error_output.read_end);
  }

  ~Running() override {
    if (reaped_) return;
    kill_group();
    reap();
  }

  Bytes read(std::size_t max_bytes) override {
    Bytes piece;
    while (output_.open()) {
      if (pump(max_bytes, piece)) return piece;
    }
    return piece;
  }

  Outcome wait() override {
    Bytes ignored;
    while (output_.open() || error_output_.open()) {
      ignored.clear();
      pump(kPieceBytes, ignored);
    }
    wait_for_exit();
    Outcome outcome;
    outcome.exit_code = exit_code_;
    outcome.error_output = errors_;
    return outcome;
  }

  // Waits for output or the deadline. True when `piece` holds something.
  bool pump(std::size_t max_bytes, Bytes& piece) {
    std::array<pollfd, 2> waiting = {pollfd{output_.get(), POLLIN, 0},
                                     pollfd{error_output_.get(), POLLIN, 0}};
    const int ready = ::poll(waiting.data(), waiting.size(), remaining_ms());
    if (ready < 0) {
      if (errno == EINTR) return false;
      fail_with(errno, "poll");
    }
    if (ready == 0) {
      if (remaining_ms() == 0) give_up();
      return false;
    }
    if (error_output_.open() && waiting[1].revents != 0) take_errors();
    if (!output_.open() || waiting[0].revents == 0) return false;
    piece.resize(max_bytes);
    const ssize_t got = ::read(output_.get(), piece.data(), max_bytes);
    const int error = errno;
    piece.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (got < 0 && error != EINTR) fail_with(error, "read from " + name_);
    if (got == 0) output_.reset();
    return got > 0;
  }

  bool output_open() const { return output_.open(); }
  // Past this the rest of the output is of no use; the child may not go on.
  void stop() { give_up(); }

 private:
  static Descriptor open_input(const Command& command) {
    if (command.input == nullptr) {
      const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (null < 0) fail_with(errno, "open /dev/null");
      return above_standard(null);
    }
    // A new open file with an offset of its own: the shared one may be read or written meanwhile.
    const std::string path = "/proc/self/fd/" + std::to_string(command.input->fd());
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail_with(errno, "open the input of " + name_of(command));
    Descriptor input = above_standard(fd);
    if (command.input_offset != 0 &&
        ::lseek(input.get(), static_cast<off_t>(command.input_offset), SEEK_SET) < 0) {
      fail_with(errno, "seek in the input of " + name_of(command));
    }
    return input;
  }

  int remaining_ms() const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return 0;
    return static_cast<int>(std::min<std::int64_t>(left, 60'000));
  }

  void take_errors() {
    std::array<char, 16384> piece;
    const ssize_t got = ::read(error_output_.get(), piece.data(), piece.size());
    if (got < 0) {
      if (errno == EINTR) return;
      fail_with(errno, "read from " + name_);
    }
    if (got == 0) {
      error_output_.reset();
      return;
    }
    errors_.append(piece.data(), static_cast<std::size_t>(got));
    if (errors_.size() > kErrorOutputBytes) errors_.erase(0, errors_.size() - kErrorOutputBytes);
  }

  void give_up() {
    kill_group();
    output_.reset();
    error_output_.reset();
  }

  void kill_group() {
    if (!reaped_) ::kill(-pid_, SIGKILL);
  }

  // The output may end before the child does, so this may take as long as the deadline allows.
  void wait_for_exit() {
    if (reaped_) return;
    Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    while (handle.open()) {
      pollfd waiting{handle.get(), POLLIN, 0};
      const int ready = ::poll(&waiting, 1, remaining_ms());
      if (ready > 0) break;
      if (ready == 0 && remaining_ms() == 0) {
        kill_group();
        break;
      }
    }
    reap();
  }

  void reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) fail_with(errno, "wait for " + name_);
    }
    reaped_ = true;
    exit_code_ = exit_code_of(status);
  }

  std::string name_;
  Clock::time_point deadline_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  int exit_code_ = -1;
  Descriptor output_;
  Descriptor error_output_;
  std::string errors_;
};

}  // namespace

Outcome run(const Command& command, std::size_t max_output_bytes) {
  Running child(command);
  std::string output;
  Bytes piece;
  bool too_much = false;
  while (child.output_open() && !too_much) {
    piece.clear();
    child.pump(kPieceBytes, piece);
    output.append(as_text(piece));
    too_much = output.size() > max_output_bytes;
  }
  if (too_much) child.stop();
  Outcome outcome = child.wait();
  outcome.output = std::move(output);
  if (too_much) {
    outcome.output.resize(max_output_bytes);
    outcome.error_output += name_of(command) + " was stopped: it wrote more than " +
                            std::to_string(max_output_bytes) + " bytes\n";
  }
  return outcome;
}

std::unique_ptr<Child> Child::start(const Command& command) {
  return std::make_unique<Running>(command);
}

}  // namespace holt::proc
