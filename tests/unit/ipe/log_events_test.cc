#include "ipe/log_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipe {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// 2023-11-14T22:13:20.007Z
const std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1'700'000'000'007)};

std::string Json(std::string_view message) {
  return RenderLogLine(LogFormat::kJson, kTime, "info", message);
}

TEST(LogValueTest, LeavesPlainTextAsItIs) {
  EXPECT_EQ(LogValue("urn:imei:990000862471854"), "urn:imei:990000862471854");
  EXPECT_EQ(LogValue("Müller"), "Müller");
}

TEST(LogValueTest, QuotesWhatIsAmbiguous) {
  EXPECT_EQ(LogValue(""), R"("")");
  EXPECT_EQ(LogValue("a b"), R"("a b")");
  EXPECT_EQ(LogValue("a=b"), R"("a=b")");
  EXPECT_EQ(LogValue(R"(a"b\)"), R"("a\"b\\")");
}

TEST(LogValueTest, EscapesControlCharacters) {
  EXPECT_EQ(LogValue("a\nb"), R"("a\nb")");
  EXPECT_EQ(LogValue("a\x1b[2Jb"), R"("a\x1b[2Jb")");
}

TEST(LogLineTest, TextStartsWithTimeAndLevel) {
  EXPECT_EQ(RenderLogLine(LogFormat::kText, kTime, "info", "event=register endpoint=a"),
            "2023-11-14T22:13:20.007Z info    event=register endpoint=a");
}

TEST(LogLineTest, ADeviceCannotForgeALine) {
  const std::string line =
      RenderLogLine(LogFormat::kText, kTime, "info", "event=register endpoint=a\nevent=b");
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(LogLineTest, JsonCarriesEachField) {
  EXPECT_EQ(Json(R"(event=register endpoint=urn:a objects="</3/0>,</1/0>" lifetime=300)"),
            R"({"time":"2023-11-14T22:13:20.007Z","level":"info","event":"register",)"
            R"("endpoint":"urn:a","objects":"</3/0>,</1/0>","lifetime":"300"})");
}

TEST(LogLineTest, JsonReadsWhatLogValueWrote) {
  const std::string value = R"(say "hi" \ = bye)";
  EXPECT_EQ(Json("event=x cause=" + LogValue(value)),
            R"({"time":"2023-11-14T22:13:20.007Z","level":"info","event":"x",)"
            R"("cause":"say \"hi\" \\ = bye"})");
}

TEST(LogLineTest, JsonKeepsAnyOtherMessageAsAWhole) {
  for (const char* message : {"plain words", "event=x y", R"(event=x cause="open)", "",
                              "event=x  a=b", R"(event=x a="b"c)"}) {
    EXPECT_THAT(Json(message), ::testing::HasSubstr(R"("message":)")) << message;
  }
}

TEST(LogLimiterTest, LetsOneOfAKindThroughPerMinuteAndCountsTheOthers) {
  LogLimiter limiter;
  const LogLimiter::TimePoint start{};
  EXPECT_TRUE(limiter.Allow("bad-payload", start));
  EXPECT_EQ(limiter.suppressed(), 0u);
  EXPECT_FALSE(limiter.Allow("bad-payload", start + seconds(1)));
  EXPECT_FALSE(limiter.Allow("bad-payload", start + seconds(59)));
  EXPECT_TRUE(limiter.Allow("unknown-token", start + seconds(59)));
  EXPECT_EQ(limiter.suppressed(), 0u);
  EXPECT_TRUE(limiter.Allow("bad-payload", start + minutes(1)));
  EXPECT_EQ(limiter.suppressed(), 2u);
  EXPECT_TRUE(limiter.Allow("bad-payload", start + minutes(2)));
  EXPECT_EQ(limiter.suppressed(), 0u);
}

TEST(LogLimiterTest, ForgetsTheOldestKindWhenThereAreTooMany) {
  LogLimiter limiter;
  LogLimiter::TimePoint now{};
  for (std::size_t i = 0; i <= LogLimiter::kKinds; ++i) {
    now += std::chrono::milliseconds(1);
    EXPECT_TRUE(limiter.Allow("kind-" + std::to_string(i), now));
  }
  EXPECT_FALSE(limiter.Allow("kind-1", now));
  EXPECT_TRUE(limiter.Allow("kind-0", now));
}

TEST(LogBudgetTest, LetsSoManyLinesOfASecondThrough) {
  LogBudget budget;
  const LogBudget::TimePoint start{std::chrono::hours(1)};
  for (std::size_t i = 0; i < LogBudget::kLinesPerSecond; ++i) EXPECT_TRUE(budget.Allow(start));
  EXPECT_FALSE(budget.Allow(start));
  EXPECT_FALSE(budget.Allow(start + std::chrono::milliseconds(999)));
  EXPECT_TRUE(budget.Allow(start + seconds(1)));
}

TEST(LogBudgetTest, TellsHowManyLinesItLeftOutOnceTheirSecondIsOver) {
  const auto before = spdlog::default_logger();
  ::testing::internal::CaptureStderr();
  {
    const Logging logging("info", LogFormat::kText);
    LogBudget budget;
    const LogBudget::TimePoint start{std::chrono::hours(1)};
    for (std::size_t i = 0; i < LogBudget::kLinesPerSecond + 7; ++i) budget.Allow(start);
    budget.Report(start + std::chrono::milliseconds(999));
    spdlog::info("event=a-second-later");
    budget.Report(start + seconds(1));
    budget.Report(start + seconds(2));
  }
  spdlog::set_default_logger(before);
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 2) << written;
  EXPECT_LT(written.find("event=a-second-later"), written.find("event=lines-left-out lines=7"));
}

class LoggingTest : public ::testing::Test {
 protected:
  ~LoggingTest() override { spdlog::set_default_logger(before_); }
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(LoggingTest, WritesWhatIsQueuedBeforeItEnds) {
  ::testing::internal::CaptureStderr();
  {
    const Logging logging("info", LogFormat::kJson);
    for (int i = 0; i < 100; ++i) spdlog::info("event=test number={}", i);
    spdlog::debug("event=hidden");
    EXPECT_EQ(Logging::dropped(), 0u);
  }
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 100);
  EXPECT_THAT(written, ::testing::HasSubstr(R"("event":"test","number":"99"})"));
  EXPECT_THAT(written, ::testing::Not(::testing::HasSubstr("hidden")));
}

}  // namespace
}  // namespace ipe
