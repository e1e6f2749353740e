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
                               OperationKind::kObserveComposite,
                               OperationKind::kCancelObserveComposite};

// Complete in every respect but the path.
Operation Make(OperationKind kind, Path path) {
  Operation operation;
  operation.kind = kind;
  operation.path = path;
  operation.payload.format = ContentFormat::kTlv;
  if (kind == OperationKind::kWriteAttributes) operation.attributes.minimum_period = 1;
  operation.paths = {Path(3, 0, 9)};
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
                    Row{OperationKind::kCreate, {false, true, true, false, false}},
                    Row{OperationKind::kDelete, {false, false, true, false, true}},
                    Row{OperationKind::kObserve, {false, true, true, true, true}},
                    Row{OperationKind::kCancelObserve, {false, true, true, true, true}},
                    Row{OperationKind::kReadComposite, {true, false, false, false, false}},
                    Row{OperationKind::kWriteComposite, {true, false, false, false, false}},
                    Row{OperationKind::kObserveComposite, {true, false, false, false, false}},
                    Row{OperationKind::kCancelObserveComposite,
                        {true, false, false, false, false}}));

TEST(OperationsTest, LeavesSecurityAndOscoreAlone) {
  for (const OperationKind kind : kKinds) {
    for (const Path path :
         {Path(0), Path(0, 0), Path(0, 0, 3), Path(21), Path(21, 0, 0), Path(23, 0)}) {
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
    operation.payload = {std::nullopt, "x"};
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

std::string Detail(const Operation& operation) {
  const auto result = Validate(operation);
  return result ? "" : result.error().detail;
}

// DM-9, IR-10.
TEST(OperationsTest, ACompositeReadNamesPathsOutsideEachOther) {
  Operation operation = Make(OperationKind::kReadComposite, Path());
  const auto refusal = [&](std::vector<Path> paths) {
    operation.paths = std::move(paths);
    return Detail(operation);
  };
  EXPECT_EQ(refusal({Path(1, 0), Path(3), Path(3303, 0, 5700), Path(3, 0, 7).Prefix(1)}),
            "/3 is given twice");
  EXPECT_EQ(refusal({Path(1, 0), Path(3), Path(3303, 0, 5700), Path(4, 0, 7, 1)}), "");
  EXPECT_EQ(refusal({}), "read-composite names no path");
  EXPECT_EQ(refusal({Path(3, 0, 9), Path(3, 0)}), "/3/0/9 is within /3/0");
  EXPECT_EQ(refusal({Path()}), "read-composite is not defined for /");
  EXPECT_EQ(refusal({Path(3), Path(0, 0)}), "read-composite is not defined for /0/0");  // DM-22
  EXPECT_EQ(refusal({Path(3, 65535)}), "identifier 65535 is reserved");
  std::vector<Path> many;
  for (Id id = 0; id < kMaxPaths; ++id) many.emplace_back(Id{3303}, id);
  EXPECT_EQ(refusal(many), "");
  many.emplace_back(3304);
  EXPECT_EQ(refusal(many), "read-composite names more than 256 paths");
}

Operation Writing(OperationKind kind, Path path, std::vector<Path> records) {
  Operation operation;
  operation.kind = kind;
  operation.path = path;
  for (const Path& record : records) operation.records.push_back({record, true, std::nullopt});
  return operation;
}

TEST(OperationsTest, RecordsLieBelowWhatIsWrittenAndApart) {
  const auto write = OperationKind::kWriteReplace;
  EXPECT_EQ(Detail(Writing(write, Path(1, 0), {Path(1, 0, 1), Path(1, 0, 7, 0)})), "");
  EXPECT_EQ(Detail(Writing(write, Path(1, 0), {Path(1, 1, 1)})), "/1/1/1 is outside /1/0");
  EXPECT_EQ(Detail(Writing(write, Path(1, 0), {Path(1, 0)})), "/1/0 is not a resource");
  EXPECT_EQ(Detail(Writing(write, Path(1, 0), {Path(1, 0, 1), Path(1, 0, 1)})),
            "/1/0/1 is given twice");
  EXPECT_EQ(Detail(Writing(write, Path(1, 0), {Path(1, 0, 1, 0), Path(1, 0, 1)})),
            "/1/0/1/0 is within /1/0/1");
  EXPECT_EQ(Detail(Writing(write, Path(1, 0), {})), "write has no values");
  const auto create = OperationKind::kCreate;
  EXPECT_EQ(Detail(Writing(create, Path(3303), {})), "");
  EXPECT_EQ(Detail(Writing(create, Path(3303), {Path(3303, 7, 1), Path(3303, 7, 2)})), "");
  EXPECT_EQ(Detail(Writing(create, Path(3303), {Path(3303, 7, 1), Path(3303, 8, 2)})),
            "/3303/8/2 is of another instance");
  const auto composite = OperationKind::kWriteComposite;  // DM-10
  EXPECT_EQ(Detail(Writing(composite, Path(), {Path(1, 0, 1), Path(3, 0, 14)})), "");
  EXPECT_EQ(Detail(Writing(composite, Path(), {Path(0, 0, 1)})),
            "write-composite is not defined for /0/0/1");
  EXPECT_EQ(Detail(Writing(composite, Path(), {})), "write-composite has no values");
}

// DM-2: depth is 0 to 3.
TEST(OperationsTest, BoundsTheDepthOfDiscover) {
  Operation operation = Make(OperationKind::kDiscover, Path(3));
  operation.depth = 3;
  EXPECT_EQ(Detail(operation), "");
  operation.depth = 4;
  EXPECT_EQ(Detail(operation), "depth is above 3");
}

TEST(OperationsTest, ChecksTheAttributesOfAnObserveToo) {  // ATT-3, ATT-8
  Operation operation = Make(OperationKind::kObserve, Path(3, 0, 9));
  operation.attributes.less_than = 2;
  operation.attributes.greater_than = 1;
  EXPECT_EQ(Detail(operation), "lt is not below gt");
}

struct VersionRow {
  const char* name;
  Operation operation;
  std::string_view since;
};

std::vector<VersionRow> VersionRows() {
  Operation discover = Make(OperationKind::kDiscover, Path(3));
  discover.depth = 1;
  Operation observe = Make(OperationKind::kObserve, Path(3, 0, 9));
  observe.attributes.minimum_period = 1;
  Operation edge = Make(OperationKind::kWriteAttributes, Path(3, 0, 9));
  edge.attributes.edge = true;
  const Path instance(3, 0, 7, 1);
  return {{"DM-1", Make(OperationKind::kRead, Path(3, 0, 7)), "1.0"},
          {"DM-1 instance", Make(OperationKind::kRead, instance), "1.1"},
          {"DM-2", Make(OperationKind::kDiscover, Path(3)), "1.0"},
          {"DM-2 depth", discover, "1.2"},
          {"DM-3", Make(OperationKind::kWriteReplace, Path(3, 0, 14)), "1.0"},
          {"DM-3 instance", Make(OperationKind::kWriteReplace, instance), "1.1"},
          {"DM-4", Make(OperationKind::kWriteUpdate, Path(3, 0)), "1.0"},
          {"DM-4 resource", Make(OperationKind::kWriteUpdate, Path(3, 0, 7)), "1.1"},
          {"DM-5", Make(OperationKind::kWriteAttributes, Path(3, 0, 7)), "1.0"},
          {"DM-5 instance", Make(OperationKind::kWriteAttributes, instance), "1.1"},
          {"ATT-1 edge", edge, "1.2"},
          {"DM-8", Make(OperationKind::kDelete, Path(3303, 0)), "1.0"},
          {"DM-8 instance", Make(OperationKind::kDelete, instance), "1.2"},
          {"DM-9", Make(OperationKind::kReadComposite, Path()), "1.1"},
          {"DM-10", Make(OperationKind::kWriteComposite, Path()), "1.1"},
          {"IR-1", Make(OperationKind::kObserve, Path(3, 0, 7)), "1.0"},
          {"IR-1 instance", Make(OperationKind::kObserve, instance), "1.1"},
          {"ATT-8", observe, "1.2"},
          {"IR-10", Make(OperationKind::kObserveComposite, Path()), "1.1"},
          {"IR-10 cancel", Make(OperationKind::kCancelObserveComposite, Path()), "1.1"}};
}

TEST(OperationsTest, AreCheckedAgainstTheVersionOfTheClient) {
  for (const VersionRow& row : VersionRows()) {
    for (const std::string_view version : {"1.0", "1.1", "1.2"}) {
      const auto result = CheckVersion(row.operation, version);
      EXPECT_EQ(result.has_value(), version >= row.since) << row.name << " " << version;
      if (result) continue;
      EXPECT_EQ(result.error().kind, ErrorKind::kUnsupported);
      EXPECT_NE(result.error().detail.find("is of LwM2M " + std::string(row.since)),
                std::string::npos)
          << result.error().detail;
    }
  }
}

TEST(OperationsTest, CreateAndDeleteKeepToWhatTheClientDeclared) {
  const ObjectList objects = ParseObjectList("</1/0>,</3303/0>,</3303/7>,</16>").value();
  const auto refusal = [&](OperationKind kind, Path path) {
    const auto result = CheckDeclared(Make(kind, path), objects);
    return result ? "" : result.error().detail;
  };
  // DM-20.
  EXPECT_EQ(refusal(OperationKind::kCreate, Path(3303)), "");
  EXPECT_EQ(refusal(OperationKind::kCreate, Path(16)), "");
  EXPECT_EQ(refusal(OperationKind::kCreate, Path(3303, 1)), "");
  EXPECT_EQ(refusal(OperationKind::kCreate, Path(3304)), "the client declares no /3304");
  EXPECT_EQ(refusal(OperationKind::kCreate, Path(3304, 1)), "the client declares no /3304");
  // DM-21.
  EXPECT_EQ(refusal(OperationKind::kDelete, Path(3303, 7)), "");
  EXPECT_EQ(refusal(OperationKind::kDelete, Path(3303, 7, 1, 0)), "");
  EXPECT_EQ(refusal(OperationKind::kDelete, Path(3303, 1)), "") << "may be new";
  EXPECT_EQ(refusal(OperationKind::kDelete, Path(3304, 0)), "the client declares no /3304");
  EXPECT_EQ(refusal(OperationKind::kRead, Path(9)), "") << "the client decides";
}

TEST(OperationsTest, NamesKindsAsCommandsDo) {
  EXPECT_EQ(ToString(OperationKind::kWriteReplace), "write");
  EXPECT_EQ(ToString(OperationKind::kWriteUpdate), "update");
  EXPECT_EQ(ToString(OperationKind::kCancelObserve), "cancel-observe");
  EXPECT_EQ(ToString(OperationKind::kCancelObserveComposite), "cancel-observe-composite");
  EXPECT_EQ(ToString(Failure::kTimedOut), "timed out");
  EXPECT_EQ(ToString(Failure::kOutcomeUnknown), "outcome unknown");
}

}  // namespace
}  // namespace lwm2m
