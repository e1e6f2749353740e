#include "mapping/firmware_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lwm2m/ddf/standard_objects.h"
#include "mapping/commands.h"

namespace mapping {
namespace {

using lwm2m::FirmwareFailure;
using lwm2m::FirmwareStatus;
using lwm2m::FirmwareStep;
using onem2m::ResponseStatusCode;
using ::testing::HasSubstr;

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

tl::expected<Command, RefusedCommand> Parse(const std::string& json) {
  return ParseCommand(json, "cin-1", Model());
}

TEST(FirmwareCommandTest, NamesAFile) {
  const auto command = Parse(
      R"({"id":"7","ep":"dev","op":"firmware-update","file":"a.bin","method":"pull","ttl":60})");
  ASSERT_TRUE(command) << command.error().error.detail;
  ASSERT_TRUE(command->firmware);
  EXPECT_FALSE(command->firmware->cancels);
  EXPECT_EQ(command->firmware->file, "a.bin");
  EXPECT_EQ(command->firmware->method, lwm2m::FirmwareMethod::kPull);
  EXPECT_EQ(command->operation.path, lwm2m::Path(5, 0));
  EXPECT_EQ(command->ttl, std::chrono::seconds(60));
}

TEST(FirmwareCommandTest, NamesAUri) {
  const auto command = Parse(R"({"op":"firmware-update","uri":"coap://192.0.2.1/a.bin"})");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->firmware->uri, "coap://192.0.2.1/a.bin");
  EXPECT_EQ(command->firmware->method, std::nullopt);
}

TEST(FirmwareCommandTest, Cancels) {
  const auto command = Parse(R"({"op":"firmware-cancel"})");
  ASSERT_TRUE(command);
  EXPECT_TRUE(command->firmware->cancels);
}

TEST(FirmwareCommandTest, OtherCommandsHaveNone) {
  const auto command = Parse(R"({"op":"read","path":"/5/0/3"})");
  ASSERT_TRUE(command);
  EXPECT_FALSE(command->firmware);
}

TEST(FirmwareCommandTest, RefusalsNameTheMember) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"op":"firmware-update"})", "\"file\": missing"},
      {R"({"op":"firmware-update","file":"a","uri":"coap://b"})", "\"uri\": only one of"},
      {R"({"op":"firmware-update","file":"a","method":"post"})", "\"method\": expected"},
      {R"({"op":"firmware-update","file":1})", "\"file\": expected a string"},
      {R"({"op":"firmware-update","file":"a","path":"/5/0"})", "\"path\": not used by"},
      {R"({"op":"firmware-update","file":"a","value":"x"})", "\"value\": not used by"},
      {R"({"op":"firmware-update","file":"a","args":"0"})", "\"args\": not used by"},
      {R"({"op":"firmware-cancel","file":"a"})", "\"file\": not used by firmware-cancel"},
      {R"({"op":"firmware-cancel","method":"push"})", "\"method\": not used by"},
  };
  for (const auto& [json, detail] : cases) {
    const auto command = Parse(json);
    ASSERT_FALSE(command) << json;
    EXPECT_THAT(command.error().error.detail, HasSubstr(detail)) << json;
    EXPECT_EQ(command.error().error.status, ResponseStatusCode::kBadRequest);
  }
}

TEST(FirmwareCommandTest, ItsMembersAreNotUsedByOthers) {
  for (const char* json : {R"({"op":"read","path":"/3/0","file":"a"})",
                           R"({"op":"read","path":"/3/0","uri":"coap://b"})",
                           R"({"op":"read","path":"/3/0","method":"push"})"}) {
    const auto command = Parse(json);
    ASSERT_FALSE(command) << json;
    EXPECT_THAT(command.error().error.detail, HasSubstr("not used by read"));
  }
}

std::string Outcome(const FirmwareStatus& status) {
  auto command = Parse(R"({"id":"7","ep":"dev","op":"firmware-update","file":"a.bin"})");
  return CommandOutcome(*command, ReportOf(status)).content;
}

TEST(FirmwareOutcomeTest, RunningHasStepAndPercent) {
  FirmwareStatus status;
  status.step = FirmwareStep::kDownloading;
  status.method = lwm2m::FirmwareMethod::kPush;
  status.sent = 410;
  status.total = 1000;
  EXPECT_EQ(Outcome(status),
            R"({"id":"7","request":"cin-1","ep":"dev","op":"firmware-update","path":"/5/0",)"
            R"("status":"running","rsc":1000,"step":"downloading","method":"push","percent":41})");
}

TEST(FirmwareOutcomeTest, DoneHasResultAndVersion) {
  FirmwareStatus status;
  status.step = FirmwareStep::kDone;
  status.method = lwm2m::FirmwareMethod::kPull;
  status.result = 1;
  status.version = "2.0";
  EXPECT_EQ(Outcome(status),
            R"({"id":"7","request":"cin-1","ep":"dev","op":"firmware-update","path":"/5/0",)"
            R"("status":"done","rsc":2004,"method":"pull","result":1,"version":"2.0"})");
}

TEST(FirmwareOutcomeTest, FailedHasReasonAndResult) {
  FirmwareStatus status;
  status.step = FirmwareStep::kFailed;
  status.failure = FirmwareFailure::kResult;
  status.result = 5;
  status.reason = "Update Result 5: integrity check of the new firmware package failed";
  EXPECT_EQ(Outcome(status),
            R"({"id":"7","request":"cin-1","ep":"dev","op":"firmware-update","path":"/5/0",)"
            R"("status":"failed","rsc":4102,)"
            R"("reason":"Update Result 5: integrity check of the new firmware package failed",)"
            R"("result":5})");
}

// FW-3: each result has its code.
TEST(FirmwareOutcomeTest, EachResultHasItsCode) {
  const std::pair<int, int> cases[] = {{2, 5207}, {3, 5207}, {4, 5103}, {5, 4102},  {6, 4102},
                                       {7, 4004}, {8, 5000}, {9, 5001}, {12, 5000}, {99, 5000}};
  for (const auto& [result, code] : cases) {
    FirmwareStatus status;
    status.step = FirmwareStep::kFailed;
    status.failure = FirmwareFailure::kResult;
    status.result = result;
    EXPECT_EQ(static_cast<int>(ReportOf(status).status), code) << result;
  }
}

TEST(FirmwareOutcomeTest, EachFailureHasItsCode) {
  const std::pair<FirmwareFailure, int> cases[] = {
      {FirmwareFailure::kNotSupported, 5001}, {FirmwareFailure::kRefused, 4005},
      {FirmwareFailure::kBusy, 4105},         {FirmwareFailure::kNoAnswer, 4008},
      {FirmwareFailure::kExpired, 4008},      {FirmwareFailure::kCancelled, 5000}};
  for (const auto& [failure, code] : cases) {
    FirmwareStatus status;
    status.step = FirmwareStep::kFailed;
    status.failure = failure;
    const FirmwareReport report = ReportOf(status);
    EXPECT_EQ(static_cast<int>(report.status), code);
    EXPECT_EQ(report.outcome, failure == FirmwareFailure::kExpired ? FirmwareOutcome::kExpired
                                                                   : FirmwareOutcome::kFailed);
  }
}

}  // namespace
}  // namespace mapping
