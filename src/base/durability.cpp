// The end of writing, and the sentences that tell of it.
#include "base/durability.h"

#include "base/log.h"

namespace holt {

void Durability::check() const {
  if (!lost_) return;
  throw WritesEnded(
      "The server takes no more writes, because its disk failed to keep what it was given. Nothing "
      "of this request was stored; reading goes on. Its administrator must check the disk and then "
      "restart the server.");
}

void Durability::fail(std::string_view what, std::string_view error) {
  note_failure(what, error);
  throw SyncFailed(
      "The server's disk failed to keep what it was given: whether this change was stored is not "
      "known. The server takes no more writes until its administrator has checked the disk and "
      "restarted it.");
}

void Durability::note_failure(std::string_view what, std::string_view error) noexcept {
  if (lost_.exchange(true)) return;
  try {
    log::error("an fsync failed: this server takes no more writes; check the disk, then restart it",
               {{"file", what}, {"error", error}});
  } catch (...) {
    // The log's disk may be the one that fails.
  }
}

}  // namespace holt
