#include "lwm2m/deadline_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace lwm2m {
namespace {

struct Record {
  std::uint32_t place = 0;
};
using Heap = DeadlineHeap<Record, &Record::place>;

TimePoint At(int seconds) { return TimePoint(Seconds(seconds)); }

TEST(DeadlineHeapTest, TheEarliestComesFirst) {
  Heap heap;
  Record one, two;
  EXPECT_TRUE(heap.empty());
  heap.Set(one, At(5));
  heap.Set(two, At(3));
  EXPECT_EQ(heap.earliest(), At(3));
  EXPECT_EQ(&heap.first(), &two);
  heap.Set(two, At(9));
  EXPECT_EQ(&heap.first(), &one);
  EXPECT_EQ(heap.Of(two), At(9));
  heap.Remove(one);
  EXPECT_FALSE(heap.Has(one));
  EXPECT_EQ(&heap.first(), &two);
  heap.Remove(one);
  EXPECT_EQ(heap.size(), 1u);
}

TEST(DeadlineHeapTest, StaysInOrderHoweverDeadlinesMove) {
  Heap heap;
  std::vector<Record> records(200);
  std::vector<int> deadlines(records.size(), -1);
  std::mt19937 random(1);
  for (int step = 0; step < 20000; ++step) {
    const std::size_t which = random() % records.size();
    if (random() % 4 == 0) {
      heap.Remove(records[which]);
      deadlines[which] = -1;
    } else {
      deadlines[which] = static_cast<int>(random() % 1000);
      heap.Set(records[which], At(deadlines[which]));
    }
    int earliest = -1;
    for (const int deadline : deadlines) {
      if (deadline >= 0 && (earliest < 0 || deadline < earliest)) earliest = deadline;
    }
    ASSERT_EQ(heap.empty(), earliest < 0);
    if (earliest >= 0) {
      ASSERT_EQ(heap.earliest(), At(earliest));
    }
  }
  for (std::size_t which = 0; which < records.size(); ++which) {
    ASSERT_EQ(heap.Has(records[which]), deadlines[which] >= 0);
    if (deadlines[which] >= 0) {
      EXPECT_EQ(heap.Of(records[which]), At(deadlines[which]));
    }
  }
}

}  // namespace
}  // namespace lwm2m
