// The sharded map of recognised credentials.
#include "domain/auth/credential_cache.h"

#include <algorithm>
#include <mutex>

#include "base/time.h"

namespace holt::auth {

std::shared_ptr<const CredentialCache::Entry> CredentialCache::find(const Key& key) {
  Shard& shard = shard_of(key);
  const auto current = generation();
  if (auto kept = shard.known.find(key); kept && kept->generation == current) return kept->entry;
  if (auto kept = shard.wrong.find(key);
      kept && kept->generation == current && kept->keep_until_ms > now().ms) {
    return kept->entry;
  }
  return nullptr;
}

void CredentialCache::keep(const Key& key, Entry entry, std::uint64_t read_under) {
  Shard& shard = shard_of(key);
  auto shared = std::make_shared<const Entry>(std::move(entry));
  // Known and wrong ones are apart, so that a flood of wrong ones pushes out no known one.
  if (shared->actor) {
    shard.known.insert(key, Kept{std::move(shared), read_under, 0});
  } else {
    shard.wrong.insert(key, Kept{std::move(shared), read_under, now().ms + kWrongForMs});
  }
}

void CredentialCache::forget_all() {
  generation_.fetch_add(1, std::memory_order_acq_rel);
  for (Shard& shard : shards_) {
    shard.known.clear();
    shard.wrong.clear();
  }
}

void CredentialCache::note_use(std::int64_t token_key, std::int64_t now_ms) {
  Shard& shard = shards_[static_cast<std::size_t>(token_key) % kShards];
  std::lock_guard lock(shard.mutex);
  auto [noted, fresh] = shard.noted_at_ms.try_emplace(token_key, now_ms);
  if (!fresh && now_ms - noted->second < kNoteEveryMs) return;
  noted->second = now_ms;
  if (shard.noted_at_ms.size() > kMostUses / kShards) {
    std::erase_if(shard.noted_at_ms,
                  [&](const auto& one) { return now_ms - one.second >= kNoteEveryMs; });
  }
  if (shard.uses.size() < kMostUses / kShards) shard.uses[token_key] = now_ms;
}

std::unordered_map<std::int64_t, std::int64_t> CredentialCache::take_uses() {
  std::unordered_map<std::int64_t, std::int64_t> all;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    all.merge(shard.uses);
    shard.uses.clear();
  }
  return all;
}

void CredentialCache::give_back_uses(const std::unordered_map<std::int64_t, std::int64_t>& uses) {
  for (const auto& [token_key, at_ms] : uses) {
    Shard& shard = shards_[static_cast<std::size_t>(token_key) % kShards];
    std::lock_guard lock(shard.mutex);
    auto& kept = shard.uses[token_key];
    kept = std::max(kept, at_ms);
  }
}

}  // namespace holt::auth
