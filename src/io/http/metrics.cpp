// Counters of the server in Prometheus text form. Each thread counts in its own shard, so the hot
// path meets no other thread's lock; a scrape adds the shards up.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <unordered_map>

#include "io/http/http.h"

namespace holt::http {
namespace {

constexpr std::size_t kShards = 16;
// Label values come from our own code; this bound holds if one day they do not.
constexpr std::size_t kMaxSeries = 2000;
constexpr std::array<std::int64_t, 14> kBoundsUs = {
    500,     1'000,   2'500,     5'000,     10'000,     25'000,     50'000,
    100'000, 250'000, 1'000'000, 2'500'000, 10'000'000, 60'000'000, 600'000'000};
constexpr std::array<std::string_view, 14> kBoundNames = {
    "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
    "0.1",    "0.25",  "1",      "2.5",   "10",   "60",    "600"};
constexpr std::size_t kClasses = 5;  // 1xx to 5xx

struct RouteCounts {
  std::array<std::uint64_t, kClasses> by_class{};
  std::array<std::uint64_t, kBoundsUs.size() + 1> by_duration{};
  std::uint64_t duration_us = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;

  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto count : by_class) sum += count;
    return sum;
  }
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

struct alignas(64) Shard {
  std::mutex mutex;
  std::unordered_map<std::string, RouteCounts, TextHash, std::equal_to<>> routes;
};

struct Gauge {
  std::string name;
  std::string help;
  std::function<double()> read;
};

std::size_t shard_of_this_thread() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kShards;
  return mine;
}

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

struct Metrics::Impl {
  std::array<Shard, kShards> shards;
  std::atomic<std::int64_t> in_flight{0};
  std::mutex mutex;  // gauges and counts
  std::vector<Gauge> gauges;
  std::map<std::string, std::map<std::string, double, std::less<>>, std::less<>> counts;
  std::size_t series = 0;

  std::map<std::string, RouteCounts> summed() {
    std::map<std::string, RouteCounts> sums;
    for (Shard& shard : shards) {
      std::lock_guard lock(shard.mutex);
      for (const auto& [route, from] : shard.routes) {
        RouteCounts& to = sums[route];
        for (std::size_t i = 0; i < from.by_class.size(); ++i) to.by_class[i] += from.by_class[i];
        for (std::size_t i = 0; i < from.by_duration.size(); ++i) {
          to.by_duration[i] += from.by_duration[i];
        }
        to.duration_us += from.duration_us;
        to.bytes_in += from.bytes_in;
        to.bytes_out += from.bytes_out;
      }
    }
    return sums;
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::request_done(std::string_view route_id, int status, std::int64_t duration_us,
                           std::uint64_t bytes_in, std::uint64_t bytes_out) {
  Shard& shard = impl_->shards[shard_of_this_thread()];
  std::size_t bucket = 0;
  while (bucket < kBoundsUs.size() && duration_us > kBoundsUs[bucket]) ++bucket;
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  std::lock_guard lock(shard.mutex);
  auto it = shard.routes.find(route_id);
  if (it == shard.routes.end()) {
    if (shard.routes.size() >= kMaxSeries) return;
    it = shard.routes.emplace(route_id, RouteCounts()).first;
  }
  RouteCounts& counts = it->second;
  ++counts.by_class[status_class];
  ++counts.by_duration[bucket];
  counts.duration_us += static_cast<std::uint64_t>(std::max<std::int64_t>(duration_us, 0));
  counts.bytes_in += bytes_in;
  counts.bytes_out += bytes_out;
}

void Metrics::in_flight(int change) {
  impl_->in_flight.fetch_add(change, std::memory_order_relaxed);
}

void Metrics::gauge(std::string name, std::string help, std::function<double()> read) {
  std::lock_guard lock(impl_->mutex);
  impl_->gauges.push_back({std::move(name), std::move(help), std::move(read)});
}

void Metrics::count(std::string_view name, std::string_view label_value, double amount) {
  std::lock_guard lock(impl_->mutex);
  auto family = impl_->counts.find(name);
  if (family == impl_->counts.end()) family = impl_->counts.try_emplace(std::string(name)).first;
  auto series = family->second.find(label_value);
  if (series == family->second.end()) {
    if (impl_->series >= kMaxSeries) return;
    ++impl_->series;
    series = family->second.emplace(label_value, 0.0).first;
  }
  series->second += amount;
}

std::string Metrics::scrape() const {
  const auto sums = impl_->summed();
  std::string out;
  const auto put = std::back_inserter(out);
  const auto head = [&](std::string_view name, std::string_view help, std::string_view type) {
    fmt::format_to(put, "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  };
  head("holt_http_requests_total", "Requests answered, by route and class of status.", "counter");
  for (const auto& [route, counts] : sums) {
    for (std::size_t i = 0; i < kClasses; ++i) {
      if (counts.by_class[i] == 0) continue;
      fmt::format_to(put, "holt_http_requests_total{{route=\"{}\",status=\"{}xx\"}} {}\n",
                     escaped(route), i + 1, counts.by_class[i]);
    }
  }
  head("holt_http_request_duration_seconds", "From the end of the head to the last byte sent.",
       "histogram");
  for (const auto& [route, counts] : sums) {
    const std::string label = escaped(route);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBoundsUs.size(); ++i) {
      below += counts.by_duration[i];
      fmt::format_to(put,
                     "holt_http_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n",
                     label, kBoundNames[i], below);
    }
    fmt::format_to(put,
                   "holt_http_request_duration_seconds_bucket{{route=\"{0}\",le=\"+Inf\"}} {1}\n"
                   "holt_http_request_duration_seconds_sum{{route=\"{0}\"}} {2:.6f}\n"
                   "holt_http_request_duration_seconds_count{{route=\"{0}\"}} {1}\n",
                   label, counts.total(), static_cast<double>(counts.duration_us) / 1e6);
  }
  head("holt_http_received_bytes_total", "Bytes of request bodies.", "counter");
  for (const auto& [route, counts] : sums) {
    fmt::format_to(put, "holt_http_received_bytes_total{{route=\"{}\"}} {}\n", escaped(route),
                   counts.bytes_in);
  }
  head("holt_http_sent_bytes_total", "Bytes of replies, heads included.", "counter");
  for (const auto& [route, counts] : sums) {
    fmt::format_to(put, "holt_http_sent_bytes_total{{route=\"{}\"}} {}\n", escaped(route),
                   counts.bytes_out);
  }
  head("holt_http_requests_in_flight", "Requests being worked on.", "gauge");
  fmt::format_to(put, "holt_http_requests_in_flight {}\n", impl_->in_flight.load());

  std::vector<Gauge> gauges;
  {
    std::lock_guard lock(impl_->mutex);
    gauges = impl_->gauges;  // read without the lock: they may count things themselves
    for (const auto& [name, series] : impl_->counts) {
      fmt::format_to(put, "# TYPE {} counter\n", name);
      for (const auto& [label, value] : series) {
        fmt::format_to(put, "{}{{what=\"{}\"}} {}\n", name, escaped(label), number(value));
      }
    }
  }
  for (const Gauge& gauge : gauges) {
    head(gauge.name, gauge.help, "gauge");
    fmt::format_to(put, "{} {}\n", gauge.name, number(gauge.read()));
  }
  return out;
}

}  // namespace holt::http
