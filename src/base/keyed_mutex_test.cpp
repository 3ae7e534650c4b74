// Locks by key: who waits for whom, and that nothing stays behind.
#include "base/keyed_mutex.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

namespace holt {
namespace {

TEST(KeyedMutex, other_keys_do_not_wait) {
  KeyedMutex<std::int64_t> locks;
  const KeyedMutex<std::int64_t>::Lock held(locks, 1);
  // 65 would share a lock with 1 among 64 of them.
  std::async(std::launch::async, [&] {
    for (std::int64_t key = 2; key < 1000; ++key)
      const KeyedMutex<std::int64_t>::Lock other(locks, key);
  }).get();
  EXPECT_EQ(locks.size(), 1U);
}

TEST(KeyedMutex, the_same_key_waits_and_nothing_stays) {
  KeyedMutex<std::string> locks;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        const KeyedMutex<std::string>::Lock lock(locks, "one");
        ++count;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, 8000);
  EXPECT_EQ(locks.size(), 0U);
}

}  // namespace
}  // namespace holt
