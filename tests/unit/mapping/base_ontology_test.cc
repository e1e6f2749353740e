#include "mapping/base_ontology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/ddf/standard_objects.h"
#include "lwm2m/value.h"

namespace mapping {
namespace {

using lwm2m::Path;
using ::testing::HasSubstr;
using ::testing::Not;

class BaseOntologyTest : public ::testing::Test {
 protected:
  BaseOntologyTest() {
    registration_.endpoint = "dev-a";
    registration_.objects = lwm2m::ParseObjectList("</3/0>,</3303/0>,</3311/0>,</9999/0>").value();
    context_.ipe_ae_id = "Clwm2m-ipe";
    context_.access_control_policy_ids = {"acp1"};
  }
  static std::string RdfOf(const onem2m::SemanticDescriptor& descriptor) {
    EXPECT_EQ(descriptor.representation, 4);
    return lwm2m::DecodeBase64(descriptor.descriptor).value_or("");
  }
  // The description of one individual.
  static std::string About(const std::string& rdf, const std::string& address) {
    const std::size_t start = rdf.find("rdf:about=\"" + address + "\"");
    if (start == std::string::npos) return "";
    return rdf.substr(start, rdf.find("</rdf:Description>", start) - start);
  }
  static std::string Type(const std::string& name) {
    return "<rdf:type rdf:resource=\"https://git.onem2m.org/MAS/BaseOntology/raw/master/"
           "base_ontology.owl#" +
           name + "\"/>";
  }

  lwm2m::Registration registration_;
  Context context_;
  lwm2m::ObjectModel model_ = lwm2m::StandardObjects();
  DescriptorRules rules_{registration_, context_, model_, "cse-in", "cse-in/dev-a", ""};
};

TEST_F(BaseOntologyTest, TheClientIsAnInterworkedDeviceInTheAreaNetworkOfTheIpe) {
  const onem2m::SemanticDescriptor descriptor = DescribeEndpoint(rules_);
  EXPECT_EQ(descriptor.resource_name, "descriptor");
  EXPECT_THAT(descriptor.access_control_policy_ids, ::testing::ElementsAre("acp1"));
  const std::string rdf = RdfOf(descriptor);
  const std::string device = About(rdf, "cse-in/dev-a");
  EXPECT_THAT(device, HasSubstr(Type("InterworkedDevice")));
  EXPECT_THAT(device, HasSubstr("<m2m:isPartOf rdf:resource=\"cse-in#Clwm2m-ipe\"/>"));
  EXPECT_THAT(device, HasSubstr("<m2m:hasService rdf:resource=\"cse-in/dev-a/3303/0\"/>"));
  EXPECT_THAT(device,
              HasSubstr("<m2m:hasFunctionality rdf:resource=\"cse-in/dev-a/3303/0#functionality"));
  EXPECT_THAT(device, HasSubstr("<m2m:hasThingProperty rdf:resource=\"cse-in/dev-a/3/0/0\"/>"));
  EXPECT_THAT(About(rdf, "cse-in#Clwm2m-ipe"), HasSubstr(Type("AreaNetwork")));
}

TEST_F(BaseOntologyTest, AnInstanceIsAServiceThatExposesAFunctionality) {
  const std::string rdf = RdfOf(DescribeInstance(Path(3303, 0), rules_));
  const std::string service = About(rdf, "cse-in/dev-a/3303/0");
  EXPECT_THAT(service, HasSubstr(Type("Service")));
  EXPECT_THAT(service, HasSubstr("<rdfs:label>Temperature</rdfs:label>"));
  EXPECT_THAT(service, HasSubstr("<m2m:exposesFunctionality rdf:resource=\""
                                 "cse-in/dev-a/3303/0#functionality\"/>"));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/3303/0#functionality"), HasSubstr(Type("Functionality")));
}

TEST_F(BaseOntologyTest, WhatCanBeReadIsAnOutputAndWhatCanBeWrittenAnInput) {
  const std::string sensor = RdfOf(DescribeInstance(Path(3303, 0), rules_));
  const std::string value = About(sensor, "cse-in/dev-a/3303/0/5700");
  EXPECT_THAT(value, HasSubstr(Type("OutputDataPoint")));
  EXPECT_THAT(value, Not(HasSubstr(Type("InputDataPoint"))));
  EXPECT_THAT(value, HasSubstr("XMLSchema#double"));
  EXPECT_THAT(value, HasSubstr("<m2m:oneM2MTargetURI>cse-in/dev-a/3303/0/5700<"));
  const std::string light = RdfOf(DescribeInstance(Path(3311, 0), rules_));
  EXPECT_THAT(
      About(light, "cse-in/dev-a/3311/0/5850"),
      testing::AllOf(HasSubstr(Type("OutputDataPoint")), HasSubstr(Type("InputDataPoint"))));
  EXPECT_THAT(About(light, "cse-in/dev-a/3311/0"),
              HasSubstr("<m2m:hasInputDataPoint rdf:resource=\"cse-in/dev-a/3311/0/5850\"/>"));
}

TEST_F(BaseOntologyTest, WhatCanBeExecutedIsAnOperationThatExposesACommand) {
  const std::string rdf = RdfOf(DescribeInstance(Path(3, 0), rules_));
  const std::string reboot = About(rdf, "cse-in/dev-a/3/0/4");
  EXPECT_THAT(reboot, HasSubstr(Type("Operation")));
  EXPECT_THAT(reboot,
              HasSubstr("<m2m:exposesCommand rdf:resource=\"cse-in/dev-a/3/0/4#command\"/>"));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/3/0/4#command"), HasSubstr(Type("Command")));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/3/0#functionality"), HasSubstr("hasCommand"));
}

TEST_F(BaseOntologyTest, WhatDoesNotChangeIsAThingProperty) {
  const std::string rdf = RdfOf(DescribeInstance(Path(3, 0), rules_));
  const std::string manufacturer = About(rdf, "cse-in/dev-a/3/0/0");
  EXPECT_THAT(manufacturer, HasSubstr(Type("ThingProperty")));
  EXPECT_THAT(manufacturer, Not(HasSubstr("DataPoint")));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/3/0"),
              Not(HasSubstr("DataPoint rdf:resource=\"cse-in/dev-a/3/0/0\"")));
}

TEST_F(BaseOntologyTest, AMultipleResourceHasASubStructure) {
  const std::string rdf = RdfOf(DescribeInstance(Path(3, 0), rules_));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/3/0/7"),
              HasSubstr("<m2m:hasSubStructure rdf:resource=\"cse-in/dev-a/3/0/7#instance\"/>"));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/3/0/7#instance"), HasSubstr(Type("Variable")));
}

TEST_F(BaseOntologyTest, AnObjectWithoutDefinitionIsStillAService) {
  const std::string rdf = RdfOf(DescribeInstance(Path(9999, 0), rules_));
  EXPECT_THAT(About(rdf, "cse-in/dev-a/9999/0"), HasSubstr(Type("Service")));
  EXPECT_THAT(rdf, Not(HasSubstr("DataPoint")));
}

// Devices choose their names; a document that no reader takes would be theirs to make.
TEST_F(BaseOntologyTest, WhatADeviceSaysIsEscaped) {
  registration_.endpoint = "a<b>&\"'\n\x01";
  const std::string rdf = RdfOf(DescribeEndpoint(rules_));
  EXPECT_THAT(rdf, HasSubstr("<rdfs:label>a&lt;b&gt;&amp;&quot;&apos;?"
                             "?</rdfs:label>"));
  registration_.endpoint = "\xff\xfe";
  EXPECT_THAT(RdfOf(DescribeEndpoint(rules_)), HasSubstr("<rdfs:label>//4=</rdfs:label>"));
}

}  // namespace
}  // namespace mapping
