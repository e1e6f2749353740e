#include "lwm2m/hash_index.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>

namespace lwm2m {
namespace {

TEST(HashIndexTest, FindsByHashAndByWhatTheItemIs) {
  HashIndex<std::uint32_t> index;
  const auto any = [](std::uint32_t) { return true; };
  EXPECT_FALSE(index.Find(7, any));
  EXPECT_FALSE(index.Remove(7, 1));
  index.Add(7, 1);
  index.Add(7, 2);
  EXPECT_EQ(index.size(), 2u);
  EXPECT_EQ(index.Find(7, [](std::uint32_t item) { return item == 2; }), 2u);
  EXPECT_FALSE(index.Find(7, [](std::uint32_t item) { return item == 3; }));
  EXPECT_FALSE(index.Find(8, any));
  EXPECT_TRUE(index.Remove(7, 1));
  EXPECT_FALSE(index.Remove(7, 1));
  EXPECT_EQ(index.Find(7, any), 2u);
}

// Against a map, with hashes that collide often.
TEST(HashIndexTest, HoldsWhatWasAddedAndNotRemoved) {
  HashIndex<std::uint32_t> index;
  std::multimap<std::size_t, std::uint32_t> expected;
  std::mt19937 random(1);
  for (std::uint32_t item = 1; item < 20000; ++item) {
    const std::size_t hash = random() % 512;
    if (random() % 3 != 0) {
      index.Add(hash, item);
      expected.emplace(hash, item);
    } else if (const auto found = expected.find(hash); found != expected.end()) {
      EXPECT_TRUE(index.Remove(hash, found->second));
      expected.erase(found);
    }
    ASSERT_EQ(index.size(), expected.size());
  }
  for (const auto& [hash, item] : expected) {
    EXPECT_EQ(index.Find(hash, [wanted = item](std::uint32_t each) { return each == wanted; }),
              item);
  }
  while (!expected.empty()) {
    ASSERT_TRUE(index.Remove(expected.begin()->first, expected.begin()->second));
    expected.erase(expected.begin());
  }
  EXPECT_EQ(index.size(), 0u);
}

}  // namespace
}  // namespace lwm2m
