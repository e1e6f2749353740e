#include "onem2m/codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace onem2m {
namespace {

using testing::ElementsAre;

template <typename T>
T Decoded(std::string_view json) {
  const auto resource = DecodeResource(json);
  EXPECT_TRUE(resource.has_value()) << json << (resource ? "" : resource.error().detail);
  if (!resource || !std::holds_alternative<T>(*resource)) {
    ADD_FAILURE() << "another type: " << json;
    return T();
  }
  return std::get<T>(*resource);
}

TEST(JsonTest, ReadsWhatItWrites) {
  ContentInstance instance;
  instance.resource_name = "x";
  instance.labels = {"a", "b:c"};
  instance.content = "line\nbreak \xC2\xB0";
  instance.content_info = "text/plain:0";
  instance.content_ref = {{"n", "u"}, {"m", "v"}};
  instance.ontology_ref = "urn:o";
  for (const auto form : {ContentRefForm::kUriReference, ContentRefForm::kList}) {
    const auto read = Decoded<ContentInstance>(EncodeCreate(instance, form));
    EXPECT_EQ(read.resource_name, instance.resource_name);
    EXPECT_EQ(read.labels, instance.labels);
    EXPECT_EQ(read.content, instance.content);
    EXPECT_EQ(read.content_info, instance.content_info);
    EXPECT_EQ(read.content_ref, instance.content_ref);
    EXPECT_EQ(read.ontology_ref, instance.ontology_ref);
  }
}

TEST(JsonTest, ReadsAnAccessControlPolicyThatItWrites) {
  AccessControlPolicy policy;
  policy.privileges = {{{"all", "Cx"}, 34, {}}, {{"Cy"}, 1, {23, 4}}};
  policy.self_privileges = {{{"Cipe"}, 63, {}}};
  const auto read = Decoded<AccessControlPolicy>(EncodeCreate(policy));
  EXPECT_EQ(read.privileges, policy.privileges);
  EXPECT_EQ(read.self_privileges, policy.self_privileges);
}

TEST(JsonTest, ReadsASubscriptionThatItWrites) {
  Subscription subscription;
  subscription.notification_uri = {"http://a/b"};
  subscription.event_types = {3, 4};
  subscription.child_types = {4};
  subscription.content_type = 3;
  const auto read = Decoded<Subscription>(EncodeCreate(subscription));
  EXPECT_EQ(read.notification_uri, subscription.notification_uri);
  EXPECT_EQ(read.event_types, subscription.event_types);
  EXPECT_EQ(read.child_types, subscription.child_types);
  EXPECT_EQ(read.content_type, 3);
}

TEST(JsonTest, ReadsFloatsForIntegers) {
  const auto container = Decoded<Container>(R"({"m2m:cnt":{"mni":1000.0,"st":2.0,"cni":1e1}})");
  EXPECT_EQ(container.max_number_of_instances, 1000);
  EXPECT_EQ(container.state_tag, 2);
  EXPECT_EQ(container.current_number_of_instances, 10);
}

TEST(JsonTest, ReadsABareStringForAList) {
  const auto ae = Decoded<Ae>(R"({"m2m:ae":{"lbl":"one","poa":["p"],"rr":"true"}})");
  EXPECT_THAT(ae.labels, ElementsAre("one"));
  EXPECT_THAT(ae.point_of_access, ElementsAre("p"));
  EXPECT_TRUE(ae.request_reachability);
}

TEST(JsonTest, TakesNullForAbsent) {
  const auto cse = Decoded<CseBase>(R"({"m2m:cb":{"pi":null,"csi":"/id-in","lbl":null}})");
  EXPECT_EQ(cse.parent_id, "");
  EXPECT_EQ(cse.cse_id, "/id-in");
}

TEST(JsonTest, ReadsContentThatIsNoString) {
  EXPECT_EQ(Decoded<ContentInstance>(R"({"m2m:cin":{"con":30.50}})").content, "30.50");
  EXPECT_EQ(Decoded<ContentInstance>(R"({"m2m:cin":{"con":true}})").content, "true");
  EXPECT_EQ(Decoded<ContentInstance>(R"({"m2m:cin":{"con":{"a":[1,"x"]}}})").content,
            R"({"a":[1,"x"]})");
}

TEST(JsonTest, ReadsAResourceInsideAResponseWrapper) {
  EXPECT_EQ(Decoded<Container>(R"({"m2m:rsp":{"m2m:cnt":{"rn":"3"}}})").resource_name, "3");
  EXPECT_EQ(Decoded<ContentInstance>(R"({"m2m:rsp":{"ty":4,"rn":"v"}})").resource_name, "v");
}

TEST(JsonTest, ReadsAccessControlDetailsThatAreNoList) {
  const auto policy = Decoded<AccessControlPolicy>(
      R"({"m2m:acp":{"pv":{"acr":{"acor":"all","acop":34.0,"acod":{"chty":[23]}}}}})");
  ASSERT_EQ(policy.privileges.size(), 1u);
  EXPECT_THAT(policy.privileges[0].originators, ElementsAre("all"));
  EXPECT_EQ(policy.privileges[0].operations, 34);
  EXPECT_THAT(policy.privileges[0].child_types, ElementsAre(23));
}

struct Refusal {
  const char* json;
  const char* detail;
};

class RefusedResourceTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedResourceTest, NamesTheMember) {
  const auto resource = DecodeResource(GetParam().json);
  ASSERT_FALSE(resource.has_value());
  EXPECT_EQ(resource.error().status, ResponseStatusCode::kBadRequest);
  EXPECT_EQ(resource.error().detail, GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    JsonTest, RefusedResourceTest,
    testing::Values(
        Refusal{R"({"m2m:grp":{}})", "m2m:grp"}, Refusal{R"({"m2m:bat":{"ty":99}})", "m2m:bat"},
        Refusal{"{}", "empty representation"}, Refusal{"7", "empty representation"},
        Refusal{R"({"m2m:cnt":7})", "m2m:cnt"}, Refusal{R"({"m2m:cnt":[]})", "m2m:cnt"},
        Refusal{R"({"m2m:cnt":{"mni":"x"}})", "mni"}, Refusal{R"({"m2m:cnt":{"st":1.5}})", "st"},
        Refusal{R"({"m2m:cnt":{"lbl":[{}]}})", "lbl"}, Refusal{R"({"m2m:cnt":{"rn":{}}})", "rn"},
        Refusal{R"({"m2m:ae":{"rr":7}})", "rr"}, Refusal{R"({"m2m:sub":{"enc":[]}})", "enc"},
        Refusal{R"({"m2m:sub":{"enc":{"net":["x"]}}})", "net"},
        Refusal{R"({"m2m:sub":{"nct":99999999999}})", "nct"},
        Refusal{R"({"m2m:cin":{"conr":"x"}})", "conr"},
        Refusal{R"({"m2m:cin":{"conr":[{"nm":[]}]}})", "conr"},
        Refusal{R"({"m2m:acp":{"pv":[]}})", "pv"},
        Refusal{R"({"m2m:acp":{"pv":{"acr":[7]}}})", "acr"},
        Refusal{R"({"m2m:acp":{"pv":{"acr":[{"acop":"all"}]}}})", "acop"},
        Refusal{R"({"m2m:acp":{"pv":{"acr":[{"acod":[{"chty":{}}]}]}}})", "chty"},
        Refusal{R"({"m2m:cnt":)", "no JSON at octet 11"}));

TEST(JsonTest, ReadsTheIdentifierOfTheResourceOnly) {
  EXPECT_EQ(ResourceIdIn(R"({"m2m:cin":{"rn":"ri","lbl":["ri","x"],"ri":"a\u0031"}})"), "a1");
  EXPECT_EQ(ResourceIdIn(R"({"ri":"x"})"), "");
  EXPECT_EQ(ResourceIdIn(R"({"m2m:cnt":{"m2m:cin":[{"ri":"x"}]}})"), "");
  EXPECT_EQ(ResourceIdIn(R"({"m2m:cnt":{"ri":{"ri":"x"}}})"), "");
  EXPECT_EQ(ResourceIdIn(R"({"m2m:cnt":{"ri":)"), "");
  EXPECT_EQ(ResourceIdIn(R"({"m2m:cnt":{"ri":7,"x":"y"}})"), "");
  EXPECT_EQ(ResourceIdIn(""), "");
}

TEST(JsonTest, ReadsAddressesOfADiscovery) {
  EXPECT_THAT(*DecodeUriList(R"({"m2m:uril":["a/b","c"]})"), ElementsAre("a/b", "c"));
  EXPECT_THAT(*DecodeUriList(R"({"m2m:uril":" a/b  c "})"), ElementsAre("a/b", "c"));
  EXPECT_THAT(*DecodeUriList(R"({"m2m:uril":[]})"), ElementsAre());
  EXPECT_THAT(*DecodeUriList(R"({"m2m:uril":""})"), ElementsAre());
  EXPECT_THAT(*DecodeUriList(R"({"m2m:rrl":{"rrf":[{"nm":"0","typ":3,"val":"a/0"}]}})"),
              ElementsAre("a/0"));
  EXPECT_THAT(*DecodeUriList(R"({"m2m:rrl":[{"val":"a/0"},{"val":"a/1"}]})"),
              ElementsAre("a/0", "a/1"));
}

TEST(JsonTest, RefusesAddressesThatAreNone) {
  EXPECT_EQ(DecodeUriList(R"({"m2m:cnt":{}})").error().detail, "m2m:cnt");
  EXPECT_EQ(DecodeUriList(R"({"m2m:uril":[{}]})").error().detail, "m2m:uril");
  EXPECT_EQ(DecodeUriList(R"({"m2m:uril":7})").error().detail, "m2m:uril");
  EXPECT_EQ(DecodeUriList(R"({"m2m:rrl":{"rrf":[{"nm":"x"}]}})").error().detail, "val");
  EXPECT_EQ(DecodeUriList(R"({"m2m:rrl":7})").error().detail, "rrf");
  EXPECT_FALSE(DecodeUriList("[").has_value());
}

std::vector<std::string> Names(std::string_view json) {
  std::vector<std::string> names;
  const auto tree = DecodeTree(json);
  EXPECT_TRUE(tree.has_value()) << json;
  if (!tree) return names;
  for (const Resource& resource : *tree) names.push_back(CommonOf(resource).resource_name);
  return names;
}

TEST(JsonTest, ReadsANestedTreeInDocumentOrder) {
  EXPECT_THAT(Names(R"({"m2m:cnt":{"rn":"3","m2m:cnt":[{"rn":"0","m2m:cin":{"rn":"v"}},
                        {"rn":"1"}],"m2m:sub":[{"rn":"s"}]}})"),
              ElementsAre("3", "0", "v", "1", "s"));
}

TEST(JsonTest, ReadsATreeWithoutTheRetrievedResource) {
  EXPECT_THAT(Names(R"({"m2m:cnt":{"m2m:cin":[{"rn":"a"},{"rn":"b"}]}})"), ElementsAre("a", "b"));
  EXPECT_THAT(Names(R"({"m2m:rsp":{"m2m:cnt":[{"rn":"a"}],"m2m:cin":[{"rn":"b"}]}})"),
              ElementsAre("a", "b"));
}

TEST(JsonTest, ReadsChildrenOfResourcesThatItDoesNotKnow) {
  EXPECT_THAT(Names(R"({"m2m:grp":{"rn":"g","m2m:sub":[{"rn":"s"}]},
                        "m2m:fcn":[{"m2m:cnt":{"rn":"c"}}]})"),
              ElementsAre("s", "c"));
}

TEST(JsonTest, RefusesATreeWithAWrongMember) {
  EXPECT_EQ(DecodeTree(R"({"m2m:cnt":{"rn":"3","m2m:cnt":[{"rn":"0","mni":[]}]}})").error().detail,
            "mni");
  EXPECT_FALSE(DecodeTree("7").has_value());
  EXPECT_FALSE(DecodeTree("").has_value());
}

TEST(JsonTest, ShowsWhatTheCseSaid) {
  EXPECT_EQ(DebugText(R"({"m2m:dbg":"nl => nl is not allowed"})"), "nl => nl is not allowed");
  EXPECT_EQ(DebugText(R"({"m2m:dbg":{"a":1}})"), R"({"a":1})");
  EXPECT_EQ(DebugText("<html>\r\n\x01\xFF"), "<html>   \xEF\xBF\xBD");
  EXPECT_EQ(DebugText(std::string(5000, 'x')), std::string(200, 'x'));
  EXPECT_EQ(DebugText(""), "");
}

}  // namespace
}  // namespace onem2m
