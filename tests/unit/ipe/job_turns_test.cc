#include "ipe/job_turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

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
  turns.Begin(JobClass::kNews);
  EXPECT_THAT(turns.Next(), Optional(std::string("b")));
  turns.Begin(JobClass::kNews);
  EXPECT_FALSE(turns.Next());
  EXPECT_EQ(turns.waiting(), 1u);
  turns.End(JobClass::kNews);
  EXPECT_THAT(turns.Next(), Optional(std::string("c")));
}

TEST(JobTurnsTest, YieldingBuildsOneAtATimeBesideTheOthers) {
  JobTurns turns(8);
  turns.set_yielding(true);
  for (const char* endpoint : {"a", "b"}) turns.Wait(endpoint, JobClass::kBuilding);
  turns.Wait("c", JobClass::kBackground);
  EXPECT_THAT(turns.Next(), Optional(std::string("a")));
  turns.Begin(JobClass::kBuilding);
  EXPECT_FALSE(turns.Next());
  turns.Wait("news", JobClass::kNews);
  EXPECT_THAT(turns.Next(), Optional(std::string("news")));
  turns.Begin(JobClass::kNews);
  turns.End(JobClass::kBuilding);
  EXPECT_THAT(turns.Next(), Optional(std::string("b")));
  turns.Begin(JobClass::kBuilding);
  turns.set_yielding(false);
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

// One after the other, as with one worker; how many turns each class had.
std::map<std::string, int> Work(JobTurns& turns, int jobs) {
  std::map<std::string, int> had;
  for (int i = 0; i < jobs; ++i) {
    const auto next = turns.Next();
    if (!next) break;
    ++had[next->substr(0, next->find('-'))];
  }
  return had;
}

TEST(JobTurnsTest, NewsDoNotWaitForAHundredThousandEndpointsThatAreBuilt) {
  JobTurns turns(8);
  for (int i = 0; i < 100'000; ++i) turns.Wait("new-" + std::to_string(i), JobClass::kBuilding);
  EXPECT_EQ(Work(turns, 100)["new"], 100);
  for (int i = 0; i < 40; ++i) turns.Wait("value-" + std::to_string(i), JobClass::kNews);
  auto had = Work(turns, 50);
  EXPECT_EQ(had["value"], 40);
  EXPECT_EQ(had["new"], 10);
}

TEST(JobTurnsTest, BuildingGoesOnWhileNewsNeverEnd) {
  JobTurns turns(8);
  for (int i = 0; i < 100; ++i) turns.Wait("new-" + std::to_string(i), JobClass::kBuilding);
  for (int i = 0; i < 1'000; ++i) turns.Wait("value-" + std::to_string(i), JobClass::kNews);
  auto had = Work(turns, 100);
  EXPECT_EQ(had["value"], 80);
  EXPECT_EQ(had["new"], 20);
}

TEST(JobTurnsTest, NoLineKeepsAnotherFromItsTurn) {
  JobTurns turns(8);
  for (int i = 0; i < 1'000; ++i) {
    const std::string number = std::to_string(i);
    turns.Wait("command-" + number, JobClass::kUrgent);
    turns.Wait("device-" + number, JobClass::kAwaited);
    turns.Wait("value-" + number, JobClass::kNews);
    turns.Wait("new-" + number, JobClass::kBuilding);
    turns.Wait("old-" + number, JobClass::kBackground);
  }
  auto had = Work(turns, 350);
  EXPECT_EQ(had, (std::map<std::string, int>{
                     {"command", 160}, {"device", 80}, {"value", 80}, {"new", 20}, {"old", 10}}));
}

}  // namespace
}  // namespace ipe
