#include "ipe/cse_condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ipe/cse_tally.h"

namespace ipe {
namespace {

using onem2m::NoAnswer;
using onem2m::ResponsePrimitive;
using onem2m::ResponseStatusCode;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr lwm2m::TimePoint kStart{std::chrono::hours(1)};

tl::expected<ResponsePrimitive, NoAnswer> Answered(ResponseStatusCode status) {
  ResponsePrimitive response;
  response.status = status;
  return response;
}

tl::expected<ResponsePrimitive, NoAnswer> Unanswered(NoAnswer::Kind kind) {
  return tl::unexpected(NoAnswer{kind, true, "gone"});
}

TEST(CseConditionTest, SaysSinceWhenAndWhy) {
  Metrics metrics;
  CseCondition condition(metrics);
  condition.Enter(CseState::kSlow, "an answer takes 3000 ms", kStart);
  condition.Enter(CseState::kSlow, "an answer takes 4000 ms", kStart + std::chrono::seconds(5));
  EXPECT_THAT(condition.Lines(kStart + std::chrono::seconds(12)),
              ElementsAre("cse: slow for 12 s: an answer takes 3000 ms"));
  condition.SetGauges();
  EXPECT_THAT(metrics.Render(), HasSubstr("ipe_cse_state{state=\"slow\"} 1"));
  condition.Leave(CseState::kSlow, kStart + std::chrono::seconds(13));
  condition.Leave(CseState::kSlow, kStart + std::chrono::seconds(14));
  condition.SetGauges();
  EXPECT_THAT(condition.Lines(kStart), IsEmpty());
  EXPECT_THAT(metrics.Render(), HasSubstr("ipe_cse_state{state=\"slow\"} 0"));
  EXPECT_THAT(metrics.Render(), HasSubstr("ipe_cse_state_entered_total{state=\"slow\"} 1"));
}

TEST(CseTallyTest, TellsWhoEndedARequest) {
  CseTally tally;
  EXPECT_EQ(tally.Read().last, CseReading::Last::kNothing);
  tally.Note(onem2m::Operation::kCreate, Unanswered(NoAnswer::Kind::kTimedOut), milliseconds(1));
  EXPECT_EQ(tally.Read().last, CseReading::Last::kSilent);
  tally.Note(onem2m::Operation::kCreate, Unanswered(NoAnswer::Kind::kClosed), milliseconds(1));
  EXPECT_EQ(tally.Read().last, CseReading::Last::kBroken);
  tally.Note(onem2m::Operation::kCreate, Unanswered(NoAnswer::Kind::kMalformed), milliseconds(1));
  EXPECT_EQ(tally.Read().last, CseReading::Last::kBroken);
  tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kConflict), milliseconds(1));
  EXPECT_EQ(tally.Read().last, CseReading::Last::kAnswer);
}

TEST(CseTallyTest, CountsServerErrorsInARowAndNoDecisions) {
  CseTally tally;
  tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kInternalServerError),
             milliseconds(1));
  tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kTargetNotReachable),
             milliseconds(1));
  EXPECT_EQ(tally.Read().server_errors, 2);
  tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kNotImplemented),
             milliseconds(1));
  EXPECT_EQ(tally.Read().server_errors, 0);
}

TEST(CseTallyTest, SmoothsHowLongAnAnswerTakes) {
  CseTally tally;
  tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kOk), milliseconds(4000));
  EXPECT_LT(tally.Read().usual, milliseconds(2000));
  for (int i = 0; i < 3; ++i)
    tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kOk), milliseconds(4000));
  EXPECT_GT(tally.Read().usual, milliseconds(2000));
  for (int i = 0; i < 8; ++i)
    tally.Note(onem2m::Operation::kCreate, Answered(ResponseStatusCode::kOk), milliseconds(10));
  EXPECT_LT(tally.Read().usual, milliseconds(1000));
}

}  // namespace
}  // namespace ipe
