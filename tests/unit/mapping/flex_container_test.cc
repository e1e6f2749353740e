#include "mapping/flex_container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lwm2m/ddf/standard_objects.h"
#include "onem2m/module_classes.h"

namespace mapping {
namespace {

using lwm2m::Path;
using onem2m::AttributeValue;
using onem2m::FindAttribute;
using onem2m::NamedAttribute;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

lwm2m::Record Of(Path path, lwm2m::Value value, std::optional<double> time = std::nullopt) {
  return {path, std::move(value), time};
}

MATCHER_P2(Says, name, value, "") { return arg.name == name && arg.value == AttributeValue(value); }

class CompleteModuleTest : public ::testing::Test {
 protected:
  CompleteModuleTest() {
    registration_.endpoint = "ep";
    registration_.objects = lwm2m::ParseObjectList("</3303/0>").value();
    context_.access_control_policy_ids = {"acp1"};
  }
  onem2m::FlexContainer Changes(const char* root, onem2m::NamedAttributes attributes) {
    onem2m::FlexContainer changes;
    changes.root = root;
    changes.attributes = std::move(attributes);
    return changes;
  }

  lwm2m::Registration registration_;
  Context context_;
  Profile profile_ = Profile::Default();
  CreationRules rules_{registration_, context_, profile_, Model(), "20300101T000000"};
};

TEST(ModuleUpdatesTest, OneOfEachInstanceAndModule) {
  const auto updates = ModuleUpdates({Of(Path(3303, 0, 5700), 21.5), Of(Path(3303, 1, 5700), 22.0),
                                      Of(Path(3303, 0, 5701), std::string("Cel"))});
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_EQ(updates[0].address, "3303/0/temperature");
  EXPECT_EQ(updates[0].changes.root, "cod:tempe");
  EXPECT_THAT(updates[0].changes.attributes, ElementsAre(Says("curT0", 21.5)));
  EXPECT_EQ(updates[1].address, "3303/1/temperature");
}

TEST(ModuleUpdatesTest, AnObjectMayBeTwoModules) {
  const auto updates =
      ModuleUpdates({Of(Path(3311, 0, 5850), true), Of(Path(3311, 0, 5851), std::int64_t{40})});
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_EQ(updates[0].address, "3311/0/binarySwitch");
  EXPECT_THAT(updates[0].changes.attributes, ElementsAre(Says("state", true)));
  EXPECT_EQ(updates[1].address, "3311/0/brightness");
  EXPECT_THAT(updates[1].changes.attributes, ElementsAre(Says("brigs", std::int64_t{40})));
}

TEST(ModuleUpdatesTest, ValuesOfOneResourceOverTimeFollowOneAnother) {
  const auto updates = ModuleUpdates({Of(Path(3303, 0, 5700), 20.0, 1'700'000'000.0),
                                      Of(Path(3303, 0, 5700), 21.0, 1'700'000'060.5)});
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_THAT(updates[0].changes.attributes,
              ElementsAre(Says("curT0", 20.0), Says("dgt", std::string("20231114T221320"))));
  EXPECT_THAT(updates[1].changes.attributes,
              ElementsAre(Says("curT0", 21.0), Says("dgt", std::string("20231114T221420"))));
}

TEST(ModuleUpdatesTest, AnEnumerationIsWhatItsValuesMean) {
  const auto updates =
      ModuleUpdates({Of(Path(3, 0, 9), std::int64_t{80}), Of(Path(3, 0, 20), std::int64_t{1})});
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].address, "3/0/battery");
  EXPECT_THAT(
      updates[0].changes.attributes,
      ElementsAre(Says("lvl", std::int64_t{80}), Says("charg", true), Says("lowBy", false)));
}

TEST(ModuleUpdatesTest, ALatitudeIsANumberAlsoWhereTheDeviceSaysIt) {
  const auto updates = ModuleUpdates({Of(Path(3336, 0, 5514), std::string("52.5")),
                                      Of(Path(3336, 0, 5515), std::string("east of here")),
                                      Of(Path(6, 0, 1), 13.4)});
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_THAT(updates[0].changes.attributes, ElementsAre(Says("latie", 52.5)));
  EXPECT_EQ(updates[1].address, "6/0/geoLocation");
  EXPECT_THAT(updates[1].changes.attributes, ElementsAre(Says("longe", 13.4)));
}

TEST(ModuleUpdatesTest, PassesOverWhatIsNoModuleOrNoNumber) {
  EXPECT_THAT(ModuleUpdates({Of(Path(3303, 0, 5750), std::string("roof")),
                             Of(Path(3341, 0, 5527), std::string("text")),
                             Of(Path(3, 0, 7, 0), std::int64_t{3800}),
                             Of(Path(3303, 0, 5700), std::numeric_limits<double>::infinity()),
                             Of(Path(3303, 0, 5700), lwm2m::Opaque{"x"}), Of(Path(3303), 1.0)}),
              IsEmpty());
}

// Table of docs/mapping.md: every data point has its module, and every module can be made.
TEST(ModuleUpdatesTest, EveryModuleOfTheTableIsKnown) {
  std::set<std::string> modules;
  for (lwm2m::Id object = 0; object < 4000; ++object) {
    for (const std::string& address : ModuleAddresses(Path(object, 0))) {
      const std::string name = address.substr(address.rfind('/') + 1);
      const auto* module = onem2m::FindModuleClass(name);
      ASSERT_NE(module, nullptr) << name;
      EXPECT_EQ(onem2m::FindModuleClassByShortName(module->short_name), module);
      modules.insert(name);
    }
  }
  EXPECT_THAT(modules, SizeIs(16));
}

TEST_F(CompleteModuleTest, GivesTheCreateWhatIsMandatory) {
  const auto module =
      CompleteModule("3303/0/temperature", Changes("cod:tempe", {{"curT0", 21.5}}), rules_);
  ASSERT_TRUE(module);
  EXPECT_EQ(module->resource_name, "temperature");
  EXPECT_EQ(module->definition, "org.onem2m.common.moduleclass.temperature");
  EXPECT_EQ(module->expiration_time, "20300101T000000");
  EXPECT_THAT(module->access_control_policy_ids, ElementsAre("acp1"));
  EXPECT_THAT(module->labels, ::testing::Contains("Iwked-Entity-Type:urn:oma:lwm2m:ext:3303"));
  EXPECT_THAT(module->attributes, ElementsAre(Says("curT0", 21.5)));
}

TEST_F(CompleteModuleTest, WaitsForMandatoryValues) {
  const auto module =
      CompleteModule("3336/0/geoLocation", Changes("cod:geoLn", {{"latie", 52.5}}), rules_);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().status, onem2m::ResponseStatusCode::kBadRequest);
  EXPECT_EQ(module.error().detail, "longe");
}

TEST_F(CompleteModuleTest, MakesNothingWhereNoModuleStands) {
  const auto changes = Changes("cod:tempe", {{"curT0", 21.5}});
  for (const char* address :
       {"", "temperature", "3303/temperature", "3304/0/temperature", "3303/0/5700", "responses"}) {
    const auto module = CompleteModule(address, changes, rules_);
    ASSERT_FALSE(module) << address;
    EXPECT_EQ(module.error().status, onem2m::ResponseStatusCode::kNotFound) << address;
  }
  EXPECT_FALSE(CompleteModule("3303/0/temperature", Changes("cod:bat", {{"lvl", 1.0}}), rules_));
}

TEST_F(CompleteModuleTest, IsWhatAnUpdateThatFindsNothingBecomes) {
  const auto made =
      CompleteForCreate("3303/0/temperature", R"({"cod:tempe":{"curT0":21.5}})", rules_);
  ASSERT_TRUE(made);
  EXPECT_EQ(SpecialisationOf(*made), "org.onem2m.common.moduleclass.temperature");
  EXPECT_FALSE(CompleteForCreate("3303/0/temperature", R"({"m2m:cin":{"con":"1"}})", rules_));
  EXPECT_FALSE(CompleteForCreate("3303/0/temperature", "{", rules_));
  EXPECT_FALSE(CompleteForCreate("3303/0/temperature", "", rules_));
}

TEST_F(CompleteModuleTest, IsForWritersWhereItTakesCommands) {
  context_.management_policy_ids = {"acp2"};
  const auto policies = [&](const char* address, const char* update) {
    const auto made = CompleteForCreate(address, update, rules_);
    return made ? std::get<onem2m::FlexContainer>(*made).access_control_policy_ids
                : std::vector<std::string>();
  };
  EXPECT_THAT(policies("3312/0/binarySwitch", R"({"cod:binSh":{"state":true}})"),
              ElementsAre("acp2"));
  EXPECT_THAT(policies("3303/0/temperature", R"({"cod:tempe":{"curT0":21.5}})"),
              ElementsAre("acp1"));
  Rule rule;
  rule.commands = Commands::kRequests;
  profile_.Add(rule);
  EXPECT_THAT(policies("3312/0/binarySwitch", R"({"cod:binSh":{"state":true}})"),
              ElementsAre("acp1"));
}

TEST(WritesOfTest, AreTheResourcesOfWritableDataPoints) {
  const auto writes = WritesOf("3311/0/brightness", {{"brigs", std::int64_t{40}}}, Model());
  ASSERT_THAT(writes.values, SizeIs(1));
  EXPECT_EQ(writes.values[0].path, Path(3311, 0, 5851));
  EXPECT_EQ(writes.values[0].value, lwm2m::Value(std::int64_t{40}));
  EXPECT_THAT(writes.refused, IsEmpty());
  const auto on = WritesOf("3312/2/binarySwitch", {{"state", std::string("true")}}, Model());
  ASSERT_THAT(on.values, SizeIs(1));
  EXPECT_EQ(on.values[0].path, Path(3312, 2, 5850));
  EXPECT_EQ(on.values[0].value, lwm2m::Value(true));
}

TEST(WritesOfTest, RefusesWhatTheDeviceOnlyReports) {
  const auto writes = WritesOf("3303/0/temperature", {{"curT0", 30.0}}, Model());
  EXPECT_THAT(writes.values, IsEmpty());
  EXPECT_THAT(writes.refused, ElementsAre("curT0"));
  EXPECT_THAT(WritesOf("3/0/battery", {{"charg", true}}, Model()).refused, ElementsAre("charg"));
}

TEST(WritesOfTest, RefusesAValueOfAnotherType) {
  const auto writes = WritesOf("3312/0/binarySwitch", {{"state", std::string("maybe")}}, Model());
  EXPECT_THAT(writes.values, IsEmpty());
  EXPECT_THAT(writes.refused, ElementsAre("state"));
}

TEST(WritesOfTest, PassesOverWhatSaysNothingAboutTheDevice) {
  const auto writes = WritesOf("3312/0/binarySwitch",
                               {{"dgt", std::string("20300101T000000")}, {"x", 1.0}}, Model());
  EXPECT_THAT(writes.values, IsEmpty());
  EXPECT_THAT(writes.refused, IsEmpty());
}

TEST(IsWritableModuleTest, WhereOneDataPointIs) {
  EXPECT_TRUE(IsWritableModule("3312/0/binarySwitch", Model()));
  EXPECT_TRUE(IsWritableModule("3308/0/numberValue", Model()));
  EXPECT_FALSE(IsWritableModule("3342/0/binarySwitch", Model()));
  EXPECT_FALSE(IsWritableModule("3303/0/temperature", Model()));
  EXPECT_FALSE(IsWritableModule("3303/0/5700", Model()));
}

TEST(WriteCommandTest, IsOneOfRequests) {
  EXPECT_EQ(WriteCommand(Of(Path(3312, 0, 5850), true)),
            R"({"op":"write","path":"/3312/0/5850","value":true})");
  EXPECT_EQ(WriteCommand(Of(Path(3311, 0, 5851), std::int64_t{40})),
            R"({"op":"write","path":"/3311/0/5851","value":40})");
}

TEST(DataPointsOfTest, LeavesOutWhatIsNotTheModules) {
  EXPECT_THAT(
      DataPointsOf("3312/0/binarySwitch", {{"state", true}, {"dgt", std::string("t")}, {"x", 1.0}}),
      ElementsAre(Says("state", true)));
  EXPECT_THAT(DataPointsOf("3312/0", {{"state", true}}), IsEmpty());
}

TEST(IsSameDataPointTest, HoweverItIsWritten) {
  EXPECT_TRUE(IsSameDataPoint(std::int64_t{1}, 1.0));
  EXPECT_TRUE(IsSameDataPoint(std::string("1"), 1.0));
  EXPECT_TRUE(IsSameDataPoint(std::string("true"), true));
  EXPECT_FALSE(IsSameDataPoint(true, false));
  EXPECT_FALSE(IsSameDataPoint(1.0, 2.0));
  EXPECT_FALSE(IsSameDataPoint(std::string("bright"), 2.0));
}

}  // namespace
}  // namespace mapping
