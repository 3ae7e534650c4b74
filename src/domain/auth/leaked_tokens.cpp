// Tokens that stand where others can read them: which of a text are of this hub, and their end.
#include <set>

#include "base/hash.h"
#include "base/time.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"
#include "domain/auth/token_finder.h"

namespace holt::auth {

std::vector<Auth::FoundToken> Auth::find_tokens(std::string_view text, std::size_t most) {
  const auto candidates = token_candidates(text, most);
  std::vector<FoundToken> out;
  if (candidates.empty()) return out;
  const Timestamp at = now();
  impl_->database.read([&](db::Tx& tx) {
    std::set<Sha256Digest> seen;
    for (const auto& one : candidates) {
      const auto digest = sha256(as_bytes(one.text));
      if (!seen.insert(digest).second) continue;
      auto row = store::find_token(tx, digest);
      if (!row) continue;
      const bool expired = row->token.expires_at && *row->token.expires_at <= at;
      const bool live = !row->token.revoked_at && !expired;
      out.push_back({one.offset, std::move(row->token), std::move(row->user), live});
    }
    return 0;
  });
  return out;
}

bool Auth::revoke_leaked(const Token& token, const Namespace& owner, std::string_view where,
                         const ActorPtr& by) {
  bool revoked = false;
  const auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    revoked = store::revoke_token(tx, token.key, now());
    if (!revoked) return {};
    record_audit(
        tx, *by,
        {"token.leaked", owner.name,
         audit_detail({{"token", token.name}, {"id", token.object_id}, {"where", where}})});
    return {};
  });
  CHECK(done.has_value());
  forget_cached();
  return revoked;
}

}  // namespace holt::auth
