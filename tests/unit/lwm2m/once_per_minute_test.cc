#include "lwm2m/once_per_minute.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

enum class Kind { kOne, kOther, kCount };

TEST(OncePerMinuteTest, LetsOneOfAKindPassAndCountsTheRest) {
  OncePerMinute<Kind> log;
  const TimePoint start{};
  EXPECT_EQ(log.Pass(Kind::kOne, start), 0u);
  EXPECT_EQ(log.Pass(Kind::kOne, start + Seconds(1)), std::nullopt);
  EXPECT_EQ(log.Pass(Kind::kOther, start + Seconds(1)), 0u);
  EXPECT_EQ(log.Pass(Kind::kOne, start + Seconds(59)), std::nullopt);
  EXPECT_EQ(log.Pass(Kind::kOne, start + Seconds(60)), 2u);
  EXPECT_EQ(log.Pass(Kind::kOne, start + Seconds(120)), 0u);
}

}  // namespace
}  // namespace lwm2m
