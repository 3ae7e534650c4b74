// scrub: stored objects against their addresses, the catalog, what it names, and the caches.
#include <algorithm>
#include <set>

#include "base/log.h"
#include "domain/upkeep/objects.h"
#include "domain/upkeep/store.h"
#include "domain/upkeep/upkeep.h"

namespace holt::upkeep {
namespace {

constexpr std::string_view kCursor = "scrub";
constexpr std::string_view kDay = "scrub-share";  // when the last one was done
// The place reached is written down each time this part of all hashes is done.
constexpr std::uint32_t kStep = 256;
constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
constexpr auto kClasses = {blob::Class::pack, blob::Class::blob, blob::Class::xorb};

// The place of a repository among all, for its cache: spread like hashes are.
std::uint32_t place_of(std::int64_t repository) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(repository) * 40503U) & 0xffffU);
}

struct Parts {
  db::Database& database;
  repos::Repos& repos;
  content::Contents& contents;
  git::Git& git;
};

}  // namespace

// One run: a whole, or a share.
class Scrub {
 public:
  Scrub(Upkeep& upkeep, const ScrubWish& wish, const Parts& parts)
      : upkeep_(upkeep), parts_(parts), pace_(wish.bytes_per_s, wish.go_on) {
    for (auto& damage : parts_.database.read([](db::Tx& tx) { return store::damages(tx); }))
      known_.insert(damage.key);
  }

  ScrubReport take() { return std::move(report_); }

  void catalog() {
    if (auto wrong = upkeep_.wrong_with_secret(); !wrong.empty())
      report_.problems.push_back({"secret.key", std::move(wrong), {}, {}});
    for (auto& what : parts_.database.check())
      report_.problems.push_back({"catalog", std::move(what), {}, {}});
  }

  void broken_off(std::string_view why) {
    report_.problems.push_back(
        {"catalog", "the check was broken off: " + std::string(why), {}, {}});
  }

  // False when told to stop.
  bool objects(blob::HashRange range) {
    for (const auto kind : kClasses) {
      bool going = true;
      parts_.contents.store().each(
          kind, range, [&](const blob::Key& key, std::uint64_t size_bytes, Timestamp) {
            going = object(key, size_bytes);
            return going ? blob::BlobStore::Next::go_on : blob::BlobStore::Next::stop;
          });
      if (!going) return false;
      named(kind, range);
    }
    return caches(range);
  }

 private:
  bool object(const blob::Key& key, std::uint64_t size_bytes) {
    auto file = parts_.contents.store().open(key);
    if (!file) return true;  // collected since it was listed
    try {
      auto wrong = wrong_with(key, file, pace_);
      ++report_.objects;
      report_.bytes += size_bytes;
      if (wrong.empty())
        sound(key);
      else
        damaged(key, std::move(wrong));
    } catch (const Stopped&) {
      return false;
    }
    return true;
  }

  // What the catalog names must be there, in the size that it knows.
  void named(blob::Class kind, blob::HashRange range) {
    for (const auto& [key, size_bytes] :
         parts_.database.read([&](db::Tx& tx) { return store::named_objects(tx, kind, range); })) {
      const auto stored = parts_.contents.store().size_bytes(key);
      if (!stored) {
        // A collection may have taken both between the list and the look.
        if (!still_named(key)) continue;
        damaged(key, "it is missing from the object store");
      } else if (kind != blob::Class::xorb && *stored != size_bytes) {
        damaged(key, "it has " + std::to_string(*stored) + " bytes, and the catalog says " +
                         std::to_string(size_bytes));
      }
    }
    // Damage that was collected is nobody's any more.
    for (auto it = known_.begin(); it != known_.end();) {
      const auto key = *it++;
      if (key.kind == kind && range.holds(key.hash) && !seen_.contains(key) && !still_named(key))
        sound(key);
    }
  }

  bool still_named(const blob::Key& key) {
    const auto place = static_cast<std::uint32_t>(std::stoul(key.hash.substr(0, 4), nullptr, 16));
    const auto named = parts_.database.read(
        [&](db::Tx& tx) { return store::named_objects(tx, key.kind, {place, place + 1}); });
    return std::ranges::any_of(named, [&](const auto& one) { return one.first == key; });
  }

  bool caches(blob::HashRange range) {
    for (const auto key :
         parts_.database.read([](db::Tx& tx) { return store::repository_keys(tx); })) {
      const auto place = place_of(key);
      if (place < range.first || place >= range.end) continue;
      const auto opened = parts_.repos.open_system(key);
      if (!opened || opened->repo().id.type == repos::Type::bucket) continue;
      ++report_.repositories;
      const auto checked = parts_.git.check_cache(*opened);
      for (const auto& wrong : checked.damaged)
        report_.renewed.push_back("the cache of " + opened->repo().id.full() + ": " + wrong);
      if (!pace_.after(checked.read_bytes)) return false;
    }
    return true;
  }

  void damaged(const blob::Key& key, std::string what) {
    if (!seen_.insert(key).second) return;
    const bool known = !known_.insert(key).second;
    record([&](db::Tx& tx) {
      store::add_damage(tx, {key, what}, now());
      if (!known)
        auth::Auth::record_audit(
            tx, *auth::system_actor(),
            {"object.damage", std::string(class_name(key.kind)) + " " + key.hash, "{}"});
    });
    report_.problems.push_back(upkeep_.problem_of(key, std::move(what)));
  }

  void sound(const blob::Key& key) {
    if (known_.erase(key) > 0) record([&](db::Tx& tx) { store::remove_damage(tx, key); });
  }

  template <class Work>
  void record(Work&& work) {
    const auto done = parts_.database.write([&](db::Tx& tx) -> Result<void> {
      work(tx);
      return {};
    });
    CHECK(done.has_value());
  }

  Upkeep& upkeep_;
  Parts parts_;
  Pace pace_;
  ScrubReport report_;
  std::set<blob::Key> known_, seen_;
};

bool Upkeep::scrub_objects(Scrub& scrub, const ScrubWish& wish, const Progress& progress) {
  bool finished = true;
  if (wish.share >= 1) {
    for (std::uint32_t at = 0; at < blob::HashRange::kAll && finished; at += 4096) {
      progress(std::to_string(at * 100 / blob::HashRange::kAll) + " % checked");
      finished = scrub.objects({at, at + 4096});
    }
  } else {
    const auto steps = std::max<std::uint32_t>(
        1, static_cast<std::uint32_t>(wish.share * blob::HashRange::kAll / kStep + 0.999));
    for (std::uint32_t step = 0; step < steps && finished; ++step) {
      auto at = static_cast<std::uint32_t>(mark(kCursor).value_or(store::Mark{}).value);
      if (at >= blob::HashRange::kAll) at = 0;
      finished = scrub.objects({at, at + kStep});
      if (finished) set_mark(kCursor, (at + kStep) % blob::HashRange::kAll);
    }
  }
  return finished;
}

ScrubReport Upkeep::scrub(const ScrubWish& wish, const Progress& progress) {
  const Parts parts{database_, repos_, contents_, git_};
  Scrub scrub(*this, wish, parts);
  progress("checking the catalog");
  scrub.catalog();
  bool finished = true;
  try {
    finished = scrub_objects(scrub, wish, progress);
  } catch (const db::Failure& error) {
    // What the catalog cannot tell any more, nobody can check.
    scrub.broken_off(error.what());
    finished = false;
  }
  auto report = scrub.take();
  report.finished = finished;
  if (!report.renewed.empty()) tell_servers();
  return report;
}

std::optional<double> Upkeep::share_due(std::uint64_t days) {
  const auto last = mark(kDay);
  if (last && now().ms - last->at.ms < kDayMs) return std::nullopt;
  return 1.0 / static_cast<double>(days);
}

void Upkeep::share_done() { set_mark(kDay, 0); }

std::size_t Upkeep::damaged() {
  return database_.read([](db::Tx& tx) { return store::damages(tx); }).size();
}

// A pack holds parts of many files: those of the tips that cannot be read are named.
std::vector<store::Hit> Upkeep::hits_of(const blob::Key& key) {
  auto hits = database_.read([&](db::Tx& tx) { return store::hits_of(tx, key); });
  if (key.kind != blob::Class::pack) return hits;
  for (const auto repository :
       database_.read([&](db::Tx& tx) { return store::repositories_of_pack(tx, key.hash); })) {
    const auto opened = repos_.open_system(repository);
    if (!opened) continue;
    const std::string name =
        std::string(repos::type_name(opened->repo().id.type)) + " " + opened->repo().id.full();
    const auto hit = std::ranges::find(hits, name, &store::Hit::repository);
    if (hit != hits.end()) hit->files = git_.unreadable_files(*opened);
  }
  return hits;
}

}  // namespace holt::upkeep
