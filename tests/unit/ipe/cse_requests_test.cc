#include "ipe/cse_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "onem2m/codec/json.h"

namespace ipe {
namespace {

using onem2m::NoAnswer;
using onem2m::Operation;
using onem2m::RequestPrimitive;
using onem2m::ResourceType;
using onem2m::ResponseStatusCode;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr std::int64_t kNow = 1'700'000'000;

// Answers by a rule and writes down what it was asked.
class ScriptedCse : public onem2m::CseClient {
 public:
  tl::expected<onem2m::ResponsePrimitive, NoAnswer> Send(
      const RequestPrimitive& request, std::chrono::milliseconds timeout) override {
    requests.push_back(request);
    timeouts.push_back(timeout);
    if (silent) return tl::unexpected(NoAnswer{NoAnswer::Kind::kTimedOut, true, "silence"});
    onem2m::ResponsePrimitive response;
    response.status = answer(request);
    response.originating_time = originating_time;
    return response;
  }

  std::function<ResponseStatusCode(const RequestPrimitive&)> answer = [](const auto&) {
    return ResponseStatusCode::kCreated;
  };
  bool silent = false;
  std::string originating_time;
  std::vector<RequestPrimitive> requests;
  std::vector<std::chrono::milliseconds> timeouts;
};

// 4000 while one of those members is there.
std::function<ResponseStatusCode(const RequestPrimitive&)> Refusing(
    std::vector<std::string> members) {
  return [members = std::move(members)](const RequestPrimitive& request) {
    for (const std::string& member : members) {
      if (request.content.find("\"" + member + "\":") != std::string::npos) {
        return ResponseStatusCode::kBadRequest;
      }
    }
    return ResponseStatusCode::kCreated;
  };
}

onem2m::Container FullContainer() {
  onem2m::Container container;
  container.resource_name = "3";
  container.ontology_ref = "urn:oma:lwm2m:oma:3";
  container.labels = {"LWM2MURI:/3"};
  container.expiration_time = "20300101T000000";
  return container;
}

class CseRequestsTest : public ::testing::Test {
 protected:
  ScriptedCse cse_;
  CseCapabilities capabilities_;
  CseRequests requests_{cse_, capabilities_, std::chrono::seconds(7), [] { return kNow; }};
};

TEST_F(CseRequestsTest, CreatesWithEverythingInOneRequest) {
  const Answer answer = requests_.Create("cse-in/a", "Ca", FullContainer());
  ASSERT_TRUE(answer);
  ASSERT_EQ(cse_.requests.size(), 1u);
  const RequestPrimitive& request = cse_.requests[0];
  EXPECT_EQ(request.operation, Operation::kCreate);
  EXPECT_EQ(request.to, "cse-in/a");
  EXPECT_EQ(request.from, "Ca");
  EXPECT_EQ(request.type, ResourceType::kContainer);
  EXPECT_EQ(request.content, EncodeCreate(FullContainer()));
  EXPECT_EQ(cse_.timeouts[0], std::chrono::seconds(7));
}

TEST_F(CseRequestsTest, LeavesOutTheRefusedAttributeAndRemembersIt) {
  cse_.answer = Refusing({"et"});
  const Answer answer = requests_.Create("cse-in/a", "Ca", FullContainer());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, ResponseStatusCode::kCreated);
  // All, without `or`, without `et`.
  ASSERT_EQ(cse_.requests.size(), 3u);
  EXPECT_THAT(cse_.requests[2].content, HasSubstr("\"or\""));
  EXPECT_THAT(cse_.requests[2].content, HasSubstr("\"lbl\""));

  cse_.requests.clear();
  ASSERT_TRUE(requests_.Create("cse-in/b", "Cb", FullContainer()));
  ASSERT_EQ(cse_.requests.size(), 1u);
  EXPECT_THAT(cse_.requests[0].content, Not(HasSubstr("\"et\"")));
  EXPECT_THAT(cse_.requests[0].content, HasSubstr("\"or\""));
}

TEST_F(CseRequestsTest, LeavesAllOutWhenOneIsNotEnough) {
  cse_.answer = Refusing({"et", "or"});
  const Answer answer = requests_.Create("cse-in/a", "Ca", FullContainer());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, ResponseStatusCode::kCreated);
  EXPECT_THAT(cse_.requests.back().content, HasSubstr("\"rn\":\"3\""));
}

TEST_F(CseRequestsTest, LearnsNothingFromARequestThatIsRefusedAnyway) {
  cse_.answer = [](const auto&) { return ResponseStatusCode::kBadRequest; };
  const Answer answer = requests_.Create("cse-in/a", "Ca", FullContainer());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, ResponseStatusCode::kBadRequest);
  EXPECT_FALSE(capabilities_.RefusesAnything(ResourceType::kContainer));
}

TEST_F(CseRequestsTest, StopsTryingWhenAnotherAnswerOrNoneComes) {
  cse_.answer = [](const RequestPrimitive& request) {
    return request.content.find("\"or\"") != std::string::npos ? ResponseStatusCode::kBadRequest
                                                               : ResponseStatusCode::kConflict;
  };
  const Answer answer = requests_.Create("cse-in/a", "Ca", FullContainer());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, ResponseStatusCode::kConflict);
  EXPECT_EQ(cse_.requests.size(), 2u);
  EXPECT_FALSE(capabilities_.RefusesAnything(ResourceType::kContainer));

  cse_.silent = true;
  EXPECT_FALSE(requests_.Create("cse-in/a", "Ca", FullContainer()));
}

TEST_F(CseRequestsTest, SendsAStoredContentInstanceAsItStands) {
  const std::string body = R"({"m2m:cin":{"rn":"n1","con":"21","cr":null}})";
  ASSERT_TRUE(
      requests_.CreateInstance(onem2m::ResourceType::kContentInstance, "cse-in/a/3", "Ca", body));
  ASSERT_EQ(cse_.requests.size(), 1u);
  EXPECT_EQ(cse_.requests[0].content, body);
  EXPECT_EQ(cse_.requests[0].type, ResourceType::kContentInstance);
}

TEST_F(CseRequestsTest, ReducesAStoredContentInstanceLikeAnyOther) {
  cse_.answer = Refusing({"lbl"});
  const std::string body = R"({"m2m:cin":{"rn":"n1","con":"21","lbl":["x"]}})";
  const Answer answer =
      requests_.CreateInstance(onem2m::ResourceType::kContentInstance, "cse-in/a/3", "Ca", body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, ResponseStatusCode::kCreated);
  EXPECT_THAT(cse_.requests.back().content, HasSubstr("\"rn\":\"n1\""));
  cse_.requests.clear();
  ASSERT_TRUE(
      requests_.CreateInstance(onem2m::ResourceType::kContentInstance, "cse-in/a/3", "Ca", body));
  ASSERT_EQ(cse_.requests.size(), 1u);
  EXPECT_THAT(cse_.requests[0].content, Not(HasSubstr("lbl")));
}

TEST_F(CseRequestsTest, AStoredBodyThatIsNoResourceIsNoAnswer) {
  cse_.answer = [](const auto&) { return ResponseStatusCode::kBadRequest; };
  const Answer answer =
      requests_.CreateInstance(onem2m::ResourceType::kContentInstance, "cse-in/a/3", "Ca", "{");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kMalformed);
  EXPECT_FALSE(answer.error().may_have_been_executed);
}

TEST_F(CseRequestsTest, LeavesOutWhatIsRefusedFromAnUpdateToo) {
  capabilities_.Learn(ResourceType::kContainer, "or");
  cse_.answer = [](const auto&) { return ResponseStatusCode::kUpdated; };
  ASSERT_TRUE(requests_.Update("cse-in/a/3", "Ca", FullContainer()));
  EXPECT_EQ(cse_.requests[0].operation, Operation::kUpdate);
  EXPECT_FALSE(cse_.requests[0].type.has_value());
  EXPECT_THAT(cse_.requests[0].content, Not(HasSubstr("\"or\"")));
  EXPECT_THAT(cse_.requests[0].content, HasSubstr("\"lbl\""));
}

TEST_F(CseRequestsTest, RetrievesWithParametersAndDeletes) {
  ASSERT_TRUE(requests_.Retrieve("cse-in/a", "Ca", {{"rcn", "4"}}));
  ASSERT_TRUE(requests_.Delete("cse-in/a", "Ca"));
  EXPECT_EQ(cse_.requests[0].operation, Operation::kRetrieve);
  EXPECT_THAT(cse_.requests[0].parameters, Contains(Pair("rcn", "4")));
  EXPECT_EQ(cse_.requests[1].operation, Operation::kDelete);
  EXPECT_EQ(cse_.requests[1].content, "");
}

TEST_F(CseRequestsTest, TellsTheTimeOfTheCse) {
  EXPECT_EQ(requests_.cse_now(), kNow);
  cse_.originating_time = onem2m::FormatTimestamp(kNow + 7200);
  ASSERT_TRUE(requests_.Retrieve("cse-in", "Ca"));
  EXPECT_EQ(requests_.cse_now(), kNow + 7200);
}

}  // namespace
}  // namespace ipe
