#include "mapping/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "lwm2m/ddf/standard_objects.h"
#include "lwm2m/operation_body.h"

namespace mapping {
namespace {

using lwm2m::ContentFormat;
using lwm2m::OperationKind;
using lwm2m::Path;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

std::string Hex(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const char octet : octets) {
    hex.push_back(kDigits[static_cast<unsigned char>(octet) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(octet) & 0xf]);
  }
  return hex;
}

Command Parsed(std::string_view json, const lwm2m::ObjectModel& model = Model()) {
  auto command = ParseCommand(json, "0000000001-0000000002", model);
  EXPECT_TRUE(command) << json << " refused: " << command.error().error.detail;
  return command ? *std::move(command) : Command();
}

RefusedCommand Refused(std::string_view json) {
  auto command = ParseCommand(json, "0000000001-0000000002", Model());
  EXPECT_FALSE(command) << json << " was taken";
  return command ? RefusedCommand{} : std::move(command).error();
}

// What goes to a client of LwM2M 1.0.
lwm2m::Payload Body(const lwm2m::Operation& operation) {
  if (operation.payload.format) return operation.payload;
  const lwm2m::Registration client;
  const auto formats = lwm2m::BodyFormats(operation, client);
  if (formats.empty()) return {};
  return lwm2m::EncodeBody(operation, client, formats.front()).value();
}

TEST(ParseCommandTest, ReadsTheExampleOfTheDocumentation) {
  const Command command = Parsed(R"({"id":"42","op":"write","path":"/3/0/14","value":"+02:00"})");
  EXPECT_EQ(command.id, "42");
  EXPECT_EQ(command.request, "0000000001-0000000002");
  EXPECT_EQ(command.endpoint, "");
  EXPECT_EQ(command.op, "write");
  EXPECT_EQ(command.ttl, std::chrono::seconds(86400));
  EXPECT_FALSE(command.high_priority);
  EXPECT_EQ(command.operation.kind, OperationKind::kWriteReplace);
  EXPECT_EQ(command.operation.path, Path(3, 0, 14));
  EXPECT_EQ(Body(command.operation), (lwm2m::Payload{ContentFormat::kText, "+02:00"}));
}

TEST(ParseCommandTest, ReadsWhomItIsForAndHowItWaits) {
  const Command command =
      Parsed(R"({"op":"read","path":"/3/0","ep":"urn:dev:1","ttl":60,"priority":"high"})");
  EXPECT_EQ(command.endpoint, "urn:dev:1");
  EXPECT_EQ(command.ttl, std::chrono::seconds(60));
  EXPECT_TRUE(command.high_priority);
  EXPECT_FALSE(Parsed(R"({"op":"read","path":"/3/0","priority":"normal"})").high_priority);
}

TEST(ParseCommandTest, TakesTheNameOfTheContentInstanceForAnIdThatIsNoLabel) {
  const std::string rn = "0000000001-0000000002";
  const std::string longest(64, 'x');
  const auto id = [](const std::string& json) {
    return Parsed(R"({"op":"read","path":"/3/0","id":)" + json + "}").id;
  };
  EXPECT_EQ(Parsed(R"({"op":"read","path":"/3/0"})").id, rn);
  EXPECT_EQ(id(R"("aZ09._-")"), "aZ09._-");
  EXPECT_EQ(id("\"" + longest + "\""), longest);
  EXPECT_EQ(id("\"" + longest + "x\""), rn);
  EXPECT_EQ(id(R"("")"), rn);
  EXPECT_EQ(id(R"("a b")"), rn);
  EXPECT_EQ(id(R"("a/b")"), rn);
  EXPECT_EQ(id(R"("ü")"), rn);
  EXPECT_EQ(id("42"), "42");
  EXPECT_EQ(id("-42"), rn);
  EXPECT_EQ(id("null"), rn);
  EXPECT_EQ(id("[1]"), rn);
}

struct OpRow {
  std::string name;
  std::string json;
  OperationKind kind;
  Path path;
};
class CommandOpTest : public testing::TestWithParam<OpRow> {};

TEST_P(CommandOpTest, BecomesItsOperation) {
  const Command command = Parsed(GetParam().json);
  EXPECT_EQ(command.operation.kind, GetParam().kind);
  EXPECT_EQ(command.operation.path, GetParam().path);
  EXPECT_TRUE(lwm2m::Validate(command.operation));
}

INSTANTIATE_TEST_SUITE_P(
    Table, CommandOpTest,
    testing::Values(
        OpRow{"ReadObject", R"({"op":"read","path":"/3"})", OperationKind::kRead, Path(3)},
        OpRow{"ReadInstance", R"({"op":"read","path":"/3/0"})", OperationKind::kRead, Path(3, 0)},
        OpRow{"ReadResource", R"({"op":"read","path":"/3/0/9"})", OperationKind::kRead,
              Path(3, 0, 9)},
        OpRow{"Write", R"({"op":"write","path":"/1/0/1","value":300})",
              OperationKind::kWriteReplace, Path(1, 0, 1)},
        OpRow{"WriteInstance",
              R"({"op":"write","path":"/1/0","values":{"1":300,"6":true,"7":"U"}})",
              OperationKind::kWriteReplace, Path(1, 0)},
        OpRow{"Update", R"({"op":"update","path":"/1/0","values":{"/1/0/1":300}})",
              OperationKind::kWriteUpdate, Path(1, 0)},
        OpRow{"Execute", R"({"op":"execute","path":"/3/0/4"})", OperationKind::kExecute,
              Path(3, 0, 4)},
        OpRow{"Create", R"({"op":"create","path":"/3303"})", OperationKind::kCreate, Path(3303)},
        OpRow{"CreateWithId", R"({"op":"create","path":"/3303/5"})", OperationKind::kCreate,
              Path(3303, 5)},
        OpRow{"Delete", R"({"op":"delete","path":"/3303/5"})", OperationKind::kDelete,
              Path(3303, 5)},
        OpRow{"Discover", R"({"op":"discover","path":"/3"})", OperationKind::kDiscover, Path(3)},
        OpRow{"WriteAttributes",
              R"({"op":"write-attributes","path":"/3/0/9","attributes":{"pmin":1}})",
              OperationKind::kWriteAttributes, Path(3, 0, 9)},
        OpRow{"Observe", R"({"op":"observe","path":"/3303/0/5700"})", OperationKind::kObserve,
              Path(3303, 0, 5700)},
        OpRow{"ReadResourceInstance", R"({"op":"read","path":"/3/0/7/1","accept":112})",
              OperationKind::kRead, Path(3, 0, 7, 1)},
        OpRow{"WriteResourceInstance", R"({"op":"write","path":"/2/0/2/1","value":3})",
              OperationKind::kWriteReplace, Path(2, 0, 2, 1)},
        OpRow{"DeleteResourceInstance", R"({"op":"delete","path":"/2/0/2/1"})",
              OperationKind::kDelete, Path(2, 0, 2, 1)},
        OpRow{"ObserveResourceInstance", R"({"op":"observe","path":"/3/0/7/1"})",
              OperationKind::kObserve, Path(3, 0, 7, 1)},
        OpRow{"DiscoverDepth", R"({"op":"discover","path":"/3","depth":2})",
              OperationKind::kDiscover, Path(3)},
        OpRow{"ObserveWithAttributes",
              R"({"op":"observe","path":"/3303/0/5700","attributes":{"gt":20}})",
              OperationKind::kObserve, Path(3303, 0, 5700)},
        OpRow{"ReadComposite", R"({"op":"read-composite","paths":["/3/0/9","/1/0"]})",
              OperationKind::kReadComposite, Path()},
        OpRow{"WriteComposite",
              R"({"op":"write-composite","values":{"/1/0/1":300,"3/0/14":"+02:00"}})",
              OperationKind::kWriteComposite, Path()},
        OpRow{"WriteCompositeContent", R"({"op":"write-composite","content":"W10=","format":110})",
              OperationKind::kWriteComposite, Path()},
        OpRow{"ObserveComposite", R"({"op":"observe-composite","paths":["/3/0/9"],"accept":110})",
              OperationKind::kObserveComposite, Path()},
        OpRow{"CancelObserveComposite", R"({"op":"cancel-observe","paths":["/3/0/9"]})",
              OperationKind::kCancelObserveComposite, Path()},
        OpRow{"CancelObserve", R"({"op":"cancel-observe","path":"/3303/0/5700"})",
              OperationKind::kCancelObserve, Path(3303, 0, 5700)}),
    [](const auto& row) { return row.param.name; });

struct PayloadRow {
  std::string name;
  std::string json;
  int format;
  std::string hex;
};
class CommandPayloadTest : public testing::TestWithParam<PayloadRow> {};

TEST_P(CommandPayloadTest, IsEncodedByTheModel) {
  const lwm2m::Payload body = Body(Parsed(GetParam().json).operation);
  ASSERT_TRUE(body.format);
  EXPECT_EQ(static_cast<int>(*body.format), GetParam().format);
  EXPECT_EQ(Hex(body.octets), GetParam().hex);
}

INSTANTIATE_TEST_SUITE_P(
    Golden, CommandPayloadTest,
    testing::Values(
        PayloadRow{"Integer", R"({"op":"write","path":"/1/0/1","value":300})", 0, "333030"},
        PayloadRow{"IntegerAsText", R"({"op":"write","path":"/1/0/1","value":"300"})", 0, "333030"},
        PayloadRow{"IntegerAsWholeFloat", R"({"op":"write","path":"/1/0/1","value":3e2})", 0,
                   "333030"},
        PayloadRow{"Boolean", R"({"op":"write","path":"/1/0/6","value":true})", 0, "31"},
        PayloadRow{"BooleanAsNumber", R"({"op":"write","path":"/1/0/6","value":0})", 0, "30"},
        PayloadRow{"Time", R"({"op":"write","path":"/3/0/13","value":1367491215})", 0,
                   "31333637343931323135"},
        PayloadRow{"Float", R"({"op":"write","path":"/3308/0/5900","value":21})", 0, "3231"},
        PayloadRow{"Opaque", R"({"op":"write","path":"/5/0/0","value":"AQIDBAU="})", 42,
                   "0102030405"},
        // Core 1.1.1 §7.4.4: one resource per entry, no wrapper below the instance.
        PayloadRow{"Instance",
                   R"({"op":"write","path":"/1/0","values":{"/1/0/1":300,"6":true,"7":"U"}})",
                   11542, "C201012CC10601C10755"},
        PayloadRow{"Update", R"({"op":"update","path":"/1/0","values":{"/1/0/6":false}})", 11542,
                   "C10600"},
        PayloadRow{"ResourceInstances",
                   R"({"op":"write","path":"/2/0/2","values":{"/2/0/2/127":7,"0":1}})", 11542,
                   "8602410001417F07"},
        // Core 1.1.1 §6.3.6: without a number the client picks one …
        PayloadRow{"CreateUnnumbered", R"({"op":"create","path":"/3303","values":{"5750":"a"}})",
                   11542, "E1167661"},
        PayloadRow{"CreateUnnumberedWithPlaceholder",
                   R"({"op":"create","path":"/3303","values":{"/3303/9/5750":"a"}})", 11542,
                   "E1167661"},
        // … and with one the instance wraps its resources.
        PayloadRow{"CreateNumbered",
                   R"({"op":"create","path":"/3303/5","values":{"/3303/5/5750":"a"}})", 11542,
                   "0405E1167661"},
        PayloadRow{"CreateNumberedEmpty", R"({"op":"create","path":"/3303/5"})", 11542, "0005"},
        PayloadRow{"CreateWideNumberEmpty", R"({"op":"create","path":"/3303/300","values":{}})",
                   11542, "20012C"},
        PayloadRow{"CreateUnnumberedEmpty", R"({"op":"create","path":"/3303"})", 11542, ""},
        PayloadRow{"Content", R"({"op":"write","path":"/3/0","content":"wRBV","format":11542})",
                   11542, "C11055"},
        PayloadRow{"ContentOfCreate",
                   R"({"op":"create","path":"/3303","content":"e30=","format":110})", 110, "7B7D"},
        // No definition: the kind of JSON decides.
        PayloadRow{"UnknownText", R"({"op":"write","path":"/33000/0/1","value":"x"})", 0, "78"},
        PayloadRow{"UnknownNumber", R"({"op":"write","path":"/33000/0/1","value":-7})", 0, "2D37"},
        PayloadRow{"UnknownFloat", R"({"op":"write","path":"/33000/0/1","value":0.5})", 0,
                   "302E35"},
        PayloadRow{"UnknownTruth", R"({"op":"write","path":"/33000/0/1","value":true})", 0, "31"},
        PayloadRow{"UnknownUnsigned",
                   R"({"op":"write","path":"/33000/0/1","value":18446744073709551615})", 0,
                   "3138343436373434303733373039353531363135"},
        PayloadRow{"UnknownInstance",
                   R"({"op":"write","path":"/33000/0","values":{"/33000/0/1":"x"}})", 11542,
                   "C10178"}),
    [](const auto& row) { return row.param.name; });

// JSON readers keep integers exactly up to 2^53 only.
TEST(ParseCommandTest, TakesLargeIntegersExactlyAsNumberOrText) {
  const auto written = [](const std::string& value) {
    return Body(Parsed(R"({"op":"write","path":"/3/0/13","value":)" + value + "}").operation)
        .octets;
  };
  EXPECT_EQ(written("9007199254740993"), "9007199254740993");
  EXPECT_EQ(written("\"9223372036854775807\""), "9223372036854775807");
  EXPECT_EQ(written("-9223372036854775808"), "-9223372036854775808");
}

TEST(ParseCommandTest, WritesObjectLinksAndCoreLinksOfOtherDefinitions) {
  lwm2m::ObjectModel model;
  lwm2m::ObjectDefinition object;
  object.id = 100;
  object.resources.resize(3);
  for (lwm2m::Id id = 0; id < 3; ++id) {
    object.resources[id].id = id;
    object.resources[id].writable = true;
  }
  object.resources[0].type = lwm2m::Type::kObjectLink;
  object.resources[1].type = lwm2m::Type::kCoreLink;
  object.resources[2].type = lwm2m::Type::kUnsignedInteger;
  model.Add(object);
  const auto written = [&](const char* json) { return Body(Parsed(json, model).operation).octets; };
  EXPECT_EQ(written(R"({"op":"write","path":"/100/0/0","value":"66:0"})"), "66:0");
  EXPECT_EQ(written(R"({"op":"write","path":"/100/0/1","value":"</3/0>"})"), "</3/0>");
  EXPECT_EQ(written(R"({"op":"write","path":"/100/0/2","value":"18446744073709551615"})"),
            "18446744073709551615");
  EXPECT_EQ(Hex(written(R"({"op":"write","path":"/100/0","values":{"0":"66:1"}})")),
            "C40000420001");
}

TEST(ParseCommandTest, PassesArgumentsOfExecute) {
  EXPECT_EQ(Parsed(R"({"op":"execute","path":"/3/0/4","args":"0,1='x'"})").operation.arguments,
            "0,1='x'");
}

TEST(ParseCommandTest, SetsAndUnsetsAttributes) {
  const Command command = Parsed(R"({"op":"write-attributes","path":"/3303/0/5700",)"
                                 R"("attributes":{"pmin":10,"gt":null,"lt":-2.5,"st":1}})");
  EXPECT_THAT(lwm2m::ToQueries(command.operation.attributes),
              ElementsAre("pmin=10", "lt=-2.5", "st=1", "gt"));
}

// --- refusals ----------------------------------------------------------------------------------

struct RefusalRow {
  std::string name;
  std::string json;
  int rsc;
  std::string detail;
};
class CommandRefusalTest : public testing::TestWithParam<RefusalRow> {};

TEST_P(CommandRefusalTest, NamesTheMember) {
  const RefusedCommand refused = Refused(GetParam().json);
  EXPECT_EQ(onem2m::ToInt(refused.error.status), GetParam().rsc);
  EXPECT_EQ(refused.error.detail, GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    Golden, CommandRefusalTest,
    testing::Values(
        RefusalRow{"NoOp", R"({"path":"/3"})", 4000, R"("op": missing)"},
        RefusalRow{"OpOfAnotherType", R"({"op":7,"path":"/3"})", 4000,
                   R"("op": expected a string, found 7)"},
        RefusalRow{
            "UnknownOp", R"({"op":"reboot","path":"/3"})", 4000,
            R"("op": expected one of read, write, update, execute, create, delete, )"
            R"(discover, write-attributes, observe, cancel-observe, read-composite, )"
            R"(write-composite, observe-composite, update-registration, firmware-update, firmware-cancel, )"
            R"(found "reboot")"},
        RefusalRow{"NoPath", R"({"op":"read"})", 4000, R"("path": missing)"},
        RefusalRow{"PathIsNone", R"({"op":"read","path":"abc"})", 4000,
                   R"("path": expected an LwM2M path like "/3/0/9", found "abc")"},
        RefusalRow{"PathOfAnotherType", R"({"op":"read","path":3})", 4000,
                   R"("path": expected an LwM2M path like "/3/0/9", found 3)"},
        RefusalRow{"PathTooDeep", R"({"op":"read","path":"/1/2/3/4/5"})", 4000,
                   R"("path": expected an LwM2M path like "/3/0/9", found "/1/2/3/4/5")"},
        RefusalRow{"PathTooLarge", R"({"op":"read","path":"/65536"})", 4000,
                   R"("path": expected an LwM2M path like "/3/0/9", found "/65536")"},
        RefusalRow{"NoPaths", R"({"op":"read-composite"})", 4000, R"("paths": missing)"},
        RefusalRow{"PathsEmpty", R"({"op":"read-composite","paths":[]})", 4000,
                   R"("paths": is empty)"},
        RefusalRow{"PathsText", R"({"op":"read-composite","paths":"/3"})", 4000,
                   R"("paths": expected an array of LwM2M paths like ["/3/0/9", "/1/0"], )"
                   R"(found "/3")"},
        RefusalRow{"PathsOfNumbers", R"({"op":"read-composite","paths":[3]})", 4000,
                   R"("paths": expected an array of LwM2M paths like ["/3/0/9", "/1/0"], )"
                   R"(found 3)"},
        RefusalRow{"PathsNoPath", R"({"op":"read-composite","paths":["/3","x"]})", 4000,
                   R"("paths": expected an LwM2M path like "/3/0/9", found "x")"},
        RefusalRow{"PathsWithin", R"({"op":"read-composite","paths":["/3/0/9","/3"]})", 4000,
                   R"("paths": /3/0/9 is within /3)"},
        RefusalRow{"PathsTwice", R"({"op":"observe-composite","paths":["/3","/3"]})", 4000,
                   R"("paths": /3 is given twice)"},
        RefusalRow{"PathsSecurity", R"({"op":"read-composite","paths":["/3","/0/0"]})", 4005,
                   R"("paths": read-composite is not defined for /0/0)"},
        RefusalRow{"PathsNotReadable", R"({"op":"read-composite","paths":["/3/0/4"]})", 4005,
                   R"("paths": /3/0/4 (Reboot) cannot be read)"},
        RefusalRow{"PathAndPaths", R"({"op":"cancel-observe","path":"/3","paths":["/3"]})", 4000,
                   R"("paths": only one of "path" and "paths" can be given)"},
        RefusalRow{"PathsOfRead", R"({"op":"read","paths":["/3"]})", 4000,
                   R"("paths": not used by read)"},
        RefusalRow{"PathOfComposite", R"({"op":"read-composite","path":"/3"})", 4000,
                   R"("path": not used by read-composite)"},
        RefusalRow{"CompositeNoValues", R"({"op":"write-composite"})", 4000,
                   R"("values": missing)"},
        RefusalRow{"CompositeNotWritable", R"({"op":"write-composite","values":{"/3/0/9":1}})",
                   4005, R"("values": /3/0/9 (Battery Level) is not writable)"},
        RefusalRow{"CompositeTyped", R"({"op":"write-composite","values":{"/1/0/1":"x"}})", 4000,
                   R"("values": /1/0/1: expected an Integer, found "x")"},
        RefusalRow{"CompositeTwice", R"({"op":"write-composite","values":{"/1/0/1":1,"1/0/1":2}})",
                   4000, R"("values": /1/0/1 is given twice)"},
        RefusalRow{"CompositeSecurity", R"({"op":"write-composite","values":{"/21/0/1":"x"}})",
                   4005, R"("values": write-composite is not defined for /21/0/1)"},
        RefusalRow{"DepthOfRead", R"({"op":"read","path":"/3","depth":1})", 4000,
                   R"("depth": not used by read)"},
        RefusalRow{"DepthTooDeep", R"({"op":"discover","path":"/3","depth":4})", 4000,
                   R"("depth": expected levels from 0 to 3, found 4)"},
        RefusalRow{"AcceptUnknown", R"({"op":"read","path":"/3","accept":4711})", 4015,
                   R"("accept": 4711 is no Content-Format of LwM2M)"},
        RefusalRow{"AcceptText", R"({"op":"read","path":"/3","accept":"110"})", 4000,
                   R"("accept": expected the number of a Content-Format, found "110")"},
        RefusalRow{"AttributeOfText",
                   R"({"op":"write-attributes","path":"/3/0/0","attributes":{"gt":1}})", 4000,
                   R"("attributes": gt, lt and st need a number, /3/0/0 (Manufacturer) is none)"},
        RefusalRow{"AttributeOfNumber",
                   R"({"op":"observe","path":"/3/0/9","attributes":{"edge":1}})", 4000,
                   R"("attributes": edge needs a Boolean, /3/0/9 (Battery Level) is none)"},
        RefusalRow{"AttributesOfObserve",
                   R"({"op":"observe","path":"/3/0/9","attributes":{"gt":1,"lt":2}})", 4000,
                   R"("attributes": lt is not below gt)"},
        RefusalRow{"CreateOfSingle", R"({"op":"create","path":"/3/1"})", 4000,
                   R"("path": /3 (Device) has a single instance, number 0)"},
        RefusalRow{"ReplaceIncomplete",
                   R"({"op":"write","path":"/1/0","values":{"1":300,"7":"U"}})", 4000,
                   R"("values": a write replaces the instance, and /1/0/6 (Notification Storing )"
                   R"(When Disabled or Offline) is mandatory; use update to change some of its )"
                   R"(resources)"},
        RefusalRow{"UnknownMember", R"({"op":"read","path":"/3","pth":"/3"})", 4000,
                   R"("pth": a command has no such member)"},
        RefusalRow{"MemberTwice", R"({"op":"read","path":"/3","path":"/4"})", 4000,
                   R"("path": given twice)"},
        RefusalRow{"MemberOfAnotherOp", R"({"op":"read","path":"/3","value":1})", 4000,
                   R"("value": not used by read)"},
        RefusalRow{"ArgsOfWrite", R"({"op":"write","path":"/3/0/14","args":"0"})", 4000,
                   R"("args": not used by write)"},
        RefusalRow{"ReadNotReadable", R"({"op":"read","path":"/3/0/4"})", 4005,
                   R"("path": /3/0/4 (Reboot) cannot be read)"},
        RefusalRow{"ObserveNotReadable", R"({"op":"observe","path":"/5/0/0"})", 4005,
                   R"("path": /5/0/0 (Package) cannot be read)"},
        RefusalRow{"WriteNotWritable", R"({"op":"write","path":"/3/0/9","value":1})", 4005,
                   R"("path": /3/0/9 (Battery Level) is not writable)"},
        RefusalRow{"ContentNotWritable",
                   R"({"op":"write","path":"/3/0/9","content":"MQ==","format":0})", 4005,
                   R"("path": /3/0/9 (Battery Level) is not writable)"},
        RefusalRow{"ValuesNotWritable", R"({"op":"update","path":"/3/0","values":{"/3/0/9":1}})",
                   4005, R"("values": /3/0/9 (Battery Level) is not writable)"},
        RefusalRow{"NotExecutable", R"({"op":"execute","path":"/3/0/9"})", 4005,
                   R"("path": /3/0/9 (Battery Level) is not executable)"},
        RefusalRow{"NoValue", R"({"op":"write","path":"/3/0/14"})", 4000, R"("value": missing)"},
        RefusalRow{"NoValues", R"({"op":"update","path":"/3/0"})", 4000, R"("values": missing)"},
        RefusalRow{"ValueNull", R"({"op":"write","path":"/3/0/14","value":null})", 4000,
                   R"("value": expected a string, a number, true or false (several go into )"
                   R"("values"), found null)"},
        RefusalRow{"ValueObject", R"({"op":"write","path":"/3/0/14","value":{}})", 4000,
                   R"("value": expected a string, a number, true or false (several go into )"
                   R"("values"), found an object)"},
        RefusalRow{"ValueTyped", R"({"op":"write","path":"/1/0/1","value":"soon"})", 4000,
                   R"("value": expected an Integer, found "soon")"},
        RefusalRow{"ValueFraction", R"({"op":"write","path":"/1/0/1","value":1.5})", 4000,
                   R"("value": expected an Integer, found 1.5)"},
        RefusalRow{"ValueBoolean", R"({"op":"write","path":"/1/0/6","value":"yes"})", 4000,
                   R"("value": expected a Boolean (true or false), found "yes")"},
        RefusalRow{"ValueString", R"({"op":"write","path":"/3/0/14","value":2})", 4000,
                   R"("value": expected a String, found 2)"},
        RefusalRow{"ValueOpaque", R"({"op":"write","path":"/5/0/0","value":"%%"})", 4000,
                   R"("value": expected an Opaque in base64, found "%%")"},
        RefusalRow{"ValueTooLarge",
                   R"({"op":"write","path":"/3/0/13","value":9223372036854775808})", 4000,
                   R"("value": expected a Time (seconds since 1970), found 9223372036854775808)"},
        RefusalRow{"ValueForInstance", R"({"op":"write","path":"/3/0","value":1})", 4000,
                   R"("value": belongs to a resource; use "values" for /3/0)"},
        RefusalRow{"ValueForSeveral", R"({"op":"write","path":"/2/0/2","value":1})", 4000,
                   R"("value": /2/0/2 (ACL) has several instances; name them in "values", like )"
                   R"("/2/0/2/0")"},
        RefusalRow{"ValuesTyped", R"({"op":"write","path":"/1/0","values":{"/1/0/1":"x"}})", 4000,
                   R"("values": /1/0/1: expected an Integer, found "x")"},
        RefusalRow{"ValuesArray", R"({"op":"write","path":"/1/0","values":[1]})", 4000,
                   R"("values": expected an object like {"/3/0/14": "+02:00"}, found an array)"},
        RefusalRow{"ValuesNested", R"({"op":"write","path":"/1/0","values":{"/1/0/1":[]}})", 4000,
                   R"("values": expected a string, a number, true or false for "/1/0/1", found )"
                   R"(an array)"},
        RefusalRow{"ValuesKey", R"({"op":"write","path":"/1/0","values":{"lifetime":1}})", 4000,
                   R"("values": expected paths of resources like "/3/0/14", found "lifetime")"},
        RefusalRow{"ValuesKeyOfInstance", R"({"op":"write","path":"/1/0","values":{"/1/0":1}})",
                   4000, R"("values": expected paths of resources like "/3/0/14", found "/1/0")"},
        RefusalRow{"ValuesEmpty", R"({"op":"write","path":"/1/0","values":{}})", 4000,
                   R"("values": is empty)"},
        RefusalRow{"ValuesOfSingle", R"({"op":"write","path":"/1/0","values":{"/1/0/1/0":300}})",
                   4000, R"("values": /1/0/1/0 (Lifetime) has no instances)"},
        RefusalRow{"ValueAndValues",
                   R"({"op":"write","path":"/3/0/14","value":"x","values":{"/3/0/14":"x"}})", 4000,
                   R"("values": only one of "value", "values" and "content" can be given)"},
        RefusalRow{"ContentAlone", R"({"op":"write","path":"/3/0","content":"wRBV"})", 4000,
                   R"("format": missing beside "content")"},
        RefusalRow{"FormatAlone", R"({"op":"write","path":"/3/0","format":0})", 4000,
                   R"("content": missing beside "format")"},
        RefusalRow{"FormatUnknown",
                   R"({"op":"write","path":"/3/0","content":"wRBV","format":4711})", 4015,
                   R"("format": 4711 is no Content-Format of LwM2M)"},
        RefusalRow{"FormatTooLarge",
                   R"({"op":"write","path":"/3/0","content":"wRBV","format":65536})", 4000,
                   R"("format": expected the number of a Content-Format, found 65536)"},
        RefusalRow{"CreateOutside",
                   R"({"op":"create","path":"/3303/5","values":{"/3303/6/5750":"a"}})", 4000,
                   R"("values": /3303/6/5750 is outside /3303/5)"},
        RefusalRow{"CreateOutsideObject",
                   R"({"op":"create","path":"/3303","values":{"/3304/0/5750":"a"}})", 4000,
                   R"("values": /3304/0/5750 is outside /3303)"},
        RefusalRow{"CreateReserved", R"({"op":"create","path":"/3303/65535"})", 4000,
                   R"("path": identifier 65535 is reserved)"},
        RefusalRow{"TtlZero", R"({"op":"read","path":"/3","ttl":0})", 4000,
                   R"("ttl": expected seconds from 1 to 315360000, found 0)"},
        RefusalRow{"TtlText", R"({"op":"read","path":"/3","ttl":"60"})", 4000,
                   R"("ttl": expected seconds from 1 to 315360000, found "60")"},
        RefusalRow{"Priority", R"({"op":"read","path":"/3","priority":"urgent"})", 4000,
                   R"("priority": expected "high" or "normal", found "urgent")"},
        RefusalRow{"EndpointType", R"({"op":"read","path":"/3","ep":[]})", 4000,
                   R"("ep": expected a string, found an array)"},
        RefusalRow{"ArgsType", R"({"op":"execute","path":"/3/0/4","args":5})", 4000,
                   R"("args": expected a string, found 5)"},
        RefusalRow{"AttributesType",
                   R"({"op":"write-attributes","path":"/3/0","attributes":"pmin=1"})", 4000,
                   R"("attributes": expected an object like {"pmin": 10, "gt": null}, found )"
                   R"("pmin=1")"},
        RefusalRow{"AttributeText",
                   R"({"op":"write-attributes","path":"/3/0","attributes":{"pmin":"1"}})", 4000,
                   R"("attributes": expected a number, or null to unset, for "pmin", found "1")"}),
    [](const auto& row) { return row.param.name; });

struct DelegatedRow {
  std::string name;
  std::string json;
  int rsc;
  std::string member;
};
class DelegatedRefusalTest : public testing::TestWithParam<DelegatedRow> {};

// Found by the rules of LwM2M itself; the words are theirs.
TEST_P(DelegatedRefusalTest, NamesTheMember) {
  const RefusedCommand refused = Refused(GetParam().json);
  EXPECT_EQ(onem2m::ToInt(refused.error.status), GetParam().rsc);
  EXPECT_THAT(refused.error.detail, StartsWith("\"" + GetParam().member + "\": "));
}

INSTANTIATE_TEST_SUITE_P(
    Table, DelegatedRefusalTest,
    testing::Values(
        DelegatedRow{"ReadRoot", R"({"op":"read","path":"/"})", 4005, "path"},
        DelegatedRow{"ReadSecurity", R"({"op":"read","path":"/0/0"})", 4005, "path"},
        DelegatedRow{"WriteSecurity", R"({"op":"write","path":"/0/0/0","value":"x"})", 4005,
                     "path"},
        DelegatedRow{"ExecuteInstance", R"({"op":"execute","path":"/3/0"})", 4005, "path"},
        DelegatedRow{"WriteObject", R"({"op":"write","path":"/3","values":{"/3/0/14":"x"}})", 4005,
                     "path"},
        DelegatedRow{"DeleteDevice", R"({"op":"delete","path":"/3/0"})", 4005, "path"},
        DelegatedRow{"CreateResource", R"({"op":"create","path":"/3303/0/5750"})", 4005, "path"},
        DelegatedRow{"BadArguments", R"({"op":"execute","path":"/3/0/4","args":"now"})", 4000,
                     "args"},
        DelegatedRow{"NoAttributes", R"({"op":"write-attributes","path":"/3/0"})", 4000,
                     "attributes"},
        DelegatedRow{"UnknownAttribute",
                     R"({"op":"write-attributes","path":"/3/0","attributes":{"pmean":1}})", 4000,
                     "attributes"},
        DelegatedRow{"NegativePeriod",
                     R"({"op":"write-attributes","path":"/3/0","attributes":{"pmin":-1}})", 4000,
                     "attributes"},
        DelegatedRow{
            "ContradictoryAttributes",
            R"({"op":"write-attributes","path":"/3303/0/5700","attributes":{"gt":1,"lt":2}})", 4000,
            "attributes"},
        DelegatedRow{"ConditionOnInstance",
                     R"({"op":"write-attributes","path":"/3303/0","attributes":{"gt":1}})", 4000,
                     "attributes"},
        DelegatedRow{"BadContent", R"({"op":"write","path":"/3/0","content":"%","format":11542})",
                     4000, "content"},
        DelegatedRow{"ValuesElsewhere", R"({"op":"write","path":"/1/0","values":{"/1/1/1":300}})",
                     4000, "values"},
        DelegatedRow{"ValueTwice",
                     R"({"op":"write","path":"/1/0","values":{"/1/0/1":300,"1":301}})", 4000,
                     "values"}),
    [](const auto& row) { return row.param.name; });

// The order of a list does not make another observation of it (IR-10).
TEST(ParseCommandTest, PutsPathsInOrder) {
  const char* const json = R"({"op":"observe-composite","paths":["/3303/0/5700","/3/0/9","/1"]})";
  EXPECT_THAT(Parsed(json).operation.paths,
              ElementsAre(Path(1), Path(3, 0, 9), Path(3303, 0, 5700)));
}

TEST(ParseCommandTest, ReadsAcceptAndDepth) {
  EXPECT_EQ(Parsed(R"({"op":"read","path":"/3","accept":110})").operation.accept,
            ContentFormat::kSenmlJson);
  EXPECT_EQ(Parsed(R"({"op":"discover","path":"/3","depth":0})").operation.depth, 0u);
  EXPECT_EQ(Parsed(R"({"op":"discover","path":"/3"})").operation.depth, std::nullopt);
}

lwm2m::Registration Client(std::string version) {
  lwm2m::Registration registration;
  registration.version = std::move(version);
  registration.objects = lwm2m::ParseObjectList("</1/0>,</3/0>,</3303/0>").value();
  return registration;
}

TEST(CheckClientTest, NamesTheVersionThatHasTheOperation) {
  const auto command = Parsed(R"({"op":"read-composite","paths":["/3/0/9","/1/0"]})");
  EXPECT_TRUE(CheckClient(command.operation, Client("1.1")));
  const auto refused = CheckClient(command.operation, Client("1.0"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(onem2m::ToInt(refused.error().status), 5001);
  EXPECT_EQ(refused.error().detail,
            "read-composite is of LwM2M 1.1, and the client registered with 1.0");
}

TEST(CheckClientTest, RefusesWhatTheClientDidNotDeclare) {  // DM-20, DM-21
  const auto create = Parsed(R"({"op":"create","path":"/3304"})");
  const auto refused = CheckClient(create.operation, Client("1.0"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(onem2m::ToInt(refused.error().status), 4004);
  EXPECT_EQ(refused.error().detail, "the client declares no /3304");
  EXPECT_TRUE(CheckClient(Parsed(R"({"op":"delete","path":"/3303/0"})").operation, Client("1.0")));
  EXPECT_FALSE(CheckClient(Parsed(R"({"op":"delete","path":"/3304/0"})").operation, Client("1.0")));
}

// ATT-8.
TEST(TakeAttributesTest, OfAnObserveGoFirstToAClientBelow12) {
  const char* const json = R"({"op":"observe","path":"/3303/0/5700","attributes":{"pmin":5}})";
  lwm2m::Operation observe = Parsed(json).operation;
  EXPECT_EQ(TakeAttributes(observe, "1.2"), std::nullopt);
  EXPECT_THAT(lwm2m::ToQueries(observe.attributes), ElementsAre("pmin=5"));
  const auto write = TakeAttributes(observe, "1.1");
  ASSERT_TRUE(write);
  EXPECT_EQ(write->kind, OperationKind::kWriteAttributes);
  EXPECT_EQ(write->path, Path(3303, 0, 5700));
  EXPECT_THAT(lwm2m::ToQueries(write->attributes), ElementsAre("pmin=5"));
  EXPECT_TRUE(observe.attributes.empty());
  EXPECT_EQ(observe.kind, OperationKind::kObserve);
  EXPECT_EQ(TakeAttributes(observe, "1.0"), std::nullopt) << "nothing to take";
}

TEST(ParseCommandTest, RefusesNumbersOutsideTheRangeOfTheDefinition) {
  lwm2m::ObjectModel model;
  lwm2m::ObjectDefinition object;
  object.id = 100;
  object.resources.resize(2);
  for (lwm2m::Id id = 0; id < 2; ++id) {
    object.resources[id].id = id;
    object.resources[id].writable = true;
    object.resources[id].type = lwm2m::Type::kInteger;
  }
  object.resources[0].range = "-5..100";
  object.resources[1].range = "1 byte";
  model.Add(object);
  const auto parse = [&](const std::string& path, const std::string& value) {
    return ParseCommand(R"({"op":"write","path":")" + path + R"(","value":)" + value + "}", "rn",
                        model);
  };
  EXPECT_TRUE(parse("/100/0/0", "-5"));
  EXPECT_TRUE(parse("/100/0/0", "100"));
  ASSERT_FALSE(parse("/100/0/0", "101"));
  EXPECT_EQ(parse("/100/0/0", "101").error().error.detail,
            "\"value\": expected -5..100, found 101");
  EXPECT_FALSE(parse("/100/0/0", "-6"));
  EXPECT_TRUE(parse("/100/0/1", "1000")) << "a range in words says nothing";
}

TEST(ParseCommandTest, TellsOfARefusedCommandWhatCouldBeRead) {
  const RefusedCommand refused =
      Refused(R"({"id":"42","op":"write","path":"/3/0/9","ep":"urn:dev:1","value":1})");
  EXPECT_EQ(refused.id, "42");
  EXPECT_EQ(refused.request, "0000000001-0000000002");
  EXPECT_EQ(refused.endpoint, "urn:dev:1");
  EXPECT_EQ(refused.op, "write");
  EXPECT_EQ(refused.path, "/3/0/9");
}

TEST(ParseCommandTest, TellsTheNamesOfACommandWithAnUnknownMemberOrWrongTypes) {
  const RefusedCommand refused =
      Refused(R"({"bogus":1,"path":7,"op":"write","id":"42","value":{}})");
  EXPECT_EQ(refused.id, "42");
  EXPECT_EQ(refused.op, "write");
  EXPECT_EQ(refused.path, "");
}

// --- hostile JSON --------------------------------------------------------------------------------

std::vector<std::string> HostileTexts() {
  using std::string_literals::operator""s;
  std::string euros;
  for (int i = 0; i < 20; ++i) euros += "\xe2\x82\xac";
  return {
      "",
      " ",
      "null",
      "42",
      "\"read /3/0\"",
      "[]",
      "{",
      R"({"op":"read")",
      R"({"op":"read",})",
      R"({'op':'read'})",
      "{}x",
      "{} {}",
      R"({"op":"read","path":"/3","ttl":1e999})",
      R"({"op":"read","path":"/3","ttl":NaN})",
      R"({"op":"read","path":"/3","ttl":1e300})",
      R"({"op":"read","path":"/3","ttl":99999999999999999999999})",
      "{\"op\":\"\xff\",\"path\":\"/3\"}",
      "{\"op\":\"\xed\xa0\x80\",\"path\":\"/3\"}",
      R"({"op":"\ud800","path":"/3"})",
      "{\"op\":\"re\0ad\",\"path\":\"/3\"}"s,
      std::string(100000, '['),
      "{\"value\":" + std::string(200000, '[') + std::string(200000, ']') + "}",
      R"({"op":")" + std::string(100000, 'x') + R"(","path":"/3"})",
      R"({"op":"read","path":"xxx)" + euros + "\"}",
      "{\"" + std::string(100000, 'm') + "\":1}",
      std::string((1 << 20) + 1, ' '),
  };
}

TEST(HostileJsonTest, IsRefusedUnderTheNameOfItsContentInstance) {
  for (const std::string& text : HostileTexts()) {
    SCOPED_TRACE(text.substr(0, 60));
    const auto command = ParseCommand(text, "rn", Model());
    ASSERT_FALSE(command);
    const RefusedCommand& refused = command.error();
    EXPECT_EQ(onem2m::ToInt(refused.error.status), 4000);
    EXPECT_EQ(refused.id, "rn");
    EXPECT_FALSE(refused.error.detail.empty());
    EXPECT_LT(refused.error.detail.size(), 300u);
    EXPECT_TRUE(lwm2m::IsUtf8(refused.error.detail));
  }
}

TEST(ParseCommandTest, ReadsEveryPrefixOfACommandWithoutHarm) {
  const std::string json =
      R"({"id":"42","op":"update","path":"/1/0","values":{"/1/0/1":300,"6":true},"ttl":60})";
  ASSERT_TRUE(ParseCommand(json, "rn", Model()));
  for (std::size_t size = 0; size < json.size(); ++size) {
    EXPECT_FALSE(ParseCommand(json.substr(0, size), "rn", Model())) << size;
  }
}

TEST(ParseCommandTest, ReadsEveryFlippedOctetWithoutHarm) {
  const std::string json = R"({"op":"update","path":"/1/0","values":{"/1/0/1":300}})";
  for (std::size_t i = 0; i < json.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = json;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto command = ParseCommand(flipped, "rn", Model());
      if (command) {
        EXPECT_TRUE(lwm2m::Validate(command->operation)) << flipped;
      } else {
        EXPECT_TRUE(lwm2m::IsUtf8(command.error().error.detail)) << flipped;
      }
    }
  }
}

}  // namespace
}  // namespace mapping
