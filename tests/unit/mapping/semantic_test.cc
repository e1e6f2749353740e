#include "mapping/semantic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace mapping {
namespace {

using lwm2m::Path;
using lwm2m::Value;
using testing::ElementsAre;
using testing::IsEmpty;

Delivery DeliveryOf(Value value, std::optional<double> time = std::nullopt) {
  return SemanticDeliveries({{Path(3, 0, 9), std::move(value), time}}, "cse-in/ae").at(0);
}

struct TypeRow {
  std::string name;
  Value value;
  std::string content;
  std::string content_info;
};
class SemanticTypeTest : public testing::TestWithParam<TypeRow> {};

TEST_P(SemanticTypeTest, TravelsInTextForm) {
  const onem2m::ContentInstance instance = DeliveryOf(GetParam().value).instance;
  EXPECT_EQ(instance.content, GetParam().content);
  EXPECT_EQ(instance.content_info, GetParam().content_info);
  EXPECT_THAT(instance.labels, IsEmpty());
  EXPECT_TRUE(instance.ask_for_creator);
  EXPECT_EQ(instance.resource_name, "");
}

INSTANTIATE_TEST_SUITE_P(
    Table, SemanticTypeTest,
    testing::Values(TypeRow{"String", Value(std::string("Open Mobile Alliance")),
                            "Open Mobile Alliance", "text/plain:0"},
                    TypeRow{"EmptyString", Value(std::string()), "", "text/plain:0"},
                    TypeRow{"Integer", Value(std::int64_t{-750}), "-750", "text/plain:0"},
                    TypeRow{"Unsigned", Value(std::numeric_limits<std::uint64_t>::max()),
                            "18446744073709551615", "text/plain:0"},
                    TypeRow{"Float", Value(21.5), "21.5", "text/plain:0"},
                    TypeRow{"SmallFloat", Value(6.667e-11), "0.00000000006667", "text/plain:0"},
                    TypeRow{"True", Value(true), "1", "text/plain:0"},
                    TypeRow{"False", Value(false), "0", "text/plain:0"},
                    TypeRow{"Opaque", Value(lwm2m::Opaque{"\x01\x02\x03\x04\x05"}),
                            "AQIDBAU=", "application/octet-stream:2"},
                    TypeRow{"Time", Value(lwm2m::Time{1367491215}), "1367491215", "text/plain:0"},
                    TypeRow{"ObjectLink", Value(lwm2m::ObjectLink{66, 0}), "66:0", "text/plain:0"},
                    TypeRow{"CoreLink", Value(lwm2m::CoreLink{"</3/0>"}), "</3/0>", "text/plain:0"},
                    TypeRow{"BrokenString", Value(std::string("\xff\xfe")),
                            "//4=", "application/octet-stream:2"}),
    [](const auto& row) { return row.param.name; });

// TS-0014 §8.2.1 (R75).
TEST(SemanticTest, RefersToTheContainerOfAnObjectLink) {
  const auto delivery = DeliveryOf(lwm2m::ObjectLink{66, 0});
  EXPECT_THAT(delivery.instance.content_ref,
              ElementsAre(onem2m::ContentRef{"ObjectLink", "cse-in/ae/66/0"}));
}

TEST(SemanticTest, RefersToNothingForTheNullLink) {
  const auto delivery = DeliveryOf(lwm2m::ObjectLink{});
  EXPECT_EQ(delivery.instance.content, "65535:65535");
  EXPECT_THAT(delivery.instance.content_ref, IsEmpty());
}

TEST(SemanticTest, RefersToTheObjectWhereNoInstanceIsNamed) {
  const auto delivery = DeliveryOf(lwm2m::ObjectLink{66, lwm2m::kMaxId});
  EXPECT_THAT(delivery.instance.content_ref,
              ElementsAre(onem2m::ContentRef{"ObjectLink", "cse-in/ae/66"}));
}

TEST(SemanticTest, LabelsTheTimeThatTheDeviceGave) {
  EXPECT_THAT(DeliveryOf(21.5, 1700000000.75).instance.labels,
              ElementsAre("LWM2M-Time:20231114T221320"));
  EXPECT_THAT(DeliveryOf(21.5, 0.0).instance.labels, ElementsAre("LWM2M-Time:19700101T000000"));
}

TEST(SemanticTest, LeavesOutATimeThatNoTimestampCanSay) {
  for (const double time :
       {-1.0, 253402300800.0, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(DeliveryOf(21.5, time).instance.labels, IsEmpty()) << time;
  }
}

// R74, and R73 for the instances of a multiple resource.
TEST(SemanticTest, DeliversEachValueToItsOwnContainerInOrder) {
  const auto deliveries = SemanticDeliveries({{Path(3, 0, 9), std::int64_t{100}, {}},
                                              {Path(3, 0, 7, 1), std::int64_t{5000}, {}},
                                              {Path(3, 0, 7, 0), std::int64_t{3800}, {}}},
                                             "ae");
  ASSERT_EQ(deliveries.size(), 3u);
  EXPECT_EQ(deliveries[0].path, Path(3, 0, 9));
  EXPECT_EQ(deliveries[1].path, Path(3, 0, 7, 1));
  EXPECT_EQ(deliveries[2].path, Path(3, 0, 7, 0));
  EXPECT_EQ(deliveries[2].instance.content, "3800");
}

TEST(SemanticTest, HashesTheValueNotItsTime) {
  EXPECT_EQ(DeliveryOf(21.5, 1700000000.0).value_hash, DeliveryOf(21.5, 1700000060.0).value_hash);
  EXPECT_NE(DeliveryOf(21.5).value_hash, DeliveryOf(21.75).value_hash);
}

TEST(SemanticTest, DeliversNothingOfNothing) {
  EXPECT_THAT(SemanticDeliveries({}, "ae"), IsEmpty());
}

}  // namespace
}  // namespace mapping
