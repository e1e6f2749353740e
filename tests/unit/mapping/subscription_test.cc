#include "mapping/subscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mapping {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Context Notified() {
  Context context;
  context.notify_url = "http://ipe:8282/x";
  return context;
}

TEST(OwnSubscriptionTest, ForCommandsTellsOfContentInstancesWithAllAttributes) {
  const auto subscription = OwnSubscription(Purpose::kCommands, Notified(), "20300101T000000");
  EXPECT_EQ(subscription.resource_name, "lwm2m-ipe-commands");
  EXPECT_THAT(subscription.notification_uri, ElementsAre("http://ipe:8282/x"));
  EXPECT_THAT(subscription.event_types, ElementsAre(3));
  EXPECT_THAT(subscription.child_types, ElementsAre(4));
  EXPECT_EQ(subscription.content_type, 1);
  EXPECT_EQ(subscription.expiration_time, "20300101T000000");
}

// TS-0014 §6.5.2 (R56).
TEST(OwnSubscriptionTest, ForSubscriptionsTellsOfThoseMadeAndDeleted) {
  const auto subscription = OwnSubscription(Purpose::kSubscriptions, Notified(), "");
  EXPECT_THAT(subscription.event_types, ElementsAre(3, 4));
  EXPECT_THAT(subscription.child_types, ElementsAre(23));
}

TEST(OwnSubscriptionTest, ForAttributesAsksForNoChildren) {
  for (const Purpose purpose : {Purpose::kManagement, Purpose::kAccess}) {
    const auto subscription = OwnSubscription(purpose, Notified(), "");
    EXPECT_THAT(subscription.event_types, ElementsAre(1));
    EXPECT_THAT(subscription.child_types, IsEmpty());
  }
}

// R53. A blocking one may have no other criteria, and no content type is defined for it.
TEST(OwnSubscriptionTest, ForRetrievalsPrefersToBeAskedBeforeTheAnswer) {
  const auto forms = OwnSubscriptionForms(Purpose::kRetrievals, Notified(), "");
  ASSERT_EQ(forms.size(), 2u);
  EXPECT_THAT(forms[0].event_types, ElementsAre(10));
  EXPECT_THAT(forms[0].child_types, IsEmpty());
  EXPECT_EQ(forms[0].content_type, 0);
  EXPECT_EQ(forms[0].max_age, "PT5S");
  EXPECT_THAT(forms[1].event_types, ElementsAre(5));
  EXPECT_EQ(forms[1].max_age, "");
  EXPECT_TRUE(TellsOf(Purpose::kRetrievals, 5));
  EXPECT_TRUE(TellsOf(Purpose::kRetrievals, 10));
  EXPECT_FALSE(TellsOf(Purpose::kRetrievals, 3));
  EXPECT_EQ(OwnSubscriptionForms(Purpose::kCommands, Notified(), "").size(), 1u);
}

// R53
TEST(OwnSubscriptionTest, ForRetrievalsStandsWhereOneReadBringsTheValues) {
  lwm2m::ObjectModel model;
  Settings settings;
  settings.read_on_demand = true;
  EXPECT_TRUE(IsReadOnDemand(lwm2m::Path(33000, 0, 1), settings, model));
  EXPECT_FALSE(IsReadOnDemand(lwm2m::Path(33000, 0), settings, model));
  EXPECT_FALSE(IsReadOnDemand(lwm2m::Path(33000), settings, model));
  EXPECT_FALSE(IsReadOnDemand(lwm2m::Path(0, 0, 1), settings, model));  // Security
  settings.transparent = true;
  settings.semantic = false;
  EXPECT_TRUE(IsReadOnDemand(lwm2m::Path(33000, 0), settings, model));
  EXPECT_FALSE(IsReadOnDemand(lwm2m::Path(33000, 0, 1), settings, model));
  settings.read_on_demand = false;
  EXPECT_FALSE(IsReadOnDemand(lwm2m::Path(33000, 0), settings, model));
}

TEST(OwnSubscriptionTest, IsKnownByItsName) {
  for (const Purpose purpose : {Purpose::kCommands, Purpose::kSubscriptions, Purpose::kManagement,
                                Purpose::kAccess, Purpose::kDeletions, Purpose::kRetrievals}) {
    EXPECT_EQ(PurposeOf(SubscriptionName(purpose)), purpose);
  }
  EXPECT_EQ(PurposeOf("sub-of-somebody"), std::nullopt);
}

TEST(OwnSubscriptionTest, TellsOfItsEventsOnly) {
  EXPECT_TRUE(TellsOf(Purpose::kCommands, 3));
  EXPECT_FALSE(TellsOf(Purpose::kCommands, 4));
  EXPECT_TRUE(TellsOf(Purpose::kCommands, std::nullopt));  // some CSEs leave it out
}

// TS-0014 Table 6.5.2-1, first row (R57).
TEST(OwnSubscriptionTest, LinksThePolicyThatNamesTheIpe) {
  Context context;
  EXPECT_THAT(OwnSubscription(Purpose::kCommands, context, "").access_control_policy_ids,
              IsEmpty());
  context.access_control_policy_ids = {"acp1"};
  EXPECT_THAT(OwnSubscription(Purpose::kCommands, context, "").access_control_policy_ids,
              ElementsAre("acp1"));
}

TEST(OwnSubscriptionTest, HasNoExpirationWhereOnlyParentsHaveOne) {
  Context context;
  context.expiration = Expiration::kParent;
  EXPECT_EQ(OwnSubscription(Purpose::kCommands, context, "20300101T000000").expiration_time, "");
}

}  // namespace
}  // namespace mapping
