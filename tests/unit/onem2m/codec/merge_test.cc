#include "onem2m/codec/merge.h"

#include <gtest/gtest.h>

namespace onem2m {
namespace {

TEST(MergeUpdatesTest, KeepsWhatTheNewerDoesNotChange) {
  EXPECT_EQ(MergeUpdates(R"({"m2m:bat":{"btl":80,"bts":1}})", R"({"m2m:bat":{"bts":2,"dc":"x"}})"),
            R"({"m2m:bat":{"btl":80,"bts":2,"dc":"x"}})");
}

TEST(MergeUpdatesTest, TakesTheNewerValueWhateverItsType) {
  EXPECT_EQ(MergeUpdates(R"({"cod:x":{"a":{"acn":"e"},"b":null}})", R"({"cod:x":{"a":[1],"b":1}})"),
            R"({"cod:x":{"a":[1],"b":1}})");
}

TEST(MergeUpdatesTest, KeepsWhatADeviceSaidEscaped) {
  EXPECT_EQ(MergeUpdates(R"({"cod:x":{"a":"\"}}\u0000"}})", R"({"cod:x":{"b":1}})"),
            R"({"cod:x":{"a":"\"}}\u0000","b":1}})");
}

TEST(MergeUpdatesTest, RefusesUpdatesOfDifferentResources) {
  EXPECT_FALSE(MergeUpdates(R"({"m2m:bat":{"btl":80}})", R"({"m2m:fwr":{"vr":"1"}})"));
}

TEST(MergeUpdatesTest, RefusesWhatIsNoUpdate) {
  for (const char* text : {"", "{", "[]", "{}", R"({"a":1})", R"({"a":{},"b":{}})"}) {
    EXPECT_FALSE(MergeUpdates(text, R"({"a":{}})")) << text;
    EXPECT_FALSE(MergeUpdates(R"({"a":{}})", text)) << text;
  }
}

}  // namespace
}  // namespace onem2m
