// Settings change only from start to start, so that is where a change of them is noticed.
#include "app/start_record.h"

#include <set>

#include "app/routes.h"
#include "base/text.h"

namespace holt::app {
namespace {

// Those that differ from their defaults, one a line; passwords left out.
std::string settings_in_words(const Settings& settings) {
  std::string out;
  for (const auto& setting : setting_table()) {
    std::string value = text_of(settings, setting);
    if (value == setting.default_text) continue;
    if (setting.name == "catalog") value = without_password(value);
    out += std::string(setting.name) + " = " + value + "\n";
  }
  return out;
}

std::string changed_names(std::string_view before, std::string_view after) {
  std::set<std::string_view> lines_before, lines_after, names;
  for (const auto line : split(before, '\n')) lines_before.insert(line);
  for (const auto line : split(after, '\n')) lines_after.insert(line);
  for (const auto& [one, other] :
       {std::pair(&lines_before, &lines_after), std::pair(&lines_after, &lines_before)})
    for (const auto line : *one)
      if (!other->contains(line)) names.insert(line.substr(0, line.find(' ')));
  std::vector<std::string> out(names.begin(), names.end());
  return join(out, ", ");
}

}  // namespace

void record_start(Hub& hub) {
  constexpr std::string_view kFact = "settings of the last start";
  constexpr std::string_view kHead = "settings\n";  // so that no settings differ from no start
  const std::string settings = std::string(kHead) + settings_in_words(hub.settings);
  const std::string before = hub.auth->remember(kFact, settings);
  const auto& actor = *auth::system_actor();
  if (!before.empty() && before != settings)
    hub.auth->note(actor, {"server.settings", "the hub",
                           auth::audit_detail({{"changed", changed_names(before, settings)}})});
  hub.auth->note(
      actor,
      {"server.start", "the hub",
       auth::audit_detail({{"version", version()}, {"settings", settings.substr(kHead.size())}})});
}

}  // namespace holt::app
