#include "ipe/job_turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipe {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

std::vector<std::string> All(JobTurns& turns) {
  std::vector<std::string> all;
  while (const auto next = turns.Next()) all.push_back(*next);
  return all;
}

TEST(JobTurnsTest, GivesTurnsInOrderOfArrivalTheUrgentFirst) {
  JobTurns turns(8);
  turns.Wait("background", JobClass::kBackground);
  turns.Wait("news", JobClass::kNews);
  turns.Wait("urgent", JobClass::kUrgent);
  turns.Wait("more news", JobClass::kNews);
  EXPECT_THAT(All(turns), ElementsAre("urgent", "news", "more news", "background"));
}

TEST(JobTurnsTest, StopsAtTheLimitUntilAJobEnds) {
  JobTurns turns(2);
  for (const char* endpoint : {"a", "b", "c"}) turns.Wait(endpoint, JobClass::kNews);
  EXPECT_THAT(turns.Next(), Optional(std::string("a")));
  turns.Begin();
  EXPECT_THAT(turns.Next(), Optional(std::string("b")));
  turns.Begin();
  EXPECT_FALSE(turns.Next());
  EXPECT_EQ(turns.waiting(), 1u);
  turns.End();
  EXPECT_THAT(turns.Next(), Optional(std::string("c")));
}

TEST(JobTurnsTest, KeepsOnePlaceOfAnEndpointTheMostUrgentThatItHad) {
  JobTurns turns(8);
  turns.Wait("other", JobClass::kNews);
  turns.Wait("endpoint", JobClass::kBackground);
  turns.Wait("endpoint", JobClass::kUrgent);
  turns.Wait("endpoint", JobClass::kNews);
  turns.Wait("endpoint", JobClass::kUrgent);
  EXPECT_EQ(turns.waiting(), 2u);
  EXPECT_THAT(All(turns), ElementsAre("endpoint", "other"));
}

TEST(JobTurnsTest, LetsAnEndpointWaitAgainAfterItsTurn) {
  JobTurns turns(8);
  turns.Wait("endpoint", JobClass::kUrgent);
  turns.Wait("endpoint", JobClass::kNews);
  EXPECT_THAT(All(turns), ElementsAre("endpoint"));
  turns.Wait("endpoint", JobClass::kNews);
  EXPECT_THAT(All(turns), ElementsAre("endpoint"));
  EXPECT_FALSE(turns.Next());
}

}  // namespace
}  // namespace ipe
