// The environment of git, its error texts, and quarantine folders.
#include "io/gitio/programs.h"

#include <system_error>

#include "base/file.h"
#include "base/text.h"

namespace holt::gitio {

namespace fs = std::filesystem;

proc::Command git_command(const fs::path& path, std::vector<std::string> arguments) {
  proc::Command command;
  command.arguments = {"git"};
  command.arguments.insert(command.arguments.end(), std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  command.folder = path;
  command.environment = {
      {"GIT_DIR", path.string()},
      {"GIT_CONFIG_NOSYSTEM", "1"},
      {"GIT_CONFIG_GLOBAL", "/dev/null"},
      {"GIT_ATTR_NOSYSTEM", "1"},
      {"GIT_TERMINAL_PROMPT", "0"},
      {"GIT_NO_REPLACE_OBJECTS", "1"},
      {"GIT_OPTIONAL_LOCKS", "0"},
      // The folder may belong to another user than the server's; only this place of configuration
      // counts.
      {"GIT_CONFIG_COUNT", "1"},
      {"GIT_CONFIG_KEY_0", "safe.directory"},
      {"GIT_CONFIG_VALUE_0", "*"},
      // Against packs that claim absurd sizes. Large blobs are streamed and need no such
      // allocation.
      {"GIT_ALLOC_LIMIT", "1g"},
  };
  return command;
}

std::string last_words(std::string_view error_output) {
  std::string last;
  for (auto line : split(error_output, '\n')) {
    line = trim(line);
    // Progress is written over itself.
    if (const auto turn = line.rfind('\r'); turn != line.npos) line = trim(line.substr(turn + 1));
    if (line.empty()) continue;
    const bool fatal = line.starts_with("fatal: ") || line.starts_with("error: ");
    if (fatal) line = line.substr(7);
    // The first complaint names the cause, what follows its consequences.
    if (fatal) return std::string(clip(line, 400));
    last = clip(line, 400);
  }
  return last.empty() ? "git gave no reason" : last;
}

bool is_storage_full(const proc::Outcome& outcome) {
  return outcome.error_output.find("No space left on device") != std::string::npos ||
         outcome.error_output.find("Disk quota exceeded") != std::string::npos;
}

void fail_git(std::string_view what, const proc::Outcome& outcome) {
  const std::string text = std::string(what) + ": " + last_words(outcome.error_output);
  if (is_storage_full(outcome)) throw StorageFull(text);
  throw std::runtime_error(text + " (exit code " + std::to_string(outcome.exit_code) + ")");
}

Quarantine::Quarantine(const fs::path& repository)
    : path_(repository / ("incoming-" + random_hex(16))) {
  fs::create_directories(objects() / "pack");
}

Quarantine::~Quarantine() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Quarantine::apply_to(proc::Command& command, const fs::path& repository) const {
  command.environment.emplace_back("GIT_OBJECT_DIRECTORY", objects().string());
  command.environment.emplace_back("GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                   (repository / "objects").string());
}

}  // namespace holt::gitio
