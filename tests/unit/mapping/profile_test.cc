#include "mapping/profile.h"

#include <gtest/gtest.h>

#include <limits>

namespace mapping {
namespace {

using lwm2m::Path;

TEST(ProfileTest, IsSemanticForEveryObjectByDefault) {
  const Profile profile = Profile::Default();
  for (const int object : {0, 1, 3, 5, 3303, 33000, 65535}) {
    const Settings settings = profile.For("ep", Path(static_cast<lwm2m::Id>(object), 0));
    EXPECT_TRUE(settings.semantic) << object;
    EXPECT_FALSE(settings.transparent) << object;
  }
}

TEST(ProfileTest, HasTheDocumentedDefaults) {
  const Settings settings = Profile::Default().For("ep", Path(3303, 0, 5700));
  EXPECT_EQ(settings.create, Create::kLazy);
  EXPECT_EQ(settings.commands, Commands::kDirect);
  EXPECT_EQ(settings.repeat, Repeat::kChanged);
  EXPECT_EQ(settings.delivery, DeliveryKind::kEvery);
  EXPECT_FALSE(settings.transparent_commands);
  EXPECT_FALSE(settings.max_number_of_instances);
  EXPECT_FALSE(settings.pmax);
  EXPECT_EQ(settings.subscribe, Subscribe::kCommands);
  EXPECT_FALSE(settings.management_object || settings.flex_container || settings.time_series);
  EXPECT_FALSE(settings.descriptor);
}

TEST(ProfileTest, ObservesFromObjectThreeUpByDefault) {
  const Profile profile = Profile::Default();
  EXPECT_FALSE(profile.For("ep", Path(0, 0)).observe);
  EXPECT_FALSE(profile.For("ep", Path(1, 0)).observe);
  EXPECT_FALSE(profile.For("ep", Path(2, 0)).observe);
  EXPECT_TRUE(profile.For("ep", Path(3, 0)).observe);
  EXPECT_TRUE(profile.For("ep", Path(65534, 0)).observe);
}

TEST(ProfileTest, HasAPminByObjectByDefault) {
  const Profile profile = Profile::Default();
  EXPECT_EQ(profile.For("ep", Path(3, 0)).pmin, 60u);
  EXPECT_EQ(profile.For("ep", Path(7, 0)).pmin, 60u);
  EXPECT_EQ(profile.For("ep", Path(8, 0)).pmin, 10u);
  EXPECT_EQ(profile.For("ep", Path(3303, 0)).pmin, 10u);
  EXPECT_EQ(profile.For("ep", Path(5, 0, 3)).pmin, std::nullopt);
  EXPECT_EQ(profile.For("ep", Path(5, 0, 5)).pmin, std::nullopt);
  EXPECT_EQ(profile.For("ep", Path(5, 0, 4)).pmin, 60u);
}

TEST(ProfileTest, LetsLaterRulesWinMemberByMember) {
  Profile profile = Profile::Default();
  Rule all;
  all.pmin = 5;
  all.create = Create::kEager;
  profile.Add(all);
  Rule temperature;
  temperature.objects = {{3303, 3303}};
  temperature.pmax = 300;
  temperature.transparent = true;
  profile.Add(temperature);

  const Settings other = profile.For("ep", Path(3304, 0));
  EXPECT_EQ(other.pmin, 5u);
  EXPECT_EQ(other.pmax, std::nullopt);
  const Settings settings = profile.For("ep", Path(3303, 0));
  EXPECT_EQ(settings.pmin, 5u);
  EXPECT_EQ(settings.pmax, 300u);
  EXPECT_EQ(settings.create, Create::kEager);
  EXPECT_TRUE(settings.transparent);
  EXPECT_TRUE(settings.semantic);
}

TEST(ProfileTest, AppliesEverySetting) {
  Profile profile;
  Rule rule;
  rule.semantic = false;
  rule.transparent = true;
  rule.observe = false;
  rule.transparent_commands = true;
  rule.pmin = 1;
  rule.pmax = 2;
  rule.create = Create::kEager;
  rule.commands = Commands::kRequests;
  rule.repeat = Repeat::kAll;
  rule.delivery = DeliveryKind::kLatest;
  rule.max_number_of_instances = 3;
  rule.max_byte_size = 4;
  rule.max_instance_age = 5;
  rule.management_object = rule.flex_container = rule.time_series = true;
  rule.greater_than = 6;
  rule.less_than = 7;
  rule.step = 8;
  rule.epmin = 9;
  rule.epmax = 10;
  rule.subscribe = Subscribe::kAll;
  rule.read_on_demand = true;
  rule.descriptor = true;
  rule.ontology_ref = "urn:x:1";
  rule.labels = {"one"};
  profile.Add(rule);
  Settings expected;
  expected.semantic = false;
  expected.transparent = true;
  expected.observe = false;
  expected.pmin = 1;
  expected.pmax = 2;
  expected.create = Create::kEager;
  expected.commands = Commands::kRequests;
  expected.transparent_commands = true;
  expected.repeat = Repeat::kAll;
  expected.delivery = DeliveryKind::kLatest;
  expected.max_number_of_instances = 3;
  expected.max_byte_size = 4;
  expected.max_instance_age = 5;
  expected.management_object = expected.flex_container = expected.time_series = true;
  expected.greater_than = 6;
  expected.less_than = 7;
  expected.step = 8;
  expected.epmin = 9;
  expected.epmax = 10;
  expected.subscribe = Subscribe::kAll;
  expected.read_on_demand = true;
  expected.descriptor = true;
  expected.ontology_ref = "urn:x:1";
  expected.labels = {"one"};
  EXPECT_EQ(profile.For("any", Path(1)), expected);
}

TEST(ProfileTest, MatchesRangesInclusively) {
  Profile profile;
  Rule rule;
  rule.objects = {{3300, 3310}, {10, 10}};
  rule.observe = false;
  profile.Add(rule);
  EXPECT_TRUE(profile.For("ep", Path(3299)).observe);
  EXPECT_FALSE(profile.For("ep", Path(3300)).observe);
  EXPECT_FALSE(profile.For("ep", Path(3310)).observe);
  EXPECT_TRUE(profile.For("ep", Path(3311)).observe);
  EXPECT_FALSE(profile.For("ep", Path(10)).observe);
  EXPECT_TRUE(profile.For("ep", Path()).observe) << "the root is no object";
}

TEST(ProfileTest, NeedsEveryPartOfAFilter) {
  Profile profile;
  Rule rule;
  rule.objects = {{3303, 3303}};
  rule.endpoint = "urn:dev:*";
  rule.path = Path(3303, 0);
  rule.observe = false;
  profile.Add(rule);
  EXPECT_FALSE(profile.For("urn:dev:1", Path(3303, 0, 5700)).observe);
  EXPECT_TRUE(profile.For("urn:imei:1", Path(3303, 0, 5700)).observe);
  EXPECT_TRUE(profile.For("urn:dev:1", Path(3303, 1)).observe);
  EXPECT_TRUE(profile.For("urn:dev:1", Path(3303)).observe) << "above the path";
}

TEST(ProfileTest, TakesAPminAwayAndLetsTheSameRuleSetOne) {
  Profile profile = Profile::Default();
  Rule rule;
  rule.objects = {{3303, 3303}};
  rule.no_pmin = true;
  profile.Add(rule);
  EXPECT_EQ(profile.For("ep", Path(3303, 0)).pmin, std::nullopt);
  rule.pmin = 7;
  profile.Add(rule);
  EXPECT_EQ(profile.For("ep", Path(3303, 0)).pmin, 7u);
}

TEST(ObservationTargetsTest, AreTheInstanceItself) {
  const auto targets = Profile::Default().ObservationTargets("ep", Path(3303, 1));
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].path, Path(3303, 1));
  EXPECT_EQ(targets[0].attributes.minimum_period, 10u);
  EXPECT_EQ(targets[0].attributes.maximum_period, std::nullopt);
}

TEST(ObservationTargetsTest, AreStateAndResultOfFirmwareWithoutPmin) {
  const auto targets = Profile::Default().ObservationTargets("ep", Path(5, 0));
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].path, Path(5, 0, 3));
  EXPECT_EQ(targets[0].attributes.minimum_period, std::nullopt);
  EXPECT_EQ(targets[1].path, Path(5, 0, 5));
  EXPECT_EQ(targets[1].attributes.minimum_period, std::nullopt);
}

TEST(ObservationTargetsTest, LeaveOutWhatTheSettingsSay) {
  Profile profile = Profile::Default();
  Rule rule;
  rule.path = Path(5, 0, 5);
  rule.observe = false;
  profile.Add(rule);
  rule.path = Path(3303, 0);
  profile.Add(rule);
  EXPECT_EQ(profile.ObservationTargets("ep", Path(5, 0)).size(), 1u);
  EXPECT_TRUE(profile.ObservationTargets("ep", Path(3303, 0)).empty());
  EXPECT_EQ(profile.ObservationTargets("ep", Path(3303, 1)).size(), 1u);
}

TEST(ObservationTargetsTest, NeverTouchCredentialsServersAndRights) {
  Profile profile = Profile::Default();
  Rule everything;
  everything.observe = true;
  profile.Add(everything);
  for (const int object : {0, 1, 2}) {
    EXPECT_TRUE(profile.ObservationTargets("ep", Path(static_cast<lwm2m::Id>(object), 0)).empty())
        << object;
  }
}

TEST(ObservationTargetsTest, AreSingleResourcesWhereRulesNameThemOnly) {
  Profile profile = Profile::Default();
  Rule none;
  none.objects = {{3303, 3303}};
  none.observe = false;
  profile.Add(none);
  Rule one;
  one.path = Path(3303, 0, 5700);
  one.endpoint = "urn:dev:*";
  one.observe = true;
  one.pmax = 30;
  profile.Add(one);
  profile.Add(one);
  const auto targets = profile.ObservationTargets("urn:dev:1", Path(3303, 0));
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].path, Path(3303, 0, 5700));
  EXPECT_EQ(targets[0].attributes.maximum_period, 30u);
  EXPECT_TRUE(profile.ObservationTargets("other", Path(3303, 0)).empty());
  EXPECT_TRUE(profile.ObservationTargets("urn:dev:1", Path(3303, 1)).empty());
}

// LwM2M Core 1.1.1 §5.1.2: a device refuses pmax below pmin.
TEST(ObservationTargetsTest, LowerPminToAShorterPmax) {
  Profile profile = Profile::Default();
  Rule rule;
  rule.objects = {{3, 3}};
  rule.pmax = 30;
  profile.Add(rule);
  const auto targets = profile.ObservationTargets("ep", Path(3, 0));
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].attributes.minimum_period, 30u);
  EXPECT_EQ(targets[0].attributes.maximum_period, 30u);
}

TEST(ObservationTargetsTest, TakePmaxZeroAsNoMaximum) {
  Profile profile = Profile::Default();
  Rule rule;
  rule.pmax = 0;
  profile.Add(rule);
  EXPECT_EQ(profile.ObservationTargets("ep", Path(3, 0))[0].attributes.minimum_period, 60u);
}

TEST(ProfileTest, TakesAStarForEachInstance) {
  Profile profile;
  Rule rule;
  rule.path = Path(3303, 0, 5700);
  rule.any_instance = true;
  rule.observe = false;
  profile.Add(rule);
  EXPECT_FALSE(profile.For("ep", Path(3303, 0, 5700)).observe);
  EXPECT_FALSE(profile.For("ep", Path(3303, 7, 5700)).observe);
  EXPECT_FALSE(profile.For("ep", Path(3303, 7, 5700, 1)).observe);
  EXPECT_TRUE(profile.For("ep", Path(3303, 7, 5701)).observe);
  EXPECT_TRUE(profile.For("ep", Path(3303, 7)).observe);
  EXPECT_TRUE(profile.For("ep", Path(3304, 7, 5700)).observe);
}

TEST(ProfileTest, AddsLabelsUpAndNamesOneLevelOfAnOntology) {
  Profile profile;
  Rule object;
  object.objects = {{3303, 3303}};
  object.ontology_ref = "urn:x:sensor";
  object.labels = {"a", "b"};
  profile.Add(object);
  Rule resource;
  resource.path = Path(3303, 0, 5700);
  resource.any_instance = true;
  resource.ontology_ref = "urn:x:temperature";
  resource.labels = {"b", "c"};
  profile.Add(resource);
  EXPECT_EQ(profile.For("ep", Path(3303)).ontology_ref, "urn:x:sensor");
  EXPECT_EQ(profile.For("ep", Path(3303, 1)).ontology_ref, "");
  EXPECT_EQ(profile.For("ep", Path(3303, 1, 5700)).ontology_ref, "urn:x:temperature");
  EXPECT_EQ(profile.For("ep", Path(3303, 1, 5700)).labels,
            (std::vector<std::string>{"a", "b", "c"}));
}

TEST(ProfileTest, NamesEndpointsByTheLastRuleForThem) {
  Profile profile;
  EXPECT_EQ(profile.NameFor("urn:imei:1"), "");
  const auto add = [&](const char* endpoint, const char* name) {
    Rule rule;
    rule.endpoint = endpoint;
    rule.name = name;
    profile.Add(rule);
  };
  add("", "site-{endpoint}");
  add("urn:imei:*", "meter-{*}");
  add("a?*c", "{*}-{*}");
  add("urn:imei:9", "roof");
  EXPECT_EQ(profile.NameFor("urn:dev:1"), "site-dev:1");
  EXPECT_EQ(profile.NameFor("urn:imei:12"), "meter-12");
  EXPECT_EQ(profile.NameFor("urn:imei:"), "meter-");
  EXPECT_EQ(profile.NameFor("axyzc"), "yz-yz");
  EXPECT_EQ(profile.NameFor("urn:imei:9"), "roof");
}

TEST(ObservationTargetsTest, AreTheResourceOfEachInstanceUnderAStar) {
  Profile profile = Profile::Default();
  Rule none;
  none.objects = {{3303, 3303}};
  none.observe = false;
  profile.Add(none);
  Rule one;
  one.path = Path(3303, 0, 5700);
  one.any_instance = true;
  one.observe = true;
  one.greater_than = 30;
  one.less_than = 5;
  one.step = 2;
  one.epmin = 1;
  profile.Add(one);
  const auto targets = profile.ObservationTargets("ep", Path(3303, 4));
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].path, Path(3303, 4, 5700));
  EXPECT_EQ(targets[0].attributes.greater_than, 30);
  EXPECT_EQ(targets[0].attributes.less_than, 5);
  EXPECT_EQ(targets[0].attributes.step, 2);
  EXPECT_EQ(targets[0].attributes.minimum_evaluation_period, 1u);
  // ATT-3: another rule makes them contradict each other.
  Rule other;
  other.path = Path(3303, 4, 5700);
  other.greater_than = 4;
  profile.Add(other);
  const auto contradicting = profile.ObservationTargets("ep", Path(3303, 4));
  ASSERT_EQ(contradicting.size(), 1u);
  EXPECT_FALSE(contradicting[0].attributes.greater_than);
  EXPECT_FALSE(contradicting[0].attributes.less_than);
  EXPECT_EQ(contradicting[0].attributes.minimum_period, 10u);
}

TEST(ObservationTargetsTest, HaveConditionsOnResourcesOnly) {
  Profile profile;
  Rule rule;
  rule.greater_than = 30;
  profile.Add(rule);
  EXPECT_FALSE(profile.ObservationTargets("ep", Path(3303, 0))[0].attributes.greater_than);
  EXPECT_EQ(profile.ObservationTargets("ep", Path(5, 0))[0].attributes.greater_than, 30);
}

TEST(GlobTest, MatchesStarsAndQuestionMarks) {
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("**", "x"));
  EXPECT_TRUE(GlobMatches("urn:*", "urn:dev:1"));
  EXPECT_TRUE(GlobMatches("*:1", "urn:dev:1"));
  EXPECT_TRUE(GlobMatches("u*v*1", "urn:dev:1"));
  EXPECT_TRUE(GlobMatches("*ab", "aab"));
  EXPECT_TRUE(GlobMatches("a?c", "abc"));
  EXPECT_FALSE(GlobMatches("", "x"));
  EXPECT_FALSE(GlobMatches("?", ""));
  EXPECT_FALSE(GlobMatches("a?c", "ac"));
  EXPECT_FALSE(GlobMatches("urn:*x", "urn:dev:1"));
  EXPECT_FALSE(GlobMatches("Urn:*", "urn:1"));
}

// A pattern that makes a backtracking matcher take exponential time.
TEST(GlobTest, TakesLittleTimeForHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(GlobMatches(pattern + "b", std::string(1000, 'a')));
}

TEST(ProfileTest, NamesTheDeviceOfAnEndpoint) {
  Profile profile = Profile::Default();
  Rule rule;
  rule.endpoint = "urn:box:*:?";
  rule.device = "box-{*}";
  profile.Add(rule);
  EXPECT_EQ(profile.DeviceFor("urn:box:7:a"), "box-7");
  EXPECT_EQ(profile.DeviceFor("urn:box:7:ab"), "");
}

}  // namespace
}  // namespace mapping
