// Slow work that nobody waits for: the Xet form of files that came by LFS, merging small packs,
// collecting garbage, and checking what is stored.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "app/janitor.h"
#include "app/wiring.h"

namespace holt::app {

// Below this a file is one or two chunks: there is little to share.
inline constexpr std::uint64_t kSmallestConverted = 64 << 10;
inline constexpr std::string_view kConversion = "xet conversion";

class Background {
 public:
  Background(Hub& hub, http::Metrics& metrics);  // both outlive this
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void start();
  // A conversion under way is given up, and done from the start another time; a merge is waited
  // for.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void convert();
  bool convert_one();  // false when nothing is left to do for now

  void collect();
  void scrub();

  Hub& hub_;
  http::Metrics& metrics_;
  std::atomic<bool> stopping_ = false;
  std::map<std::string, Clock::time_point> failed_;  // contents, and when to try them again
  // One each: converting a large file takes minutes.
  Janitor conversion_{Priority::low, &hub_.tasks}, merging_{Priority::low, &hub_.tasks},
      upkeep_{Priority::low, &hub_.tasks}, checking_{Priority::low, &hub_.tasks};
};

}  // namespace holt::app
