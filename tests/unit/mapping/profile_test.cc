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
  EXPECT_EQ(targets[0].pmin, 10u);
  EXPECT_EQ(targets[0].pmax, std::nullopt);
}

TEST(ObservationTargetsTest, AreStateAndResultOfFirmwareWithoutPmin) {
  const auto targets = Profile::Default().ObservationTargets("ep", Path(5, 0));
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].path, Path(5, 0, 3));
  EXPECT_EQ(targets[0].pmin, std::nullopt);
  EXPECT_EQ(targets[1].path, Path(5, 0, 5));
  EXPECT_EQ(targets[1].pmin, std::nullopt);
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
  EXPECT_EQ(targets[0].pmax, 30u);
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
  EXPECT_EQ(targets[0].pmin, 30u);
  EXPECT_EQ(targets[0].pmax, 30u);
}

TEST(ObservationTargetsTest, TakePmaxZeroAsNoMaximum) {
  Profile profile = Profile::Default();
  Rule rule;
  rule.pmax = 0;
  profile.Add(rule);
  EXPECT_EQ(profile.ObservationTargets("ep", Path(3, 0))[0].pmin, 60u);
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

}  // namespace
}  // namespace mapping
