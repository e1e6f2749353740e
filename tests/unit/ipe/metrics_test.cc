#include "ipe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ipe {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, RendersCountersWithPrefixAndSuffix) {
  Metrics metrics;
  metrics.counter("uplinks", "Messages from devices.", {{"kind", "register"}}).Increment();
  EXPECT_THAT(metrics.Render(), HasSubstr("# HELP ipe_uplinks_total Messages from devices.\n"
                                          "# TYPE ipe_uplinks_total counter\n"
                                          "ipe_uplinks_total{kind=\"register\"} 1\n"));
}

TEST(MetricsTest, GivesTheSameCounterForTheSameNameAndLabels) {
  Metrics metrics;
  auto first = metrics.counter("uplinks", "help", {{"kind", "a"}, {"peer", "b"}});
  auto same = metrics.counter("uplinks", "other help", {{"peer", "b"}, {"kind", "a"}});
  auto other = metrics.counter("uplinks", "help", {{"kind", "b"}});
  first.Increment();
  same.Increment(2);
  EXPECT_EQ(first.value(), 3);
  EXPECT_EQ(other.value(), 0);
}

TEST(MetricsTest, AGaugeHasItsLastValue) {
  Metrics metrics;
  metrics.SetGauge("endpoints", "Registered endpoints.", 7);
  metrics.SetGauge("endpoints", "Registered endpoints.", 5);
  EXPECT_THAT(metrics.Render(), HasSubstr("# TYPE ipe_endpoints gauge\nipe_endpoints 5\n"));
}

TEST(MetricsTest, EscapesLabelValues) {
  Metrics metrics;
  metrics.SetGauge("cse", "The CSE.", 1, {{"url", "a\"b\nc"}});
  EXPECT_THAT(metrics.Render(), HasSubstr(R"(ipe_cse{url="a\"b\nc"} 1)"));
}

TEST(MetricsTest, CountsFromSeveralThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      for (int n = 0; n < 1000; ++n) metrics.counter("turns", "Turns.").Increment();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("turns", "Turns.").value(), 4000);
}

}  // namespace
}  // namespace ipe
