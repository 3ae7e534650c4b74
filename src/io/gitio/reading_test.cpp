// What the reader says, compared with what git says about the same repository.
#include <fstream>
#include <thread>

#include "io/gitio/support_test.h"

namespace holt::gitio {
namespace {

namespace fs = std::filesystem;

// A clone with branches, merges, tags and clocks that run backwards, imported into the cache.
class Reading : public GitFixture {
 protected:
  void SetUp() override {
    fs::create_directories(clone_);
    git(clone_, {"init", "-q"});
    write("README.md", "hello\n");
    write("dir/a.txt", "a\n");
    write("dir/sub/b.txt", "b\n");
    write("dir.txt", "c\n");
    save(100);
    git(clone_, {"checkout", "-q", "-b", "side"});
    write("dir/a.txt", "a from side\n");
    write("side only.txt", "s\n");
    save(300);
    write("dir/sub/näme\t.bin", std::string("\0\1\2", 3));
    save(200);  // a clock that went back
    git(clone_, {"checkout", "-q", "main"});
    write("dir/sub/b.txt", "b from main\n");
    save(250);
    fs::permissions(clone_ / "README.md", fs::perms::owner_all);
    save(260);
    EXPECT_EQ(try_git(clone_, {"merge", "-q", "--no-ff", "-m", "merge", "side"}, 400).exit_code, 0);
    git(clone_, {"rm", "-q", "dir.txt"});
    fs::create_symlink("README.md", clone_ / "link");
    save(500);
    EXPECT_EQ(try_git(clone_, {"tag", "-a", "-m", "tagged", "v1", "side"}, 600).exit_code, 0);
    repository_ = open();
    import(*repository_, clone_);
    head_ = at("main");
  }
  void write(const std::string& path, const std::string& content) {
    fs::create_directories((clone_ / path).parent_path());
    std::ofstream(clone_ / path, std::ios::binary) << content;
  }
  void save(std::int64_t seconds) {
    git(clone_, {"add", "-A"});
    EXPECT_EQ(
        try_git(clone_, {"commit", "-q", "-m", "at " + std::to_string(seconds)}, seconds).exit_code,
        0);
  }
  std::string at(const std::string& revision) {
    return std::string(trim(git(clone_, {"rev-parse", revision})));
  }
  std::vector<std::string> lines(std::vector<std::string> arguments) {
    std::vector<std::string> out;
    const std::string text = git(clone_, std::move(arguments));
    for (const auto line : split(text, '\n'))
      if (!line.empty()) out.emplace_back(line);
    return out;
  }
  Reader& reader() { return repository_->reader(); }

  fs::path clone_ = root_ / "clone";
  std::shared_ptr<Repository> repository_;
  Oid head_;
};

TEST_F(Reading, listings_are_those_of_ls_tree) {
  for (const std::string revision : {"main", "side", "main~2"}) {
    std::string mine;
    const auto listed = reader().list(at(revision), "", Reader::Depth::recursive);
    for (const auto& entry : *listed) {
      const auto kind = entry.kind;
      mine += (kind == EntryKind::folder       ? "040000 tree "
               : kind == EntryKind::symlink    ? "120000 blob "
               : kind == EntryKind::executable ? "100755 blob "
                                               : "100644 blob ") +
              entry.oid + " " +
              (kind == EntryKind::folder ? "-" : std::to_string(entry.size_bytes)) + "\t" +
              entry.path + '\0';
    }
    auto theirs = git(clone_, {"ls-tree", "-r", "-t", "-l", "-z", revision});
    std::string squeezed;  // ls-tree pads the sizes
    for (const char c : theirs)
      if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
    EXPECT_EQ(mine, squeezed);
  }
  const auto children = reader().list(head_, "dir", Reader::Depth::children);
  ASSERT_EQ(children->size(), 2U);
  EXPECT_EQ(children->at(1).path, "dir/sub");
  const auto bare = reader().list(head_, "dir", Reader::Depth::children, Reader::Sizes::left_out);
  ASSERT_EQ(bare->size(), children->size());
  for (std::size_t n = 0; n < bare->size(); ++n) {
    EXPECT_EQ((*bare)[n].oid, (*children)[n].oid);
    EXPECT_EQ((*bare)[n].size_bytes, 0U);
  }
  EXPECT_EQ(reader().count_entries(head_, 1000),
            reader().list(head_, "", Reader::Depth::recursive)->size());
  EXPECT_FALSE(reader().list(head_, "README.md", Reader::Depth::children).has_value());
  EXPECT_FALSE(reader().list(head_, "none", Reader::Depth::children).has_value());
}

TEST_F(Reading, a_part_of_a_listing_is_what_stands_there_in_the_whole) {
  for (const auto depth : {Reader::Depth::children, Reader::Depth::recursive}) {
    for (const std::string folder : {"", "dir"}) {
      const auto whole = reader().list(head_, folder, depth);
      ASSERT_TRUE(whole.has_value());
      for (std::size_t start = 0; start <= whole->size() + 1; ++start) {
        for (std::size_t limit = 1; limit <= whole->size() + 1; ++limit) {
          const auto part = reader().list_part(head_, folder, depth, start, limit);
          ASSERT_TRUE(part.has_value());
          EXPECT_EQ(part->total, whole->size());
          const std::size_t first = std::min(start, whole->size());
          ASSERT_EQ(part->entries.size(), std::min(limit, whole->size() - first));
          for (std::size_t n = 0; n < part->entries.size(); ++n) {
            EXPECT_EQ(part->entries[n].path, (*whole)[first + n].path);
            EXPECT_EQ(part->entries[n].size_bytes, (*whole)[first + n].size_bytes);
          }
        }
      }
    }
  }
  EXPECT_FALSE(reader().list_part(head_, "none", Reader::Depth::children, 0, 9).has_value());
}

TEST_F(Reading, entries_and_commits_are_found) {
  EXPECT_EQ(reader().find_entry(head_, "dir/sub/b.txt")->oid, at("main:dir/sub/b.txt"));
  EXPECT_EQ(reader().find_entry(head_, "dir")->kind, EntryKind::folder);
  EXPECT_EQ(reader().find_entry(head_, "README.md")->kind, EntryKind::executable);
  for (const std::string path :
       {"", "dir/", "/dir", "dir//sub", "README.md/x", "dir.txt", "nothing"})
    EXPECT_FALSE(reader().find_entry(head_, path).has_value()) << path;
  EXPECT_EQ(reader().find_by_prefix(head_.substr(0, 7)), head_);
  EXPECT_FALSE(reader().find_by_prefix(head_.substr(0, 6)).has_value());
  EXPECT_FALSE(reader().find_by_prefix(at("main:README.md").substr(0, 12)).has_value());
  EXPECT_FALSE(reader().find_by_prefix("0000000").has_value());
  EXPECT_EQ(reader().find_commit(at("v1"))->oid, at("side"));
  EXPECT_FALSE(reader().find_commit(at("main:README.md")).has_value());
  EXPECT_FALSE(reader().find_commit("zz").has_value());
  const auto merge = *reader().find_commit(at("main~1"));
  EXPECT_EQ(merge.parents, (std::vector<Oid>{at("main~1^1"), at("main~1^2")}));
  EXPECT_EQ(merge.title(), "merge");
  EXPECT_EQ(merge.body(), "");
  EXPECT_EQ(merge.author.seconds, 400);
}

TEST_F(Reading, history_is_that_of_git_log) {
  std::vector<std::string> mine;
  for (const auto& entry : reader().log(head_, 0, 100)) mine.push_back(entry.oid);
  EXPECT_EQ(mine, lines({"log", "--date-order", "--format=%H", "main"}));
  EXPECT_EQ(reader().log(head_, 2, 3).front().oid, mine[2]);
  EXPECT_EQ(reader().log(head_, 2, 3).size(), 3U);
  EXPECT_EQ(reader().count_commits(head_), mine.size());
  EXPECT_EQ(reader().count_commits(at("main~3")), lines({"log", "--format=%H", "main~3"}).size());
  EXPECT_TRUE(reader().is_ancestor(at("side"), head_));
  EXPECT_TRUE(reader().is_ancestor(head_, head_));
  EXPECT_FALSE(reader().is_ancestor(head_, at("side")));
  EXPECT_FALSE(reader().is_ancestor(at("main~2"), at("side")));
}

TEST_F(Reading, differences_are_those_of_git_diff) {
  const std::vector<std::pair<std::string, std::string>> pairs = {{"main~4", "main"},
                                                                  {"main", "side"},
                                                                  {"side", "main"},
                                                                  {"main~2", "main~1"},
                                                                  {"main", "main"}};
  for (const auto& [from, to] : pairs) {
    EXPECT_EQ(reader().diff_raw(at(from), at(to)),
              git(clone_, {"diff", "--raw", "--no-abbrev", "--no-renames", from, to}));
    EXPECT_EQ(reader().diff_text(at(from), at(to), 1 << 20),
              git(clone_, {"diff", "--no-renames", from, to}))
        << from << " " << to;
  }
  const std::string empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
  EXPECT_EQ(reader().diff_raw("", head_),
            git(clone_, {"diff", "--raw", "--no-abbrev", "--no-renames", empty, "main"}));
  const auto all = reader().changes("", head_);
  EXPECT_EQ(all.size(), lines({"ls-tree", "-r", "main"}).size());
  const auto changes = reader().changes(at("main~1"), head_);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].path, "dir.txt");
  EXPECT_EQ(changes[0].kind, Change::Kind::removed);
  EXPECT_EQ(changes[1].kind, Change::Kind::added);
  const std::string cut = reader().diff_text(at("main~4"), head_, 200);
  EXPECT_LE(cut.size(), 200U);
  EXPECT_TRUE(cut.ends_with('\n'));
}

TEST_F(Reading, last_changes_are_those_of_git_log_for_each_path) {
  for (int pass = 0; pass < 2; ++pass) {  // the second from memory
    for (const std::string revision : {"main~4", "main~1", "main", "side"}) {
      for (const std::string folder : {"", "dir", "dir/sub"}) {
        const auto changed = reader().last_changes(at(revision), folder);
        EXPECT_EQ(changed.size(),
                  reader().list(at(revision), folder, Reader::Depth::children)->size());
        for (const auto& [path, commit] : changed)
          EXPECT_EQ(commit.oid,
                    trim(git(clone_, {"log", "-1", "--format=%H", revision, "--", path})))
              << revision << " " << path;
      }
    }
  }
  EXPECT_TRUE(reader().last_changes(head_, "no/folder").empty());
}

TEST_F(Reading, last_changes_of_a_long_history_are_found_step_by_step) {
  auto repository = open(2);
  Oid tip;
  std::map<std::string, Oid> expected;
  for (int i = 0; i < 60; ++i) {
    const std::string path = "f" + std::to_string(i * 7 % 13);
    tip = commit(*repository, tip, {{path, "v" + std::to_string(i)}}, 1'000 + i);
    expected[path] = tip;
    if (i % 3 != 0) continue;
    for (const auto& [name, changed] : repository->reader().last_changes(tip, ""))
      EXPECT_EQ(changed.oid, expected[name]);
  }
}

TEST_F(Reading, every_blob_is_visited_once_with_the_commit_that_brought_it) {
  std::map<Oid, std::string> seen;
  reader().each_reachable_blob(
      {head_, at("side"), at("v1")},
      [&](const Oid& blob, std::string_view path, std::uint64_t size, const Commit& by) {
        EXPECT_TRUE(seen.emplace(blob, std::string(path)).second);
        EXPECT_EQ(std::to_string(size), trim(git(clone_, {"cat-file", "-s", blob})));
        EXPECT_EQ(trim(git(clone_, {"cat-file", "-t", by.oid + ":" + std::string(path)})), "blob");
        EXPECT_TRUE(
            try_git(clone_, {"cat-file", "-e", by.oid + "^:" + std::string(path)}).exit_code != 0 ||
            at(by.oid + "^:" + std::string(path)) != blob);
        return true;
      });
  std::size_t blobs = 0;
  for (const auto& line : lines({"cat-file", "--batch-all-objects", "--batch-check"}))
    blobs += line.find(" blob ") != line.npos ? 1 : 0;
  EXPECT_EQ(seen.size(), blobs);
  int visits = 0;
  reader().each_reachable_blob({head_}, [&](const Oid&, std::string_view, std::uint64_t,
                                            const Commit&) { return ++visits < 2; });
  EXPECT_EQ(visits, 2);
}

TEST_F(Reading, from_many_threads_while_packs_come_and_go) {
  auto repository = open(3);
  const Oid first = commit(*repository, "", {{"a", "1"}});
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        EXPECT_EQ(
            *repository->reader().read_blob(repository->reader().find_entry(first, "a")->oid, 100),
            "1");
      }
    });
  }
  Oid tip = first;
  for (int i = 0; i < 20; ++i) {
    auto writer = repository->new_pack(*store_);
    const auto tree = writer->add_tree(
        tip,
        {{Edit::Kind::put, "b", writer->add_blob(as_bytes(std::to_string(i))), EntryKind::file}});
    tip = writer->add_commit(*tree, {tip}, someone(i), someone(i), "x");
    auto finished = writer->finish();
    const blob::Key key{blob::Class::pack, finished.sha256};
    store_->put(std::move(finished.pack), key);
    repository->add_pack(store_->open(key), store_->local_path(key), finished.index);
    EXPECT_EQ(*repository->reader().read_blob(repository->reader().find_entry(tip, "b")->oid, 100),
              std::to_string(i));
    auto unrelated = repository->new_pack(*store_);
    unrelated->add_blob(as_bytes("gone " + std::to_string(i)));
    auto other = unrelated->finish();
    repository->add_pack(other.pack->file(), std::nullopt, other.index);
    repository->drop_pack(other.sha256);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

TEST_F(Reading, one_repository_does_not_show_the_objects_of_another) {
  auto other = open(9);
  EXPECT_TRUE(reader().find_commit(head_).has_value());
  EXPECT_FALSE(other->reader().find_commit(head_).has_value());
  EXPECT_FALSE(other->reader().find_by_prefix(head_.substr(0, 10)).has_value());
}

TEST_F(Reading, damaged_bytes_are_never_served) {
  auto repository = open(4);
  auto writer = repository->new_pack(*store_);
  const Bytes noise =
      random_bytes(200'000);  // stored, not deflated: zlib alone would see it only at the end
  const Oid blob = writer->add_blob(noise);
  auto finished = writer->finish();
  std::string pack = finished.pack->file()->read_text(0, finished.size_bytes);
  pack[100'000] = static_cast<char>(pack[100'000] ^ 1);
  const auto damaged = create_new(root_ / "damaged");
  damaged->write_all(as_bytes(pack));
  repository->add_pack(damaged, std::nullopt, finished.index);
  EXPECT_THROW((void)repository->reader().read_blob(blob, 1 << 20), std::runtime_error);
}

}  // namespace
}  // namespace holt::gitio
