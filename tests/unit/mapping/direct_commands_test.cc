#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/ddf/standard_objects.h"
#include "lwm2m/operation_body.h"
#include "mapping/commands.h"

namespace mapping {
namespace {

using lwm2m::ContentFormat;
using lwm2m::OperationKind;
using lwm2m::Path;
using lwm2m::Payload;

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

onem2m::Result<lwm2m::Operation> Direct(const Path& path, std::string content,
                                        std::string content_info = "text/plain:0") {
  onem2m::ContentInstance instance;
  instance.content = std::move(content);
  instance.content_info = std::move(content_info);
  return DirectOperation(path, instance, Model());
}

Payload Body(const lwm2m::Operation& operation) {
  if (operation.payload.format) return operation.payload;
  const lwm2m::Registration client;
  return lwm2m::EncodeBody(operation, client, lwm2m::BodyFormats(operation, client).front())
      .value();
}

// TS-0014 §6.4 (R51).
TEST(DirectCommandTest, WritesAWritableResource) {
  const auto operation = Direct(Path(3, 0, 14), "+02:00");
  ASSERT_TRUE(operation) << operation.error().detail;
  EXPECT_EQ(operation->kind, OperationKind::kWriteReplace);
  EXPECT_EQ(operation->path, Path(3, 0, 14));
  EXPECT_EQ(Body(*operation), (Payload{ContentFormat::kText, "+02:00"}));
}

TEST(DirectCommandTest, WritesOpaqueFromBase64) {
  const auto operation = Direct(Path(5, 0, 0), "AQIDBAU=", "application/octet-stream:2");
  ASSERT_TRUE(operation) << operation.error().detail;
  EXPECT_EQ(Body(*operation), (Payload{ContentFormat::kOpaque, "\x01\x02\x03\x04\x05"}));
}

TEST(DirectCommandTest, WritesAnInstanceOfAMultipleResource) {
  const auto operation = Direct(Path(2, 0, 2, 127), "7");
  ASSERT_TRUE(operation) << operation.error().detail;
  EXPECT_EQ(Body(*operation), (Payload{ContentFormat::kText, "7"}));
}

// R52.
TEST(DirectCommandTest, ExecutesWithContentAsArguments) {
  const auto plain = Direct(Path(3, 0, 4), "");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->kind, OperationKind::kExecute);
  EXPECT_EQ(plain->arguments, "");
  EXPECT_EQ(Direct(Path(3, 0, 4), "5='x'")->arguments, "5='x'");
}

TEST(DirectCommandTest, WritesTheEncodedInstanceOfTransparentMode) {
  const auto operation = Direct(Path(3, 0), "wRBV", "application/vnd.oma.lwm2m+tlv:2");
  ASSERT_TRUE(operation) << operation.error().detail;
  EXPECT_EQ(operation->kind, OperationKind::kWriteReplace);
  EXPECT_EQ(operation->payload, (Payload{ContentFormat::kTlv, "\xc1\x10\x55"}));
}

TEST(DirectCommandTest, RefusesWhatTheTypeDoesNotAllow) {
  EXPECT_EQ(onem2m::ToInt(Direct(Path(1, 0, 1), "soon").error().status), 4000);
  EXPECT_EQ(onem2m::ToInt(Direct(Path(5, 0, 0), "%").error().status), 4000);
  EXPECT_EQ(onem2m::ToInt(Direct(Path(3, 0, 4), "now").error().status), 4000);
  EXPECT_EQ(onem2m::ToInt(Direct(Path(3, 0), "x", "image/png:2").error().status), 4015);
}

TEST(DirectCommandTest, RefusesReadOnlyResourcesByName) {
  const auto operation = Direct(Path(3, 0, 9), "1");
  ASSERT_FALSE(operation);
  EXPECT_EQ(onem2m::ToInt(operation.error().status), 4005);
  EXPECT_EQ(operation.error().detail, "/3/0/9 is neither writable nor executable");
}

struct AcceptRow {
  std::string name;
  Path path;
  bool accepts;
};
class AcceptsDirectCommandTest : public testing::TestWithParam<AcceptRow> {};

TEST_P(AcceptsDirectCommandTest, DecidesByTheDefinition) {
  EXPECT_EQ(AcceptsDirectCommand(GetParam().path, Model()), GetParam().accepts);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AcceptsDirectCommandTest,
    testing::Values(AcceptRow{"Writable", Path(3, 0, 14), true},
                    AcceptRow{"Executable", Path(3, 0, 4), true},
                    AcceptRow{"ReadOnly", Path(3, 0, 9), false},
                    AcceptRow{"WritableMultiple", Path(2, 0, 2), false},
                    AcceptRow{"WritableMultipleInstance", Path(2, 0, 2, 1), true},
                    AcceptRow{"InstanceOfSingle", Path(3, 0, 14, 0), false},
                    AcceptRow{"InstanceOfExecutable", Path(3, 0, 4, 0), false},
                    AcceptRow{"Instance", Path(3, 0), true}, AcceptRow{"Object", Path(3), false},
                    AcceptRow{"Root", Path(), false}, AcceptRow{"Security", Path(0, 0, 0), false},
                    AcceptRow{"SecurityInstance", Path(0, 0), false},
                    AcceptRow{"Oscore", Path(21, 0), false},
                    AcceptRow{"UnknownResource", Path(33000, 0, 1), false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mapping
