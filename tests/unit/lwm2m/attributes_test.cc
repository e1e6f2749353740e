#include "lwm2m/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lwm2m {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Pairs = std::vector<std::pair<std::string, std::optional<std::string>>>;

constexpr Path kResource(3, 0, 7);
constexpr Path kInstance(3, 0);

NotificationAttributes Parse(const Pairs& pairs) { return ParseAttributes(pairs).value(); }

std::string Refusal(const Pairs& pairs, const Path& path = kResource) {
  const auto result = Validate(Parse(pairs), path);
  return result ? "" : result.error().detail;
}

TEST(AttributesTest, ReadsAndWritesEveryName) {
  const auto attributes = Parse({{"epmax", "20"},
                                 {"epmin", "10"},
                                 {"st", "0.5"},
                                 {"lt", "-1"},
                                 {"gt", "42.2"},
                                 {"pmax", "60"},
                                 {"hqmax", "5"},
                                 {"con", "0"},
                                 {"edge", "1"},
                                 {"pmin", "10"}});
  EXPECT_EQ(attributes.minimum_period, 10u);
  EXPECT_EQ(attributes.greater_than, 42.2);
  EXPECT_THAT(ToQueries(attributes),
              ElementsAre("pmin=10", "pmax=60", "gt=42.2", "lt=-1", "st=0.5", "epmin=10",
                          "epmax=20", "edge=1", "con=0", "hqmax=5"));
  EXPECT_FALSE(attributes.empty());
  EXPECT_TRUE(NotificationAttributes{}.empty());
  EXPECT_THAT(ToQueries({}), IsEmpty());
}

// ATT-4: PUT /3/0/9?pmin.
TEST(AttributesTest, UnsetsByNameWithoutValue) {
  const auto attributes = Parse({{"pmax", std::nullopt}, {"gt", "50"}, {"pmin", "10"}});
  EXPECT_THAT(ToQueries(attributes), ElementsAre("pmin=10", "gt=50", "pmax"));
  EXPECT_FALSE(Parse({{"pmin", std::nullopt}}).empty());
}

TEST(AttributesTest, RefusesUnknownNamesAndBadNumbers) {
  const auto detail = [](const Pairs& pairs) { return ParseAttributes(pairs).error().detail; };
  EXPECT_EQ(detail({{"foo", "1"}}), "unknown attribute foo");
  EXPECT_EQ(detail({{"pmin", ""}}), "attribute pmin is not a number in its range");
  EXPECT_EQ(detail({{"pmin", "-1"}}), "attribute pmin is not a number in its range");
  EXPECT_EQ(detail({{"pmin", "4294967296"}}), "attribute pmin is not a number in its range");
  EXPECT_EQ(detail({{"gt", "1x"}}), "attribute gt is not a number in its range");
  EXPECT_EQ(detail({{"hqmax", "-1"}}), "attribute hqmax is not a number in its range");
  EXPECT_EQ(detail({{"edge", "2"}}), "attribute edge is neither 0 nor 1");
  EXPECT_EQ(detail({{"con", "true"}}), "attribute con is neither 0 nor 1");
  EXPECT_EQ(detail({{"con", "1"}, {"con", "1"}}), "attribute con is named twice");
  EXPECT_EQ(detail({{"gt", "inf"}}), "attribute gt is not a finite number");
  EXPECT_EQ(detail({{"gt", "1"}, {"gt", std::nullopt}}), "attribute gt is named twice");
  EXPECT_EQ(detail({{"gt", std::nullopt}, {"gt", "1"}}), "attribute gt is named twice");
}

// Core 1.1.1 §5.1.2.
TEST(AttributesTest, AcceptsTheExamplesOfTheStandard) {
  EXPECT_EQ(Refusal({{"pmin", "1"}}), "");
  EXPECT_EQ(Refusal({{"pmin", "10"}}, kInstance), "");
  EXPECT_EQ(Refusal({{"pmin", std::nullopt}}), "");
  EXPECT_EQ(Refusal({{"gt", "45"}, {"st", "10"}}), "");
  EXPECT_EQ(Refusal({{"lt", "20"}, {"gt", "85"}, {"st", "10"}}), "");
}

TEST(AttributesTest, RefusesTheContradictionsOfTheStandard) {
  EXPECT_EQ(Refusal({{"lt", "60"}, {"gt", "50"}}), "lt is not below gt");
  EXPECT_EQ(Refusal({{"lt", "50"}, {"gt", "50"}}), "lt is not below gt");
  EXPECT_EQ(Refusal({{"lt", "40"}, {"gt", "50"}, {"st", "6"}}), "lt + 2 st is not below gt");
  EXPECT_EQ(Refusal({{"lt", "40"}, {"gt", "50"}, {"st", "5"}}), "lt + 2 st is not below gt");
  EXPECT_EQ(Refusal({{"st", "-1"}}), "st is negative");
  EXPECT_EQ(Refusal({{"pmin", "10"}, {"pmax", "9"}}), "pmax is below pmin");
  EXPECT_EQ(Refusal({{"epmin", "10"}, {"epmax", "10"}}), "epmin is not below epmax");
}

TEST(AttributesTest, TakesAMaximumPeriodOfZeroAsNone) {
  EXPECT_EQ(Refusal({{"pmin", "10"}, {"pmax", "0"}}), "");
  EXPECT_EQ(Refusal({{"pmin", "10"}, {"pmax", "10"}}), "");
}

TEST(AttributesTest, KeepsConditionsToResources) {
  EXPECT_EQ(Refusal({{"gt", "1"}}, kInstance), "gt, lt and st belong to a resource");
  EXPECT_EQ(Refusal({{"st", std::nullopt}}, kInstance), "gt, lt and st belong to a resource");
  EXPECT_EQ(Refusal({{"gt", "1"}}, Path(3, 0, 7, 1)), "");
}

// Core 1.2 Table 7.3.2-1: edge belongs to a resource; con and hqmax go where pmin goes.
TEST(AttributesTest, KeepsEdgeToResources) {
  EXPECT_EQ(Refusal({{"edge", "1"}}), "");
  EXPECT_EQ(Refusal({{"edge", "1"}}, kInstance), "edge belongs to a resource");
  EXPECT_EQ(Refusal({{"edge", std::nullopt}}, Path(3, 0, 7, 1)), "edge belongs to a resource");
  for (const Path& path : {Path(3), kInstance, kResource, Path(3, 0, 7, 1)}) {
    EXPECT_EQ(Refusal({{"con", "1"}, {"hqmax", "3"}}, path), "") << path.ToString();
  }
}

TEST(AttributesTest, NamesTheVersionThatHasAnAttribute) {
  const auto refusal = [](const Pairs& pairs, std::string_view version) {
    const auto result = CheckVersion(Parse(pairs), version);
    if (result) return std::string();
    EXPECT_EQ(result.error().kind, ErrorKind::kUnsupported);
    return result.error().detail;
  };
  EXPECT_EQ(refusal({{"pmin", "1"}, {"gt", "1"}, {"lt", "0"}, {"st", std::nullopt}}, "1.0"), "");
  EXPECT_EQ(refusal({{"epmin", "1"}}, "1.0"),
            "attribute epmin is of LwM2M 1.1, and the client registered with 1.0");
  EXPECT_EQ(refusal({{"epmin", "1"}, {"epmax", "2"}}, "1.1"), "");
  for (const char* name : {"edge", "con", "hqmax"}) {
    EXPECT_EQ(
        refusal({{name, "1"}}, "1.1"),
        "attribute " + std::string(name) + " is of LwM2M 1.2, and the client registered with 1.1");
    EXPECT_NE(refusal({{name, std::nullopt}}, "1.1"), "");
    EXPECT_EQ(refusal({{name, "1"}}, "1.2"), "");
  }
}

TEST(AttributesTest, TellsWhichConditionsNeedWhichType) {
  EXPECT_TRUE(NamesNumericCondition(Parse({{"st", std::nullopt}})));
  EXPECT_FALSE(NamesNumericCondition(Parse({{"pmin", "1"}, {"edge", "1"}})));
  EXPECT_TRUE(NamesEdge(Parse({{"edge", "0"}})));
  EXPECT_FALSE(NamesEdge(Parse({{"gt", "0"}})));
}

TEST(AttributesTest, ChecksNamesToUnset) {
  NotificationAttributes attributes;
  attributes.unset = {"foo"};
  EXPECT_EQ(Validate(attributes, kResource).error().detail, "unknown attribute foo");
  attributes.unset = {"pmin", "pmin"};
  EXPECT_EQ(Validate(attributes, kResource).error().detail, "attribute pmin is named twice");
  attributes.unset = {"pmin"};
  attributes.minimum_period = 1;
  EXPECT_EQ(Validate(attributes, kResource).error().detail, "attribute pmin is named twice");
}

TEST(AttributesTest, LeavesOutWhatAnEarlierVersionDoesNotHave) {
  NotificationAttributes attributes;
  attributes.minimum_period = 1;
  attributes.minimum_evaluation_period = 2;
  attributes.edge = true;
  attributes.unset = {"epmax", "pmax"};
  const NotificationAttributes first = ForVersion(attributes, "1.0");
  EXPECT_EQ(ToQueries(first), (std::vector<std::string>{"pmin=1", "pmax"}));
  EXPECT_TRUE(CheckVersion(first, "1.0"));
  EXPECT_EQ(ToQueries(ForVersion(attributes, "1.1")),
            (std::vector<std::string>{"pmin=1", "epmin=2", "epmax", "pmax"}));
  EXPECT_EQ(ForVersion(attributes, "1.2"), attributes);
}

}  // namespace
}  // namespace lwm2m
