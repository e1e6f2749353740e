#include <gmock/gmock.h>

#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

using testing::ElementsAre;

class CseTimeSeriesTest : public CseFixture {
 protected:
  // cse-in/ae/s
  void CreateSeries(const std::string& more = "") {
    ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
    const auto created = Create("cse-in/ae", 29, R"({"m2m:ts":{"rn":"s")" + more + "}}");
    ASSERT_EQ(Code(created), 2001) << created.content;
  }
  ResponsePrimitive Add(const std::string& name, const std::string& time,
                        const std::string& content = "1", const std::string& more = "") {
    return Create("cse-in/ae/s", 30,
                  R"({"m2m:tsi":{"rn":")" + name + R"(","dgt":")" + time + R"(","con":")" +
                      content + "\"" + more + "}}");
  }
};

TEST_F(CseTimeSeriesTest, KeepsInstancesInOrder) {
  CreateSeries(R"(,"pei":60000,"cnf":"text/plain:0","or":"urn:o")");
  const auto added = Add("a", "20270115T075900,250000", "21.5", R"(,"snr":7)");
  ASSERT_EQ(Code(added), 2001) << added.content;
  EXPECT_EQ(Attribute(added, "snr"), Value(7));
  EXPECT_EQ(Attribute(added, "cs"), Value(4));
  EXPECT_TRUE(Attribute(added, "st").IsNull());
  ASSERT_EQ(Code(Add("b", "20270115T075901")), 2001);
  EXPECT_EQ(Text(Retrieve("cse-in/ae/s/la"), "rn"), "b");
  EXPECT_EQ(Text(Retrieve("cse-in/ae/s/ol"), "rn"), "a");
  const auto series = Retrieve("cse-in/ae/s");
  EXPECT_EQ(Attribute(series, "cni"), Value(2));
  EXPECT_EQ(Attribute(series, "cbs"), Value(5));
  EXPECT_EQ(Attribute(series, "pei"), Value(60000));
  EXPECT_THAT(Discover("cse-in/ae", kOwner, {{"ty", "30"}}),
              ElementsAre("cse-in/ae/s/a", "cse-in/ae/s/b"));
  EXPECT_EQ(Code(Delete("cse-in/ae/s/la")), 2002);
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/s"), "cni"), Value(1));
  EXPECT_EQ(Text(Retrieve("cse-in/ae/s/la"), "rn"), "a");
}

TEST_F(CseTimeSeriesTest, TakesATimeOnce) {
  CreateSeries();
  ASSERT_EQ(Code(Add("a", "20270115T075900")), 2001);
  ASSERT_EQ(Code(Add("b", "20270115T075901")), 2001);
  EXPECT_EQ(Code(Add("c", "20270115T075900")), 4105);
  EXPECT_EQ(Code(Add("c", "20270115T075900,5")), 2001);
  ASSERT_EQ(Code(Delete("cse-in/ae/s/a")), 2002);
  EXPECT_EQ(Code(Add("d", "20270115T075900")), 2001);
}

TEST_F(CseTimeSeriesTest, AppliesLimits) {
  CreateSeries(R"(,"mni":2,"mbs":5,"mia":60)");
  EXPECT_EQ(Code(Add("big", "20270115T075900", "123456")), 5207);
  ASSERT_EQ(Code(Add("a", "20270115T075901", "12")), 2001);
  ASSERT_EQ(Code(Add("b", "20270115T075902", "12")), 2001);
  ASSERT_EQ(Code(Add("c", "20270115T075903", "12")), 2001);
  EXPECT_EQ(Text(Retrieve("cse-in/ae/s/ol"), "rn"), "b");
  ASSERT_EQ(Code(Add("d", "20270115T075904", "1234")), 2001);
  EXPECT_EQ(Text(Retrieve("cse-in/ae/s/ol"), "rn"), "d");
  EXPECT_EQ(Code(Update("cse-in/ae/s", R"({"m2m:ts":{"mbs":3}})")), 2004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/s/ol")), 4004);
  ASSERT_EQ(Code(Add("e", "20270115T075905", "1")), 2001);
  now_ += std::chrono::seconds(60);
  EXPECT_EQ(cse_.Expire(now_), 1u);
}

TEST_F(CseTimeSeriesTest, RefusesWhatDoesNotFit) {
  CreateSeries();
  const auto create = [this](const std::string& body) {
    return Code(Create("cse-in/ae/s", 30, "{\"m2m:tsi\":{" + body + "}}"));
  };
  EXPECT_EQ(create(R"("con":"1")"), 4000);
  EXPECT_EQ(create(R"("dgt":"20270115T075900")"), 4000);
  EXPECT_EQ(create(R"("dgt":"yesterday","con":"1")"), 4000);
  EXPECT_EQ(create(R"("dgt":"20270115T075900","con":"1","snr":-1)"), 4000);
  EXPECT_EQ(create(R"("dgt":"20270115T075900","con":"1","acpi":["x"])"), 4000);
  EXPECT_EQ(create(R"("dgt":"20270115T075900","con":"1","rn":"la")"), 4000);
  EXPECT_EQ(Code(Create("cse-in/ae", 30, R"({"m2m:tsi":{"dgt":"20270115T075900","con":"1"}})")),
            4108);
  EXPECT_EQ(Code(Create("cse-in/ae/s", 4, R"({"m2m:cin":{"con":"1"}})")), 4108);
  ASSERT_EQ(Code(Add("a", "20270115T075900")), 2001);
  EXPECT_EQ(Code(Update("cse-in/ae/s/a", R"({"m2m:tsi":{"con":"2"}})")), 4005);
  EXPECT_EQ(Code(Create("cse-in/ae/s/a", 23, R"({"m2m:sub":{"nu":["http://127.0.0.1:9/n"]}})")),
            5203);
  EXPECT_EQ(Code(Update("cse-in/ae/s", R"({"m2m:ts":{"cnf":"text/plain:0"}})")), 4000);
}

TEST_F(CseTimeSeriesTest, SaysThatItDetectsNoMissingData) {
  CreateSeries(R"(,"mdd":false,"mdn":10,"mdt":5000)");
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/s"), "mdd"), Value(false));
  EXPECT_EQ(Code(Update("cse-in/ae/s", R"({"m2m:ts":{"mdd":true}})")), 5001);
  EXPECT_EQ(Code(Create("cse-in/ae", 29, R"({"m2m:ts":{"mdd":true}})")), 5001);
}

TEST_F(CseTimeSeriesTest, NotifiesOfInstances) {
  CreateSeries();
  ASSERT_EQ(Code(Create("cse-in/ae/s", 23,
                        R"({"m2m:sub":{"nu":["http://127.0.0.1:9/n"],
                            "enc":{"net":[3,4],"chty":[30]}}})")),
            2001);
  ASSERT_EQ(Code(Add("a", "20270115T075900", "21.5")), 2001);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:tsi", "con"}), Value("21.5"));
  ASSERT_EQ(Code(Delete("cse-in/ae/s/a")), 2002);
  ASSERT_EQ(sink_.posted.size(), 2u);
  EXPECT_EQ(Event(1, {"nev", "net"}), Value(4));
}

}  // namespace
}  // namespace onem2m::cse
