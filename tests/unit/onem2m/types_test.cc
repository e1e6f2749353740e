#include "onem2m/types.h"

#include <gtest/gtest.h>

namespace onem2m {
namespace {

TEST(TypesTest, FormatsAndParsesTheSameMoment) {
  for (const auto& [seconds, text] : {std::pair<std::int64_t, const char*>{0, "19700101T000000"},
                                      {951782399, "20000228T235959"},
                                      {951782400, "20000229T000000"},
                                      {1523019487, "20180406T125807"},
                                      {4102444800, "21000101T000000"},
                                      {253402300799, "99991231T235959"},
                                      {-1, "19691231T235959"}}) {
    EXPECT_EQ(FormatTimestamp(seconds), text);
    EXPECT_EQ(ParseTimestamp(text), seconds);
  }
}

TEST(TypesTest, KeepsTimestampsWithinFourDigitsOfYear) {
  EXPECT_EQ(FormatTimestamp(253402300800), "99991231T235959");
  EXPECT_EQ(FormatTimestamp(std::numeric_limits<std::int64_t>::min()), "00000101T000000");
}

TEST(TypesTest, IgnoresTheFractionOfATimestamp) {
  EXPECT_EQ(ParseTimestamp("20180406T125807,728391"), 1523019487);
  EXPECT_EQ(ParseTimestamp("20180406T125807.1"), 1523019487);
}

TEST(TypesTest, TakesALeapSecondForTheFirstSecondOfTheNextMinute) {
  EXPECT_EQ(ParseTimestamp("20161231T235960"), ParseTimestamp("20170101T000000"));
}

class NoTimestampTest : public testing::TestWithParam<const char*> {};

TEST_P(NoTimestampTest, IsRefused) { EXPECT_EQ(ParseTimestamp(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(TypesTest, NoTimestampTest,
                         testing::Values("", "2018", "20180406", "20180406 125807",
                                         "20180406T12580", "20181306T125807", "20180230T125807",
                                         "20180406T245807", "20180406T126007", "20180406T125861",
                                         "20180406T125807,", "20180406T125807Z",
                                         "20180406T125807,1x", "2018-04-06T12:58:07",
                                         "-0180406T125807", "20180406T1258 7"));

TEST(TypesTest, MapsResponseStatusCodesToHttp) {
  using Code = ResponseStatusCode;
  EXPECT_EQ(HttpStatusOf(Code::kAccepted), 202);
  EXPECT_EQ(HttpStatusOf(Code::kOk), 200);
  EXPECT_EQ(HttpStatusOf(Code::kCreated), 201);
  EXPECT_EQ(HttpStatusOf(Code::kDeleted), 200);
  EXPECT_EQ(HttpStatusOf(Code::kUpdated), 200);
  EXPECT_EQ(HttpStatusOf(Code::kBadRequest), 400);
  EXPECT_EQ(HttpStatusOf(Code::kReleaseVersionNotSupported), 501);
  EXPECT_EQ(HttpStatusOf(Code::kNotFound), 404);
  EXPECT_EQ(HttpStatusOf(Code::kOperationNotAllowed), 405);
  EXPECT_EQ(HttpStatusOf(Code::kRequestTimeout), 504);
  EXPECT_EQ(HttpStatusOf(Code::kUnsupportedMediaType), 415);
  EXPECT_EQ(HttpStatusOf(Code::kContentsUnacceptable), 400);
  EXPECT_EQ(HttpStatusOf(Code::kOriginatorHasNoPrivilege), 403);
  EXPECT_EQ(HttpStatusOf(Code::kConflict), 409);
  EXPECT_EQ(HttpStatusOf(Code::kInvalidChildResourceType), 403);
  EXPECT_EQ(HttpStatusOf(Code::kOriginatorHasAlreadyRegistered), 403);
  EXPECT_EQ(HttpStatusOf(Code::kInternalServerError), 500);
  EXPECT_EQ(HttpStatusOf(Code::kNotImplemented), 501);
  EXPECT_EQ(HttpStatusOf(Code::kTargetNotReachable), 404);
  EXPECT_EQ(HttpStatusOf(Code::kAlreadyExists), 409);
  EXPECT_EQ(HttpStatusOf(Code::kSubscriptionVerificationInitiationFailed), 500);
  EXPECT_EQ(HttpStatusOf(Code::kNotAcceptable), 406);
}

TEST(TypesTest, MapsUnlistedResponseStatusCodesByTheirFirstDigit) {
  EXPECT_EQ(HttpStatusOf(static_cast<ResponseStatusCode>(1999)), 202);
  EXPECT_EQ(HttpStatusOf(static_cast<ResponseStatusCode>(2999)), 200);
  EXPECT_EQ(HttpStatusOf(static_cast<ResponseStatusCode>(4999)), 400);
  EXPECT_EQ(HttpStatusOf(static_cast<ResponseStatusCode>(5999)), 500);
  EXPECT_EQ(HttpStatusOf(static_cast<ResponseStatusCode>(-7)), 500);
}

TEST(TypesTest, FallsBackOnTheHttpStatus) {
  for (const auto& [http, code] : {std::pair{200, 2000},
                                   {201, 2001},
                                   {202, 1000},
                                   {204, 2000},
                                   {400, 4000},
                                   {401, 4107},
                                   {403, 4103},
                                   {404, 4004},
                                   {405, 4005},
                                   {406, 5207},
                                   {408, 4008},
                                   {409, 4105},
                                   {415, 4015},
                                   {418, 4000},
                                   {429, 5000},
                                   {302, 5000},
                                   {500, 5000},
                                   {503, 5000}}) {
    EXPECT_EQ(ToInt(StatusFromHttp(http)), code) << http;
  }
}

}  // namespace
}  // namespace onem2m
