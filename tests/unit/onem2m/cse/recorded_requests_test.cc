// Requests that a real CSE was sent, against ours: same answers, but for what is listed here.
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "onem2m/codec/http_message.h"
#include "onem2m/cse/cse.h"

namespace onem2m::cse {
namespace {

constexpr std::string_view kRecordedCse = "cse-a";

// Where we answer otherwise, and why.
const std::map<std::string, int>& Differences() {
  static const std::map<std::string, int> differences = {
      // Registered AEs may create nodes here.
      {"cse-a-node-create-by-ae", 2001},
      // Names with a slash are refused before anything is looked up; "la" is a virtual resource.
      {"cse-a-container-create-rn-with-slash", 4000},
      {"cse-a-container-create-rn-la", 4000},
      // POST without a type is a Notify, which is not served.
      {"cse-a-post-without-ty", 4005},
      // A parameter before the type does no harm.
      {"cse-a-post-ty-after-charset", 2001},
      // A target that refuses the verification request gets no subscription.
      {"cse-a-subscription-create-receiver-refuses", 5204},
      // Types that are not served.
      {"cse-a-group-create", 5001},
      {"cse-a-pollingchannel-create", 5001},
      {"cse-a-group-fanout", 4004},
  };
  return differences;
}

// Requests between the recorded ones that were left out of the recording: before which, to whom,
// of which type, with what.
struct SetUpRequest {
  std::string before;
  std::string to;
  int type;
  std::string content;
};
std::vector<SetUpRequest> SetUpRequests() {
  const std::string ae = "cse-in/lwm2m-32473-1";
  return {{"cse-a-la-of-empty-container", ae, 3, R"({"m2m:cnt":{"rn":"data"}})"},
          {"cse-a-ol-after-mni", ae + "/3/0/13", 4, R"({"m2m:cin":{"rn":"w1","con":"1"}})"}};
}

class RecordedTargets : public NotificationSink {
 public:
  void Post(OutgoingNotification) override {}
  Result<void> Verify(const OutgoingNotification& notification) override {
    const bool refuses = notification.url.find("/refuse") != std::string::npos;
    const bool unreachable = notification.url.find(":9/") != std::string::npos;
    if (refuses || unreachable) return BadRequest("not verified");
    return {};
  }
};

HttpRequest ParseRequest(std::string_view text) {
  HttpRequest request;
  const auto head_end = text.find("\r\n\r\n");
  std::string_view head = text.substr(0, head_end);
  request.body = std::string(text.substr(head_end + 4));
  const auto line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  request.method = std::string(line.substr(0, first));
  request.target = std::string(line.substr(first + 1, second - first - 1));
  head.remove_prefix(std::min(line_end + 2, head.size()));
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const std::string_view field = head.substr(0, end);
    const auto colon = field.find(':');
    request.headers.Add(field.substr(0, colon), field.substr(colon + 1));
    head.remove_prefix(std::min(end + 2, head.size()));
  }
  return request;
}

TEST(RecordedRequestsTest, AreAnsweredAsByTheRecordedCse) {
  std::ifstream file(IPE_SOURCE_DIR "/tests/vectors/cses.json");
  rapidjson::IStreamWrapper stream(file);
  rapidjson::Document exchanges;
  exchanges.ParseStream(stream);
  ASSERT_FALSE(exchanges.HasParseError());

  RecordedTargets targets;
  const TimePoint now = *ReadTimestamp("20261121T032300");
  Cse cse(CseOptions{}, targets, now);
  int replayed = 0;
  for (const auto& exchange : exchanges.GetArray()) {
    if (exchange["cse"].GetString() != kRecordedCse || !exchange.HasMember("request") ||
        !exchange["request"].IsString()) {
      continue;
    }
    const std::string name = exchange["name"].GetString();
    for (const SetUpRequest& set_up : SetUpRequests()) {
      if (set_up.before != name) continue;
      RequestPrimitive request;
      request.operation = Operation::kCreate;
      request.to = set_up.to;
      request.from = "CAdmin";
      request.request_identifier = "set-up";
      request.release_version = "4";
      request.type = static_cast<ResourceType>(set_up.type);
      request.content = set_up.content;
      ASSERT_EQ(cse.Handle(request, now).primitive.status, ResponseStatusCode::kCreated) << name;
    }
    int answered = 0;
    std::string content;
    if (const auto request = DecodeRequest(ParseRequest(exchange["request"].GetString()))) {
      const auto response = cse.Handle(*request, now).primitive;
      answered = ToInt(response.status);
      content = response.content;
    } else {
      answered = ToInt(request.error().status);
      content = request.error().detail;
    }
    const auto difference = Differences().find(name);
    const int expected =
        difference != Differences().end() ? difference->second : exchange["rsc"].GetInt();
    EXPECT_EQ(answered, expected) << name << ": " << content;
    ++replayed;
  }
  EXPECT_GT(replayed, 120);
}

}  // namespace
}  // namespace onem2m::cse
