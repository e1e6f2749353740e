// <mgmtObj>, <flexContainer> and <semanticDescriptor>.
#include <gmock/gmock.h>

#include "cse_fixture.h"
#include "onem2m/cse/attribute_policy.h"
#include "onem2m/module_classes.h"

namespace onem2m::cse {
namespace {

using testing::ElementsAre;

class CseSpecialisationTest : public CseFixture {
 protected:
  static constexpr const char* kTemperature =
      R"("cnd":"org.onem2m.common.moduleclass.temperature")";

  void CreateNode() {
    ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
    ASSERT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"rn":"n","ni":"x"}})")), 2001);
  }
  ResponsePrimitive CreateObject(const std::string& root, const std::string& body) {
    return Create("cse-in/n", 13, "{\"" + root + "\":{" + body + "}}");
  }
  ResponsePrimitive CreateFlex(const std::string& root, const std::string& body,
                               const std::string& parent = "cse-in/ae") {
    return Create(parent, 28, "{\"" + root + "\":{" + body + "}}");
  }
  // cse-in/ae/t, 21.5 degrees.
  void CreateTemperature() {
    ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
    ASSERT_EQ(Code(CreateFlex("cod:tempe",
                              R"("rn":"t",)" + std::string(kTemperature) + R"(,"curT0":21.5)")),
              2001);
  }
};

TEST_F(CseSpecialisationTest, TakesSelfDefinedManagementObjectsWithTheirOwnAttributes) {
  CreateNode();
  const auto created = CreateObject(
      "m2m:connectivityMonitoring",
      R"("rn":"4-0","mgd":0,"obis":["urn:oma:lwm2m:oma:4"],"obps":["/4/0"],"networkBearer":21,
         "radioSignalStrength":-92,"ipAddresses":["10.0.0.1"],"linkQuality":0.5,"up":true)");
  ASSERT_EQ(Code(created), 2001) << created.content;
  EXPECT_EQ(created.content.rfind(R"({"m2m:connectivityMonitoring":{)", 0), 0u);
  EXPECT_EQ(Attribute(created, "networkBearer"), Value(21));
  EXPECT_EQ(Attribute(created, "ipAddresses"), Value(Array{"10.0.0.1"}));

  const auto updated = Update("cse-in/n/4-0", R"({"m2m:connectivityMonitoring":{"linkQuality":null,
             "networkBearer":6,"cellId":77}})");
  ASSERT_EQ(Code(updated), 2004) << updated.content;
  const auto read = Retrieve("cse-in/n/4-0");
  EXPECT_EQ(read.content.rfind(R"({"m2m:connectivityMonitoring":{)", 0), 0u);
  EXPECT_TRUE(Attribute(read, "linkQuality").IsNull());
  EXPECT_EQ(Attribute(read, "networkBearer"), Value(6));
  EXPECT_EQ(Attribute(read, "cellId"), Value(77));
  EXPECT_EQ(Attribute(read, "radioSignalStrength"), Value(-92));
  EXPECT_THAT(Discover("cse-in/n", kOwner, {{"ty", "13"}}), ElementsAre("cse-in/n/4-0"));
  const auto tree = Retrieve("cse-in/n", kOwner, {{"rcn", "4"}});
  EXPECT_NE(tree.content.find(R"("m2m:connectivityMonitoring":[{)"), std::string::npos);
}

TEST_F(CseSpecialisationTest, RefusesSelfDefinedManagementObjectsThatClaimMore) {
  CreateNode();
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("mgd":1001)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("a":1)")), 4000);
  EXPECT_EQ(Code(CreateObject("own", R"("mgd":0)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:o w", R"("mgd":0)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:", R"("mgd":0)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:cnt", R"("mgd":0)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:bat", R"("mgd":0,"btl":1,"bts":1)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("mgd":0,"a b":1)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("mgd":0,"1a":1)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("mgd":0,"a":null)")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("mgd":0,"ct":"20270101T000000")")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:own", R"("rn":"o","mgd":0)")), 2001);
  EXPECT_EQ(Code(Update("cse-in/n/o", R"({"m2m:other":{"a":1}})")), 4000);
  EXPECT_EQ(Code(Update("cse-in/n/o", R"({"m2m:own":{"mgd":0}})")), 4000);
  EXPECT_EQ(Code(Update("cse-in/n/o", R"({"m2m:own":{"obps":["/1"]}})")), 4000);
}

TEST_F(CseSpecialisationTest, NotifiesOfUpdatesOfAnOwnAttribute) {
  CreateNode();
  ASSERT_EQ(Code(CreateObject("m2m:own", R"("rn":"o","mgd":0,"a":1)")), 2001);
  ASSERT_EQ(Code(Create("cse-in/n/o", 23,
                        R"({"m2m:sub":{"nu":[")" + std::string(kUrl) +
                            R"("],"nct":2,"enc":{"net":[1],"atr":["a"]}}})")),
            2001);
  ASSERT_EQ(Code(Update("cse-in/n/o", R"({"m2m:own":{"b":1}})")), 2004);
  EXPECT_EQ(sink_.posted.size(), 0u);
  ASSERT_EQ(Code(Update("cse-in/n/o", R"({"m2m:own":{"a":2}})")), 2004);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(Event(0, {"nev", "net"}), Value(1));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:own", "a"}), Value(2));
  EXPECT_TRUE(Event(0, {"nev", "rep", "m2m:own", "b"}).IsNull());
}

TEST_F(CseSpecialisationTest, KnowsActionStatusAndAreaNetworks) {
  CreateNode();
  const std::string firmware = R"("mgd":1001,"vr":"1","fwn":"f","url":"u","ud":false,"uds":)";
  EXPECT_EQ(Code(CreateObject("m2m:fwr", firmware + R"({"acn":"x","sus":4})")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:fwr", firmware + R"({"sus":1,"more":1})")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:fwr", firmware + R"([])")), 4000);
  EXPECT_EQ(Code(CreateObject("m2m:fwr", firmware + R"({"sus":3})")), 2001);
  EXPECT_EQ(Code(CreateObject("m2m:ani", R"("mgd":1004,"ant":"wifi","ldv":["/id-in/x"])")), 2001);
  EXPECT_EQ(Code(CreateObject("m2m:andi", R"("mgd":1005,"dvd":"d","dvt":"t","awi":"a")")), 2001);
  EXPECT_EQ(Code(CreateObject("m2m:andi", R"("mgd":1005,"dvd":"d","dvt":"t")")), 4000);
}

TEST_F(CseSpecialisationTest, KeepsAFlexContainerWithStateAndSize) {
  CreateTemperature();
  const auto created = Retrieve("cse-in/ae/t");
  EXPECT_EQ(created.content.rfind(R"({"cod:tempe":{)", 0), 0u);
  EXPECT_EQ(Attribute(created, "ty"), Value(28));
  EXPECT_EQ(Attribute(created, "st"), Value(0));
  EXPECT_EQ(Attribute(created, "cs"), Value(4));
  EXPECT_EQ(Attribute(created, "curT0"), Value(21.5));
  const auto updated =
      Update("cse-in/ae/t", R"({"cod:tempe":{"curT0":22,"minVe":-10.5,"lbl":["x"]}})", kOwner,
             {{"rcn", "9"}});
  ASSERT_EQ(Code(updated), 2004) << updated.content;
  EXPECT_EQ(Attribute(updated, "st"), Value(1));
  EXPECT_EQ(Attribute(updated, "cs"), Value(7));
  EXPECT_EQ(Attribute(updated, "curT0"), Value(22));
  EXPECT_TRUE(Attribute(updated, "cnd").IsNull());
  EXPECT_THAT(Discover("cse-in/ae", kOwner, {{"curT0", "22"}}), ElementsAre("cse-in/ae/t"));
  EXPECT_THAT(Discover("cse-in/ae", kOwner, {{"stb", "0"}, {"sza", "7"}, {"ty", "28"}}),
              ElementsAre("cse-in/ae/t"));
}

TEST_F(CseSpecialisationTest, TakesTheModuleClassesOfBothDomains) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  for (const char* domain : {"hd:", "cod:"}) {
    const std::string prefix = domain;
    const std::string cnd = prefix == "hd:" ? R"("cnd":"org.onem2m.home.moduleclass.)"
                                            : R"("cnd":"org.onem2m.common.moduleclass.)";
    EXPECT_EQ(Code(CreateFlex(prefix + "tempe", cnd + R"(temperature","curT0":1)")), 2001);
    EXPECT_EQ(Code(CreateFlex(prefix + "relHy", cnd + R"(relativeHumidity","relHy":40.5)")), 2001);
    EXPECT_EQ(Code(CreateFlex(prefix + "bat", cnd + R"(battery","lvl":90)")), 2001);
    const std::string state = prefix == "hd:" ? "powSe" : "state";
    EXPECT_EQ(Code(CreateFlex(prefix + "binSh", cnd + R"(binarySwitch",")" + state + R"(":true)")),
              2001);
    EXPECT_EQ(Code(CreateFlex(prefix + "brigs", cnd + R"(brightness","brigs":50)")), 2001);
    EXPECT_EQ(
        Code(CreateFlex(prefix + "eneCn", cnd + R"(energyConsumption","power":3.5,"abECn":7)")),
        2001);
    EXPECT_EQ(Code(CreateFlex(prefix + "geoLn", cnd + R"(geoLocation","latie":1,"longe":2)")),
              2001);
  }
}

// Two tables, written independently of each other: what the interworking makes, and what a CSE
// takes.
TEST_F(CseSpecialisationTest, TakesEveryModuleClassOfTheInterworking) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  int classes = 0;
  for (const TypePolicy& policy : AllTypePolicies()) {
    const ModuleClass* known = FindModuleClassByShortName(policy.root);
    if (!known) continue;
    ++classes;
    std::string body = R"("cnd":")" + known->definition() + R"(","dgt":"20270115T075900")";
    for (const DataPoint& point : known->data_points) {
      body += ",\"" + std::string(point.short_name) + "\":";
      switch (point.type) {
        case DataPointType::kBoolean:
          body += "true";
          break;
        case DataPointType::kInteger:
          body += "7";
          break;
        case DataPointType::kFloat:
          body += "7.5";
          break;
      }
    }
    const auto created = CreateFlex(policy.root, body);
    EXPECT_EQ(Code(created), 2001) << created.content;
  }
  EXPECT_EQ(classes, 16);
}

TEST_F(CseSpecialisationTest, RefusesSchemasThatItDoesNotHave) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
  EXPECT_EQ(Code(CreateFlex("x:toast", R"("cnd":"com.example.toaster")")), 4125);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", R"("cnd":"com.example.toaster","curT0":1)")), 4125);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", R"("cnd":"","curT0":1)")), 4125);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", R"("curT0":1)")), 4000);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", R"("cnd":7,"curT0":1)")), 4000);
  EXPECT_EQ(Code(CreateFlex("hd:tempe", std::string(kTemperature) + R"(,"curT0":1)")), 4000);
  EXPECT_EQ(Code(CreateFlex("cod:relHy", std::string(kTemperature) + R"(,"relHy":1)")), 4000);
}

TEST_F(CseSpecialisationTest, ChecksTheDataPointsOfAModuleClass) {
  CreateTemperature();
  const std::string cnd = kTemperature;
  EXPECT_EQ(Code(CreateFlex("cod:tempe", cnd)), 4000);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", cnd + R"(,"curT0":"21")")), 4000);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", cnd + R"(,"curT0":1,"relHy":2)")), 4000);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", cnd + R"(,"curT0":1,"st":2)")), 4000);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", cnd + R"(,"curT0":1,"fcied":true)")), 5001);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", cnd + R"(,"curT0":1,"nl":"none")")), 4004);
  EXPECT_EQ(Code(Update("cse-in/ae/t", R"({"cod:tempe":{"curT0":null}})")), 4000);
  EXPECT_EQ(Code(Update("cse-in/ae/t", "{\"cod:tempe\":{" + cnd + "}}")), 4000);
  EXPECT_EQ(Code(Update("cse-in/ae/t", R"({"hd:tempe":{"curT0":1}})")), 4000);
}

TEST_F(CseSpecialisationTest, PutsFlexContainersWhereTheyBelong) {
  CreateTemperature();
  const std::string temperature = std::string(kTemperature) + R"(,"curT0":1)";
  ASSERT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"c"}})")), 2001);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", temperature, "cse-in/ae/c")), 2001);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", temperature, "cse-in/ae/t")), 2001);
  EXPECT_EQ(Code(Create("cse-in/ae/t", 3, R"({"m2m:cnt":{}})")), 2001);
  EXPECT_EQ(Code(Create("cse-in/ae/t", 4, R"({"m2m:cin":{"con":"1"}})")), 4108);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", temperature, "cse-in")), 4103);
  ASSERT_EQ(Code(Create("cse-in", 14, R"({"m2m:nod":{"rn":"n","ni":"x"}})")), 2001);
  EXPECT_EQ(Code(CreateFlex("cod:tempe", temperature, "cse-in/n")), 2001);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/t/la")), 4004);
}

TEST_F(CseSpecialisationTest, NotifiesOfFlexContainersAsOfAllElse) {
  CreateTemperature();
  const auto subscribe = [this](const std::string& to, const std::string& criteria) {
    return Code(Create(
        to, 23, R"({"m2m:sub":{"nu":[")" + std::string(kUrl) + R"("],"enc":)" + criteria + "}}"));
  };
  ASSERT_EQ(subscribe("cse-in/ae/t", R"({"net":[1,2]})"), 2001);
  ASSERT_EQ(subscribe("cse-in/ae", R"({"net":[3,4],"chty":[28]})"), 2001);
  ASSERT_EQ(Code(Update("cse-in/ae/t", R"({"cod:tempe":{"curT0":23.25}})")), 2004);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(Event(0, {"nev", "rep", "cod:tempe", "curT0"}), Value(23.25));
  ASSERT_EQ(Code(CreateFlex("cod:tempe", std::string(kTemperature) + R"(,"curT0":1)")), 2001);
  ASSERT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{}})")), 2001);
  ASSERT_EQ(sink_.posted.size(), 2u);
  EXPECT_EQ(Event(1, {"nev", "net"}), Value(3));
  ASSERT_EQ(Code(Delete("cse-in/ae/t")), 2002);
  ASSERT_EQ(sink_.posted.size(), 4u);
  EXPECT_EQ(Event(2, {"nev", "net"}), Value(4));
  EXPECT_EQ(Event(3, {"nev", "net"}), Value(2));
}

TEST_F(CseSpecialisationTest, LetsPoliciesDecideAboutFlexContainers) {
  CreateTemperature();
  EXPECT_EQ(Code(Retrieve("cse-in/ae/t", "Cother")), 4103);
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cother"],"acop":2}]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  ASSERT_EQ(Code(Update("cse-in/ae/t", R"({"cod:tempe":{"acpi":["cse-in/ae/p"]}})")), 2004);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/t", "Cother")), 2000);
  EXPECT_EQ(Code(Update("cse-in/ae/t", R"({"cod:tempe":{"curT0":1}})", "Cother")), 4103);
}

TEST_F(CseSpecialisationTest, KeepsSemanticDescriptors) {
  CreateTemperature();
  const auto created = Create(
      "cse-in/ae/t", 24,
      R"({"m2m:smd":{"rn":"d","dcrp":4,"dsp":"PHJkZjpSREYvPg==","or":"urn:o","rels":["x"]}})");
  ASSERT_EQ(Code(created), 2001) << created.content;
  EXPECT_EQ(Attribute(created, "dcrp"), Value(4));
  EXPECT_EQ(Text(Update("cse-in/ae/t/d", R"({"m2m:smd":{"dsp":"QUJD"}})"), "dsp"), "QUJD");
  EXPECT_THAT(Discover("cse-in/ae", kOwner, {{"ty", "24"}}), ElementsAre("cse-in/ae/t/d"));
  const auto create = [this](const std::string& to, const std::string& body) {
    return Code(Create(to, 24, "{\"m2m:smd\":{" + body + "}}"));
  };
  EXPECT_EQ(create("cse-in/ae", R"("dcrp":4)"), 4000);
  EXPECT_EQ(create("cse-in/ae", R"("dsp":"QUJD")"), 4000);
  EXPECT_EQ(create("cse-in/ae", R"("dcrp":4,"dsp":"<rdf/>")"), 4000);
  EXPECT_EQ(create("cse-in/ae", R"("dcrp":4,"dsp":"QUI")"), 4000);
  EXPECT_EQ(create("cse-in/ae", R"("dcrp":4,"dsp":"QUJD","svd":true)"), 4000);
  EXPECT_EQ(create("cse-in/ae", R"("dcrp":4,"dsp":"QUJD","soe":"x")"), 4000);
  EXPECT_EQ(Code(Update("cse-in/ae/t/d", R"({"m2m:smd":{"soe":"INSERT"}})")), 5001);
  EXPECT_EQ(create("cse-in/ae/t/d", R"("dcrp":4,"dsp":"QUJD")"), 4108);
  EXPECT_EQ(create("cse-in", R"("dcrp":4,"dsp":"QUJD")"), 4103);
  EXPECT_EQ(create("cse-in/ae", R"("dcrp":4,"dsp":"QUJD")"), 2001);
}

TEST_F(CseSpecialisationTest, TellsOfDescriptorsThatGoWithAnInstance) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(AddInstance("1", "v")), 2001);
  ASSERT_EQ(Code(Create("cse-in/ae/c/v", 24, R"({"m2m:smd":{"rn":"d","dcrp":4,"dsp":"QUJD"}})")),
            2001);
  ASSERT_EQ(
      Code(Create("cse-in/ae/c/v/d", 23,
                  R"({"m2m:sub":{"nu":[")" + std::string(kUrl) + R"("],"enc":{"net":[2]}}})")),
      2001);
  ASSERT_EQ(Code(Delete("cse-in/ae")), 2002);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(Event(0, {"nev", "net"}), Value(2));
  EXPECT_EQ(cse_.resource_count(), 1u);
}

TEST(AttributesTest, CarriesNamesThatNoTableHas) {
  Attributes copy;
  {
    Attributes attributes;
    attributes.Set("lbl", "x");
    attributes.SetOwn(std::string("a-name-that-is-too-long-to-be-kept-inside"), 1);
    attributes.SetOwn(std::string("a-name-that-is-too-long-to-be-kept-inside"), 2);
    attributes.SetOwn(std::string("b"), 3);
    copy.SetAll(attributes);
  }
  Attributes second = copy;
  copy.Remove("a-name-that-is-too-long-to-be-kept-inside");
  EXPECT_EQ(copy.Find("a-name-that-is-too-long-to-be-kept-inside"), nullptr);
  EXPECT_EQ(*copy.Find("b"), Value(3));
  EXPECT_EQ(*second.Find("a-name-that-is-too-long-to-be-kept-inside"), Value(2));
  EXPECT_EQ(second.entries().size(), 3u);
}

}  // namespace
}  // namespace onem2m::cse
