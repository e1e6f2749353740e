#include "onem2m/cse/value.h"

#include <gtest/gtest.h>

#include <string>

namespace onem2m::cse {
namespace {

TEST(ValueTest, ReadsAndWritesEveryKindOfJson) {
  const std::string json =
      R"({"n":null,"t":true,"i":-7,"d":2.5,"s":"Grüße","a":[1,"x"],"o":{"k":{}}})";
  const auto value = ParseValue(json);
  ASSERT_TRUE(value) << value.error().detail;
  EXPECT_EQ(Serialize(*value), json);
}

TEST(ValueTest, KeepsIntegersApartFromFractions) {
  const auto value = ParseValue("[3,3.0]");
  ASSERT_TRUE(value);
  EXPECT_NE((*value->AsArray())[0].AsInteger(), nullptr);
  EXPECT_EQ((*value->AsArray())[1].AsInteger(), nullptr);
}

TEST(ValueTest, NamesThePlaceOfMalformedText) {
  const auto value = ParseValue(R"({"m2m:cnt":{"rn":"x")");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().status, ResponseStatusCode::kBadRequest);
  EXPECT_NE(value.error().detail.find("octet 20"), std::string::npos) << value.error().detail;
}

TEST(ValueTest, RefusesMembersThatOccurTwice) {
  EXPECT_FALSE(ParseValue(R"({"a":1,"b":2,"a":3})"));
}

TEST(ValueTest, RefusesTextThatIsNotUtf8) { EXPECT_FALSE(ParseValue("{\"a\":\"\xC3\x28\"}")); }

TEST(ValueTest, RefusesDeepNestingWithoutUsingUpTheStack) {
  const std::string deep(500'000, '[');
  EXPECT_FALSE(ParseValue(deep));
  EXPECT_FALSE(ParseValue(deep + "1" + std::string(500'000, ']')));
  EXPECT_TRUE(ParseValue(std::string(60, '[') + "1" + std::string(60, ']')));
}

}  // namespace
}  // namespace onem2m::cse
