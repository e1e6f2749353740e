#include "mapping/management_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "lwm2m/core_link.h"
#include "lwm2m/ddf/standard_objects.h"

namespace mapping {
namespace {

using lwm2m::Path;
using lwm2m::Record;
using lwm2m::Value;
using onem2m::ActionStatus;
using onem2m::AttributeValue;
using onem2m::NamedAttribute;
using onem2m::NamedAttributes;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t operator""_i(unsigned long long number) {
  return static_cast<std::int64_t>(number);
}

class ManagementObjectTest : public testing::Test {
 protected:
  explicit ManagementObjectTest(std::string_view objects = "</3/0>,</5/0>,</9/0>,</15/1>,</20/0>") {
    registration_.endpoint = "dev";
    registration_.objects = *lwm2m::ParseObjectList(objects);
    Rule rule;
    rule.management_object = true;
    profile_.Add(rule);
  }

  ManagementRules Rules() const { return {registration_, profile_, model_}; }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const ManagementPlan& plan : PlanManagementObjects(Rules())) names.push_back(plan.name);
    return names;
  }
  // What one message says about the <mgmtObj> of that name.
  NamedAttributes Told(std::string_view name, const std::vector<Record>& records) const {
    for (const ManagementUpdate& update : ManagementUpdates(records, Rules())) {
      if (update.object.name == name) return update.attributes;
    }
    return {};
  }
  onem2m::ManagementObject Built(std::string_view name, const NamedAttributes& attributes) const {
    return BuildManagementObject(*FindManagementObject(name, Rules()), attributes, registration_,
                                 context_, "20300101T000000");
  }

  lwm2m::Registration registration_;
  Profile profile_ = Profile::Default();
  lwm2m::ObjectModel model_ = lwm2m::StandardObjects();
  Context context_;
};

Record Of(Path path, Value value) { return {path, std::move(value), std::nullopt}; }
Value Text(std::string text) { return Value(std::move(text)); }

TEST_F(ManagementObjectTest, NamesThoseOfEachInstance) {
  EXPECT_THAT(Names(), ElementsAre("deviceInfo", "battery", "memory", "reboot", "firmware",
                                   "software-0", "deviceCapability-1", "eventLog"));
}

TEST_F(ManagementObjectTest, NamesOtherObjectsByTheirDefinition) {
  registration_.objects = *lwm2m::ParseObjectList("</4/0>,</6/0>,</3303/0>,</3303/2>,</32001/0>");
  EXPECT_THAT(Names(), ElementsAre("connectivityMonitoring-0", "location-0", "temperature-0",
                                   "temperature-2"));
  EXPECT_EQ(FindManagementObject("temperature-2", Rules())->root, "m2m:temperature");
}

TEST_F(ManagementObjectTest, MakesNoneOfObjectsOfTheServersOwnNorWithoutTheMode) {
  registration_.objects = *lwm2m::ParseObjectList("</1/0>,</2/0>,</5>,</3/0>");
  EXPECT_THAT(Names(), ElementsAre("deviceInfo", "battery", "memory", "reboot"));
  Rule rule;
  rule.management_object = false;
  rule.path = Path(3);
  profile_.Add(rule);
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_THAT(ManagementUpdates({Of(Path(3, 0, 9), Value(80_i))}, Rules()), IsEmpty());
}

TEST_F(ManagementObjectTest, KeepsObjectsOfTheSameNameApart) {
  lwm2m::ObjectDefinition twin;
  twin.id = 30000;
  twin.name = "Temperature";
  model_.Add(twin);
  registration_.objects = *lwm2m::ParseObjectList("</3303/0>,</30000/0>");
  EXPECT_THAT(Names(), ElementsAre("temperature-0", "temperature30000-0"));
}

struct NameRow {
  std::string name, expected;
};
class CamelCaseTest : public testing::TestWithParam<NameRow> {};
TEST_P(CamelCaseTest, FollowsTheNamingRule) {
  EXPECT_EQ(CamelCase(GetParam().name), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Table, CamelCaseTest,
    testing::Values(NameRow{"SMSC address", "smscAddress"},
                    NameRow{"Connectivity Monitoring", "connectivityMonitoring"},
                    NameRow{"IP Addresses", "ipAddresses"}, NameRow{"PkgName", "pkgName"},
                    NameRow{"Current time + 1", "currentTime1"}, NameRow{"--", ""},
                    NameRow{"Größe", "grE"}, NameRow{"3GPP cell", "3gppCell"}));

// TS-0005 §6.3.
TEST_F(ManagementObjectTest, TellsSeveralFromOneMessageOfDevice) {
  const std::vector<Record> records = {
      Of(Path(3, 0, 0), Text("Acme")),    Of(Path(3, 0, 1), Text("T-800")),
      Of(Path(3, 0, 2), Text("SN-1")),    Of(Path(3, 0, 3), Text("1.0")),
      Of(Path(3, 0, 9), Value(80_i)),     Of(Path(3, 0, 10), Value(15_i)),
      Of(Path(3, 0, 17), Text("sensor")), Of(Path(3, 0, 18), Text("rev B")),
      Of(Path(3, 0, 19), Text("4.2")),    Of(Path(3, 0, 20), Value(1_i)),
      Of(Path(3, 0, 21), Value(64_i)),    Of(Path(3, 0, 13), Value(lwm2m::Time{1367491215})),
      Of(Path(3, 0, 14), Text("+02:00"))};
  EXPECT_THAT(
      Told("deviceInfo", records),
      ElementsAre(
          NamedAttribute{"man", std::string("Acme")}, NamedAttribute{"mod", std::string("T-800")},
          NamedAttribute{"dlb", std::string("SN-1")}, NamedAttribute{"fwv", std::string("1.0")},
          NamedAttribute{"dty", std::string("sensor")}, NamedAttribute{"hwv", std::string("rev B")},
          NamedAttribute{"swv", std::string("4.2")},
          NamedAttribute{"syst", std::string("20130502T104015")}));
  EXPECT_THAT(Told("battery", records),
              ElementsAre(NamedAttribute{"btl", 80_i}, NamedAttribute{"bts", 2_i}));
  // The unit is the kilobyte of 1000 octets.
  EXPECT_THAT(Told("memory", records),
              ElementsAre(NamedAttribute{"mma", 15000_i}, NamedAttribute{"mmt", 64000_i}));
  EXPECT_THAT(Told("firmware", records), ElementsAre(NamedAttribute{"vr", std::string("1.0")}));
}

struct StatusRow {
  std::string name;
  std::string object;
  Path path;
  Value value;
  NamedAttributes told;
};
class ManagementStatusTest : public ManagementObjectTest,
                             public testing::WithParamInterface<StatusRow> {};
TEST_P(ManagementStatusTest, IsOneOfOneM2m) {
  EXPECT_EQ(Told(GetParam().object, {Of(GetParam().path, GetParam().value)}), GetParam().told);
}
NamedAttributes One(std::string name, AttributeValue value) {
  return {{std::move(name), std::move(value)}};
}
NamedAttributes Status(std::string name, std::string action, int status) {
  return One(std::move(name), ActionStatus{std::move(action), status});
}
INSTANTIATE_TEST_SUITE_P(
    Table, ManagementStatusTest,
    testing::Values(
        StatusRow{"BatteryNormal", "battery", Path(3, 0, 20), Value(0_i), One("bts", 1_i)},
        StatusRow{"BatteryUnknown", "battery", Path(3, 0, 20), Value(6_i), One("bts", 7_i)},
        StatusRow{"BatteryOddStatus", "battery", Path(3, 0, 20), Value(42_i), One("bts", 7_i)},
        StatusRow{"FirmwareIdle", "firmware", Path(5, 0, 3), Value(0_i), {}},
        StatusRow{"FirmwareDownloading", "firmware", Path(5, 0, 3), Value(1_i),
                  Status("uds", "ud", 3)},
        StatusRow{"FirmwareInitial", "firmware", Path(5, 0, 5), Value(0_i), {}},
        StatusRow{"FirmwareSuccess", "firmware", Path(5, 0, 5), Value(1_i), Status("uds", "ud", 1)},
        StatusRow{"FirmwareFailure", "firmware", Path(5, 0, 5), Value(5_i), Status("uds", "ud", 2)},
        StatusRow{"FirmwareDeferred", "firmware", Path(5, 0, 5), Value(11_i),
                  Status("uds", "ud", 3)},
        StatusRow{"FirmwareName", "firmware", Path(5, 0, 6), Text("image"),
                  One("fwn", std::string("image"))},
        StatusRow{"SoftwareName", "software-0", Path(9, 0, 0), Text("app"),
                  One("swn", std::string("app"))},
        StatusRow{"SoftwareVersion", "software-0", Path(9, 0, 1), Text("7"),
                  One("vr", std::string("7"))},
        StatusRow{"SoftwareInitial", "software-0", Path(9, 0, 7), Value(0_i), {}},
        StatusRow{"SoftwareDelivered", "software-0", Path(9, 0, 7), Value(3_i),
                  Status("ins", "in", 3)},
        StatusRow{"SoftwareInstalled", "software-0", Path(9, 0, 7), Value(4_i),
                  Status("ins", "in", 1)},
        StatusRow{"SoftwareFailed", "software-0", Path(9, 0, 9), Value(53_i),
                  Status("ins", "in", 2)},
        StatusRow{"SoftwareActive", "software-0", Path(9, 0, 12), Value(true),
                  Status("acts", "act", 1)},
        StatusRow{"SoftwareInactive", "software-0", Path(9, 0, 12), Value(false),
                  Status("acts", "dea", 1)},
        StatusRow{"CapabilityName", "deviceCapability-1", Path(15, 1, 0), Text("camera"),
                  One("can", std::string("camera"))},
        StatusRow{"CapabilityAttached", "deviceCapability-1", Path(15, 1, 3), Value(true),
                  One("att", true)},
        StatusRow{"CapabilityEnabled", "deviceCapability-1", Path(15, 1, 4), Value(false),
                  One("cus", false)},
        StatusRow{"LogOfSecurity", "eventLog", Path(20, 0, 4010), Value(2_i), One("lgt", 2_i)},
        StatusRow{"LogGeneric", "eventLog", Path(20, 0, 4010), Value(0_i), One("lgt", 1_i)},
        StatusRow{"LogRunning", "eventLog", Path(20, 0, 4013), Value(2_i), One("lgst", 1_i)},
        StatusRow{"LogStopped", "eventLog", Path(20, 0, 4013), Value(1_i), One("lgst", 2_i)},
        StatusRow{"LogError", "eventLog", Path(20, 0, 4013), Value(5_i), One("lgst", 5_i)},
        StatusRow{"LogData", "eventLog", Path(20, 0, 4014), Value(lwm2m::Opaque{"\x01\x02"}),
                  One("lgd", std::string("AQI="))},
        StatusRow{"Executable", "reboot", Path(3, 0, 4), Text(""), {}},
        StatusRow{"WrongType", "battery", Path(3, 0, 9), Text("much"), {}},
        StatusRow{"NegativeMemory", "memory", Path(3, 0, 10), Value(std::int64_t{-1}), {}}),
    [](const auto& row) { return row.param.name; });

TEST_F(ManagementObjectTest, HasABatteryForEachExternalOne) {
  const std::vector<Record> records = {
      Of(Path(3, 0, 6, 0), Value(1_i)), Of(Path(3, 0, 6, 1), Value(2_i)),
      Of(Path(3, 0, 7, 1), Value(3700_i)), Of(Path(3, 0, 6, 2), Value(5_i)),
      Of(Path(3, 0, 9), Value(80_i))};
  EXPECT_THAT(Told("battery", records), ElementsAre(NamedAttribute{"btl", 80_i}));
  EXPECT_THAT(Told("externalBattery-1", records),
              ElementsAre(NamedAttribute{"btl", 0_i}, NamedAttribute{"bts", 7_i}));
  EXPECT_EQ(ManagementUpdates(records, Rules()).size(), 2u);
  EXPECT_EQ(FindManagementObject("externalBattery-1", Rules())->root, "m2m:bat");
}

TEST_F(ManagementObjectTest, TellsOtherObjectsByTheNamesOfTheirResources) {
  registration_.objects = *lwm2m::ParseObjectList("</4/0>,</3303/0>");
  const std::vector<Record> records = {
      Of(Path(4, 0, 0), Value(6_i)), Of(Path(4, 0, 4, 0), Text("10.0.0.1")),
      Of(Path(4, 0, 4, 1), Text("fe80::1")), Of(Path(3303, 0, 5700), Value(21.5)),
      Of(Path(3303, 0, 9999), Value(1_i))};
  EXPECT_THAT(
      Told("connectivityMonitoring-0", records),
      ElementsAre(NamedAttribute{"networkBearer", 6_i},
                  NamedAttribute{"ipAddresses", std::vector<std::string>{"10.0.0.1", "fe80::1"}}));
  EXPECT_THAT(Told("temperature-0", records), ElementsAre(NamedAttribute{"sensorValue", 21.5}));
}

// TS-0005 §6.2.2, §6.2.3 (R79).
TEST_F(ManagementObjectTest, SaysNothingOfWhatIsNoNumber) {
  registration_.objects = *lwm2m::ParseObjectList("</3303/0>");
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Told("temperature-0", {Of(Path(3303, 0, 5700), none)}), IsEmpty());
}

TEST_F(ManagementObjectTest, SaysWhichObjectItIsAndWhere) {
  registration_.objects = *lwm2m::ParseObjectList(
      "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/5>;ver=1.1,"
      "</lwm2m/5/0>,</lwm2m/3303/1>");
  EXPECT_THAT(Built("firmware", {}).object_ids, ElementsAre("urn:oma:lwm2m:oma:5:1.1"));
  EXPECT_THAT(Built("firmware", {}).object_paths, ElementsAre("/lwm2m/5/0"));
  EXPECT_THAT(Built("temperature-1", {}).object_ids, ElementsAre("urn:oma:lwm2m:ext:3303"));
  registration_.objects = *lwm2m::ParseObjectList("</3/0>");
  EXPECT_THAT(Built("reboot", {}).object_paths, ElementsAre("/3/0"));
}

TEST_F(ManagementObjectTest, HasWhatACreateNeeds) {
  context_.access_control_policy_ids = {"acp1"};
  const onem2m::ManagementObject firmware =
      Built("firmware", {{"vr", std::string("1.0")}, {"uds", ActionStatus{"ud", 3}}});
  EXPECT_EQ(firmware.resource_name, "firmware");
  EXPECT_EQ(firmware.root, "m2m:fwr");
  EXPECT_EQ(firmware.definition, 1001);
  EXPECT_EQ(firmware.expiration_time, "20300101T000000");
  EXPECT_THAT(firmware.access_control_policy_ids, ElementsAre("acp1"));
  EXPECT_THAT(firmware.labels, testing::Contains("Iwked-Entity-ID:/5/0"));
  // The status is not for a Create.
  EXPECT_THAT(
      firmware.attributes,
      ElementsAre(NamedAttribute{"vr", std::string("1.0")}, NamedAttribute{"fwn", std::string()},
                  NamedAttribute{"url", std::string()}, NamedAttribute{"ud", false}));
  EXPECT_THAT(Built("battery", {{"btl", 80_i}}).attributes,
              ElementsAre(NamedAttribute{"btl", 80_i}, NamedAttribute{"bts", 7_i}));
  EXPECT_THAT(Built("reboot", {}).attributes, IsEmpty());
}

TEST_F(ManagementObjectTest, KnowsTheTimeAsTheOneThatTicks) {
  const auto info = *FindManagementObject("deviceInfo", Rules());
  EXPECT_TRUE(IsTicking(info, "syst"));
  EXPECT_FALSE(IsTicking(info, "man"));
  EXPECT_FALSE(FindManagementObject("nothing", Rules()));
}

}  // namespace
}  // namespace mapping
