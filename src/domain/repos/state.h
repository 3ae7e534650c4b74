// What a Repos holds, shared by the files that implement it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/lru.h"
#include "base/text.h"
#include "domain/repos/downloads.h"
#include "domain/repos/facets.h"
#include "domain/repos/repos.h"
#include "domain/repos/store.h"
#include "domain/repos/wire.h"

namespace holt::repos {

bool may_see(const auth::Actor& actor, const Repo& repo, bool hub_private);

struct Repos::Impl {
  Impl(db::Database& d, auth::Auth& a) : database(d), auth(a) {}

  db::Database& database;
  auth::Auth& auth;
  Events events;
  // By "type/full_key" as asked, former names included.
  mutable Lru<std::string, std::shared_ptr<const Repo>> by_name{20'000};
  // Moves with every invalidation, so that a row read before a write is not cached after it.
  mutable std::atomic<std::uint64_t> epoch{0};
  Downloads downloads{database};
  mutable FacetIndex facets{database};

  static std::string cache_key(Type type, std::string_view full_key) {
    return std::string(type_name(type)) + "/" + std::string(full_key);
  }

  static std::shared_ptr<const Repo> finish(store::RepoRow row) {
    wire::read_facts(row.facts_json, row.repo.facts);
    return std::make_shared<const Repo>(std::move(row.repo));
  }

  std::shared_ptr<const Repo> find(const RepoId& id) const {
    const std::string full_key = lower(id.full());
    const std::string key = cache_key(id.type, full_key);
    if (auto hit = by_name.find(key)) return *hit;
    const auto seen = epoch.load();
    auto row =
        database.read([&](db::Tx& tx) { return store::find_by_name(tx, id.type, full_key); });
    if (!row) return nullptr;
    auto repo = finish(std::move(*row));
    if (seen == epoch.load()) {
      by_name.insert(key, repo);
      // A write between the check and the insertion would leave an old row behind.
      if (seen != epoch.load()) by_name.erase(key);
    }
    return repo;
  }

  void forget() {
    ++epoch;
    by_name.clear();
  }
};

}  // namespace holt::repos
