#include "onem2m/cse/access_control.h"

#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

class AccessControlTest : public CseFixture {
 protected:
  // A policy "p" below the AE of Cowner with the rules `pv`, in force for the container.
  void SetPolicy(const std::string& pv) {
    ASSERT_EQ(Code(Create("cse-in/ae", 1,
                          R"({"m2m:acp":{"rn":"p","pv":{"acr":[)" + pv +
                              R"(]},"pvs":{"acr":[{"acor":["Cchief"],"acop":63}]}}})")),
              2001);
    ASSERT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":["cse-in/ae/p"]}})")), 2004);
  }
};

TEST_F(AccessControlTest, ShutsStrangersOut) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(CreateAe("other", "Cother")), 2001);
  AddInstance("1", "v");
  for (const char* from : {"Cstranger", "Cother"}) {
    EXPECT_EQ(Code(Retrieve("cse-in/ae", from)), 4103);
    EXPECT_EQ(Code(Retrieve("cse-in/ae/c/la", from)), 4103);
    EXPECT_EQ(Code(Retrieve("cse-in/ae/c", from, {{"fu", "1"}})), 4103);
    EXPECT_EQ(Code(AddInstance("2", "", from)), 4103);
    EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":1}})", from)), 4103);
    EXPECT_EQ(Code(Delete("cse-in/ae", from)), 4103);
  }
}

TEST_F(AccessControlTest, LetsTheAdministratorDoEverything) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(AddInstance("1", "v", kAdmin)), 2001);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/v", kAdmin)), 2000);
  EXPECT_EQ(Code(Delete("cse-in/ae", kAdmin)), 2002);
}

TEST_F(AccessControlTest, KnowsTheOriginatorInItsLongForm) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Retrieve("cse-in/ae", "/id-in/Cowner")), 2000);
  EXPECT_EQ(Code(Retrieve("cse-in/ae", "/id-mn/Cowner")), 4103);
}

TEST_F(AccessControlTest, GuardsTheBase) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  const std::string acp =
      R"({"m2m:acp":{"pv":{"acr":[]},"pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})";
  EXPECT_EQ(Code(Create("cse-in", 3, R"({"m2m:cnt":{}})")), 4103);
  EXPECT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"ni":"x"}})", "Cstranger")), 4103);
  EXPECT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"ni":"x"}})")), 2001);
  EXPECT_EQ(Code(Create("cse-in", 1, acp, "Cstranger")), 4103);
  EXPECT_EQ(Code(Create("cse-in", 1, acp)), 2001);
  EXPECT_EQ(Code(Create("cse-in", 3, R"({"m2m:cnt":{}})", kAdmin)), 2001);
  EXPECT_EQ(Code(Delete("cse-in", kAdmin)), 4005);
}

TEST_F(AccessControlTest, GrantsByOperation) {
  CreateAeAndContainer();
  SetPolicy(R"({"acor":["Creader"],"acop":34},{"acor":["Cwriter"],"acop":35})");
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Creader")), 2000);
  EXPECT_EQ(Code(AddInstance("1", "", "Creader")), 4103);
  EXPECT_EQ(Code(AddInstance("1", "v", "Cwriter")), 2001);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/la", "Creader")), 2000);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":1}})", "Cwriter")), 4103);
  EXPECT_EQ(Code(Delete("cse-in/ae/c", "Cwriter")), 4103);
  EXPECT_EQ(Code(Retrieve("cse-in/ae", "Creader")), 4103);
}

TEST_F(AccessControlTest, MatchesOriginatorsByNameEverybodyAndWildcard) {
  CreateAeAndContainer();
  SetPolicy(R"({"acor":["/id-in/Cexact","Cgroup*"],"acop":2})");
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Cexact")), 2000);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "/id-in/Cexact")), 2000);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Cgroup7")), 2000);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Cexact2")), 4103);
  EXPECT_EQ(
      Code(Update("cse-in/ae/p", R"({"m2m:acp":{"pv":{"acr":[{"acor":["all"],"acop":2}]}}})")),
      2004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Canybody")), 2000);
}

TEST_F(AccessControlTest, LimitsCreateToTypesOfChildren) {
  CreateAeAndContainer();
  SetPolicy(R"({"acor":["all"],"acop":34},{"acor":["all"],"acop":1,"acod":[{"chty":[23]}]})");
  EXPECT_EQ(Code(AddInstance("1", "", "Capp")), 4103);
  const std::string sub =
      R"({"m2m:sub":{"rn":"s","nu":["http://127.0.0.1:9/n"],"enc":{"net":[3]}}})";
  EXPECT_EQ(Code(Create("cse-in/ae/c", 23, sub, "Capp")), 2001);
  EXPECT_EQ(Code(Delete("cse-in/ae/c/s", "Cother")), 4103);
  EXPECT_EQ(Code(Delete("cse-in/ae/c/s", "Capp")), 2002);
}

TEST_F(AccessControlTest, InheritsFromTheParent) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(Create("cse-in/ae/c", 3, R"({"m2m:cnt":{"rn":"d"}})")), 2001);
  SetPolicy(R"({"acor":["Creader"],"acop":2})");
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/d", "Creader")), 2000);
}

TEST_F(AccessControlTest, DoesNotInheritPastAPolicy) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(Create("cse-in/ae/c", 3, R"({"m2m:cnt":{"rn":"d"}})")), 2001);
  SetPolicy(R"({"acor":["Creader"],"acop":2})");
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"none","pv":{"acr":[]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  ASSERT_EQ(Code(Update("cse-in/ae/c/d", R"({"m2m:cnt":{"acpi":["cse-in/ae/none"]}})")), 2004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Creader")), 2000);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/d", "Creader")), 4103);
}

TEST_F(AccessControlTest, LeavesTheAeItsSubtreeWhateverPoliciesSay) {
  CreateAeAndContainer();
  SetPolicy(R"({"acor":["Creader"],"acop":2})");
  EXPECT_EQ(Code(AddInstance("1")), 2001);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":1}})")), 2004);
}

TEST_F(AccessControlTest, GrantsNothingThroughAPolicyThatIsGone) {
  CreateAeAndContainer();
  SetPolicy(R"({"acor":["Creader"],"acop":2})");
  ASSERT_EQ(Code(Delete("cse-in/ae/p")), 2002);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c", "Creader")), 4103);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c")), 2000);
}

TEST_F(AccessControlTest, GuardsAPolicyByItsSelfPrivileges) {
  CreateAeAndContainer();
  SetPolicy(R"({"acor":["all"],"acop":63})");
  EXPECT_EQ(Code(Retrieve("cse-in/ae/p", "Creader")), 4103);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/p", "Cchief")), 2000);
  // Everybody may update the container, but not which policy guards it.
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":9}})", "Creader")), 2004);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":null}})", "Creader")), 4103);
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":null}})", "Cchief")), 2004);
}

TEST_F(AccessControlTest, RefusesRulesThatAreNone) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  const auto create = [this](const std::string& pv, const std::string& pvs) {
    return Code(Create("cse-in/ae", 1, R"({"m2m:acp":{"pv":)" + pv + R"(,"pvs":)" + pvs + "}}"));
  };
  const std::string good = R"({"acr":[{"acor":["Cowner"],"acop":63}]})";
  EXPECT_EQ(create(good, good), 2001);
  EXPECT_EQ(create(good, R"({"acr":[]})"), 4000);
  EXPECT_EQ(create(good, "{}"), 4000);
  EXPECT_EQ(create("[]", good), 4000);
  EXPECT_EQ(create(R"({"acr":{}})", good), 4000);
  EXPECT_EQ(create(R"({"acr":[{"acor":"all","acop":2}]})", good), 4000);
  EXPECT_EQ(create(R"({"acr":[{"acor":["all"],"acop":64}]})", good), 4000);
  EXPECT_EQ(create(R"({"acr":[{"acor":["all"],"acop":"2"}]})", good), 4000);
  EXPECT_EQ(create(R"({"acr":[{"acop":2}]})", good), 4000);
  EXPECT_EQ(create(R"({"acr":[{"acor":["all"],"acop":2,"x":1}]})", good), 4000);
  EXPECT_EQ(create(R"({"acr":[{"acor":["all"],"acop":1,"acod":[{"chty":"3"}]}]})", good), 4000);
  // A rule for a context must not become a rule for all contexts.
  EXPECT_EQ(create(R"({"acr":[{"acor":["all"],"acop":2,"acco":[{"actw":["* * * * *"]}]}]})", good),
            5001);
  EXPECT_EQ(Code(Create("cse-in/ae", 1, R"({"m2m:acp":{"pv":)" + good + "}}")), 4000);
}

TEST_F(AccessControlTest, MatchesWildcards) {
  EXPECT_TRUE(MatchesWildcard("*", ""));
  EXPECT_TRUE(MatchesWildcard("a*c*e", "abcde"));
  EXPECT_TRUE(MatchesWildcard("*b*", "abab"));
  EXPECT_TRUE(MatchesWildcard("a**", "a"));
  EXPECT_FALSE(MatchesWildcard("a*c", "abcd"));
  EXPECT_FALSE(MatchesWildcard("", "a"));
}

}  // namespace
}  // namespace onem2m::cse
