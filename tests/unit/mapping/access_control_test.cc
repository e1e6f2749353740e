#include "mapping/access_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/access_control.h"

namespace mapping {
namespace {

using lwm2m::kAllRights;
using lwm2m::kRightToCreate;
using lwm2m::kRightToDelete;
using lwm2m::kRightToExecute;
using lwm2m::kRightToRead;
using lwm2m::kRightToWrite;
using lwm2m::Path;
using onem2m::AccessControlPolicy;
using onem2m::AccessControlRule;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kIpe = "Clwm2m-ipe";
const Path kInstance(3303, 0);

AccessLists Everybody() { return {{"all"}, {"Capp"}, {"Ccleaner"}, {"Cboss"}}; }

AccessControlPolicy DevicePolicy(Protected what, int rights) {
  return BuildDevicePolicy(what == Protected::kObject ? Path(3303) : kInstance, what, rights,
                           Everybody(), kIpe);
}

// What a policy lets somebody do, apart from subscribing.
int OperationsOf(const AccessControlPolicy& policy, const std::string& originator) {
  int operations = 0;
  for (const AccessControlRule& rule : policy.privileges) {
    const bool named = std::find(rule.originators.begin(), rule.originators.end(), originator) !=
                       rule.originators.end();
    if (named && rule.child_types.empty()) operations |= rule.operations;
  }
  return operations;
}

bool MaySubscribe(const AccessControlPolicy& policy, const std::string& originator) {
  return std::any_of(policy.privileges.begin(), policy.privileges.end(),
                     [&](const AccessControlRule& rule) {
                       return rule == AccessControlRule{{originator}, 1, {23}};
                     });
}

TEST(AccessControlTest, LetsReadersSubscribeButNotCommand) {
  const auto policy = BuildSharedPolicy({{"all"}, {"Capp"}, {}, {}}, kIpe);
  EXPECT_EQ(policy.resource_name, "access");
  EXPECT_THAT(policy.privileges,
              ElementsAre(AccessControlRule{{"all"}, 34, {}}, AccessControlRule{{"all"}, 1, {23}},
                          AccessControlRule{{"Capp"}, 35, {}}, AccessControlRule{{kIpe}, 63, {}}));
}

TEST(AccessControlTest, LetsDeletersReadAndDelete) {
  const auto policy = BuildSharedPolicy({{}, {}, {"Ccleaner"}, {}}, kIpe);
  EXPECT_THAT(policy.privileges, ElementsAre(AccessControlRule{{"Ccleaner"}, 42, {}},
                                             AccessControlRule{{kIpe}, 63, {}}));
}

TEST(AccessControlTest, WritesNoRuleWithoutOriginators) {
  const auto policy = BuildSharedPolicy({{}, {}, {}, {}}, kIpe);
  EXPECT_THAT(policy.privileges, ElementsAre(AccessControlRule{{kIpe}, 63, {}}));
}

// TS-0014 §6.5.2 (R64).
TEST(AccessControlTest, KeepsThePolicyItselfForTheIpe) {
  const auto policy = BuildSharedPolicy({{"all"}, {"Capp"}, {}, {}}, kIpe);
  EXPECT_THAT(policy.self_privileges, ElementsAre(AccessControlRule{{kIpe}, 63, {}}));
}

TEST(AccessControlTest, LetsAdministratorsChangeThePolicyAndNothingElse) {
  const auto policy = BuildSharedPolicy({{}, {}, {}, {"Cboss"}}, kIpe);
  EXPECT_THAT(policy.self_privileges,
              ElementsAre(AccessControlRule{{kIpe}, 63, {}}, AccessControlRule{{"Cboss"}, 38, {}}));
  EXPECT_EQ(OperationsOf(policy, "Cboss"), 0);
}

// ---- the rows of the table of §6.6, from the device

TEST(DevicePolicyTest, GrantsWhatTheListsGrantWithAllRights) {
  for (const Protected what : {Protected::kObject, Protected::kInstance, Protected::kExecutable}) {
    EXPECT_TRUE(
        GrantTheSame(DevicePolicy(what, kAllRights), BuildSharedPolicy(Everybody(), kIpe), kIpe));
  }
}

TEST(DevicePolicyTest, LetsNobodyReadWithoutR) {
  const auto policy = DevicePolicy(Protected::kInstance, kRightToWrite | kRightToDelete);
  EXPECT_EQ(OperationsOf(policy, "all"), 0);
  EXPECT_FALSE(MaySubscribe(policy, "all"));
  EXPECT_EQ(OperationsOf(policy, "Capp"), 1);
  EXPECT_EQ(OperationsOf(policy, "Ccleaner"), 8);
}

TEST(DevicePolicyTest, LetsNobodyCommandWithoutW) {
  const auto policy =
      DevicePolicy(Protected::kInstance, kRightToRead | kRightToExecute | kRightToDelete);
  EXPECT_EQ(OperationsOf(policy, "Capp"), 34);
  EXPECT_TRUE(MaySubscribe(policy, "Capp"));
  EXPECT_EQ(OperationsOf(policy, "Ccleaner"), 42);
}

TEST(DevicePolicyTest, LetsExecutableResourcesBeExecutedWithEOnly) {
  const int without = kRightToRead | kRightToWrite;
  EXPECT_EQ(OperationsOf(DevicePolicy(Protected::kExecutable, without), "Capp"), 34);
  const int with = kRightToRead | kRightToExecute;
  EXPECT_EQ(OperationsOf(DevicePolicy(Protected::kExecutable, with), "Capp"), 35);
  EXPECT_EQ(OperationsOf(DevicePolicy(Protected::kInstance, with), "Capp"), 34);
}

TEST(DevicePolicyTest, LetsNobodyDeleteWithoutD) {
  const auto policy = DevicePolicy(Protected::kInstance, kRightToRead | kRightToWrite);
  EXPECT_EQ(OperationsOf(policy, "Ccleaner"), 34);
  EXPECT_EQ(OperationsOf(policy, "Capp"), 35);
}

TEST(DevicePolicyTest, LetsInstancesBeCreatedWithCOnly) {
  EXPECT_EQ(OperationsOf(DevicePolicy(Protected::kObject, kRightToCreate), "Capp"), 35);
  const auto policy = DevicePolicy(Protected::kObject, kAllRights & ~kRightToCreate);
  EXPECT_EQ(OperationsOf(policy, "Capp"), 34);
  EXPECT_EQ(OperationsOf(policy, "all"), 34);  // §8.2: an object can always be discovered
}

TEST(DevicePolicyTest, NeverTakesTheRightsOfTheIpe) {
  for (const Protected what : {Protected::kObject, Protected::kInstance, Protected::kExecutable}) {
    const auto policy = DevicePolicy(what, 0);
    EXPECT_EQ(OperationsOf(policy, kIpe), 63);
    EXPECT_TRUE(KeepsRightsOfIpe(policy, kIpe));
  }
}

TEST(DevicePolicyTest, IsNamedAfterWhatItProtects) {
  EXPECT_EQ(PolicyName(Path(3303), Protected::kObject), "access-3303");
  EXPECT_EQ(PolicyName(kInstance, Protected::kInstance), "access-3303-0");
  EXPECT_EQ(PolicyName(kInstance, Protected::kExecutable), "access-3303-0-execute");
}

// ---- and back

struct Shown {
  Protected what;
  int rights;
};

class RightsGrantedTest : public testing::TestWithParam<Shown> {};

TEST_P(RightsGrantedTest, AreThoseThatThePolicyWasMadeOf) {
  const auto [what, rights] = GetParam();
  EXPECT_EQ(RightsGranted(what, DevicePolicy(what, rights), kIpe), ShownRights(what, rights));
}

std::vector<Shown> EveryMask() {
  std::vector<Shown> all;
  for (const Protected what : {Protected::kObject, Protected::kInstance, Protected::kExecutable}) {
    for (int rights = 0; rights <= kAllRights; ++rights) all.push_back({what, rights});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(EveryMask, RightsGrantedTest, testing::ValuesIn(EveryMask()));

TEST(RightsGrantedTest, CountTheRightToUpdateAsThatToWrite) {
  AccessControlPolicy policy = DevicePolicy(Protected::kInstance, kRightToRead);
  policy.privileges.push_back({{"Cother"}, onem2m::kMayUpdate, {}});
  EXPECT_EQ(RightsGranted(Protected::kInstance, policy, kIpe), kRightToRead | kRightToWrite);
}

TEST(RightsGrantedTest, DoNotCountTheRightToSubscribe) {
  AccessControlPolicy policy = DevicePolicy(Protected::kInstance, 0);
  policy.privileges.push_back({{"Cother"}, onem2m::kMayCreate, {23}});
  EXPECT_EQ(RightsGranted(Protected::kInstance, policy, kIpe), 0);
}

TEST(ListsOfTest, AreThoseThatThePolicyWasMadeOf) {
  const AccessLists lists = Everybody();
  EXPECT_EQ(ListsOf(BuildSharedPolicy(lists, kIpe), kIpe), lists);
}

TEST(ListsOfTest, LeaveTheIpeOutHoweverItIsWritten) {
  const auto lists = ListsOf(BuildSharedPolicy({{}, {}, {}, {}}, "/id-in/Clwm2m-ipe"), kIpe);
  EXPECT_THAT(lists.readers, IsEmpty());
  EXPECT_THAT(lists.writers, IsEmpty());
  EXPECT_THAT(lists.deleters, IsEmpty());
  EXPECT_THAT(lists.administrators, IsEmpty());
}

TEST(ListsOfTest, TakeWhatAnAdministratorWrote) {
  AccessControlPolicy policy = BuildSharedPolicy({{"all"}, {}, {}, {"Cboss"}}, kIpe);
  policy.privileges.push_back({{"Cnew"}, onem2m::kMayEverything, {}});
  const AccessLists lists = ListsOf(policy, kIpe);
  EXPECT_THAT(lists.readers, ElementsAre("all"));
  EXPECT_THAT(lists.writers, ElementsAre("Cnew"));
  EXPECT_THAT(lists.deleters, ElementsAre("Cnew"));
}

TEST(GrantTheSameTest, DoesNotLookAtOrderNorAtHowAnOriginatorIsWritten) {
  AccessControlPolicy one = BuildSharedPolicy(Everybody(), kIpe);
  AccessControlPolicy other = one;
  std::reverse(other.privileges.begin(), other.privileges.end());
  other.privileges.front().originators = {"/id-in/Clwm2m-ipe"};
  EXPECT_TRUE(GrantTheSame(one, other, kIpe));
  other.privileges.back().originators = {"Csomebody"};
  EXPECT_FALSE(GrantTheSame(one, other, kIpe));
}

TEST(GrantTheSameTest, SeesThatTheIpeWasLeftOut) {
  const AccessControlPolicy one = BuildSharedPolicy(Everybody(), kIpe);
  AccessControlPolicy other = one;
  other.privileges.pop_back();
  EXPECT_FALSE(GrantTheSame(one, other, kIpe));
  EXPECT_FALSE(KeepsRightsOfIpe(other, kIpe));
}

TEST(ConfiguredLabelTest, TellsListsApart) {
  const std::string label = ConfiguredLabel({{"Ca"}, {"Cb"}, {}, {}});
  EXPECT_EQ(label, ConfiguredLabel({{"Ca"}, {"Cb"}, {}, {}}));
  EXPECT_NE(label, ConfiguredLabel({{"Ca"}, {}, {"Cb"}, {}}));
  EXPECT_NE(label, ConfiguredLabel({{"Ca", "Cb"}, {}, {}, {}}));
}

}  // namespace
}  // namespace mapping
