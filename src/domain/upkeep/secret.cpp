// The data folder's secret: checked against the proof in the catalog, and restored.
#include "domain/upkeep/upkeep.h"

namespace holt::upkeep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretBytes = 32;  // docs/formats/data_folder.md

std::string read_secret(const fs::path& folder) {
  const auto file = open_for_reading(folder / "secret.key");
  if (!file || file->size_bytes() != kSecretBytes) return {};
  return file->read_text(0, kSecretBytes);
}

std::string wrong_with(db::Database& database, const fs::path& folder) {
  const auto secret = read_secret(folder);
  auto wrong = auth::Auth::wrong_with_secret(database, secret);
  return !wrong.empty() && secret.empty() ? "it is missing, or not 32 bytes long" : wrong;
}

}  // namespace

std::string Upkeep::wrong_with_secret() const { return wrong_with(database_, data_folder_); }

void Upkeep::repair_secret(const fs::path& backup, RepairReport& report) {
  const auto wrong = wrong_with_secret();
  if (wrong.empty()) return;
  if (!wrong_with(database_, backup).empty()) {
    report.left.push_back({"secret.key", wrong + "; and the backup has no better one", {}, {}});
    return;
  }
  const fs::path partial = data_folder_ / "secret.key.part";
  fs::remove(partial);
  const auto file = create_new(partial);
  fs::permissions(partial, fs::perms::owner_read | fs::perms::owner_write);
  file->write_all(as_bytes(read_secret(backup)));
  file->sync();
  rename_durably(partial, data_folder_ / "secret.key");
  const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
    auth::Auth::record_audit(tx, *auth::system_actor(), {"object.repair", "secret.key", "{}"});
    return {};
  });
  CHECK(done.has_value());
  report.repaired.push_back("secret.key");
}

}  // namespace holt::upkeep
