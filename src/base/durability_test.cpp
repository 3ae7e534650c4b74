// Once a failed fsync is noted, there is no way back.
#include "base/durability.h"

#include <gtest/gtest.h>

namespace holt {
namespace {

TEST(Durability, a_failure_ends_writing_for_good) {
  Durability durability;
  EXPECT_FALSE(durability.lost());
  EXPECT_NO_THROW(durability.check());
  EXPECT_THROW(durability.fail("catalog.sqlite-wal", "Input/output error"), SyncFailed);
  EXPECT_TRUE(durability.lost());
  EXPECT_THROW(durability.check(), WritesEnded);
  durability.note_failure("another file", "Input/output error");
  EXPECT_THROW(durability.check(), WritesEnded);
}

}  // namespace
}  // namespace holt
