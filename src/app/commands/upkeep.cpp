// holt fsck, holt gc, holt backup.
#include <fmt/format.h>

#include <optional>

#include "app/commands/line.h"
#include "base/log.h"

namespace holt::app {
namespace {

void say(std::string_view what) { log::info(what); }

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

Result<void> fsck(Hub& hub) {
  const auto report = hub.upkeep->fsck(say);
  for (const auto& problem : report.problems) {
    print(fmt::format("{}: {}\n", problem.object, problem.what));
    for (const auto& repository : problem.repositories)
      print(fmt::format("  hits {}\n", repository));
  }
  print(fmt::format("checked {} objects ({}) and {} repositories: {} problems\n", report.objects,
                    megabytes(report.bytes), report.repositories, report.problems.size()));
  if (report.problems.empty()) return {};
  return fail(Kind::internal, fmt::format("{} problems: restore what they name from a backup.",
                                          report.problems.size()));
}

struct Collection {
  bool dry_run = false;
  std::optional<std::uint64_t> grace_hours;  // instead of the setting
};

Result<void> collect(Hub& hub, const Collection& wanted) {
  const bool dry_run = wanted.dry_run;
  const std::chrono::hours grace(wanted.grace_hours.value_or(hub.settings.gc_grace_hours));
  const auto report = hub.upkeep->collect(grace, dry_run, say);
  for (const auto& item : report.items)
    print(fmt::format("{} {} {} ({}): {}\n", dry_run ? "would remove" : "removed", item.what,
                      item.key, megabytes(item.size_bytes), item.why));
  print(fmt::format("{} objects, {}{}\n", report.items.size(), megabytes(report.bytes),
                    dry_run ? " (nothing was removed)" : ""));
  return {};
}

Result<void> backup(Hub& hub, const std::string& target) {
  const auto report = TRY(hub.upkeep->backup(target, say));
  print(fmt::format("copied {} objects ({}), {} were there already; {} is a complete data folder\n",
                    report.objects_copied, megabytes(report.bytes_copied), report.objects_there,
                    target));
  return {};
}

}  // namespace

void add_upkeep(CLI::App& app, Line& line) {
  on_hub(*app.add_subcommand(
             "fsck", "Re-reads and checks everything; exit status 1 when something is wrong."),
         line, fsck);

  CLI::App& gc = *app.add_subcommand("gc", "Removes stored bytes that nothing refers to.");
  auto wanted = std::make_shared<Collection>();
  gc.add_flag("--dry-run", wanted->dry_run, "Only lists what would go, and why.");
  gc.add_option("--grace-hours", wanted->grace_hours,
                "Keep what was stored in the last N hours (default: the setting gc-grace-hours). "
                "0 only while nobody uploads: it takes what a commit is about to refer to.")
      ->type_name("N")
      ->check(CLI::Range(0, 87600));
  on_hub(gc, line, [wanted](Hub& hub) { return collect(hub, *wanted); });

  CLI::App& copy = *app.add_subcommand(
      "backup",
      "Copies the hub while it is in use; again into the same folder copies what is new.");
  auto target = std::make_shared<std::string>();
  copy.add_option("DIR", *target, "Folder for the copy.")->required();
  on_hub(copy, line, [target](Hub& hub) { return backup(hub, *target); });
}

}  // namespace holt::app
