#include "lwm2m/record_times.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

Record At(std::int64_t value, std::optional<double> time) {
  return {Path(3303, 0, 5700), value, time};
}

std::vector<std::int64_t> Values(const std::vector<Record>& records) {
  std::vector<std::int64_t> values;
  for (const Record& record : records) values.push_back(std::get<std::int64_t>(record.value));
  return values;
}

TEST(RecordTimesTest, CountBackFromTheMomentOfReception) {  // IR-16, RFC 8428 §4.5.3
  std::vector<Record> records = {At(1, -5.5), At(2, 1'600'000'000.0), At(3, std::nullopt)};
  AnchorTimes(records, 1'700'000'000);
  EXPECT_EQ(records[0].time, 1'699'999'994.5);
  EXPECT_EQ(records[1].time, 1'600'000'000.0);
  EXPECT_EQ(records[2].time, std::nullopt);
}

TEST(RecordTimesTest, DropTheClockOfADeviceThatDoesNotKnowTheDate) {
  std::vector<Record> records = {At(1, 4711), At(2, 268'435'455), At(3, 268'435'456)};
  AnchorTimes(records, 1'700'000'000);
  EXPECT_EQ(records[0].time, std::nullopt);
  EXPECT_EQ(records[1].time, std::nullopt);
  EXPECT_EQ(records[2].time, 268'435'456);
}

TEST(RecordTimesTest, OrderAHistory) {  // IR-15
  std::vector<Record> records = {At(1, 300), At(2, std::nullopt), At(3, 100),
                                 At(4, 300), At(5, 500),          At(6, std::nullopt)};
  SortByTime(records, 400);
  EXPECT_EQ(Values(records), (std::vector<std::int64_t>{3, 1, 4, 2, 6, 5}));
}

}  // namespace
}  // namespace lwm2m
