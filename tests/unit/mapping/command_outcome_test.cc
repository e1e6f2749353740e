#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>

#include "lwm2m/codec/codec.h"
#include "lwm2m/ddf/standard_objects.h"
#include "mapping/commands.h"

namespace mapping {
namespace {

using lwm2m::Code;
using lwm2m::ContentFormat;
using lwm2m::Path;
using testing::ElementsAre;
using testing::HasSubstr;

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

Command CommandOf(std::string_view json) { return ParseCommand(json, "e-1", Model()).value(); }

lwm2m::Outcome Answer(Code code, std::optional<ContentFormat> format = {},
                      std::string octets = "") {
  lwm2m::CoapResponse response;
  response.code = code;
  response.payload = {format, std::move(octets)};
  return {response};
}

std::string OutcomeOf(std::string_view json, const lwm2m::Outcome& outcome) {
  return CommandOutcome(CommandOf(json), "urn:dev:1", outcome, Model()).content;
}

constexpr std::string_view kReadBattery = R"({"id":"7","op":"read","path":"/3/0/9"})";
constexpr std::string_view kReadDevice = R"({"id":"7","op":"read","path":"/3/0"})";

// The part of an outcome behind "rsc".
std::string Rest(std::string_view json, const lwm2m::Outcome& outcome) {
  const std::string text = OutcomeOf(json, outcome);
  return text.substr(text.find("\"rsc\":"));
}

TEST(CommandOutcomeTest, IsALabelledJsonContentInstance) {
  const auto instance = CommandOutcome(CommandOf(kReadBattery), "urn:dev:1",
                                       Answer(Code::kContent, ContentFormat::kText, "85"), Model());
  EXPECT_THAT(instance.labels, ElementsAre("LWM2M-Request:7"));
  EXPECT_EQ(instance.content_info, "application/json:0");
  EXPECT_TRUE(instance.ask_for_creator);
  EXPECT_EQ(instance.resource_name, "");
}

TEST(CommandOutcomeTest, OfAReadOfOneResourceIsItsValue) {
  EXPECT_EQ(OutcomeOf(kReadBattery, Answer(Code::kContent, ContentFormat::kText, "85")),
            R"({"id":"7","request":"e-1","ep":"urn:dev:1","op":"read","path":"/3/0/9",)"
            R"("status":"done","rsc":2000,"coap":"2.05","value":85})");
}

TEST(CommandOutcomeTest, OfAReadOfAnInstanceMapsPathsToValues) {
  using std::string_literals::operator""s;
  const std::string octets = "\xc1\x09\x55\x86\x07\x41\x00\x01\x41\x01\x02\xc1\x10\x55"s;
  EXPECT_EQ(Rest(kReadDevice, Answer(Code::kContent, ContentFormat::kTlv, octets)),
            R"("rsc":2000,"coap":"2.05","values":{"/3/0/7/0":1,"/3/0/7/1":2,"/3/0/9":85,)"
            R"("/3/0/16":"U"}})");
}

TEST(CommandOutcomeTest, OfAReadOfAnObjectWithoutInstanceIsEmpty) {
  EXPECT_EQ(Rest(R"({"op":"read","path":"/3303"})", Answer(Code::kContent)),
            R"("rsc":2000,"coap":"2.05","values":{}})");
}

TEST(CommandOutcomeTest, TakesTlvAroundTheOneResourceThatWasRead) {
  EXPECT_EQ(Rest(kReadBattery, Answer(Code::kContent, ContentFormat::kTlv, "\xc1\x09\x55")),
            R"("rsc":2000,"coap":"2.05","value":85})");
}

TEST(CommandOutcomeTest, TakesTextForAMissingFormatOfOneResource) {
  EXPECT_EQ(Rest(kReadBattery, Answer(Code::kContent, std::nullopt, "85")),
            R"("rsc":2000,"coap":"2.05","value":85})");
}

struct TypeRow {
  std::string name;
  lwm2m::Type type;
  std::string text;  // LwM2M text form
  std::string json;
};
class OutcomeTypeTest : public testing::TestWithParam<TypeRow> {};

TEST_P(OutcomeTypeTest, HasTheJsonTypeOfTheLwm2mType) {
  lwm2m::ObjectModel model;
  lwm2m::ObjectDefinition object;
  object.id = 100;
  object.resources.resize(1);
  object.resources[0].readable = true;
  object.resources[0].type = GetParam().type;
  model.Add(object);
  const auto command = ParseCommand(R"({"op":"read","path":"/100/0/0"})", "e-1", model);
  const auto content =
      CommandOutcome(*command, "ep", Answer(Code::kContent, ContentFormat::kText, GetParam().text),
                     model)
          .content;
  EXPECT_THAT(content, HasSubstr("\"value\":" + GetParam().json + "}"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, OutcomeTypeTest,
    testing::Values(
        TypeRow{"String", lwm2m::Type::kString, "a\"b", R"("a\"b")"},
        TypeRow{"Integer", lwm2m::Type::kInteger, "-750", "-750"},
        TypeRow{"LargestExact", lwm2m::Type::kInteger, "9007199254740992", "9007199254740992"},
        TypeRow{"BeyondExact", lwm2m::Type::kInteger, "9007199254740993", R"("9007199254740993")"},
        TypeRow{"BelowExact", lwm2m::Type::kInteger, "-9223372036854775808",
                R"("-9223372036854775808")"},
        TypeRow{"Unsigned", lwm2m::Type::kUnsignedInteger, "7", "7"},
        TypeRow{"UnsignedBeyondExact", lwm2m::Type::kUnsignedInteger, "18446744073709551615",
                R"("18446744073709551615")"},
        TypeRow{"Float", lwm2m::Type::kFloat, "21.5", "21.5"},
        TypeRow{"Boolean", lwm2m::Type::kBoolean, "1", "true"},
        TypeRow{"Opaque", lwm2m::Type::kOpaque, "AQIDBAU=", R"("AQIDBAU=")"},
        TypeRow{"Time", lwm2m::Type::kTime, "1367491215", "1367491215"},
        TypeRow{"ObjectLink", lwm2m::Type::kObjectLink, "66:0", R"("66:0")"},
        TypeRow{"NullLink", lwm2m::Type::kObjectLink, "65535:65535", R"("65535:65535")"},
        TypeRow{"CoreLink", lwm2m::Type::kCoreLink, "</3/0>", R"("</3/0>")"}),
    [](const auto& row) { return row.param.name; });

TEST(CommandOutcomeTest, OfWhatCannotBeDecodedIsTheContentAndWhy) {
  EXPECT_EQ(Rest(kReadDevice, Answer(Code::kContent, ContentFormat::kTlv, "\xc1")),
            R"("rsc":2000,"coap":"2.05","reason":"undecoded: TLV identifier",)"
            R"("content":"wQ==","format":11542})");
  EXPECT_THAT(Rest(kReadBattery, Answer(Code::kContent, ContentFormat::kText, "full")),
              HasSubstr(R"("content":"ZnVsbA==","format":0})"));
  EXPECT_THAT(Rest(kReadBattery, Answer(Code::kContent, std::nullopt, "full")),
              testing::EndsWith(R"("content":"ZnVsbA=="})"));
  EXPECT_THAT(Rest(kReadDevice, Answer(Code::kContent, static_cast<ContentFormat>(4711), "x")),
              HasSubstr(R"("content":"eA==","format":4711})"));
}

TEST(CommandOutcomeTest, OfADiscoverIsItsLinks) {
  EXPECT_EQ(Rest(R"({"op":"discover","path":"/3"})",
                 Answer(Code::kContent, ContentFormat::kLinkFormat, "</3>;pmin=10,</3/0>")),
            R"("rsc":2000,"coap":"2.05","value":"</3>;pmin=10,</3/0>"})");
}

TEST(CommandOutcomeTest, OfADiscoverThatIsNoTextIsItsOctets) {
  EXPECT_THAT(Rest(R"({"op":"discover","path":"/3"})",
                   Answer(Code::kContent, ContentFormat::kLinkFormat, "\xff")),
              HasSubstr(R"("content":"/w==","format":40)"));
}

TEST(CommandOutcomeTest, OfAnObserveIsTheFirstValue) {
  EXPECT_EQ(Rest(R"({"op":"observe","path":"/3303/0/5700"})",
                 Answer(Code::kContent, ContentFormat::kText, "21.5")),
            R"("rsc":2000,"coap":"2.05","value":21.5})");
}

TEST(CommandOutcomeTest, OfACreateTellsWhere) {
  auto outcome = Answer(Code::kCreated);
  std::get<lwm2m::CoapResponse>(outcome.result).location = {"3303", "5"};
  EXPECT_EQ(OutcomeOf(R"({"id":"7","op":"create","path":"/3303/5"})", outcome),
            R"({"id":"7","request":"e-1","ep":"urn:dev:1","op":"create","path":"/3303/5",)"
            R"("status":"done","rsc":2001,"coap":"2.01","location":"/3303/5"})");
}

TEST(CommandOutcomeTest, OfAWriteIsShort) {
  EXPECT_EQ(Rest(R"({"op":"write","path":"/3/0/14","value":"x"})", Answer(Code::kChanged)),
            R"("rsc":2004,"coap":"2.04"})");
  EXPECT_EQ(Rest(R"({"op":"delete","path":"/3303/1"})", Answer(Code::kDeleted)),
            R"("rsc":2002,"coap":"2.02"})");
}

TEST(CommandOutcomeTest, OfARefusalNamesCodeAndDiagnosis) {
  const std::string text = OutcomeOf(kReadBattery, Answer(Code::kNotFound, {}, "no battery"));
  EXPECT_THAT(text, HasSubstr(R"("status":"failed","rsc":4004,"coap":"4.04",)"
                              R"("reason":"the device answered 4.04: no battery"})"));
}

TEST(CommandOutcomeTest, LeavesOutADiagnosisThatIsNone) {
  for (const std::string& payload : {std::string(), std::string("\xff"), std::string(201, 'x')}) {
    EXPECT_EQ(Rest(kReadBattery, Answer(Code::kInternalServerError, {}, payload)),
              R"("rsc":5000,"coap":"5.00","reason":"the device answered 5.00"})");
  }
}

struct FailureRow {
  std::string name;
  lwm2m::Failure failure;
  std::string status;
  int rsc;
};
class OutcomeFailureTest : public testing::TestWithParam<FailureRow> {};

TEST_P(OutcomeFailureTest, SaysWhyThereIsNoAnswer) {
  rapidjson::Document json;
  json.Parse(OutcomeOf(kReadBattery, {GetParam().failure}));
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["status"].GetString(), GetParam().status);
  EXPECT_EQ(json["rsc"].GetInt(), GetParam().rsc);
  EXPECT_GT(json["reason"].GetStringLength(), 0u);
  EXPECT_FALSE(json.HasMember("coap"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, OutcomeFailureTest,
    testing::Values(FailureRow{"TimedOut", lwm2m::Failure::kTimedOut, "failed", 4008},
                    FailureRow{"Reset", lwm2m::Failure::kReset, "failed", 5103},
                    FailureRow{"Unreachable", lwm2m::Failure::kUnreachable, "failed", 5103},
                    FailureRow{"Expired", lwm2m::Failure::kExpired, "expired", 4008},
                    FailureRow{"Cancelled", lwm2m::Failure::kCancelled, "failed", 5103},
                    FailureRow{"QueueFull", lwm2m::Failure::kQueueFull, "failed", 5000},
                    FailureRow{"NotRegistered", lwm2m::Failure::kNotRegistered, "failed", 5103},
                    FailureRow{"OutcomeUnknown", lwm2m::Failure::kOutcomeUnknown, "failed", 5000}),
    [](const auto& row) { return row.param.name; });

TEST(CommandOutcomeTest, OfARefusedCommandNamesTheMember) {
  const auto refused =
      ParseCommand(R"({"id":"42","op":"read","path":"abc","ep":"urn:dev:2"})", "e-1", Model())
          .error();
  EXPECT_EQ(CommandOutcome(refused, "").content,
            R"({"id":"42","request":"e-1","ep":"urn:dev:2","op":"read","path":"abc",)"
            R"("status":"failed","rsc":4000,"reason":"\"path\": expected an LwM2M path like )"
            R"(\"/3/0/9\", found \"abc\""})");
  EXPECT_THAT(CommandOutcome(refused, "urn:dev:1").content, HasSubstr(R"("ep":"urn:dev:1")"));
  EXPECT_THAT(CommandOutcome(refused, "").labels, ElementsAre("LWM2M-Request:42"));
}

TEST(CommandOutcomeTest, OfACommandThatNeverRanSaysSo) {
  const Command command = CommandOf(kReadBattery);
  const auto rest = [&](CommandStatus status, int rsc, std::string_view reason) {
    const auto content = CommandOutcome(command, "urn:dev:1", status,
                                        static_cast<onem2m::ResponseStatusCode>(rsc), reason)
                             .content;
    return content.substr(content.find("\"status\""));
  };
  EXPECT_EQ(rest(CommandStatus::kAccepted, 1000, "the device is asleep"),
            R"("status":"accepted","rsc":1000,"reason":"the device is asleep"})");
  EXPECT_EQ(rest(CommandStatus::kExpired, 4008, ""), R"("status":"expired","rsc":4008})");
  EXPECT_EQ(rest(CommandStatus::kFailed, 5000, "x"),
            R"("status":"failed","rsc":5000,"reason":"x"})");
  EXPECT_EQ(rest(CommandStatus::kDone, 2000, ""), R"("status":"done","rsc":2000})");
}

// A direct command has no JSON: what it says of itself comes from the operation.
// DM-9: values of several objects, and of what is missing nothing.
TEST(CommandOutcomeTest, OfACompositeReadMapsPathsToValues) {
  constexpr std::string_view kBoth =
      R"({"id":"7","op":"read-composite","paths":["/3/0/0","/3303/0/5700"]})";
  EXPECT_EQ(OutcomeOf(kBoth, Answer(Code::kContent, ContentFormat::kSenmlJson,
                                    R"([{"n":"/3/0/0","vs":"32473"},)"
                                    R"({"n":"/3303/0/5700","v":11}])")),
            R"({"id":"7","request":"e-1","ep":"urn:dev:1","op":"read-composite","path":"/",)"
            R"("status":"done","rsc":2000,"coap":"2.05",)"
            R"("values":{"/3/0/0":"32473","/3303/0/5700":11.0}})");
  EXPECT_EQ(Rest(kBoth, Answer(Code::kContent, ContentFormat::kSenmlJson, "[]")),
            R"("rsc":2000,"coap":"2.05","values":{}})");
  EXPECT_EQ(Rest(kBoth, Answer(Code::kContent, std::nullopt, "\x80")),
            R"("rsc":2000,"coap":"2.05","values":{}})");
}

TEST(CommandOutcomeTest, OfOtherCompositeOperationsIsAsOfTheirSingleOnes) {
  const auto content =
      Answer(Code::kContent, ContentFormat::kSenmlJson, R"([{"n":"/3/0/9","v":80}])");
  for (const char* command : {R"({"op":"observe-composite","paths":["/3/0/9"]})",
                              R"({"op":"cancel-observe","paths":["/3/0/9"]})"}) {
    EXPECT_EQ(Rest(command, content), R"("rsc":2000,"coap":"2.05","values":{"/3/0/9":80}})");
  }
  EXPECT_EQ(Rest(R"({"op":"write-composite","values":{"/3/0/14":"x"}})", Answer(Code::kChanged)),
            R"("rsc":2004,"coap":"2.04"})");
}

TEST(CommandOutcomeTest, TakesThePathOfTheOperationWhereNoneIsWritten) {
  Command command;
  command.id = command.request = "e-2";
  command.endpoint = "urn:dev:3";
  command.op = "execute";
  command.operation.kind = lwm2m::OperationKind::kExecute;
  command.operation.path = Path(3, 0, 4);
  EXPECT_EQ(CommandOutcome(command, "", Answer(Code::kChanged), Model()).content,
            R"({"id":"e-2","request":"e-2","ep":"urn:dev:3","op":"execute","path":"/3/0/4",)"
            R"("status":"done","rsc":2004,"coap":"2.04"})");
}

TEST(CommandOutcomeTest, IsJsonWhateverTheDeviceSends) {
  for (int first = 0; first < 256; ++first) {
    for (const auto format : {ContentFormat::kText, ContentFormat::kOpaque, ContentFormat::kTlv,
                              ContentFormat::kJson, ContentFormat::kLinkFormat}) {
      std::string octets("\x01\xff\x00", 3);
      octets[0] = static_cast<char>(first);
      for (const std::string_view command :
           {kReadBattery, kReadDevice, std::string_view(R"({"op":"read","path":"/33000/0/1"})"),
            std::string_view(R"({"op":"discover","path":"/3"})")}) {
        rapidjson::Document json;
        json.Parse<rapidjson::kParseValidateEncodingFlag>(
            OutcomeOf(command, Answer(Code::kContent, format, octets)));
        ASSERT_FALSE(json.HasParseError()) << first;
        const int results =
            json.HasMember("value") + json.HasMember("values") + json.HasMember("content");
        EXPECT_EQ(results, 1) << first;
      }
    }
  }
}

}  // namespace
}  // namespace mapping
