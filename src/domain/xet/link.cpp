// Signed data URLs.
#include "domain/xet/link.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"

namespace holt::xet {
namespace {

std::string query_of(const DataLink& link) {
  std::string query = fmt::format("repo={}&size={}&expires={}&ranges=", link.repo_key,
                                  link.xorb_bytes, link.expires_at.ms);
  for (std::size_t i = 0; i < link.ranges.size(); ++i)
    query += fmt::format("{}{}-{}", i > 0 ? "," : "", link.ranges[i].first, link.ranges[i].last);
  return query;
}

std::string mac_of(const DataLink& link, std::string_view secret) {
  return to_base64url(
      hmac_sha256(secret, fmt::format("holt xet data\n{}\n{}", link.xorb.text(), query_of(link))));
}

std::uint64_t number_of(const http::Request& request, std::string_view name) {
  return parse_u64(request.query.get(name).value_or("")).value_or(0);
}

}  // namespace

bool DataLink::covers(const http::ByteRange& range) const {
  for (const auto& allowed : ranges)
    if (range.first >= allowed.first && range.last <= allowed.last) return true;
  return false;
}

std::string signed_target(const DataLink& link, std::string_view secret) {
  return fmt::format("/xet-data/{}?{}&signature={}", link.xorb.text(), query_of(link),
                     mac_of(link, secret));
}

Result<DataLink> verified_link(const http::Request& request, std::string_view secret,
                               Timestamp at) {
  DataLink link;
  const auto xorb = xetformat::XetHash::parse(request.param("xorb"));
  bool well_formed = xorb.has_value();
  if (xorb) link.xorb = *xorb;
  link.repo_key = static_cast<std::int64_t>(number_of(request, "repo"));
  link.xorb_bytes = number_of(request, "size");
  link.expires_at.ms = static_cast<std::int64_t>(number_of(request, "expires"));
  const auto ranges = split(request.query.get("ranges").value_or(""), ',');
  well_formed = well_formed && ranges.size() <= kMaxLinkRanges;
  for (std::size_t i = 0; well_formed && i < ranges.size(); ++i) {
    const auto dash = ranges[i].find('-');
    const auto first = parse_u64(ranges[i].substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? std::nullopt : parse_u64(ranges[i].substr(dash + 1));
    well_formed = first && last;
    if (well_formed) link.ranges.push_back({*first, *last});
  }
  if (!well_formed ||
      !equal_in_constant_time(request.query.get("signature").value_or(""), mac_of(link, secret)))
    return fail(Kind::forbidden,
                "This data URL was not signed by this server or has been changed. Ask for the "
                "file's reconstruction again.");
  if (link.expires_at < at)
    return fail(Kind::forbidden,
                "This data URL has expired. Ask for the file's reconstruction again.");
  return link;
}

}  // namespace holt::xet
