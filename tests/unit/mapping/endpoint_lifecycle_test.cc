#include "mapping/endpoint_lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>

namespace mapping {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1700000000;  // 2023-11-14T22:13:20Z

class EndpointLifecycleTest : public testing::Test {
 protected:
  EndpointLifecycleTest() {
    registration_.endpoint = "urn:imei:990000862471854";
    registration_.version = "1.1";
    registration_.lifetime = lwm2m::Seconds(3600);
    registration_.peer.address = "192.0.2.1:5683";
    registration_.objects.Edit().paths = {lwm2m::Path(1, 0), lwm2m::Path(3, 0), lwm2m::Path(5)};
    context_.ipe_ae_id = "Clwm2m-ipe";
    context_.app_id = "Nlwm2m-ipe";
    context_.notify_url = "http://ipe:8282/x";
    names_ = NamesFor(registration_.endpoint, {});
  }

  lwm2m::Registration registration_;
  Context context_;
  EndpointNames names_;
};

// Table 6.2.2.2-3 (R24) and §6.2.2.1 (R25).
TEST_F(EndpointLifecycleTest, LabelsVersionTechnologyAndOwner) {
  EXPECT_THAT(EndpointLabels(registration_, context_),
              ElementsAre("LWM2M Client: 1.1", "LWM2M-Version:1.1", "Iwked-Technology:LWM2M",
                          "Iwked-Entity-ID:urn:imei:990000862471854", "Iwked-IPE:Clwm2m-ipe"));
}

TEST_F(EndpointLifecycleTest, LabelsTheSameInEveryFamily) {
  const auto both = EndpointLabels(registration_, context_);
  context_.labels = LabelFamily::kSeed;
  EXPECT_EQ(EndpointLabels(registration_, context_), both);
  context_.labels = LabelFamily::kPublished;
  EXPECT_EQ(EndpointLabels(registration_, context_), both);
}

// Table 6.2.2.2-3 (R23).
TEST_F(EndpointLifecycleTest, ExpiresAfterLifetimeAndGrace) {
  EXPECT_EQ(ExpirationTime(registration_, context_, kNow), "20231115T231320");
  context_.expiration_grace = std::chrono::seconds(0);
  EXPECT_EQ(ExpirationTime(registration_, context_, kNow), "20231114T231320");
}

TEST_F(EndpointLifecycleTest, NeverExpiresWithLifetimeZero) {
  registration_.lifetime = lwm2m::Seconds(0);
  EXPECT_EQ(ExpirationTime(registration_, context_, kNow), "");
  EXPECT_FALSE(ExpirationNeedsRefresh(registration_, context_, kNow, kNow));
}

TEST_F(EndpointLifecycleTest, StaysWithinWhatATimestampCanSay) {
  registration_.lifetime = lwm2m::Seconds(std::numeric_limits<std::int64_t>::max());
  context_.expiration_grace = std::chrono::seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ExpirationTime(registration_, context_, kNow), "99991231T235959");
  EXPECT_EQ(ExpirationTime(registration_, context_, std::numeric_limits<std::int64_t>::max()),
            "99991231T235959");
  EXPECT_FALSE(ExpirationNeedsRefresh(registration_, context_, 253402300799, kNow));
}

TEST_F(EndpointLifecycleTest, RefreshesWhenLessThanHalfRemains) {
  const std::int64_t half = (3600 + 86400) / 2;
  EXPECT_FALSE(ExpirationNeedsRefresh(registration_, context_, kNow + half, kNow));
  EXPECT_TRUE(ExpirationNeedsRefresh(registration_, context_, kNow + half - 1, kNow));
  EXPECT_TRUE(ExpirationNeedsRefresh(registration_, context_, kNow - 1, kNow));
}

TEST_F(EndpointLifecycleTest, BuildsTheAe) {
  context_.access_control_policy_ids = {"acp1"};
  const onem2m::Ae ae = BuildAe(registration_, names_, context_, "20300101T000000", "nod01");
  EXPECT_EQ(ae.resource_name, "imei-990000862471854");
  EXPECT_EQ(ae.app_id, "Nlwm2m-ipe");
  EXPECT_TRUE(ae.request_reachability);
  EXPECT_THAT(ae.point_of_access, ElementsAre("http://ipe:8282/x"));
  EXPECT_THAT(ae.supported_release_versions, ElementsAre("2a", "3"));
  EXPECT_EQ(ae.node_link, "nod01");
  EXPECT_EQ(ae.expiration_time, "20300101T000000");
  EXPECT_THAT(ae.access_control_policy_ids, ElementsAre("acp1"));
  EXPECT_EQ(ae.labels, EndpointLabels(registration_, context_));
  EXPECT_EQ(ae.ae_id, "") << "a CSE refuses an aei in the body";
}

TEST_F(EndpointLifecycleTest, BuildsTheNodeWithoutHostedAeLinks) {
  const onem2m::Node node = BuildNode(registration_, names_, context_, "20300101T000000");
  EXPECT_EQ(node.resource_name, "imei-990000862471854-node");
  EXPECT_EQ(node.node_id, "imei:990000862471854");
  EXPECT_EQ(node.expiration_time, "20300101T000000");
  EXPECT_EQ(node.labels, EndpointLabels(registration_, context_));
  EXPECT_THAT(node.hosted_ae_links, IsEmpty());
}

// Table 6.2.2.2-3 (R26): binding and SMS number are "Not Applicable".
TEST_F(EndpointLifecycleTest, KeepsBindingAndSmsNumberOutOfTheResources) {
  const onem2m::Ae before = BuildAe(registration_, names_, context_, "", "");
  registration_.binding = "UQS";
  registration_.sms_number = "+15551234";
  const onem2m::Ae after = BuildAe(registration_, names_, context_, "", "");
  EXPECT_EQ(before.labels, after.labels);
  EXPECT_EQ(before.point_of_access, after.point_of_access);
}

TEST_F(EndpointLifecycleTest, WritesTheLifecycleEvent) {
  EXPECT_EQ(LifecycleEvent("registered", registration_, names_, "20231114T221320"),
            R"({"event":"registered","ep":"urn:imei:990000862471854","ae":"imei-990000862471854",)"
            R"("node":"imei-990000862471854-node","version":"1.1","lifetime":3600,"binding":"U",)"
            R"("objects":["/1/0","/3/0","/5"],"time":"20231114T221320"})");
}

TEST_F(EndpointLifecycleTest, WritesAnEventThatIsJsonWhateverTheEndpointIsCalled) {
  registration_.endpoint = "a\"b\\c\xc3\xbc";
  rapidjson::Document document;
  document.Parse(LifecycleEvent("expired", registration_, names_, "t"));
  ASSERT_FALSE(document.HasParseError());
  EXPECT_STREQ(document["ep"].GetString(), registration_.endpoint.c_str());
  EXPECT_STREQ(document["event"].GetString(), "expired");
}

TEST_F(EndpointLifecycleTest, SeesOnlyChangesThatApplicationsSee) {
  lwm2m::Registration after = registration_;
  after.handle = "other";
  after.peer.local = "192.0.2.9:5683";
  after.sms_number = "+15551234";
  EXPECT_FALSE(ChangesVisibly(registration_, after));
}

TEST_F(EndpointLifecycleTest, SeesAddressBindingVersionLifetimeAndObjects) {
  const auto changed = [&](auto change) {
    lwm2m::Registration after = registration_;
    change(after);
    return ChangesVisibly(registration_, after);
  };
  EXPECT_TRUE(changed([](auto& after) { after.peer.address = "192.0.2.2:5683"; }));
  EXPECT_TRUE(changed([](auto& after) { after.binding = "UQ"; }));
  EXPECT_TRUE(changed([](auto& after) { after.queue_mode = true; }));
  EXPECT_TRUE(changed([](auto& after) { after.version = "1.0"; }));
  EXPECT_TRUE(changed([](auto& after) { after.lifetime = lwm2m::Seconds(60); }));
  EXPECT_TRUE(changed([](auto& after) { after.objects.Edit().paths.pop_back(); }));
}

}  // namespace
}  // namespace mapping
