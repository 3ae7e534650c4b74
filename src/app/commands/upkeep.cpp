// holt fsck, holt scrub, holt repair, holt gc, holt backup.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <optional>

#include "app/commands/line.h"
#include "base/log.h"
#include "base/text.h"

namespace holt::app {
namespace {

void say(std::string_view what) { log::info(what); }

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// What was done counts, also where the catalog cannot take the row.
void note(Hub& hub, std::string_view action, std::string detail) {
  try {
    hub.auth->note(*auth::system_actor(), {std::string(action), "the hub", std::move(detail)});
  } catch (const db::Failure& failure) {
    log::warning("this is not in the audit trail", {{"error", std::string_view(failure.what())}});
  }
}

std::string problems(std::size_t count) {
  return auth::audit_detail({{"problems", std::to_string(count)}});
}

void print_problem(const upkeep::Problem& problem) {
  print(fmt::format("{}: {}\n", problem.object, problem.what));
  for (const auto& hit : problem.hits) print(fmt::format("  hits {}\n", upkeep::in_words(hit)));
}

constexpr std::string_view kAdvice =
    "`holt repair --from BACKUP` restores stored objects; docs/guides/repair.md tells the rest.";

Result<void> fsck(Hub& hub) {
  const auto report = hub.upkeep->fsck(say);
  note(hub, "upkeep.check", problems(report.problems.size()));
  for (const auto& problem : report.problems) print_problem(problem);
  print(fmt::format("checked {} objects ({}) and {} repositories: {} problems\n", report.objects,
                    megabytes(report.bytes), report.repositories, report.problems.size()));
  if (report.problems.empty()) return {};
  return fail(Kind::internal, fmt::format("{} problems: {}", report.problems.size(), kAdvice));
}

struct Scrubbing {
  std::string share = "1";
  std::uint64_t rate_mb_s = 0;
};

// "1/30", "0.1" or "1".
std::optional<double> parse_share(std::string_view text) {
  const auto slash = text.find('/');
  const auto number = [](std::string_view part) -> std::optional<double> {
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    return value;
  };
  const auto above = number(text.substr(0, slash));
  const auto below = slash == text.npos ? std::optional(1.0) : number(text.substr(slash + 1));
  if (!above || !below || !(*above > 0) || !(*below > 0) || *above > *below) return std::nullopt;
  return *above / *below;
}

Result<void> scrub(Hub& hub, const Scrubbing& wanted) {
  const auto share = parse_share(wanted.share);
  if (!share)
    return fail(Kind::invalid, "--share is a part of the whole, such as 1/30 or 1: " +
                                   std::string(clip(wanted.share, 100)));
  upkeep::ScrubWish wish;
  wish.share = *share;
  wish.bytes_per_s = wanted.rate_mb_s * 1'000'000;
  const auto report = hub.upkeep->scrub(wish, say);
  note(hub, "upkeep.scrub", problems(report.problems.size()));
  for (const auto& problem : report.problems) print_problem(problem);
  for (const auto& cache : report.renewed) print(cache + " (made again when it is needed)\n");
  print(fmt::format(
      "checked the catalog, {} objects ({}) and the caches of {} repositories: {} problems, {} "
      "caches renewed\n",
      report.objects, megabytes(report.bytes), report.repositories, report.problems.size(),
      report.renewed.size()));
  if (report.problems.empty()) return {};
  return fail(Kind::internal, fmt::format("{} problems: {}", report.problems.size(), kAdvice));
}

struct Repairing {
  std::string from;
  bool token_stdin = false;
};

Result<upkeep::RepairReport> repaired_from(Hub& hub, const Repairing& wanted) {
  if (!wanted.from.starts_with("http://") && !wanted.from.starts_with("https://"))
    return hub.upkeep->repair(std::filesystem::path(wanted.from), say);
  if (!wanted.token_stdin)
    return fail(Kind::invalid,
                "To repair from another Holt, give the token of one of its administrators on "
                "standard input: --token-stdin < FILE");
  return hub.upkeep->repair(wanted.from, read_line_from_stdin(), say);
}

Result<void> repair(Hub& hub, const Repairing& wanted) {
  const auto report = TRY(repaired_from(hub, wanted));
  note(hub, "upkeep.repair",
       auth::audit_detail({{"from", wanted.from}, {"left", std::to_string(report.left.size())}}));
  for (const auto& name : report.repaired) print("repaired " + name + "\n");
  for (const auto& problem : report.left) print_problem(problem);
  print(fmt::format("repaired {} objects, {} are left\n", report.repaired.size(),
                    report.left.size()));
  if (report.left.empty()) {
    if (report.repaired.empty())
      print("Nothing is known to be damaged. `holt scrub` looks for damage.\n");
    return {};
  }
  return fail(
      Kind::internal,
      fmt::format("{} objects are still damaged: try another backup or Holt.", report.left.size()));
}

struct Collection {
  bool dry_run = false, undo = false;
  std::optional<std::uint64_t> grace_hours, undo_days;  // instead of the settings
};

Result<void> collect(Hub& hub, const Collection& wanted) {
  if (wanted.undo) {
    const auto report = TRY(hub.upkeep->undo_collections(say));
    note(hub, "upkeep.undo", auth::audit_detail({{"objects", std::to_string(report.objects)}}));
    print(
        fmt::format("brought back {} objects, {}; what nothing refers to goes again after {} "
                    "hours\n",
                    report.objects, megabytes(report.bytes), hub.settings.gc_grace_hours));
    return {};
  }
  upkeep::GcWish wish;
  wish.dry_run = wanted.dry_run;
  wish.grace = std::chrono::hours(wanted.grace_hours.value_or(hub.settings.gc_grace_hours));
  wish.undo = std::chrono::hours(24 * wanted.undo_days.value_or(hub.settings.gc_undo_days));
  const auto report = TRY(hub.upkeep->collect(wish, say));
  note(hub, wish.dry_run ? "upkeep.look" : "upkeep.collect",
       auth::audit_detail({{"objects", std::to_string(report.items.size())},
                           {"bytes", std::to_string(report.bytes)}}));
  for (const auto& item : report.items)
    print(fmt::format("{} {} {} ({}): {}\n", wish.dry_run ? "would remove" : "removed", item.what,
                      item.key, megabytes(item.size_bytes), item.why));
  print(fmt::format("{} objects, {}{}\n", report.items.size(), megabytes(report.bytes),
                    wish.dry_run ? " (nothing was removed)" : ""));
  if (report.emptied_objects > 0)
    print(fmt::format("{} objects, {} left the bin for good\n", report.emptied_objects,
                      megabytes(report.emptied_bytes)));
  if (report.binned_objects > 0)
    print(fmt::format("{} objects, {} are in the bin: `holt gc --undo` brings them back\n",
                      report.binned_objects, megabytes(report.binned_bytes)));
  return {};
}

Result<void> backup(Hub& hub, const std::string& target) {
  const auto report = TRY(hub.upkeep->backup(target, say));
  note(hub, "upkeep.backup",
       auth::audit_detail(
           {{"folder", target}, {"problems", std::to_string(report.problems.size())}}));
  for (const auto& problem : report.problems) print_problem(problem);
  print(fmt::format("copied {} objects ({}), {} were there already; {} is a complete data folder\n",
                    report.objects_copied, megabytes(report.bytes_copied), report.objects_there,
                    target));
  if (report.problems.empty()) return {};
  return fail(Kind::internal,
              fmt::format("{} objects are damaged and were not copied: `holt scrub`, then `holt "
                          "repair` from an older backup.",
                          report.problems.size()));
}

}  // namespace

void add_upkeep(CLI::App& app, Line& line) {
  on_hub(*app.add_subcommand(
             "fsck", "Re-reads and checks everything; exit status 1 when something is wrong."),
         line, fsck);

  CLI::App& scrubbing = *app.add_subcommand(
      "scrub",
      "Reads stored objects and recomputes their addresses; checks the catalog and the caches.");
  auto how = std::make_shared<Scrubbing>();
  scrubbing
      .add_option("--share", how->share,
                  "A part of everything, such as 1/30; the next run goes on from there.")
      ->type_name("PART");
  scrubbing.add_option("--rate-mb-s", how->rate_mb_s, "Read at most so many MB per second.")
      ->type_name("N");
  on_hub(scrubbing, line, [how](Hub& hub) { return scrub(hub, *how); });

  CLI::App& repairing = *app.add_subcommand(
      "repair", "Restores objects that were found damaged or missing; puts damaged bytes aside.");
  auto wish = std::make_shared<Repairing>();
  repairing
      .add_option(
          "--from", wish->from,
          "A backup (a folder that `holt backup` has made), or the address of another Holt.")
      ->type_name("DIR|URL")
      ->required();
  repairing.add_flag("--token-stdin", wish->token_stdin,
                     "Read the token of an administrator of that Holt from standard input.");
  on_hub(repairing, line, [wish](Hub& hub) { return repair(hub, *wish); });

  CLI::App& gc = *app.add_subcommand("gc", "Removes stored bytes that nothing refers to.");
  auto wanted = std::make_shared<Collection>();
  gc.add_flag("--dry-run", wanted->dry_run, "Only lists what would go, and why.");
  gc.add_option("--grace-hours", wanted->grace_hours,
                "Keep what was stored in the last N hours (default: the setting gc-grace-hours). "
                "0 only while nobody uploads: it takes what a commit is about to refer to.")
      ->type_name("N")
      ->check(CLI::Range(0, 87600));
  gc.add_option("--undo-days", wanted->undo_days,
                "Empty the bin of what has been in it for N days (default: the setting "
                "gc-undo-days).")
      ->type_name("N")
      ->check(CLI::Range(0, 3650));
  gc.add_flag("--undo", wanted->undo, "Brings back everything that is still in the bin.");
  on_hub(gc, line, [wanted](Hub& hub) { return collect(hub, *wanted); });

  CLI::App& copy = *app.add_subcommand(
      "backup",
      "Copies the hub while it is in use; again into the same folder copies what is new.");
  auto target = std::make_shared<std::string>();
  copy.add_option("DIR", *target, "Folder for the copy.")->required();
  on_hub(copy, line, [target](Hub& hub) { return backup(hub, *target); });
}

}  // namespace holt::app
