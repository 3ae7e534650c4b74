// How git's own programs are called: never with the configuration of the machine or of a user.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "io/proc/proc.h"

namespace holt::gitio {

// `git ARGUMENTS…` on the bare repository at `path`, started there.
proc::Command git_command(const std::filesystem::path& path, std::vector<std::string> arguments);

// What git said last, without "fatal: " and the like, for people.
std::string last_words(std::string_view error_output);

// Throws StorageFull when git failed for want of space, or an exception naming `what` and git's
// words.
[[noreturn]] void fail_git(std::string_view what, const proc::Outcome& outcome);
bool is_storage_full(const proc::Outcome& outcome);

// A folder of its own for objects that do not belong to the repository yet; removed with all it
// holds.
class Quarantine {
 public:
  explicit Quarantine(const std::filesystem::path& repository);
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path objects() const { return path_ / "objects"; }
  // Makes a command write here, and read the repository as well.
  void apply_to(proc::Command& command, const std::filesystem::path& repository) const;

 private:
  std::filesystem::path path_;
};

}  // namespace holt::gitio
