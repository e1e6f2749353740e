#include "mapping/access_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mapping {
namespace {

using onem2m::AccessControlRule;
using testing::ElementsAre;

TEST(AccessControlTest, LetsReadersSubscribeWhereTheCseKnowsChildTypes) {
  const auto policy = BuildAccessControlPolicy({"all"}, {"Capp"}, "Clwm2m-ipe", true);
  EXPECT_EQ(policy.resource_name, "access");
  EXPECT_THAT(
      policy.privileges,
      ElementsAre(AccessControlRule{{"all"}, 34, {}}, AccessControlRule{{"all"}, 1, {23}},
                  AccessControlRule{{"Capp"}, 35, {}}, AccessControlRule{{"Clwm2m-ipe"}, 63, {}}));
}

// An unlimited right to create would be the right to command.
TEST(AccessControlTest, NeverLetsReadersCreateWithoutALimit) {
  const auto policy = BuildAccessControlPolicy({"all"}, {"Capp"}, "Clwm2m-ipe", false);
  EXPECT_THAT(policy.privileges,
              ElementsAre(AccessControlRule{{"all"}, 34, {}}, AccessControlRule{{"Capp"}, 35, {}},
                          AccessControlRule{{"Clwm2m-ipe"}, 63, {}}));
}

TEST(AccessControlTest, WritesNoRuleWithoutOriginators) {
  const auto policy = BuildAccessControlPolicy({}, {}, "Clwm2m-ipe", true);
  EXPECT_THAT(policy.privileges, ElementsAre(AccessControlRule{{"Clwm2m-ipe"}, 63, {}}));
}

// TS-0014 §6.5.2 (R64).
TEST(AccessControlTest, KeepsThePolicyItselfForTheIpe) {
  const auto policy = BuildAccessControlPolicy({"all"}, {"Capp"}, "Clwm2m-ipe", true);
  EXPECT_THAT(policy.self_privileges, ElementsAre(AccessControlRule{{"Clwm2m-ipe"}, 63, {}}));
}

}  // namespace
}  // namespace mapping
