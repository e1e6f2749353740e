// What the IPE sends, letter by letter. Shapes from TR-0051 and TS-0004 §7.4.
#include <gtest/gtest.h>

#include "onem2m/codec/json.h"

namespace onem2m {
namespace {

Ae FullAe() {
  Ae ae;
  ae.resource_name = "imei-1";
  ae.expiration_time = "20300101T000000";
  ae.labels = {"LWM2M Client: 1.1", "Iwked-Technology:LWM2M"};
  ae.access_control_policy_ids = {"acp1"};
  ae.ask_for_creator = true;
  ae.app_name = "LwM2M";
  ae.app_id = "Nlwm2m-ipe";
  ae.request_reachability = true;
  ae.point_of_access = {"http://ipe:8282/n"};
  ae.supported_release_versions = {"2a", "3"};
  ae.node_link = "nod01";
  ae.ontology_ref = "urn:x";
  return ae;
}

TEST(JsonEncodeTest, WritesTheCreateOfAnAe) {
  EXPECT_EQ(EncodeCreate(FullAe()),
            R"({"m2m:ae":{"rn":"imei-1","et":"20300101T000000",)"
            R"("lbl":["LWM2M Client: 1.1","Iwked-Technology:LWM2M"],"acpi":["acp1"],"cr":null,)"
            R"("apn":"LwM2M","api":"Nlwm2m-ipe","rr":true,"poa":["http://ipe:8282/n"],)"
            R"("srv":["2a","3"],"nl":"nod01","or":"urn:x"}})");
}

TEST(JsonEncodeTest, WritesWhatIsMandatoryForAnAeOnly) {
  Ae ae;
  ae.app_id = "Nx";
  EXPECT_EQ(EncodeCreate(ae), R"({"m2m:ae":{"api":"Nx","rr":false}})");
}

TEST(JsonEncodeTest, WritesTheUpdateOfAnAeWithoutWhatMayNotChange) {
  EXPECT_EQ(EncodeUpdate(FullAe()),
            R"({"m2m:ae":{"et":"20300101T000000",)"
            R"("lbl":["LWM2M Client: 1.1","Iwked-Technology:LWM2M"],"acpi":["acp1"],)"
            R"("apn":"LwM2M","rr":true,"poa":["http://ipe:8282/n"],)"
            R"("srv":["2a","3"],"nl":"nod01","or":"urn:x"}})");
}

TEST(JsonEncodeTest, UpdatesAccessControlPolicyIdsAlone) {
  Ae ae;
  ae.access_control_policy_ids = {"acp1"};
  EXPECT_EQ(EncodeUpdate(ae), R"({"m2m:ae":{"acpi":["acp1"]}})");
}

TEST(JsonEncodeTest, RemovesAttributesWithNull) {
  EXPECT_EQ(EncodeUpdate(Container(), {"lbl", "mni"}), R"({"m2m:cnt":{"lbl":null,"mni":null}})");
}

TEST(JsonEncodeTest, WritesANode) {
  Node node;
  node.resource_name = "imei-1-node";
  node.node_id = "imei:1";
  node.hosted_ae_links = {"Cimei-1"};
  EXPECT_EQ(EncodeCreate(node),
            R"({"m2m:nod":{"rn":"imei-1-node","ni":"imei:1","hael":["Cimei-1"]}})");
  EXPECT_EQ(EncodeUpdate(node), R"({"m2m:nod":{"ni":"imei:1","hael":["Cimei-1"]}})");
}

TEST(JsonEncodeTest, WritesAContainer) {
  Container container;
  container.resource_name = "9";
  container.max_number_of_instances = 3153600000;
  container.max_byte_size = 0;
  container.max_instance_age = 60;
  container.ontology_ref = "urn:oma:lwm2m:oma:3";
  container.current_number_of_instances = 5;
  container.state_tag = 7;
  EXPECT_EQ(EncodeCreate(container), R"({"m2m:cnt":{"rn":"9","mni":3153600000,"mbs":0,"mia":60,)"
                                     R"("or":"urn:oma:lwm2m:oma:3"}})");
  EXPECT_EQ(EncodeUpdate(container),
            R"({"m2m:cnt":{"mni":3153600000,"mbs":0,"mia":60,"or":"urn:oma:lwm2m:oma:3"}})");
}

TEST(JsonEncodeTest, WritesAContentInstance) {
  ContentInstance instance;
  instance.resource_name = "0000000001-0000000001";
  instance.content = "wRBV";
  instance.content_info = "application/vnd.oma.lwm2m+tlv:2";
  instance.labels = {"LWM2M-Object-Encapsulation"};
  EXPECT_EQ(EncodeCreate(instance),
            R"({"m2m:cin":{"rn":"0000000001-0000000001","lbl":["LWM2M-Object-Encapsulation"],)"
            R"("cnf":"application/vnd.oma.lwm2m+tlv:2","con":"wRBV"}})");
}

TEST(JsonEncodeTest, AlwaysWritesTheContentAsAString) {
  EXPECT_EQ(EncodeCreate(ContentInstance()), R"({"m2m:cin":{"con":""}})");
  ContentInstance instance;
  instance.content = R"({"id":"42"})";
  EXPECT_EQ(EncodeCreate(instance), R"({"m2m:cin":{"con":"{\"id\":\"42\"}"}})");
}

TEST(JsonEncodeTest, NeverUpdatesContent) {
  ContentInstance instance;
  instance.content = "1";
  instance.content_info = "text/plain:0";
  instance.labels = {"x"};
  EXPECT_EQ(EncodeUpdate(instance), R"({"m2m:cin":{"lbl":["x"]}})");
}

TEST(JsonEncodeTest, WritesContentRefInBothForms) {
  ContentInstance instance;
  instance.content = "66:0";
  instance.content_ref = {{"ObjectLink", "/id-in/cnt66_0"}};
  EXPECT_EQ(EncodeCreate(instance),
            R"({"m2m:cin":{"con":"66:0",)"
            R"("conr":{"urir":[{"nm":"ObjectLink","uri":"/id-in/cnt66_0"}]}}})");
  EXPECT_EQ(EncodeCreate(instance, ContentRefForm::kList),
            R"({"m2m:cin":{"con":"66:0","conr":[{"nm":"ObjectLink","uri":"/id-in/cnt66_0"}]}})");
}

TEST(JsonEncodeTest, WritesASubscription) {
  Subscription subscription;
  subscription.resource_name = "ipe";
  subscription.notification_uri = {"http://ipe:8282/n/1"};
  subscription.event_types = {kCreateOfDirectChild};
  subscription.child_types = {4};
  EXPECT_EQ(EncodeCreate(subscription), R"({"m2m:sub":{"rn":"ipe","nu":["http://ipe:8282/n/1"],)"
                                        R"("enc":{"net":[3],"chty":[4]},"nct":1}})");
  EXPECT_EQ(EncodeUpdate(subscription),
            R"({"m2m:sub":{"nu":["http://ipe:8282/n/1"],"enc":{"net":[3],"chty":[4]}}})");
}

TEST(JsonEncodeTest, WritesAnAccessControlPolicy) {
  AccessControlPolicy policy;
  policy.resource_name = "access";
  policy.privileges = {{{"all"}, kMayRetrieve + kMayDiscover, {}}, {{"Capp"}, kMayCreate, {23}}};
  policy.self_privileges = {{{"Cipe"}, kMayEverything, {}}};
  EXPECT_EQ(EncodeCreate(policy),
            R"({"m2m:acp":{"rn":"access","pv":{"acr":[{"acor":["all"],"acop":34},)"
            R"({"acor":["Capp"],"acop":1,"acod":[{"chty":[23]}]}]},)"
            R"("pvs":{"acr":[{"acor":["Cipe"],"acop":63}]}}})");
}

TEST(JsonEncodeTest, WritesBothPrivilegesAtCreateAndOnlyChangedOnesAtUpdate) {
  EXPECT_EQ(EncodeCreate(AccessControlPolicy()),
            R"({"m2m:acp":{"pv":{"acr":[]},"pvs":{"acr":[]}}})");
  AccessControlPolicy policy;
  policy.privileges = {{{"all"}, 2, {}}};
  EXPECT_EQ(EncodeUpdate(policy), R"({"m2m:acp":{"pv":{"acr":[{"acor":["all"],"acop":2}]}}})");
}

TEST(JsonEncodeTest, EscapesAndRepairsTextOfDevices) {
  ContentInstance instance;
  instance.content = std::string("a\"\\\n\x01", 5) + '\0' + "\xFF\xC2\xB0";
  EXPECT_EQ(EncodeCreate(instance),
            "{\"m2m:cin\":{\"con\":\"a\\\"\\\\\\n\\u0001\\u0000\xEF\xBF\xBD\xC2\xB0\"}}");
}

}  // namespace
}  // namespace onem2m
