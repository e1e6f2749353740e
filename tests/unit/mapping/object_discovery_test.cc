#include "mapping/object_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lwm2m/ddf/standard_objects.h"

namespace mapping {
namespace {

using lwm2m::ContentFormat;
using lwm2m::Path;
using testing::ElementsAre;
using testing::IsEmpty;

lwm2m::Registration RegistrationOf(std::string_view links) {
  lwm2m::Registration registration;
  registration.endpoint = "ep";
  registration.objects = lwm2m::ParseObjectList(links).value();
  return registration;
}

std::vector<std::string> PathsOf(const std::vector<ContainerPlan>& plans) {
  std::vector<std::string> paths;
  for (const ContainerPlan& plan : plans) paths.push_back(plan.path.ToString());
  return paths;
}

// The example that both texts of TS-0014 §6.3.2 use (R34, R73).
TEST(PlanDeclaredTest, MakesContainersOfTheExampleListParentsFirst) {
  const auto registration = RegistrationOf("</1/0>,</1/1>,</2/0>,</2/1>,</3/0>,</4/0>,</5>");
  const auto plans = PlanDeclared(registration, {}, Profile::Default(), "20300101T000000");
  EXPECT_THAT(PathsOf(plans), ElementsAre("/1", "/1/0", "/1/1", "/2", "/2/0", "/2/1", "/3", "/3/0",
                                          "/4", "/4/0", "/5"));
  std::vector<std::string> names;
  for (const ContainerPlan& plan : plans) names.push_back(plan.container.resource_name);
  EXPECT_THAT(names, ElementsAre("1", "0", "1", "2", "0", "1", "3", "0", "4", "0", "5"));
}

TEST(PlanDeclaredTest, MakesNothingOfAnEmptyList) {
  EXPECT_THAT(PlanDeclared(RegistrationOf(""), {}, Profile::Default(), ""), IsEmpty());
}

// §6.3.2 (R36, R37) in the seed's spelling, and the published family (R38).
TEST(ContainerLabelsTest, AreBothFamiliesByDefault) {
  const auto registration = RegistrationOf("</1/0>");
  EXPECT_THAT(
      ContainerLabels(Path(1, 0), registration.objects, Context().labels),
      ElementsAre("LWM2MRT:urn:oma:lwm2m:oma:1", "LWM2MPTH:/", "LWM2MURI:/1/0", "LMM2MCT:11542",
                  "Iwked-Technology:LWM2M", "Iwked-Entity-Type:urn:oma:lwm2m:oma:1",
                  "Iwked-Entity-ID:/1/0", "Iwked-Content-Type:11542"));
}

// The worked example of the seed: root path /lwm2m, LwM2M JSON, /1/0.
TEST(ContainerLabelsTest, FollowTheWorkedExampleOfTheSeed) {
  lwm2m::ObjectList objects;
  objects.root_path = "/lwm2m";
  objects.formats = {ContentFormat::kJson};
  objects.paths = {Path(1, 0)};
  EXPECT_THAT(ContainerLabels(Path(1, 0), objects, LabelFamily::kSeed),
              ElementsAre("LWM2MRT:urn:oma:lwm2m:oma:1", "LWM2MPTH:/lwm2m", "LWM2MURI:/1/0",
                          "LMM2MCT:11543"));
}

TEST(ContainerLabelsTest, ArePublishedOnlyWhenAsked) {
  const auto registration = RegistrationOf("</3/0>");
  EXPECT_THAT(ContainerLabels(Path(3, 0), registration.objects, LabelFamily::kPublished),
              ElementsAre("Iwked-Technology:LWM2M", "Iwked-Entity-Type:urn:oma:lwm2m:oma:3",
                          "Iwked-Entity-ID:/3/0", "Iwked-Content-Type:11542"));
}

TEST(ContainerLabelsTest, NameEachFormatThatIsAnnounced) {
  const auto registration = RegistrationOf("</>;rt=\"oma.lwm2m\";ct=\"110 112 60\",</3/0>");
  EXPECT_THAT(ContainerLabels(Path(3, 0), registration.objects, LabelFamily::kSeed),
              ElementsAre("LWM2MRT:urn:oma:lwm2m:oma:3", "LWM2MPTH:/", "LWM2MURI:/3/0",
                          "LMM2MCT:110", "LMM2MCT:112", "LMM2MCT:60"));
}

TEST(ContainerLabelsTest, CarryTheAlternateRootPath) {
  const auto registration = RegistrationOf("</lwm2m>;rt=\"oma.lwm2m\";ct=11543,</lwm2m/3/0>");
  EXPECT_THAT(ContainerLabels(Path(3, 0), registration.objects, LabelFamily::kSeed),
              ElementsAre("LWM2MRT:urn:oma:lwm2m:oma:3", "LWM2MPTH:/lwm2m", "LWM2MURI:/3/0",
                          "LMM2MCT:11543"));
}

TEST(ContainerLabelsTest, HaveTheUrnOfTheObjectsRangeAndVersion) {
  const auto registration = RegistrationOf(
      "</3>;ver=1.2,</3/0>,</1023/0>,</2048/0>,</3303>;ver=1.1,</3303/0>,</10240/0>,</10241/0>,"
      "</33000/0>,</55>;ver=1.0,</55/0>");
  const auto urn = [&](lwm2m::Id object) {
    return ContainerLabels(Path(object), registration.objects, LabelFamily::kSeed)[0];
  };
  EXPECT_EQ(urn(3), "LWM2MRT:urn:oma:lwm2m:oma:3:1.2");
  EXPECT_EQ(urn(1023), "LWM2MRT:urn:oma:lwm2m:oma:1023");
  EXPECT_EQ(urn(2048), "LWM2MRT:urn:oma:lwm2m:ext:2048");
  EXPECT_EQ(urn(3303), "LWM2MRT:urn:oma:lwm2m:ext:3303:1.1");
  EXPECT_EQ(urn(10240), "LWM2MRT:urn:oma:lwm2m:ext:10240");
  EXPECT_EQ(urn(10241), "LWM2MRT:urn:oma:lwm2m:x:10241");
  EXPECT_EQ(urn(33000), "LWM2MRT:urn:oma:lwm2m:x:33000");
  EXPECT_EQ(urn(55), "LWM2MRT:urn:oma:lwm2m:oma:55");
}

// TS-0004 Table 6.3.3-1: a label is a token, and its key ends at the first colon.
TEST(ContainerLabelsTest, AreTokensWithoutBlanks) {
  const auto registration = RegistrationOf("</>;ct=\"110 112\",</3/0>");
  for (const std::string& label :
       ContainerLabels(Path(3, 0, 7, 1), registration.objects, LabelFamily::kBoth)) {
    EXPECT_EQ(label.find_first_of(" \"="), std::string::npos) << label;
    EXPECT_NE(label.find(':'), std::string::npos) << label;
  }
}

TEST(PlanContainerTest, NamesResourcesAndResourceInstancesByTheirLastIdentifier) {
  const auto registration = RegistrationOf("</3/0>");
  const auto plan = PlanContainer(Path(3, 0, 7, 1), registration, {}, Profile::Default(), "");
  EXPECT_EQ(plan.path, Path(3, 0, 7, 1));
  EXPECT_EQ(plan.container.resource_name, "1");
  EXPECT_THAT(plan.container.labels, testing::Contains("Iwked-Entity-ID:/3/0/7/1"));
}

// §6.3.2 (R39).
TEST(PlanContainerTest, HasAnOntologyRefOnObjectsWhereTheCseTakesIt) {
  const auto registration = RegistrationOf("</3303>;ver=1.1,</3303/0>");
  Context context;
  EXPECT_EQ(PlanContainer(Path(3303), registration, context, Profile::Default(), "")
                .container.ontology_ref,
            "urn:oma:lwm2m:ext:3303:1.1");
  EXPECT_EQ(PlanContainer(Path(3303, 0), registration, context, Profile::Default(), "")
                .container.ontology_ref,
            "");
  context.ontology_ref = false;
  EXPECT_EQ(PlanContainer(Path(3303), registration, context, Profile::Default(), "")
                .container.ontology_ref,
            "");
}

// Table 6.3.2.2-3 (R44).
TEST(PlanContainerTest, ExpiresWithTheLifetimeUnlessOnlyParentsDo) {
  const auto registration = RegistrationOf("</3/0>");
  Context context;
  const auto expiration = [&](const Path& path) {
    return PlanContainer(path, registration, context, Profile::Default(), "20300101T000000")
        .container.expiration_time;
  };
  EXPECT_EQ(expiration(Path(3)), "20300101T000000");
  EXPECT_EQ(expiration(Path(3, 0, 9)), "20300101T000000");
  context.expiration = Expiration::kParent;
  EXPECT_EQ(expiration(Path(3)), "");
  EXPECT_EQ(expiration(Path(3, 0, 9)), "");
}

TEST(PlanContainerTest, CarriesLabelsAndOntologyOfTheProfile) {
  const auto registration = RegistrationOf("</3/0>");
  Profile profile;
  Rule rule;
  rule.objects = {{3, 3}};
  rule.ontology_ref = "urn:x:device";
  rule.labels = {"site:berlin", "Iwked-Technology:LWM2M"};
  profile.Add(rule);
  const auto plan = PlanContainer(Path(3), registration, {}, profile, "").container;
  EXPECT_EQ(plan.ontology_ref, "urn:x:device");
  EXPECT_EQ(std::count(plan.labels.begin(), plan.labels.end(), "site:berlin"), 1);
  EXPECT_EQ(std::count(plan.labels.begin(), plan.labels.end(), "Iwked-Technology:LWM2M"), 1);
  EXPECT_EQ(PlanContainer(Path(3, 0), registration, {}, profile, "").container.ontology_ref, "");
  Context without;
  without.ontology_ref = false;
  EXPECT_EQ(PlanContainer(Path(3), registration, without, profile, "").container.ontology_ref, "");
}

TEST(PlanContainerTest, LimitsContainersThatHoldValues) {
  const auto registration = RegistrationOf("</3/0>");
  Profile profile;
  Rule rule;
  rule.max_number_of_instances = 10;
  rule.max_byte_size = 1000;
  rule.max_instance_age = 60;
  profile.Add(rule);
  const auto limits = [&](const Path& path) {
    return PlanContainer(path, registration, {}, profile, "").container;
  };
  for (const Path& path : {Path(3, 0, 9), Path(3, 0, 7, 1)}) {
    EXPECT_EQ(limits(path).max_number_of_instances, 10);
    EXPECT_EQ(limits(path).max_byte_size, 1000);
    EXPECT_EQ(limits(path).max_instance_age, 60);
  }
  EXPECT_FALSE(limits(Path(3)).max_number_of_instances);
  EXPECT_FALSE(limits(Path(3, 0)).max_number_of_instances);
}

TEST(PlanContainerTest, LimitsInstancesThatHoldEncodedObjects) {
  Profile profile;
  Rule rule;
  rule.transparent = true;
  rule.max_number_of_instances = 10;
  profile.Add(rule);
  const auto plan = PlanContainer(Path(3, 0), RegistrationOf("</3/0>"), {}, profile, "");
  EXPECT_EQ(plan.container.max_number_of_instances, 10);
}

TEST(PlanResourcesTest, ListsWhatTheDefinitionListsInOrder) {
  const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  const auto registration = RegistrationOf("</3/0>,</3303/0>");
  const auto plans = PlanResources(Path(3, 0), registration, model, {}, Profile::Default(), "");
  ASSERT_GE(plans.size(), 17u);
  EXPECT_EQ(plans[0].path, Path(3, 0, 0));
  EXPECT_EQ(plans[4].path, Path(3, 0, 4)) << "an executable resource";
  for (std::size_t i = 1; i < plans.size(); ++i) EXPECT_LT(plans[i - 1].path, plans[i].path);
}

TEST(PlanResourcesTest, LeavesOutResourcesWithoutOperations) {
  lwm2m::ObjectModel model;
  lwm2m::ObjectDefinition object;
  object.id = 100;
  object.resources.resize(4);
  for (lwm2m::Id id = 0; id < 4; ++id) object.resources[id].id = id;
  object.resources[0].readable = true;
  object.resources[1].writable = true;
  object.resources[2].executable = true;
  model.Add(object);
  EXPECT_THAT(PathsOf(PlanResources(Path(100, 7), RegistrationOf("</100/7>"), model, {},
                                    Profile::Default(), "")),
              ElementsAre("/100/7/0", "/100/7/1", "/100/7/2"));
}

TEST(PlanResourcesTest, UsesTheVersionThatTheDeviceDeclared) {
  lwm2m::ObjectModel model;
  for (const char* version : {"1.0", "2.0"}) {
    lwm2m::ObjectDefinition object;
    object.id = 100;
    object.version = version;
    object.resources.resize(1);
    object.resources[0].id = version[0] == '1' ? 1 : 2;
    object.resources[0].readable = true;
    model.Add(object);
  }
  const auto resources = [&](std::string_view links) {
    return PathsOf(
        PlanResources(Path(100, 0), RegistrationOf(links), model, {}, Profile::Default(), ""));
  };
  EXPECT_THAT(resources("</100>;ver=2.0,</100/0>"), ElementsAre("/100/0/2"));
  EXPECT_THAT(resources("</100/0>"), ElementsAre("/100/0/1"));
}

TEST(PlanResourcesTest, IsEmptyWithoutADefinition) {
  EXPECT_THAT(PlanResources(Path(33000, 0), RegistrationOf("</33000/0>"), lwm2m::ObjectModel(), {},
                            Profile::Default(), ""),
              IsEmpty());
}

}  // namespace
}  // namespace mapping
