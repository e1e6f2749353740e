#include "ipe/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ipe {
namespace {

using lwm2m::Path;
using testing::ElementsAre;
using testing::HasSubstr;

// A resource whose values arrive.
Explanation Sound() {
  Explanation it;
  it.endpoint = "ep";
  it.path = Path(3303, 0, 5700);
  it.known = it.registered = it.awake = it.declared = it.cse_up = true;
  it.tree = "ready";
  it.objects = "</3303/0>";
  it.target = mapping::Profile::ObservationTarget{Path(3303, 0), {}};
  it.observation = Explanation::Observation::kEstablished;
  it.value_known = true;
  return it;
}

std::string ValueOf(const std::vector<SettingExplanation>& settings, const std::string& name) {
  for (const SettingExplanation& each : settings) {
    if (each.name == name) return each.value + " by " + each.rule;
  }
  return "";
}

TEST(ExplainSettingsTest, NamesTheRuleThatDecides) {
  mapping::Profile profile = mapping::Profile::Default();
  mapping::Rule rule;
  rule.objects = {{3303, 3303}};
  rule.pmin = 5;
  rule.transparent = rule.semantic = true;
  rule.labels = {"a"};
  rule.place = "ipe.yaml:7";
  profile.Add(rule);
  mapping::Rule other;
  other.path = Path(3303, 0, 5700);
  other.pmax = 9;
  other.ontology_ref = "urn:x";
  other.labels = {"b", "c"};
  other.place = "ipe.yaml:9";
  profile.Add(other);
  const auto settings = ExplainSettings(profile, "ep", Path(3303, 0, 5700));
  EXPECT_EQ(ValueOf(settings, "pmin"), "5 by ipe.yaml:7");
  EXPECT_EQ(ValueOf(settings, "pmax"), "9 by ipe.yaml:9");
  EXPECT_EQ(ValueOf(settings, "modes"), "[semantic, transparent] by ipe.yaml:7");
  EXPECT_EQ(ValueOf(settings, "observe"), "true by built in");
  EXPECT_EQ(ValueOf(settings, "subscribe"), "commands by built in");
  EXPECT_EQ(ValueOf(settings, "ontology_ref"), "urn:x by ipe.yaml:9");
  EXPECT_EQ(ValueOf(settings, "max_age"), "");
  EXPECT_EQ(std::count_if(settings.begin(), settings.end(),
                          [](const auto& each) { return each.name == "labels"; }),
            2);
  const auto above = ExplainSettings(profile, "ep", Path(3303, 0));
  EXPECT_EQ(ValueOf(above, "pmax"), "");
  EXPECT_EQ(ValueOf(above, "ontology_ref"), "");
}

TEST(ReasonsTest, SayThatNothingStandsInTheWay) {
  EXPECT_THAT(ReasonsOf(Sound()), ElementsAre(HasSubstr("repeat: changed")));
  Explanation it = Sound();
  it.effective.repeat = mapping::Repeat::kAll;
  EXPECT_THAT(ReasonsOf(it), ElementsAre("Nothing stands in the way."));
}

TEST(ReasonsTest, BeginWithWhatConcernsTheWholeEndpoint) {
  Explanation it;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("No endpoint of this name")));
  it = Sound();
  it.cse_up = false;
  it.cse_since = 300;
  it.cse_reason = "refused";
  it.path_rows = 3;
  EXPECT_THAT(ReasonsOf(it), ElementsAre("The CSE is not reached since 5 min: refused.",
                                         "3 values wait to be delivered."));
  it = Sound();
  it.tree = "not made yet";
  it.trouble = "4105";
  EXPECT_THAT(ReasonsOf(it), ElementsAre("The endpoint's resources are not made yet: 4105."));
  it.forbidden = true;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("forbids")));
  it = Sound();
  it.registered = false;
  EXPECT_THAT(ReasonsOf(it), ElementsAre("It is not registered any more."));
  it = Sound();
  it.trouble = "CREATE 4000";
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("did not carry out: CREATE 4000")));
  it = Sound();
  it.rules_pending = true;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("still being applied")));
}

TEST(ReasonsTest, NameWhatTheDeviceAndTheRulesDoNot) {
  Explanation it = Sound();
  it.declared = false;
  EXPECT_THAT(ReasonsOf(it),
              ElementsAre("The device did not declare /3303/0/5700; it declared </3303/0>."));
  it = Sound();
  it.effective.semantic = false;
  it.settings = {{"modes", "[]", "ipe.yaml:4"}};
  EXPECT_THAT(ReasonsOf(it), ElementsAre("No mode is on: modes is [] by the rule ipe.yaml:4."));
  it = Sound();
  it.value_known = false;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("has sent no value of /3303/0/5700")));
  it = Sound();
  it.effective.greater_than = 5;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("have no effect")));
}

TEST(ReasonsTest, TellWhyThereIsNoObservation) {
  Explanation it = Sound();
  it.observation = Explanation::Observation::kNone;
  it.target.reset();
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("nothing that is observed")));
  it.effective.observe = false;
  it.settings = {{"observe", "false", "ipe.yaml:4"}};
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("observe is false by the rule ipe.yaml:4")));
  it.path = Path(1, 0, 1);
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("never observed")));
  it = Sound();
  it.observation = Explanation::Observation::kRefused;
  it.refusal = "4.05";
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("with 4.05")));
  it.observation = Explanation::Observation::kUnderWay;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("has not answered yet")));
  it.awake = false;
  EXPECT_THAT(ReasonsOf(it), ElementsAre(HasSubstr("sleeps")));
}

TEST(ExplanationTest, IsShownAsTextAndAsJson) {
  const Explanation it = Sound();
  EXPECT_THAT(ToText(it), HasSubstr("observation       established"));
  EXPECT_THAT(ToText(it), HasSubstr("  - Nothing stands in the way"));
  EXPECT_THAT(ToJson(it), HasSubstr(R"("path":"/3303/0/5700")"));
  EXPECT_THAT(ToJson(it), HasSubstr(R"("reasons":["Nothing stands)"));
}

}  // namespace
}  // namespace ipe
