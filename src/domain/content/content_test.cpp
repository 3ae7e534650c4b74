// Contents as the doors and the git room meet them, on a fresh catalog and object store.
#include "domain/content/content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "base/random.h"
#include "io/db/migrated_catalog_test.h"

namespace holt::content {
namespace {

namespace fs = std::filesystem;
using xetformat::XetHash;

Bytes noise(std::size_t count, std::uint64_t seed) {
  Bytes bytes;
  while (bytes.size() < count) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    for (int shift = 56; shift >= 32; shift -= 8)
      bytes.push_back(static_cast<std::uint8_t>(seed >> shift));
  }
  bytes.resize(count);
  return bytes;
}

std::string sha_of(const Bytes& bytes) { return to_hex(sha256(bytes)); }

class ContentTest : public testing::Test {
 protected:
  ContentTest() : folder_(fs::temp_directory_path() / ("holt-content-" + random_hex(16))) {
    fs::create_directories(folder_);
    database_ = db::open_migrated_catalog(folder_);
    auth_ = std::make_unique<auth::Auth>(*database_, false);
    repos_ = std::make_unique<repos::Repos>(*database_, *auth_);
    store_ = blob::open_disk_store(folder_ / "objects");
    contents_ = std::make_unique<Contents>(*database_, *store_, *repos_);
    for (auto name : {"alice", "bob"}) {
      EXPECT_TRUE(
          auth_->create_user(name, name, std::string(name) + "@example.org", false, std::nullopt));
      actors_[name] = actor_of(name);
    }
    model_ = create("alice", "model");
  }
  ~ContentTest() override {
    contents_.reset();
    repos_.reset();
    auth_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }

  auth::ActorPtr actor_of(std::string_view user) {
    auth::NewToken wanted;
    wanted.name = "t";
    wanted.role = auth::TokenRole::write;
    const auto made = auth_->create_token(user, wanted).value();
    return auth_->authenticate("Bearer " + made.value, "").value();
  }
  std::optional<repos::Writable> create(const std::string& owner, std::string name) {
    repos::NewRepo wanted;
    wanted.id = {repos::Type::model, owner, std::move(name)};
    wanted.visibility = auth::Visibility::private_;
    return repos_->create(actors_.at(owner), wanted).value();
  }
  std::unique_ptr<blob::Staged> staged(const Bytes& bytes) {
    auto file = store_->stage();
    file->write(bytes);
    return file;
  }
  void add_whole(const repos::Writable& repo, const Bytes& bytes) {
    EXPECT_TRUE(contents_->add_whole(repo, staged(bytes), sha_of(bytes), bytes.size()));
  }

  // A file as a client prepares it: one xorb of its own, one term.
  struct Prepared {
    xetformat::XorbBuilder::Built xorb;
    xetformat::FileInfo info;
    std::string sha256;
  };
  static Prepared prepare(const Bytes& bytes) {
    Prepared out;
    xetformat::Chunker chunker;
    xetformat::XorbBuilder builder;
    std::vector<xetformat::Node> nodes;
    const auto add = [&](ByteSpan chunk) {
      builder.add(chunk);
      nodes.push_back({xetformat::chunk_hash(chunk), chunk.size()});
    };
    chunker.feed(bytes, add);
    chunker.finish(add);
    out.xorb = builder.take();
    const auto count = static_cast<std::uint32_t>(nodes.size());
    out.info.file = xetformat::file_hash(nodes);
    out.info.terms = {{out.xorb.index.hash, static_cast<std::uint32_t>(bytes.size()), 0, count}};
    out.info.range_hashes = {xetformat::range_hash(out.xorb.index, 0, count)};
    out.info.sha256 = sha256(bytes);
    out.sha256 = sha_of(bytes);
    return out;
  }
  bool add_xorb(const repos::Writable& repo, const Prepared& file) {
    return contents_->add_xorb(repo, staged(file.xorb.serialized), file.xorb.index).value();
  }
  static xetformat::Shard shard_of(const std::vector<Prepared>& files) {
    xetformat::Shard shard;
    for (const auto& file : files) {
      shard.files.push_back(file.info);
      shard.xorbs.push_back(xetformat::describe(file.xorb.index));
    }
    return shard;
  }
  Result<bool> register_files(const repos::Writable& repo, const std::vector<Prepared>& files) {
    return contents_->add_files(repo, shard_of(files), nullptr);
  }

  Bytes read(const Content& content, std::optional<http::ByteRange> range = std::nullopt) {
    auto body = contents_->open(content, range).value();
    Bytes out;
    if (const auto* file = std::get_if<http::FileRange>(&body)) {
      out.resize(file->length);
      file->file->read_exactly(file->offset, out.data(), out.size());
    } else if (auto* stream = std::get_if<http::Stream>(&body)) {
      while (const auto piece = stream->source->next()) {
        if (const auto* bytes = std::get_if<Bytes>(&*piece))
          out.insert(out.end(), bytes->begin(), bytes->end());
        const auto* ranges = std::get_if<std::vector<http::FileRange>>(&*piece);
        for (const auto& part : ranges != nullptr ? *ranges : std::vector<http::FileRange>()) {
          const std::string text = part.file->read_text(part.offset, part.length);
          out.insert(out.end(), text.begin(), text.end());
        }
      }
      EXPECT_EQ(out.size(), stream->length);
    }
    return out;
  }
  bool blob_stored(const std::string& sha256) {
    return store_->size_bytes({blob::Class::blob, sha256}).has_value();
  }

  fs::path folder_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<auth::Auth> auth_;
  std::unique_ptr<repos::Repos> repos_;
  std::unique_ptr<blob::BlobStore> store_;
  std::unique_ptr<Contents> contents_;
  std::map<std::string, auth::ActorPtr> actors_;
  std::optional<repos::Writable> model_;
};

TEST_F(ContentTest, whole_blob_is_read_back_and_stays_in_its_repository) {
  const Bytes bytes = noise(100'000, 1);
  add_whole(*model_, bytes);
  const auto found = contents_->find(model_->repo().key, sha_of(bytes));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->whole);
  EXPECT_EQ(read(*found), bytes);
  EXPECT_EQ(read(*found, http::ByteRange{10, 19}), Bytes(bytes.begin() + 10, bytes.begin() + 20));
  const auto other = create("bob", "other");
  EXPECT_FALSE(contents_->find(other->repo().key, sha_of(bytes)));
}

TEST_F(ContentTest, links_from_one_repository_to_another) {
  const Bytes bytes = noise(1000, 2);
  add_whole(*model_, bytes);
  const auto second = create("alice", "second");
  const std::string unknown(64, '0');
  EXPECT_EQ(contents_->link_from(*model_, *second, {sha_of(bytes), unknown}),
            std::vector<std::string>{unknown});
  EXPECT_TRUE(contents_->find(second->repo().key, sha_of(bytes)));
  const auto missing = database_->write([&](db::Tx& tx) -> Result<std::vector<std::string>> {
    return contents_->missing(tx, second->repo().key, {unknown, sha_of(bytes)});
  });
  EXPECT_EQ(missing.value(), std::vector<std::string>{unknown});
}

TEST_F(ContentTest, shard_registers_a_file_that_every_door_reads) {
  Bytes bytes = noise(3'000'000, 3);
  std::fill(bytes.begin() + 1'000'000, bytes.begin() + 2'000'000,
            std::uint8_t{7});  // some chunks compress
  const auto file = prepare(bytes);
  EXPECT_TRUE(add_xorb(*model_, file));
  EXPECT_FALSE(add_xorb(*model_, file));
  EXPECT_TRUE(register_files(*model_, {file}).value());
  EXPECT_FALSE(register_files(*model_, {file}).value());
  const auto found = contents_->find(model_->repo().key, file.sha256);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->whole);
  EXPECT_EQ(found->xet_hash, file.info.file.text());
  EXPECT_EQ(read(*found), bytes);
  for (const std::uint64_t first : {0U, 1U, 65'535U, 999'999U, 1'500'000U, 2'999'999U})
    for (const std::uint64_t last :
         {first, std::min<std::uint64_t>(first + 70'000, 2'999'999), std::uint64_t{2'999'999}})
      EXPECT_EQ(read(*found, http::ByteRange{first, last}),
                Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(first),
                      bytes.begin() + static_cast<std::ptrdiff_t>(last) + 1));
  EXPECT_EQ(contents_->read_prefix(*found, 200'000).value(),
            as_text(ByteSpan(bytes).first(200'000)));
  EXPECT_TRUE(contents_->find_xet_file(model_->repo().key, file.info.file.text()));
  EXPECT_EQ(contents_->xorb_size(file.xorb.index.hash), file.xorb.serialized.size());
}

TEST_F(ContentTest, new_files_of_a_shard_are_registered_beside_known_ones) {
  const auto known = prepare(noise(200'000, 4));
  const auto fresh = prepare(noise(200'000, 5));
  add_xorb(*model_, known);
  add_xorb(*model_, fresh);
  ASSERT_TRUE(register_files(*model_, {known}));
  EXPECT_TRUE(register_files(*model_, {known, fresh}).value());
  EXPECT_TRUE(contents_->find(model_->repo().key, fresh.sha256));
}

TEST_F(ContentTest, shard_with_anything_untrue_registers_nothing) {
  const auto good = prepare(noise(200'000, 6));
  const auto other = prepare(noise(200'000, 7));
  add_xorb(*model_, good);
  add_xorb(*model_, other);
  auto wrong_sha = other;
  wrong_sha.info.sha256 = sha256(Bytes{1});
  auto wrong_range = other;
  wrong_range.info.range_hashes[0] = XetHash{};
  auto wrong_file = other;
  wrong_file.info.file = good.info.file;
  wrong_file.info.file.bytes[0] ^= 1;
  auto unverified = other;
  unverified.info.range_hashes.clear();
  for (const auto& wrong : {wrong_sha, wrong_range, wrong_file, unverified}) {
    const auto refused = register_files(*model_, {good, wrong});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Kind::invalid);
    EXPECT_FALSE(contents_->find(model_->repo().key, good.sha256));
  }
  auto wrong_chunks = shard_of({good});
  wrong_chunks.xorbs[0].chunks.pop_back();
  EXPECT_FALSE(contents_->add_files(*model_, wrong_chunks, nullptr));
  EXPECT_TRUE(register_files(*model_, {good}));
}

TEST_F(ContentTest, damage_since_a_xorb_came_is_not_blamed_on_the_client) {
  for (const bool claimed : {true, false}) {
    auto file = prepare(noise(200'000, claimed ? 20 : 21));
    if (!claimed) file.info.sha256.reset();
    add_xorb(*model_, file);
    const auto path = *store_->local_path({blob::Class::xorb, file.xorb.index.hash.text()});
    std::fstream object(path, std::ios::in | std::ios::out | std::ios::binary);
    object.seekp(100'000);
    object.put(static_cast<char>(file.xorb.serialized[100'000] ^ 1));
    object.close();
    EXPECT_THROW((void)register_files(*model_, {file}), std::runtime_error);
    EXPECT_FALSE(contents_->find(model_->repo().key, file.sha256));
  }
}

TEST_F(ContentTest, sha256_is_computed_when_the_shard_has_none) {
  auto file = prepare(noise(100'000, 8));
  file.info.sha256.reset();
  add_xorb(*model_, file);
  ASSERT_TRUE(register_files(*model_, {file}));
  EXPECT_TRUE(contents_->find(model_->repo().key, file.sha256));
}

TEST_F(ContentTest, anothers_private_xorb_does_not_exist_until_its_bytes_are_shown) {
  const auto file = prepare(noise(100'000, 9));
  add_xorb(*model_, file);
  ASSERT_TRUE(register_files(*model_, {file}));
  const auto bobs = create("bob", "his");
  const auto refused = register_files(*bobs, {file});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::invalid);
  EXPECT_FALSE(contents_->find_xet_file(bobs->repo().key, file.info.file.text()));
  EXPECT_FALSE(contents_->find_chunk(*bobs, file.xorb.index.chunks[0].hash));
  // Alice may read her own other repository.
  const auto second = create("alice", "second");
  EXPECT_FALSE(contents_->find_chunk(second->repo().key, file.xorb.index.chunks[0].hash));
  EXPECT_EQ(contents_->find_chunk(*second, file.xorb.index.chunks[0].hash), file.xorb.index.hash);
  EXPECT_TRUE(register_files(*second, {file}));
  EXPECT_TRUE(contents_->xorb_linked(second->repo().key, file.xorb.index.hash));
  // Bob has the bytes after all.
  EXPECT_TRUE(add_xorb(*bobs, file)) << "nor is he told that somebody else had them before";
  EXPECT_TRUE(register_files(*bobs, {file}).value());
  EXPECT_FALSE(add_xorb(*bobs, file));
  EXPECT_FALSE(register_files(*bobs, {file}).value());
  EXPECT_TRUE(contents_->find(bobs->repo().key, file.sha256));
}

TEST_F(ContentTest, a_fine_grained_token_does_not_use_what_its_owner_sent_elsewhere) {
  const auto file = prepare(noise(100'000, 10));
  add_xorb(*model_, file);
  ASSERT_TRUE(register_files(*model_, {file}));
  const auto second = create("alice", "second");
  auto narrow = std::make_shared<auth::Actor>(*actors_.at("alice"));
  narrow->via = auth::Via::token;
  narrow->token_role = auth::TokenRole::fine_grained;
  narrow->scopes = {{"model", "alice/second", {"repo.write"}}};
  const auto opened = repos_->open_writable(narrow, second->repo().id);
  ASSERT_TRUE(opened);
  const auto& chunk = file.xorb.index.chunks[0].hash;
  EXPECT_FALSE(contents_->find_chunk(*opened, chunk));
  EXPECT_FALSE(register_files(*opened, {file}));
  narrow->scopes.push_back({"model", model_->repo().id.full(), {"repo.content.read"}});
  EXPECT_EQ(contents_->find_chunk(*opened, chunk), file.xorb.index.hash);
  EXPECT_TRUE(register_files(*opened, {file}));
}

TEST_F(ContentTest, a_file_kept_as_chunks_is_not_stored_again_as_a_blob) {
  const Bytes bytes = noise(100'000, 10);
  const auto file = prepare(bytes);
  add_xorb(*model_, file);
  ASSERT_TRUE(register_files(*model_, {file}));
  const auto second = create("bob", "second");
  add_whole(*second, bytes);
  EXPECT_FALSE(blob_stored(file.sha256));
  const auto found = contents_->find(second->repo().key, file.sha256);
  ASSERT_TRUE(found);
  EXPECT_EQ(read(*found), bytes);
  // Having the content is enough to read it the Xet way too.
  EXPECT_TRUE(contents_->find_xet_file(second->repo().key, file.info.file.text()));
}

TEST_F(ContentTest, conversion_gives_a_blob_the_chunks_a_client_would_make) {
  Bytes bytes = noise(2'000'000, 11);
  bytes.insert(bytes.end(), bytes.begin(), bytes.begin() + 1'000'000);  // repeats itself
  add_whole(*model_, bytes);
  EXPECT_TRUE(contents_->convert_to_xet(sha_of(bytes)).value());
  EXPECT_FALSE(contents_->convert_to_xet(sha_of(bytes)).value());
  auto found = contents_->find(model_->repo().key, sha_of(bytes)).value();
  EXPECT_EQ(found.xet_hash, prepare(bytes).info.file.text());
  found.whole = false;
  EXPECT_EQ(read(found), bytes);
  std::uint64_t stored = 0;
  store_->each(blob::Class::xorb,
               [&](const blob::Key&, std::uint64_t size, Timestamp) { stored += size; });
  EXPECT_LT(stored, 2'300'000U);
  // The blob is then the second copy, and a collection takes it.
  const auto garbage = contents_->collect({sha_of(bytes)}, Timestamp{now().ms + 1000}, false);
  ASSERT_EQ(garbage.items.size(), 1U);
  EXPECT_EQ(garbage.items[0].what, "blob");
  EXPECT_FALSE(blob_stored(sha_of(bytes)));
  EXPECT_EQ(read(contents_->find(model_->repo().key, sha_of(bytes)).value()), bytes);
}

TEST_F(ContentTest, blobs_wait_for_their_conversion_in_order_until_it_is_done) {
  const auto first = noise(200'000, 21), second = noise(300'000, 22), small = noise(1000, 23);
  add_whole(*model_, first);
  for (const auto at = now(); now() <= at;) std::this_thread::yield();
  add_whole(*model_, second);
  add_whole(*model_, small);
  EXPECT_EQ(contents_->unconverted(64 << 10, 10), (std::vector{sha_of(first), sha_of(second)}));
  EXPECT_EQ(contents_->unconverted(64 << 10, 1), std::vector{sha_of(first)});
  EXPECT_FALSE(contents_->convert_to_xet(sha_of(first), [] { return false; }).value());
  EXPECT_EQ(contents_->find(model_->repo().key, sha_of(first))->xet_hash, "");
  EXPECT_TRUE(contents_->convert_to_xet(sha_of(first), [] { return true; }).value());
  EXPECT_EQ(contents_->unconverted(64 << 10, 10), std::vector{sha_of(second)});
}

TEST_F(ContentTest, collection_takes_what_nothing_refers_to_and_says_so_before) {
  const Bytes kept = noise(50'000, 12);
  const Bytes dead = noise(60'000, 13);
  const Bytes unlinked = noise(70'000, 14);
  for (const auto& bytes : {kept, dead, unlinked}) add_whole(*model_, bytes);
  const auto kept_file = prepare(noise(200'000, 15));
  const auto dead_file = prepare(noise(200'000, 16));
  const auto never_registered = prepare(noise(200'000, 17));
  for (const auto& file : {kept_file, dead_file, never_registered}) add_xorb(*model_, file);
  ASSERT_TRUE(register_files(*model_, {kept_file, dead_file}));
  store_->put(staged(noise(10, 18)), {blob::Class::blob, sha_of(noise(10, 18))});
  ASSERT_TRUE(
      contents_->unlink(repos_->open_administrable(actors_.at("alice"), model_->repo().id).value(),
                        {sha_of(unlinked)}));

  const std::vector<std::string> live{sha_of(kept), kept_file.sha256, sha_of(unlinked)};
  EXPECT_TRUE(contents_->collect(live, Timestamp{now().ms - 60'000}, false)
                  .items.empty());  // all too young
  const Timestamp later{now().ms + 1000};
  const auto announced = contents_->collect(live, later, true);
  EXPECT_TRUE(blob_stored(sha_of(dead)));
  const auto done = contents_->collect(live, later, false);
  EXPECT_EQ(announced.total_bytes, done.total_bytes);
  EXPECT_EQ(announced.items.size(), done.items.size());
  EXPECT_EQ(done.items.size(), 6U);  // two blobs, a file, two xorbs, one left behind
  EXPECT_FALSE(blob_stored(sha_of(dead)));
  EXPECT_FALSE(blob_stored(sha_of(unlinked)));
  EXPECT_FALSE(contents_->xorb_index(dead_file.xorb.index.hash));
  EXPECT_FALSE(contents_->xorb_index(never_registered.xorb.index.hash));
  EXPECT_FALSE(contents_->find(model_->repo().key, dead_file.sha256));
  EXPECT_TRUE(contents_->collect(live, later, false).items.empty());
  EXPECT_EQ(read(contents_->find(model_->repo().key, sha_of(kept)).value()), kept);
  EXPECT_EQ(sha_of(read(contents_->find(model_->repo().key, kept_file.sha256).value())),
            kept_file.sha256);
}

TEST_F(ContentTest, removing_a_repository_unlinks_its_files) {
  const Bytes bytes = noise(1000, 19);
  add_whole(*model_, bytes);
  const auto second = create("alice", "second");
  const auto done = database_->write([&](db::Tx& tx) -> Result<bool> {
    contents_->link_all(tx, model_->repo().key, second->repo().key);
    contents_->unlink_all(tx, model_->repo().key);
    return true;
  });
  EXPECT_TRUE(done);
  EXPECT_FALSE(contents_->find(model_->repo().key, sha_of(bytes)));
  EXPECT_TRUE(contents_->find(second->repo().key, sha_of(bytes)));
}

TEST(Pointer, is_read_and_written) {
  const Pointer pointer{std::string(64, 'a'), 12345};
  const auto text = format_pointer(pointer);
  const auto again = parse_pointer(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sha256, pointer.sha256);
  EXPECT_EQ(again->size_bytes, 12345U);
}

TEST(Pointer, anything_else_is_an_ordinary_file) {
  const std::string good = format_pointer({std::string(64, 'a'), 1});
  EXPECT_FALSE(parse_pointer(""));
  EXPECT_FALSE(parse_pointer(good.substr(1)));
  EXPECT_FALSE(parse_pointer(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(parse_pointer(good + "more\n"));
  EXPECT_FALSE(parse_pointer(good + good));
  EXPECT_FALSE(parse_pointer("version https://git-lfs.github.com/spec/v1\nsize 1\n"));
  EXPECT_FALSE(parse_pointer("version https://git-lfs.github.com/spec/v1\noid sha256:" +
                             std::string(64, 'A') + "\nsize 1\n"));
  EXPECT_FALSE(parse_pointer("version https://git-lfs.github.com/spec/v1\noid sha256:" +
                             std::string(64, 'a') + "\nsize -1\n"));
  EXPECT_FALSE(parse_pointer(good + std::string(2000, '\n')));
}

}  // namespace
}  // namespace holt::content
