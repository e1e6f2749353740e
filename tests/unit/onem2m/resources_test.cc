#include "onem2m/resources.h"

#include <gtest/gtest.h>

namespace onem2m {
namespace {

TEST(ResourcesTest, NamesTheTypeOfEveryAlternative) {
  EXPECT_EQ(TypeOf(Ae()), ResourceType::kAe);
  EXPECT_EQ(TypeOf(Node()), ResourceType::kNode);
  EXPECT_EQ(TypeOf(Container()), ResourceType::kContainer);
  EXPECT_EQ(TypeOf(ContentInstance()), ResourceType::kContentInstance);
  EXPECT_EQ(TypeOf(Subscription()), ResourceType::kSubscription);
  EXPECT_EQ(TypeOf(AccessControlPolicy()), ResourceType::kAccessControlPolicy);
  EXPECT_EQ(TypeOf(CseBase()), ResourceType::kCseBase);
  EXPECT_EQ(TypeOf(ManagementObject()), ResourceType::kMgmtObj);
  EXPECT_EQ(TypeOf(FlexContainer()), ResourceType::kFlexContainer);
  EXPECT_EQ(TypeOf(TimeSeries()), ResourceType::kTimeSeries);
  EXPECT_EQ(TypeOf(TimeSeriesInstance()), ResourceType::kTimeSeriesInstance);
  EXPECT_EQ(TypeOf(SemanticDescriptor()), ResourceType::kSemanticDescriptor);
}

TEST(ResourcesTest, GivesAccessToTheCommonAttributes) {
  Resource resource = Container();
  CommonOf(resource).resource_name = "3";
  EXPECT_EQ(std::get<Container>(resource).resource_name, "3");
  const Resource& constant = resource;
  EXPECT_EQ(CommonOf(constant).resource_name, "3");
}

}  // namespace
}  // namespace onem2m
