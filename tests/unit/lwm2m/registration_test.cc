#include "lwm2m/registration.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lwm2m {
namespace {

TEST(RegistrationQueryTest, ReadsEveryParameter) {
  const auto query = ParseRegistrationQuery({"ep=urn:imei:990000862471854", "lt=0", "lwm2m=1.1",
                                             "b=UT", "Q", "sms=+49123", "pid=7", "x=y", "flag"});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->endpoint, "urn:imei:990000862471854");
  EXPECT_EQ(query->lifetime, Seconds(0));
  EXPECT_EQ(query->version, "1.1");
  EXPECT_EQ(query->binding, "UT");
  EXPECT_TRUE(query->queue_mode);
  EXPECT_EQ(query->sms_number, "+49123");
  EXPECT_EQ(query->profile_id, "7");
  EXPECT_EQ(query->unknown, (std::vector<std::string>{"x=y", "flag"}));
}

TEST(RegistrationQueryTest, HoldsNothingWhenNothingIsGiven) {
  const auto query = ParseRegistrationQuery({});
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->endpoint || query->lifetime || query->version || query->binding);
  EXPECT_FALSE(query->queue_mode);
}

TEST(RegistrationQueryTest, KeepsEqualsSignsInTheName) {
  EXPECT_EQ(ParseRegistrationQuery({"ep=a=b"})->endpoint, "a=b");
}

TEST(RegistrationQueryTest, CutsLifetimesBeyondTheClock) {
  EXPECT_EQ(ParseRegistrationQuery({"lt=4294967295"})->lifetime, Seconds(4294967295));
  EXPECT_EQ(ParseRegistrationQuery({"lt=99999999999999999999999"})->lifetime, Seconds(4294967295));
}

struct MalformedCase {
  std::vector<std::string> queries;
  const char* detail;
};

TEST(RegistrationQueryTest, NamesWhatIsMalformed) {
  const std::vector<MalformedCase> cases = {
      {{"lt=-1"}, "lt is not a number"},
      {{"lt=1.5"}, "lt is not a number"},
      {{"lt="}, "lt is not a number"},
      {{"lt=12x"}, "lt is not a number"},
      {{"ep="}, "ep is empty"},
      {{"ep"}, "ep is empty"},
      {{"ep=" + std::string(256, 'e')}, "ep is too long"},
      {{"ep=\xff"}, "ep is not UTF-8"},
      {{"ep=a\nb"}, "ep has control characters"},
      {{"ep=a\x7f"}, "ep has control characters"},
      {{"ep=a\xc2\x85"}, "ep has control characters"},
      {{"ep=a", "ep=a"}, "ep is given twice"},
      {{"lt=1", "lt=2"}, "lt is given twice"},
      {{"Q", "Q"}, "Q is given twice"},
      {{"b="}, "b is empty"},
  };
  for (const MalformedCase& a_case : cases) {
    const auto query = ParseRegistrationQuery(a_case.queries);
    ASSERT_FALSE(query) << a_case.detail;
    EXPECT_EQ(query.error().kind, ErrorKind::kMalformed);
    EXPECT_EQ(query.error().detail, a_case.detail);
  }
}

TEST(RegistrationQueryTest, TakesNamesUpToTheLimit) {
  EXPECT_TRUE(ParseRegistrationQuery({"ep=" + std::string(255, 'e')}));
  EXPECT_TRUE(ParseRegistrationQuery({"ep=Temp\xc3\xa9rature"}));
}

TEST(RegistrationQueryTest, TakesQuotedValues) {  // REG-23
  const auto query = ParseRegistrationQuery({"lwm2m=\"1.1\"", "b=\"UT\"", "lt=\"60\"", "ep=\"a\""});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->version, "1.1");
  EXPECT_EQ(query->binding, "UT");
  EXPECT_EQ(query->lifetime, Seconds(60));
  EXPECT_EQ(query->endpoint, "\"a\"");  // a name may have quotes
}

TEST(BindingTest, FollowsTheVersion) {  // section 3.2
  for (const char* binding : {"U", "UQ", "S", "SQ", "US", "UQS"}) {
    EXPECT_TRUE(IsBinding("1.0", binding)) << binding;
  }
  for (const char* binding : {"", "Q", "UT", "SU", "USQ", "UQSQ"}) {
    EXPECT_FALSE(IsBinding("1.0", binding)) << binding;
  }
  for (const char* binding : {"U", "T", "TU", "NSTU", "S"}) {
    EXPECT_TRUE(IsBinding("1.1", binding)) << binding;
  }
  for (const char* binding : {"", "UU", "UQ", "M", "H", "u"}) {
    EXPECT_FALSE(IsBinding("1.1", binding)) << binding;
  }
  for (const char* binding : {"M", "HU", "UTSNMH"})
    EXPECT_TRUE(IsBinding("1.2", binding)) << binding;
  EXPECT_FALSE(IsBinding("1.2", "MM"));
}

}  // namespace
}  // namespace lwm2m
