#include "lwm2m/profile_ids.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

TEST(ProfileIdsTest, KeepTheLastProfileOfAnEndpoint) {  // REG-22
  ProfileIds profiles(8);
  const ObjectList first = *ParseObjectList("</3/0>");
  const ObjectList second = *ParseObjectList("</5/0>");
  profiles.Remember("one", "a", first);
  ASSERT_NE(profiles.Find("one", "a"), nullptr);
  EXPECT_EQ(*profiles.Find("one", "a"), first);
  EXPECT_EQ(profiles.Find("two", "a"), nullptr);
  profiles.Remember("one", "b", second);
  EXPECT_EQ(profiles.Find("one", "a"), nullptr);
  EXPECT_EQ(*profiles.Find("one", "b"), second);
  EXPECT_EQ(profiles.size(), 1u);
}

TEST(ProfileIdsTest, TheFirstGivesWay) {
  ProfileIds profiles(2);
  for (const char* endpoint : {"one", "two", "one", "three"}) {
    profiles.Remember(endpoint, "a", ObjectList{});
  }
  EXPECT_EQ(profiles.Find("one", "a"), nullptr);
  EXPECT_NE(profiles.Find("three", "a"), nullptr);
  EXPECT_EQ(profiles.size(), 2u);
  ProfileIds none(0);
  none.Remember("one", "a", ObjectList{});
  EXPECT_EQ(none.size(), 0u);
}

}  // namespace
}  // namespace lwm2m
