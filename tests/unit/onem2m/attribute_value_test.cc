#include "onem2m/attribute_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace onem2m {
namespace {

using testing::ElementsAre;
using testing::Optional;

const AttributeValue kList = std::vector<std::string>{"a", "b"};
const AttributeValue kStatus = ActionStatus{"urn:install", 1};

TEST(AttributeValueTest, ReadsIntegersHoweverTheyAreWritten) {
  EXPECT_THAT(AsInteger(std::int64_t{23}), Optional(23));
  EXPECT_THAT(AsInteger(23.0), Optional(23));
  EXPECT_THAT(AsInteger(std::string("23")), Optional(23));
  EXPECT_THAT(AsInteger(std::string("23.0")), Optional(23));
  EXPECT_EQ(AsInteger(23.5), std::nullopt);
  EXPECT_EQ(AsInteger(std::string("23 ")), std::nullopt);
  EXPECT_EQ(AsInteger(std::string()), std::nullopt);
  EXPECT_EQ(AsInteger(1e19), std::nullopt);
  EXPECT_EQ(AsInteger(-1e19), std::nullopt);
  EXPECT_EQ(AsInteger(std::nan("")), std::nullopt);
  EXPECT_EQ(AsInteger(true), std::nullopt);
  EXPECT_EQ(AsInteger(kList), std::nullopt);
  EXPECT_EQ(AsInteger(kStatus), std::nullopt);
}

TEST(AttributeValueTest, ReadsNumbersHoweverTheyAreWritten) {
  EXPECT_THAT(AsNumber(21.5), Optional(21.5));
  EXPECT_THAT(AsNumber(std::int64_t{21}), Optional(21.0));
  EXPECT_THAT(AsNumber(std::string("21.5")), Optional(21.5));
  EXPECT_EQ(AsNumber(std::string("inf")), std::nullopt);
  EXPECT_EQ(AsNumber(std::string("1e999")), std::nullopt);
  EXPECT_EQ(AsNumber(false), std::nullopt);
  EXPECT_EQ(AsNumber(kList), std::nullopt);
}

TEST(AttributeValueTest, ReadsBooleansHoweverTheyAreWritten) {
  EXPECT_THAT(AsBoolean(true), Optional(true));
  EXPECT_THAT(AsBoolean(std::string("true")), Optional(true));
  EXPECT_THAT(AsBoolean(std::string("false")), Optional(false));
  EXPECT_THAT(AsBoolean(std::int64_t{1}), Optional(true));
  EXPECT_THAT(AsBoolean(0.0), Optional(false));
  EXPECT_EQ(AsBoolean(std::int64_t{2}), std::nullopt);
  EXPECT_EQ(AsBoolean(std::string("yes")), std::nullopt);
  EXPECT_EQ(AsBoolean(kStatus), std::nullopt);
}

TEST(AttributeValueTest, WritesScalarsAsText) {
  EXPECT_THAT(AsText(std::string("x")), Optional(std::string("x")));
  EXPECT_THAT(AsText(true), Optional(std::string("true")));
  EXPECT_THAT(AsText(std::int64_t{-5}), Optional(std::string("-5")));
  EXPECT_THAT(AsText(21.5), Optional(std::string("21.5")));
  EXPECT_THAT(AsText(std::numeric_limits<double>::denorm_min()), Optional(std::string("5e-324")));
  EXPECT_EQ(AsText(kList), std::nullopt);
  EXPECT_EQ(AsText(kStatus), std::nullopt);
}

TEST(AttributeValueTest, TakesOneTextForAListOfOne) {
  EXPECT_THAT(AsList(kList), Optional(ElementsAre("a", "b")));
  EXPECT_THAT(AsList(std::string("a")), Optional(ElementsAre("a")));
  EXPECT_THAT(AsList(std::int64_t{7}), Optional(ElementsAre("7")));
  EXPECT_EQ(AsList(kStatus), std::nullopt);
}

TEST(AttributeValueTest, KeepsTheOrderAndTheNameUnique) {
  NamedAttributes attributes;
  SetAttribute(attributes, "b", true);
  SetAttribute(attributes, "a", std::int64_t{1});
  SetAttribute(attributes, "b", false);
  EXPECT_THAT(attributes,
              ElementsAre(NamedAttribute{"b", false}, NamedAttribute{"a", std::int64_t{1}}));
  ASSERT_NE(FindAttribute(attributes, "a"), nullptr);
  EXPECT_EQ(*FindAttribute(attributes, "a"), AttributeValue(std::int64_t{1}));
  EXPECT_EQ(FindAttribute(attributes, "c"), nullptr);
}

}  // namespace
}  // namespace onem2m
