#include "ipe/observe_line.h"

#include <gtest/gtest.h>

#include <chrono>

namespace ipe {
namespace {

using std::chrono::milliseconds;
using TimePoint = ObserveLine::TimePoint;

const TimePoint kStart = TimePoint(std::chrono::hours(1));

std::string NameOf(std::size_t number) { return "device-" + std::to_string(number); }

// How many begin within a second, looked at every millisecond; each answers at once.
std::size_t BegunWithin(ObserveLine& line, TimePoint from, std::chrono::seconds time) {
  std::size_t begun = 0;
  for (TimePoint now = from; now < from + time; now += milliseconds(1)) {
    while (line.Next(now)) {
      line.OnDone(line.OnSent(now));
      ++begun;
    }
  }
  return begun;
}

TEST(ObserveLineTest, TheFirstOfAFewBeginAtOnceInOrderOfArrival) {
  ObserveLine line;
  line.Add("b");
  line.Add("a");
  line.Add("b");
  EXPECT_EQ(line.size(), 2u);
  EXPECT_EQ(line.Next(kStart), "b");
  EXPECT_EQ(line.Next(kStart), "a");
  EXPECT_EQ(line.Next(kStart), std::nullopt);
  EXPECT_EQ(line.next_start(), TimePoint::max());
}

TEST(ObserveLineTest, AHerdBeginsAtABoundedRate) {
  ObserveLine line;
  for (std::size_t i = 0; i < 5000; ++i) line.Add(NameOf(i));
  const std::size_t begun = BegunWithin(line, kStart, std::chrono::seconds(1));
  EXPECT_GE(begun, 900u);
  EXPECT_LE(begun, 1100u);
}

TEST(ObserveLineTest, ALoopThatIsBusyBeginsFewAndOneThatIsIdleMore) {
  ObserveLine busy;
  ObserveLine idle;
  for (std::size_t i = 0; i < 100'000; ++i) {
    busy.Add(NameOf(i));
    idle.Add(NameOf(i));
  }
  const TimePoint now = kStart;
  for (int look = 1; look <= 20; ++look) {
    busy.OnLoad(0.01);
    idle.OnLoad(0.9);
  }
  EXPECT_LE(busy.rate(), 25);
  EXPECT_GE(idle.rate(), 10'000);
  EXPECT_LE(BegunWithin(busy, now, std::chrono::seconds(1)), 100u);
  EXPECT_GE(BegunWithin(idle, now, std::chrono::seconds(1)), 5000u);
}

TEST(ObserveLineTest, DevicesThatDoNotAnswerHoldUpTheOthersForTwoSecondsOnly) {
  ObserveLine line;
  for (std::size_t i = 0; i < 2000; ++i) line.Add(NameOf(i));
  std::size_t begun = 0;
  TimePoint now = kStart;
  for (; now < kStart + milliseconds(1900); now += milliseconds(1)) {
    while (line.Next(now)) {
      line.OnSent(now);
      ++begun;
    }
  }
  EXPECT_EQ(begun, 256u);
  now += milliseconds(1000);
  while (line.Next(now)) ++begun;
  EXPECT_GT(begun, 256u);
}

TEST(ObserveLineTest, ItSaysWhenTheNextMayBegin) {
  ObserveLine line;
  for (std::size_t i = 0; i < 100; ++i) line.Add(NameOf(i));
  while (line.Next(kStart)) {
  }
  const TimePoint next = line.next_start();
  EXPECT_GT(next, kStart);
  EXPECT_LE(next, kStart + milliseconds(5));
  EXPECT_TRUE(line.Next(next));
}

}  // namespace
}  // namespace ipe
