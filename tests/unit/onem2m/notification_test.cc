#include "onem2m/notification.h"

#include <gtest/gtest.h>

namespace onem2m {
namespace {

Notification Only(std::string_view json) {
  const auto parsed = ParseNotification(json);
  EXPECT_TRUE(parsed.has_value()) << json;
  if (!parsed || parsed->size() != 1) {
    ADD_FAILURE() << "not exactly one notification: " << json;
    return {};
  }
  return parsed->front();
}

// TR-0051 A.1.3
TEST(NotificationTest, ReadsTheCreationOfAChild) {
  const auto notification = Only(
      R"({"m2m:sgn":{"sur":"mn-name/cont_temp/cont_sub","nev":{"net":3,"rep":{"m2m:cin":{"con":"20",
          "cs":2,"ct":"20180406T135509","pi":"cnt2018","ri":"cin2018","rn":"cin2018","st":1,
          "ty":4}}}}})");
  EXPECT_EQ(notification.subscription_reference, "mn-name/cont_temp/cont_sub");
  EXPECT_EQ(notification.event_type, kCreateOfDirectChild);
  ASSERT_TRUE(notification.representation.has_value());
  const auto& instance = std::get<ContentInstance>(*notification.representation);
  EXPECT_EQ(instance.content, "20");
  EXPECT_EQ(instance.resource_id, "cin2018");
  EXPECT_EQ(instance.state_tag, 1);
  EXPECT_FALSE(notification.verification_request);
  EXPECT_FALSE(notification.subscription_deletion);
}

TEST(NotificationTest, ReadsAVerificationRequest) {
  const auto notification = Only(R"({"m2m:sgn":{"vrq":true,"sur":"/id-in/sub01","cr":"Cipe"}})");
  EXPECT_TRUE(notification.verification_request);
  EXPECT_EQ(notification.subscription_reference, "/id-in/sub01");
  EXPECT_EQ(notification.creator, "Cipe");
}

TEST(NotificationTest, LooksAtTheVerificationRequestBeforeTheEventBesideIt) {
  const auto notification =
      Only(R"({"m2m:sgn":{"nev":{"net":3.0,"rep":{"m2m:sub":{"lbl":7}}},"vrq":true}})");
  EXPECT_TRUE(notification.verification_request);
  EXPECT_FALSE(notification.event_type.has_value());
}

TEST(NotificationTest, ReadsOlderPrefixedMembers) {
  const auto notification =
      Only(R"({"m2m:sgn":{"m2m:vrq":true,"m2m:sur":"/in-cse/sub","m2m:cr":"Cx"}})");
  EXPECT_TRUE(notification.verification_request);
  EXPECT_EQ(notification.subscription_reference, "/in-cse/sub");
  EXPECT_EQ(notification.creator, "Cx");
}

TEST(NotificationTest, ReadsTheDeletionOfASubscription) {
  EXPECT_TRUE(Only(R"({"m2m:sgn":{"sud":true,"sur":"/id-in/sub01"}})").subscription_deletion);
}

TEST(NotificationTest, FindsTheReferenceInsideTheEvent) {
  const auto notification =
      Only(R"({"m2m:sgn":{"nev":{"net":2.0,"sur":"Base/ae/data/s1"},"sud":true}})");
  EXPECT_TRUE(notification.subscription_deletion);
  EXPECT_EQ(notification.event_type, kDeleteOfResource);
  EXPECT_EQ(notification.subscription_reference, "Base/ae/data/s1");
}

TEST(NotificationTest, ReadsAnAggregateInItsOrder) {
  const auto parsed = ParseNotification(
      R"({"m2m:agn":{"m2m:sgn":[{"sur":"a","nev":{"net":1}},{"sur":"b","nev":{"net":4}}]}})");
  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ(parsed->front().subscription_reference, "a");
  EXPECT_EQ(parsed->back().event_type, kDeleteOfDirectChild);
}

TEST(NotificationTest, ReadsAnAggregateThatIsAPlainList) {
  const auto parsed = ParseNotification(
      R"({"m2m:agn":[{"m2m:sgn":{"sur":"a","nev":{"net":1}}},{"sur":"b","sud":true}]})");
  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ(parsed->front().subscription_reference, "a");
  EXPECT_TRUE(parsed->back().subscription_deletion);
}

TEST(NotificationTest, ReadsAResourceAddressInPlaceOfTheResource) {
  const auto notification =
      Only(R"({"m2m:sgn":{"sur":"s","nev":{"net":3,"rep":{"m2m:uri":"cin2018"}}}})");
  EXPECT_EQ(notification.resource_uri, "cin2018");
  EXPECT_FALSE(notification.representation.has_value());
}

TEST(NotificationTest, ReadsAnEventNumberThatIsAFloat) {
  EXPECT_EQ(Only(R"({"m2m:sgn":{"sur":"s","nev":{"net":3.0}}})").event_type, 3);
}

TEST(NotificationTest, LeavesResourcesOfOtherTypesOut) {
  const auto notification =
      Only(R"({"m2m:sgn":{"sur":"s","nev":{"net":3,"rep":{"m2m:grp":{"ri":"g"}}}}})");
  EXPECT_FALSE(notification.representation.has_value());
  EXPECT_EQ(notification.event_type, 3);
}

// TS-0005 §6.7: an Update of a <mgmtObj> with a name of its own, as nct 2 tells it.
TEST(NotificationTest, TakesAnUpdateOfASelfDefinedManagementObject) {
  const auto notification = Only(
      R"({"m2m:sgn":{"sur":"s","nev":{"net":1,"rep":{"m2m:actuation":{"onOff":true,"lt":"20260101T000000"}}}}})");
  ASSERT_TRUE(notification.representation.has_value());
  const auto& object = std::get<ManagementObject>(*notification.representation);
  EXPECT_EQ(object.root, "m2m:actuation");
  EXPECT_EQ(object.last_modified_time, "20260101T000000");
  ASSERT_EQ(object.attributes.size(), 1u);
  EXPECT_EQ(object.attributes[0].name, "onOff");
}

struct Refusal {
  const char* json;
  const char* member;
};

class RefusedNotificationTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedNotificationTest, NamesTheMember) {
  const auto parsed = ParseNotification(GetParam().json);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().status, ResponseStatusCode::kBadRequest);
  EXPECT_EQ(parsed.error().detail, GetParam().member);
}

INSTANTIATE_TEST_SUITE_P(
    NotificationTest, RefusedNotificationTest,
    testing::Values(
        Refusal{"", "no JSON at octet 0"}, Refusal{"{}", "m2m:sgn"}, Refusal{"[]", "m2m:sgn"},
        Refusal{"7", "m2m:sgn"}, Refusal{R"({"m2m:sgn":null})", "m2m:sgn"},
        Refusal{R"({"m2m:sgn":"x"})", "m2m:sgn"}, Refusal{R"({"m2m:agn":{}})", "m2m:sgn"},
        Refusal{R"({"m2m:sgn":{}})", "nev"}, Refusal{R"({"m2m:sgn":{"nev":3}})", "nev"},
        Refusal{R"({"m2m:sgn":{"vrq":false}})", "nev"},
        Refusal{R"({"m2m:sgn":{"nev":{"net":"x"}}})", "net"},
        Refusal{R"({"m2m:sgn":{"nev":{"net":1.5}}})", "net"},
        Refusal{R"({"m2m:sgn":{"nev":{"net":3,"rep":{"m2m:cin":{"st":"x"}}}}})", "st"}));

TEST(NotificationTest, FindsTheLastSegmentOfAnAddress) {
  EXPECT_EQ(LastSegment("/id-in/cse-in/ae/c/sub"), "sub");
  EXPECT_EQ(LastSegment("//sp/id-in/sub"), "sub");
  EXPECT_EQ(LastSegment("sub"), "sub");
  EXPECT_EQ(LastSegment("a/sub/"), "sub");
  EXPECT_EQ(LastSegment(""), "");
  EXPECT_EQ(LastSegment("/"), "");
}

}  // namespace
}  // namespace onem2m
