#include "lwm2m/access_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lwm2m {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Record Integer(const Path& path, std::int64_t value) { return {path, value, {}}; }

// /2/1: /3303/0, R and W for server 101, R for the others, owned by 101.
std::vector<Record> Example() {
  return {Integer(Path(2, 1, 0), 3303), Integer(Path(2, 1, 1), 0), Integer(Path(2, 1, 2, 101), 3),
          Integer(Path(2, 1, 2, 0), 1), Integer(Path(2, 1, 3), 101)};
}

TEST(AccessControlObjectTest, IsReadFromItsResources) {
  EXPECT_THAT(ReadAccessControl(Example()),
              ElementsAre(AccessControl{1, Path(3303, 0), {{0, 1}, {101, 3}}, 101}));
}

TEST(AccessControlObjectTest, IsAboutTheObjectWhereItNamesTheHighestInstance) {
  const auto controls = ReadAccessControl(
      {Integer(Path(2, 0, 0), 3303), Integer(Path(2, 0, 1), 65535), Integer(Path(2, 0, 2, 1), 16)});
  EXPECT_THAT(controls, ElementsAre(AccessControl{0, Path(3303), {{1, 16}}, kMaxId}));
}

TEST(AccessControlObjectTest, LeavesOutWhatHasNoTarget) {
  EXPECT_THAT(ReadAccessControl({Integer(Path(2, 0, 0), 3303)}), IsEmpty());
  EXPECT_THAT(ReadAccessControl({Integer(Path(2, 0, 0), 0), Integer(Path(2, 0, 1), 0)}), IsEmpty());
  EXPECT_THAT(ReadAccessControl({Integer(Path(2, 0, 0), 70000), Integer(Path(2, 0, 1), 0)}),
              IsEmpty());
  EXPECT_THAT(
      ReadAccessControl({{Path(2, 0, 0), std::string("3303"), {}}, Integer(Path(2, 0, 1), 0)}),
      IsEmpty());
}

TEST(AccessControlObjectTest, TakesBitsAwayThatNoRightStandsFor) {
  auto records = Example();
  records[2] = Integer(Path(2, 1, 2, 101), 0xffe3);
  records[3] = Integer(Path(2, 1, 2, 0), -1);
  EXPECT_THAT(ReadAccessControl(records).front().acl,
              ElementsAre(testing::Pair(0, 0), testing::Pair(101, 3)));
}

// LwM2M Core 1.1.1 §8.2.1
TEST(RightsOfTest, AreThoseOfTheServersOwnEntry) {
  EXPECT_EQ(RightsOf(AccessControl{1, Path(3303, 0), {{0, 1}, {101, 3}}, 101}, 101), 3);
}

TEST(RightsOfTest, AreAllForAnOwnerWithoutEntry) {
  EXPECT_EQ(RightsOf(AccessControl{1, Path(3303, 0), {{0, 1}}, 101}, 101), kAllRights);
}

TEST(RightsOfTest, AreTheDefaultForAnyOtherServer) {
  EXPECT_EQ(RightsOf(AccessControl{1, Path(3303, 0), {{0, 1}, {101, 3}}, 101}, 102), 1);
}

TEST(RightsOfTest, AreNoneWithoutEntryAndDefault) {
  EXPECT_EQ(RightsOf(AccessControl{1, Path(3303, 0), {{101, 3}}, kMaxId}, 102), 0);
}

}  // namespace
}  // namespace lwm2m
