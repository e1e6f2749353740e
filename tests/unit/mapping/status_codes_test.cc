#include "mapping/status_codes.h"

#include <gtest/gtest.h>

#include <string>

namespace mapping {
namespace {

using lwm2m::Code;
using lwm2m::Failure;
using onem2m::ResponseStatusCode;

ResponseStatusCode Rsc(int number) { return static_cast<ResponseStatusCode>(number); }

// TS-0014 Table 6.2.2.2-4 and its twin for containers in §6.3.2.2 (R27–R29, R45).
TEST(RegisterCodeTest, AnswersCreatedFor2001) {
  EXPECT_EQ(RegisterCode(Rsc(2001)), Code::kCreated);
}
TEST(RegisterCodeTest, AnswersForbiddenFor4105AlthoughItsRowStandsBelowAllOtherCodes) {
  EXPECT_EQ(RegisterCode(Rsc(4105)), Code::kForbidden);
}
TEST(RegisterCodeTest, AnswersForbiddenForAnOriginatorThatIsTaken) {
  EXPECT_EQ(RegisterCode(Rsc(4117)), Code::kForbidden);
}
TEST(RegisterCodeTest, AnswersBadRequestForAllOtherCodes) {
  for (const int status : {1000, 2000, 2002, 2004, 4000, 4004, 4103, 4106, 5000, 5103, 9999}) {
    EXPECT_EQ(RegisterCode(Rsc(status)), Code::kBadRequest) << status;
  }
}

TEST(UpdateCodeTest, AnswersChangedFor2004) { EXPECT_EQ(UpdateCode(Rsc(2004)), Code::kChanged); }
TEST(UpdateCodeTest, CountsContainersCreatedAndDeletedAsSuccess) {
  EXPECT_EQ(UpdateCode(Rsc(2001)), Code::kChanged);
  EXPECT_EQ(UpdateCode(Rsc(2002)), Code::kChanged);
}
TEST(UpdateCodeTest, AnswersNotFoundFor4004WhichTheTablePrintsAs4000) {
  EXPECT_EQ(UpdateCode(Rsc(4004)), Code::kNotFound);
  EXPECT_EQ(UpdateCode(Rsc(4000)), Code::kBadRequest);
}
TEST(UpdateCodeTest, AnswersBadRequestForAllOtherCodes) {
  for (const int status : {1000, 2000, 4103, 4105, 4117, 5000, 5103}) {
    EXPECT_EQ(UpdateCode(Rsc(status)), Code::kBadRequest) << status;
  }
}

TEST(DeregisterCodeTest, FollowsItsRows) {
  EXPECT_EQ(DeregisterCode(Rsc(2002)), Code::kDeleted);
  EXPECT_EQ(DeregisterCode(Rsc(4004)), Code::kNotFound);
  for (const int status : {2000, 2001, 2004, 4000, 4103, 4105, 5000}) {
    EXPECT_EQ(DeregisterCode(Rsc(status)), Code::kBadRequest) << status;
  }
}

struct CodeRow {
  int coap;  // 404 is 4.04
  int rsc;
};
class StatusOfCodeTest : public testing::TestWithParam<CodeRow> {};

TEST_P(StatusOfCodeTest, FollowsTheTable) {
  const auto [coap, rsc] = GetParam();
  const auto code = static_cast<Code>((coap / 100) << 5 | coap % 100);
  EXPECT_EQ(onem2m::ToInt(StatusOf(code)), rsc);
}

INSTANTIATE_TEST_SUITE_P(Table, StatusOfCodeTest,
                         testing::Values(CodeRow{201, 2001}, CodeRow{202, 2002}, CodeRow{203, 2000},
                                         CodeRow{204, 2004}, CodeRow{205, 2000}, CodeRow{231, 2000},
                                         CodeRow{400, 4000}, CodeRow{401, 4103}, CodeRow{402, 4000},
                                         CodeRow{403, 4103}, CodeRow{404, 4004}, CodeRow{405, 4005},
                                         CodeRow{406, 4015}, CodeRow{408, 4102}, CodeRow{409, 4105},
                                         CodeRow{412, 4000}, CodeRow{413, 4102}, CodeRow{415, 4015},
                                         CodeRow{500, 5000}, CodeRow{501, 5001}, CodeRow{503, 5103},
                                         // Not listed anywhere: by class.
                                         CodeRow{207, 2000}, CodeRow{422, 4000}, CodeRow{505, 5000},
                                         CodeRow{0, 5000}, CodeRow{701, 5000}),
                         [](const auto& row) { return "Coap" + std::to_string(row.param.coap); });

TEST(StatusOfFailureTest, NamesTheReasonForNoAnswer) {
  EXPECT_EQ(StatusOf(Failure::kTimedOut), Rsc(4008));
  EXPECT_EQ(StatusOf(Failure::kExpired), Rsc(4008));
  EXPECT_EQ(StatusOf(Failure::kReset), Rsc(5103));
  EXPECT_EQ(StatusOf(Failure::kUnreachable), Rsc(5103));
  EXPECT_EQ(StatusOf(Failure::kCancelled), Rsc(5103));
  EXPECT_EQ(StatusOf(Failure::kNotRegistered), Rsc(5103));
  EXPECT_EQ(StatusOf(Failure::kQueueFull), Rsc(5000));
  EXPECT_EQ(StatusOf(Failure::kOutcomeUnknown), Rsc(5000));
}

TEST(StatusOfErrorTest, NamesWhatWasRefusedBeforeItWasSent) {
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kMalformed), Rsc(4000));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kInvalidValue), Rsc(4000));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kUnsupportedFormat), Rsc(4015));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kNotFound), Rsc(4004));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kNotAllowed), Rsc(4005));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kUnreachable), Rsc(5103));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kTooLarge), Rsc(4102));
  EXPECT_EQ(StatusOf(lwm2m::ErrorKind::kUnsupported), Rsc(5001));
}

struct VerdictRow {
  int rsc;
  Verdict verdict;
};
class VerdictTest : public testing::TestWithParam<VerdictRow> {};

TEST_P(VerdictTest, DecidesWhatBecomesOfADelivery) {
  EXPECT_EQ(VerdictOf(Rsc(GetParam().rsc)), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Table, VerdictTest,
    testing::Values(VerdictRow{2000, Verdict::kDone}, VerdictRow{2001, Verdict::kDone},
                    VerdictRow{2004, Verdict::kDone}, VerdictRow{429, Verdict::kRetry},
                    VerdictRow{4008, Verdict::kRetry}, VerdictRow{5000, Verdict::kRetry},
                    VerdictRow{5103, Verdict::kRetry}, VerdictRow{5105, Verdict::kRetry},
                    VerdictRow{5203, Verdict::kRetry}, VerdictRow{5999, Verdict::kRetry},
                    VerdictRow{1000, Verdict::kRetry}, VerdictRow{5207, Verdict::kRefused},
                    VerdictRow{4004, Verdict::kReprovision}, VerdictRow{4101, Verdict::kForbidden},
                    VerdictRow{4103, Verdict::kForbidden}, VerdictRow{4106, Verdict::kForbidden},
                    VerdictRow{4107, Verdict::kForbidden}, VerdictRow{4126, Verdict::kForbidden},
                    VerdictRow{4105, Verdict::kConflict}, VerdictRow{4117, Verdict::kConflict},
                    VerdictRow{4000, Verdict::kRefused}, VerdictRow{4005, Verdict::kRefused},
                    VerdictRow{4015, Verdict::kRefused}, VerdictRow{4102, Verdict::kRefused},
                    VerdictRow{4999, Verdict::kRefused}),
    [](const auto& row) { return "Rsc" + std::to_string(row.param.rsc); });

}  // namespace
}  // namespace mapping
