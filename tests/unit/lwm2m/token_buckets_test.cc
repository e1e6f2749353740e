#include "lwm2m/token_buckets.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace lwm2m {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(TokenBucketTest, GivesABurstAndThenTheRate) {
  TokenBucket bucket;
  const TokenRate rate{10, 3};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bucket.Take(rate, kStart));
  EXPECT_EQ(bucket.Take(rate, kStart), std::optional(milliseconds(100)));
  EXPECT_EQ(bucket.Take(rate, kStart + milliseconds(60)), std::optional(milliseconds(40)));
  EXPECT_FALSE(bucket.Take(rate, kStart + milliseconds(100)));
  EXPECT_TRUE(bucket.Take(rate, kStart + milliseconds(100)));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bucket.Take(rate, kStart + Seconds(60)));
  EXPECT_TRUE(bucket.Take(rate, kStart + Seconds(60))) << "no more than the burst is saved";
}

TEST(TokenBucketTest, WhatIsRefusedCostsNothing) {
  TokenBucket bucket;
  const TokenRate rate{1, 1};
  EXPECT_FALSE(bucket.Take(rate, kStart));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bucket.Take(rate, kStart + milliseconds(500)));
  EXPECT_FALSE(bucket.Take(rate, kStart + Seconds(1)));
}

TEST(TokenBucketTest, LeavesWhatIsReserved) {
  TokenBucket bucket;
  const TokenRate rate{10, 4};
  EXPECT_FALSE(bucket.Take(rate, kStart, 2));
  EXPECT_FALSE(bucket.Take(rate, kStart, 2));
  EXPECT_EQ(bucket.Take(rate, kStart, 2), std::optional(milliseconds(100)));
  EXPECT_FALSE(bucket.Take(rate, kStart));
  EXPECT_FALSE(bucket.Take(rate, kStart));
  EXPECT_TRUE(bucket.Take(rate, kStart));
}

TEST(TokenBucketsTest, EachIdentityHasItsOwn) {
  TokenBuckets buckets({1, 1});
  EXPECT_FALSE(buckets.Take(1, kStart));
  EXPECT_TRUE(buckets.Take(1, kStart));
  EXPECT_FALSE(buckets.Take(2, kStart));
}

TEST(TokenBucketsTest, KnowsWhoTakesMuchAmongVeryManyThatTakeLittle) {
  TokenBuckets buckets({1, 10}, 64);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(buckets.Take(7, kStart));
  for (std::uint64_t identity = 1000; identity < 11000; ++identity) {
    EXPECT_FALSE(buckets.Take(identity, kStart));
  }
  EXPECT_TRUE(buckets.Take(7, kStart));
}

}  // namespace
}  // namespace lwm2m
