// The bounded set of open repositories, each in a folder of its own.
#include <fmt/format.h>

#include <list>
#include <mutex>
#include <system_error>
#include <unordered_map>

#include "base/random.h"
#include "io/gitio/repository.h"

namespace holt::gitio {

namespace fs = std::filesystem;

struct RepositoryCache::Impl {
  struct Entry {
    std::shared_ptr<BareRepository> held;  // null once evicted
    std::weak_ptr<BareRepository> alive;   // the same object for all who still use an evicted one
    std::list<std::int64_t>::iterator recent;
  };

  Impl(fs::path f, std::size_t m)
      : folder(fs::absolute(std::move(f))), max_open(std::max<std::size_t>(m, 1)) {}

  fs::path path_of(std::int64_t key) const {
    return folder / fmt::format("{:02x}", static_cast<std::uint64_t>(key) & 0xff) /
           fmt::format("{}.git", key);
  }

  void evict() {
    while (recent.size() > max_open) {
      const auto it = entries.find(recent.back());
      it->second.held.reset();
      it->second.recent = recent.end();
      recent.pop_back();
      if (it->second.alive.expired()) entries.erase(it);
    }
    // Those that were evicted in use and are used no more.
    if (entries.size() > 2 * max_open + 64) {
      std::erase_if(entries, [](const auto& entry) {
        return !entry.second.held && entry.second.alive.expired();
      });
    }
  }

  fs::path folder;
  std::size_t max_open;
  std::shared_ptr<ReaderCaches> caches = std::make_shared<ReaderCaches>();
  std::mutex mutex;
  std::unordered_map<std::int64_t, Entry> entries;
  std::list<std::int64_t> recent;  // newest first; only those held
};

RepositoryCache::RepositoryCache(fs::path folder, std::size_t max_open)
    : impl_(std::make_unique<Impl>(std::move(folder), max_open)) {}

RepositoryCache::~RepositoryCache() = default;

std::shared_ptr<Repository> RepositoryCache::open(std::int64_t repo_key) {
  std::lock_guard lock(impl_->mutex);
  auto [it, added] =
      impl_->entries.try_emplace(repo_key, Impl::Entry{nullptr, {}, impl_->recent.end()});
  auto& entry = it->second;
  if (entry.held) {
    impl_->recent.splice(impl_->recent.begin(), impl_->recent, entry.recent);
    return entry.held;
  }
  auto repository = entry.alive.lock();
  if (!repository) {
    try {
      repository = std::make_shared<BareRepository>(impl_->path_of(repo_key), impl_->caches);
    } catch (...) {
      impl_->entries.erase(it);
      throw;
    }
  }
  entry.held = repository;
  entry.alive = repository;
  impl_->recent.push_front(repo_key);
  entry.recent = impl_->recent.begin();
  impl_->evict();
  return repository;
}

CheckedCache RepositoryCache::check(std::int64_t repo_key, const StoredPack& stored,
                                    const std::map<std::string, Oid>& refs,
                                    std::int64_t generation) {
  if (!fs::exists(impl_->path_of(repo_key))) return {};
  // Not the one that is open: it remembers.
  BareRepository repository(impl_->path_of(repo_key), std::make_shared<ReaderCaches>());
  return repository.check(stored, refs, generation);
}

void RepositoryCache::forget_all() {
  std::lock_guard lock(impl_->mutex);
  impl_->entries.clear();
  impl_->recent.clear();
}

void RepositoryCache::remove(std::int64_t repo_key) {
  fs::path doomed = impl_->path_of(repo_key);
  {
    std::lock_guard lock(impl_->mutex);
    if (const auto it = impl_->entries.find(repo_key); it != impl_->entries.end()) {
      if (it->second.held) impl_->recent.erase(it->second.recent);
      impl_->entries.erase(it);
    }
    // Out of the way at once: a repository opened under this key from now on is a new one.
    const fs::path aside = doomed.parent_path() / ("removed-" + random_hex(16));
    std::error_code missing;
    fs::rename(doomed, aside, missing);
    if (missing) return;
    doomed = aside;
  }
  std::error_code ignored;
  fs::remove_all(doomed, ignored);
}

}  // namespace holt::gitio
