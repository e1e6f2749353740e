#include "lwm2m/codec/name_root.h"

#include <gtest/gtest.h>

#include <string>

#include "lwm2m/codec/codec.h"
#include "lwm2m/codec/path_list.h"
#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

TEST(NameRootTest, IsTakenOffNamesThatBeginWithIt) {
  const NameRoot root{"/lwm2m"};
  EXPECT_EQ(BelowRoot("/lwm2m/3/0/9", root), "/3/0/9");
  EXPECT_EQ(BelowRoot("/lwm2m", root), "/");
  EXPECT_EQ(BelowRoot("/3/0/9", root), "/3/0/9");  // clients leave it out
  EXPECT_EQ(BelowRoot("/lwm2mx/3", root), "/lwm2mx/3");
}

TEST(NameRootTest, PassesOverWhatIsOfAnotherDeviceWhenExclusive) {
  EXPECT_EQ(BelowRoot("/d01/3/0/9", {"/d01", true}), "/3/0/9");
  EXPECT_EQ(BelowRoot("/3/0/9", {"/d01", true}), std::nullopt);
  EXPECT_EQ(BelowRoot("/d02/3/0/9", {"/d01", true}), std::nullopt);
  EXPECT_EQ(BelowRoot("/3/0/9", {"/", true}), "/3/0/9");
  EXPECT_EQ(BelowRoot("/d01/3/0/9", {"/", true}), std::nullopt);
}

class NamesTest : public ::testing::TestWithParam<ContentFormat> {};

TEST_P(NamesTest, AreWrittenAndReadBelowTheRoot) {  // Transport §6.4.1
  const ObjectModel model = ExampleObjects();
  const std::vector<Record> records = {{Path(3303, 0, 5700), 21.5, std::nullopt},
                                       {Path(3303, 0, 5701), std::string("Cel"), std::nullopt}};
  const auto octets = Encode(GetParam(), records, Path(3303, 0), model, {"/d01"});
  ASSERT_TRUE(octets);
  EXPECT_NE(octets->find("/d01/3303/0/"), std::string::npos);
  EXPECT_EQ(Decode(GetParam(), *octets, Path(3303, 0), model, {"/d01"}).value(), records);
  EXPECT_FALSE(Decode(GetParam(), *octets, Path(3303, 0), model));
  const auto without = Encode(GetParam(), records, Path(3303, 0), model);
  EXPECT_EQ(Decode(GetParam(), *without, Path(3303, 0), model, {"/d01"}).value(), records);
}

INSTANTIATE_TEST_SUITE_P(Formats, NamesTest,
                         ::testing::Values(ContentFormat::kSenmlJson, ContentFormat::kSenmlCbor,
                                           ContentFormat::kJson));

TEST(PathListRootTest, PathsBeginWithTheRoot) {
  EXPECT_EQ(EncodePaths(ContentFormat::kSenmlJson, {Path(3, 0, 9)}, {"/d01"}).value(),
            R"([{"n":"/d01/3/0/9"}])");
  EXPECT_NE(
      EncodePaths(ContentFormat::kSenmlCbor, {Path(3, 0, 9)}, {"/d01"}).value().find("/d01/3/0/9"),
      std::string::npos);
}

}  // namespace
}  // namespace lwm2m
