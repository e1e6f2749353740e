#include "mapping/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mapping {
namespace {

using lwm2m::Path;
using testing::ElementsAre;
using testing::IsEmpty;

lwm2m::ObjectList ListOf(std::string_view links) { return lwm2m::ParseObjectList(links).value(); }

TreeDifference Between(std::string_view before, std::string_view after,
                       LabelFamily family = LabelFamily::kBoth) {
  lwm2m::Registration registration;
  registration.endpoint = "ep";
  registration.objects = ListOf(after);
  Context context;
  context.labels = family;
  return Reconcile(ListOf(before), registration, context, Profile::Default(), "20300101T000000");
}

std::vector<std::string> PathsOf(const std::vector<ContainerPlan>& plans) {
  std::vector<std::string> paths;
  for (const ContainerPlan& plan : plans) paths.push_back(plan.path.ToString());
  return paths;
}

TEST(ReconcileTest, FindsNothingBetweenEqualLists) {
  EXPECT_TRUE(Between("</1/0>,</3/0>,</5>", "</5>,</3/0>,</1/0>").empty());
  EXPECT_TRUE(Between("", "").empty());
}

TEST(ReconcileTest, CreatesEverythingAgainstNothing) {
  const auto difference = Between("", "</3/0>,</5>");
  EXPECT_THAT(PathsOf(difference.create), ElementsAre("/3", "/3/0", "/5"));
  EXPECT_THAT(difference.remove, IsEmpty());
  EXPECT_THAT(difference.relabel, IsEmpty());
}

// Table 6.3.2.2-1 lists update and delete; an Update may also add (R42).
TEST(ReconcileTest, CreatesNewInstancesWithParentsThatAreMissing) {
  const auto difference = Between("</3/0>,</3303/0>", "</3/0>,</3303/0>,</3303/1>,</3304/0>");
  EXPECT_THAT(PathsOf(difference.create), ElementsAre("/3303/1", "/3304", "/3304/0"));
  EXPECT_EQ(difference.create[0].container.expiration_time, "20300101T000000");
  EXPECT_THAT(difference.remove, IsEmpty());
}

TEST(ReconcileTest, RemovesTheInstanceWhenItsObjectStays) {
  const auto difference = Between("</3303/0>,</3303/1>", "</3303/1>");
  EXPECT_THAT(difference.remove, ElementsAre(Path(3303, 0)));
  EXPECT_THAT(difference.create, IsEmpty());
}

TEST(ReconcileTest, RemovesOnlyTheObjectWhenAllOfItGoes) {
  const auto difference = Between("</3/0>,</3303/0>,</3303/1>", "</3/0>");
  EXPECT_THAT(difference.remove, ElementsAre(Path(3303)));
}

TEST(ReconcileTest, KeepsTheObjectWhenItsLastInstanceGoes) {
  const auto difference = Between("</3303/0>", "</3303>");
  EXPECT_THAT(difference.remove, ElementsAre(Path(3303, 0)));
  EXPECT_THAT(difference.create, IsEmpty());
  EXPECT_THAT(difference.relabel, IsEmpty());
}

TEST(ReconcileTest, KeepsTheObjectWhenItsFirstInstanceComes) {
  const auto difference = Between("</5>", "</5/0>");
  EXPECT_THAT(PathsOf(difference.create), ElementsAre("/5/0"));
  EXPECT_THAT(difference.remove, IsEmpty());
}

TEST(ReconcileTest, RelabelsWhatStaysUnderAnotherVersion) {
  const auto difference = Between("</3/0>,</3303/0>", "</3/0>,</3303>;ver=1.1,</3303/0>");
  EXPECT_THAT(PathsOf(difference.relabel), ElementsAre("/3303", "/3303/0"));
  EXPECT_THAT(difference.relabel[0].container.labels,
              testing::Contains("LWM2MRT:urn:oma:lwm2m:ext:3303:1.1"));
  EXPECT_EQ(difference.relabel[0].container.ontology_ref, "urn:oma:lwm2m:ext:3303:1.1");
  EXPECT_THAT(difference.create, IsEmpty());
}

TEST(ReconcileTest, RelabelsEverythingForOtherFormats) {
  EXPECT_THAT(PathsOf(Between("</3/0>", "</>;ct=110,</3/0>").relabel), ElementsAre("/3", "/3/0"));
}

TEST(ReconcileTest, RelabelsForAnotherRootPathOnlyWhereALabelNamesIt) {
  const char* before = "</3/0>";
  const char* after = "</x>;rt=\"oma.lwm2m\",</x/3/0>";
  EXPECT_THAT(PathsOf(Between(before, after).relabel), ElementsAre("/3", "/3/0"));
  EXPECT_TRUE(Between(before, after, LabelFamily::kPublished).empty());
}

TEST(ReconcileTest, TakesAVersionOneZeroForNone) {
  EXPECT_TRUE(Between("</3303/0>", "</3303>;ver=1.0,</3303/0>").empty());
}

}  // namespace
}  // namespace mapping
