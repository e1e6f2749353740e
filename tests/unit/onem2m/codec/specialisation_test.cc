// Resources whose JSON root names a specialisation, and the other types that complete the
// interworking: written letter by letter and read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "onem2m/codec/json.h"
#include "onem2m/notification.h"

namespace onem2m {
namespace {

using testing::ElementsAre;

template <typename T>
T Decoded(std::string_view json) {
  const auto resource = DecodeResource(json);
  EXPECT_TRUE(resource.has_value()) << json << (resource ? "" : resource.error().detail);
  if (!resource || !std::holds_alternative<T>(*resource)) {
    ADD_FAILURE() << "another type: " << json;
    return T();
  }
  return std::get<T>(*resource);
}

ManagementObject Firmware() {
  ManagementObject object;
  object.resource_name = "5-0";
  object.root = "m2m:fwr";
  object.definition = 1001;
  object.object_ids = {"urn:oma:lwm2m:oma:5"};
  object.object_paths = {"/5/0"};
  object.description = "Firmware Update";
  object.attributes = {{"vr", std::string("1.0")},
                       {"ud", false},
                       {"size", std::int64_t{70000}},
                       {"load", 0.5},
                       {"ptl", std::vector<std::string>{"coap", "coaps"}},
                       {"none", std::vector<std::string>{}},
                       {"uds", ActionStatus{"", 3}}};
  return object;
}

TEST(SpecialisationTest, WritesAManagementObject) {
  EXPECT_EQ(EncodeCreate(Firmware()),
            R"({"m2m:fwr":{"rn":"5-0","mgd":1001,"obis":["urn:oma:lwm2m:oma:5"],"obps":["/5/0"],)"
            R"("dc":"Firmware Update","vr":"1.0","ud":false,"size":70000,"load":0.5,)"
            R"("ptl":["coap","coaps"],"none":[],"uds":{"sus":3}}})");
}

TEST(SpecialisationTest, UpdatesAManagementObjectWithoutWhatMayNotChange) {
  ManagementObject object;
  object.root = "m2m:fwr";
  object.definition = 1001;
  object.object_ids = {"x"};
  object.object_paths = {"/5/0"};
  object.attributes = {{"ud", true}};
  EXPECT_EQ(EncodeUpdate(object, {"url"}), R"({"m2m:fwr":{"ud":true,"url":null}})");
}

TEST(SpecialisationTest, ReadsAManagementObjectThatItWrites) {
  const auto read = Decoded<ManagementObject>(EncodeCreate(Firmware()));
  EXPECT_EQ(read.root, "m2m:fwr");
  EXPECT_EQ(read.definition, 1001);
  EXPECT_EQ(read.object_ids, Firmware().object_ids);
  EXPECT_EQ(read.object_paths, Firmware().object_paths);
  EXPECT_EQ(read.description, "Firmware Update");
  EXPECT_EQ(read.attributes, Firmware().attributes);
}

TEST(SpecialisationTest, LeavesOutNumbersThatJsonCannotSay) {
  FlexContainer container;
  container.root = "hd:tempe";
  container.attributes = {{"curT0", std::nan("")}, {"minVe", -HUGE_VAL}, {"steVe", 0.1}};
  EXPECT_EQ(EncodeUpdate(container), R"({"hd:tempe":{"steVe":0.1}})");
}

TEST(SpecialisationTest, WritesAFlexContainer) {
  FlexContainer container;
  container.resource_name = "3303-0";
  container.root = "hd:tempe";
  container.definition = "org.onem2m.common.moduleclass.temperature";
  container.ontology_ref = "urn:o";
  container.node_link = "nod1";
  container.instances_enabled = true;
  container.max_number_of_instances = 10;
  container.max_byte_size = 1000;
  container.max_instance_age = 60;
  container.attributes = {{"curT0", 21.0}, {"unit", std::string("Cel")}};
  const std::string json = EncodeCreate(container);
  EXPECT_EQ(json, R"({"hd:tempe":{"rn":"3303-0","cnd":"org.onem2m.common.moduleclass.temperature",)"
                  R"("or":"urn:o","nl":"nod1","fcied":true,"mni":10,"mbs":1000,"mia":60,)"
                  R"("curT0":21.0,"unit":"Cel"}})");
  const auto read = Decoded<FlexContainer>(json);
  EXPECT_EQ(read.root, "hd:tempe");
  EXPECT_EQ(read.definition, container.definition);
  EXPECT_EQ(read.ontology_ref, "urn:o");
  EXPECT_EQ(read.node_link, "nod1");
  EXPECT_EQ(read.instances_enabled, true);
  EXPECT_EQ(read.max_number_of_instances, 10);
  EXPECT_EQ(read.attributes, container.attributes);
  container.definition.clear();
  EXPECT_EQ(EncodeUpdate(FlexContainer{container}).find("cnd"), std::string::npos);
}

TEST(SpecialisationTest, KeepsWhatIsOfEveryTypeOutOfTheOwnAttributes) {
  const auto read = Decoded<FlexContainer>(
      R"({"hd:tempe":{"ty":28,"ri":"f1","pi":"p","rn":"t","ct":"20270115T080000","lt":
          "20270115T080000","et":"20300101T000000","lbl":["a"],"acpi":["b"],"cr":"Cx","st":3.0,
          "cs":8,"cnd":"d","cni":0,"cbs":0,"at":["/x"],"aa":[],"daci":[],"ch":[],"nil":null,
          "m2m:sub":[{"rn":"s"}],"hd:binSh":{"rn":"b","ty":28},"curT0":21.5}})");
  EXPECT_THAT(read.attributes, ElementsAre(NamedAttribute{"curT0", 21.5}));
  EXPECT_EQ(read.state_tag, 3);
  EXPECT_EQ(read.content_size, 8);
  EXPECT_EQ(read.resource_id, "f1");
}

TEST(SpecialisationTest, ReadsSpecialisationsThatItHasNeverHeardOf) {
  EXPECT_EQ(Decoded<ManagementObject>(R"({"m2m:cellularConnectivity":{"ty":13.0,"mgd":0}})").root,
            "m2m:cellularConnectivity");
  EXPECT_EQ(Decoded<ManagementObject>(R"({"x:y":{"mgd":0,"a":"1"}})").root, "x:y");
  EXPECT_EQ(Decoded<ManagementObject>(R"({"x:y":{"ty":13}})").root, "x:y");
  EXPECT_EQ(Decoded<FlexContainer>(R"({"m2m:fcnt":{"ty":28}})").root, "m2m:fcnt");
  EXPECT_EQ(Decoded<FlexContainer>(R"({"m2m:flex":{"cnd":"d"}})").root, "m2m:flex");
}

TEST(SpecialisationTest, ReadsWhatWasModifiedWithoutItsType) {
  EXPECT_EQ(Decoded<ManagementObject>(R"({"m2m:rbo":{"rbo":true}})").root, "m2m:rbo");
  const auto notifications = ParseNotification(
      R"({"m2m:sgn":{"nev":{"rep":{"hd:binSh":{"powSe":"true"}},"net":1},"sur":"/id-in/s1"}})");
  ASSERT_TRUE(notifications.has_value());
  ASSERT_TRUE(notifications->front().representation.has_value());
  const auto& container = std::get<FlexContainer>(*notifications->front().representation);
  EXPECT_EQ(container.root, "hd:binSh");
  EXPECT_EQ(AsBoolean(container.attributes.at(0).value), true);
}

TEST(SpecialisationTest, ReadsObjectsOfAnotherShapeAsTheirText) {
  const auto read = Decoded<ManagementObject>(
      R"({"m2m:x":{"ty":13,"loc":{"typ":1},"list":[1,"two",{"a":3}],"uds":{"sus":1.0}}})");
  EXPECT_THAT(
      read.attributes,
      ElementsAre(NamedAttribute{"loc", std::string(R"({"typ":1})")},
                  NamedAttribute{"list", std::vector<std::string>{"1", "two", R"({"a":3})"}},
                  NamedAttribute{"uds", ActionStatus{"", 1}}));
}

TEST(SpecialisationTest, NamesTheMemberThatIsWrong) {
  const auto detail = [](std::string_view json) {
    const auto resource = DecodeResource(json);
    return resource ? "nothing" : resource.error().detail;
  };
  EXPECT_EQ(detail(R"({"m2m:fwr":[]})"), "m2m:fwr");
  EXPECT_EQ(detail(R"({"m2m:fwr":{"ty":13,"uds":{"sus":"x"}}})"), "uds");
  EXPECT_EQ(detail(R"({"m2m:fwr":{"ty":13,"mgd":"x"}})"), "mgd");
  EXPECT_EQ(detail(R"({"hd:tempe":{"ty":28,"st":"x"}})"), "st");
  EXPECT_EQ(detail(R"({"hd:tempe":{"ty":28,"fcied":7}})"), "fcied");
  EXPECT_EQ(detail(R"({"m2m:ts":{"mdd":7}})"), "mdd");
  EXPECT_EQ(detail(R"({"m2m:tsi":{"snr":"x"}})"), "snr");
  EXPECT_EQ(detail(R"({"m2m:smd":{"dcrp":"x"}})"), "dcrp");
  EXPECT_EQ(detail(R"({"m2m:x":{"ty":4711}})"), "m2m:x");
  EXPECT_EQ(detail(R"({"hd:tempe":{"ty":13000}})"), "hd:tempe");
}

TEST(SpecialisationTest, FindsSpecialisationsInATree) {
  const auto tree = DecodeTree(
      R"({"m2m:nod":{"rn":"n","m2m:fwr":[{"rn":"f","ty":13}],"m2m:own":{"rn":"o","ty":13},
          "hd:tempe":[{"rn":"t","ty":28,"m2m:smd":{"rn":"d"}}],"m2m:ts":{"rn":"s",
          "m2m:tsi":[{"rn":"i","con":1}]}}})");
  ASSERT_TRUE(tree.has_value());
  std::vector<std::string> found;
  for (const Resource& resource : *tree) {
    found.push_back(CommonOf(resource).resource_name + " " +
                    std::to_string(static_cast<int>(TypeOf(resource))));
  }
  EXPECT_THAT(found, ElementsAre("n 14", "f 13", "o 13", "t 28", "d 24", "s 29", "i 30"));
}

TEST(SpecialisationTest, WritesATimeSeries) {
  TimeSeries series;
  series.resource_name = "t";
  series.max_number_of_instances = 100;
  series.max_byte_size = 1000;
  series.max_instance_age = 60;
  series.periodic_interval = 60000;
  series.missing_data_detect = true;
  series.missing_data_max_number = 10;
  series.missing_data_detect_timer = 5000;
  series.ontology_ref = "urn:o";
  series.content_info = "text/plain:0";
  series.current_number_of_instances = 5;
  const std::string json = EncodeCreate(series);
  EXPECT_EQ(json, R"({"m2m:ts":{"rn":"t","mni":100,"mbs":1000,"mia":60,"pei":60000,"mdd":true,)"
                  R"("mdn":10,"mdt":5000,"or":"urn:o","cnf":"text/plain:0"}})");
  const auto read = Decoded<TimeSeries>(json);
  EXPECT_EQ(read.max_number_of_instances, 100);
  EXPECT_EQ(read.max_byte_size, 1000);
  EXPECT_EQ(read.max_instance_age, 60);
  EXPECT_EQ(read.periodic_interval, 60000);
  EXPECT_EQ(read.missing_data_detect, true);
  EXPECT_EQ(read.missing_data_max_number, 10);
  EXPECT_EQ(read.missing_data_detect_timer, 5000);
  EXPECT_EQ(read.ontology_ref, "urn:o");
  EXPECT_EQ(read.content_info, "text/plain:0");
  TimeSeries update;
  update.max_number_of_instances = 3;
  update.content_info = "text/plain:0";
  EXPECT_EQ(EncodeUpdate(update), R"({"m2m:ts":{"mni":3}})");
  EXPECT_EQ(Decoded<TimeSeries>(R"({"m2m:ts":{"cni":2.0}})").current_number_of_instances, 2);
}

TEST(SpecialisationTest, WritesATimeSeriesInstance) {
  TimeSeriesInstance instance;
  instance.resource_name = "i";
  instance.data_generation_time = "20270115T080000,500000";
  instance.content = "21.5";
  instance.sequence_number = 7;
  const std::string json = EncodeCreate(instance);
  EXPECT_EQ(json, R"({"m2m:tsi":{"rn":"i","dgt":"20270115T080000,500000","con":"21.5","snr":7}})");
  const auto read = Decoded<TimeSeriesInstance>(json);
  EXPECT_EQ(read.data_generation_time, instance.data_generation_time);
  EXPECT_EQ(read.content, "21.5");
  EXPECT_EQ(read.sequence_number, 7);
  EXPECT_EQ(EncodeUpdate(instance), R"({"m2m:tsi":{}})");
  EXPECT_EQ(Decoded<TimeSeriesInstance>(R"({"m2m:tsi":{"con":21.50}})").content, "21.50");
}

TEST(SpecialisationTest, WritesASemanticDescriptor) {
  SemanticDescriptor semantic;
  semantic.resource_name = "d";
  semantic.representation = 4;
  semantic.descriptor = "PHJkZjpSREYvPg==";
  semantic.ontology_ref = "urn:o";
  semantic.related_semantics = {"/id-in/smd2"};
  semantic.semantic_operation = "INSERT DATA {}";
  const std::string json = EncodeCreate(semantic);
  EXPECT_EQ(json, R"({"m2m:smd":{"rn":"d","dcrp":4,"dsp":"PHJkZjpSREYvPg==","or":"urn:o",)"
                  R"("rels":["/id-in/smd2"]}})");
  const auto read = Decoded<SemanticDescriptor>(json);
  EXPECT_EQ(read.representation, 4);
  EXPECT_EQ(read.descriptor, semantic.descriptor);
  EXPECT_EQ(read.ontology_ref, "urn:o");
  EXPECT_EQ(read.related_semantics, semantic.related_semantics);
  SemanticDescriptor update;
  update.semantic_operation = "INSERT DATA {}";
  EXPECT_EQ(EncodeUpdate(update), R"({"m2m:smd":{"soe":"INSERT DATA {}"}})");
}

}  // namespace
}  // namespace onem2m
