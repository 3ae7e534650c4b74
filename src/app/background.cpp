// The two loops of slow work.
#include "app/background.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <string_view>

#include "base/log.h"
#include "base/time.h"

namespace holt::app {
namespace {

constexpr auto kUpkeepPeriod = std::chrono::minutes(1);
constexpr auto kRetryAfter = std::chrono::hours(1);
// With so many failures the disk is full or worse: better to wait than to try all files in turn.
constexpr std::size_t kMostFailures = 100;

}  // namespace

Background::Background(Hub& hub, http::Metrics& metrics) : hub_(hub), metrics_(metrics) {
  if (hub.settings.xet_convert)
    conversion_.every(std::chrono::seconds(1), kConversion, [this] { convert(); });
  merging_.every(std::chrono::seconds(2), "pack merging",
                 [this] { hub_.git->consolidate_written([this] { return !stopping_; }); });
  upkeep_.every(std::chrono::seconds(2), "replaced files", [this] {
    if (hub_.upkeep->follow_repairs())
      log::info("files of the data folder were replaced; opened anew");
  });
  if (hub_.settings.gc_every_hours > 0)
    upkeep_.every(kUpkeepPeriod, "garbage collection", [this] { collect(); });
  if (hub_.settings.scrub_days > 0) checking_.every(kUpkeepPeriod, "scrub", [this] { scrub(); });
  metrics.gauge("holt_damaged_objects",
                "Stored objects that were found damaged or missing and are not repaired.",
                [&upkeep = *hub.upkeep] {
                  try {
                    return static_cast<double>(upkeep.damaged());
                  } catch (const db::Failure&) {
                    return std::numeric_limits<double>::quiet_NaN();
                  }
                });
}

Background::~Background() { stop(); }

void Background::start() {
  hub_.upkeep->follow_repairs();
  conversion_.start();
  merging_.start();
  upkeep_.start();
  checking_.start();
}

void Background::stop() {
  stopping_ = true;
  conversion_.stop();
  merging_.stop();
  upkeep_.stop();
  checking_.stop();
}

void Background::collect() {
  if (!hub_.upkeep->collection_due(std::chrono::hours(hub_.settings.gc_every_hours))) return;
  upkeep::GcWish wish;
  wish.grace = std::chrono::hours(hub_.settings.gc_grace_hours);
  wish.undo = std::chrono::hours(24 * hub_.settings.gc_undo_days);
  wish.go_on = [this] { return !stopping_; };
  const auto report = hub_.upkeep->collect(wish, [](std::string_view) {});
  if (!report) {
    // A backup, or `holt gc`: it is asked again in a minute.
    log::debug("no collection now", {{"reason", std::string_view(report.error().message)}});
    return;
  }
  if (!report->finished) return;
  if (!report->items.empty())
    hub_.auth->note(*auth::system_actor(),
                    {"upkeep.collect", "the hub",
                     auth::audit_detail({{"objects", std::to_string(report->items.size())},
                                         {"bytes", std::to_string(report->bytes)}})});
  log::info("garbage collected",
            {{"objects", static_cast<std::int64_t>(report->items.size())},
             {"bytes", static_cast<std::int64_t>(report->bytes)},
             {"emptied_bytes", static_cast<std::int64_t>(report->emptied_bytes)},
             {"bin_bytes", static_cast<std::int64_t>(report->binned_bytes)}});
  metrics_.count("holt_collected_bytes", "collected", static_cast<double>(report->bytes));
  metrics_.count("holt_collected_bytes", "emptied", static_cast<double>(report->emptied_bytes));
}

void Background::scrub() {
  const auto share = hub_.upkeep->share_due(hub_.settings.scrub_days);
  if (!share) return;
  upkeep::ScrubWish wish;
  wish.share = *share;
  wish.bytes_per_s = hub_.settings.scrub_rate_mb_s * 1'000'000;
  wish.go_on = [this] { return !stopping_; };
  const auto report = hub_.upkeep->scrub(wish, [](std::string_view) {});
  for (const auto& problem : report.problems) {
    std::string hits;
    for (const auto& hit : problem.hits) hits += (hits.empty() ? "" : "; ") + upkeep::in_words(hit);
    log::error("damaged data",
               {{"object", problem.object}, {"problem", problem.what}, {"hits", hits}});
  }
  for (const auto& cache : report.renewed)
    log::warning("a damaged cache was taken away", {{"cache", std::string_view(cache)}});
  metrics_.count("holt_scrubbed_bytes", "read", static_cast<double>(report.bytes));
  metrics_.count("holt_scrub_findings", "damaged", static_cast<double>(report.problems.size()));
  if (!report.finished) return;
  hub_.upkeep->share_done();
  log::info("share of the data checked",
            {{"objects", static_cast<std::int64_t>(report.objects)},
             {"bytes", static_cast<std::int64_t>(report.bytes)},
             {"problems", static_cast<std::int64_t>(report.problems.size())}});
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
  if (problem.empty()) {
    hub_.tasks.settled(kConversion, *next);
    return true;
  }
  failed_[*next] = at + kRetryAfter;
  hub_.tasks.failed({std::string(kConversion), *next, problem, now(),
                     Timestamp{now().ms + std::chrono::milliseconds(kRetryAfter).count()}});
  log::error("a large file was not given its Xet form",
             {{"sha256", *next}, {"error", std::string_view(problem)}});
  return true;
}

}  // namespace holt::app
