// A CSE without sockets, a clock that stands still, and everything it notifies of.
#ifndef TESTS_UNIT_ONEM2M_CSE_CSE_FIXTURE_H_
#define TESTS_UNIT_ONEM2M_CSE_CSE_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onem2m/cse/cse.h"
#include "onem2m/cse/value.h"

namespace onem2m::cse {

class RecordingSink : public NotificationSink {
 public:
  void Post(OutgoingNotification notification) override { posted.push_back(notification); }
  Result<void> Verify(const OutgoingNotification& notification) override {
    verified.push_back(notification);
    if (during_verification) during_verification();
    if (accepts) return {};
    return BadRequest("refused");
  }

  std::vector<OutgoingNotification> posted;
  std::vector<OutgoingNotification> verified;
  std::function<void()> during_verification;
  bool accepts = true;
};

class CseFixture : public testing::Test {
 protected:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  static constexpr const char* kAdmin = "CAdmin";
  static constexpr const char* kOwner = "Cowner";
  static constexpr const char* kUrl = "http://127.0.0.1:9/n";

  CseFixture() : cse_(CseOptions{}, sink_, now_) {}

  ResponsePrimitive Send(Operation operation, const std::string& to, const std::string& from,
                         const std::string& content = "", int type = 0,
                         Parameters parameters = {}) {
    RequestPrimitive request;
    request.operation = operation;
    request.to = to;
    request.from = from;
    request.request_identifier = "r" + std::to_string(++requests_);
    request.release_version = "3";
    if (type != 0) request.type = static_cast<ResourceType>(type);
    request.content = content;
    request.parameters = std::move(parameters);
    return cse_.Handle(request, now_).primitive;
  }
  ResponsePrimitive Create(const std::string& to, int type, const std::string& content,
                           const std::string& from = kOwner, Parameters parameters = {}) {
    return Send(Operation::kCreate, to, from, content, type, std::move(parameters));
  }
  ResponsePrimitive Retrieve(const std::string& to, const std::string& from = kOwner,
                             Parameters parameters = {}) {
    return Send(Operation::kRetrieve, to, from, "", 0, std::move(parameters));
  }
  ResponsePrimitive Update(const std::string& to, const std::string& content,
                           const std::string& from = kOwner, Parameters parameters = {}) {
    return Send(Operation::kUpdate, to, from, content, 0, std::move(parameters));
  }
  ResponsePrimitive Delete(const std::string& to, const std::string& from = kOwner,
                           Parameters parameters = {}) {
    return Send(Operation::kDelete, to, from, "", 0, std::move(parameters));
  }
  ResponsePrimitive CreateAe(const std::string& name, const std::string& from,
                             const std::string& more = "") {
    return Create(
        "cse-in", 2,
        R"({"m2m:ae":{"rn":")" + name + R"(","api":"Ntest","rr":true,"srv":["3"])" + more + "}}",
        from);
  }
  // cse-in/ae of Cowner with a container cse-in/ae/c.
  void CreateAeAndContainer(const std::string& limits = "") {
    ASSERT_EQ(Code(CreateAe("ae", kOwner)), 2001);
    ASSERT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"c")" + limits + "}}")), 2001);
  }
  ResponsePrimitive AddInstance(const std::string& content, const std::string& name = "",
                                const std::string& from = kOwner) {
    const std::string rn = name.empty() ? "" : R"("rn":")" + name + R"(",)";
    return Create("cse-in/ae/c", 4, R"({"m2m:cin":{)" + rn + R"("con":")" + content + R"("}})",
                  from);
  }
  ResponsePrimitive Subscribe(const std::string& criteria, const std::string& more = "") {
    return Create("cse-in/ae/c", 23,
                  R"({"m2m:sub":{"rn":"s","nu":[")" + std::string(kUrl) + R"("],"enc":)" +
                      criteria + more + "}}");
  }

  static int Code(const ResponsePrimitive& response) { return ToInt(response.status); }
  // An attribute of the one resource in a content; null when it is not there.
  static Value Attribute(const std::string& content, std::string_view name) {
    const auto value = ParseValue(content);
    if (!value || !value->AsObject() || value->AsObject()->size() != 1) return {};
    const Object* body = value->AsObject()->front().value.AsObject();
    const Value* found = body ? Find(*body, name) : nullptr;
    return found ? *found : Value();
  }
  static Value Attribute(const ResponsePrimitive& response, std::string_view name) {
    return Attribute(response.content, name);
  }
  static std::string Text(const ResponsePrimitive& response, std::string_view name) {
    const Value value = Attribute(response, name);
    return value.AsString() ? *value.AsString() : std::string();
  }
  // m2m:uril
  std::vector<std::string> Discover(const std::string& to, const std::string& from,
                                    Parameters parameters) {
    parameters.emplace_back("fu", "1");
    const auto response = Retrieve(to, from, std::move(parameters));
    EXPECT_EQ(Code(response), 2000) << response.content;
    std::vector<std::string> found;
    const auto value = ParseValue(response.content);
    if (!value) return {"no JSON: " + response.content};
    const Value* list = Find(*value->AsObject(), "m2m:uril");
    if (!list) return {"no m2m:uril: " + response.content};
    for (const Value& each : *list->AsArray()) found.push_back(*each.AsString());
    return found;
  }
  // The value at a path of member names in a notification: Event(0, {"nev", "net"}).
  Value Event(std::size_t index, const std::vector<std::string>& path) const {
    if (index >= sink_.posted.size()) return {};
    const auto parsed = ParseValue(sink_.posted[index].content);
    const Value* at = parsed ? Find(*parsed->AsObject(), "m2m:sgn") : nullptr;
    for (const std::string& name : path) {
      if (!at || !at->AsObject()) return {};
      at = Find(*at->AsObject(), name);
    }
    return at ? *at : Value();
  }

  // 2027-01-15T08:00:00Z
  TimePoint now_{std::chrono::seconds(1'800'000'000)};
  RecordingSink sink_;
  Cse cse_;

 private:
  int requests_ = 0;
};

}  // namespace onem2m::cse

#endif  // TESTS_UNIT_ONEM2M_CSE_CSE_FIXTURE_H_
