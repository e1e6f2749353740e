#include "mapping/time_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/ddf/standard_objects.h"

namespace mapping {
namespace {

using lwm2m::Path;

TEST(TimeSeriesAddressTest, IsBesideTheContainerOfTheResource) {
  EXPECT_EQ(TimeSeriesAddress(Path(3303, 0, 5700)), "3303/0/5700-ts");
  EXPECT_EQ(PathOfTimeSeries("3303/0/5700-ts"), Path(3303, 0, 5700));
  EXPECT_EQ(PathOfTimeSeries("3/0/7/1-ts"), Path(3, 0, 7, 1));
  for (const char* address : {"", "-ts", "3303/0-ts", "3303/0/5700", "@node/5-ts", "3303/0/x-ts"}) {
    EXPECT_FALSE(PathOfTimeSeries(address)) << address;
  }
}

class PlanTimeSeriesTest : public ::testing::Test {
 protected:
  PlanTimeSeriesTest() { registration_.endpoint = "ep"; }
  lwm2m::Registration registration_;
  Context context_;
  Profile profile_ = Profile::Default();
  lwm2m::ObjectModel model_ = lwm2m::StandardObjects();
  CreationRules rules_{registration_, context_, profile_, model_, "20300101T000000"};
};

TEST_F(PlanTimeSeriesTest, IsPeriodicWherePmaxSaysSo) {
  Rule rule;
  rule.pmax = 300;
  rule.max_number_of_instances = 50;
  profile_.Add(rule);
  const onem2m::TimeSeries series = PlanTimeSeries(Path(3303, 0, 5700), rules_);
  EXPECT_EQ(series.resource_name, "5700-ts");
  EXPECT_EQ(series.periodic_interval, 300'000);
  EXPECT_EQ(series.max_number_of_instances, 50);
  EXPECT_EQ(series.expiration_time, "20300101T000000");
  EXPECT_FALSE(series.missing_data_detect);
}

TEST_F(PlanTimeSeriesTest, HasNoPeriodWithoutPmax) {
  EXPECT_FALSE(PlanTimeSeries(Path(3303, 0, 5700), rules_).periodic_interval);
}

TEST_F(PlanTimeSeriesTest, IsWhatAnInstanceWithoutSeriesMakes) {
  EXPECT_TRUE(CompleteForCreate("3303/0/5700-ts", "", rules_));
  EXPECT_FALSE(CompleteForCreate("3303/0/5700", "", rules_));
}

TEST(TimeSeriesInstanceOfTest, HasTheTimeOfTheDevice) {
  const auto instance = TimeSeriesInstanceOf({Path(3303, 0, 5700), 21.5, 1'700'000'000.25}, 0);
  EXPECT_EQ(instance.data_generation_time, "20231114T221320,250000");
  EXPECT_EQ(instance.content, "21.5");
}

TEST(TimeSeriesInstanceOfTest, HasTheTimeOfReceptionWithoutOne) {
  const lwm2m::Record record{Path(3303, 0, 5700), 21.5, std::nullopt};
  EXPECT_EQ(TimeSeriesInstanceOf(record, 1'700'000'000).data_generation_time, "20231114T221320");
  const lwm2m::Record odd{Path(3303, 0, 5700), 21.5, 1e300};
  EXPECT_EQ(TimeSeriesInstanceOf(odd, 1'700'000'000).data_generation_time, "20231114T221320");
}

}  // namespace
}  // namespace mapping
