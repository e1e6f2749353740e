#include "ipe/cse_health.h"

#include <gtest/gtest.h>

namespace ipe {
namespace {

using lwm2m::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr double kMost = 1.0;  // jitter that takes nothing off

TEST(CseHealthTest, StartsDownWithAnAttemptDue) {
  CseHealth health(kStart);
  EXPECT_FALSE(health.up());
  EXPECT_EQ(health.next_attempt(), kStart);
  EXPECT_TRUE(health.TakeAttempt(kStart));
}

TEST(CseHealthTest, HasOneAttemptUnderWay) {
  CseHealth health(kStart);
  ASSERT_TRUE(health.TakeAttempt(kStart));
  EXPECT_FALSE(health.TakeAttempt(kStart + seconds(100)));
  EXPECT_EQ(health.next_attempt(), TimePoint::max());
}

TEST(CseHealthTest, ComesUpAndForgetsTheReason) {
  CseHealth health(kStart);
  ASSERT_TRUE(health.TakeAttempt(kStart));
  health.OnDown("connection refused", kStart, kMost);
  EXPECT_EQ(health.reason(), "connection refused");
  health.OnUp(kStart + seconds(5));
  EXPECT_TRUE(health.up());
  EXPECT_EQ(health.reason(), "");
  EXPECT_EQ(health.since(), kStart + seconds(5));
  EXPECT_FALSE(health.TakeAttempt(kStart + seconds(6)));
  EXPECT_EQ(health.next_attempt(), TimePoint::max());
}

TEST(CseHealthTest, LooksAgainAtOnceWhenItGoesDown) {
  CseHealth health(kStart);
  health.OnUp(kStart);
  health.OnDown("no answer", kStart + seconds(9), kMost);
  EXPECT_EQ(health.next_attempt(), kStart + seconds(9));
  EXPECT_EQ(health.since(), kStart + seconds(9));
  EXPECT_EQ(health.outages(), 1u);
  EXPECT_EQ(health.failed_attempts(), 0);
}

TEST(CseHealthTest, BacksOffFromOneSecondToThirtyWhileItStaysDown) {
  CseHealth health(kStart);
  TimePoint now = kStart;
  for (const int wait : {1, 2, 4, 8, 16, 30, 30}) {
    ASSERT_TRUE(health.TakeAttempt(now));
    health.OnDown("no answer", now, kMost);
    EXPECT_EQ(health.next_attempt(), now + seconds(wait));
    EXPECT_FALSE(health.TakeAttempt(health.next_attempt() - milliseconds(1)));
    now = health.next_attempt();
  }
  EXPECT_EQ(health.failed_attempts(), 7);
  EXPECT_EQ(health.outages(), 0u);
}

TEST(CseHealthTest, BeginsTheBackOffAnewWithEachOutage) {
  CseHealth health(kStart);
  for (int i = 0; i < 5; ++i) health.OnDown("no answer", kStart, kMost);
  health.OnUp(kStart);
  health.OnDown("no answer", kStart, kMost);
  health.OnDown("no answer", kStart, kMost);
  EXPECT_EQ(health.next_attempt(), kStart + seconds(1));
  EXPECT_EQ(health.outages(), 1u);
}

TEST(BackOffTest, SpreadsFromHalfToAll) {
  EXPECT_EQ(BackOff(0, milliseconds(1000), seconds(60), 0.0), milliseconds(500));
  EXPECT_EQ(BackOff(0, milliseconds(1000), seconds(60), 0.5), milliseconds(750));
  EXPECT_EQ(BackOff(0, milliseconds(1000), seconds(60), 1.0), milliseconds(1000));
}

TEST(BackOffTest, DoublesUpToTheMost) {
  EXPECT_EQ(BackOff(3, milliseconds(1000), seconds(60), 1.0), seconds(8));
  EXPECT_EQ(BackOff(6, milliseconds(1000), seconds(60), 1.0), seconds(60));
  EXPECT_EQ(BackOff(1'000'000, milliseconds(1000), seconds(60), 1.0), seconds(60));
  EXPECT_EQ(BackOff(-1, milliseconds(1000), seconds(60), 1.0), seconds(1));
}

}  // namespace
}  // namespace ipe
