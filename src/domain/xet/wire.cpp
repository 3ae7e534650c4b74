// JSON of the Xet API.
#include "domain/xet/wire.h"

#include <algorithm>

#include <boost/json.hpp>

namespace holt::xet::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxBatch = 1000;

json::object range_json(std::uint64_t start, std::uint64_t end) {
  return {{"start", start}, {"end", end}};
}

json::array terms_json(const xetformat::Plan& plan) {
  json::array terms;
  terms.reserve(plan.terms.size());
  for (const auto& term : plan.terms)
    terms.push_back(json::object{{"hash", term.xorb.text()},
                                 {"unpacked_length", term.unpacked_length},
                                 {"range", range_json(term.chunk_start, term.chunk_end)}});
  return terms;
}

json::array fetch_info_json(const xetformat::XorbFetch& fetch, const UrlOf& url_of) {
  json::array infos;
  for (std::size_t i = 0; i < fetch.ranges.size(); ++i) {
    const auto& range = fetch.ranges[i];
    infos.push_back(json::object{{"range", range_json(range.chunk_start, range.chunk_end)},
                                 {"url", url_of(fetch, i, 1)},
                                 {"url_range", range_json(range.first_byte, range.last_byte)}});
  }
  return infos;
}

// Ranges of one xorb wanted by several files: sorted, overlapping and touching ones joined.
void merge(std::vector<xetformat::FetchRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.chunk_start < b.chunk_start; });
  std::vector<xetformat::FetchRange> merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && range.chunk_start <= merged.back().chunk_end) {
      merged.back().chunk_end = std::max(merged.back().chunk_end, range.chunk_end);
      merged.back().last_byte = std::max(merged.back().last_byte, range.last_byte);
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

std::string line(const json::object& event) { return json::serialize(event) + "\n"; }

}  // namespace

std::string token(const Grant& grant) {
  return json::serialize(json::object{
      {"accessToken", grant.token}, {"exp", grant.expires_unix_s}, {"casUrl", grant.cas_url}});
}

std::string xorb_stored(bool was_inserted) {
  return json::serialize(json::object{{"was_inserted", was_inserted}});
}

std::string shard_stored(bool added) {
  return json::serialize(json::object{{"result", added ? 1 : 0}});
}

std::string validating(std::uint64_t verified, std::uint64_t total) {
  return line({{"type", "validating"}, {"verified", verified}, {"total", total}});
}

std::string result(bool added) { return line({{"type", "result"}, {"result", added ? 1 : 0}}); }

std::string failure(std::string_view message) {
  return line({{"type", "error"}, {"message", message}, {"retryable", false}});
}

std::string reconstruction_v1(const xetformat::Plan& plan, const UrlOf& url_of) {
  json::object fetch_info;
  for (const auto& fetch : plan.xorbs)
    fetch_info[fetch.xorb.text()] = fetch_info_json(fetch, url_of);
  return json::serialize(json::object{{"offset_into_first_range", plan.offset_into_first_range},
                                      {"terms", terms_json(plan)},
                                      {"fetch_info", std::move(fetch_info)}});
}

std::string reconstruction_v2(const xetformat::Plan& plan, std::size_t ranges_per_url,
                              const UrlOf& url_of) {
  json::object xorbs;
  for (const auto& fetch : plan.xorbs) {
    json::array urls;
    for (std::size_t begin = 0; begin < fetch.ranges.size(); begin += ranges_per_url) {
      const std::size_t end = std::min(fetch.ranges.size(), begin + ranges_per_url);
      json::array ranges;
      for (std::size_t i = begin; i < end; ++i) {
        const auto& range = fetch.ranges[i];
        ranges.push_back(json::object{{"chunks", range_json(range.chunk_start, range.chunk_end)},
                                      {"bytes", range_json(range.first_byte, range.last_byte)}});
      }
      urls.push_back(
          json::object{{"url", url_of(fetch, begin, end - begin)}, {"ranges", std::move(ranges)}});
    }
    xorbs[fetch.xorb.text()] = std::move(urls);
  }
  return json::serialize(json::object{{"offset_into_first_range", plan.offset_into_first_range},
                                      {"terms", terms_json(plan)},
                                      {"xorbs", std::move(xorbs)}});
}

std::string reconstructions(const std::map<std::string, xetformat::Plan>& plans,
                            const UrlOf& url_of) {
  json::object files;
  std::map<xetformat::XetHash, xetformat::XorbFetch> fetches;
  for (const auto& [file, plan] : plans) {
    files[file] = terms_json(plan);
    for (const auto& fetch : plan.xorbs) {
      auto& all = fetches[fetch.xorb];
      all.xorb = fetch.xorb;
      all.ranges.insert(all.ranges.end(), fetch.ranges.begin(), fetch.ranges.end());
    }
  }
  json::object fetch_info;
  for (auto& [xorb, fetch] : fetches) {
    merge(fetch.ranges);
    fetch_info[xorb.text()] = fetch_info_json(fetch, url_of);
  }
  return json::serialize(
      json::object{{"files", std::move(files)}, {"fetch_info", std::move(fetch_info)}});
}

Result<std::vector<std::string>> read_batch(std::string_view body) {
  json::error_code code;
  json::parse_options options;
  options.max_depth = 4;
  const auto root = json::parse(body, code, {}, options);
  if (code || !root.is_array())
    return fail(Kind::invalid, "The body is a JSON array of {\"prefix\", \"hash\"}.");
  if (root.as_array().size() > kMaxBatch)
    return fail(Kind::too_large, "A batch holds at most 1000 files; send several.");
  std::vector<std::string> hashes;
  for (const auto& item : root.as_array()) {
    const auto* hash = item.is_object() ? item.as_object().if_contains("hash") : nullptr;
    if (hash == nullptr || !hash->is_string())
      return fail(Kind::invalid, "Each element of the batch is {\"prefix\", \"hash\"}.");
    hashes.emplace_back(hash->as_string());
  }
  return hashes;
}

}  // namespace holt::xet::wire
