// JSON of the LFS API (media type application/vnd.git-lfs+json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/lfs/lfs.h"

namespace holt::lfs::wire {

constexpr std::string_view kMediaType = "application/vnd.git-lfs+json";

struct ObjectId {
  std::string oid;
  std::uint64_t size_bytes = 0;
};
struct BatchRequest {
  bool upload = false;
  std::vector<std::string> transfers;
  std::string hash_algo;
  std::string ref;  // the branch or refs/pr/<number> that it is for; empty: not said
  std::vector<ObjectId> objects;
};
struct Action {
  std::string href;
  std::vector<std::pair<std::string, std::string>> header;
  std::int64_t expires_in_s = 0;  // 0: not said
};
struct BatchObject {
  ObjectId id;
  std::optional<Action> upload, download, verify;
  int error_code = 0;
  std::string error_message;
};
struct BatchReply {
  std::string transfer = "basic";
  std::vector<BatchObject> objects;
};

Result<BatchRequest> read_batch(std::string_view body);
std::string batch_reply(const BatchReply& reply);
Result<ObjectId> read_object(std::string_view body);  // verify: {oid, size}
inline constexpr std::size_t kMostParts = 10'000;     // ten times what the server hands out
struct Completion {
  std::string oid;
  std::vector<std::uint64_t>
      parts;  // their numbers, from 1; the ETags say nothing that the SHA-256 does not
};
Result<Completion> read_completion(std::string_view body);
std::string message(std::string_view text);
Result<std::string> read_lock_path(std::string_view body);
struct UnlockRequest {
  bool force = false;
};
Result<UnlockRequest> read_unlock(std::string_view body);
Result<Lfs::LockFilter> read_verify_locks(std::string_view body);
std::string lock_reply(const Lock& lock);
std::string lock_conflict(const Lock& lock, std::string_view text);
std::string lock_list(const LockPage& page);
std::string lock_verification(const LockPage& page, std::int64_t user_key);

}  // namespace holt::lfs::wire
