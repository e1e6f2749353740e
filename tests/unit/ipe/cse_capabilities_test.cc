#include "ipe/cse_capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipe {
namespace {

using onem2m::ResourceType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

onem2m::Container FullContainer() {
  onem2m::Container container;
  container.resource_name = "3";
  container.ontology_ref = "urn:oma:lwm2m:oma:3";
  container.labels = {"LWM2MURI:/3"};
  container.expiration_time = "20300101T000000";
  container.access_control_policy_ids = {"acp1"};
  return container;
}

TEST(CseCapabilitiesTest, NamesWhatMayBeLeftOutMostSuspiciousFirst) {
  EXPECT_THAT(CseCapabilities::Droppable(FullContainer()), ElementsAre("or", "acpi", "et", "lbl"));
  onem2m::ContentInstance instance;
  instance.content = "21";
  instance.ask_for_creator = true;
  instance.content_ref = {{"ObjectLink", "cse-in/a/66/0"}};
  EXPECT_THAT(CseCapabilities::Droppable(instance), ElementsAre("conr", "cr"));
  onem2m::Subscription subscription;
  subscription.child_types = {4};
  EXPECT_THAT(CseCapabilities::Droppable(subscription), ElementsAre("chty"));
}

TEST(CseCapabilitiesTest, KnowsWhatSpecialisationsCanDoWithout) {
  onem2m::ManagementObject object;
  object.object_ids = {"urn:oma:lwm2m:oma:5"};
  object.object_paths = {"/5/0"};
  object.description = "Firmware Update";
  object.attributes = {{"ud", false}};
  EXPECT_THAT(CseCapabilities::Droppable(object), ElementsAre("dc", "obps", "obis"));
  onem2m::FlexContainer flex;
  flex.ontology_ref = "urn:o";
  flex.node_link = "nod1";
  flex.max_number_of_instances = 3;
  EXPECT_THAT(CseCapabilities::Droppable(flex), ElementsAre("or", "nl", "fcied"));
  onem2m::TimeSeries series;
  series.ontology_ref = "urn:o";
  EXPECT_THAT(CseCapabilities::Droppable(series), ElementsAre("or"));
  onem2m::TimeSeriesInstance instance;
  instance.sequence_number = 1;
  EXPECT_THAT(CseCapabilities::Droppable(instance), ElementsAre("snr"));
  onem2m::SemanticDescriptor semantic;
  semantic.ontology_ref = "urn:o";
  EXPECT_THAT(CseCapabilities::Droppable(semantic), ElementsAre("or"));
  for (onem2m::Resource resource :
       {onem2m::Resource(object), onem2m::Resource(flex), onem2m::Resource(series),
        onem2m::Resource(instance), onem2m::Resource(semantic)}) {
    for (const std::string& name : CseCapabilities::Droppable(resource)) {
      EXPECT_TRUE(CseCapabilities::Drop(resource, name)) << name;
    }
    EXPECT_THAT(CseCapabilities::Droppable(resource), IsEmpty());
  }
}

TEST(CseCapabilitiesTest, NeverLeavesOutTheLabelsOfAnAe) {
  onem2m::Ae ae;
  ae.labels = {"Iwked-IPE:Cipe"};
  ae.node_link = "nod1";
  EXPECT_THAT(CseCapabilities::Droppable(ae), ElementsAre("nl"));
  onem2m::Resource resource = ae;
  EXPECT_FALSE(CseCapabilities::Drop(resource, "lbl"));
  EXPECT_EQ(std::get<onem2m::Ae>(resource).labels, ae.labels);
}

TEST(CseCapabilitiesTest, DropsOnlyRulesWithChildTypesOfAPolicy) {
  onem2m::AccessControlPolicy policy;
  policy.privileges = {{{"all"}, onem2m::kMayRetrieve, {}}, {{"all"}, onem2m::kMayCreate, {23}}};
  onem2m::Resource resource = policy;
  ASSERT_TRUE(CseCapabilities::Drop(resource, "acod"));
  const auto& left = std::get<onem2m::AccessControlPolicy>(resource).privileges;
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].operations, onem2m::kMayRetrieve);
  EXPECT_FALSE(CseCapabilities::Drop(resource, "acod"));
}

TEST(CseCapabilitiesTest, TrimsWhatItLearntOfThatTypeOnly) {
  CseCapabilities capabilities;
  onem2m::Resource container = FullContainer();
  capabilities.Trim(container);
  EXPECT_EQ(std::get<onem2m::Container>(container).ontology_ref, "urn:oma:lwm2m:oma:3");

  EXPECT_TRUE(capabilities.Learn(ResourceType::kContainer, "or"));
  EXPECT_FALSE(capabilities.Learn(ResourceType::kContainer, "or"));
  EXPECT_TRUE(capabilities.RefusesAnything(ResourceType::kContainer));
  EXPECT_FALSE(capabilities.RefusesAnything(ResourceType::kContentInstance));
  EXPECT_FALSE(capabilities.RefusesAnything(ResourceType::kAe));

  capabilities.Trim(container);
  EXPECT_EQ(std::get<onem2m::Container>(container).ontology_ref, "");
  EXPECT_FALSE(std::get<onem2m::Container>(container).labels.empty());
  onem2m::ContentInstance other;
  other.ontology_ref = "urn:oma:lwm2m:oma:3";
  onem2m::Resource instance = other;
  capabilities.Trim(instance);
  EXPECT_EQ(std::get<onem2m::ContentInstance>(instance).ontology_ref, other.ontology_ref);
}

TEST(CseCapabilitiesTest, HasNothingToDropOfABareResource) {
  onem2m::Container container;
  container.resource_name = "3";
  EXPECT_THAT(CseCapabilities::Droppable(container), IsEmpty());
}

TEST(CseCapabilitiesTest, LearnsTheClockOfTheCseBeyondTheWayThereAndBack) {
  CseCapabilities capabilities;
  constexpr std::int64_t kNow = 1'700'000'000;
  capabilities.LearnClock(onem2m::FormatTimestamp(kNow + 2), kNow);
  EXPECT_EQ(capabilities.clock_offset(), 0);
  capabilities.LearnClock(onem2m::FormatTimestamp(kNow - 3600), kNow);
  EXPECT_EQ(capabilities.clock_offset(), -3600);
  capabilities.LearnClock("yesterday", kNow);
  EXPECT_EQ(capabilities.clock_offset(), -3600);
  capabilities.LearnClock(onem2m::FormatTimestamp(kNow), kNow);
  EXPECT_EQ(capabilities.clock_offset(), 0);
}

TEST(CseCapabilitiesTest, ReportsARefusedNodeOnceAndTriesItAgainWhenTold) {
  CseCapabilities capabilities;
  EXPECT_TRUE(capabilities.has_node());
  EXPECT_TRUE(capabilities.ForgetNode());
  EXPECT_FALSE(capabilities.has_node());
  capabilities.ExpectNode();
  EXPECT_TRUE(capabilities.has_node());
  EXPECT_FALSE(capabilities.ForgetNode());
  EXPECT_FALSE(capabilities.has_node());
}

TEST(CseCapabilitiesTest, LearnsOnceThatOwnersLackRights) {
  CseCapabilities capabilities;
  EXPECT_FALSE(capabilities.owners_lack_rights());
  EXPECT_TRUE(capabilities.LearnOwnersLackRights());
  EXPECT_FALSE(capabilities.LearnOwnersLackRights());
  EXPECT_TRUE(capabilities.owners_lack_rights());
}

}  // namespace
}  // namespace ipe
