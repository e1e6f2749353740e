#include "lwm2m/version.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

TEST(VersionTest, OrdersByNumbersNotByText) {
  EXPECT_TRUE(IsAtLeast("1.0", "1.0"));
  EXPECT_TRUE(IsAtLeast("1.2", "1.1"));
  EXPECT_TRUE(IsAtLeast("1.10", "1.9"));
  EXPECT_TRUE(IsAtLeast("2.0", "1.2"));
  EXPECT_FALSE(IsAtLeast("1.0", "1.1"));
  EXPECT_FALSE(IsAtLeast("1.9", "1.10"));
}

TEST(VersionTest, WhatIsNoVersionIsBelowAll) {
  for (const char* text : {"", "1", "1.", ".1", "1.x", "1.1 ", "x1.1", "-1.0"}) {
    EXPECT_FALSE(IsAtLeast(text, "1.0")) << text;
  }
}

}  // namespace
}  // namespace lwm2m
