#include "lwm2m/coap/handshake_gate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace lwm2m {
namespace {

using std::chrono::milliseconds;

// Never looked into.
coap_session_t* Session(std::uintptr_t number) {
  return reinterpret_cast<coap_session_t*>(number);  // NOLINT(performance-no-int-to-ptr)
}

class FullGateTest : public ::testing::Test {
 protected:
  FullGateTest() {
    for (std::uintptr_t i = 1; i <= 6; ++i) gate_.Began(Session(i), now_);
  }
  HandshakeGate gate_{10};
  const TimePoint now_{std::chrono::hours(1)};
};

TEST(HandshakeGateTest, AdmitsEverybodyInQuietTimes) {
  HandshakeGate gate(10);
  for (std::uintptr_t i = 1; i <= 5; ++i) gate.Began(Session(i), TimePoint{});
  gate.Began(Session(1), TimePoint{});
  EXPECT_EQ(gate.unfinished(), 5u);
  EXPECT_TRUE(gate.Admits("a", TimePoint{}));
}

TEST_F(FullGateTest, WantsToHearAClientHelloTwice) {  // SEC-13
  EXPECT_FALSE(gate_.Admits("a", now_));
  EXPECT_FALSE(gate_.Admits("a", now_ + milliseconds(100)));
  EXPECT_FALSE(gate_.Admits("b", now_ + milliseconds(1000)));
  EXPECT_TRUE(gate_.Admits("a", now_ + milliseconds(1000)));
  EXPECT_TRUE(gate_.Admits("a", now_ + milliseconds(1010))) << "with its cookie";
  EXPECT_FALSE(gate_.Admits("a", now_ + std::chrono::minutes(2))) << "another handshake";
}

TEST_F(FullGateTest, OpensWhenHandshakesHaveEnded) {
  EXPECT_FALSE(gate_.Admits("a", now_));
  gate_.Ended(Session(1));
  EXPECT_TRUE(gate_.Admits("b", now_));
}

TEST_F(FullGateTest, LetsTheOldestGiveWayAfterAWhile) {
  EXPECT_TRUE(gate_.Overdue(now_ + Seconds(10)).empty()) << "there is room";
  gate_.Began(Session(7), now_ + Seconds(1));
  gate_.Began(Session(8), now_ + Seconds(1));
  EXPECT_TRUE(gate_.Overdue(now_ + Seconds(1)).empty()) << "they may still finish";
  EXPECT_EQ(gate_.Overdue(now_ + Seconds(2)),
            (std::vector<coap_session_t*>{Session(1), Session(2)}));
  gate_.Ended(Session(1));
  EXPECT_EQ(gate_.Overdue(now_ + Seconds(2)), (std::vector<coap_session_t*>{Session(2)}));
}

TEST_F(FullGateTest, ForgetsTheOldestOfTooManySources) {
  EXPECT_FALSE(gate_.Admits("a", now_));
  for (int i = 0; i < 70000; ++i) gate_.Admits(std::to_string(i), now_);
  EXPECT_FALSE(gate_.Admits("a", now_ + milliseconds(1000)));
  EXPECT_TRUE(gate_.Admits("69000", now_ + milliseconds(1000)));
}

class SharingGateTest : public ::testing::Test {
 protected:
  // One after the other, as fast as they may begin; those that were let through.
  int Handshakes(TimePoint until, milliseconds each) {
    int begun = 0;
    while (now_ < until) {
      const bool may = gate_.HasTime(now_);
      now_ += may ? each : milliseconds(1);
      if (!may) continue;
      gate_.Spent(each, now_);
      ++begun;
    }
    return begun;
  }
  HandshakeGate gate_{1000, 0.75};
  TimePoint now_{std::chrono::hours(1)};
};

TEST_F(SharingGateTest, HandshakesHaveAllTheTimeWhenNobodyElseIsThere) {
  EXPECT_EQ(Handshakes(now_ + Seconds(10), milliseconds(1)), 10'000);
}

TEST_F(SharingGateTest, HandshakesGetTheirShareWhileOthersAreHeard) {
  int begun = 0;
  for (int second = 0; second < 10; ++second) {
    gate_.Served(now_);
    begun += Handshakes(now_ + Seconds(1), milliseconds(1));
  }
  EXPECT_GE(begun, 7'400);
  EXPECT_LE(begun, 7'900);
}

TEST_F(SharingGateTest, AFewHundredHandshakesAtOnceAreNotPutOff) {
  gate_.Served(now_);
  EXPECT_EQ(Handshakes(now_ + milliseconds(250), milliseconds(1)), 250);
}

}  // namespace
}  // namespace lwm2m
