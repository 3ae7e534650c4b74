// fsck: every object, every ref, every large file.
#include "domain/upkeep/upkeep.h"

#include <algorithm>

#include "base/text.h"
#include "domain/upkeep/objects.h"
#include "domain/upkeep/store.h"
#include "io/proc/proc.h"

namespace holt::upkeep {
Upkeep::Upkeep(db::Database& database, repos::Repos& repos, content::Contents& contents,
               git::Git& git, gitio::RepositoryCache& cache, std::filesystem::path data_folder)
    : database_(database),
      repos_(repos),
      contents_(contents),
      git_(git),
      cache_(cache),
      data_folder_(std::move(data_folder)) {}

std::string in_words(const store::Hit& hit) {
  constexpr std::size_t kNamed = 20;
  const std::vector<std::string> named(
      hit.files.begin(),
      hit.files.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, hit.files.size())));
  std::string out = hit.repository;
  if (!named.empty()) out += ": " + join(named, ", ");
  if (hit.files.size() > kNamed)
    out += " and " + std::to_string(hit.files.size() - kNamed) + " more";
  return out;
}

Problem Upkeep::problem_of(const blob::Key& key, std::string what) {
  return {std::string(class_name(key.kind)) + " " + key.hash, std::move(what), hits_of(key), key};
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
        report.problems.push_back(problem_of(key, std::move(wrong)));
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
      report.problems.push_back({"repository " + name, std::move(what), {{name, {}}}, {}});
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

void Upkeep::each_repository(const std::function<void(const repos::Visible&)>& visit) {
  for (const auto key : database_.read([](db::Tx& tx) { return store::repository_keys(tx); }))
    if (const auto opened = repos_.open_system(key)) visit(*opened);
}

FsckReport Upkeep::fsck(const Progress& progress) {
  FsckReport report;
  if (auto wrong = wrong_with_secret(); !wrong.empty())
    report.problems.push_back({"secret.key", std::move(wrong), {}, {}});
  check_objects(report, progress);
  check_repositories(report, progress);
  return report;
}

}  // namespace holt::upkeep
