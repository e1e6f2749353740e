#include "mapping/node_child.h"

#include <gtest/gtest.h>

namespace mapping {
namespace {

TEST(NodeChildTest, HasItsPlainNameWhereTheNodeIsItsOwn) {
  const EndpointNames names = NamesFor("meter.1", {});
  EXPECT_EQ(NodeChildName("deviceInfo", names), "deviceInfo");
  EXPECT_EQ(ParseNodeChild("software-0").name, "software-0");
  EXPECT_EQ(ParseNodeChild("software-0").ae_name, "");
}

TEST(NodeChildTest, NamesTheAeWhereTheNodeIsShared) {
  EndpointNames names = NamesFor("meter.1", {});
  PlaceOnDevice("box-7", names);
  const std::string child = NodeChildName("software-0", names);
  EXPECT_EQ(child, "software-0.meter.1");
  EXPECT_EQ(ParseNodeChild(child).name, "software-0");
  EXPECT_EQ(ParseNodeChild(child).ae_name, "meter.1");
}

}  // namespace
}  // namespace mapping
