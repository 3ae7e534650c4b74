// Counting what a list could be narrowed by, over what memory holds of every repository. Private to
// the room.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/repos/store.h"

namespace holt::repos {

// Texts by number: tags, owners and the like come many times.
class Words {
 public:
  std::uint32_t number(std::string_view word);                     // made when new
  std::optional<std::uint32_t> find(std::string_view word) const;  // nullopt: nobody has it
  const std::string& at(std::uint32_t number) const { return *words_[number]; }
  std::size_t size() const { return words_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const {
      return std::hash<std::string_view>()(word);
    }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> words_;  // keys of the map, which do not move
};

// The counted facts of all models, datasets and Spaces: some 200 bytes each. Brought up to date by
// the changes that the catalog lists, so that a count is of the catalog as it is when it is asked.
class FacetIndex {
 public:
  explicit FacetIndex(db::Database& database) : database_(database) {}  // outlives this

  Facets count(const ListQuery& query, const store::ListScope& scope);
  void refresh();

 private:
  struct Entry {
    std::int64_t key = 0, owner_key = 0, parameters = 0;
    std::string full_key;
    std::uint32_t owner = 0, sdk = 0, pipeline = 0, library = 0;  // words
    std::vector<std::uint32_t> tags;                              // words
    bool is_private = false, gated = false;
  };
  struct Kept {  // of one type
    std::vector<Entry> entries;
    std::unordered_map<std::int64_t, std::size_t> places;  // by key
  };

  class Filter;
  void load(db::Tx& tx);
  bool catch_up(db::Tx& tx);  // false when too much changed
  void put(const store::FacetRow& row);
  void drop(std::int64_t key);
  Facets named(Type type, const std::vector<std::int64_t>& tags,
               const std::vector<std::int64_t>& owners, const std::vector<std::int64_t>& sdks,
               const std::vector<std::int64_t>& sizes);

  db::Database& database_;
  std::shared_mutex mutex_;
  std::array<Kept, 3> kept_;
  Words words_;
  bool loaded_ = false;
  std::uint64_t version_ = 0;  // of the catalog, when this was brought up to date
  std::int64_t seq_ = 0;       // of the last change that is in here
  std::int64_t loaded_at_us_ = 0;
};

}  // namespace holt::repos
