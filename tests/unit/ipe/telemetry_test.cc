#include "ipe/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/codec/codec.h"
#include "lwm2m/ddf/standard_objects.h"
#include "onem2m/codec/json.h"

namespace ipe {
namespace {

using lwm2m::ContentFormat;
using lwm2m::Path;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

lwm2m::Payload Json(const std::string& elements) {
  return {ContentFormat::kJson, R"({"bn":"/","e":[)" + elements + "]}"};
}

std::vector<std::string> ContainersOf(const std::vector<OutboxRow>& rows) {
  std::vector<std::string> containers;
  for (const OutboxRow& row : rows) containers.push_back(row.container);
  return containers;
}

class TelemetryTest : public ::testing::Test {
 protected:
  TelemetryTest() { endpoint_.stored.registration.Edit().endpoint = "dev-a"; }

  std::vector<OutboxRow> Rows(const Path& path, const lwm2m::Payload& payload) {
    auto rows = RowsOf(endpoint_, path, payload, rules_);
    EXPECT_TRUE(rows.has_value());
    return rows.value_or(std::vector<OutboxRow>{});
  }
  void Add(const std::function<void(mapping::Rule&)>& fill) {
    mapping::Rule rule;
    fill(rule);
    profile_.Add(rule);
  }

  // The rows of a Send of SenML JSON.
  std::vector<OutboxRow> SendRows(const std::string& senml) {
    const lwm2m::Payload payload{ContentFormat::kSenmlJson, senml};
    auto records = lwm2m::Decode(*payload.format, payload.octets, Path(), Model());
    EXPECT_TRUE(records.has_value());
    auto rows =
        RowsOfSend(endpoint_, records.value_or(std::vector<lwm2m::Record>{}), payload, rules_);
    EXPECT_TRUE(rows.has_value());
    return rows.value_or(std::vector<OutboxRow>{});
  }

  Endpoint endpoint_;
  mapping::Profile profile_ = mapping::Profile::Default();
  const std::string address_ = "cse-in/dev-a";
  const TelemetryRules rules_{address_, profile_, Model(), 1'700'000'100};
};

TEST_F(TelemetryTest, MakesARowForEachValueInItsOwnContainer) {
  const auto rows =
      Rows(Path(3303, 0), Json(R"({"n":"3303/0/5700","v":21.5},{"n":"3303/0/5701","sv":"Cel"})"));
  EXPECT_THAT(ContainersOf(rows), ElementsAre("3303/0/5700", "3303/0/5701"));
  EXPECT_EQ(rows[0].endpoint, "dev-a");
  EXPECT_EQ(rows[0].kind, OutboxRow::Kind::kTelemetry);
  EXPECT_THAT(rows[0].body, HasSubstr(R"("con":"21.5")"));
  EXPECT_THAT(rows[0].body, HasSubstr(R"("rn":"@name@")"));
}

TEST_F(TelemetryTest, OfSeveralOnlyWhatChangedGoes) {
  const char* both = R"({"n":"3303/0/5700","v":21},{"n":"3303/0/5701","sv":"Cel"})";
  const char* warmer = R"({"n":"3303/0/5700","v":22},{"n":"3303/0/5701","sv":"Cel"})";
  EXPECT_EQ(Rows(Path(3303, 0), Json(both)).size(), 2u);
  EXPECT_THAT(Rows(Path(3303, 0), Json(both)), IsEmpty());
  EXPECT_THAT(ContainersOf(Rows(Path(3303, 0), Json(warmer))), ElementsAre("3303/0/5700"));
  endpoint_.last_values.Clear();
  EXPECT_EQ(Rows(Path(3303, 0), Json(warmer)).size(), 2u);
}

TEST_F(TelemetryTest, OneAloneAlwaysGoes) {
  const lwm2m::Payload text{ContentFormat::kText, "21"};
  EXPECT_EQ(Rows(Path(3303, 0, 5700), text).size(), 1u);
  EXPECT_EQ(Rows(Path(3303, 0, 5700), text).size(), 1u);
}

TEST_F(TelemetryTest, AllGoesWhenTheRuleSaysSo) {
  Add([](mapping::Rule& rule) { rule.repeat = mapping::Repeat::kAll; });
  const char* both = R"({"n":"3303/0/5700","v":21},{"n":"3303/0/5701","sv":"Cel"})";
  EXPECT_EQ(Rows(Path(3303, 0), Json(both)).size(), 2u);
  EXPECT_EQ(Rows(Path(3303, 0), Json(both)).size(), 2u);
}

TEST_F(TelemetryTest, TheClockOfADeviceIsNoNewsAfterTheFirst) {
  const auto device = [](int time) {
    return Json(R"({"n":"3/0/9","v":80},{"n":"3/0/13","v":)" + std::to_string(time) + "}");
  };
  EXPECT_THAT(ContainersOf(Rows(Path(3, 0), device(1000))), ElementsAre("3/0/9", "3/0/13"));
  EXPECT_THAT(Rows(Path(3, 0), device(1001)), IsEmpty());
  EXPECT_EQ(Rows(Path(3, 0, 13), {ContentFormat::kText, "1002"}).size(), 1u);
}

TEST_F(TelemetryTest, TheTransparentRowIsThePayloadBesideTheValues) {
  Add([](mapping::Rule& rule) { rule.transparent = true; });
  const lwm2m::Payload payload = Json(R"({"n":"3303/0/5700","v":21})");
  const auto rows = Rows(Path(3303, 0), payload);
  EXPECT_THAT(ContainersOf(rows), ElementsAre("3303/0", "3303/0/5700"));
  const auto decoded = onem2m::DecodeResource(rows[0].body);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<onem2m::ContentInstance>(*decoded).content, payload.octets);
}

TEST_F(TelemetryTest, AnUndecodablePayloadIsAnErrorUnlessItNeedNotBeDecoded) {
  const lwm2m::Payload broken{ContentFormat::kTlv, "\xff"};
  EXPECT_FALSE(RowsOf(endpoint_, Path(3303, 0), broken, rules_));
  Add([](mapping::Rule& rule) {
    rule.semantic = false;
    rule.transparent = true;
  });
  EXPECT_THAT(ContainersOf(Rows(Path(3303, 0), broken)), ElementsAre("3303/0"));
}

TEST_F(TelemetryTest, ModesMayDifferBelowAnInstance) {
  Add([](mapping::Rule& rule) {
    rule.path = Path(3303, 0, 5701);
    rule.semantic = false;
  });
  const char* both = R"({"n":"3303/0/5700","v":21},{"n":"3303/0/5701","sv":"Cel"})";
  EXPECT_THAT(ContainersOf(Rows(Path(3303, 0), Json(both))), ElementsAre("3303/0/5700"));
}

lwm2m::Payload Senml(const std::string& records) {
  return {ContentFormat::kSenmlJson, "[" + records + "]"};
}

// IR-10: values of several objects, each into its own container.
TEST_F(TelemetryTest, ValuesAtTheRootGoEachIntoItsOwnContainer) {
  endpoint_.stored.registration.Edit().objects = lwm2m::ParseObjectList("</3/0>,</3303/0>").value();
  const auto both = Senml(R"({"n":"/3/0/9","v":80},{"n":"/3303/0/5700","v":21.5})");
  EXPECT_THAT(ContainersOf(Rows(Path(), both)), ElementsAre("3/0/9", "3303/0/5700"));
  EXPECT_THAT(Rows(Path(), both), IsEmpty()) << "nothing changed";
}

TEST_F(TelemetryTest, ValuesAtTheRootOfWhatIsNotDeclaredArePassedOver) {  // GEN-2
  endpoint_.stored.registration.Edit().objects = lwm2m::ParseObjectList("</3/0>").value();
  const auto strange = Senml(R"({"n":"/3/0/9","v":80},{"n":"/3303/0/5700","v":21.5})");
  EXPECT_THAT(ContainersOf(Rows(Path(), strange)), ElementsAre("3/0/9"));
}

TEST_F(TelemetryTest, InTransparentModeEachInstanceGetsItsPartOfValuesAtTheRoot) {
  endpoint_.stored.registration.Edit().objects =
      lwm2m::ParseObjectList("</1/0>,</3/0>,</3303/0>").value();
  Add([](mapping::Rule& rule) {
    rule.objects = {{3, 3303}};
    rule.semantic = false;
    rule.transparent = true;
  });
  const auto rows = Rows(Path(), Senml(R"({"n":"/1/0/1","v":60},{"n":"/3/0/9","v":80},)"
                                       R"({"n":"/3303/0/5700","v":21.5},)"
                                       R"({"n":"/3303/0/5701","vs":"Cel"})"));
  EXPECT_THAT(ContainersOf(rows), ElementsAre("3/0", "3303/0", "1/0/1"));
  EXPECT_THAT(rows[1].body, HasSubstr("application/senml+json:0"));
  EXPECT_THAT(rows[1].body, HasSubstr(R"({\"bn\":\"/3303/0/\",\"n\":\"5700\")"));
}

TEST(FormatOfTest, IsTextForOneResourceAndTlvForMoreWhereNoneIsGiven) {
  EXPECT_EQ(FormatOf({std::nullopt, "21"}, Path(3303, 0, 5700)), ContentFormat::kText);
  EXPECT_EQ(FormatOf({std::nullopt, "21"}, Path(3303, 0)), ContentFormat::kTlv);
  EXPECT_EQ(FormatOf({std::nullopt, "21"}, Path()), ContentFormat::kSenmlCbor);
  EXPECT_EQ(FormatOf({ContentFormat::kJson, "{}"}, Path(3303, 0, 5700)), ContentFormat::kJson);
}

TEST(HashOfPayloadTest, IsFnv1a) {
  EXPECT_EQ(HashOfPayload(""), 0xcbf29ce484222325u);
  EXPECT_EQ(HashOfPayload("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(HashOfPayload("foobar"), 0x85944171f73967e8u);
}

TEST_F(TelemetryTest, KeepsTheTimesOfAHistoryInOrder) {  // IR-15, IR-16, FMT
  const auto rows = Rows(Path(3303, 0, 5700),
                         {ContentFormat::kSenmlJson,
                          R"([{"bn":"/3303/0/5700","v":3},{"v":2,"t":-40},{"v":1,"t":-70}])"});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].body, HasSubstr(R"("con":"1")"));
  EXPECT_THAT(rows[0].body, HasSubstr("LWM2M-Time:20231114T221350"));
  EXPECT_THAT(rows[1].body, HasSubstr("LWM2M-Time:20231114T221420"));
  EXPECT_THAT(rows[2].body, HasSubstr(R"("con":"3")"));
  EXPECT_THAT(rows[2].body, Not(HasSubstr("LWM2M-Time")));  // as old as its message
}

TEST_F(TelemetryTest, KeepsTheTimesOfLwm2mJson) {  // IR-14
  const auto rows = Rows(
      Path(3303, 0), {ContentFormat::kJson, R"({"bn":"/3303/0/","bt":1700000050,"e":[)"
                                            R"({"n":"5700","v":2},{"n":"5700","v":1,"t":-20}]})"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].body, HasSubstr("LWM2M-Time:20231114T221350"));
  EXPECT_THAT(rows[1].body, HasSubstr("LWM2M-Time:20231114T221410"));
}

TEST_F(TelemetryTest, MakesRowsOfEverythingInASend) {  // IR-11
  const char* const senml =
      R"([{"n":"/3303/0/5700","v":21.5},{"n":"/3303/0/5700","v":20.5,"t":-60},)"
      R"({"n":"/3/0/9","v":80}])";
  for (int time = 0; time < 2; ++time) {  // the same values once more are sent on purpose
    const auto rows = SendRows(senml);
    EXPECT_THAT(ContainersOf(rows), ElementsAre("3303/0/5700", "3303/0/5700", "3/0/9"));
    EXPECT_THAT(rows[0].body, HasSubstr(R"("con":"20.5")"));
    EXPECT_THAT(rows[0].body, HasSubstr("LWM2M-Time:20231114T221400"));
    // IR-16: without a time, that of reception.
    EXPECT_THAT(rows[1].body, HasSubstr("LWM2M-Time:20231114T221500"));
    EXPECT_THAT(rows[2].body, HasSubstr("LWM2M-Time:20231114T221500"));
  }
}

TEST_F(TelemetryTest, DeliversASendTransparentlyPerInstance) {
  Add([](mapping::Rule& rule) {
    rule.transparent = true;
    rule.semantic = false;
  });
  const auto one = SendRows(R"([{"n":"/3303/0/5700","v":21.5}])");
  ASSERT_THAT(ContainersOf(one), ElementsAre("3303/0"));
  EXPECT_THAT(one[0].body, HasSubstr(R"([{\"n\":\"/3303/0/5700\",\"v\":21.5}])"));
  const auto two = SendRows(R"([{"n":"/3303/0/5700","v":21.5},{"n":"/3/0/9","v":80}])");
  ASSERT_THAT(ContainersOf(two), ElementsAre("3/0", "3303/0"));
  EXPECT_THAT(two[0].body, HasSubstr("80"));
  EXPECT_THAT(two[0].body, Not(HasSubstr("21.5")));
}

TEST_F(TelemetryTest, AModuleIsToldWhatChanged) {
  Add([](mapping::Rule& rule) {
    rule.semantic = false;
    rule.flex_container = true;
  });
  const char* first = R"({"n":"3311/0/5850","bv":true},{"n":"3311/0/5851","v":40})";
  const auto rows = Rows(Path(3311, 0), Json(first));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].container, "3311/0/binarySwitch");
  EXPECT_EQ(rows[0].form, OutboxRow::Form::kUpdate);
  EXPECT_EQ(rows[0].body, R"({"cod:binSh":{"state":true}})");
  EXPECT_EQ(rows[1].body, R"({"cod:brigs":{"brigs":40}})");
  const char* dimmed = R"({"n":"3311/0/5850","bv":true},{"n":"3311/0/5851","v":20})";
  EXPECT_THAT(ContainersOf(Rows(Path(3311, 0), Json(dimmed))), ElementsAre("3311/0/brightness"));
}

TEST_F(TelemetryTest, FormsStandBesideContentInstances) {
  Add([](mapping::Rule& rule) { rule.flex_container = rule.time_series = true; });
  const auto rows = Rows(Path(3303, 0), Json(R"({"n":"3303/0/5700","v":21.5})"));
  EXPECT_THAT(ContainersOf(rows),
              ElementsAre("3303/0/5700", "3303/0/5700-ts", "3303/0/temperature"));
  EXPECT_EQ(rows[1].form, OutboxRow::Form::kTimeSeriesInstance);
  EXPECT_THAT(rows[1].body, HasSubstr(R"("dgt":"20231114T221500")"));
  EXPECT_THAT(rows[1].body, HasSubstr(R"("con":"21.5")"));
  EXPECT_THAT(rows[1].body, HasSubstr(R"("rn":"@name@")"));
}

TEST_F(TelemetryTest, ASendGoesIntoTheSameForms) {
  Add([](mapping::Rule& rule) {
    rule.semantic = false;
    rule.flex_container = rule.time_series = true;
  });
  const auto rows = SendRows(R"([{"n":"/3303/0/5700","v":21,"t":1700000000},
                                 {"n":"/3303/0/5700","v":22,"t":1700000060}])");
  EXPECT_THAT(ContainersOf(rows), ElementsAre("3303/0/5700-ts", "3303/0/5700-ts",
                                              "3303/0/temperature", "3303/0/temperature"));
  EXPECT_EQ(rows[3].body, R"({"cod:tempe":{"curT0":22.0,"dgt":"20231114T221420"}})");
}

}  // namespace
}  // namespace ipe
