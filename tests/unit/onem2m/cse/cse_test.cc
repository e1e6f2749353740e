#include "onem2m/cse/cse.h"

#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

class CseTest : public CseFixture {
 protected:
  RequestPrimitive BaseRequest() const {
    RequestPrimitive request;
    request.to = "cse-in";
    request.from = kAdmin;
    request.request_identifier = "1";
    request.release_version = "3";
    return request;
  }
  int CodeOf(const RequestPrimitive& request) { return Code(cse_.Handle(request, now_).primitive); }
};

TEST_F(CseTest, AnswersWithIdentifierVersionAndTime) {
  RequestPrimitive request = BaseRequest();
  request.request_identifier = "abc-7";
  request.release_version = "2a";
  const auto response = cse_.Handle(request, now_).primitive;
  EXPECT_EQ(Code(response), 2000);
  EXPECT_EQ(response.request_identifier, "abc-7");
  EXPECT_EQ(response.release_version, "2a");
  EXPECT_EQ(response.originating_time, "20270115T080000");
}

TEST_F(CseTest, RefusesARequestWithoutIdentifier) {
  RequestPrimitive request = BaseRequest();
  request.request_identifier.clear();
  EXPECT_EQ(CodeOf(request), 4000);
}

TEST_F(CseTest, RefusesARequestWithoutReleaseVersion) {
  RequestPrimitive request = BaseRequest();
  request.release_version.clear();
  EXPECT_EQ(CodeOf(request), 4001);
}

TEST_F(CseTest, RefusesReleaseVersionsItDoesNotSupport) {
  RequestPrimitive request = BaseRequest();
  for (const char* version : {"1", "2", "5", "9", "3.0"}) {
    request.release_version = version;
    EXPECT_EQ(CodeOf(request), 4001) << version;
  }
  for (const char* version : {"2a", "3", "4"}) {
    request.release_version = version;
    EXPECT_EQ(CodeOf(request), 2000) << version;
  }
}

TEST_F(CseTest, RefusesARequestWithoutOriginator) {
  RequestPrimitive request = BaseRequest();
  request.from.clear();
  EXPECT_EQ(CodeOf(request), 4000);
}

TEST_F(CseTest, NamesTheCauseInEveryErrorAnswer) {
  const auto response = Retrieve("cse-in/nothere", kAdmin);
  EXPECT_EQ(Code(response), 4004);
  EXPECT_EQ(response.content, R"({"m2m:dbg":"no resource at cse-in/nothere"})");
}

TEST_F(CseTest, DescribesItselfInTheCseBase) {
  const auto response = Retrieve("cse-in", "Canybody");
  EXPECT_EQ(Text(response, "ri"), "id-in");
  EXPECT_EQ(Text(response, "rn"), "cse-in");
  EXPECT_EQ(Text(response, "csi"), "/id-in");
  EXPECT_EQ(Text(response, "ctm"), "20270115T080000");
  EXPECT_EQ(Attribute(response, "cst"), Value(1));
  EXPECT_EQ(Attribute(response, "srv"), Value(Array{"2a", "3", "4"}));
  EXPECT_EQ(Attribute(response, "srt"), Value(Array{1, 2, 3, 4, 5, 13, 14, 23, 24, 28, 29, 30}));
}

TEST_F(CseTest, TakesEveryFormOfAddress) {
  CreateAeAndContainer();
  const std::string id = Text(Retrieve("cse-in/ae/c"), "ri");
  ASSERT_FALSE(id.empty());
  for (const std::string& to :
       {std::string("-/ae/c"), id, "/id-in/" + id, std::string("/id-in/cse-in/ae/c"),
        std::string("/id-in/-/ae/c"), "//sp.example/id-in/" + id,
        std::string("//sp.example/id-in/cse-in/ae/c"), std::string("Cowner/c")}) {
    EXPECT_EQ(Text(Retrieve(to), "ri"), id) << to;
  }
  for (const char* to : {"-", "/id-in", "/id-in/cse-in", "//sp.example/id-in", "id-in"}) {
    EXPECT_EQ(Text(Retrieve(to), "ri"), "id-in") << to;
  }
}

TEST_F(CseTest, DoesNotFindResourcesOfOtherCses) {
  EXPECT_EQ(Code(Retrieve("/id-mn/cse-in", kAdmin)), 4004);
  EXPECT_EQ(Code(Retrieve("//sp.example/id-mn", kAdmin)), 4004);
}

TEST_F(CseTest, RefusesNotify) {
  EXPECT_EQ(Code(Send(Operation::kNotify, "cse-in", kAdmin, R"({"m2m:sgn":{}})")), 4005);
}

TEST_F(CseTest, RefusesWhatItDoesNotServeInsteadOfIgnoringIt) {
  EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{"rt", "1"}})), 5206);
  EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{"rt", "2"}})), 5001);
  EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{"rt", "3"}})), 2000);
  EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{"rcn", "7"}})), 5001);
  EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{"smf", "x"}})), 5001);
  EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{"fu", "3"}})), 5001);
}

TEST_F(CseTest, RefusesParametersThatMakeNoSense) {
  for (const auto& [name, value] : Parameters{{"rcn", "x"},
                                              {"rcn", "13"},
                                              {"rcn", "2"},
                                              {"fu", "4"},
                                              {"drt", "3"},
                                              {"lim", "-1"},
                                              {"nosuch", "1"},
                                              {"crb", "yesterday"},
                                              {"atrl", "nosuch"}}) {
    EXPECT_EQ(Code(Retrieve("cse-in", kAdmin, {{name, value}})), 4000) << name << "=" << value;
  }
}

TEST_F(CseTest, CountsItsResources) {
  EXPECT_EQ(cse_.resource_count(), 1u);
  CreateAeAndContainer();
  EXPECT_EQ(cse_.resource_count(), 3u);
  EXPECT_EQ(Code(Delete("cse-in/ae")), 2002);
  EXPECT_EQ(cse_.resource_count(), 1u);
}

TEST_F(CseTest, RefusesResourcesAboveItsBound) {
  CseOptions options;
  options.max_resources = 2;
  Cse small(options, sink_, now_);
  RequestPrimitive request = BaseRequest();
  request.operation = Operation::kCreate;
  request.type = ResourceType::kNode;
  request.content = R"({"m2m:nod":{"ni":"a"}})";
  EXPECT_EQ(Code(small.Handle(request, now_).primitive), 2001);
  EXPECT_EQ(Code(small.Handle(request, now_).primitive), 5000);
}

}  // namespace
}  // namespace onem2m::cse
