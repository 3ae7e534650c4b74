// Packs that are written, judged by git itself.
#include "io/gitio/support_test.h"

namespace holt::gitio {
namespace {

using Writing = GitFixture;

TEST_F(Writing, a_commit_is_readable_by_git_and_cloned_from_the_cache) {
  auto repository = open();
  const Oid first =
      commit(*repository, "",
             {{"README.md", "# Hello\n"}, {"data/a.txt", "a\n"}, {"data/deep/b.txt", "b\n"}});
  const Oid second = commit(*repository, first, {{"data/a.txt", "changed\n"}}, 1'700'000'100);
  repository->write_refs({{"refs/heads/main", second}, {"refs/heads/old", first}},
                         "refs/heads/main");
  git(root_, {"clone", "-q", "file://" + repository->path().string(), "copy"});
  EXPECT_EQ(
      git(root_ / "copy", {"log", "--format=%H %an <%ae> %ad %s|%b", "--date=raw"}),
      second + " Zoë Ünal <zoe@example.org> 1700000100 +0200 Change of 1700000100|Why so.\n\n" +
          first + " Zoë Ünal <zoe@example.org> 1700000000 +0200 Change of 1700000000|Why so.\n\n");
  EXPECT_EQ(git(root_ / "copy", {"show", "HEAD:data/a.txt"}), "changed\n");
  EXPECT_EQ(git(root_ / "copy", {"branch", "-r"}),
            "  origin/HEAD -> origin/main\n  origin/main\n  origin/old\n");
}

TEST_F(Writing, trees_are_sorted_as_git_sorts_them) {
  auto repository = open();
  const Oid first =
      commit(*repository, "", {{"a/x", "1"}, {"a.b", "2"}, {"a-b", "3"}, {"a0", "4"}, {"ab", "5"}});
  EXPECT_EQ(git(repository->path(), {"ls-tree", "-r", "--name-only", first}),
            "a-b\na.b\na/x\na0\nab\n");
  const Oid second = commit(*repository, first, {{"a.a/y", "6"}, {"a", ""}, {"a/z", "7"}});
  EXPECT_EQ(git(repository->path(), {"ls-tree", "-r", "--name-only", second}),
            "a-b\na.a/y\na.b\na/z\na0\nab\n");
}

TEST_F(Writing, modes_and_the_last_file_of_a_folder) {
  auto repository = open();
  auto writer = repository->new_pack(*store_);
  const Oid blob = writer->add_blob(as_bytes("target"));
  const auto tree = writer->add_tree("", {{Edit::Kind::put, "run.sh", blob, EntryKind::executable},
                                          {Edit::Kind::put, "link", blob, EntryKind::symlink},
                                          {Edit::Kind::put, "d/e/f/only", blob, EntryKind::file}});
  ASSERT_TRUE(tree.has_value());
  const Oid first = writer->add_commit(*tree, {}, someone(1), someone(1), "one");
  publish(*repository, *writer);
  EXPECT_EQ(git(repository->path(), {"ls-tree", "-r", first}),
            "100644 blob " + blob + "\td/e/f/only\n120000 blob " + blob + "\tlink\n100755 blob " +
                blob + "\trun.sh\n");
  const Oid second = commit(*repository, first, {{"d/e/f/only", ""}});
  EXPECT_EQ(git(repository->path(), {"ls-tree", "--name-only", second}), "link\nrun.sh\n");
  const Oid third = commit(*repository, second, {{"link", ""}, {"run.sh", ""}});
  EXPECT_EQ(git(repository->path(), {"ls-tree", third}), "");
}

TEST_F(Writing, edits_that_do_not_fit_are_refused) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"file", "1"}, {"folder/inside", "2"}});
  auto writer = repository->new_pack(*store_);
  const Oid blob = writer->add_blob(as_bytes("new"));
  using enum Edit::Kind;
  const auto refusal = [&](const std::vector<Edit>& edits) {
    const auto tree = writer->add_tree(base, edits);
    EXPECT_FALSE(tree.has_value());
    return tree ? Error{} : tree.error();
  };
  EXPECT_EQ(refusal({{put, "folder", blob, EntryKind::file}}).kind, Kind::invalid);
  EXPECT_EQ(refusal({{put, "file/below", blob, EntryKind::file}}).kind, Kind::invalid);
  EXPECT_EQ(refusal({{put, "a/../b", blob, EntryKind::file}}).kind, Kind::invalid);
  EXPECT_EQ(refusal({{put, ".git/config", blob, EntryKind::file}}).kind, Kind::invalid);
  EXPECT_EQ(refusal({{put, "x", std::string(40, '7'), EntryKind::file}}).kind, Kind::invalid);
  EXPECT_EQ(refusal({{remove_folder, "nowhere", {}, EntryKind::file}}).kind, Kind::not_found);
  EXPECT_EQ(refusal({{remove_folder, "file", {}, EntryKind::file}}).kind, Kind::not_found);
  const auto missing = refusal({{remove_file, "folder/other", {}, EntryKind::file}});
  EXPECT_EQ(missing.kind, Kind::not_found);
  EXPECT_EQ(missing.tag, "EntryNotFound");
  EXPECT_EQ(missing.message, "A file with this name doesn't exist: folder/other");
  EXPECT_EQ(refusal({{remove_folder, "folder", {}, EntryKind::file},
                     {remove_file, "folder/inside", {}, EntryKind::file}})
                .kind,
            Kind::not_found);

  // Removed by an earlier edit of the same list, both are free.
  const auto tree = writer->add_tree(base, {{remove_folder, "folder/", {}, EntryKind::file},
                                            {put, "folder", blob, EntryKind::file},
                                            {remove_file, "file", {}, EntryKind::file},
                                            {put, "file/below", blob, EntryKind::file}});
  ASSERT_TRUE(tree.has_value()) << tree.error().message;
  // A folder named as a file goes too.
  const auto without = writer->add_tree(base, {{remove_file, "folder", {}, EntryKind::file}});
  ASSERT_TRUE(without.has_value());
  const Oid changed = writer->add_commit(*tree, {base}, someone(3), someone(3), "swap");
  publish(*repository, *writer);
  EXPECT_EQ(git(repository->path(), {"ls-tree", "-r", "--name-only", changed}),
            "file/below\nfolder\n");
  EXPECT_EQ(git(repository->path(), {"ls-tree", "-r", "--name-only", *without}), "file\n");
}

TEST_F(Writing, nothing_changed_adds_nothing) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"file", "1"}, {"folder/inside", "2"}});
  auto writer = repository->new_pack(*store_);
  const Oid same = blob_oid(as_bytes("1"));
  const auto tree = writer->add_tree(base, {{Edit::Kind::put, "file", same, EntryKind::file}});
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(*tree, repository->reader().find_commit(base)->tree);
  EXPECT_EQ(writer->objects(), 0U);
}

TEST_F(Writing, twenty_five_thousand_edits_in_one_commit) {
  auto repository = open();
  auto writer = repository->new_pack(*store_);
  std::vector<Edit> edits;
  for (int i = 0; i < 25'000; ++i) {
    const std::string content = "content of " + std::to_string(i);
    edits.push_back({Edit::Kind::put,
                     "d" + std::to_string(i % 50) + "/sub/file-" + std::to_string(i),
                     writer->add_blob(as_bytes(content)), EntryKind::file});
  }
  const auto started = std::chrono::steady_clock::now();
  const auto tree = writer->add_tree("", edits);
  const auto took = std::chrono::steady_clock::now() - started;
  ASSERT_TRUE(tree.has_value());
  // Not per edit a tree: that would take a hundred times as long. Sanitizers are allowed for.
  EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), 5000);
  const Oid oid = writer->add_commit(*tree, {}, someone(5), someone(5), "many");
  EXPECT_EQ(writer->objects(), 25'000U + 1 + 50 + 50 + 1);
  publish(*repository, *writer);
  const auto listed = repository->reader().list(oid, "", Reader::Depth::recursive);
  EXPECT_EQ(listed->size(), 25'000U + 100);
}

TEST_F(Writing, large_content_from_a_file_and_equal_content_once) {
  auto repository = open();
  const auto file = create_new(root_ / "large");
  const Bytes noise = random_bytes(3 << 20);
  const std::string text(3 << 20, 'x');
  file->write_all(noise);
  file->write_all(as_bytes(text));
  auto writer = repository->new_pack(*store_);
  const Oid all = writer->add_blob(file, 0, noise.size() + text.size());
  const Oid head = writer->add_blob(file, 0, noise.size());
  const Oid tail = writer->add_blob(file, noise.size(), text.size());
  EXPECT_EQ(writer->add_blob(as_bytes(text)), tail);
  EXPECT_EQ(writer->add_blob(noise), head);
  EXPECT_EQ(writer->objects(), 3U);
  EXPECT_EQ(head, blob_oid(noise));
  const auto tree = writer->add_tree(
      "", {{Edit::Kind::put, "all", all, EntryKind::file},
           {Edit::Kind::put, "head", head, EntryKind::file},
           {Edit::Kind::put, "tail", tail, EntryKind::file},
           {Edit::Kind::put, "empty", writer->add_blob(ByteSpan{}), EntryKind::file}});
  writer->add_commit(*tree, {}, someone(6), someone(6), "large");
  publish(*repository, *writer);
  EXPECT_EQ(repository->reader().blob_size(all), noise.size() + text.size());
  EXPECT_EQ(*repository->reader().read_blob(tail, 4 << 20), text);
  EXPECT_EQ(repository->reader().read_blob(tail, 1000).error().kind, Kind::too_large);
}

TEST_F(Writing, tags_and_an_empty_repository) {
  auto repository = open();
  auto writer = repository->new_pack(*store_);
  const auto nothing = writer->add_tree("", {});
  const Oid base = writer->add_commit(*nothing, {}, {"", "<evil>\n", -5, -330}, someone(7), "");
  const Oid tag = writer->add_tag(base, "v1", someone(8), "First\n");
  publish(*repository, *writer);
  repository->write_refs({{"refs/heads/main", base}, {"refs/tags/v1", tag}}, "refs/heads/main");
  EXPECT_EQ(git(repository->path(), {"rev-parse", "v1^{commit}"}), base + "\n");
  EXPECT_EQ(git(repository->path(), {"for-each-ref", "--format=%(refname) %(*objectname)"}),
            "refs/heads/main \nrefs/tags/v1 " + base + "\n");
  EXPECT_EQ(repository->reader().find_commit(tag)->oid, base);
  EXPECT_EQ(repository->reader().object_type(tag), "tag");
  EXPECT_TRUE(repository->reader().list(base, "", Reader::Depth::children)->empty());
}

}  // namespace
}  // namespace holt::gitio
