// One flipped bit in every class of file of a data folder with real content: found, named, bounded,
// repaired. HOLT_FLIPS says how many flips (`make scrub-test FLIPS=1000`), HOLT_SEED which.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "domain/upkeep/hub_test.h"

namespace holt::upkeep {
namespace {

namespace fs = std::filesystem;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string bytes_of(const fs::path& path) {
  const auto file = open_for_reading(path);
  return file ? file->read_text(0, static_cast<std::size_t>(file->size_bytes())) : "not there";
}

// Flips a bit of a file whose permissions say that nobody writes it, as a disk does.
class Flip {
 public:
  Flip(fs::path path, std::mt19937_64& random) : path_(std::move(path)) {
    at_ = random() % fs::file_size(path_);
    mask_ = static_cast<std::uint8_t>(1u << (random() % 8));
    apply();
  }
  void apply() const {
    // Root writes anything; elsewhere the owner asks first.
    struct stat info{};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    ::chmod(path_.c_str(), info.st_mode | 0200);
    const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    File file(fd);
    std::uint8_t byte = 0;
    file.read_exactly(at_, &byte, 1);
    byte ^= mask_;
    file.write_at(at_, ByteSpan(&byte, 1));
    ::chmod(path_.c_str(), info.st_mode);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    ::utimensat(AT_FDCWD, path_.c_str(), times, 0);
  }
  std::string text() const {
    return path_.string() + " byte " + std::to_string(at_) + " bit mask " + std::to_string(mask_);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  std::uint64_t at_ = 0;
  std::uint8_t mask_ = 0;
};

class FlipsTest : public testing::Test {
 protected:
  FlipsTest() : seed_(from_environment("HOLT_SEED", std::random_device()())), random_(seed_) {
    std::printf("flips: HOLT_SEED=%llu\n", static_cast<unsigned long long>(seed_));
    for (const auto name : {"bert", "gpt", "llama"}) {
      const auto repo = hub_.create(name);
      keys_.push_back(repo.repo().key);
      const std::uint64_t seed = keys_.size() * 1000;
      hub_.commit(repo, {put("README.md", "# " + std::string(name) + "\n"),
                         put("config.json", "{\"name\": \"" + std::string(name) + "\"}"),
                         put("notes/plain.txt", noise(2000, seed))});
      // Some large files whole, some as chunks.
      large(repo, "whole.bin", noise(30'000, seed + 1));
      const auto chunks = large(repo, "chunks.bin", noise(200'000, seed + 2));
      large(repo, "other.bin", noise(9'000, seed + 3));
      EXPECT_TRUE(hub_.contents->convert_to_xet(chunks).value());
    }
    // The blobs that are chunks as well leave.
    GcWish wish;
    wish.grace = wish.undo = std::chrono::hours(0);
    move_clock(std::chrono::hours(1));
    EXPECT_TRUE(hub_.upkeep->collect(wish, quietly));
    move_clock(std::chrono::hours(1));
    EXPECT_TRUE(hub_.upkeep->collect(wish, quietly));
    const auto copied = hub_.upkeep->backup(backup_, quietly);
    EXPECT_TRUE(copied && copied->problems.empty());
    for (const auto key : keys_) hub_.git->repository_with_refs(hub_.target(key));
    EXPECT_TRUE(hub_.upkeep->scrub({}, quietly).problems.empty());
  }
  ~FlipsTest() override {
    std::error_code ignored;
    fs::remove_all(backup_, ignored);
  }

  std::string large(const repos::Writable& repo, const std::string& path,
                    const std::string& bytes) {
    const auto sha256 = hub_.upload(repo, bytes);
    hub_.commit(repo, {put_large(path, sha256, bytes.size())});
    large_files_[{repo.repo().key, path}] = bytes;
    return sha256;
  }

  std::vector<fs::path> files_below(const fs::path& folder, std::string_view extension = "") {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file() && (extension.empty() || entry.path().extension() == extension) &&
          entry.path().string().find("/trash/") == std::string::npos)
        files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
  }
  const fs::path& one_of(const std::vector<fs::path>& files) {
    EXPECT_FALSE(files.empty());
    return files[random_() % files.size()];
  }

  // Large files and git files that are not hit, byte for byte.
  void others_are_served(const Problem& problem) {
    std::set<std::pair<std::string, std::string>> hit;
    for (const auto& one : problem.hits)
      for (const auto& path : one.files) hit.emplace(one.repository, path);
    std::size_t read = 0;
    for (const auto& [where, bytes] : large_files_) {
      const auto repo = hub_.target(where.first);
      if (hit.contains({"model " + repo.repo().id.full(), where.second})) continue;
      EXPECT_EQ(hub_.read_large(repo, sha256_hex(bytes)), bytes) << where.second;
      ++read;
    }
    if (!problem.object.starts_with("pack")) EXPECT_GE(read, large_files_.size() - 3);
    for (const auto key : keys_) {
      const auto repo = hub_.target(key);
      const std::string name = "model " + repo.repo().id.full();
      if (std::ranges::find(problem.hits, name, &store::Hit::repository) != problem.hits.end() &&
          problem.object.starts_with("pack"))
        continue;
      const auto tip = hub_.git->resolve(repo, "main").value();
      const auto file = hub_.git->find_file(repo, tip, "README.md").value();
      EXPECT_EQ(*hub_.git->read_blob(repo, file.entry.oid).value(),
                "# " + repo.repo().id.name + "\n");
    }
  }

  void object_flip(const std::string& folder, bool names_files) {
    const Flip flip(one_of(files_below(hub_.folder / "objects" / folder)), random_);
    const std::string sound = bytes_of(backup_ / fs::relative(flip.path(), hub_.folder));
    const auto report = hub_.upkeep->scrub({}, quietly);
    ASSERT_EQ(report.problems.size(), 1u) << flip.text();
    const Problem& problem = report.problems.front();
    EXPECT_TRUE(problem.object.ends_with(flip.path().filename().string())) << problem.object;
    ASSERT_FALSE(problem.hits.empty()) << flip.text();
    // Repositories made within the same second begin with the same pack; large files here are each
    // of one repository.
    if (names_files) EXPECT_EQ(problem.hits.size(), 1u);
    if (names_files) EXPECT_FALSE(problem.hits.front().files.empty()) << flip.text();
    others_are_served(problem);

    const auto repaired = hub_.upkeep->repair(backup_, quietly);
    ASSERT_TRUE(repaired) << repaired.error().message;
    EXPECT_EQ(repaired->repaired.size(), 1u) << flip.text();
    EXPECT_TRUE(repaired->left.empty());
    EXPECT_EQ(bytes_of(flip.path()), sound) << flip.text();
    for (const auto& [where, bytes] : large_files_)
      EXPECT_EQ(hub_.read_large(hub_.target(where.first), sha256_hex(bytes)), bytes);
    others_are_served({});
  }

  void cache_flip(const fs::path& path) {
    const std::string sound = bytes_of(path);
    const Flip flip(path, random_);
    const auto report = hub_.upkeep->scrub({}, quietly);
    EXPECT_TRUE(report.problems.empty()) << flip.text() << ": " << report.problems.front().what;
    EXPECT_FALSE(report.renewed.empty()) << flip.text();
    others_are_served({});
    for (const auto key : keys_) hub_.git->repository_with_refs(hub_.target(key));
    EXPECT_EQ(bytes_of(path), sound) << flip.text();
  }

  void catalog_flip() {
    // Everything into the file, and nobody who has its pages in memory.
    hub_.close();
    const fs::path catalog = hub_.folder / "catalog.sqlite";
    const Flip flip(catalog, random_);
    std::string said;
    try {
      hub_.open();
      for (const auto& what : hub_.database->check()) said += what + "\n";
    } catch (const std::exception& error) {
      said = error.what();
    }
    EXPECT_NE(said, "") << flip.text();
    hub_.close();
    flip.apply();
    hub_.open();
  }

  TestHub hub_;
  fs::path backup_ = fs::temp_directory_path() / ("holt-backup-" + random_hex(16));
  std::vector<std::int64_t> keys_;
  std::map<std::pair<std::int64_t, std::string>, std::string> large_files_;
  std::uint64_t seed_;
  std::mt19937_64 random_;
};

TEST_F(FlipsTest, each_is_found_named_bounded_and_repaired) {
  const auto flips = from_environment("HOLT_FLIPS", 24);
  std::map<std::string, std::size_t> done;
  for (std::uint64_t i = 0; i < flips && !HasFailure(); ++i) {
    switch (i % 8) {
      case 0:
        object_flip("packs", false);
        ++done["pack"];
        break;
      case 1:
        object_flip("blobs", true);
        ++done["blob"];
        break;
      case 2:
        object_flip("xorbs", true);
        ++done["xorb"];
        break;
      case 3:
        cache_flip(one_of(files_below(hub_.folder / "cache", ".idx")));
        ++done["cached index"];
        break;
      case 4: {
        static constexpr const char* kNames[] = {"config", "HEAD", "packed-refs"};
        const std::string name = kNames[random_() % 3];
        auto files = files_below(hub_.folder / "cache");
        std::erase_if(files, [&](const fs::path& path) { return path.filename() != name; });
        cache_flip(one_of(files));
        ++done["cached " + name];
        break;
      }
      default:
        catalog_flip();
        ++done["catalog"];
    }
  }
  for (const auto& [name, count] : done)
    std::printf("flips: %zu in class %s, all found\n", count, name.c_str());
}

// Chunks that were compressed pass through Holt on their way out, and are checked there.
TEST_F(FlipsTest, damaged_compressed_chunks_are_never_served) {
  const auto repo = hub_.target(keys_.front());
  std::string bytes;
  for (int i = 0; bytes.size() < 300'000; ++i) bytes += "line " + std::to_string(i * 7919) + "\n";
  const auto sha256 = large(repo, "text.bin", bytes);
  const auto before = files_below(hub_.folder / "objects" / "xorbs");
  ASSERT_TRUE(hub_.contents->convert_to_xet(sha256).value());
  auto made = files_below(hub_.folder / "objects" / "xorbs");
  std::erase_if(made, [&](const auto& path) { return std::ranges::binary_search(before, path); });
  ASSERT_EQ(made.size(), 1u);
  ASSERT_LT(fs::file_size(made.front()), bytes.size() * 2 / 3);
  GcWish wish;
  wish.grace = wish.undo = std::chrono::hours(0);
  move_clock(std::chrono::hours(1));
  ASSERT_TRUE(hub_.upkeep->collect(wish, quietly));
  std::size_t refused = 0;
  for (int i = 0; i < 60; ++i) {
    const Flip flip(made.front(), random_);
    hub_.contents->forget_opened();
    try {
      EXPECT_EQ(hub_.read_large(repo, sha256), bytes) << flip.text();
    } catch (const std::exception&) {
      ++refused;
    }
    flip.apply();
  }
  // The others hit the footer's reserve, or nothing that is read.
  EXPECT_GT(refused, 40u);
  hub_.contents->forget_opened();
  EXPECT_EQ(hub_.read_large(repo, sha256), bytes);
}

// Whole files go from the page cache to the socket, unchecked; but not once the damage is known.
TEST_F(FlipsTest, what_is_known_to_be_damaged_is_not_served) {
  const auto repo = hub_.target(keys_.front());
  const auto whole = large(repo, "alone.bin", noise(20'000, 91));
  const auto both = large(repo, "both.bin", noise(150'000, 92));
  ASSERT_TRUE(hub_.contents->convert_to_xet(both).value());
  const auto blobs = hub_.folder / "objects" / "blobs";
  const auto blob = [&](const std::string& sha256) {
    for (const auto& path : files_below(blobs))
      if (path.filename().string().starts_with(sha256)) return path;
    throw std::runtime_error("no blob " + sha256);
  };
  const auto error = [&](const std::string& sha256) {
    const auto content = hub_.contents->find(repo.repo().key, sha256);
    const auto opened = hub_.contents->open(*content, std::nullopt);
    return opened ? std::string() : opened.error().message;
  };
  const Flip first(blob(whole), random_), second(blob(both), random_);
  EXPECT_EQ(hub_.upkeep->scrub({}, quietly).problems.size(), 2u);
  hub_.upkeep->follow_repairs();
  EXPECT_NE(error(whole).find("blob " + whole + " is damaged"), std::string::npos) << error(whole);
  EXPECT_EQ(hub_.read_large(repo, both), noise(150'000, 92)) << "its chunks are sound";
  // Theirs are not: then nothing is left to serve.
  std::vector<std::unique_ptr<Flip>> flips;
  for (const auto& path : files_below(hub_.folder / "objects" / "xorbs"))
    flips.push_back(std::make_unique<Flip>(path, random_));
  EXPECT_EQ(hub_.upkeep->scrub({}, quietly).problems.size(), 2u + flips.size());
  hub_.upkeep->follow_repairs();
  EXPECT_NE(error(both).find("xorb"), std::string::npos) << error(both);
  first.apply();
  second.apply();
  for (const auto& flip : flips) flip->apply();
  EXPECT_TRUE(hub_.upkeep->scrub({}, quietly).problems.empty());
  hub_.upkeep->follow_repairs();
  EXPECT_EQ(hub_.read_large(repo, whole), noise(20'000, 91));
  EXPECT_EQ(hub_.read_large(repo, both), noise(150'000, 92));
}

// What is lost is restored like what is damaged.
TEST_F(FlipsTest, missing_objects_come_back_too) {
  for (const std::string folder : {"packs", "blobs", "xorbs"}) {
    const auto lost = one_of(files_below(hub_.folder / "objects" / folder));
    const std::string sound = bytes_of(lost);
    fs::remove(lost);
    EXPECT_EQ(hub_.upkeep->scrub({}, quietly).problems.size(), 1u) << lost;
    EXPECT_EQ(hub_.upkeep->damaged(), 1u);
    EXPECT_EQ(hub_.upkeep->repair(backup_, quietly)->repaired.size(), 1u);
    EXPECT_EQ(bytes_of(lost), sound);
    EXPECT_EQ(hub_.upkeep->damaged(), 0u);
  }
  EXPECT_TRUE(hub_.upkeep->scrub({}, quietly).problems.empty());
}

TEST_F(FlipsTest, damage_does_not_get_into_a_backup) {
  const Flip flip(one_of(files_below(hub_.folder / "objects" / "blobs")), random_);
  const fs::path fresh = fs::temp_directory_path() / ("holt-backup-" + random_hex(16));
  const auto report = hub_.upkeep->backup(fresh, quietly);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->problems.size(), 1u);
  EXPECT_FALSE(fs::exists(fresh / fs::relative(flip.path(), hub_.folder)));
  // And a backup that lacks the object repairs nothing, and says so.
  EXPECT_EQ(hub_.upkeep->scrub({}, quietly).problems.size(), 1u);
  const auto repaired = hub_.upkeep->repair(fresh, quietly);
  ASSERT_TRUE(repaired);
  EXPECT_EQ(repaired->left.size(), 1u);
  EXPECT_TRUE(fs::exists(flip.path()));
  fs::remove_all(fresh);
}

TEST_F(FlipsTest, shares_add_up_to_the_whole) {
  const Flip flip(one_of(files_below(hub_.folder / "objects" / "xorbs")), random_);
  std::size_t found = 0, objects = 0;
  for (int day = 0; day < 30; ++day) {
    ScrubWish wish;
    wish.share = 1.0 / 30;
    const auto report = hub_.upkeep->scrub(wish, quietly);
    EXPECT_TRUE(report.finished);
    found += report.problems.size();
    objects += report.objects;
  }
  EXPECT_GE(found, 1u);
  EXPECT_GE(objects, files_below(hub_.folder / "objects").size());
}

TEST_F(FlipsTest, the_backups_catalog_is_sound_and_whole) {
  auto database = db::Database::open((backup_ / "catalog.sqlite").string(), 2);
  EXPECT_TRUE(database->check().empty());
}

}  // namespace
}  // namespace holt::upkeep
