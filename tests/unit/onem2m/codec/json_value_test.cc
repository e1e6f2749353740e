#include "onem2m/codec/json_value.h"

#include <gtest/gtest.h>

namespace onem2m {
namespace {

JsonValue Parsed(std::string_view json) {
  auto value = JsonValue::Parse(json);
  EXPECT_TRUE(value.has_value()) << json;
  return value.value_or(JsonValue());
}

TEST(JsonValueTest, KeepsNumbersAsTheyWereWritten) {
  EXPECT_EQ(Parsed("30.50").AsText(), "30.50");
  EXPECT_EQ(Parsed("3153600000").AsInteger(), 3153600000);
  EXPECT_EQ(Parsed("9223372036854775807").AsInteger(), INT64_MAX);
  EXPECT_EQ(Parsed("3.0").AsInteger(), 3);
  EXPECT_EQ(Parsed("3e2").AsInteger(), 300);
  EXPECT_EQ(Parsed("\"7\"").AsInteger(), 7);
}

TEST(JsonValueTest, RefusesIntegersThatAreNone) {
  for (const char* const json : {"3.5", "1e19", "-1e19", "\"x\"", "\"\"", "true", "null", "[]"}) {
    EXPECT_EQ(Parsed(json).AsInteger(), std::nullopt) << json;
  }
}

TEST(JsonValueTest, ReadsBooleansInAllTheirForms) {
  for (const char* const json : {"true", "\"true\"", "1", "1.0"}) {
    EXPECT_EQ(Parsed(json).AsBoolean(), true) << json;
  }
  for (const char* const json : {"false", "\"false\"", "0"}) {
    EXPECT_EQ(Parsed(json).AsBoolean(), false) << json;
  }
  EXPECT_EQ(Parsed("\"yes\"").AsBoolean(), std::nullopt);
  EXPECT_EQ(Parsed("{}").AsBoolean(), std::nullopt);
}

TEST(JsonValueTest, WritesItselfBack) {
  const char* const json = R"({"a":[1,2.50,"x\"y",null,true],"b":{"c":{}}})";
  EXPECT_EQ(Parsed(json).AsText(), json);
}

TEST(JsonValueTest, FindsMembersWithAndWithoutPrefix) {
  const auto value = Parsed(R"({"m2m:vrq":1,"sur":2,"n":null})");
  ASSERT_NE(value.Find("vrq"), nullptr);
  ASSERT_NE(value.Find("m2m:sur"), nullptr);
  EXPECT_EQ(value.Find("n"), nullptr);
  EXPECT_EQ(value.Find("other"), nullptr);
  EXPECT_EQ(Parsed("[1]").Find("sur"), nullptr);
}

TEST(JsonValueTest, PrefersTheExactSpelling) {
  EXPECT_EQ(Parsed(R"({"m2m:uri":"a","uri":"b"})").Find("uri")->AsText(), "b");
  EXPECT_EQ(Parsed(R"({"uri":"b","m2m:uri":"a"})").Find("m2m:uri")->AsText(), "a");
}

TEST(JsonValueTest, TakesWhiteSpaceAfterTheTextAndNothingElse) {
  EXPECT_TRUE(JsonValue::Parse("{}\r\n").has_value());
  EXPECT_FALSE(JsonValue::Parse("{}x").has_value());
  EXPECT_FALSE(JsonValue::Parse("{}{}").has_value());
  EXPECT_FALSE(JsonValue::Parse("").has_value());
}

TEST(JsonValueTest, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(JsonValue::Parse(nested(64)).has_value());
  EXPECT_FALSE(JsonValue::Parse(nested(65)).has_value());
  EXPECT_FALSE(JsonValue::Parse(nested(1'000'000)).has_value());
  EXPECT_FALSE(JsonValue::Parse(std::string(1'000'000, '[')).has_value());
}

TEST(JsonValueTest, ReplacesOctetsThatAreNoUtf8) {
  EXPECT_EQ(Parsed("\"a\xFF"
                   "b\"")
                .AsText(),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(Parsed("\"\xC3\"").AsText(), "\xEF\xBF\xBD");
}

TEST(JsonValueTest, KnowsUtf8) {
  EXPECT_TRUE(IsUtf8("plain"));
  EXPECT_TRUE(IsUtf8("\xC2\xB0 \xE2\x82\xAC \xF0\x9F\x8C\xA1"));
  EXPECT_TRUE(IsUtf8("\xEE\x80\x80\xF4\x8F\xBF\xBF"));
  for (const char* const text :
       {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF0\x80\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x8C"}) {
    EXPECT_FALSE(IsUtf8(text));
    EXPECT_TRUE(IsUtf8(RepairUtf8(text)));
  }
}

}  // namespace
}  // namespace onem2m
