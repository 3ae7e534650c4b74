// Facts about the hub as a whole that the catalog keeps: the proof of the data folder's secret.
#include "base/bytes.h"
#include "base/hash.h"
#include "domain/auth/state.h"
#include "domain/auth/store.h"

namespace holt::auth {
namespace {

// Persisted; never change (docs/formats/data_folder.md).
constexpr std::string_view kProofName = "secret.key proof";
constexpr std::string_view kProofMessage = "holt secret.key proof 1";

std::string proof_of(std::string_view secret) { return to_hex(hmac_sha256(secret, kProofMessage)); }

}  // namespace

std::string Auth::wrong_with_secret(db::Database& database, std::string_view secret) {
  const auto known = database.read([](db::Tx& tx) { return store::find_fact(tx, kProofName); });
  if (known.empty()) return {};
  if (!secret.empty() && equal_in_constant_time(known, proof_of(secret))) return {};
  return "it is not the secret that this catalog was last used with: a bit of the file has "
         "changed, "
         "or the folder and the catalog are not of the same hub";
}

Result<void> Auth::check_secret(std::string_view secret, Secret state) {
  const auto proof = proof_of(secret);
  const bool known =
      impl_->database.read([](db::Tx& tx) { return !store::find_fact(tx, kProofName).empty(); });
  if (known && state == Secret::kept) {
    const auto wrong = wrong_with_secret(impl_->database, secret);
    if (wrong.empty()) return {};
    return fail(Kind::invalid, wrong);
  }
  return impl_->database.write([&](db::Tx& tx) -> Result<void> {
    const auto before = store::find_fact(tx, kProofName);
    if (before == proof) return {};
    store::put_fact(tx, kProofName, proof);
    if (!before.empty()) record_audit(tx, *system_actor(), {"secret.renew", "secret.key", "{}"});
    return {};
  });
}

std::string Auth::remember(std::string_view name, std::string_view value) {
  std::string before;
  const auto done = impl_->database.write([&](db::Tx& tx) -> Result<void> {
    before = store::find_fact(tx, name);
    if (before != value) store::put_fact(tx, name, value);
    return {};
  });
  CHECK(done.has_value());
  return before;
}

}  // namespace holt::auth
