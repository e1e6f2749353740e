#include "mapping/identifiers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mapping {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;
using testing::StartsWith;

// Digits of SHA-256 in this file are those of coreutils sha256sum.
std::string NameOf(std::string_view endpoint, const NamingRules& rules = {}) {
  return NamesFor(endpoint, rules).name;
}

TEST(IdentifiersTest, TakesTheEndpointClientNameWithoutUrn) {
  const EndpointNames names = NamesFor("urn:imei:990000862471854", {});
  EXPECT_EQ(names.name, "imei-990000862471854");
  EXPECT_EQ(names.node_name, "imei-990000862471854-node");
  EXPECT_EQ(names.originator, "Cimei-990000862471854");
  EXPECT_EQ(names.node_id, "imei:990000862471854");
}

TEST(IdentifiersTest, TakesUrnOffInAnyCaseButOnlyInFront) {
  EXPECT_EQ(NameOf("URN:dev:ops:1"), "dev-ops-1");
  EXPECT_EQ(NameOf("Urn:dev:ops:1"), "dev-ops-1");
  EXPECT_EQ(NameOf("my-urn:dev"), "my-urn-dev");
  EXPECT_EQ(NameOf("urn"), "urn");
  EXPECT_EQ(NamesFor("URN:dev:ops:1", {}).node_id, "dev:ops:1");
}

TEST(IdentifiersTest, TakesTheNameThatTheProfileWants) {
  NamingRules rules;
  rules.wanted = "meter-a/1";
  const EndpointNames names = NamesFor("urn:imei:1", rules);
  EXPECT_EQ(names.name, "meter-a-1");
  EXPECT_EQ(names.node_id, "imei:1");
  rules.wanted = "lwm2m-ipe";
  EXPECT_THAT(NameOf("urn:imei:1", rules), StartsWith("imei-1-")) << "that of the IPE";
  rules.wanted = "x-node";
  EXPECT_THAT(NameOf("urn:imei:1", rules), StartsWith("imei-1-"));
  rules.wanted = "taken";
  rules.taken = [](std::string_view name) { return name == "taken"; };
  EXPECT_THAT(NameOf("urn:imei:1", rules), StartsWith("imei-1-"));
}

TEST(IdentifiersTest, DerivesTheRestFromANameThatIsKept) {
  EXPECT_EQ(KeptNames("roof", "urn:imei:1").node_name, "roof-node");
  EXPECT_EQ(KeptNames("roof", "urn:imei:1").originator, "Croof");
  EXPECT_EQ(KeptNames("roof", "urn:imei:1").node_id, "imei:1");
}

TEST(IdentifiersTest, KeepsTheAlphabetOfResourceNames) {
  EXPECT_EQ(NameOf("aZ09-._"), "aZ09-._");
  EXPECT_EQ(NameOf("a/b c:d~e%f+g"), "a-b-c-d-e-f-g");
}

TEST(IdentifiersTest, ReplacesAForeignCharacterOnceHoweverManyOctetsItHas) {
  EXPECT_EQ(NameOf("gr\xc3\xbc\xc3\x9f"), "gr--");
  EXPECT_EQ(NameOf("t\xe2\x82\xac\xf0\x9f\x98\x80x"), "t--x");
}

TEST(IdentifiersTest, KeepsNamesOf48CharactersAndHashesLongerOnes) {
  const std::string fits(48, 'a');
  EXPECT_EQ(NameOf(fits), fits);
  EXPECT_EQ(NameOf(fits + "b"), std::string(47, 'a') + "-" + "55b8d5b0");
  const std::string name = NameOf(std::string(255, 'x'));
  EXPECT_EQ(name.size(), 56u);
  EXPECT_THAT(name, MatchesRegex("x+-[0-9a-f]+"));
}

TEST(IdentifiersTest, GivesLongNamesWithOneBeginningDifferentHashes) {
  const std::string stem(100, 'a');
  EXPECT_NE(NameOf(stem + "1"), NameOf(stem + "2"));
}

TEST(IdentifiersTest, HashesTheEmptyName) {
  EXPECT_EQ(NameOf(""), "endpoint-e3b0c442");
  EXPECT_THAT(NameOf("urn:"), MatchesRegex("endpoint-[0-9a-f]+"));
}

TEST(IdentifiersTest, MakesNamesBeginWithALetterOrDigit) {
  EXPECT_EQ(NameOf("_sensor"), "sensor-e4919d9c");
  EXPECT_THAT(NameOf(".."), MatchesRegex("endpoint-[0-9a-f]+"));
  EXPECT_THAT(NameOf("\xe6\xb8\xa9"), MatchesRegex("endpoint-[0-9a-f]+"));
}

TEST(IdentifiersTest, LeavesNamesThatEndInNodeToNodes) {
  EXPECT_THAT(NameOf("lamp-node"), MatchesRegex("lamp-node-[0-9a-f]+"));
  EXPECT_THAT(NameOf("lamp-NODE"), MatchesRegex("lamp-NODE-[0-9a-f]+"));
  EXPECT_EQ(NameOf("lampnode"), "lampnode");
}

TEST(IdentifiersTest, NeverTakesTheNameOfTheIpe) {
  NamingRules rules;
  rules.ipe_name = "lwm2m-ipe";
  EXPECT_THAT(NameOf("LWM2M-IPE", rules), MatchesRegex("LWM2M-IPE-[0-9a-f]+"));
  EXPECT_THAT(NameOf("lwm2m:ipe", rules), MatchesRegex("lwm2m-ipe-[0-9a-f]+"));
}

TEST(IdentifiersTest, NeverTakesAReservedOriginator) {
  NamingRules rules;
  rules.reserved = {"CAdmin", "Clwm2m-gateway"};
  EXPECT_THAT(NameOf("admin", rules), MatchesRegex("admin-[0-9a-f]+"));
  EXPECT_THAT(NameOf("urn:ADMIN", rules), MatchesRegex("ADMIN-[0-9a-f]+"));
  EXPECT_THAT(NameOf("lwm2m:gateway", rules), MatchesRegex("lwm2m-gateway-[0-9a-f]+"));
  EXPECT_EQ(NameOf("dmin", rules), "dmin");
}

TEST(IdentifiersTest, TellsCollidingNamesApart) {
  NamingRules rules;
  std::set<std::string> names = {"dev-1"};
  rules.taken = [&](std::string_view name) { return names.count(std::string(name)) != 0; };
  EXPECT_THAT(NameOf("DEV:1", rules), MatchesRegex("DEV-1-[0-9a-f]+"));
  EXPECT_EQ(NameOf("dev:2", rules), "dev-2");
}

TEST(IdentifiersTest, TakesMoreOfTheHashWhenTheHashedNameIsTakenToo) {
  const std::string hashed = HashedNamesFor("dev:1").name;
  NamingRules rules;
  rules.taken = [&](std::string_view name) { return name == "dev-1" || name == hashed; };
  const std::string name = NameOf("dev:1", rules);
  EXPECT_THAT(name, StartsWith(hashed));
  EXPECT_EQ(name.size(), hashed.size() + 8);
}

TEST(IdentifiersTest, EndsEvenWhenEverythingIsTaken) {
  NamingRules rules;
  rules.taken = [](std::string_view) { return true; };
  const std::string name = NameOf("dev:1", rules);
  EXPECT_LE(name.size(), 56u);
  EXPECT_THAT(name, StartsWith("dev-1-"));
}

TEST(IdentifiersTest, HashesTheWholeNameNotTheSanitizedOne) {
  EXPECT_EQ(HashedNamesFor("dev:1").name, "dev-1-72850e50");
  EXPECT_NE(HashedNamesFor("dev:1").name, HashedNamesFor("dev/1").name);
  EXPECT_THAT(HashedNamesFor("dev:1").node_name, EndsWith("-node"));
  EXPECT_EQ(HashedNamesFor("urn:dev:1").node_id, "dev:1");
}

TEST(IdentifiersTest, AddressesContainersByTheirLwm2mPath) {
  EXPECT_EQ(ContainerAddress(lwm2m::Path(3, 0, 9)), "3/0/9");
  EXPECT_EQ(ContainerAddress(lwm2m::Path(5)), "5");
  EXPECT_EQ(ContainerAddress(lwm2m::Path(3, 0, 7, 1)), "3/0/7/1");
}

TEST(PathOfAddressTest, IsThatOfTheContainerOrOfWhatItStandsIn) {
  EXPECT_EQ(PathOfAddress("3/0/9"), lwm2m::Path(3, 0, 9));
  EXPECT_EQ(PathOfAddress("3/0/9-ts"), lwm2m::Path(3, 0, 9));
  EXPECT_EQ(PathOfAddress("3303/0/temperature"), lwm2m::Path(3303, 0));
  for (const char* address : {"", "responses", "@node/firmware"}) {
    EXPECT_FALSE(PathOfAddress(address)) << address;
  }
}

TEST(DeviceNamesTest, AreOfTheDevice) {
  EndpointNames names = NamesFor("urn:box:7:a", {});
  PlaceOnDevice("box-7", names);
  EXPECT_EQ(names.name, "box-7-a");
  EXPECT_EQ(names.node_name, "box-7-device-node");
  EXPECT_EQ(names.node_id, "box-7");
}

TEST(DeviceNamesTest, DoNotMeetThoseOfEndpoints) {
  // "box-7-device" would have the <node> "box-7-device-node".
  EXPECT_NE(NamesFor("box-7-device", {}).name, "box-7-device");
}

TEST(DeviceNamesTest, OfDevicesThatLookAlikeDiffer) {
  EndpointNames one = NamesFor("a", {});
  EndpointNames other = NamesFor("b", {});
  PlaceOnDevice("box:7", one);
  PlaceOnDevice("box/7", other);
  EXPECT_NE(one.node_name, other.node_name);
  EXPECT_EQ(one.node_id, "box:7");
  PlaceOnDevice(std::string(300, 'x'), one);
  EXPECT_LE(one.node_name.size(), 60u);
}

}  // namespace
}  // namespace mapping
