#include "ipe/admin/admin_server.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipe {
namespace {

using ::testing::HasSubstr;

struct Reply {
  int status = 0;
  std::string content_type, allow, body;
};

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest() {
    AdminQuestions questions;
    questions.readiness = [this] { return readiness_; };
    questions.metrics = [] { return std::string("ipe_endpoints 3\n"); };
    questions.firmware = [] { return std::string(R"({"updates":[]})"); };
    questions.loop_is_alive = [this] { return alive_; };
    questions.endpoint = [](const std::string& endpoint) {
      return endpoint == "urn:imei:1" ? std::string("{}") : std::string();
    };
    questions.explain = [](const ExplainQuestion& question) {
      if (question.path == "none") return std::string();
      return question.endpoint + " " + question.path + (question.as_text ? " text" : " json");
    };
    questions.bootstraps = [] { return std::string("[]"); };
    questions.bootstrap = [this](const std::string& endpoint) {
      asked_ = endpoint;
      return BootstrapAnswer{endpoint == "stranger" ? 404 : 202, "said"};
    };
    auto server = AdminServer::Create("127.0.0.1:0", questions);
    if (server) server_ = *std::move(server);
  }
  void SetUp() override { ASSERT_TRUE(server_); }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  Reply Ask(const std::string& path, const std::string& method = "GET",
            const std::string& origin = "") const {
    Poco::Net::HTTPClientSession session("127.0.0.1", server_->port());
    Poco::Net::HTTPRequest request(method, path, "HTTP/1.1");
    if (method == "POST") request.setContentLength(0);
    if (!origin.empty()) request.set("Origin", origin);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    Reply reply;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), reply.body);
    reply.status = response.getStatus();
    reply.content_type = response.getContentType();
    reply.allow = response.get("Allow", "");
    return reply;
  }

  Readiness readiness_{true, {}};  // changed between requests only
  bool alive_ = true;
  std::string asked_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, HealthFollowsTheLoop) {
  EXPECT_EQ(Ask("/healthz").status, 200);
  EXPECT_EQ(Ask("/healthz").body, "ok\n");
  alive_ = false;
  EXPECT_EQ(Ask("/healthz").status, 503);
}

TEST_F(AdminServerTest, ReadinessGivesItsReasonsALineEach) {
  EXPECT_EQ(Ask("/readyz").status, 200);
  readiness_ = {false, {"cse: refused the connection", "store: disk full"}};
  const Reply reply = Ask("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "not ready\ncse: refused the connection\nstore: disk full\n");
}

TEST_F(AdminServerTest, ReadinessMayHaveNotesWhileReady) {
  readiness_ = {true, {"notify: waiting for the first notification"}};
  EXPECT_EQ(Ask("/readyz").status, 200);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("waiting for the first"));
}

TEST_F(AdminServerTest, FirmwareUpdatesAreJson) {
  const Reply reply = Ask("/firmware");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.body, R"({"updates":[]})");
}

TEST_F(AdminServerTest, MetricsArePrometheusText) {
  const Reply reply = Ask("/metrics?name=x");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.content_type, HasSubstr("version=0.0.4"));
  EXPECT_EQ(reply.body, "ipe_endpoints 3\n");
}

TEST_F(AdminServerTest, AnUnknownPathListsTheKnownOnes) {
  const Reply reply = Ask("/");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body,
            "/healthz\n/readyz\n/metrics\n/endpoints/{endpoint}\n/firmware\n/bootstrap\n"
            "/explain?endpoint={endpoint}&path={path}\n"
            "POST /bootstrap/{endpoint}\n");
}

TEST_F(AdminServerTest, OtherMethodsAreNotAllowed) {
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    const Reply reply = Ask("/metrics", method);
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.allow, "GET") << method;
  }
}

TEST_F(AdminServerTest, TellsTheStateOfAnEndpoint) {
  EXPECT_EQ(Ask("/endpoints/urn%3Aimei%3A1").body, "{}");
  EXPECT_EQ(Ask("/endpoints/stranger").status, 404);
  EXPECT_EQ(Ask("/endpoints/").status, 404);
  EXPECT_EQ(Ask("/endpoints/%zz").status, 404);
}

TEST_F(AdminServerTest, ExplainsWhatIsAsked) {
  EXPECT_EQ(Ask("/explain?endpoint=urn%3Aimei%3A1&path=%2F3%2F0").body, "urn:imei:1 /3/0 json");
  EXPECT_EQ(Ask("/explain?endpoint=a&format=text").body, "a  text");
  EXPECT_EQ(Ask("/explain?endpoint=a").content_type, "application/json");
  EXPECT_EQ(Ask("/explain?endpoint=a&path=none").status, 400);
  EXPECT_EQ(Ask("/explain").status, 400);
  const HealthReport report = AskExplanation(address(), {"a&b =c", "/3/0/9", true});
  EXPECT_EQ(report.exit_status, 0);
  EXPECT_EQ(report.text, "a&b =c /3/0/9 text");
  EXPECT_EQ(AskExplanation(address(), {"a", "none", true}).exit_status, 1);
}

TEST_F(AdminServerTest, TellsTheLastBootstraps) {
  const Reply reply = Ask("/bootstrap");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.content_type, HasSubstr("json"));
  EXPECT_EQ(reply.body, "[]");
}

TEST_F(AdminServerTest, Bs2BeginsABootstrap) {
  EXPECT_EQ(Ask("/bootstrap/urn%3Aimei%3A1", "POST").status, 202);
  EXPECT_EQ(asked_, "urn:imei:1");
  EXPECT_EQ(Ask("/bootstrap/stranger", "POST").status, 404);
  EXPECT_EQ(Ask("/bootstrap/stranger", "GET").allow, "POST");
  EXPECT_EQ(Ask("/bootstrap/", "POST").status, 405);
  EXPECT_EQ(Ask("/bootstrap/%zz", "POST").status, 405);
}

TEST_F(AdminServerTest, AWebPageBeginsNoBootstrap) {
  EXPECT_EQ(Ask("/bootstrap/urn:imei:1", "POST", "http://elsewhere.example").status, 403);
  EXPECT_EQ(asked_, "");
}

TEST_F(AdminServerTest, AnAddressInUseIsNamed) {
  const auto second = AdminServer::Create(address(), {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("admin.bind " + address()));
  EXPECT_THAT(second.error(), HasSubstr("in use"));
}

TEST_F(AdminServerTest, AnAddressThatIsNoneIsNamed) {
  const auto server = AdminServer::Create("no-port", {});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error(), HasSubstr("admin.bind no-port"));
}

TEST_F(AdminServerTest, HealthReportTellsReadyAliveAndNeither) {
  EXPECT_EQ(AskHealth(address()).exit_status, 0);
  readiness_ = {false, {"cse: down"}};
  const HealthReport not_ready = AskHealth(address());
  EXPECT_EQ(not_ready.exit_status, 1);
  EXPECT_THAT(not_ready.text, HasSubstr("cse: down"));
  alive_ = false;
  EXPECT_EQ(AskHealth(address()).exit_status, 2);
}

TEST_F(AdminServerTest, HealthReportNamesAnAddressThatDoesNotAnswer) {
  const std::string gone = address();
  server_.reset();
  const HealthReport report = AskHealth(gone);
  EXPECT_EQ(report.exit_status, 2);
  EXPECT_THAT(report.text, HasSubstr(gone));
}

TEST(AskHealthTest, AsksTheLoopbackOfAServerOnEveryAddress) {
  AdminQuestions questions;
  questions.readiness = [] { return Readiness{true, {}}; };
  questions.loop_is_alive = [] { return true; };
  const auto server = AdminServer::Create("0.0.0.0:0", questions);
  ASSERT_TRUE(server);
  const auto report = AskHealth("0.0.0.0:" + std::to_string((*server)->port()));
  EXPECT_EQ(report.exit_status, 0) << report.text;
}

}  // namespace
}  // namespace ipe
