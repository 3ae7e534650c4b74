// fsck and gc.
#include "domain/upkeep/upkeep.h"

#include <algorithm>

#include "domain/upkeep/store.h"
#include "domain/xetformat/xetformat.h"
#include "io/proc/proc.h"

namespace holt::upkeep {
namespace {

std::string_view class_name(blob::Class kind) {
  switch (kind) {
    case blob::Class::pack:
      return "pack";
    case blob::Class::blob:
      return "large file";
    case blob::Class::xorb:
      return "xorb";
  }
  return "object";
}

// Empty when the bytes are what the address says.
std::string wrong_with(const blob::Key& key, const SharedFile& file) {
  if (file->size_bytes() == 0) return "it is empty";
  const auto mapped = MappedFile::map(file);
  if (key.kind != blob::Class::xorb) {
    const auto digest = sha256(mapped.bytes());
    return to_hex(digest) == key.hash ? std::string()
                                      : "its bytes have the SHA-256 " + to_hex(digest);
  }
  const auto expected = xetformat::XetHash::parse(key.hash);
  if (!expected) return "its name is not a hash";
  const auto verified = xetformat::verify_xorb(mapped.bytes(), *expected);
  if (!verified) return verified.error().message;
  // The footer is what reads trust: it must say what the chunks say.
  const auto footer = xetformat::make_footer(*verified);
  const auto stored = mapped.bytes().subspan(verified->stored_bytes());
  if (!std::ranges::equal(stored, footer)) return "its footer does not describe its chunks";
  return {};
}

}  // namespace

Upkeep::Upkeep(db::Database& database, repos::Repos& repos, content::Contents& contents,
               git::Git& git, gitio::RepositoryCache& cache, std::filesystem::path data_folder)
    : database_(database),
      repos_(repos),
      contents_(contents),
      git_(git),
      cache_(cache),
      data_folder_(std::move(data_folder)) {}

std::vector<std::string> Upkeep::repositories_of(const blob::Key& key) {
  return database_.read([&](db::Tx& tx) { return store::users_of(tx, key); });
}

void Upkeep::check_objects(FsckReport& report, const Progress& progress) {
  auto& objects = contents_.store();
  for (auto kind : {blob::Class::pack, blob::Class::blob, blob::Class::xorb}) {
    progress("checking every " + std::string(class_name(kind)));
    objects.each(kind, [&](const blob::Key& key, std::uint64_t size_bytes, Timestamp) {
      auto file = objects.open(key);
      if (!file) return;  // collected since it was listed
      ++report.objects;
      report.bytes += size_bytes;
      if (auto wrong = wrong_with(key, file); !wrong.empty())
        report.problems.push_back({std::string(class_name(kind)) + " " + key.hash, std::move(wrong),
                                   repositories_of(key)});
    });
  }
}

void Upkeep::check_repositories(FsckReport& report, const Progress& progress) {
  for (const auto key : database_.read([](db::Tx& tx) { return store::repository_keys(tx); })) {
    const auto opened = repos_.open_system(key);
    if (!opened) continue;  // deleted since it was listed
    const auto& repo = opened->repo();
    const std::string name = std::string(repos::type_name(repo.id.type)) + " " + repo.id.full();
    ++report.repositories;
    progress("checking " + name);
    const auto problem = [&](std::string what) {
      report.problems.push_back({"repository " + name, std::move(what), {name}});
    };
    const auto check_large_file = [&](const std::string& sha256) {
      const auto content = contents_.find(key, sha256);
      if (!content) {
        problem("large file " + sha256 +
                " is referred to, and its bytes are not in this repository");
        return;
      }
      if (content->whole &&
          contents_.store().size_bytes({blob::Class::blob, sha256}) != content->size_bytes)
        problem("large file " + sha256 + " is missing or has another size");
      if (!content->whole)
        if (auto read = contents_.read_prefix(*content, 1); !read)
          problem("large file " + sha256 + ": " + read.error().message);
    };
    if (repo.id.type == repos::Type::bucket) {
      for (const auto& sha256 :
           database_.read([&](db::Tx& tx) { return store::bucket_contents(tx, key); })) {
        try {
          check_large_file(sha256);
        } catch (const std::exception& error) {
          problem("large file " + sha256 + ": " + error.what());
        }
      }
      continue;
    }
    bool packs_there = true;
    for (const auto& [sha256, size] :
         database_.read([&](db::Tx& tx) { return store::packs_of(tx, key); })) {
      const auto stored = contents_.store().size_bytes({blob::Class::pack, sha256});
      if (stored == static_cast<std::uint64_t>(size)) continue;
      packs_there = false;
      problem("pack " + sha256 +
              (stored
                   ? " has " + std::to_string(*stored) + " bytes instead of " + std::to_string(size)
                   : " is missing"));
    }
    if (!packs_there) continue;
    try {
      auto bare = git_.repository_with_refs(*opened);
      for (const auto& ref : git_.refs(*opened))
        if (!bare->reader().find_commit(ref.commit))
          problem(ref.name + " points at " + ref.commit + ", which is missing");
      for (const auto& sha256 : git_.reachable_large_files(*opened)) check_large_file(sha256);
      proc::Command command;
      command.arguments = {"git",    "--git-dir", bare->path().string(), "fsck",
                           "--full", "--strict",  "--no-dangling",       "--no-progress"};
      const auto outcome = proc::run(command);
      if (outcome.exit_code != 0) problem("git fsck: " + outcome.output + outcome.error_output);
    } catch (const std::exception& error) {
      problem(error.what());
    }
  }
}

FsckReport Upkeep::fsck(const Progress& progress) {
  FsckReport report;
  check_objects(report, progress);
  check_repositories(report, progress);
  return report;
}

GcReport Upkeep::collect(std::chrono::hours grace, bool dry_run, const Progress& progress) {
  const Timestamp older_than{now().ms -
                             std::chrono::duration_cast<std::chrono::milliseconds>(grace).count()};
  GcReport report;
  report.dry_run = dry_run;
  std::vector<std::string> live =
      database_.read([](db::Tx& tx) { return store::bucket_contents(tx); });
  for (const auto key : database_.read([](db::Tx& tx) { return store::repository_keys(tx); })) {
    const auto opened = repos_.open_system(key);
    if (!opened || opened->repo().id.type == repos::Type::bucket) continue;
    progress("looking through " + opened->repo().id.full());
    auto reached = git_.reachable_large_files(*opened);
    live.insert(live.end(), std::make_move_iterator(reached.begin()),
                std::make_move_iterator(reached.end()));
  }
  std::ranges::sort(live);
  live.erase(std::unique(live.begin(), live.end()), live.end());
  progress("collecting large files");
  auto garbage = contents_.collect(live, older_than, dry_run);
  for (auto& item : garbage.items) {
    report.bytes += item.size_bytes;
    report.items.push_back(
        {std::move(item.what), std::move(item.key), std::move(item.why), item.size_bytes});
  }
  progress("collecting packs");
  std::vector<std::pair<blob::Key, std::uint64_t>> packs;
  contents_.store().each(blob::Class::pack,
                         [&](const blob::Key& key, std::uint64_t size_bytes, Timestamp stored_at) {
                           if (stored_at < older_than) packs.emplace_back(key, size_bytes);
                         });
  for (const auto& [key, size_bytes] : packs) {
    if (database_.read([&](db::Tx& tx) { return store::pack_known(tx, key.hash); })) continue;
    // A commit may store the same pack again at this very moment, and record it right after.
    if (!dry_run && !contents_.store().remove_older(key, older_than)) continue;
    report.items.push_back({"pack", key.hash, "no repository has it", size_bytes});
    report.bytes += size_bytes;
  }
  return report;
}

}  // namespace holt::upkeep
