// Collections: what they list, what they spare, who keeps them out, and the way back.
#include <thread>

#include "domain/upkeep/hub_test.h"
#include "domain/upkeep/lock.h"

namespace holt::upkeep {
namespace {

namespace fs = std::filesystem;

class CollectingTest : public testing::Test {
 protected:
  GcReport collect(bool dry_run = false, std::chrono::hours undo = std::chrono::hours(72)) {
    GcWish wish;
    wish.undo = undo;
    wish.dry_run = dry_run;
    const auto report = hub_.upkeep->collect(wish, quietly);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report.value_or(GcReport{});
  }
  std::vector<std::string> listed(const GcReport& report) {
    std::vector<std::string> out;
    for (const auto& item : report.items) out.push_back(item.what + " " + item.key);
    std::ranges::sort(out);
    return out;
  }

  TestHub hub_;
};

TEST_F(CollectingTest, a_dry_run_lists_what_a_run_then_takes) {
  const auto repo = hub_.create("model");
  const auto kept = hub_.upload(repo, "kept");
  hub_.commit(repo, {put_large("kept.bin", kept, 4)});
  const auto gone = hub_.upload(repo, "never committed");
  EXPECT_TRUE(collect(true).items.empty());
  move_clock(std::chrono::hours(25));
  const auto dry = collect(true);
  EXPECT_EQ(listed(dry), std::vector<std::string>{"blob " + gone});
  EXPECT_EQ(dry.items.front().why, "no ref of any repository reaches it");
  EXPECT_EQ(hub_.read_large(repo, gone), "never committed");
  EXPECT_EQ(listed(collect()), listed(dry));
  EXPECT_EQ(hub_.read_large(repo, gone), "not there");
  EXPECT_EQ(hub_.read_large(repo, kept), "kept");
}

TEST_F(CollectingTest, undo_brings_back_bytes_and_rows) {
  const auto repo = hub_.create("model");
  const std::string bytes = noise(300'000, 7);
  const auto whole = hub_.upload(repo, "whole");
  const auto chunked = hub_.upload(repo, bytes);
  ASSERT_TRUE(hub_.contents->convert_to_xet(chunked).value());
  move_clock(std::chrono::hours(25));
  EXPECT_GE(collect().items.size(), 2u);
  EXPECT_EQ(hub_.read_large(repo, chunked), "not there");
  const auto report = hub_.upkeep->undo_collections(quietly);
  ASSERT_TRUE(report);
  EXPECT_GE(report->objects, 3u);
  EXPECT_EQ(hub_.read_large(repo, whole), "whole");
  EXPECT_EQ(hub_.read_large(repo, chunked), bytes);
  hub_.commit(repo, {put_large("a.bin", whole, 5), put_large("b.bin", chunked, bytes.size())});
  move_clock(std::chrono::hours(25));
  collect();
  EXPECT_EQ(hub_.read_large(repo, chunked), bytes);
  EXPECT_TRUE(hub_.upkeep->scrub({}, quietly).problems.empty());
}

TEST_F(CollectingTest, the_bin_is_emptied_in_time) {
  const auto repo = hub_.create("model");
  const auto gone = hub_.upload(repo, "gone");
  move_clock(std::chrono::hours(25));
  EXPECT_EQ(collect().binned_objects, 1u);
  move_clock(std::chrono::hours(71));
  EXPECT_EQ(collect().emptied_objects, 0u);
  move_clock(std::chrono::hours(2));
  EXPECT_EQ(collect().emptied_objects, 1u);
  EXPECT_EQ(hub_.upkeep->undo_collections(quietly)->objects, 0u);
  EXPECT_EQ(hub_.read_large(repo, gone), "not there");
}

TEST_F(CollectingTest, one_at_a_time_and_none_beside_a_backup) {
  {
    const auto backup =
        UpkeepLock::take(hub_.folder, UpkeepLock::Use::shared, UpkeepLock::Wait::no);
    ASSERT_TRUE(backup);
    const auto refused = hub_.upkeep->collect({}, quietly);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Kind::conflict);
    EXPECT_FALSE(hub_.upkeep->undo_collections(quietly));
    // Backups do not mind each other.
    EXPECT_TRUE(UpkeepLock::take(hub_.folder, UpkeepLock::Use::shared, UpkeepLock::Wait::no));
  }
  EXPECT_TRUE(hub_.upkeep->collect({}, quietly));
  // A backup waits for a collection.
  const fs::path copy = fs::temp_directory_path() / ("holt-backup-" + random_hex(16));
  std::thread backup;
  {
    const auto collection =
        UpkeepLock::take(hub_.folder, UpkeepLock::Use::alone, UpkeepLock::Wait::no);
    ASSERT_TRUE(collection);
    backup = std::thread([&] { EXPECT_TRUE(hub_.upkeep->backup(copy, quietly)); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_FALSE(fs::exists(copy / "catalog.sqlite"));
  }
  backup.join();
  EXPECT_TRUE(fs::exists(copy / "catalog.sqlite"));
  fs::remove_all(copy);
}

TEST_F(CollectingTest, a_pack_that_is_stored_anew_before_its_row_stays) {
  const auto repo = hub_.create("model");
  auto pack = [&] {
    auto staged = hub_.store->stage();
    staged->write(as_bytes("PACK of a commit under way"));
    return staged;
  };
  const blob::Key key{blob::Class::pack, sha256_hex("PACK of a commit under way")};
  hub_.store->put(pack(), key);
  move_clock(std::chrono::hours(25));
  hub_.store->put(pack(), key);
  EXPECT_TRUE(collect().items.empty());
  EXPECT_TRUE(hub_.store->size_bytes(key));
}

TEST_F(CollectingTest, a_history_that_cannot_be_read_stops_it) {
  const auto repo = hub_.create("model");
  const auto file = hub_.upload(repo, "needed");
  hub_.commit(repo, {put_large("needed.bin", file, 6)});
  hub_.upload(repo, "garbage");
  move_clock(std::chrono::hours(25));
  hub_.close();
  fs::remove_all(hub_.folder / "cache");
  for (const auto& entry : fs::recursive_directory_iterator(hub_.folder / "objects" / "packs"))
    if (entry.is_regular_file()) fs::resize_file(entry.path(), entry.file_size() / 2);
  hub_.open();
  EXPECT_THROW(static_cast<void>(hub_.upkeep->collect({}, quietly)), std::runtime_error);
  EXPECT_EQ(hub_.read_large(hub_.target(repo.repo().key), file), "needed");
  EXPECT_EQ(hub_.read_large(hub_.target(repo.repo().key), sha256_hex("garbage")), "garbage");
}

TEST_F(CollectingTest, a_branch_from_an_old_commit_keeps_its_files_or_is_refused) {
  const auto repo = hub_.create("model");
  const auto file = hub_.upload(repo, "of the old branch");
  ASSERT_TRUE(hub_.git->create_branch(repo, "old", "main", false, false));
  const auto commit = hub_.commit(repo, {put_large("w.bin", file, 17)}, "old");
  ASSERT_TRUE(hub_.git->remove_branch(repo, "old"));
  move_clock(std::chrono::hours(25));
  ASSERT_TRUE(hub_.git->create_branch(repo, "again", commit, false, false));
  ASSERT_TRUE(hub_.git->remove_branch(repo, "again"));
  // Vouched for by the branch that was made an instant ago.
  EXPECT_TRUE(collect().items.empty());
  move_clock(std::chrono::hours(25));
  collect();
  const auto refused = hub_.git->create_branch(repo, "late", commit, false, false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("w.bin"), std::string::npos) << refused.error().message;
}

TEST_F(CollectingTest, the_background_waits_a_whole_period_on_a_new_hub) {
  EXPECT_FALSE(hub_.upkeep->collection_due(std::chrono::hours(24)));
  move_clock(std::chrono::hours(23));
  EXPECT_FALSE(hub_.upkeep->collection_due(std::chrono::hours(24)));
  move_clock(std::chrono::hours(2));
  EXPECT_TRUE(hub_.upkeep->collection_due(std::chrono::hours(24)));
  collect();
  EXPECT_FALSE(hub_.upkeep->collection_due(std::chrono::hours(24)));
}

}  // namespace
}  // namespace holt::upkeep
