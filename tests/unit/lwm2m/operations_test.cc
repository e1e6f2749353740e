#include "lwm2m/operations.h"

#include <gtest/gtest.h>

#include <array>

namespace lwm2m {
namespace {

constexpr std::array kKinds = {OperationKind::kRead,
                               OperationKind::kDiscover,
                               OperationKind::kWriteReplace,
                               OperationKind::kWriteUpdate,
                               OperationKind::kWriteAttributes,
                               OperationKind::kExecute,
                               OperationKind::kCreate,
                               OperationKind::kDelete,
                               OperationKind::kObserve,
                               OperationKind::kCancelObserve,
                               OperationKind::kReadComposite,
                               OperationKind::kWriteComposite,
                               OperationKind::kObserveComposite};

// Complete in every respect but the path.
Operation Make(OperationKind kind, Path path) {
  Operation operation;
  operation.kind = kind;
  operation.path = path;
  operation.payload.format = ContentFormat::kTlv;
  if (kind == OperationKind::kWriteAttributes) operation.attributes.minimum_period = 1;
  return operation;
}

std::string Arguments(std::string_view text) {
  Operation operation = Make(OperationKind::kExecute, Path(3, 0, 4));
  operation.arguments = text;
  const auto result = Validate(operation);
  return result ? "" : result.error().detail;
}

struct Row {
  OperationKind kind;
  std::array<bool, 5> allowed;  // at depth 0 to 4
};

class OperationDepthTest : public testing::TestWithParam<Row> {};

TEST_P(OperationDepthTest, IsAllowedExactlyWhereTheStandardDefinesIt) {
  const std::array<Path, 5> paths = {Path(), Path(5), Path(5, 1), Path(5, 1, 2), Path(5, 1, 2, 3)};
  for (std::size_t depth = 0; depth < paths.size(); ++depth) {
    const auto result = Validate(Make(GetParam().kind, paths[depth]));
    EXPECT_EQ(result.has_value(), GetParam().allowed[depth]) << depth;
    if (!result) {
      EXPECT_EQ(result.error().kind, ErrorKind::kNotAllowed) << depth;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, OperationDepthTest,
    testing::Values(Row{OperationKind::kRead, {false, true, true, true, true}},
                    Row{OperationKind::kDiscover, {false, true, true, true, false}},
                    Row{OperationKind::kWriteReplace, {false, false, true, true, true}},
                    Row{OperationKind::kWriteUpdate, {false, false, true, true, false}},
                    Row{OperationKind::kWriteAttributes, {false, true, true, true, true}},
                    Row{OperationKind::kExecute, {false, false, false, true, false}},
                    Row{OperationKind::kCreate, {false, true, false, false, false}},
                    Row{OperationKind::kDelete, {false, false, true, false, true}},
                    Row{OperationKind::kObserve, {false, true, true, true, true}},
                    Row{OperationKind::kCancelObserve, {false, true, true, true, true}},
                    Row{OperationKind::kReadComposite, {true, false, false, false, false}},
                    Row{OperationKind::kWriteComposite, {true, false, false, false, false}},
                    Row{OperationKind::kObserveComposite, {true, false, false, false, false}}));

TEST(OperationsTest, LeavesSecurityAndOscoreAlone) {
  for (const OperationKind kind : kKinds) {
    for (const Path path : {Path(0), Path(0, 0), Path(0, 0, 3), Path(21), Path(21, 0, 0)}) {
      const auto result = Validate(Make(kind, path));
      ASSERT_FALSE(result.has_value()) << ToString(kind) << " " << path.ToString();
      EXPECT_EQ(result.error().kind, ErrorKind::kNotAllowed);
    }
  }
}

TEST(OperationsTest, NeverDeletesTheDevice) {
  EXPECT_EQ(Validate(Make(OperationKind::kDelete, Path(3, 0))).error().detail,
            "delete is not defined for /3/0");
  EXPECT_TRUE(Validate(Make(OperationKind::kDelete, Path(3303, 0))).has_value());
}

TEST(OperationsTest, RefusesTheReservedIdentifier) {
  EXPECT_EQ(Validate(Make(OperationKind::kRead, Path(3, 65535))).error().kind,
            ErrorKind::kInvalidValue);
}

TEST(OperationsTest, WantsAFormatForEveryPayload) {
  for (const auto& [kind, path] : {std::pair(OperationKind::kWriteReplace, Path(3, 0, 14)),
                                   std::pair(OperationKind::kWriteUpdate, Path(3, 0)),
                                   std::pair(OperationKind::kCreate, Path(5)),
                                   std::pair(OperationKind::kWriteComposite, Path())}) {
    Operation operation = Make(kind, path);
    operation.payload.format.reset();
    EXPECT_EQ(Validate(operation).error().kind, ErrorKind::kInvalidValue) << ToString(kind);
  }
}

TEST(OperationsTest, WantsAttributesThatAreConsistent) {
  Operation operation = Make(OperationKind::kWriteAttributes, Path(3, 0, 9));
  operation.attributes = {};
  EXPECT_EQ(Validate(operation).error().detail, "Write-Attributes names no attribute");
  operation.attributes.greater_than = 1;
  operation.attributes.less_than = 2;
  EXPECT_EQ(Validate(operation).error().detail, "lt is not below gt");
}

// LwM2M Core 1.1.1 §6.3.5.
TEST(OperationsTest, TakesTheExecuteArgumentsOfTheStandard) {
  for (const char* text : {"", "5", "2='10.3'", "7,0='https://www.oma.org'", "0,1,2,3,4", "1=''"}) {
    EXPECT_EQ(Arguments(text), "") << text;
  }
}

TEST(OperationsTest, NamesWhatIsWrongWithExecuteArguments) {
  EXPECT_EQ(Arguments("a"), "Execute argument does not start with a digit");
  EXPECT_EQ(Arguments("1,"), "Execute argument does not start with a digit");
  EXPECT_EQ(Arguments(",1"), "Execute argument does not start with a digit");
  EXPECT_EQ(Arguments("1,2,1"), "Execute argument is given twice");
  EXPECT_EQ(Arguments("1=2"), "Execute argument value is not in single quotes");
  EXPECT_EQ(Arguments("1='2"), "Execute argument value is not in single quotes");
  EXPECT_EQ(Arguments("1="), "Execute argument value is not in single quotes");
  EXPECT_EQ(Arguments("1='a b'"), "Execute argument value has a character out of range");
  EXPECT_EQ(Arguments("1='\xc3\xa9'"), "Execute argument value has a character out of range");
  EXPECT_EQ(Arguments("12"), "Execute arguments need a comma between");
  EXPECT_EQ(Arguments("1='a'2"), "Execute arguments need a comma between");
}

TEST(OperationsTest, NamesKindsAsCommandsDo) {
  EXPECT_EQ(ToString(OperationKind::kWriteReplace), "write");
  EXPECT_EQ(ToString(OperationKind::kWriteUpdate), "update");
  EXPECT_EQ(ToString(OperationKind::kCancelObserve), "cancel-observe");
  EXPECT_EQ(ToString(Failure::kTimedOut), "timed out");
  EXPECT_EQ(ToString(Failure::kOutcomeUnknown), "outcome unknown");
}

}  // namespace
}  // namespace lwm2m
