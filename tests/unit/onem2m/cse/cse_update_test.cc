#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

class CseUpdateTest : public CseFixture {};

TEST_F(CseUpdateTest, ChangesOnlyWhatItNames) {
  CreateAeAndContainer(R"(,"mni":5,"lbl":["a"])");
  now_ += std::chrono::seconds(10);
  const auto response = Update("cse-in/ae/c", R"({"m2m:cnt":{"lbl":["b","c"]}})");
  EXPECT_EQ(Code(response), 2004);
  EXPECT_EQ(Attribute(response, "lbl"), Value(Array{"b", "c"}));
  EXPECT_EQ(Attribute(response, "mni"), Value(5));
  EXPECT_EQ(Attribute(response, "st"), Value(1));
  EXPECT_EQ(Text(response, "ct"), "20270115T080000");
  EXPECT_EQ(Text(response, "lt"), "20270115T080010");
}

TEST_F(CseUpdateTest, RemovesWithNull) {
  CreateAeAndContainer(R"(,"mni":5)");
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":null}})")), 2004);
  EXPECT_TRUE(Attribute(Retrieve("cse-in/ae/c"), "mni").IsNull());
  EXPECT_EQ(Code(Update("cse-in/ae", R"({"m2m:ae":{"rr":null}})")), 4000);
}

TEST_F(CseUpdateTest, RefusesWhatMayNotChange) {
  CreateAeAndContainer();
  for (const char* body : {R"("ct":"20300101T000000")", R"("rn":"d")", R"("ri":"x")", R"("cni":3)",
                           R"("foo":1)", R"("cr":null)", R"("mni":"3")"}) {
    EXPECT_EQ(Code(Update("cse-in/ae/c", "{\"m2m:cnt\":{" + std::string(body) + "}}")), 4000)
        << body;
  }
  EXPECT_EQ(Code(Update("cse-in/ae", R"({"m2m:ae":{"api":"Nother"}})")), 4000);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cin":{"con":"x"}})")), 4000);
}

TEST_F(CseUpdateTest, RefusesInstancesVirtualResourcesAndTheBase) {
  CreateAeAndContainer();
  AddInstance("1", "v");
  EXPECT_EQ(Code(Update("cse-in/ae/c/v", R"({"m2m:cin":{"con":"x"}})")), 4005);
  EXPECT_EQ(Code(Update("cse-in/ae/c/la", R"({"m2m:cin":{"con":"x"}})")), 4005);
  EXPECT_EQ(Code(Update("cse-in", R"({"m2m:cb":{"lbl":["x"]}})", kAdmin)), 4005);
  EXPECT_EQ(Code(Update("cse-in/none", R"({"m2m:cnt":{}})")), 4004);
}

TEST_F(CseUpdateTest, WantsPolicyIdsAlone) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"p","pv":{"acr":[]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":["cse-in/ae/p"],"lbl":["x"]}})")),
            4000);
  const auto response = Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":["cse-in/ae/p"]}})");
  EXPECT_EQ(Code(response), 2004);
  EXPECT_EQ(Attribute(response, "acpi"), Value(Array{Text(Retrieve("cse-in/ae/p"), "ri")}));
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":["cse-in/ae/none"]}})")), 4000);
}

TEST_F(CseUpdateTest, BoundsExpirationTimes) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"et":"20200101T000000"}})")), 4000);
  EXPECT_EQ(Text(Update("cse-in/ae/c", R"({"m2m:cnt":{"et":"20270201T000000"}})"), "et"),
            "20270201T000000");
  EXPECT_EQ(Text(Update("cse-in/ae/c", R"({"m2m:cnt":{"et":null}})"), "et"), "20320114T080000");
}

TEST_F(CseUpdateTest, AnswersWhatResultContentAsksFor) {
  CreateAeAndContainer();
  EXPECT_EQ(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":3}})", kOwner, {{"rcn", "0"}}).content, "");
  const auto modified = Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":4}})", kOwner, {{"rcn", "9"}});
  EXPECT_EQ(modified.content, R"({"m2m:cnt":{"lt":"20270115T080000","st":2,"mni":4}})");
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{}})", kOwner, {{"rcn", "4"}})), 4000);
}

TEST_F(CseUpdateTest, AppliesNewLimitsToInstancesThatAreThere) {
  CreateAeAndContainer();
  for (const char* name : {"a", "b", "c"}) AddInstance("x", name);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":1}})")), 2004);
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c"), "cni"), Value(1));
  EXPECT_EQ(Text(Retrieve("cse-in/ae/c/ol"), "rn"), "c");
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mia":60}})")), 2004);
  now_ += std::chrono::seconds(60);
  EXPECT_EQ(cse_.Expire(now_), 1u);
}

TEST_F(CseUpdateTest, DeletesInstancesWhenRetrievalIsDisabled) {
  CreateAeAndContainer();
  AddInstance("1", "v1");
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"disr":true}})")), 2004);
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c"), "cni"), Value(0));
  EXPECT_EQ(Code(AddInstance("2", "v2")), 2001);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/v2")), 4005);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/la")), 4005);
}

TEST_F(CseUpdateTest, ChecksRulesOfAPolicyAgain) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"p","pv":{"acr":[]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  EXPECT_EQ(Code(Update("cse-in/ae/p", R"({"m2m:acp":{"pvs":{"acr":[]}}})")), 4000);
  EXPECT_EQ(Code(Update("cse-in/ae/p", R"({"m2m:acp":{"pv":{"acr":[{"acor":["all"]}]}}})")), 4000);
  EXPECT_EQ(
      Code(Update("cse-in/ae/p", R"({"m2m:acp":{"pv":{"acr":[{"acor":["all"],"acop":2}]}}})")),
      2004);
}

}  // namespace
}  // namespace onem2m::cse
