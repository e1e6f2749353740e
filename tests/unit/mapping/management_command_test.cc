#include "mapping/management_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/core_link.h"
#include "lwm2m/ddf/standard_objects.h"
#include "mapping/commands.h"
#include "mapping/management_access.h"

namespace mapping {
namespace {

using onem2m::ActionStatus;
using onem2m::NamedAttribute;
using onem2m::NamedAttributes;
using testing::ElementsAre;
using testing::IsEmpty;

class ManagementCommandTest : public testing::Test {
 protected:
  ManagementCommandTest() {
    registration_.endpoint = "dev";
    registration_.objects =
        *lwm2m::ParseObjectList("</3/0>,</5/0>,</9/2>,</10/0>,</15/0>,</20/0>,</3303/0>,</3306/0>");
    Rule rule;
    rule.management_object = true;
    profile_.Add(rule);
  }
  ManagementRules Rules() const { return {registration_, profile_, model_}; }
  ManagementPlan Plan(std::string_view name) const { return *FindManagementObject(name, Rules()); }
  // What `requests` would take; each is taken.
  std::vector<std::string> Commands(std::string_view name, const NamedAttributes& written,
                                    const NamedAttributes& known = {}) const {
    std::vector<std::string> contents;
    for (const auto& command : ManagementCommands(Plan(name), written, known, Rules())) {
      contents.push_back(command.content);
    }
    return contents;
  }

  lwm2m::Registration registration_;
  Profile profile_ = Profile::Default();
  lwm2m::ObjectModel model_ = lwm2m::StandardObjects();
};

struct ActionRow {
  std::string object, attribute, path;
};
class ManagementActionTest : public ManagementCommandTest,
                             public testing::WithParamInterface<ActionRow> {};
TEST_P(ManagementActionTest, IsAnExecuteWhenItIsWrittenTrue) {
  const auto& [object, attribute, path] = GetParam();
  EXPECT_THAT(Commands(object, {{attribute, true}}),
              ElementsAre("{\"op\":\"execute\",\"path\":\"" + path + "\"}"));
  EXPECT_THAT(Commands(object, {{attribute, false}}), IsEmpty());
  EXPECT_THAT(Commands(object, {{attribute, std::string("what")}}), IsEmpty());
  EXPECT_TRUE(TakesCommands(Plan(object), Rules()));
}
INSTANTIATE_TEST_SUITE_P(
    Table, ManagementActionTest,
    testing::Values(
        ActionRow{"reboot", "rbo", "/3/0/4"}, ActionRow{"reboot", "far", "/3/0/5"},
        ActionRow{"software-2", "in", "/9/2/4"}, ActionRow{"software-2", "un", "/9/2/6"},
        ActionRow{"software-2", "act", "/9/2/10"}, ActionRow{"software-2", "dea", "/9/2/11"},
        ActionRow{"deviceCapability-0", "ena", "/15/0/5"},
        ActionRow{"deviceCapability-0", "dis", "/15/0/6"},
        ActionRow{"eventLog", "lga", "/20/0/4011"}, ActionRow{"eventLog", "lgo", "/20/0/4012"},
        ActionRow{"temperature-0", "resetMinAndMaxMeasuredValues", "/3303/0/5605"}));

TEST_F(ManagementCommandTest, UpdatesTheFirmwareFromTheUrl) {
  const NamedAttributes update = {{"ud", true}};
  EXPECT_THAT(Commands("firmware", {{"url", std::string("coap://h/i.bin")}, {"ud", true}}),
              ElementsAre(R"({"op":"firmware-update","uri":"coap://h/i.bin"})"));
  EXPECT_THAT(Commands("firmware", update, {{"url", std::string("http://h/i")}}),
              ElementsAre(R"({"op":"firmware-update","uri":"http://h/i"})"));
  // Images of firmware.directory, which may be pushed.
  for (const char* url : {"i.bin", "file:i.bin", "file:///i.bin"}) {
    EXPECT_THAT(Commands("firmware", update, {{"url", std::string(url)}}),
                ElementsAre(R"({"op":"firmware-update","file":"i.bin"})"));
  }
  EXPECT_THAT(Commands("firmware", {{"url", std::string("coap://h/i")}, {"ud", false}}), IsEmpty());
  EXPECT_THAT(Commands("firmware", {{"vr", std::string("2")}, {"fwn", std::string("x")}}),
              IsEmpty());
}

TEST_F(ManagementCommandTest, WritesBeforeItExecutes) {
  EXPECT_THAT(Commands("software-2", {{"in", true}, {"url", std::string("coap://h/\"p\"")}}),
              ElementsAre(R"({"op":"write","path":"/9/2/3","value":"coap://h/\"p\""})",
                          R"({"op":"execute","path":"/9/2/4"})"));
}

TEST_F(ManagementCommandTest, WritesInTheTypeOfTheResource) {
  EXPECT_THAT(Commands("deviceInfo", {{"syst", std::string("20130502T104015")}}),
              ElementsAre(R"({"op":"write","path":"/3/0/13","value":1367491215})"));
  EXPECT_THAT(Commands("actuation-0", {{"onOff", std::int64_t{1}}}),
              ElementsAre(R"({"op":"write","path":"/3306/0/5850","value":true})"));
  EXPECT_THAT(Commands("actuation-0", {{"applicationType", std::string("fan")}}),
              ElementsAre(R"({"op":"write","path":"/3306/0/5750","value":"fan"})"));
  EXPECT_THAT(Commands("temperature-0", {{"sensorValue", 21.5}}), IsEmpty());
  EXPECT_THAT(Commands("deviceInfo", {{"man", std::string("me")}}), IsEmpty());
}

// The same that applications put into `requests`: there is no second way for commands.
TEST_F(ManagementCommandTest, SaysWhatRequestsTakes) {
  const NamedAttributes written = {
      {"url", std::string("coap://h/i")},       {"ud", true},   {"rbo", true}, {"in", true},
      {"syst", std::string("20130502T104015")}, {"onOff", true}};
  std::size_t taken = 0;
  for (const ManagementPlan& plan : PlanManagementObjects(Rules())) {
    for (const auto& command : ManagementCommands(plan, written, {}, Rules())) {
      EXPECT_TRUE(ParseCommand(command.content, "name", model_)) << command.content;
      ++taken;
    }
  }
  EXPECT_EQ(taken, 6u);
}

TEST_F(ManagementCommandTest, TellsHowAnActionGoes) {
  EXPECT_THAT(ProgressOf(Plan("firmware"), "ud", Progress::kRunning),
              ElementsAre(NamedAttribute{"uds", ActionStatus{"ud", 3}}));
  EXPECT_THAT(
      ProgressOf(Plan("firmware"), "ud", Progress::kDone),
      ElementsAre(NamedAttribute{"ud", false}, NamedAttribute{"uds", ActionStatus{"ud", 1}}));
  EXPECT_THAT(
      ProgressOf(Plan("software-2"), "dea", Progress::kFailed),
      ElementsAre(NamedAttribute{"dea", false}, NamedAttribute{"acts", ActionStatus{"dea", 2}}));
  EXPECT_THAT(ProgressOf(Plan("reboot"), "rbo", Progress::kRunning), IsEmpty());
  EXPECT_THAT(ProgressOf(Plan("reboot"), "rbo", Progress::kFailed),
              ElementsAre(NamedAttribute{"rbo", false}));
  EXPECT_THAT(ProgressOf(Plan("deviceCapability-0"), "ena", Progress::kDone),
              ElementsAre(NamedAttribute{"cas", ActionStatus{"ena", 1}}));
}

TEST_F(ManagementCommandTest, LetsOnlyWritersWrite) {
  const auto policy = BuildManagementPolicy({"all"}, {"Capp"}, "Cipe");
  using onem2m::AccessControlRule;
  EXPECT_THAT(policy.privileges,
              ElementsAre(AccessControlRule{{"all"}, 34, {}}, AccessControlRule{{"all"}, 1, {23}},
                          AccessControlRule{{"Capp"}, 38, {}}, AccessControlRule{{"Capp"}, 1, {23}},
                          AccessControlRule{{"Cipe"}, 63, {}}));
  EXPECT_THAT(policy.self_privileges, ElementsAre(AccessControlRule{{"Cipe"}, 63, {}}));
}

TEST_F(ManagementCommandTest, TakesNoneWhereNothingCanBeChanged) {
  EXPECT_FALSE(TakesCommands(Plan("battery"), Rules()));
  EXPECT_FALSE(TakesCommands(Plan("memory"), Rules()));
  EXPECT_TRUE(TakesCommands(Plan("deviceInfo"), Rules()));
}

}  // namespace
}  // namespace mapping
