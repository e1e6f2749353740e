#include "mapping/subscription_criteria.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mapping {
namespace {

using lwm2m::NotificationAttributes;
using lwm2m::Path;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr Path kTemperature(3303, 0, 5700);

onem2m::Subscription Of(std::vector<int> event_types, std::vector<int> child_types = {}) {
  onem2m::Subscription subscription;
  subscription.event_types = std::move(event_types);
  subscription.child_types = std::move(child_types);
  return subscription;
}

NotificationAttributes Periods(std::optional<std::uint32_t> minimum,
                               std::optional<std::uint32_t> maximum) {
  NotificationAttributes attributes;
  attributes.minimum_period = minimum;
  attributes.maximum_period = maximum;
  return attributes;
}

TEST(SubscriptionInterestTest, IsInValuesWithNewContentInstancesOrUpdates) {
  EXPECT_TRUE(IsForValues(Of({})));
  EXPECT_TRUE(IsForValues(Of({1})));
  EXPECT_TRUE(IsForValues(Of({3})));
  EXPECT_TRUE(IsForValues(Of({3}, {3, 4})));
  EXPECT_TRUE(IsForValues(Of({2, 3})));
  EXPECT_FALSE(IsForValues(Of({2})));
  EXPECT_FALSE(IsForValues(Of({4})));
  EXPECT_FALSE(IsForValues(Of({3}, {3})));
}

// TS-0004 Table 6.3.5.6-1: xs:duration.
TEST(SubscriptionCriteriaTest, ReadsDurations) {
  EXPECT_THAT(SecondsOf("PT10S"), Optional(DoubleEq(10)));
  EXPECT_THAT(SecondsOf("PT1M30.5S"), Optional(DoubleEq(90.5)));
  EXPECT_THAT(SecondsOf("P1DT1H"), Optional(DoubleEq(90000)));
  EXPECT_THAT(SecondsOf("P2W"), Optional(DoubleEq(14 * 86400)));
}

TEST(SubscriptionCriteriaTest, TakesAPlainNumberAsMilliseconds) {
  EXPECT_THAT(SecondsOf("10000"), Optional(DoubleEq(10)));
}

TEST(SubscriptionCriteriaTest, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "P", "PT", "10 s", "PT10", "PTS", "PT10X", "-5", "P1S", "PT1D",
                           "nan", "inf", "PT1..5S", "PTT1S"}) {
    EXPECT_EQ(SecondsOf(text), std::nullopt) << text;
  }
}

TEST(SubscriptionCriteriaTest, RateLimitIsPminAndBatchDurationIsPmax) {
  onem2m::Subscription subscription;
  subscription.rate_limit_number = 6;
  subscription.rate_limit_window = "PT1M";
  subscription.batch_duration = "PT1H";
  EXPECT_EQ(CriteriaOf(subscription), Periods(10, 3600));
}

TEST(SubscriptionCriteriaTest, ARateOfMoreThanOneASecondLimitsNothing) {
  onem2m::Subscription subscription;
  subscription.rate_limit_number = 100;
  subscription.rate_limit_window = "PT1S";
  EXPECT_TRUE(CriteriaOf(subscription).empty());
  subscription.rate_limit_number = 0;
  EXPECT_TRUE(CriteriaOf(subscription).empty());
}

TEST(SubscriptionCriteriaTest, LabelsSayTheRestAndWin) {
  onem2m::Subscription subscription;
  subscription.rate_limit_window = "PT10S";
  subscription.labels = {"LWM2M-pmin:5",  "LWM2M-gt:30.5", "LWM2M-lt:-2",
                         "LWM2M-st:1",    "LWM2M-epmin:1", "LWM2M-epmax:9",
                         "LWM2M-pmax:60", "LWM2M-con:1",   "LWM2M-Time:20260101T000000",
                         "LWM2M-st:x",    "kind:air",      "LWM2M-pmin"};
  EXPECT_THAT(lwm2m::ToQueries(CriteriaOf(subscription)),
              ElementsAre("pmin=5", "pmax=60", "gt=30.5", "lt=-2", "st=1", "epmin=1", "epmax=9"));
}

TEST(CombinedCriteriaTest, TheSmallestPeriodsWin) {
  EXPECT_EQ(
      Combine({Periods(10, 600), Periods(5, std::nullopt), Periods(20, 300)}, {}, kTemperature),
      Periods(5, 300));
}

TEST(CombinedCriteriaTest, AThresholdStandsOnlyWhenAllSetTheSame) {
  NotificationAttributes above;
  above.greater_than = 30;
  EXPECT_EQ(Combine({above, above}, {}, kTemperature), above);
  EXPECT_TRUE(Combine({above, NotificationAttributes()}, {}, kTemperature).empty());
  NotificationAttributes higher;
  higher.greater_than = 40;
  EXPECT_TRUE(Combine({above, higher}, {}, kTemperature).empty());
}

TEST(CombinedCriteriaTest, DefaultsSayWhatNoSubscriberDoes) {
  NotificationAttributes defaults = Periods(60, 3600);
  defaults.greater_than = 30;
  EXPECT_EQ(Combine({NotificationAttributes()}, defaults, kTemperature), defaults);
  NotificationAttributes expected = Periods(5, 3600);
  expected.greater_than = 30;
  EXPECT_EQ(Combine({Periods(5, std::nullopt)}, defaults, kTemperature), expected);
}

// ATT-3
TEST(CombinedCriteriaTest, WhatContradictsItselfOrThePathIsLeftOut) {
  EXPECT_EQ(Combine({Periods(10, std::nullopt), Periods(std::nullopt, 5)}, {}, kTemperature),
            Periods(5, 5));
  NotificationAttributes above;
  above.greater_than = 30;
  EXPECT_TRUE(Combine({above}, {}, Path(3303, 0)).empty());
  NotificationAttributes crossed;
  crossed.greater_than = 1;
  crossed.less_than = 2;
  EXPECT_TRUE(Combine({crossed}, {}, kTemperature).empty());
}

TEST(CriteriaDifferenceTest, WritesWhatIsNewAndUnsetsWhatIsGone) {
  NotificationAttributes written = Periods(10, 600);
  written.greater_than = 30;
  NotificationAttributes wanted = Periods(10, std::nullopt);
  wanted.step = 2;
  EXPECT_THAT(lwm2m::ToQueries(Difference(written, wanted)), ElementsAre("st=2", "pmax", "gt"));
  EXPECT_TRUE(Difference(wanted, wanted).empty());
}

}  // namespace
}  // namespace mapping
