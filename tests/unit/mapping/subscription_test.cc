#include "mapping/subscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mapping {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CommandSubscriptionTest, TellsOfContentInstancesWithAllAttributes) {
  Context context;
  context.notify_url = "http://ipe:8282/x";
  const auto subscription = CommandSubscription(context, "20300101T000000");
  EXPECT_EQ(subscription.resource_name, "lwm2m-ipe-commands");
  EXPECT_THAT(subscription.notification_uri, ElementsAre("http://ipe:8282/x"));
  EXPECT_THAT(subscription.event_types, ElementsAre(3));
  EXPECT_THAT(subscription.child_types, ElementsAre(4));
  EXPECT_EQ(subscription.content_type, 1);
  EXPECT_EQ(subscription.expiration_time, "20300101T000000");
}

// TS-0014 Table 6.5.2-1, first row (R57).
TEST(CommandSubscriptionTest, LinksThePolicyThatNamesTheIpe) {
  Context context;
  EXPECT_THAT(CommandSubscription(context, "").access_control_policy_ids, IsEmpty());
  context.access_control_policy_ids = {"acp1"};
  EXPECT_THAT(CommandSubscription(context, "").access_control_policy_ids, ElementsAre("acp1"));
}

TEST(CommandSubscriptionTest, HasNoExpirationWhereOnlyParentsHaveOne) {
  Context context;
  context.expiration = Expiration::kParent;
  EXPECT_EQ(CommandSubscription(context, "20300101T000000").expiration_time, "");
}

}  // namespace
}  // namespace mapping
