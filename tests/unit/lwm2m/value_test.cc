#include "lwm2m/value.h"

#include <gtest/gtest.h>

#include <limits>

namespace lwm2m {
namespace {

constexpr auto kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr auto kInt64Min = std::numeric_limits<std::int64_t>::min();
constexpr auto kUint64Max = std::numeric_limits<std::uint64_t>::max();

TEST(ValueTest, KnowsTheTypeOfEachAlternative) {
  EXPECT_EQ(TypeOf(Value(std::string())), Type::kString);
  EXPECT_EQ(TypeOf(Value(std::int64_t{1})), Type::kInteger);
  EXPECT_EQ(TypeOf(Value(std::uint64_t{1})), Type::kUnsignedInteger);
  EXPECT_EQ(TypeOf(Value(1.0)), Type::kFloat);
  EXPECT_EQ(TypeOf(Value(true)), Type::kBoolean);
  EXPECT_EQ(TypeOf(Value(Opaque{})), Type::kOpaque);
  EXPECT_EQ(TypeOf(Value(Time{})), Type::kTime);
  EXPECT_EQ(TypeOf(Value(ObjectLink{})), Type::kObjectLink);
  EXPECT_EQ(TypeOf(Value(CoreLink{})), Type::kCoreLink);
}

TEST(ValueTest, PrintsFloatsInDecimalWhileThatIsShort) {
  EXPECT_EQ(ToText(6.667e-11), "0.00000000006667");
  EXPECT_EQ(ToText(21.5), "21.5");
  EXPECT_EQ(ToText(21.0), "21");
  EXPECT_EQ(ToText(-0.1), "-0.1");
  EXPECT_EQ(ToText(1e20), "100000000000000000000");
  EXPECT_EQ(ToText(1e30), "1e+30");
  EXPECT_EQ(ToText(5e-324), "5e-324");
}

TEST(ValueTest, FloatsReadBackTheSame) {
  for (const double number : {0.1, 1.0 / 3, 6.667e-11, 1e23, -2.5e-9, 1.7976931348623157e308,
                              2.2250738585072014e-308, 4.35}) {
    EXPECT_EQ(FromText(Type::kFloat, ToText(number)).value(), Value(number));
  }
}

TEST(ValueTest, TextRoundTripsAtTheEdgesOfTheIntegers) {
  EXPECT_EQ(FromText(Type::kInteger, "9223372036854775807").value(), Value(kInt64Max));
  EXPECT_EQ(FromText(Type::kInteger, "-9223372036854775808").value(), Value(kInt64Min));
  EXPECT_EQ(FromText(Type::kUnsignedInteger, "18446744073709551615").value(), Value(kUint64Max));
  EXPECT_FALSE(FromText(Type::kInteger, "9223372036854775808").has_value());
  EXPECT_FALSE(FromText(Type::kUnsignedInteger, "18446744073709551616").has_value());
}

TEST(ValueTest, RefusesTextThatIsOnlyPartlyAValue) {
  for (const char* text : {"", " 1", "1 ", "1x", "0x10", "+1", "1,5"}) {
    EXPECT_FALSE(FromText(Type::kInteger, text).has_value()) << text;
    EXPECT_FALSE(FromText(Type::kFloat, text).has_value()) << text;
    EXPECT_FALSE(FromText(Type::kTime, text).has_value()) << text;
  }
  for (const char* text : {"nan", "inf", "-inf", "1e999"}) {
    EXPECT_FALSE(FromText(Type::kFloat, text).has_value()) << text;
  }
  for (const char* text : {"", "2", "TRUE", "yes"}) {
    EXPECT_FALSE(FromText(Type::kBoolean, text).has_value()) << text;
  }
  for (const char* text : {"", ":", "1:", ":1", "1:2:3", "65536:0", "-1:0", "FFFF:0"}) {
    EXPECT_FALSE(FromText(Type::kObjectLink, text).has_value()) << text;
  }
}

TEST(ValueTest, NamesTheTypeInErrors) {
  EXPECT_EQ(FromText(Type::kInteger, "x").error().detail, "text is not of type Integer");
  EXPECT_EQ(FromText(Type::kInteger, "x").error().kind, ErrorKind::kInvalidValue);
  EXPECT_EQ(FromText(Type::kString, "\xff").error().detail, "String is not UTF-8");
  EXPECT_EQ(FromText(Type::kNone, "").error().detail, "a resource of type none has no value");
  EXPECT_EQ(ConvertTo(Type::kBoolean, Value(1.0)).error().detail, "Float cannot become Boolean");
}

TEST(ValueTest, ReadsTheNullLinkInBothSpellings) {
  EXPECT_EQ(FromText(Type::kObjectLink, "65535:65535").value(), Value(ObjectLink{}));
  EXPECT_EQ(FromText(Type::kObjectLink, "FFFF:FFFF").value(), Value(ObjectLink{}));
  EXPECT_EQ(ToText(ObjectLink{}), "65535:65535");
}

TEST(ValueTest, ConvertsNumbersOnlyWithoutLoss) {
  EXPECT_EQ(ConvertTo(Type::kFloat, std::int64_t{42}).value(), Value(42.0));
  EXPECT_EQ(ConvertTo(Type::kInteger, 42.0).value(), Value(std::int64_t{42}));
  EXPECT_EQ(ConvertTo(Type::kInteger, Time{42}).value(), Value(std::int64_t{42}));
  EXPECT_EQ(ConvertTo(Type::kTime, std::uint64_t{42}).value(), Value(Time{42}));
  EXPECT_EQ(ConvertTo(Type::kUnsignedInteger, Time{42}).value(), Value(std::uint64_t{42}));

  EXPECT_FALSE(ConvertTo(Type::kInteger, 42.5).has_value());
  EXPECT_FALSE(ConvertTo(Type::kUnsignedInteger, std::int64_t{-1}).has_value());
  EXPECT_FALSE(ConvertTo(Type::kUnsignedInteger, -1.0).has_value());
  EXPECT_FALSE(ConvertTo(Type::kInteger, kUint64Max).has_value());
  EXPECT_FALSE(ConvertTo(Type::kFloat, kInt64Max).has_value());
  EXPECT_FALSE(ConvertTo(Type::kFloat, kUint64Max).has_value());
  EXPECT_FALSE(ConvertTo(Type::kFloat, (std::int64_t{1} << 53) + 1).has_value());
  EXPECT_EQ(ConvertTo(Type::kFloat, kInt64Min).value(), Value(-9223372036854775808.0));
  EXPECT_EQ(ConvertTo(Type::kInteger, -9223372036854775808.0).value(), Value(kInt64Min));
  EXPECT_FALSE(ConvertTo(Type::kInteger, 9223372036854775808.0).has_value());
  EXPECT_FALSE(ConvertTo(Type::kInteger, std::numeric_limits<double>::quiet_NaN()).has_value());
  EXPECT_FALSE(ConvertTo(Type::kInteger, std::numeric_limits<double>::infinity()).has_value());
}

TEST(ValueTest, ConvertsStringOnlyToCoreLink) {
  EXPECT_EQ(ConvertTo(Type::kCoreLink, std::string("</3>")).value(), Value(CoreLink{"</3>"}));
  EXPECT_FALSE(ConvertTo(Type::kInteger, std::string("1")).has_value());
  EXPECT_FALSE(ConvertTo(Type::kOpaque, std::string("1")).has_value());
  EXPECT_FALSE(ConvertTo(Type::kString, CoreLink{"</3>"}).has_value());
  EXPECT_FALSE(ConvertTo(Type::kNone, true).has_value());
}

// RFC 4648 §10.
TEST(Base64Test, ReadsAndWritesTheTestVectorsOfItsStandard) {
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [octets, text] : kVectors) {
    EXPECT_EQ(EncodeBase64(octets), text);
    EXPECT_EQ(DecodeBase64(text).value(), octets);
    std::string bare = text;
    while (bare.ends_with('=')) bare.pop_back();
    EXPECT_EQ(EncodeBase64Url(octets), bare);
    EXPECT_EQ(DecodeBase64(bare).value(), octets);
  }
}

TEST(Base64Test, ReadsBothAlphabets) {
  const std::string octets = "\xfb\xff\xfe";
  EXPECT_EQ(EncodeBase64(octets), "+//+");
  EXPECT_EQ(EncodeBase64Url(octets), "-__-");
  EXPECT_EQ(DecodeBase64("+//+").value(), octets);
  EXPECT_EQ(DecodeBase64("-__-").value(), octets);
}

TEST(Base64Test, RefusesEverythingElse) {
  for (const char* text : {"A", "AA=", "AAA==", "A===", "====", "=", "Zm 9v", "Zm9v\n",
                           "Zg==Zg==", "Zh==", "Zm9=v", "Z*=="}) {
    EXPECT_FALSE(DecodeBase64(text).has_value()) << text;
  }
}

TEST(Utf8Test, AcceptsTheFirstAndLastCharacterOfEachLength) {
  for (const char* text :
       {"", "\x01", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8Test, RefusesOverlongSurrogatesAndTruncation) {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2", "\xe1\x80",
        "\xf1\x80\x80", "a\xc2", "\xc2z", "\xe1\x80z"}) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace lwm2m
