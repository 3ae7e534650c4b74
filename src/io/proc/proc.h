// Child processes: run one to its end, or read its output as it comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"

namespace holt::proc {

struct Command {
  std::vector<std::string> arguments;  // argv; [0] looked up in PATH
  std::vector<std::pair<std::string, std::string>>
      environment;                 // added to a minimal one (PATH, HOME=/nonexistent, LANG=C.UTF-8)
  std::filesystem::path folder;    // working directory; empty: unchanged
  SharedFile input;                // stdin, opened anew; null: /dev/null
  std::uint64_t input_offset = 0;  // where stdin starts, in bytes
  std::chrono::seconds limit{3600};  // killed past this
};

struct Outcome {
  int exit_code = -1;        // 128+signal when killed
  std::string output;        // stdout, bounded by max_output_bytes
  std::string error_output;  // stderr, last 64 KiB
};

// Both throw when the program is not installed or cannot be started (bad folder, no permission).
// The child leads a process group of its own, which is killed as a whole; past max_output_bytes it
// is killed and the outcome says so in error_output. No descriptor but 0, 1 and 2 reaches it.
Outcome run(const Command& command, std::size_t max_output_bytes = 16 << 20);

// A running child whose stdout is read piece by piece. Killed when destroyed early.
class Child {
 public:
  static std::unique_ptr<Child> start(const Command& command);
  virtual ~Child() = default;
  virtual Bytes read(std::size_t max_bytes) = 0;  // blocks; empty at the end
  virtual Outcome wait() = 0;                     // after the end; output empty
};

}  // namespace holt::proc
