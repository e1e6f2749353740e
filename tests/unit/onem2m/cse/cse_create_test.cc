#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

class CseCreateTest : public CseFixture {};

TEST_F(CseCreateTest, GivesTheAeIdThatTheOriginatorAsksFor) {
  const auto response = CreateAe("ae", "Cmine");
  EXPECT_EQ(Code(response), 2001) << response.content;
  EXPECT_EQ(Text(response, "aei"), "Cmine");
  EXPECT_EQ(Text(response, "ri"), "Cmine");
  EXPECT_EQ(Text(response, "pi"), "id-in");
  EXPECT_EQ(Attribute(response, "ty"), Value(2));
  EXPECT_EQ(Text(response, "ct"), "20270115T080000");
}

TEST_F(CseCreateTest, ChoosesAnAeIdWhenNobodyAsksForOne) {
  const std::string none = Text(CreateAe("a", ""), "aei");
  const std::string c = Text(CreateAe("b", "C"), "aei");
  const std::string s = Text(CreateAe("c", "S"), "aei");
  EXPECT_EQ(none.substr(0, 1), "C");
  EXPECT_EQ(c.substr(0, 1), "C");
  EXPECT_EQ(s.substr(0, 1), "S");
  EXPECT_GT(none.size(), 1u);
  EXPECT_NE(none, c);
}

TEST_F(CseCreateTest, NeverChoosesAnAeIdThatSomebodyHas) {
  EXPECT_EQ(Code(CreateAe("a", "C1")), 2001);
  const auto response = CreateAe("b", "C");
  EXPECT_EQ(Code(response), 2001) << response.content;
  EXPECT_NE(Text(response, "aei"), "C1");
}

TEST_F(CseCreateTest, RefusesASecondAeOfTheSameOriginator) {
  EXPECT_EQ(Code(CreateAe("a", kOwner)), 2001);
  EXPECT_EQ(Code(CreateAe("b", kOwner)), 4117);
  EXPECT_EQ(Code(CreateAe("a", kOwner)), 4117);
  EXPECT_EQ(Code(CreateAe("a", "/id-in/Cowner")), 4117);
}

TEST_F(CseCreateTest, RefusesAeIdsThatAreNone) {
  EXPECT_EQ(Code(CreateAe("a", "Xname")), 4126);
  EXPECT_EQ(Code(CreateAe("a", "Curn:dev:ops")), 4000);
  EXPECT_EQ(Code(CreateAe("a", kAdmin)), 4117);
}

TEST_F(CseCreateTest, RefusesANameThatIsTaken) {
  EXPECT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  EXPECT_EQ(Code(CreateAe("ae", "Cother")), 4105);
}

TEST_F(CseCreateTest, InsistsOnWhatAnAeMustHave) {
  const auto create = [this](const std::string& body) {
    return Code(Create("cse-in", 2, R"({"m2m:ae":{"rn":"x",)" + body + "}}", "Cx"));
  };
  EXPECT_EQ(create(R"("rr":true,"srv":["3"])"), 4000);
  EXPECT_EQ(create(R"("api":"Nx","srv":["3"])"), 4000);
  EXPECT_EQ(create(R"("api":"Nx","rr":true)"), 4000);
  EXPECT_EQ(create(R"("api":"lwm2m","rr":true,"srv":["3"])"), 4000);
  EXPECT_EQ(create(R"("api":"N","rr":true,"srv":["3"])"), 4000);
  EXPECT_EQ(create(R"("api":"Nx","rr":"true","srv":["3"])"), 4000);
  EXPECT_EQ(create(R"("api":"Nx","rr":true,"srv":"3")"), 4000);
  EXPECT_EQ(create(R"("api":"Nx","rr":true,"srv":["3"],"aei":"Cx")"), 4000);
  EXPECT_EQ(create(R"("api":"Rx","rr":true,"srv":["3"])"), 2001);
}

TEST_F(CseCreateTest, InsistsOnReleaseVersionsOfAnAeOnlyFromRelease3On) {
  RequestPrimitive request;
  request.operation = Operation::kCreate;
  request.to = "cse-in";
  request.from = "Cold";
  request.request_identifier = "1";
  request.type = ResourceType::kAe;
  request.content = R"({"m2m:ae":{"api":"Nx","rr":false}})";
  request.release_version = "3";
  EXPECT_EQ(Code(cse_.Handle(request, now_).primitive), 4000);
  request.release_version = "2a";
  EXPECT_EQ(Code(cse_.Handle(request, now_).primitive), 2001);
}

TEST_F(CseCreateTest, KeepsHostedAeLinksOfTheNode) {
  ASSERT_EQ(Code(CreateAe("ipe", "Cipe")), 2001);
  ASSERT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"rn":"n","ni":"x"}})", "Cipe")), 2001);
  ASSERT_EQ(Code(CreateAe("a", "Ca", R"(,"nl":"cse-in/n")")), 2001);
  ASSERT_EQ(Code(CreateAe("b", "Cb")), 2001);
  EXPECT_EQ(Attribute(Retrieve("cse-in/n", "Cipe"), "hael"), Value(Array{"Ca"}));
  EXPECT_EQ(Code(Update("cse-in/b", R"({"m2m:ae":{"nl":"cse-in/n"}})", "Cb")), 2004);
  EXPECT_EQ(Attribute(Retrieve("cse-in/n", "Cipe"), "hael"), Value(Array{"Ca", "Cb"}));
  EXPECT_EQ(Code(Delete("cse-in/a", "Ca")), 2002);
  EXPECT_EQ(Attribute(Retrieve("cse-in/n", "Cipe"), "hael"), Value(Array{"Cb"}));
  EXPECT_EQ(Code(Update("cse-in/b", R"({"m2m:ae":{"nl":null}})", "Cb")), 2004);
  EXPECT_TRUE(Attribute(Retrieve("cse-in/n", "Cipe"), "hael").IsNull());
}

TEST_F(CseCreateTest, ForgetsTheNodeLinkWithTheNode) {
  ASSERT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"rn":"n","ni":"x"}})", kAdmin)), 2001);
  ASSERT_EQ(Code(CreateAe("a", "Ca", R"(,"nl":"cse-in/n")")), 2001);
  ASSERT_EQ(Code(Delete("cse-in/n", kAdmin)), 2002);
  EXPECT_TRUE(Attribute(Retrieve("cse-in/a", "Ca"), "nl").IsNull());
}

TEST_F(CseCreateTest, RefusesALinkToANodeThatIsNotThere) {
  EXPECT_EQ(Code(CreateAe("a", "Ca", R"(,"nl":"nosuchnode")")), 4004);
}

TEST_F(CseCreateTest, RefusesAttributesItDoesNotKnow) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"foo":1}})")), 4000);
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"con":"x"}})")), 4000);
}

TEST_F(CseCreateTest, RefusesAttributesOfTheHostingCse) {
  CreateAeAndContainer();
  for (const char* name : {"ty", "ri", "pi", "ct", "lt", "st", "cni", "cbs"}) {
    EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{")" + std::string(name) + R"(":1}})")),
              4000)
        << name;
  }
}

TEST_F(CseCreateTest, RefusesStandardAttributesThatNothingActsOn) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"at":["/id-mn"]}})")), 5001);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3]})", R"(,"bn":{"num":3})")), 5001);
}

TEST_F(CseCreateTest, RefusesValuesOfTheWrongType) {
  CreateAeAndContainer();
  for (const char* body :
       {R"("mni":"10")", R"("mni":1.5)", R"("mni":-1)", R"("mbs":true)", R"("lbl":"one")",
        R"("lbl":[1])", R"("or":7)", R"("disr":1)", R"("et":20300101)", R"("et":"soon")",
        R"("rn":5)", R"("acpi":"x")", R"("acpi":[])", R"("mni":null)", R"("cr":"Cx")"}) {
    EXPECT_EQ(Code(Create("cse-in/ae", 3, "{\"m2m:cnt\":{" + std::string(body) + "}}")), 4000)
        << body;
  }
}

TEST_F(CseCreateTest, RefusesContentThatIsNotOneResource) {
  CreateAeAndContainer();
  for (const char* content :
       {"", "[]", "7", "{}", R"({"m2m:cnt":[]})", R"({"m2m:cnt":{"rn":"x")",
        R"({"m2m:cnt":{},"m2m:cin":{}})", R"({"cnt":{}})", R"({"m2m:cin":{"con":"1"}})"}) {
    EXPECT_EQ(Code(Create("cse-in/ae", 3, content)), 4000) << content;
  }
}

TEST_F(CseCreateTest, TellsUnknownTypesFromThoseItDoesNotServe) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Create("cse-in/ae", 9999, R"({"m2m:xyz":{}})")), 4000);
  EXPECT_EQ(Code(Create("cse-in/ae", 9, R"({"m2m:grp":{}})")), 5001);
  EXPECT_EQ(Code(Create("cse-in/ae", 15, R"({"m2m:pch":{}})")), 5001);
  EXPECT_EQ(Code(Create("cse-in/ae", 5, R"({"m2m:cb":{}})")), 4005);
}

TEST_F(CseCreateTest, RefusesChildrenThatTheParentCannotHave) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Create("cse-in/ae", 4, R"({"m2m:cin":{"con":"1"}})")), 4108);
  EXPECT_EQ(Code(Create("cse-in/ae", 14, R"({"m2m:nod":{"ni":"x"}})")), 4108);
  EXPECT_EQ(Code(Create("cse-in/ae", 2, R"({"m2m:ae":{"api":"Nx","rr":true,"srv":["3"]}})")), 4108);
  EXPECT_EQ(Code(Create("cse-in", 13, R"({"m2m:bat":{"mgd":1006,"btl":1,"bts":1}})", kAdmin)),
            4108);
}

TEST_F(CseCreateTest, ChecksTheGrammarOfNames) {
  CreateAeAndContainer();
  for (const char* name : {"a:b", "a/b", "a b", "-a", ".a", "", "ä", "la", "ol"}) {
    EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":")" + std::string(name) + R"("}})")),
              4000)
        << name;
  }
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"3.0_x-1"}})")), 2001);
}

TEST_F(CseCreateTest, MakesUpNamesThatAreFree) {
  CreateAeAndContainer();
  const std::string first = Text(Create("cse-in/ae", 3, R"({"m2m:cnt":{}})"), "rn");
  const std::string second = Text(Create("cse-in/ae", 3, R"({"m2m:cnt":{}})"), "rn");
  EXPECT_FALSE(first.empty());
  EXPECT_NE(first, second);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/" + second)), 2000);
}

TEST_F(CseCreateTest, RefusesADuplicateName) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"c"}})")), 4105);
  EXPECT_EQ(Code(AddInstance("1", "v1")), 2001);
  EXPECT_EQ(Code(AddInstance("2", "v1")), 4105);
}

TEST_F(CseCreateTest, RefusesAParentThatIsNotThere) {
  EXPECT_EQ(Code(Create("cse-in/none", 3, R"({"m2m:cnt":{}})", kAdmin)), 4004);
}

TEST_F(CseCreateTest, RefusesATreeWithoutEnd) {
  CreateAeAndContainer();
  std::string id = Text(Retrieve("cse-in/ae/c"), "ri");
  int code = 2001;
  int depth = 0;
  for (; depth < 100 && code == 2001; ++depth) {
    const auto response = Create(id, 3, R"({"m2m:cnt":{}})");
    code = Code(response);
    id = Text(response, "ri");
  }
  EXPECT_EQ(code, 5207);
  EXPECT_GT(depth, 50);
}

TEST_F(CseCreateTest, BoundsExpirationTimes) {
  CreateAeAndContainer();
  const auto past = Create("cse-in/ae", 3, R"({"m2m:cnt":{"et":"20200101T000000"}})");
  EXPECT_EQ(Code(past), 4000);
  EXPECT_NE(past.content.find("in the past"), std::string::npos);
  const auto near = Create("cse-in/ae", 3, R"({"m2m:cnt":{"et":"20270116T000000"}})");
  EXPECT_EQ(Text(near, "et"), "20270116T000000");
  const auto far = Create("cse-in/ae", 3, R"({"m2m:cnt":{"et":"20991231T235959"}})");
  EXPECT_EQ(Text(far, "et"), "20320114T080000");
  EXPECT_EQ(Text(Create("cse-in/ae", 3, R"({"m2m:cnt":{}})"), "et"), "20320114T080000");
}

TEST_F(CseCreateTest, TellsTheCreatorWhereItIsAskedFor) {
  CreateAeAndContainer();
  EXPECT_EQ(Text(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"d","cr":null}})"), "cr"), kOwner);
  EXPECT_TRUE(Attribute(Retrieve("cse-in/ae/c"), "cr").IsNull());
  EXPECT_EQ(Text(Create("cse-in/ae/d", 4, R"({"m2m:cin":{"con":"1","cr":null}})", kAdmin), "cr"),
            kAdmin);
}

TEST_F(CseCreateTest, AnswersWhatResultContentAsksFor) {
  CreateAeAndContainer();
  const auto create = [this](const std::string& name, const std::string& rcn) {
    return Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":")" + name + R"("}})", kOwner,
                  {{"rcn", rcn}});
  };
  EXPECT_EQ(create("r0", "0").content, "");
  EXPECT_EQ(Text(create("r1", "1"), "rn"), "r1");
  EXPECT_EQ(create("r2", "2").content, R"({"m2m:uri":"cse-in/ae/r2"})");
  EXPECT_EQ(Text(create("r3", "3"), "uri"), "cse-in/ae/r3");
  const auto modified = create("r9", "9");
  EXPECT_EQ(Text(modified, "rn"), "");
  EXPECT_NE(Text(modified, "ri"), "");
  EXPECT_EQ(Code(create("r4", "4")), 4000);
}

TEST_F(CseCreateTest, TellsWhereTheNewResourceIs) {
  RequestPrimitive request;
  request.operation = Operation::kCreate;
  request.to = "-";
  request.from = kAdmin;
  request.request_identifier = "1";
  request.release_version = "3";
  request.type = ResourceType::kNode;
  request.content = R"({"m2m:nod":{"rn":"n","ni":"x"}})";
  EXPECT_EQ(cse_.Handle(request, now_).location, "cse-in/n");
}

TEST_F(CseCreateTest, KeepsContentAsItCame) {
  CreateAeAndContainer();
  const auto text = Create(
      "cse-in/ae/c", 4, R"({"m2m:cin":{"con":"Grüße 温度","cnf":"text/plain:0","lbl":["a b"]}})");
  EXPECT_EQ(Text(text, "con"), "Grüße 温度");
  EXPECT_EQ(Attribute(text, "cs"), Value(14));
  EXPECT_EQ(Attribute(Create("cse-in/ae/c", 4, R"({"m2m:cin":{"con":42.5}})"), "con"), Value(42.5));
  const auto object = Create("cse-in/ae/c", 4, R"({"m2m:cin":{"con":{"a":1}}})");
  EXPECT_EQ(Serialize(Attribute(object, "con")), R"({"a":1})");
  EXPECT_EQ(Attribute(object, "cs"), Value(7));
}

TEST_F(CseCreateTest, ChecksTheAttributesOfAnInstance) {
  CreateAeAndContainer();
  for (const char* body :
       {R"("cnf":"text/plain:0")", R"("con":null)", R"("con":"1","cnf":"text")",
        R"("con":"1","cnf":"text/plain:3")", R"("con":"1","cnf":"text/plain:0:9")",
        R"("con":"1","acpi":["x"])", R"("con":"1","conr":[{"nm":"x"}])",
        R"("con":"1","conr":{"x":[]})", R"("con":"1","dgt":"now")"}) {
    EXPECT_EQ(Code(Create("cse-in/ae/c", 4, "{\"m2m:cin\":{" + std::string(body) + "}}")), 4000)
        << body;
  }
  for (const char* body :
       {R"("con":"1","cnf":"application/vnd.oma.lwm2m+tlv:2")",
        R"("con":"1","cnf":"text/plain:0:1")",
        R"("con":"66:0","conr":{"urir":[{"nm":"ObjectLink","uri":"/id-in/c1"}]})",
        R"("con":"66:0","conr":[{"nm":"ObjectLink","uri":"/id-in/c1"}])"}) {
    EXPECT_EQ(Code(Create("cse-in/ae/c", 4, "{\"m2m:cin\":{" + std::string(body) + "}}")), 2001)
        << body;
  }
}

TEST_F(CseCreateTest, CountsInstancesOctetsAndChanges) {
  CreateAeAndContainer();
  EXPECT_EQ(Attribute(AddInstance("abc"), "st"), Value(1));
  EXPECT_EQ(Attribute(AddInstance("de"), "st"), Value(2));
  const auto container = Retrieve("cse-in/ae/c");
  EXPECT_EQ(Attribute(container, "cni"), Value(2));
  EXPECT_EQ(Attribute(container, "cbs"), Value(5));
  EXPECT_EQ(Attribute(container, "st"), Value(2));
}

TEST_F(CseCreateTest, PushesOutTheOldestInstanceAboveMaxNrOfInstances) {
  CreateAeAndContainer(R"(,"mni":2)");
  for (const char* name : {"z1", "a1", "m1"}) EXPECT_EQ(Code(AddInstance(name, name)), 2001);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/z1")), 4004);
  EXPECT_EQ(Text(Retrieve("cse-in/ae/c/ol"), "rn"), "a1");
  EXPECT_EQ(Text(Retrieve("cse-in/ae/c/la"), "rn"), "m1");
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c"), "cni"), Value(2));
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c"), "st"), Value(3));
}

TEST_F(CseCreateTest, PushesOutTheOldestInstancesAboveMaxByteSize) {
  CreateAeAndContainer(R"(,"mbs":10)");
  EXPECT_EQ(Code(AddInstance("aaaa", "a")), 2001);
  EXPECT_EQ(Code(AddInstance("bbbb", "b")), 2001);
  EXPECT_EQ(Code(AddInstance("cccccccc", "c")), 2001);
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c"), "cni"), Value(1));
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c"), "cbs"), Value(8));
}

TEST_F(CseCreateTest, RefusesAnInstanceThatCanNeverFit) {
  CreateAeAndContainer(R"(,"mbs":4)");
  EXPECT_EQ(Code(AddInstance("12345")), 5207);
  EXPECT_EQ(Code(AddInstance("1234")), 2001);
  EXPECT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"none","mni":0}})")), 2001);
  EXPECT_EQ(Code(Create("cse-in/ae/none", 4, R"({"m2m:cin":{"con":"1"}})")), 5207);
}

TEST_F(CseCreateTest, CreatesSpecialisationsOfMgmtObj) {
  ASSERT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"rn":"n","ni":"x"}})", kAdmin)), 2001);
  const auto create = [this](const std::string& content) {
    return Code(Create("cse-in/n", 13, content, kAdmin));
  };
  EXPECT_EQ(create(R"({"m2m:bat":{"rn":"bat","mgd":1006,"btl":90,"bts":1,"obis":["urn:x"]}})"),
            2001);
  EXPECT_EQ(create(R"({"m2m:mem":{"mgd":1003,"mma":10,"mmt":20}})"), 2001);
  EXPECT_EQ(create(R"({"m2m:dvi":{"mgd":1007,"dlb":"x","man":"m","mod":"o","dty":"t"}})"), 2001);
  EXPECT_EQ(create(R"({"m2m:fwr":{"mgd":1001,"vr":"1","fwn":"f","url":"u","ud":false}})"), 2001);
  EXPECT_EQ(create(R"({"m2m:rbo":{"mgd":1009,"rbo":false}})"), 2001);
  EXPECT_EQ(create(R"({"m2m:bat":{"mgd":1007,"btl":90,"bts":1}})"), 4000);
  EXPECT_EQ(create(R"({"m2m:bat":{"mgd":1006,"btl":90}})"), 4000);
  EXPECT_EQ(create(R"({"m2m:cnt":{}})"), 4000);
  EXPECT_EQ(Code(Update("cse-in/n/bat", R"({"m2m:bat":{"btl":80}})", kAdmin)), 2004);
  EXPECT_EQ(Attribute(Retrieve("cse-in/n/bat", kAdmin), "btl"), Value(80));
}

}  // namespace
}  // namespace onem2m::cse
