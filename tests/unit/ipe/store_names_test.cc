#include "ipe/store_names.h"

#include <gtest/gtest.h>

namespace ipe {
namespace {

TEST(InstanceNamesTest, AreFixedWidthAndAscend) {
  InstanceNames names(0x6a1b2c3d);
  EXPECT_EQ(names.Next(), "006a1b2c3d-0000000001");
  EXPECT_EQ(names.Next(), "006a1b2c3d-0000000002");
}

TEST(InstanceNamesTest, AreExhaustedAfterTenDigits) {
  InstanceNames names(1, InstanceNames::kLastSequence - 1);
  EXPECT_FALSE(names.exhausted());
  EXPECT_EQ(names.Next(), "0000000001-9999999999");
  EXPECT_TRUE(names.exhausted());
}

TEST(InstanceNamesTest, AnEpochIsAboveTheStoredOneAndTheClock) {
  EXPECT_EQ(NextEpoch(100, 50), 101u);
  EXPECT_EQ(NextEpoch(50, 100), 101u);
  EXPECT_EQ(NextEpoch(7, 7), 8u);
  EXPECT_EQ(EpochText(0x1f), "000000001f");
}

}  // namespace
}  // namespace ipe
