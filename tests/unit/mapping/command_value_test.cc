#include "mapping/command_value.h"

#include <gtest/gtest.h>

#include <limits>

namespace mapping {
namespace {

using lwm2m::Type;
using lwm2m::Value;

struct ValueRow {
  std::string name;
  Type type;
  JsonScalar json;
  std::optional<Value> value;  // absent: refused
};
class CommandValueTest : public testing::TestWithParam<ValueRow> {};

TEST_P(CommandValueTest, IsTypedByTheDefinition) {
  lwm2m::ResourceDefinition definition;
  definition.type = GetParam().type;
  const auto value = ValueFromJson(&definition, GetParam().json);
  ASSERT_EQ(value.has_value(), GetParam().value.has_value());
  if (value) {
    EXPECT_EQ(*value, *GetParam().value);
  } else {
    EXPECT_EQ(onem2m::ToInt(value.error().status), 4000);
  }
}

JsonScalar Text(std::string text) { return text; }
JsonScalar Int(std::int64_t number) { return number; }

INSTANTIATE_TEST_SUITE_P(
    Table, CommandValueTest,
    testing::Values(
        ValueRow{"String", Type::kString, Text("x"), Value(std::string("x"))},
        ValueRow{"StringFromNumber", Type::kString, Int(1), {}},
        ValueRow{"StringFromTruth", Type::kString, true, {}},
        ValueRow{"Integer", Type::kInteger, Int(-1), Value(std::int64_t{-1})},
        ValueRow{"IntegerFromText", Type::kInteger, Text("-1"), Value(std::int64_t{-1})},
        ValueRow{"IntegerFromWholeFloat", Type::kInteger, 2.0, Value(std::int64_t{2})},
        ValueRow{"IntegerFromFraction", Type::kInteger, 2.5, {}},
        ValueRow{"IntegerFromHugeFloat", Type::kInteger, 1e300, {}},
        ValueRow{
            "IntegerFromBeyond", Type::kInteger, std::numeric_limits<std::uint64_t>::max(), {}},
        ValueRow{"IntegerFromTruth", Type::kInteger, true, {}},
        ValueRow{"IntegerFromEmptyText", Type::kInteger, Text(""), {}},
        ValueRow{"Unsigned", Type::kUnsignedInteger, Int(1), Value(std::uint64_t{1})},
        ValueRow{"UnsignedFromNegative", Type::kUnsignedInteger, Int(-1), {}},
        ValueRow{"UnsignedLargest", Type::kUnsignedInteger,
                 std::numeric_limits<std::uint64_t>::max(),
                 Value(std::numeric_limits<std::uint64_t>::max())},
        ValueRow{"Float", Type::kFloat, 21.5, Value(21.5)},
        ValueRow{"FloatFromInteger", Type::kFloat, Int(21), Value(21.0)},
        ValueRow{"FloatFromText", Type::kFloat, Text("1e3"), Value(1000.0)},
        ValueRow{"FloatFromWord", Type::kFloat, Text("inf"), {}},
        ValueRow{"Boolean", Type::kBoolean, true, Value(true)},
        ValueRow{"BooleanFromZero", Type::kBoolean, Int(0), Value(false)},
        ValueRow{"BooleanFromTwo", Type::kBoolean, Int(2), {}},
        ValueRow{"BooleanFromText", Type::kBoolean, Text("true"), {}},
        ValueRow{"Opaque", Type::kOpaque, Text("AQI="), Value(lwm2m::Opaque{"\x01\x02"})},
        ValueRow{"OpaqueFromBadBase64", Type::kOpaque, Text("AQI=="), {}},
        ValueRow{"Time", Type::kTime, Int(1367491215), Value(lwm2m::Time{1367491215})},
        ValueRow{"TimeFromFraction", Type::kTime, 0.5, {}},
        ValueRow{"ObjectLink", Type::kObjectLink, Text("66:0"), Value(lwm2m::ObjectLink{66, 0})},
        ValueRow{"ObjectLinkFromWord", Type::kObjectLink, Text("66"), {}},
        ValueRow{"CoreLink", Type::kCoreLink, Text("</3>"), Value(lwm2m::CoreLink{"</3>"})},
        ValueRow{"None", Type::kNone, Text("x"), {}}),
    [](const auto& row) { return row.param.name; });

TEST(CommandValueTest, IsInferredWithoutADefinition) {
  EXPECT_EQ(*ValueFromJson(nullptr, Text("x")), Value(std::string("x")));
  EXPECT_EQ(*ValueFromJson(nullptr, Int(7)), Value(std::int64_t{7}));
  EXPECT_EQ(*ValueFromJson(nullptr, 0.5), Value(0.5));
  EXPECT_EQ(*ValueFromJson(nullptr, true), Value(true));
}

TEST(CheckRangeTest, TakesOnlyNumericRangesAtTheirWord) {
  const auto allows = [](const char* range, Value value) {
    lwm2m::ResourceDefinition definition;
    definition.range = range;
    return CheckRange(definition, value).has_value();
  };
  EXPECT_TRUE(allows("0..100", std::int64_t{100}));
  EXPECT_FALSE(allows("0..100", std::int64_t{101}));
  EXPECT_FALSE(allows("0..100", std::int64_t{-1}));
  EXPECT_FALSE(allows("0..100", std::uint64_t{101}));
  EXPECT_FALSE(allows("-1.5..1.5", 1.75));
  EXPECT_TRUE(allows("", std::int64_t{101}));
  EXPECT_TRUE(allows("1 byte", std::int64_t{101}));
  EXPECT_TRUE(allows("0..", std::int64_t{101}));
  EXPECT_TRUE(allows("..", std::int64_t{101}));
  EXPECT_TRUE(allows("100..0", std::int64_t{101}));
  EXPECT_TRUE(allows("0..20", std::string(30, 'x'))) << "a length is not a number";
}

}  // namespace
}  // namespace mapping
