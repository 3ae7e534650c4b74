// holt fsck, holt gc, holt backup.
#include <fmt/format.h>

#include "app/commands/line.h"
#include "base/log.h"

namespace holt::app {
namespace {

void say(std::string_view what) { log::info(what); }

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

Result<void> fsck(Hub& hub) {
  const auto report = hub.upkeep->fsck(say);
  for (const auto& problem : report.problems) {
    print(fmt::format("{}: {}\n", problem.object, problem.what));
    for (const auto& repository : problem.repositories) print(fmt::format("  hits {}\n", repository));
  }
  print(fmt::format("checked {} objects ({}) and {} repositories: {} problems\n", report.objects, megabytes(report.bytes),
                    report.repositories, report.problems.size()));
  if (report.problems.empty()) return {};
  return fail(Kind::internal, fmt::format("{} problems: restore what they name from a backup.", report.problems.size()));
}

Result<void> collect(Hub& hub, bool dry_run) {
  const auto report = hub.upkeep->collect(std::chrono::hours(hub.settings.gc_grace_hours), dry_run, say);
  for (const auto& item : report.items)
    print(fmt::format("{} {} {} ({}): {}\n", dry_run ? "would remove" : "removed", item.what, item.key, megabytes(item.size_bytes), item.why));
  print(fmt::format("{} objects, {}{}\n", report.items.size(), megabytes(report.bytes), dry_run ? " (nothing was removed)" : ""));
  return {};
}

Result<void> backup(Hub& hub, const std::string& target) {
  const auto report = TRY(hub.upkeep->backup(target, say));
  print(fmt::format("copied {} objects ({}), {} were there already; {} is a complete data folder\n", report.objects_copied,
                    megabytes(report.bytes_copied), report.objects_there, target));
  return {};
}

}  // namespace

void add_upkeep(CLI::App& app, Line& line) {
  on_hub(*app.add_subcommand("fsck", "Re-reads and checks everything; exit status 1 when something is wrong."), line, fsck);

  CLI::App& gc = *app.add_subcommand("gc", "Removes stored bytes that nothing refers to.");
  auto dry_run = std::make_shared<bool>(false);
  gc.add_flag("--dry-run", *dry_run, "Only lists what would go, and why.");
  on_hub(gc, line, [dry_run](Hub& hub) { return collect(hub, *dry_run); });

  CLI::App& copy = *app.add_subcommand("backup", "Copies the hub while it is in use; again into the same folder copies what is new.");
  auto target = std::make_shared<std::string>();
  copy.add_option("DIR", *target, "Folder for the copy.")->required();
  on_hub(copy, line, [target](Hub& hub) { return backup(hub, *target); });
}

}  // namespace holt::app
