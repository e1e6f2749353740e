#include "ipe/loop_load.h"

#include <gtest/gtest.h>

#include <chrono>

namespace ipe {
namespace {

using std::chrono::milliseconds;

// Looks every 100 ms at a loop that has waited for so long in each.
class LoopLoadTest : public ::testing::Test {
 protected:
  LoopLoadTest() { load_.OnTurn(now_, waited_); }
  std::optional<double> Look(milliseconds waiting) {
    now_ += milliseconds(100);
    waited_ += waiting;
    return load_.OnTurn(now_, waited_);
  }
  LoopLoad load_;
  LoopLoad::TimePoint now_{std::chrono::hours(1)};
  std::chrono::nanoseconds waited_{std::chrono::minutes(7)};
};

TEST_F(LoopLoadTest, TellsTheShareOfWaitingTenTimesASecond) {
  EXPECT_EQ(Look(milliseconds(60)), 0.6);
  EXPECT_EQ(load_.OnTurn(now_ + milliseconds(99), waited_), std::nullopt);
}

TEST_F(LoopLoadTest, IsBusyAfterHalfASecondWithHardlyAnyWaiting) {
  for (int look = 0; look < 4; ++look) Look(milliseconds(5));
  EXPECT_FALSE(load_.busy());
  Look(milliseconds(5));
  EXPECT_TRUE(load_.busy());
}

TEST_F(LoopLoadTest, OneLongTurnIsNoLoad) {
  for (int look = 0; look < 4; ++look) Look(milliseconds(0));
  Look(milliseconds(15));
  Look(milliseconds(0));
  EXPECT_FALSE(load_.busy());
}

TEST_F(LoopLoadTest, StaysBusyUntilThereIsSomeTime) {
  for (int look = 0; look < 5; ++look) Look(milliseconds(0));
  Look(milliseconds(20));
  EXPECT_TRUE(load_.busy());
  Look(milliseconds(30));
  EXPECT_FALSE(load_.busy());
}

}  // namespace
}  // namespace ipe
