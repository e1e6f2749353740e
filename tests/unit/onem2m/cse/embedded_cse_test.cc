#include "onem2m/cse/embedded_cse.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "onem2m/http/http_notify_server.h"

namespace onem2m {
namespace {

class EmbeddedCseTest : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    EmbeddedCseOptions options;
    options.bind = "127.0.0.1:0";
    auto created = EmbeddedCse::Create(options);
    ASSERT_TRUE(created) << created.error();
    cse_ = *std::move(created);
    session_.setHost("127.0.0.1");
    session_.setPort(cse_->port());
    session_.setKeepAlive(true);
  }

  // Leaves the answer in status_, response_ and body_.
  void Exchange(const std::string& method, const std::string& path, const Fields& fields,
                const std::string& body = "") {
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    for (const auto& [name, value] : fields) request.set(name, value);
    if (!body.empty()) request.setContentLength(static_cast<std::streamsize>(body.size()));
    session_.sendRequest(request) << body;
    response_.clear();
    std::istream& stream = session_.receiveResponse(response_);
    body_.clear();
    Poco::StreamCopier::copyToString(stream, body_);
    status_ = response_.getStatus();
  }
  static Fields As(const std::string& originator, int type = 0) {
    Fields fields{{"X-M2M-Origin", originator}, {"X-M2M-RI", "r-1"}, {"X-M2M-RVI", "3"}};
    if (type != 0)
      fields.emplace_back("Content-Type", "application/json;ty=" + std::to_string(type));
    return fields;
  }
  void CreateAeAndContainer() {
    Exchange("POST", "/cse-in", As("Cowner", 2),
             R"({"m2m:ae":{"rn":"ae","api":"Ntest","rr":true,"srv":["3"]}})");
    ASSERT_EQ(status_, 201) << body_;
    Exchange("POST", "/cse-in/ae", As("Cowner", 3), R"({"m2m:cnt":{"rn":"c"}})");
    ASSERT_EQ(status_, 201) << body_;
  }

  std::unique_ptr<EmbeddedCse> cse_;
  Poco::Net::HTTPClientSession session_;
  Poco::Net::HTTPResponse response_;
  int status_ = 0;
  std::string body_;
};

TEST_F(EmbeddedCseTest, AnswersOverHttpWithTheHeadersOfTheBinding) {
  CreateAeAndContainer();
  EXPECT_EQ(response_.get("X-M2M-RSC"), "2001");
  EXPECT_EQ(response_.get("X-M2M-RI"), "r-1");
  EXPECT_EQ(response_.get("X-M2M-RVI"), "3");
  EXPECT_EQ(response_.get("Content-Location"), "cse-in/ae/c");
  EXPECT_EQ(response_.getContentType().substr(0, 16), "application/json");
  EXPECT_EQ(response_.get("X-M2M-OT").size(), 15u);
  EXPECT_EQ(cse_->resource_count(), 3u);
  EXPECT_TRUE(session_.connected());
}

TEST_F(EmbeddedCseTest, TakesEveryMethodAndAddressForm) {
  CreateAeAndContainer();
  Exchange("POST", "/~/id-in/cse-in/ae/c", As("Cowner", 4), R"({"m2m:cin":{"con":"1"}})");
  EXPECT_EQ(status_, 201) << body_;
  Exchange("GET", "/_/sp.example/id-in/cse-in/ae/c/la", As("Cowner"));
  EXPECT_EQ(status_, 200) << body_;
  EXPECT_NE(body_.find(R"("con":"1")"), std::string::npos);
  Exchange("PUT", "/-/ae/c", As("Cowner"), R"({"m2m:cnt":{"lbl":["x"]}})");
  EXPECT_EQ(status_, 200) << body_;
  EXPECT_EQ(response_.get("X-M2M-RSC"), "2004");
  Exchange("GET", "/cse-in?fu=1&lbl=x&ty=3", As("Cowner"));
  EXPECT_EQ(body_, R"({"m2m:uril":["cse-in/ae/c"]})");
  Exchange("DELETE", "/cse-in/ae", As("Cowner"));
  EXPECT_EQ(response_.get("X-M2M-RSC"), "2002");
  EXPECT_EQ(body_, "");
  Exchange("GET", "/cse-in/ae", As("Cowner"));
  EXPECT_EQ(status_, 404);
}

TEST_F(EmbeddedCseTest, AnswersTheBaseToTheShorthand) {
  Exchange("GET", "/-", As("Canybody"));
  EXPECT_EQ(status_, 200);
  EXPECT_NE(body_.find(R"("csi":"/id-in")"), std::string::npos) << body_;
  EXPECT_NE(body_.find(R"("poa":["http://127.0.0.1:)" + std::to_string(cse_->port())),
            std::string::npos);
}

TEST_F(EmbeddedCseTest, NamesTheCauseOfEveryRefusal) {
  const auto expect = [this](int status, const std::string& rsc) {
    EXPECT_EQ(status_, status) << body_;
    EXPECT_EQ(response_.get("X-M2M-RSC"), rsc);
    EXPECT_EQ(body_.substr(0, 12), R"({"m2m:dbg":")");
  };
  Exchange("GET", "/cse-in", {{"X-M2M-Origin", "CAdmin"}, {"X-M2M-RVI", "3"}});
  expect(400, "4000");
  Exchange("GET", "/cse-in", {{"X-M2M-Origin", "CAdmin"}, {"X-M2M-RI", "1"}});
  expect(501, "4001");
  Exchange("POST", "/cse-in", As("Cx", 2), R"({"m2m:ae":)");
  expect(400, "4000");
  Exchange("POST", "/cse-in", As("Cx", 9), R"({"m2m:grp":{}})");
  expect(501, "5001");
  Exchange("PATCH", "/cse-in", As("Cx"));
  expect(405, "4005");
  Exchange("DELETE", "/cse-in", As("Cx"));
  expect(405, "4005");
  Exchange("GET", "/cse-in/%zz", As("Cx"));
  expect(400, "4000");
}

TEST_F(EmbeddedCseTest, RefusesContentAboveOneMebibyte) {
  const std::string large(1024 * 1024 + 1, 'x');
  Poco::Net::HTTPRequest request("POST", "/cse-in", Poco::Net::HTTPMessage::HTTP_1_1);
  for (const auto& [name, value] : As("Cx", 2)) request.set(name, value);
  request.setContentLength(static_cast<std::streamsize>(large.size()));
  // Refused by its announced length: the body need not be sent.
  session_.sendRequest(request).flush();
  session_.receiveResponse(response_);
  EXPECT_EQ(response_.getStatus(), 413);
  EXPECT_EQ(response_.get("X-M2M-RSC"), "4000");
}

TEST_F(EmbeddedCseTest, RefusesOptionsThatMakeNoCse) {
  const auto error_of = [](auto change) {
    EmbeddedCseOptions options;
    options.bind = "127.0.0.1:0";
    change(options);
    const auto created = EmbeddedCse::Create(options);
    return created ? std::string() : created.error();
  };
  EXPECT_NE(error_of([](auto& options) { options.base = "a/b"; }), "");
  EXPECT_NE(error_of([](auto& options) { options.cse_id = "id-in"; }), "");
  EXPECT_NE(error_of([](auto& options) { options.admin_originator = ""; }), "");
  const std::string taken = "127.0.0.1:" + std::to_string(cse_->port());
  EXPECT_NE(error_of([&](auto& options) { options.bind = taken; }).find(taken), std::string::npos);
}

TEST_F(EmbeddedCseTest, VerifiesASubscriberAndNotifiesItInOrder) {
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<std::string> names;
  HttpNotifyServerOptions options;
  options.bind = "127.0.0.1:0";
  auto server = HttpNotifyServer::Create(options, [&](const ReceivedNotification& received) {
    const std::lock_guard lock(mutex);
    const auto& resource = received.notification.representation;
    if (resource) names.push_back(CommonOf(*resource).resource_name);
    arrived.notify_all();
    return ResponseStatusCode::kOk;
  });
  ASSERT_TRUE(server) << server.error();

  CreateAeAndContainer();
  Exchange("POST", "/cse-in/ae/c", As("Cowner", 23),
           R"({"m2m:sub":{"rn":"s","nu":["http://127.0.0.1:)" + std::to_string((*server)->port()) +
               R"(/n"],"enc":{"net":[3]}}})");
  ASSERT_EQ(status_, 201) << body_;
  EXPECT_EQ((*server)->verifications(), 1u);

  std::vector<std::string> sent;
  for (int i = 100; i < 200; ++i) {
    sent.push_back("v" + std::to_string(i));
    Exchange("POST", "/cse-in/ae/c", As("Cowner", 4),
             R"({"m2m:cin":{"con":"1","rn":")" + sent.back() + R"("}})");
    ASSERT_EQ(status_, 201) << body_;
  }
  std::unique_lock lock(mutex);
  arrived.wait_for(lock, std::chrono::seconds(20), [&] { return names.size() >= sent.size(); });
  EXPECT_EQ(names, sent);
}

}  // namespace
}  // namespace onem2m
