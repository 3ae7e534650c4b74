// The two loops of slow work.
#include "app/background.h"

#include <algorithm>
#include <exception>
#include <string_view>

#include "base/log.h"

namespace holt::app {
namespace {

// Below this a file is one or two chunks: there is little to share.
constexpr std::uint64_t kSmallestConverted = 64 << 10;
constexpr auto kRetryAfter = std::chrono::hours(1);
// With so many failures the disk is full or worse: better to wait than to try all files in turn.
constexpr std::size_t kMostFailures = 100;

}  // namespace

Background::Background(Hub& hub) : hub_(hub) {
  if (hub.settings.xet_convert)
    conversion_.every(std::chrono::seconds(1), "xet conversion", [this] { convert(); });
  merging_.every(std::chrono::seconds(2), "pack merging",
                 [this] { hub_.git->consolidate_written([this] { return !stopping_; }); });
}

Background::~Background() { stop(); }

void Background::start() {
  conversion_.start();
  merging_.start();
}

void Background::stop() {
  stopping_ = true;
  conversion_.stop();
  merging_.stop();
}

void Background::convert() {
  while (!stopping_ && convert_one()) {
  }
}

bool Background::convert_one() {
  const auto at = Clock::now();
  std::erase_if(failed_, [&](const auto& failure) { return failure.second <= at; });
  if (failed_.size() >= kMostFailures) return false;
  const auto waiting = hub_.contents->unconverted(kSmallestConverted, failed_.size() + 1);
  const auto next = std::ranges::find_if(
      waiting, [&](const std::string& sha256) { return !failed_.contains(sha256); });
  if (next == waiting.end()) return false;
  std::string problem;
  try {
    const auto converted = hub_.contents->convert_to_xet(*next, [this] { return !stopping_; });
    if (!converted) problem = converted.error().message;
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (problem.empty()) return true;
  failed_[*next] = at + kRetryAfter;
  log::error("a large file was not given its Xet form",
             {{"sha256", *next}, {"error", std::string_view(problem)}});
  return true;
}

}  // namespace holt::app
