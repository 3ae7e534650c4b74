// Facets: tags, owners, SDKs and sizes of the repositories that a query matches, with counts.
#include "domain/repos/facets.h"

#include <algorithm>
#include <iterator>
#include <mutex>

#include "base/text.h"
#include "base/time.h"

namespace holt::repos {
namespace {

constexpr std::size_t kMostOfAKind = 60;
constexpr std::size_t kPage = 5000;
constexpr std::size_t kMostChanges = 20'000;  // with more, all is read anew
// PostgreSQL numbers changes before they are committed: one may show up after a later one.
constexpr std::int64_t kReadAgain = 200;
constexpr std::int64_t kLoadedAnewUs = 600'000'000;

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

// Those that have facets; nullopt for the others.
std::optional<std::size_t> slot_of(Type type) {
  if (type == Type::model) return 0;
  if (type == Type::dataset) return 1;
  if (type == Type::space) return 2;
  return std::nullopt;
}

}  // namespace

std::uint32_t Words::number(std::string_view word) {
  if (const auto known = numbers_.find(word); known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(words_.size());
  words_.push_back(&numbers_.emplace(std::string(word), number).first->first);
  return number;
}

std::optional<std::uint32_t> Words::find(std::string_view word) const {
  const auto known = numbers_.find(word);
  if (known == numbers_.end()) return std::nullopt;
  return known->second;
}

// What a query asks for, as store_list.cpp asks the catalog for it.
class FacetIndex::Filter {
 public:
  Filter(const Words& words, const ListQuery& query, const store::ListScope& scope)
      : query_(query), scope_(scope), search_(lower(query.search)) {
    if (!query.author.empty()) author_ = lower(query.author) + "/";
    for (const auto& tag : query.filters) tags_.push_back(wanted(words, tag));
    if (!query.pipeline_tag.empty()) pipeline_ = wanted(words, query.pipeline_tag);
    if (!query.library.empty()) library_ = wanted(words, query.library);
    if (!query.sdk.empty()) sdk_ = wanted(words, query.sdk);
  }

  bool nothing() const { return nothing_; }

  bool takes(const Entry& entry) const {
    if (!scope_.everything && !(scope_.public_ones && !entry.is_private) &&
        std::ranges::find(scope_.owner_keys, entry.owner_key) == scope_.owner_keys.end())
      return false;
    if (pipeline_ && entry.pipeline != *pipeline_) return false;
    if (library_ && entry.library != *library_) return false;
    if (sdk_ && entry.sdk != *sdk_) return false;
    if (query_.gated == "true" && !entry.gated) return false;
    if (query_.gated == "false" && entry.gated) return false;
    if (query_.min_parameters && entry.parameters < *query_.min_parameters) return false;
    if (query_.max_parameters &&
        (entry.parameters <= 0 || entry.parameters > *query_.max_parameters))
      return false;
    for (const auto tag : tags_)
      if (std::ranges::find(entry.tags, tag) == entry.tags.end()) return false;
    if (!author_.empty() && !entry.full_key.starts_with(author_)) return false;
    return search_.empty() || entry.full_key.find(search_) != std::string::npos;
  }

 private:
  std::uint32_t wanted(const Words& words, std::string_view word) {
    const auto number = words.find(word);
    if (!number) nothing_ = true;
    return number.value_or(0);
  }

  const ListQuery& query_;
  const store::ListScope& scope_;
  std::string search_, author_;
  std::vector<std::uint32_t> tags_;
  std::optional<std::uint32_t> pipeline_, library_, sdk_;
  bool nothing_ = false;
};

void FacetIndex::put(const store::FacetRow& row) {
  const auto slot = slot_of(row.type);
  if (!slot) return;
  Entry entry;
  entry.key = row.key;
  entry.owner_key = row.owner_key;
  entry.parameters = row.parameters;
  entry.full_key = row.full_key;
  entry.owner = words_.number(row.owner);
  entry.sdk = words_.number(row.space_sdk);
  entry.pipeline = words_.number(row.pipeline_tag);
  entry.library = words_.number(row.library_name);
  for (const auto tag : split(row.tags, '\n'))
    if (!tag.empty()) entry.tags.push_back(words_.number(tag));
  std::ranges::sort(entry.tags);
  const auto twice = std::ranges::unique(entry.tags);
  entry.tags.erase(twice.begin(), twice.end());
  entry.is_private = row.is_private;
  entry.gated = row.gated;
  auto& kept = kept_[*slot];
  const auto [place, is_new] = kept.places.try_emplace(row.key, kept.entries.size());
  if (is_new)
    kept.entries.push_back(std::move(entry));
  else
    kept.entries[place->second] = std::move(entry);
}

void FacetIndex::drop(std::int64_t key) {
  for (auto& kept : kept_) {
    const auto found = kept.places.find(key);
    if (found == kept.places.end()) continue;
    const std::size_t place = found->second;
    kept.places.erase(found);
    if (place + 1 < kept.entries.size()) {
      kept.entries[place] = std::move(kept.entries.back());
      kept.places[kept.entries[place].key] = place;
    }
    kept.entries.pop_back();
  }
}

void FacetIndex::load(db::Tx& tx) {
  kept_ = {};
  words_ = {};
  seq_ = store::last_change(tx);
  for (std::int64_t after = 0;;) {
    const auto rows = store::facet_rows(tx, after, kPage);
    for (const auto& row : rows) put(row);
    if (rows.size() < kPage) break;
    after = rows.back().key;
  }
  loaded_ = true;
  loaded_at_us_ = monotonic_us();
}

bool FacetIndex::catch_up(db::Tx& tx) {
  const auto changes = store::changes_since(tx, seq_, kReadAgain, kMostChanges);
  if (!changes || changes->size() >= kMostChanges) return false;
  std::vector<std::int64_t> keys;
  for (const auto& [seq, key] : *changes) {
    seq_ = std::max(seq_, seq);
    keys.push_back(key);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::unique(keys);
  keys.erase(twice.begin(), twice.end());
  for (const auto key : keys) {
    if (const auto row = store::facet_row(tx, key))
      put(*row);
    else
      drop(key);
  }
  return true;
}

void FacetIndex::refresh() {
  const auto version = database_.version();
  {
    std::shared_lock lock(mutex_);
    if (loaded_ && version == version_) return;
  }
  std::unique_lock lock(mutex_);
  if (loaded_ && version == version_) return;
  database_.read([&](db::Tx& tx) {
    const bool fresh = loaded_ && monotonic_us() - loaded_at_us_ < kLoadedAnewUs;
    if (!fresh || !catch_up(tx)) load(tx);
  });
  version_ = version;
}

Facets FacetIndex::count(const ListQuery& query, const store::ListScope& scope) {
  const auto slot = slot_of(query.type);
  if (!slot) return {};
  refresh();
  std::shared_lock lock(mutex_);
  const Filter filter(words_, query, scope);
  if (filter.nothing()) return {};
  std::vector<std::int64_t> tags(words_.size()), owners(words_.size()), sdks(words_.size());
  std::vector<std::int64_t> sizes(std::size(kSizes));
  std::int64_t total = 0;
  for (const auto& entry : kept_[*slot].entries) {
    if (!filter.takes(entry)) continue;
    ++total;
    ++owners[entry.owner];
    ++sdks[entry.sdk];
    if (entry.parameters > 0) ++sizes[size_class(entry.parameters)];
    for (const auto tag : entry.tags) ++tags[tag];
  }
  auto out = named(query.type, tags, owners, sdks, sizes);
  out.total = total;
  return out;
}

Facets FacetIndex::named(Type type, const std::vector<std::int64_t>& tags,
                         const std::vector<std::int64_t>& owners,
                         const std::vector<std::int64_t>& sdks,
                         const std::vector<std::int64_t>& sizes) {
  std::map<std::string, std::vector<Facet>> kinds;
  for (std::uint32_t word = 0; word < words_.size(); ++word) {
    const auto& text = words_.at(word);
    if (tags[word] > 0) {
      auto known = cards::classify_tag(type_name(type), text);
      kinds[known.type].push_back({known.type, text, std::move(known.label), tags[word]});
    }
    if (owners[word] > 0) kinds["author"].push_back({"author", text, text, owners[word]});
    if (sdks[word] > 0 && !text.empty()) kinds["sdk"].push_back({"sdk", text, text, sdks[word]});
  }
  Facets out;
  for (auto& [kind, list] : kinds) {
    const auto kept = static_cast<std::ptrdiff_t>(std::min(list.size(), kMostOfAKind));
    std::ranges::partial_sort(list, list.begin() + kept, [](const Facet& a, const Facet& b) {
      return a.count != b.count ? a.count > b.count : a.id < b.id;
    });
    list.resize(static_cast<std::size_t>(kept));
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
