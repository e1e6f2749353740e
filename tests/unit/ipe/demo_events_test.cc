#include "ipe/demo_events.h"

#include <gtest/gtest.h>

namespace ipe {
namespace {

TEST(DemoEventsTest, ReadsALifecycleEvent) {
  const auto lifecycle = ReadLifecycle(
      R"({"event":"registered","ep":"urn:dev:a","ae":"dev-a","node":"dev-a-node","lifetime":300})");
  ASSERT_TRUE(lifecycle);
  EXPECT_EQ(lifecycle->event, "registered");
  EXPECT_EQ(lifecycle->endpoint, "urn:dev:a");
  EXPECT_EQ(lifecycle->ae, "dev-a");
  EXPECT_EQ(lifecycle->node, "dev-a-node");
}

TEST(DemoEventsTest, ReadsAnOutcomeWithAValueOfAnyType) {
  const auto number = ReadOutcome(R"({"id":"1","op":"read","path":"/3/0/9","status":"done",)"
                                  R"("rsc":2000,"coap":"2.05","value":87})");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->value, "87");
  EXPECT_EQ(number->ToString(), "done, 2.05, 87");
  const auto values = ReadOutcome(R"({"id":"1","status":"done","values":{"/3/0/9":87}})");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->value, R"({"/3/0/9":87})");
  const auto failed = ReadOutcome(R"({"id":"1","status":"failed","reason":"no such path"})");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->ToString(), "failed, no such path");
}

TEST(DemoEventsTest, TakesAValueForNeither) {
  for (const char* content : {"21.5", "", "{", "[]", "null", R"({"a":1})", "\"text\""}) {
    EXPECT_FALSE(ReadLifecycle(content)) << content;
    EXPECT_FALSE(ReadOutcome(content)) << content;
  }
}

}  // namespace
}  // namespace ipe
