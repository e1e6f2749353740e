#include "lwm2m/ddf/standard_objects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "lwm2m/ddf/ddf_reader.h"
#include "lwm2m/ddf/object_facts.h"

namespace lwm2m {
namespace {

std::vector<Id> BuiltInIds() {
  std::vector<Id> ids;
  for (const ObjectFact& fact : EnablerObjects()) ids.push_back(fact.id);
  for (const ObjectFact& fact : ManagementObjects()) ids.push_back(fact.id);
  for (const CompositionFact& fact : IpsoObjects()) ids.push_back(fact.id);
  return ids;
}

TEST(StandardObjectsTest, KnowsDeviceAndTemperature) {
  const ObjectModel model = StandardObjects();
  const ObjectDefinition* device = model.Find(3);
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->name, "Device");
  EXPECT_EQ(device->version, "1.2");
  EXPECT_TRUE(device->mandatory);
  EXPECT_FALSE(device->multiple);
  EXPECT_TRUE(device->Find(4)->executable);
  EXPECT_EQ(device->Find(13)->type, Type::kTime);
  EXPECT_TRUE(device->Find(6)->multiple);
  EXPECT_EQ(device->Find(9)->units, "/100");
  EXPECT_EQ(device->Find(9)->range, "0..100");

  const ResourceDefinition* temperature = model.FindResource(Path(3303, 0, 5700));
  ASSERT_NE(temperature, nullptr);
  EXPECT_EQ(temperature->type, Type::kFloat);
  EXPECT_TRUE(temperature->mandatory);
  EXPECT_TRUE(temperature->readable);
  EXPECT_FALSE(temperature->writable);
}

TEST(StandardObjectsTest, HoldsEveryObjectOnceWithAscendingResources) {
  const ObjectModel model = StandardObjects();
  const std::vector<Id> ids = BuiltInIds();
  EXPECT_EQ(std::set<Id>(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ(model.size(), ids.size());
  for (const Id id :
       std::initializer_list<Id>{0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 16, 19, 20, 3200, 3303, 3350}) {
    EXPECT_NE(model.Find(id), nullptr) << id;
  }
  for (const Id id : ids) {
    const auto& resources = model.Find(id)->resources;
    const auto not_ascending =
        std::adjacent_find(resources.begin(), resources.end(),
                           [](const auto& left, const auto& right) { return left.id >= right.id; });
    EXPECT_EQ(not_ascending, resources.end()) << id;
  }
}

// AppendReusable looks rows up by identifier.
TEST(StandardObjectsTest, ComposesOnlyOfReusableResourcesThatExist) {
  const auto rows = ReusableResources();
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const auto& left, const auto& right) {
    return left.id < right.id;
  }));
  const auto exists = [&](Id id) {
    return std::any_of(rows.begin(), rows.end(), [id](const auto& row) { return row.id == id; });
  };
  for (const CompositionFact& object : IpsoObjects()) {
    for (const auto& ids : {object.mandatory, object.optional}) {
      for (const Id id : ids) EXPECT_TRUE(exists(id)) << object.id << " " << id;
    }
  }
}

TEST(StandardObjectsTest, GivesATypeToWhatCanBeReadOrWrittenAndNoneToWhatIsExecuted) {
  const ObjectModel model = StandardObjects();
  for (const Id id : BuiltInIds()) {
    for (const ResourceDefinition& resource : model.Find(id)->resources) {
      EXPECT_EQ(resource.executable, resource.type == Type::kNone) << id << "/" << resource.id;
    }
  }
}

// The registry of OMA lies beside the sources where it is at hand; it is not part of them.
TEST(StandardObjectsTest, AgreesWithTheRegistry) {
  const std::filesystem::path registry = IPE_SOURCE_DIR "/../shared/lwm2m-registry";
  if (!std::filesystem::exists(registry)) GTEST_SKIP() << "no object registry beside the sources";
  const ObjectModel model = StandardObjects();
  for (const Id id : BuiltInIds()) {
    const auto read = ReadDefinitionFile(registry / (std::to_string(id) + ".xml"));
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    const ObjectDefinition& expected = read->front();
    const ObjectDefinition& actual = *model.Find(id);
    SCOPED_TRACE(expected.name);
    EXPECT_EQ(actual.name, expected.name);
    EXPECT_EQ(actual.version, expected.version);
    EXPECT_EQ(actual.multiple, expected.multiple);
    EXPECT_EQ(actual.mandatory, expected.mandatory);
    ASSERT_EQ(actual.resources.size(), expected.resources.size());
    for (std::size_t i = 0; i < actual.resources.size(); ++i) {
      const ResourceDefinition& ours = actual.resources[i];
      const ResourceDefinition& theirs = expected.resources[i];
      SCOPED_TRACE(theirs.id);
      EXPECT_EQ(ours.id, theirs.id);
      EXPECT_EQ(ours.name, theirs.name);
      EXPECT_EQ(ours.readable, theirs.readable);
      EXPECT_EQ(ours.writable, theirs.writable);
      EXPECT_EQ(ours.executable, theirs.executable);
      EXPECT_EQ(ours.multiple, theirs.multiple);
      EXPECT_EQ(ours.mandatory, theirs.mandatory);
      EXPECT_EQ(ours.type, theirs.type);
      EXPECT_EQ(ours.units, theirs.units);
    }
  }
}

}  // namespace
}  // namespace lwm2m
