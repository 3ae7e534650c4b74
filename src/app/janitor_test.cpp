// The janitor runs what it was given, survives failures, and stops promptly.
#include "app/janitor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "base/log.h"

namespace holt::app {
namespace {

TEST(Janitor, runs_each_task_in_its_rhythm_and_goes_on_after_failures) {
  log::configure(log::Level::off, log::Format::text);
  std::atomic<int> quick = 0, failing = 0, never = 0;
  Janitor janitor;
  janitor.every(std::chrono::milliseconds(2), "quick", [&] { ++quick; });
  janitor.every(std::chrono::milliseconds(3), "failing", [&] {
    ++failing;
    throw std::runtime_error("on purpose");
  });
  janitor.every(std::chrono::hours(1), "never", [&] { ++never; });
  janitor.start();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while ((quick < 5 || failing < 3) && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
  const auto began = std::chrono::steady_clock::now();
  janitor.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_GE(quick, 5);
  EXPECT_GE(failing, 3);
  EXPECT_EQ(never, 0);
}

}  // namespace
}  // namespace holt::app
