#include "lwm2m/admission.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace lwm2m {
namespace {

using std::chrono::milliseconds;
using Request = Admission::Request;
using Reason = Admission::Reason;

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr milliseconds kNotBehind{0};

TEST(AdmissionTest, RefusesNothingWithoutABound) {
  Admission admission({}, 1);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_FALSE(admission.Ask(Request::kRegister, "device", std::chrono::hours(1), kStart));
  }
}

TEST(AdmissionTest, OneIdentityThatAsksTooOftenComesAgainLater) {
  AdmissionOptions options;
  options.each = {10, 20};
  Admission admission(options, 1);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(admission.Ask(Request::kUpdate, "busy", kNotBehind, kStart));
  }
  const auto refusal = admission.Ask(Request::kSend, "busy", kNotBehind, kStart);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, Reason::kIdentity);
  EXPECT_EQ(refusal->come_again, Seconds(1));
  EXPECT_FALSE(admission.Ask(Request::kUpdate, "quiet", kNotBehind, kStart));
  EXPECT_FALSE(admission.Ask(Request::kUpdate, "busy", kNotBehind, kStart + milliseconds(100)));
}

TEST(AdmissionTest, RegistersLeaveHalfOfTheTotalToWhoIsRegistered) {
  AdmissionOptions options;
  options.all = {100, 200};
  Admission admission(options, 1);
  const auto ask = [&](Request request) {
    return admission.Ask(request, "device", kNotBehind, kStart);
  };
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(ask(Request::kRegister));
  const auto refusal = ask(Request::kRegister);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, Reason::kTotal);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(ask(Request::kUpdate));
  EXPECT_TRUE(ask(Request::kUpdate));
}

TEST(AdmissionTest, AHerdIsInvitedOneAfterTheOther) {
  AdmissionOptions options;
  options.all = {100, 200};
  Admission admission(options, 1);
  std::multiset<Seconds> invited;
  for (int i = 0; i < 10'100; ++i) {
    const std::string name = "device-" + std::to_string(i);
    if (const auto refusal = admission.Ask(Request::kRegister, name, kNotBehind, kStart)) {
      invited.insert(refusal->come_again);
    }
  }
  EXPECT_EQ(invited.size(), 10'000u);
  EXPECT_GE(*invited.rbegin(), Seconds(100)) << "as long as the bucket takes for them";
  EXPECT_LE(*invited.rbegin(), Seconds(126));
  for (const Seconds second : std::set<Seconds>(invited.begin(), invited.end())) {
    EXPECT_LE(invited.count(second), 150u) << "in second " << second.count();
  }
}

TEST(AdmissionTest, OnlyNewRegistersWaitWhileTheTransportIsBehind) {
  AdmissionOptions options;
  options.behind_for = Seconds(10);
  Admission admission(options, 1);
  EXPECT_FALSE(admission.Ask(Request::kRegister, "device", milliseconds(9'999), kStart));
  EXPECT_FALSE(admission.Ask(Request::kUpdate, "device", milliseconds(10'000), kStart));
  std::set<Seconds> invited;
  for (int i = 0; i < 200; ++i) {
    const auto refusal = admission.Ask(Request::kRegister, "device", milliseconds(10'000), kStart);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, Reason::kBehind);
    EXPECT_GE(refusal->come_again, Seconds(30));
    EXPECT_LE(refusal->come_again, Seconds(90));
    invited.insert(refusal->come_again);
  }
  EXPECT_GT(invited.size(), 40u) << "not all at once";
}

}  // namespace
}  // namespace lwm2m
