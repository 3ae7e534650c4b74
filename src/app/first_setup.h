// The first visit to a hub without users: whoever knows the code that the server printed at its
// start becomes its administrator.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "domain/auth/auth.h"

namespace holt::app {

class FirstSetup {
 public:
  explicit FirstSetup(auth::Auth& auth) : auth_(auth) {}  // outlives this

  // Until there is a user, however made.
  bool open();
  // For the console, once a start; only its hash is kept, in memory. Another call makes another.
  std::string new_code();

  struct Wish {
    std::string code, name, email, password;
    auth::Openness openness;
  };
  // forbidden with a wrong code, and when the hub has users.
  Result<auth::Namespace> finish(const Wish& wish);

 private:
  auth::Auth& auth_;
  std::mutex mutex_;
  std::optional<Sha256Digest> code_;
  std::atomic<bool> over_ = false;  // users do not go away again
};

}  // namespace holt::app
