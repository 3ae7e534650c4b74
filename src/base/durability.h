// Whether the disk has kept all that it was told to keep. The object store and the catalog of a
// process share one of these.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string_view>

namespace holt {

// What a write throws then. The text is for whoever asked for it.
struct DurabilityLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The write whose fsync failed: it may have been stored or not.
struct SyncFailed : DurabilityLost {
  using DurabilityLost::DurabilityLost;
};
// Every write after that one: nothing of it was stored.
struct WritesEnded : DurabilityLost {
  using DurabilityLost::DurabilityLost;
};

// After a failed fsync the kernel counts the pages as written, so another fsync would succeed and
// tell a lie, and nobody knows what the disk holds. So nothing is tried again: the process takes no
// more writes, reads go on, and a restart, which believes only what it reads, begins anew.
class Durability {
 public:
  bool lost() const noexcept { return lost_; }
  // Throws WritesEnded when it is lost. To be asked before anything is written.
  void check() const;
  // Tells the log, the first time, and throws SyncFailed.
  [[noreturn]] void fail(std::string_view what, std::string_view error);
  // The same where nobody waits for an answer.
  void note_failure(std::string_view what, std::string_view error) noexcept;

 private:
  std::atomic<bool> lost_ = false;
};

}  // namespace holt
