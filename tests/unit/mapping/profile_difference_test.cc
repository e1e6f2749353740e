#include "mapping/profile_difference.h"

#include <gtest/gtest.h>

#include <functional>

namespace mapping {
namespace {

using lwm2m::Path;

constexpr char kEndpoint[] = "ep";

lwm2m::ObjectList Declared() { return *lwm2m::ParseObjectList("</1/0>,</3/0>,</5/0>,</3303/4>"); }

ProfileDifference DifferenceBy(const std::function<void(Rule&)>& change,
                               const Profile& before = Profile::Default()) {
  Rule rule;
  change(rule);
  Profile after = before;
  after.Add(rule);
  return Difference(before, after, kEndpoint, Declared());
}

TEST(ProfileDifferenceTest, IsEmptyBetweenRulesThatSayTheSame) {
  EXPECT_TRUE(Difference(Profile::Default(), Profile::Default(), kEndpoint, Declared()).empty());
  EXPECT_TRUE(DifferenceBy([](Rule& rule) { rule.semantic = true; }).empty());
  EXPECT_TRUE(DifferenceBy([](Rule& rule) {
                rule.endpoint = "other";
                rule.observe = false;
                rule.labels = {"x"};
              }).empty());
  EXPECT_TRUE(DifferenceBy([](Rule& rule) {
                rule.objects = {{3304, 3304}};
                rule.transparent = true;
              }).empty())
      << "an object that it does not declare";
}

TEST(ProfileDifferenceTest, NamesWhatIsNotWantedAnyMore) {
  const auto difference = DifferenceBy([](Rule& rule) {
    rule.objects = {{3303, 3303}, {5, 5}};
    rule.observe = false;
  });
  EXPECT_EQ(difference.cancel, (std::vector<Path>{Path(5, 0, 3), Path(5, 0, 5), Path(3303, 4)}));
  EXPECT_FALSE(difference.observe);
  EXPECT_FALSE(difference.containers);
}

TEST(ProfileDifferenceTest, TellsThatThereIsMoreToObserve) {
  Profile before = Profile::Default();
  Rule none;
  none.objects = {{3303, 3303}};
  none.observe = false;
  before.Add(none);
  const auto difference = DifferenceBy(
      [](Rule& rule) {
        rule.path = Path(3303, 0, 5700);
        rule.any_instance = true;
        rule.observe = true;
      },
      before);
  EXPECT_TRUE(difference.observe);
  EXPECT_TRUE(difference.cancel.empty());
}

TEST(ProfileDifferenceTest, UnsetsAttributesThatNoRuleSetsAnyMore) {
  Profile before = Profile::Default();
  Rule rule;
  rule.objects = {{3303, 3303}};
  rule.pmin = 1;
  rule.pmax = 60;
  before.Add(rule);
  const auto difference = Difference(before, Profile::Default(), kEndpoint, Declared());
  ASSERT_EQ(difference.write.size(), 1u);
  EXPECT_EQ(difference.write[0].path, Path(3303, 4));
  EXPECT_EQ(difference.write[0].attributes.minimum_period, 10u);
  EXPECT_EQ(difference.write[0].attributes.unset, (std::vector<std::string>{"pmax"}));
  EXPECT_TRUE(difference.cancel.empty());
}

TEST(ProfileDifferenceTest, TellsModesThatCameFromModesThatWent) {
  EXPECT_TRUE(DifferenceBy([](Rule& rule) { rule.transparent = true; }).modes_on);
  EXPECT_TRUE(DifferenceBy([](Rule& rule) { rule.management_object = true; }).modes_on);
  EXPECT_FALSE(DifferenceBy([](Rule& rule) { rule.semantic = false; }).modes_on);
}

TEST(ProfileDifferenceTest, SeesWhatIsSaidOfContainersAtEachLevel) {
  const auto at = [](const Path& path, bool any_instance) {
    return DifferenceBy([&](Rule& rule) {
             rule.path = path;
             rule.any_instance = any_instance;
             rule.labels = {"x"};
           })
        .containers;
  };
  EXPECT_TRUE(at(Path(3303), false));
  EXPECT_TRUE(at(Path(3303, 4), false));
  EXPECT_TRUE(at(Path(3303, 4, 5700), false));
  EXPECT_TRUE(at(Path(3303, 4, 5700, 1), false));
  EXPECT_TRUE(at(Path(3303, 0, 5700), true));
  EXPECT_FALSE(at(Path(3303, 0, 5700), false));
  EXPECT_TRUE(DifferenceBy([](Rule& rule) { rule.max_byte_size = 5; }).containers);
  EXPECT_TRUE(DifferenceBy([](Rule& rule) { rule.create = Create::kEager; }).containers);
  EXPECT_TRUE(DifferenceBy([](Rule& rule) { rule.ontology_ref = "urn:x"; }).containers);
}

}  // namespace
}  // namespace mapping
