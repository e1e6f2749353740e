#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

class CseRetrieveTest : public CseFixture {
 protected:
  using Names = std::vector<std::string>;

  // cse-in/ae with containers 3/0/9 and 3/0/13; instances v1, v2 in 9.
  void SetUp() override {
    ASSERT_EQ(Code(CreateAe("ae", kOwner, R"(,"lbl":["LWM2M Client: 1.1"])")), 2001);
    for (const auto& [parent, name] : Parameters{{"cse-in/ae", "3"},
                                                 {"cse-in/ae/3", "0"},
                                                 {"cse-in/ae/3/0", "9"},
                                                 {"cse-in/ae/3/0", "13"}}) {
      ASSERT_EQ(Code(Create(parent, 3,
                            R"({"m2m:cnt":{"rn":")" + name + R"(","lbl":["Iwked-Entity-ID:/)" +
                                name + R"(","common"]}})")),
                2001);
    }
    for (const char* name : {"v1", "v2"}) {
      ASSERT_EQ(Code(Create("cse-in/ae/3/0/9", 4,
                            R"({"m2m:cin":{"con":"85","cnf":"text/plain:0","rn":")" +
                                std::string(name) + R"("}})")),
                2001);
      now_ += std::chrono::seconds(100);
    }
  }
};

TEST_F(CseRetrieveTest, FindsTheLatestAndTheOldestInstance) {
  EXPECT_EQ(Text(Retrieve("cse-in/ae/3/0/9/la"), "rn"), "v2");
  EXPECT_EQ(Text(Retrieve("cse-in/ae/3/0/9/ol"), "rn"), "v1");
  const std::string id = Text(Retrieve("cse-in/ae/3/0/9"), "ri");
  EXPECT_EQ(Text(Retrieve(id + "/la"), "rn"), "v2");
  EXPECT_EQ(Code(Retrieve("cse-in/ae/3/0/13/la")), 4004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/la")), 4004);
}

TEST_F(CseRetrieveTest, DeletesThroughVirtualResources) {
  EXPECT_EQ(Code(Delete("cse-in/ae/3/0/9/la")), 2002);
  EXPECT_EQ(Text(Retrieve("cse-in/ae/3/0/9/la"), "rn"), "v1");
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/3/0/9"), "cni"), Value(1));
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/3/0/9"), "cbs"), Value(2));
}

TEST_F(CseRetrieveTest, SelectsTheAttributesAskedFor) {
  EXPECT_EQ(Retrieve("cse-in/ae/3/0/9/la", kOwner, {{"atrl", "con rn"}}).content,
            R"({"m2m:cin":{"rn":"v2","con":"85"}})");
}

TEST_F(CseRetrieveTest, NestsChildResources) {
  const auto response = Retrieve("cse-in/ae/3", kOwner, {{"rcn", "4"}});
  ASSERT_EQ(Code(response), 2000);
  EXPECT_EQ(Text(response, "rn"), "3");
  const Value children = Attribute(response, "m2m:cnt");
  ASSERT_NE(children.AsArray(), nullptr) << response.content;
  ASSERT_EQ(children.AsArray()->size(), 1u);
  const Object& zero = *(*children.AsArray())[0].AsObject();
  EXPECT_EQ(*Find(zero, "rn"), Value("0"));
  EXPECT_EQ(Find(zero, "m2m:cnt")->AsArray()->size(), 2u);
}

TEST_F(CseRetrieveTest, StopsAtTheLevelAskedFor) {
  const auto one = Retrieve("cse-in/ae/3", kOwner, {{"rcn", "4"}, {"lvl", "1"}});
  EXPECT_EQ(one.content.find(R"("rn":"9")"), std::string::npos);
  EXPECT_NE(one.content.find(R"("rn":"0")"), std::string::npos);
  const auto children = Retrieve("cse-in/ae/3", kOwner, {{"rcn", "8"}, {"lvl", "1"}});
  EXPECT_TRUE(Attribute(children, "ri").IsNull());
  EXPECT_NE(Attribute(children, "m2m:cnt").AsArray(), nullptr);
}

TEST_F(CseRetrieveTest, HandsMatchingDescendantsToTheNextResourceAbove) {
  const auto response = Retrieve("cse-in/ae/3", kOwner, {{"rcn", "8"}, {"ty", "4"}});
  const Value instances = Attribute(response, "m2m:cin");
  ASSERT_NE(instances.AsArray(), nullptr) << response.content;
  EXPECT_EQ(instances.AsArray()->size(), 2u);
}

TEST_F(CseRetrieveTest, ListsChildReferences) {
  EXPECT_EQ(Retrieve("cse-in/ae/3/0", kOwner, {{"rcn", "6"}, {"lvl", "1"}}).content,
            R"({"m2m:rrl":{"rrf":[{"nm":"9","typ":3,"val":"cse-in/ae/3/0/9"},)"
            R"({"nm":"13","typ":3,"val":"cse-in/ae/3/0/13"}]}})");
  const auto both = Retrieve("cse-in/ae/3/0", kOwner, {{"rcn", "5"}, {"lvl", "1"}});
  EXPECT_EQ(Text(both, "rn"), "0");
  EXPECT_EQ(Attribute(both, "ch").AsArray()->size(), 2u);
}

TEST_F(CseRetrieveTest, ShowsOnlyChildrenThatTheOriginatorMayRead) {
  const auto base = Retrieve("cse-in", "Cstranger", {{"rcn", "4"}});
  EXPECT_EQ(Code(base), 2000);
  EXPECT_TRUE(Attribute(base, "m2m:ae").IsNull());
  EXPECT_FALSE(Attribute(Retrieve("cse-in", kOwner, {{"rcn", "4"}}), "m2m:ae").IsNull());
}

TEST_F(CseRetrieveTest, AnswersNotFoundWhenConditionsAreNotMet) {
  EXPECT_EQ(Code(Retrieve("cse-in/ae", kOwner, {{"crb", "20200101T000000"}})), 4004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae", kOwner, {{"cra", "20200101T000000"}})), 2000);
}

TEST_F(CseRetrieveTest, DiscoversByLabel) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"lbl", "Iwked-Entity-ID:/9"}}), Names{"cse-in/ae/3/0/9"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"lbl", "none"}}), Names{});
}

TEST_F(CseRetrieveTest, DiscoversAnyOfSeveralLabels) {
  const Names both{"cse-in/ae/3/0/9", "cse-in/ae/3/0/13"};
  EXPECT_EQ(
      Discover("cse-in", kOwner, {{"lbl", "Iwked-Entity-ID:/9"}, {"lbl", "Iwked-Entity-ID:/13"}}),
      both);
  EXPECT_EQ(Discover("cse-in", kOwner, {{"lbl", "Iwked-Entity-ID:/9 Iwked-Entity-ID:/13"}}), both);
}

TEST_F(CseRetrieveTest, DiscoversALabelWithBlanksAndByWildcard) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"lbl", "LWM2M Client: 1.1"}}), Names{"cse-in/ae"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"lbl", "LWM2M Client*"}}), Names{"cse-in/ae"});
}

TEST_F(CseRetrieveTest, DiscoversByTypeAndAttribute) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "2"}}), Names{"cse-in/ae"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "2 4"}}),
            (Names{"cse-in/ae", "cse-in/ae/3/0/9/v1", "cse-in/ae/3/0/9/v2"}));
  EXPECT_EQ(Discover("cse-in", kOwner, {{"rn", "13"}}), Names{"cse-in/ae/3/0/13"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"api", "N*"}}), Names{"cse-in/ae"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"cni", "2"}}), Names{"cse-in/ae/3/0/9"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"cty", "text/plain"}}).size(), 2u);
}

TEST_F(CseRetrieveTest, CombinesConditions) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "3"}, {"rn", "9"}}), Names{"cse-in/ae/3/0/9"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "2"}, {"rn", "9"}}), Names{});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "2"}, {"rn", "9"}, {"fo", "2"}}),
            (Names{"cse-in/ae", "cse-in/ae/3/0/9"}));
}

TEST_F(CseRetrieveTest, DiscoversByTimeTagAndSize) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"cra", "20270115T080050"}}), Names{"cse-in/ae/3/0/9/v2"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "4"}, {"crb", "20270115T080050"}}),
            Names{"cse-in/ae/3/0/9/v1"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "4"}, {"stb", "1"}}), Names{"cse-in/ae/3/0/9/v2"});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"sza", "2"}}).size(), 2u);
  EXPECT_EQ(Discover("cse-in", kOwner, {{"szb", "2"}}), Names{});
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "2"}, {"exb", "20400101T000000"}}).size(), 1u);
}

TEST_F(CseRetrieveTest, LimitsSkipsAndStopsDiscovery) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "3"}, {"lim", "2"}}),
            (Names{"cse-in/ae/3", "cse-in/ae/3/0"}));
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "3"}, {"lim", "2"}, {"ofst", "3"}}),
            (Names{"cse-in/ae/3/0/9", "cse-in/ae/3/0/13"}));
  EXPECT_EQ(Discover("cse-in/ae", kOwner, {{"lvl", "1"}}), Names{"cse-in/ae/3"});
}

TEST_F(CseRetrieveTest, DiscoversUnstructuredAddresses) {
  EXPECT_EQ(Discover("cse-in", kOwner, {{"ty", "2"}, {"drt", "2"}}), Names{kOwner});
}

TEST_F(CseRetrieveTest, HidesWhatTheOriginatorMayNotDiscover) {
  ASSERT_EQ(Code(CreateAe("other", "Cother")), 2001);
  EXPECT_EQ(Discover("cse-in", "Cother", {{"ty", "2"}}), Names{"cse-in/other"});
  EXPECT_EQ(Discover("cse-in", kAdmin, {{"ty", "2"}}), (Names{"cse-in/ae", "cse-in/other"}));
  EXPECT_EQ(Discover("-", "Cstranger", {}), Names{});
}

TEST_F(CseRetrieveTest, TellsDiscoveryFromRetrieve) {
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cd"],"acop":32}]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  ASSERT_EQ(Code(Update("cse-in/ae/3", R"({"m2m:cnt":{"acpi":["cse-in/ae/p"]}})")), 2004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/3", "Cd")), 4103);
  EXPECT_EQ(Discover("cse-in/ae/3", "Cd", {{"ty", "3"}}).size(), 3u);
}

TEST_F(CseRetrieveTest, DeletesTheWholeSubtree) {
  const std::string id = Text(Retrieve("cse-in/ae/3/0/9"), "ri");
  EXPECT_EQ(Code(Delete("cse-in/ae/3")), 2002);
  EXPECT_EQ(Code(Retrieve(id)), 4004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/3/0")), 4004);
  EXPECT_EQ(cse_.resource_count(), 2u);
  EXPECT_EQ(Code(Delete("cse-in/ae/3")), 4004);
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"3"}})")), 2001);
}

TEST_F(CseRetrieveTest, AnswersADeleteWithWhatResultContentAsksFor) {
  EXPECT_EQ(Delete("cse-in/ae/3/0/9/v1").content, "");
  EXPECT_EQ(Text(Delete("cse-in/ae/3/0/9/v2", kOwner, {{"rcn", "1"}}), "rn"), "v2");
  EXPECT_EQ(Code(Delete("cse-in/ae", kOwner, {{"rcn", "2"}})), 4000);
  EXPECT_EQ(Code(Retrieve("cse-in/ae")), 2000);
}

TEST_F(CseRetrieveTest, ExpiresWhatHasHadItsTime) {
  ASSERT_EQ(Code(Update("cse-in/ae/3", R"({"m2m:cnt":{"et":"20270115T090000"}})")), 2004);
  EXPECT_EQ(cse_.Expire(TimePoint(std::chrono::seconds(1'800'003'599))), 0u);
  EXPECT_EQ(cse_.Expire(TimePoint(std::chrono::seconds(1'800'003'600))), 6u);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/3")), 4004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae")), 2000);
}

TEST_F(CseRetrieveTest, ExpiresInstancesThatAreTooOld) {
  ASSERT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"short","mia":60}})")), 2001);
  ASSERT_EQ(Code(Create("cse-in/ae/short", 4, R"({"m2m:cin":{"con":"1"}})")), 2001);
  now_ += std::chrono::seconds(30);
  ASSERT_EQ(Code(Create("cse-in/ae/short", 4, R"({"m2m:cin":{"con":"2"}})")), 2001);
  EXPECT_EQ(cse_.Expire(now_ + std::chrono::seconds(30)), 1u);
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/short"), "cni"), Value(1));
  EXPECT_EQ(Text(Retrieve("cse-in/ae/short/ol"), "con"), "2");
}

TEST_F(CseRetrieveTest, TakesAnAgeBeyondAllTimes) {
  ASSERT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"long","mia":9223372036854775807}})")),
            2001);
  EXPECT_EQ(Text(Create("cse-in/ae/long", 4, R"({"m2m:cin":{"con":"1"}})"), "et"),
            "20320114T080320");
}

TEST_F(CseRetrieveTest, FreesTheAeIdWithTheAe) {
  EXPECT_EQ(Code(CreateAe("again", kOwner)), 4117);
  EXPECT_EQ(Code(Delete("cse-in/ae")), 2002);
  EXPECT_EQ(Code(CreateAe("again", kOwner)), 2001);
}

// A hundred thousand endpoints must not make an operation a hundred thousand times slower. The
// bound is wide: a scan per operation would need some 10^8 slow steps and miss it.
TEST_F(CseRetrieveTest, StaysFastWithManyResources) {
  constexpr int kMany = 4'000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kMany; ++i) {
    const std::string name = "e" + std::to_string(i);
    ASSERT_EQ(Code(CreateAe(name, "C" + name, R"(,"et":"20270201T000000")")), 2001);
  }
  for (int i = 0; i < kMany; i += 2) {
    const std::string name = "e" + std::to_string(i);
    ASSERT_EQ(Code(Delete("cse-in/" + name, "C" + name)), 2002);
  }
  EXPECT_EQ(cse_.Expire(now_ + std::chrono::hours(24 * 30)), std::size_t{kMany / 2});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace onem2m::cse
