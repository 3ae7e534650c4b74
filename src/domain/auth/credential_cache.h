// Credentials recognised lately, so that a request does not ask the catalog who is calling.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/hash.h"
#include "base/lru.h"
#include "domain/auth/auth.h"

namespace holt::auth {

// Keyed by a digest of the credential, so that no secret stays in memory. Safe from any thread;
// never blocks on anything but short mutexes. Entries carry the generation they were read under and
// count only while it is the current one: what a reader found before forget_all() cannot come back
// after it.
class CredentialCache {
 public:
  using Key = Sha256Digest;

  struct Entry {
    ActorPtr actor;  // nullptr: known to be wrong
    std::int64_t expires_at_ms = std::numeric_limits<std::int64_t>::max();  // of the credential
    std::int64_t token_key = 0;    // also of one that is revoked
    std::int64_t session_key = 0;  // of a web session
  };

  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // nullptr when unknown, or expired as a cache entry; the credential itself may have expired.
  std::shared_ptr<const Entry> find(const Key& key);
  // `generation`: what generation() said before the catalog was read.
  void keep(const Key& key, Entry entry, std::uint64_t generation);
  void forget_all();

  // Notes that a token (or a session, with its key below zero) was used, at most once a minute.
  void note_use(std::int64_t token_key, std::int64_t now_ms);
  // What was noted since the last call: token and time of last use.
  std::unordered_map<std::int64_t, std::int64_t> take_uses();
  // Uses taken but not written after all.
  void give_back_uses(const std::unordered_map<std::int64_t, std::int64_t>& uses);

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kKnownPerShard = 2'000;
  static constexpr std::size_t kWrongPerShard = 500;
  static constexpr std::int64_t kWrongForMs = 5'000;
  static constexpr std::int64_t kNoteEveryMs = 60'000;
  static constexpr std::size_t kMostUses = 100'000;

  struct Kept {
    std::shared_ptr<const Entry> entry;
    std::uint64_t generation = 0;
    std::int64_t keep_until_ms = 0;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::size_t value = 0;
      std::memcpy(&value, key.data(), sizeof value);
      return value;
    }
  };
  struct Shard {
    Lru<Key, Kept, Hash> known{kKnownPerShard};
    Lru<Key, Kept, Hash> wrong{kWrongPerShard};
    // When each token was last noted, and what is to be written.
    std::mutex mutex;
    std::unordered_map<std::int64_t, std::int64_t> noted_at_ms;
    std::unordered_map<std::int64_t, std::int64_t> uses;
  };
  Shard& shard_of(const Key& key) { return shards_[key.back() % kShards]; }

  std::atomic<std::uint64_t> generation_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace holt::auth
