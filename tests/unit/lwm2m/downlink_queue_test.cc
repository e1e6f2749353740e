#include "lwm2m/downlink_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lwm2m {
namespace {

QueuedOperation Make(const std::string& name, Priority priority, int deadline = 100) {
  QueuedOperation queued;
  queued.operation.arguments = name;
  queued.priority = priority;
  queued.deadline = TimePoint{} + Seconds(deadline);
  return queued;
}

std::string Order(DownlinkQueue& queue) {
  std::string order;
  while (const auto next = queue.Pop()) order += next->operation.arguments;
  return order;
}

TEST(DownlinkQueueTest, ServesCommandsBeforeTelemetryEachInOrder) {
  DownlinkQueue queue(8);
  queue.Push(Make("t", Priority::kTelemetry));
  queue.Push(Make("a", Priority::kCommand));
  queue.Push(Make("u", Priority::kTelemetry));
  queue.Push(Make("b", Priority::kCommand));
  EXPECT_EQ(Order(queue), "abtu");
}

TEST(DownlinkQueueTest, HasAtMostOneInFlight) {
  DownlinkQueue queue(8);
  queue.Push(Make("a", Priority::kCommand));
  queue.in_flight = std::make_unique<OperationInFlight>();
  EXPECT_FALSE(queue.Pop().has_value());
  queue.in_flight.reset();
  EXPECT_TRUE(queue.Pop().has_value());
}

TEST(DownlinkQueueTest, GivesUpTheOldestTelemetryWhenFull) {
  DownlinkQueue queue(3);
  queue.Push(Make("t", Priority::kTelemetry));
  queue.Push(Make("u", Priority::kTelemetry));
  queue.Push(Make("a", Priority::kCommand));
  EXPECT_EQ(queue.Push(Make("v", Priority::kTelemetry))->operation.arguments, "t");
  EXPECT_EQ(queue.Push(Make("b", Priority::kCommand))->operation.arguments, "u");
  EXPECT_EQ(queue.Push(Make("c", Priority::kCommand))->operation.arguments, "v");
  EXPECT_EQ(queue.Push(Make("d", Priority::kCommand))->operation.arguments, "d");
  EXPECT_EQ(queue.Push(Make("w", Priority::kTelemetry))->operation.arguments, "w");
  EXPECT_EQ(Order(queue), "abc");
}

TEST(DownlinkQueueTest, TakesOutWhatIsOverdue) {
  DownlinkQueue queue(8);
  EXPECT_FALSE(queue.EarliestDeadline().has_value());
  queue.Push(Make("a", Priority::kCommand, 30));
  queue.Push(Make("b", Priority::kCommand, 10));
  queue.Push(Make("c", Priority::kCommand, 20));
  EXPECT_EQ(queue.EarliestDeadline(), TimePoint{} + Seconds(10));
  const std::vector<QueuedOperation> expired = queue.TakeExpired(TimePoint{} + Seconds(20));
  ASSERT_EQ(expired.size(), 2u);
  EXPECT_EQ(expired[0].operation.arguments, "b");
  EXPECT_EQ(Order(queue), "a");
}

TEST(DownlinkQueueTest, PutsBackAsTheNextOfItsPriority) {
  DownlinkQueue queue(2);
  queue.Push(Make("b", Priority::kCommand));
  queue.Push(Make("u", Priority::kTelemetry));
  queue.PutBack(Make("t", Priority::kTelemetry));
  queue.PutBack(Make("a", Priority::kCommand));  // beyond the bound: it was there before
  EXPECT_EQ(Order(queue), "abtu");
}

}  // namespace
}  // namespace lwm2m
