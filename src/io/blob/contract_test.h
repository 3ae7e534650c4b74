// What every object store must do: one suite, run over each implementation. A Factory has
// `BlobStore& store()`, `std::size_t staged_files()` and cleans up when it goes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "io/blob/blob.h"

namespace holt::blob {

template <class Factory>
class BlobContract : public ::testing::Test {
 protected:
  BlobStore& store() { return factory_.store(); }

  std::unique_ptr<Staged> staged(std::string_view content) {
    auto file = store().stage();
    file->write(as_bytes(content));
    return file;
  }

  static Key key_of(Class kind, std::string_view content) { return {kind, sha256_hex(content)}; }

  Key put(Class kind, std::string_view content) {
    const Key key = key_of(kind, content);
    store().put(staged(content), key);
    return key;
  }

  Factory factory_;
};

TYPED_TEST_SUITE_P(BlobContract);

TYPED_TEST_P(BlobContract, what_was_put_comes_back) {
  const Key key = this->put(Class::blob, "weights");
  EXPECT_EQ(this->store().size_bytes(key), 7U);
  auto file = this->store().open(key);
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->read_text(0, file->size_bytes()), "weights");
  EXPECT_EQ(this->factory_.staged_files(), 0U);
}

TYPED_TEST_P(BlobContract, classes_do_not_mix) {
  Key key = this->put(Class::blob, "x");
  key.kind = Class::xorb;
  EXPECT_EQ(this->store().size_bytes(key), std::nullopt);
  EXPECT_EQ(this->store().open(key), nullptr);
}

TYPED_TEST_P(BlobContract, writes_of_any_size_keep_their_order) {
  std::string content;
  auto file = this->store().stage();
  for (const std::size_t size : {1UL, 300000UL, 7UL, 200000UL, 200000UL, 0UL, 20000000UL, 5UL}) {
    std::string piece(size, '\0');
    for (std::size_t i = 0; i < size; ++i) piece[i] = static_cast<char>((i * 31 + size) % 251);
    file->write(as_bytes(piece));
    content += piece;
    EXPECT_EQ(file->size_bytes(), content.size());
  }
  EXPECT_TRUE(file->file()->read_text(0, content.size()) == content);
  file->write(as_bytes("end"));
  content += "end";
  const Key key = this->key_of(Class::pack, content);
  this->store().put(std::move(file), key);
  EXPECT_TRUE(this->store().open(key)->read_text(0, content.size()) == content);
}

TYPED_TEST_P(BlobContract, dropped_staging_leaves_nothing) {
  this->staged("half an upload").reset();
  EXPECT_EQ(this->factory_.staged_files(), 0U);
}

TYPED_TEST_P(BlobContract, storing_again_keeps_one) {
  const Key key = this->put(Class::xorb, "same");
  auto held = this->store().open(key);
  this->put(Class::xorb, "same");
  EXPECT_EQ(held->read_text(0, 4), "same");
  EXPECT_EQ(this->store().size_bytes(key), 4U);
  EXPECT_EQ(this->factory_.staged_files(), 0U);
}

TYPED_TEST_P(BlobContract, many_writers_of_one_key) {
  const std::string content(100000, 'c');
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] {
      for (int k = 0; k < 5; ++k) this->put(Class::blob, content + std::to_string(k));
    });
  }
  for (auto& writer : writers) writer.join();
  for (int k = 0; k < 5; ++k) {
    EXPECT_EQ(this->store().size_bytes(this->key_of(Class::blob, content + std::to_string(k))),
              content.size() + 1);
  }
  EXPECT_EQ(this->factory_.staged_files(), 0U);
}

TYPED_TEST_P(BlobContract, many_at_once) {
  std::vector<BlobStore::Put> puts;
  for (int i = 0; i < 40; ++i) {
    const std::string content = "object " + std::to_string(i % 39);
    puts.push_back({this->staged(content), this->key_of(Class::blob, content)});
  }
  this->store().put_all(std::move(puts));
  for (int i = 0; i < 39; ++i) {
    EXPECT_TRUE(this->store().size_bytes(this->key_of(Class::blob, "object " + std::to_string(i))));
  }
  EXPECT_EQ(this->factory_.staged_files(), 0U);
}

TYPED_TEST_P(BlobContract, removed_is_gone_and_open_readers_go_on) {
  const Key key = this->put(Class::blob, "x");
  auto held = this->store().open(key);
  EXPECT_TRUE(this->store().remove(key));
  EXPECT_FALSE(this->store().remove(key));
  EXPECT_EQ(this->store().open(key), nullptr);
  EXPECT_EQ(held->read_text(0, 1), "x");
}

TYPED_TEST_P(BlobContract, the_collector_spares_what_is_new) {
  const Timestamp before = now();
  const Key key = this->put(Class::blob, "x");
  EXPECT_FALSE(this->store().discard_older(key, Timestamp{before.ms - 1000}));
  EXPECT_TRUE(this->store().size_bytes(key));
  EXPECT_TRUE(this->store().discard_older(key, Timestamp{now().ms + 60000}));
  EXPECT_FALSE(this->store().discard_older(key, Timestamp{now().ms + 60000}));
}

TYPED_TEST_P(BlobContract, what_is_in_the_bin_comes_back_or_goes_for_good) {
  const Timestamp later{now().ms + 60000};
  const Key back = this->put(Class::blob, "comes back");
  const Key gone = this->put(Class::pack, "goes");
  ASSERT_TRUE(this->store().discard_older(back, later));
  ASSERT_TRUE(this->store().discard_older(gone, later));
  EXPECT_EQ(this->store().open(back), nullptr);
  std::map<Key, std::uint64_t> binned;
  this->store().each_discarded([&](const Key& key, std::uint64_t size_bytes, Timestamp at) {
    EXPECT_LE(std::abs(at.ms - now().ms), 2000);
    binned[key] = size_bytes;
  });
  EXPECT_EQ(binned, (std::map<Key, std::uint64_t>{{back, 10}, {gone, 4}}));
  EXPECT_EQ(this->store().empty_bin(Timestamp{now().ms - 60000}).objects, 0U);
  EXPECT_TRUE(this->store().restore(back));
  EXPECT_FALSE(this->store().restore(back));
  EXPECT_EQ(this->store().open(back)->read_text(0, 10), "comes back");
  EXPECT_FALSE(this->store().discard_older(back, Timestamp{now().ms - 60000}));
  const auto emptied = this->store().empty_bin(later);
  EXPECT_EQ(emptied.objects, 1U);
  EXPECT_EQ(emptied.bytes, 4U);
  EXPECT_FALSE(this->store().restore(gone));
}

TYPED_TEST_P(BlobContract, stored_again_while_its_copy_is_in_the_bin) {
  const Timestamp later{now().ms + 60000};
  const Key key = this->put(Class::blob, "twice");
  ASSERT_TRUE(this->store().discard_older(key, later));
  this->put(Class::blob, "twice");
  ASSERT_TRUE(this->store().discard_older(key, later));
  this->put(Class::blob, "twice");
  EXPECT_TRUE(this->store().restore(key));
  EXPECT_EQ(this->store().empty_bin(later).objects, 0U);
  EXPECT_EQ(this->store().open(key)->read_text(0, 5), "twice");
}

TYPED_TEST_P(BlobContract, damaged_bytes_are_replaced) {
  const Key key{Class::blob, sha256_hex("sound")};
  this->store().put(this->staged("rotten"), key);
  auto held = this->store().open(key);
  this->store().replace(this->staged("sound"), key);
  EXPECT_EQ(this->store().open(key)->read_text(0, 5), "sound");
  EXPECT_EQ(held->read_text(0, 6), "rotten");
  const Key missing{Class::xorb, sha256_hex("was missing")};
  this->store().replace(this->staged("was missing"), missing);
  EXPECT_EQ(this->store().size_bytes(missing), 11U);
}

TYPED_TEST_P(BlobContract, ranges_of_hashes_share_out_the_whole) {
  std::set<std::string> all;
  for (int i = 0; i < 200; ++i) all.insert(this->put(Class::xorb, std::to_string(i)).hash);
  std::vector<std::string> seen;
  for (std::uint32_t first = 0; first < HashRange::kAll; first += 5000) {
    const HashRange range{first, std::min(first + 5000, HashRange::kAll)};
    this->store().each(Class::xorb, range, [&](const Key& key, std::uint64_t, Timestamp) {
      EXPECT_TRUE(range.holds(key.hash));
      seen.push_back(key.hash);
      return BlobStore::Next::go_on;
    });
  }
  EXPECT_EQ(seen, std::vector<std::string>(all.begin(), all.end()));
  int looked = 0;
  this->store().each(Class::xorb, HashRange(), [&](const Key&, std::uint64_t, Timestamp) {
    return ++looked == 3 ? BlobStore::Next::stop : BlobStore::Next::go_on;
  });
  EXPECT_EQ(looked, 3);
}

TYPED_TEST_P(BlobContract, each_visits_all_of_a_class_and_may_remove) {
  const Timestamp before = now();
  std::map<std::string, std::uint64_t> expected;
  for (int i = 0; i < 50; ++i) {
    const std::string content(static_cast<std::size_t>(i), 'x');
    expected[this->put(Class::xorb, content).hash] = content.size();
  }
  this->put(Class::blob, "other class");
  std::map<std::string, std::uint64_t> seen;
  this->store().each(Class::xorb, [&](const Key& key, std::uint64_t size_bytes, Timestamp at) {
    EXPECT_EQ(key.kind, Class::xorb);
    EXPECT_GE(at.ms, before.ms - 2000);
    EXPECT_LE(at.ms, now().ms + 2000);
    seen[key.hash] = size_bytes;
    this->store().remove(key);
  });
  EXPECT_EQ(seen, expected);
  this->store().each(Class::xorb, [](const Key&, std::uint64_t, Timestamp) { ADD_FAILURE(); });
}

TYPED_TEST_P(BlobContract, sweeps_only_old_staging_files) {
  auto file = this->staged("in flight");
  EXPECT_EQ(this->store().sweep_staging(Timestamp{now().ms - 3600000}), 0U);
  EXPECT_EQ(this->store().sweep_staging(Timestamp{now().ms + 60000}), 1U);
  EXPECT_EQ(this->factory_.staged_files(), 0U);
}

TYPED_TEST_P(BlobContract, refuses_a_key_that_is_no_hash) {
  EXPECT_THROW(this->store().open({Class::blob, "../../etc/passwd"}), std::logic_error);
}

REGISTER_TYPED_TEST_SUITE_P(BlobContract, what_was_put_comes_back, classes_do_not_mix,
                            writes_of_any_size_keep_their_order, dropped_staging_leaves_nothing,
                            storing_again_keeps_one, many_writers_of_one_key, many_at_once,
                            removed_is_gone_and_open_readers_go_on,
                            the_collector_spares_what_is_new,
                            what_is_in_the_bin_comes_back_or_goes_for_good,
                            stored_again_while_its_copy_is_in_the_bin, damaged_bytes_are_replaced,
                            ranges_of_hashes_share_out_the_whole,
                            each_visits_all_of_a_class_and_may_remove,
                            sweeps_only_old_staging_files, refuses_a_key_that_is_no_hash);

}  // namespace holt::blob
