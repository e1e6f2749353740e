#include "lwm2m/observation_table.h"

#include <gtest/gtest.h>

#include <string>

namespace lwm2m {
namespace {

TEST(FreshnessTest, FollowsRfc7641) {  // IR-6
  const TimePoint start{};
  const struct {
    std::uint32_t seen;
    std::uint32_t incoming;
    int seconds;
    bool fresher;
  } cases[] = {
      {1, 2, 0, true},
      {2, 1, 0, false},
      {1, 1, 0, false},
      {0, (1u << 23) - 1, 0, true},
      {0, 1u << 23, 0, false},
      {(1u << 24) - 1, 0, 0, true},
      {(1u << 23) + 1, 0, 0, true},
      {1u << 23, 0, 0, false},
      {5, 4, 128, false},
      {5, 4, 129, true},
  };
  for (const auto& a_case : cases) {
    EXPECT_EQ(IsFresher({a_case.seen, start}, {a_case.incoming, start + Seconds(a_case.seconds)}),
              a_case.fresher)
        << a_case.seen << " " << a_case.incoming << " " << a_case.seconds;
  }
}

Observation Make(const std::string& endpoint, Path path, const std::string& token) {
  return {endpoint, path, token, std::nullopt, {}, {}};
}

TEST(ObservationTableTest, FindsByTokenAndByPath) {
  ObservationTable table;
  table.Put(Make("a", Path(3, 0, 9), "1"));
  table.Put(Make("a", Path(3, 0), "2"));
  table.Put(Make("b", Path(3, 0), "3"));
  ASSERT_NE(table.Find("2"), nullptr);
  EXPECT_EQ(table.Find("2")->path(), Path(3, 0));
  ASSERT_NE(table.Find("b", Path(3, 0)), nullptr);
  EXPECT_EQ(table.Find("b", Path(3, 0))->token(), "3");
  EXPECT_EQ(table.Find("b", Path(3, 0, 9)), nullptr);
  EXPECT_EQ(table.CountOf("a"), 2u);
  EXPECT_EQ(table.Of("a").size(), 2u);
  EXPECT_EQ(table.Of("c").size(), 0u);
}

TEST(ObservationTableTest, TellsListsOfPathsApart) {  // IR-10
  ObservationTable table;
  const std::vector<Path> both = {Path(3, 0, 9), Path(3303, 0)};
  const std::vector<Path> one = {Path(3, 0, 9)};
  Observation composite = Make("a", Path(), "1");
  composite.paths = both;
  table.Put(composite);
  composite.paths = one;
  composite.token = "2";
  table.Put(composite);
  table.Put(Make("a", Path(3, 0, 9), "3"));
  EXPECT_EQ(table.CountOf("a"), 3u);
  EXPECT_EQ(table.Find("a", Path(), both)->token(), "1");
  EXPECT_EQ(table.Find("a", Path(), one)->token(), "2");
  EXPECT_EQ(table.Find("a", Path(3, 0, 9))->token(), "3");
  EXPECT_EQ(table.Find("a", Path(), {Path(3303, 0)}), nullptr);
  EXPECT_EQ(table.Remove("1")->paths, both);
  EXPECT_EQ(table.Find("a", Path(), both), nullptr);
  EXPECT_EQ(table.CountOf("a"), 2u);
}

TEST(ObservationTableTest, ReplacesTheTokenOfAPath) {
  ObservationTable table;
  table.Put(Make("a", Path(3, 0), "1"));
  table.Put(Make("a", Path(3, 0), "2"));
  EXPECT_EQ(table.Find("1"), nullptr);
  EXPECT_NE(table.Find("2"), nullptr);
  EXPECT_EQ(table.size(), 1u);
}

TEST(ObservationTableTest, ForgetsFreshnessOnRenewal) {
  ObservationTable table;
  table.Put(Make("a", Path(3, 0), "1"));
  table.Find("1")->newest = NotificationOrder{7, TimePoint{}};
  table.Put(Make("a", Path(3, 0), "1"));
  EXPECT_FALSE(table.Find("1")->newest.has_value());
}

TEST(ObservationTableTest, Removes) {
  ObservationTable table;
  table.Put(Make("a", Path(3, 0), "1"));
  table.Put(Make("a", Path(1, 0), "2"));
  table.Put(Make("b", Path(1, 0), "3"));
  EXPECT_EQ(table.Remove("1")->path, Path(3, 0));
  EXPECT_FALSE(table.Remove("1").has_value());
  EXPECT_EQ(table.RemoveAll("a").size(), 1u);
  EXPECT_EQ(table.RemoveAll("a").size(), 0u);
  EXPECT_EQ(table.size(), 1u);
}

TEST(ObservationTableTest, ReturnsWhatWasPut) {
  ObservationTable table;
  Observation plain = Make("a", Path(3, 0), "1");
  Observation rich = Make("a", Path(), "2");
  rich.paths = {Path(3, 0, 9)};
  rich.accept = ContentFormat::kSenmlCbor;
  rich.attributes.minimum_period = 7;
  rich.maximum_period = Seconds(60);
  table.Put(rich);
  table.Put(plain);
  EXPECT_EQ(table.Of("a"), (std::vector<Observation>{rich, plain})) << "by path";
  table.Find("1")->set_maximum_period(Seconds(5));
  plain.maximum_period = Seconds(5);
  EXPECT_EQ(*table.Remove("1"), plain);
  EXPECT_EQ(table.RemoveAll("a"), std::vector<Observation>{rich});
}

TEST(ObservationStateTest, RemembersTheLastEight) {
  const std::string endpoint = "a";
  ObservationState state(endpoint, Make(endpoint, Path(3, 0), "1"));
  for (std::uint16_t id = 1; id <= 9; ++id) state.Remember({id, 0, 0});
  EXPECT_FALSE(state.WasReceived({1, 0, 0}));
  for (std::uint16_t id = 2; id <= 9; ++id) EXPECT_TRUE(state.WasReceived({id, 0, 0}));
  EXPECT_FALSE(state.WasReceived({9, 1, 0}));
  EXPECT_FALSE(state.WasReceived({9, 0, 1}));
}

}  // namespace
}  // namespace lwm2m
