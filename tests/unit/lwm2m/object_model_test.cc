#include "lwm2m/object_model.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

ObjectDefinition Object(Id id, std::string version, std::vector<Id> resources) {
  ObjectDefinition object;
  object.id = id;
  object.name = version;
  object.version = std::move(version);
  for (const Id resource : resources) {
    object.resources.push_back({});
    object.resources.back().id = resource;
    object.resources.back().name = object.name;
  }
  return object;
}

class ObjectModelTest : public testing::Test {
 protected:
  ObjectModelTest() {
    for (const char* version : {"1.9", "1.10", "2.0", "1.0"}) {
      model_.Add(Object(4, version, {2, 1}));
    }
    model_.Add(Object(4, "1.2", {1, 7}));
    model_.Add(Object(5, "", {3}));
  }
  std::string Found(Id object, std::string_view version) const {
    const ObjectDefinition* definition = model_.Find(object, version);
    return definition == nullptr ? "" : definition->version;
  }
  ObjectModel model_;
};

TEST_F(ObjectModelTest, PrefersTheExactVersion) {
  EXPECT_EQ(Found(4, "1.9"), "1.9");
  EXPECT_EQ(Found(4, "1.0"), "1.0");
}

TEST_F(ObjectModelTest, FallsBackToTheHighestMinorOfTheSameMajor) {
  EXPECT_EQ(Found(4, "1.5"), "1.10");
  EXPECT_EQ(Found(4, "2.7"), "2.0");
  EXPECT_EQ(Found(4, "3.0"), "");
  EXPECT_EQ(Found(4, "x"), "");
}

TEST_F(ObjectModelTest, FindsTheHighestOfAllWithoutVersion) {
  EXPECT_EQ(Found(4, ""), "2.0");
  EXPECT_EQ(Found(5, ""), "1.0");
  EXPECT_EQ(Found(6, ""), "");
}

TEST_F(ObjectModelTest, FindsAResourceInTheHighestVersionThatHasIt) {
  EXPECT_EQ(model_.FindResource(Path(4, 0, 1))->name, "2.0");
  EXPECT_EQ(model_.FindResource(Path(4, 9, 7, 3))->name, "1.2");
  EXPECT_EQ(model_.FindResource(Path(4, 0, 8)), nullptr);
  EXPECT_EQ(model_.FindResource(Path(4, 0)), nullptr);
  EXPECT_EQ(model_.FindResource(Path(6, 0, 1)), nullptr);
}

TEST_F(ObjectModelTest, ReplacesADefinitionOfTheSameVersion) {
  const std::size_t before = model_.size();
  model_.Add(Object(5, "1.0", {8}));
  EXPECT_EQ(model_.size(), before);
  EXPECT_EQ(model_.FindResource(Path(5, 0, 3)), nullptr);
  EXPECT_NE(model_.FindResource(Path(5, 0, 8)), nullptr);
}

TEST(ObjectUrnTest, ChoosesTheSpaceByTheIdentifier) {
  EXPECT_EQ(ObjectUrn(3), "urn:oma:lwm2m:oma:3");
  EXPECT_EQ(ObjectUrn(1023, "1.0"), "urn:oma:lwm2m:oma:1023");
  EXPECT_EQ(ObjectUrn(3, "1.2"), "urn:oma:lwm2m:oma:3:1.2");
  EXPECT_EQ(ObjectUrn(1024), "urn:oma:lwm2m:oma:1024");
  EXPECT_EQ(ObjectUrn(2048), "urn:oma:lwm2m:ext:2048");
  EXPECT_EQ(ObjectUrn(3303, "1.1"), "urn:oma:lwm2m:ext:3303:1.1");
  EXPECT_EQ(ObjectUrn(10240), "urn:oma:lwm2m:ext:10240");
  EXPECT_EQ(ObjectUrn(10241), "urn:oma:lwm2m:x:10241");
}

}  // namespace
}  // namespace lwm2m
