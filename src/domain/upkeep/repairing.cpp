// repair: what is known to be damaged or missing, from elsewhere.
#include "domain/upkeep/lock.h"
#include "domain/upkeep/objects.h"
#include "domain/upkeep/source.h"
#include "domain/upkeep/store.h"
#include "domain/upkeep/upkeep.h"

namespace holt::upkeep {

Result<RepairReport> Upkeep::repair(const std::filesystem::path& backup, const Progress& progress) {
  const auto source = TRY(open_backup(backup, data_folder_));
  RepairReport report;
  repair_secret(backup, report);
  return repair_from(*source, std::move(report), progress);
}

Result<RepairReport> Upkeep::repair(const std::string& url, const std::string& token,
                                    const Progress& progress) {
  return repair_from(*open_other_hub(url, token), {}, progress);
}

Result<RepairReport> Upkeep::repair_from(Source& source, RepairReport report,
                                         const Progress& progress) {
  // Nothing may be collected while objects are put aside and stored anew.
  const auto lock =
      TRY(UpkeepLock::take(data_folder_, UpkeepLock::Use::shared, UpkeepLock::Wait::no));
  auto& objects = contents_.store();
  for (const auto& damage : database_.read([](db::Tx& tx) { return store::damages(tx); })) {
    const auto& key = damage.key;
    const std::string name = std::string(class_name(key.kind)) + " " + key.hash;
    progress("repairing " + name);
    // It may have been uploaded again since it was found.
    auto here = objects.open(key);
    if (!here || !wrong_with(key, here).empty()) {
      auto copy = TRY(source.copy(key, objects));
      if (!copy) {
        report.left.push_back(problem_of(key, "it is not there either"));
        continue;
      }
      if (auto wrong = wrong_with(key, copy->file()); !wrong.empty()) {
        report.left.push_back(problem_of(key, "damaged there as well: " + wrong));
        continue;
      }
      objects.replace(std::move(copy), key);
      // What lies under the name now, not what was meant to.
      here = objects.open(key);
      if (auto wrong = here ? wrong_with(key, here) : std::string("it is missing");
          !wrong.empty()) {
        report.left.push_back(problem_of(key, "damaged again as soon as it was stored: " + wrong));
        continue;
      }
    }
    forget_damage(key);
    report.repaired.push_back(name);
  }
  if (!report.repaired.empty()) tell_servers();
  return report;
}

void Upkeep::forget_damage(const blob::Key& key) {
  // The cached copy of a pack is a link to the damaged file.
  if (key.kind == blob::Class::pack)
    for (const auto repository :
         database_.read([&](db::Tx& tx) { return store::repositories_of_pack(tx, key.hash); }))
      git_.forget_pack(repository, key.hash);
  const auto done = database_.write([&](db::Tx& tx) -> Result<void> {
    store::remove_damage(tx, key);
    auth::Auth::record_audit(
        tx, *auth::system_actor(),
        {"object.repair", std::string(class_name(key.kind)) + " " + key.hash, "{}"});
    return {};
  });
  CHECK(done.has_value());
}

// Whoever has files open goes on reading what was put aside; a server looks at this mark.
void Upkeep::tell_servers() {
  contents_.forget_opened();
  git_.forget_opened();
  set_mark(kReplaced, mark(kReplaced).value_or(store::Mark{}).value + 1);
}

bool Upkeep::follow_repairs() {
  const auto damages = database_.read([](db::Tx& tx) { return store::damages(tx); });
  std::vector<blob::Key> keys;
  for (const auto& damage : damages) keys.push_back(damage.key);
  contents_.refuse(keys);
  const auto now_at = mark(kReplaced).value_or(store::Mark{}).value;
  const auto before = replaced_seen_.exchange(now_at);
  if (before < 0 || before == now_at) return false;
  contents_.forget_opened();
  git_.forget_opened();
  return true;
}

}  // namespace holt::upkeep
