// Receiving, fetching and merging packs, and the cache that may vanish.
#include <fstream>

#include "io/gitio/support_test.h"

namespace holt::gitio {
namespace {

namespace fs = std::filesystem;

class Protocol : public GitFixture {
 protected:
  // What a client that has `known` would send for `wanted`: a thin pack behind some other bytes.
  SharedFile pushed(const fs::path& clone, const std::string& wanted,
                    const std::string& known = {}) {
    const auto input = create_new(root_ / random_hex(8));
    input->write_all(as_bytes(wanted + "\n" + (known.empty() ? "" : "^" + known + "\n")));
    const auto pack = try_git(
        clone, {"pack-objects", "-q", "--revs", "--thin", "--stdout", "--delta-base-offset"}, 0,
        input);
    EXPECT_EQ(pack.exit_code, 0) << pack.error_output;
    const auto file = create_new(root_ / random_hex(8));
    file->write_all(as_bytes("prefix"));
    file->write_all(as_bytes(pack.output));
    return file;
  }
  static constexpr std::uint64_t kOffset = 6;

  void make_clone(Repository& repository, const Oid& tip) {
    repository.write_refs({{"refs/heads/main", tip}}, "refs/heads/main");
    git(root_, {"clone", "-q", "file://" + repository.path().string(), "clone"});
  }
  Oid save(const std::string& path, const std::string& content) {
    std::ofstream(root_ / "clone" / path) << content;
    git(root_ / "clone", {"add", "-A"});
    git(root_ / "clone", {"commit", "-q", "-m", "more"});
    return Oid(trim(git(root_ / "clone", {"rev-parse", "HEAD"})));
  }
  std::size_t leftovers(Repository& repository) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(repository.path()))
      count += entry.path().filename().string().starts_with("incoming-") ? 1 : 0;
    return count + store_->staged();
  }
};

std::string many_lines(int salt) {
  std::string out;
  for (int i = 0; i < 2000; ++i) out += std::to_string(i * 7919 % 1000) + " line\n";
  return out + std::to_string(salt) + "\n";
}

TEST_F(Protocol, a_thin_pack_is_completed_and_seen_only_after_it_is_added) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"long.txt", many_lines(1)}});
  make_clone(*repository, base);
  const Oid tip = save("long.txt", many_lines(2));
  {
    auto received =
        receive_pack(*repository, *store_, pushed(root_ / "clone", tip, base), kOffset, {tip});
    ASSERT_TRUE(received.has_value()) << received.error().message;
    EXPECT_EQ(received->reader->find_commit(tip)->parents, std::vector{base});
    EXPECT_TRUE(received->reader->is_ancestor(base, tip));
    EXPECT_EQ(received->reader->changes(base, tip).size(), 1U);
    EXPECT_FALSE(repository->reader().find_commit(tip).has_value());
    publish(*repository, std::move(received->pack), received->sha256, received->index);
  }
  EXPECT_EQ(*repository->reader().read_blob(repository->reader().find_entry(tip, "long.txt")->oid,
                                            1 << 20),
            many_lines(2));
  EXPECT_EQ(leftovers(*repository), 0U);
}

TEST_F(Protocol, what_git_refuses_leaves_nothing) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"a", "1"}});
  make_clone(*repository, base);
  const Oid middle = save("b", "2");
  const Oid tip = save("c", "3");
  const auto good = pushed(root_ / "clone", tip, base);
  const auto refusal = [&](const SharedFile& body, const std::vector<Oid>& tips,
                           std::uint64_t max_bytes = kMaxPackBytes) {
    auto received = receive_pack(*repository, *store_, body, kOffset, tips, max_bytes);
    EXPECT_FALSE(received.has_value());
    EXPECT_EQ(leftovers(*repository), 0U);
    return received ? Error{} : received.error();
  };
  // Not connected: the middle commit is left out.
  EXPECT_EQ(refusal(pushed(root_ / "clone", tip, middle), {tip}).kind, Kind::invalid);
  EXPECT_EQ(refusal(good, {std::string(40, 'a')}).kind, Kind::invalid);
  EXPECT_EQ(refusal(good, {"--all"}).kind, Kind::invalid);
  EXPECT_EQ(refusal(good, {tip}, 50).kind, Kind::too_large);
  std::string bytes = good->read_text(0, static_cast<std::size_t>(good->size_bytes()));
  const auto with = [&](std::string content) {
    auto file = create_new(root_ / random_hex(8));
    file->write_all(as_bytes(content));
    return file;
  };
  EXPECT_EQ(refusal(with(bytes.substr(0, bytes.size() - 30)), {tip}).kind, Kind::invalid);
  EXPECT_EQ(refusal(with(bytes.substr(0, 10)), {tip}).kind, Kind::invalid);
  std::string flipped = bytes;
  flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 0x40);
  EXPECT_EQ(refusal(with(flipped), {tip}).kind, Kind::invalid);
  EXPECT_TRUE(receive_pack(*repository, *store_, good, kOffset, {tip}).has_value());
}

TEST_F(Protocol, objects_that_fsck_refuses_are_refused) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"a", "1"}});
  make_clone(*repository, base);
  const auto clone = root_ / "clone";
  const auto blob = std::string(trim(git(clone, {"rev-parse", "HEAD:a"})));
  const auto listing = create_new(root_ / "listing");
  listing->write_all(as_bytes("100644 blob " + blob + "\t.git\n"));
  const auto tree = std::string(trim(try_git(clone, {"mktree"}, 0, listing).output));
  const auto evil = std::string(trim(git(clone, {"commit-tree", "-m", "evil", tree})));
  const auto received = receive_pack(*repository, *store_, pushed(clone, evil), kOffset, {evil});
  ASSERT_FALSE(received.has_value());
  EXPECT_NE(received.error().message.find("git"), std::string::npos);
}

TEST_F(Protocol, texts_that_unpack_to_too_much_are_refused) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"a", "1"}});
  make_clone(*repository, base);
  const auto clone = root_ / "clone";
  const auto message = create_new(root_ / "message");
  message->write_all(as_bytes(std::string(kMaxTextBytes, 'x')));
  const auto tree = std::string(trim(git(clone, {"rev-parse", "HEAD^{tree}"})));
  const auto long_one = std::string(
      trim(try_git(clone, {"commit-tree", "-p", "HEAD", "-F", "-", tree}, 0, message).output));
  const auto body = pushed(clone, long_one, base);
  EXPECT_LT(body->size_bytes(), 100'000U);
  const auto received = receive_pack(*repository, *store_, body, kOffset, {long_one});
  ASSERT_FALSE(received.has_value());
  EXPECT_NE(received.error().message.find("commit " + long_one), std::string::npos);
  EXPECT_EQ(leftovers(*repository), 0U);
}

// Thirty trees, each of them ten times in the next, name more files than there are atoms at hand.
TEST_F(Protocol, trees_of_trees_are_counted_without_being_listed) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"a", "1"}});
  make_clone(*repository, base);
  const auto clone = root_ / "clone";
  auto below = "100644 blob " + std::string(trim(git(clone, {"rev-parse", "HEAD:a"})));
  Oid tree;
  const auto level = [&] {
    std::string listing;
    for (int i = 0; i < 10; ++i) listing += below + "\td" + std::to_string(i) + "\n";
    const auto file = create_new(root_ / random_hex(8));
    file->write_all(as_bytes(listing));
    tree = std::string(trim(try_git(clone, {"mktree"}, 0, file).output));
    below = "040000 tree " + tree;
  };
  const auto count = [&](std::uint64_t most) {
    const auto made = std::string(trim(git(clone, {"commit-tree", "-m", "x", tree})));
    auto received = receive_pack(*repository, *store_, pushed(clone, made, base), kOffset, {made});
    EXPECT_TRUE(received.has_value());
    return received->reader->count_entries(made, most);
  };
  level();
  EXPECT_EQ(count(1000), 10U);
  level();
  EXPECT_EQ(count(1000), 110U);
  EXPECT_EQ(count(109), 110U);
  for (int i = 0; i < 28; ++i) level();
  EXPECT_EQ(count(1'000'000), 1'000'001U);
}

TEST_F(Protocol, a_pack_without_objects_is_fine) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"a", "1"}});
  make_clone(*repository, base);
  const auto received =
      receive_pack(*repository, *store_, pushed(root_ / "clone", base, base), kOffset, {base});
  ASSERT_TRUE(received.has_value()) << received.error().message;
  EXPECT_EQ(received->pack, nullptr);
  EXPECT_EQ(received->sha256, "");
  EXPECT_TRUE(received->reader->find_commit(base).has_value());
}

TEST_F(Protocol, a_fetch_is_advertised_and_answered) {
  auto repository = open();
  const Oid base = commit(*repository, "", {{"a", "1"}});
  repository->write_refs({{"refs/heads/main", base}}, "refs/heads/main");
  const std::string old = advertise_upload_pack(*repository, "");
  EXPECT_NE(old.find(base + " refs/heads/main"), std::string::npos);
  EXPECT_NE(old.find("filter"), std::string::npos);
  EXPECT_TRUE(advertise_upload_pack(*repository, "version=2").starts_with("000eversion 2\n"));
  // Nothing but a protocol gets into git's environment.
  EXPECT_EQ(advertise_upload_pack(*repository, "version=2;\nX=1"), old);

  const auto request = create_new(root_ / "request");
  request->write_all(as_bytes(pkt("command=fetch") + "0001" + pkt("want " + base + "\n") +
                              pkt("done\n") + "0000"));
  auto child = start_upload_pack(*repository, request, "version=2");
  std::string answer;
  for (auto piece = child->read(1000); !piece.empty(); piece = child->read(1000))
    answer += as_text(piece);
  EXPECT_EQ(child->wait().exit_code, 0);
  EXPECT_TRUE(answer.starts_with(pkt("packfile\n"))) << answer.substr(0, 100);
  EXPECT_NE(answer.find("PACK"), std::string::npos);
}

TEST_F(Protocol, many_packs_become_few_and_nothing_is_lost) {
  auto repository = open();
  std::vector<std::string> packs;
  Oid tip;
  for (int i = 0; i < 40; ++i) {
    auto writer = repository->new_pack(*store_);
    const auto tree =
        writer->add_tree(tip, {{Edit::Kind::put, "long.txt",
                                writer->add_blob(as_bytes(many_lines(i))), EntryKind::file}});
    tip = writer->add_commit(*tree, tip.empty() ? std::vector<Oid>{} : std::vector{tip}, someone(i),
                             someone(i), "x");
    auto finished = writer->finish();
    const blob::Key key{blob::Class::pack, finished.sha256};
    store_->put(std::move(finished.pack), key);
    repository->add_pack(store_->open(key), store_->local_path(key), finished.index);
    packs.push_back(finished.sha256);
  }
  EXPECT_FALSE(consolidate(*repository, *store_, packs, 41).has_value());
  auto merged = consolidate(*repository, *store_, packs);
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(merged->replaced.size(), 40U);
  EXPECT_LT(merged->size_bytes, 40'000U);
  const auto replaced = merged->replaced;
  const auto sha256 = publish(*repository, std::move(merged->pack), merged->sha256, merged->index);
  for (const auto& old : replaced) {
    repository->drop_pack(old);
    EXPECT_FALSE(repository->has_pack(old));
  }
  repository->write_refs({{"refs/heads/main", tip}}, "refs/heads/main");
  git(repository->path(), {"fsck", "--strict", "--full"});
  EXPECT_EQ(repository->reader().log(tip, 0, 100).size(), 40U);
  // The large pack stays as it is from now on.
  EXPECT_FALSE(consolidate(*repository, *store_, {sha256}, 1).has_value());
  EXPECT_EQ(leftovers(*repository), 0U);
}

TEST_F(Protocol, references_are_replaced_and_generations_kept) {
  auto repository = open();
  EXPECT_EQ(repository->refs_generation(), -1);
  const Oid first = commit(*repository, "", {{"a", "1"}});
  const Oid second = commit(*repository, first, {{"a", "2"}});
  repository->write_refs(
      {{"refs/heads/main", first}, {"refs/heads/x/y", first}, {"refs/pr/1", first}},
      "refs/heads/main");
  repository->write_generation(7);
  EXPECT_EQ(repository->refs_generation(), 7);
  // A loose reference would hide the packed one.
  git(repository->path(), {"update-ref", "refs/heads/main", second});
  repository->write_refs({{"refs/heads/main", first}, {"refs/heads/x", second}}, "refs/heads/x");
  EXPECT_EQ(git(repository->path(), {"for-each-ref", "--format=%(objectname) %(refname)"}),
            first + " refs/heads/main\n" + second + " refs/heads/x\n");
  EXPECT_EQ(git(repository->path(), {"rev-parse", "HEAD"}), second + "\n");
}

TEST_F(Protocol, the_cache_is_bounded_rebuilt_and_heals) {
  RepositoryCache small(root_ / "small", 2);
  auto first = small.open(1);
  for (int key = 2; key < 10; ++key) small.open(key);
  EXPECT_EQ(small.open(1), first);  // still the same for those who hold it
  const Oid oid = commit(*first, "", {{"a", "1"}});
  std::string sha256;
  for (const auto& entry : fs::directory_iterator(first->path() / "objects" / "pack"))
    if (entry.path().extension() == ".idx") sha256 = entry.path().stem().string().substr(5);
  ASSERT_TRUE(first->has_pack(sha256));
  const auto folder = first->path();
  first.reset();
  small.remove(1);
  EXPECT_FALSE(fs::exists(folder));
  auto again = small.open(1);
  EXPECT_FALSE(again->has_pack(sha256));
  EXPECT_FALSE(again->reader().find_commit(oid).has_value());
  const blob::Key key{blob::Class::pack, sha256};
  again->add_pack(store_->open(key), store_->local_path(key), "not an index");
  again->add_pack(store_->open(key), store_->local_path(key), "");
  EXPECT_TRUE(again->reader().find_commit(oid).has_value());

  // As after a power loss: the names are there, the bytes are not.
  again->write_generation(3);
  const auto index = folder / "objects" / "pack" / ("pack-" + sha256 + ".idx");
  again.reset();
  for (int other = 2; other < 10; ++other) small.open(other);
  fs::resize_file(index, 0);
  std::ofstream(folder / "holt-boot") << "another boot";
  again = small.open(1);
  EXPECT_FALSE(again->has_pack(sha256));
  EXPECT_EQ(again->refs_generation(), -1);
}

}  // namespace
}  // namespace holt::gitio
