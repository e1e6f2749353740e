#include "mapping/administration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mapping {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

tl::expected<AdministrationCommand, RefusedCommand> Parse(const std::string& content) {
  return ParseAdministration(content, "c1", lwm2m::ObjectModel());
}

TEST(AdministrationTest, ConfigureNamesKeysAndTheirValuesAsJson) {
  const auto parsed =
      Parse(R"({"id":"7","op":"configure","ttl":60,"set":{"registration.patience":"30s",)"
            R"("interworking.profile":[{"objects":[3303],"pmin":null}]},"unset":["log.level"]})");
  ASSERT_TRUE(parsed) << parsed.error().error.detail;
  EXPECT_EQ(parsed->command.id, "7");
  EXPECT_EQ(parsed->command.request, "c1");
  EXPECT_EQ(parsed->command.ttl, std::chrono::seconds(60));
  ASSERT_TRUE(parsed->order);
  EXPECT_EQ(parsed->order->kind, AdministrationOrder::Kind::kConfigure);
  EXPECT_THAT(parsed->order->set,
              ElementsAre(Pair("interworking.profile", R"([{"objects":[3303],"pmin":null}])"),
                          Pair("registration.patience", R"("30s")")));
  EXPECT_THAT(parsed->order->unset, ElementsAre("log.level"));
}

TEST(AdministrationTest, ListTakesAPage) {
  const auto parsed =
      Parse(R"({"op":"list-endpoints","offset":200,"limit":50,"endpoint":"urn:*"})");
  ASSERT_TRUE(parsed) << parsed.error().error.detail;
  EXPECT_EQ(parsed->command.id, "c1");
  EXPECT_EQ(parsed->order->offset, 200u);
  EXPECT_EQ(parsed->order->limit, 50u);
  EXPECT_EQ(parsed->order->pattern, "urn:*");
}

TEST(AdministrationTest, AnUpdateOfARegistrationIsAnExecuteOnTheDevice) {
  const auto parsed = Parse(R"({"op":"update-registration","ep":"dev-a"})");
  ASSERT_TRUE(parsed) << parsed.error().error.detail;
  EXPECT_FALSE(parsed->order);
  EXPECT_EQ(parsed->command.endpoint, "dev-a");
  EXPECT_EQ(parsed->command.operation.kind, lwm2m::OperationKind::kExecute);
  EXPECT_EQ(parsed->command.operation.path.ToString(), "/1/0/8");
}

TEST(AdministrationTest, TheTriggerIsThatOfTheServerInstanceOfTheDevice) {
  lwm2m::ObjectList objects;
  EXPECT_EQ(RegistrationUpdateTrigger(objects).ToString(), "/1/0/8");
  objects.Add(lwm2m::Path(1, 3));
  objects.Add(lwm2m::Path(3, 0));
  EXPECT_EQ(RegistrationUpdateTrigger(objects).ToString(), "/1/3/8");
}

struct Row {
  const char* name;
  const char* content;
  const char* detail;
};
class AdministrationRefusalTest : public testing::TestWithParam<Row> {};

TEST_P(AdministrationRefusalTest, NamesWhatIsWrong) {
  const auto parsed = Parse(GetParam().content);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().error.status, onem2m::ResponseStatusCode::kBadRequest);
  EXPECT_THAT(parsed.error().error.detail, StartsWith(GetParam().detail));
  EXPECT_EQ(parsed.error().request, "c1");
}

INSTANTIATE_TEST_SUITE_P(
    Golden, AdministrationRefusalTest,
    testing::Values(
        Row{"NoJson", "reload", "a command is a JSON object"},
        Row{"NoOp", R"({"set":{}})", R"("op": missing)"},
        Row{"UnknownOp", R"({"op":"reboot"})",
            R"("op": expected one of configure, list-endpoints, bootstrap, reload, )"
            R"(update-registration, found "reboot")"},
        Row{"UnknownMember", R"({"op":"reload","now":true})",
            R"("now": a command has no such member)"},
        Row{"MemberOfADeviceCommand", R"({"op":"reload","path":"/3"})",
            R"("path": not used by reload)"},
        Row{"MemberOfAnotherOp", R"({"op":"reload","limit":3})", R"("limit": not used by reload)"},
        Row{"SetTwice", R"({"op":"configure","set":{},"set":{}})", R"("set": given twice)"},
        Row{"KeyTwice", R"({"op":"configure","set":{"a":1,"a":2}})", R"("set": "a": given twice)"},
        Row{"SetAndUnset", R"({"op":"configure","set":{"a":1},"unset":["a"]})",
            R"("unset": "a": set as well)"},
        Row{"NothingToConfigure", R"({"op":"configure"})", R"("set": missing)"},
        Row{"SetIsNoObject", R"({"op":"configure","set":["a"]})", R"("set": expected an object)"},
        Row{"UnsetIsNoList", R"({"op":"configure","unset":"a"})", R"("unset": expected a list)"},
        Row{"TooDeep", R"({"op":"configure","set":{"a":[[[[[1]]]]]}})",
            R"("set": "a": nested too deeply)"},
        Row{"LimitTooLarge", R"({"op":"list-endpoints","limit":1001})",
            R"("limit": expected a number from 1 to 1000)"},
        Row{"NegativeOffset", R"({"op":"list-endpoints","offset":-1})",
            R"("offset": expected a number)"},
        Row{"PatternIsNoText", R"({"op":"list-endpoints","endpoint":3})",
            R"("endpoint": expected a text)"},
        Row{"BootstrapOfNobody", R"({"op":"bootstrap"})", R"("ep": missing)"},
        Row{"EndpointOfAnotherOp", R"({"op":"reload","ep":"dev-a"})",
            R"("ep": not used by reload)"},
        Row{"MemberOfAnOrder", R"({"op":"update-registration","ep":"dev-a","limit":1})",
            R"("op": expected one of configure)"}),
    [](const auto& tested) { return tested.param.name; });

// The nesting of a stranger's JSON is not the depth of our stack.
TEST(AdministrationTest, DeepNestingIsRefused) {
  const std::string content = R"({"op":"configure","set":{"a":)" + std::string(100'000, '[') +
                              std::string(100'000, ']') + "}}";
  const auto parsed = Parse(content);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().error.detail, HasSubstr("nested too deeply"));
}

TEST(AdministrationTest, OnlyAdministratorsAndTheIpeHaveRights) {
  const auto policy = BuildAdministrationPolicy({"Cadmin"}, "Cipe");
  EXPECT_EQ(policy.resource_name, "administration-access");
  ASSERT_EQ(policy.privileges.size(), 2u);
  EXPECT_THAT(policy.privileges[0].originators, ElementsAre("Cadmin"));
  EXPECT_EQ(policy.privileges[0].operations, 35);
  EXPECT_THAT(policy.privileges[1].originators, ElementsAre("Cipe"));
  EXPECT_EQ(policy.privileges[1].operations, 63);
}

}  // namespace
}  // namespace mapping
