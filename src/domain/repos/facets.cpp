// Facets: tags, owners, SDKs and sizes of the repositories that a query matches, with counts.
#include "domain/repos/facets.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>

#include "base/text.h"

namespace holt::repos {
namespace {

constexpr std::size_t kMostOfAKind = 60;

// Lower bounds, in parameters, of the classes that models are sorted into by size.
constexpr std::pair<std::int64_t, std::string_view> kSizes[] = {{1, "< 1B"},
                                                                {1'000'000'000, "1B – 3B"},
                                                                {3'000'000'000, "3B – 7B"},
                                                                {7'000'000'000, "7B – 13B"},
                                                                {13'000'000'000, "13B – 34B"},
                                                                {34'000'000'000, "34B – 70B"},
                                                                {70'000'000'000, "> 70B"}};

std::size_t size_class(std::int64_t parameters) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < std::size(kSizes); ++i)
    if (parameters >= kSizes[i].first) found = i;
  return found;
}

}  // namespace

Facets count_facets(Type type, const std::vector<store::FacetRow>& rows) {
  Facets out;
  out.cut = rows.size() > kMostCounted;
  out.total = static_cast<std::int64_t>(std::min(rows.size(), kMostCounted));
  std::unordered_map<std::string_view, std::int64_t> tags, authors, sdks;
  std::int64_t sizes[std::size(kSizes)] = {};
  for (const auto& row : rows) {
    ++authors[row.owner];
    if (!row.space_sdk.empty()) ++sdks[row.space_sdk];
    if (row.parameters > 0) ++sizes[size_class(row.parameters)];
    for (const auto tag : split(row.tags, '\n'))
      if (!tag.empty()) ++tags[tag];
  }
  std::map<std::string, std::vector<Facet>> kinds;
  for (const auto& [tag, count] : tags) {
    auto known = cards::classify_tag(type_name(type), tag);
    kinds[known.type].push_back({known.type, std::string(tag), std::move(known.label), count});
  }
  for (const auto& [name, count] : authors)
    kinds["author"].push_back({"author", std::string(name), std::string(name), count});
  for (const auto& [name, count] : sdks)
    kinds["sdk"].push_back({"sdk", std::string(name), std::string(name), count});
  for (auto& [kind, list] : kinds) {
    std::ranges::sort(list, [](const Facet& a, const Facet& b) {
      return a.count != b.count ? a.count > b.count : a.id < b.id;
    });
    if (list.size() > kMostOfAKind) list.resize(kMostOfAKind);
    std::ranges::move(list, std::back_inserter(out.values));
  }
  for (std::size_t i = 0; i < std::size(kSizes); ++i) {
    if (sizes[i] == 0) continue;
    std::string range = "min:" + std::to_string(kSizes[i].first);
    if (i + 1 < std::size(kSizes)) range += ",max:" + std::to_string(kSizes[i + 1].first - 1);
    out.values.push_back({"parameters", range, std::string(kSizes[i].second), sizes[i]});
  }
  return out;
}

}  // namespace holt::repos
