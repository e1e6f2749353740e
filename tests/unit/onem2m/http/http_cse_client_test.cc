#include "onem2m/http/http_cse_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/scripted_http_server.h"

namespace onem2m {
namespace {

using std::chrono::milliseconds;
using test_support::ConnectionScript;
using test_support::ScriptedHttpServer;
using test_support::Turn;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr milliseconds kLong(10'000);
constexpr milliseconds kShort(100);

const std::string kOk = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 2\r\n\r\n{}";
const std::string kConflict =
    "HTTP/1.1 409 Conflict\r\nX-M2M-RSC: 4105\r\nContent-Length: 0\r\n\r\n";

HttpCseClientOptions OptionsFor(const std::string& url, std::size_t connections = 4) {
  HttpCseClientOptions options;
  options.url = url;
  options.connections = connections;
  options.request_prefix = "ipe";
  return options;
}

RequestPrimitive Create() {
  RequestPrimitive request;
  request.operation = Operation::kCreate;
  request.to = "cse-in/ae";
  request.from = "Cae";
  request.type = ResourceType::kContentInstance;
  request.content = R"({"m2m:cin":{"con":"1"}})";
  return request;
}

RequestPrimitive Retrieve() {
  RequestPrimitive request;
  request.to = "cse-in";
  request.from = "Cae";
  return request;
}

// A port where nobody listens.
std::string UrlOfNobody() {
  const ScriptedHttpServer gone({});
  return gone.url();
}

TEST(HttpCseClientTest, SendsAPrimitiveAndReturnsTheAnswer) {
  ScriptedHttpServer server(
      {{{"HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nX-M2M-RI: ipe-1\r\nX-M2M-RVI: 3\r\n"
         "Content-Length: 13\r\n\r\n{\"m2m:cin\":{}}"}}});
  HttpCseClient client(OptionsFor(server.url() + "/prefix/"));
  const auto answer = client.Send(Create(), kLong);
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer->status, ResponseStatusCode::kCreated);
  EXPECT_EQ(answer->request_identifier, "ipe-1");
  EXPECT_EQ(answer->release_version, "3");
  EXPECT_EQ(server.requests().at(0),
            "POST /prefix/cse-in/ae HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nX-M2M-Origin: Cae\r\nX-M2M-RI: ipe-1\r\nX-M2M-RVI: 3\r\n"
                "Accept: application/json\r\nContent-Type: application/json;ty=4\r\n"
                "Content-Length: 23\r\nConnection: keep-alive\r\n\r\n" +
                Create().content);
}

TEST(HttpCseClientTest, NumbersRequestsAndKeepsAnIdentifierThatIsGiven) {
  ScriptedHttpServer server({{{kOk}, {kOk}, {kOk}}});
  HttpCseClient client(OptionsFor(server.url()));
  RequestPrimitive named = Retrieve();
  named.request_identifier = "mine";
  named.release_version = "2a";
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  EXPECT_TRUE(client.Send(named, kLong).has_value());
  client.set_release_version("4");
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  const auto requests = server.requests();
  EXPECT_THAT(requests.at(0), HasSubstr("X-M2M-RI: ipe-1\r\nX-M2M-RVI: 3\r\n"));
  EXPECT_THAT(requests.at(1), HasSubstr("X-M2M-RI: mine\r\nX-M2M-RVI: 2a\r\n"));
  EXPECT_THAT(requests.at(2), HasSubstr("X-M2M-RI: ipe-2\r\nX-M2M-RVI: 4\r\n"));
}

TEST(HttpCseClientTest, SendsTheAuthorizationAndNeverShowsIt) {
  ScriptedHttpServer server({{{"garbage\r\n"}}});
  auto options = OptionsFor(server.url());
  options.authorization = "Bearer secret";
  HttpCseClient client(options);
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().detail, Not(HasSubstr("secret")));
  EXPECT_THAT(server.requests().at(0), HasSubstr("Authorization: Bearer secret\r\n"));
}

TEST(HttpCseClientTest, ReusesAConnection) {
  ScriptedHttpServer server({{{kOk}, {kOk + "\r\n"}, {kOk}}});
  HttpCseClient client(OptionsFor(server.url()));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  EXPECT_EQ(server.accepted(), 1u);
}

TEST(HttpCseClientTest, HonoursConnectionClose) {
  const std::string closing =
      "HTTP/1.1 200 OK\r\nconnection: close\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n";
  // The peer announces the end and keeps the socket open all the same, as one CSE does.
  ScriptedHttpServer server({{{closing}}, {{closing}}});
  HttpCseClient client(OptionsFor(server.url()));
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  EXPECT_EQ(server.accepted(), 2u);
}

TEST(HttpCseClientTest, ReadsAnAnswerWithoutLength) {
  ScriptedHttpServer server({{{"HTTP/1.1 200 OK\r\n\r\n{\"m2m:cb\":{}}\r\n", true}}, {{kOk}}});
  HttpCseClient client(OptionsFor(server.url()));
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->content, "{\"m2m:cb\":{}}");
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
}

TEST(HttpCseClientTest, ReadsAChunkedAnswer) {
  ScriptedHttpServer server({{{"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nx-m2m-rsc: 2004\r\n"
                               "\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"},
                              {kOk}}});
  HttpCseClient client(OptionsFor(server.url()));
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->content, "{}");
  EXPECT_EQ(answer->status, ResponseStatusCode::kUpdated);
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  EXPECT_EQ(server.accepted(), 1u);
}

TEST(HttpCseClientTest, KnowsThatARefusedConnectionExecutedNothing) {
  HttpCseClient client(OptionsFor(UrlOfNobody()));
  const auto answer = client.Send(Create(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kUnreachable);
  EXPECT_FALSE(answer.error().may_have_been_executed);
  EXPECT_THAT(answer.error().detail, HasSubstr("127.0.0.1"));
  EXPECT_FALSE(client.Probe(kLong));
  EXPECT_EQ(client.local_address(), "");
}

TEST(HttpCseClientTest, SaysWhatIsWrongWithAnAddress) {
  for (const char* const url : {"ftp://127.0.0.1", "nonsense", "http://", "http://127.0.0.1:x"}) {
    HttpCseClient client(OptionsFor(url));
    const auto answer = client.Send(Create(), kLong);
    ASSERT_FALSE(answer.has_value()) << url;
    EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kUnreachable) << url;
    EXPECT_FALSE(answer.error().detail.empty()) << url;
  }
}

TEST(HttpCseClientTest, TimesOutOnSilence) {
  ScriptedHttpServer server(std::vector<ConnectionScript>(1));
  HttpCseClient client(OptionsFor(server.url()));
  const auto answer = client.Send(Create(), kShort);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kTimedOut);
  EXPECT_TRUE(answer.error().may_have_been_executed);
}

TEST(HttpCseClientTest, TimesOutInTheMiddleOfAnAnswer) {
  ScriptedHttpServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"}}, {{kOk}}});
  HttpCseClient client(OptionsFor(server.url(), 1));
  const auto answer = client.Send(Create(), kShort);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kTimedOut);
  // The rest of that answer must never be taken for the next one.
  EXPECT_TRUE(client.Send(Create(), kLong).has_value());
  EXPECT_EQ(server.accepted(), 2u);
}

TEST(HttpCseClientTest, DoesNotRepeatOnAFreshConnection) {
  for (const bool reset : {false, true}) {
    ScriptedHttpServer server({{{"", true, reset}}, {{kOk}}});
    HttpCseClient client(OptionsFor(server.url()));
    const auto answer = client.Send(Create(), kLong);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kClosed);
    EXPECT_TRUE(answer.error().may_have_been_executed);
    EXPECT_EQ(server.accepted(), 1u);
  }
}

TEST(HttpCseClientTest, RepeatsOnceWhenAReusedConnectionClosesBeforeTheAnswer) {
  for (const bool reset : {false, true}) {
    ScriptedHttpServer server({{{kOk}, {"", true, reset}}, {{kOk}}});
    HttpCseClient client(OptionsFor(server.url()));
    EXPECT_TRUE(client.Send(Create(), kLong).has_value());
    EXPECT_TRUE(client.Send(Create(), kLong).has_value());
    EXPECT_EQ(server.accepted(), 2u);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 3u);
    EXPECT_EQ(requests.at(1), requests.at(2));
  }
}

TEST(HttpCseClientTest, DoesNotRepeatOnceAnOctetOfTheAnswerWasSeen) {
  ScriptedHttpServer server({{{kOk}, {"H", true}}, {{kOk}}});
  HttpCseClient client(OptionsFor(server.url()));
  EXPECT_TRUE(client.Send(Create(), kLong).has_value());
  const auto answer = client.Send(Create(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kClosed);
  EXPECT_TRUE(answer.error().may_have_been_executed);
  EXPECT_EQ(server.accepted(), 1u);
}

TEST(HttpCseClientTest, LeavesAConflictOfARepeatedCreateToTheCaller) {
  ScriptedHttpServer server({{{kOk}, {"", true}}, {{kConflict}, {kConflict}}});
  HttpCseClient client(OptionsFor(server.url()));
  EXPECT_TRUE(client.Send(Create(), kLong).has_value());
  const auto answer = client.Send(Create(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kClosed);
  EXPECT_TRUE(answer.error().may_have_been_executed);
  const auto again = client.Send(Create(), kLong);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->status, ResponseStatusCode::kConflict);
}

TEST(HttpCseClientTest, DoesNotUseAConnectionThatWasClosedWhileIdle) {
  ScriptedHttpServer server({{{kOk, true}}, {{kConflict}}});
  HttpCseClient client(OptionsFor(server.url()));
  EXPECT_TRUE(client.Send(Create(), kLong).has_value());
  // Whether the closing is seen before or after the request goes out, there is one answer.
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, ResponseStatusCode::kConflict);
  EXPECT_EQ(server.accepted(), 2u);
}

TEST(HttpCseClientTest, CallsGarbageMalformed) {
  for (const char* const garbage :
       {"SSH-2.0-x\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
    ScriptedHttpServer server({{{garbage}}});
    HttpCseClient client(OptionsFor(server.url()));
    const auto answer = client.Send(Create(), kLong);
    ASSERT_FALSE(answer.has_value()) << garbage;
    EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kMalformed) << garbage;
    EXPECT_TRUE(answer.error().may_have_been_executed) << garbage;
  }
}

TEST(HttpCseClientTest, CallsAnAnswerThatEndsEarlyClosed) {
  ScriptedHttpServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", true}}});
  HttpCseClient client(OptionsFor(server.url()));
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kClosed);
  EXPECT_THAT(answer.error().detail, StartsWith("closed"));
}

TEST(HttpCseClientTest, WaitsForAFreeConnectionNoLongerThanItMay) {
  ScriptedHttpServer server(std::vector<ConnectionScript>(1));
  HttpCseClient client(OptionsFor(server.url(), 1));
  std::thread holder([&] { EXPECT_FALSE(client.Send(Retrieve(), milliseconds(500)).has_value()); });
  while (server.requests().empty()) std::this_thread::yield();
  const auto answer = client.Send(Create(), milliseconds(50));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kTimedOut);
  EXPECT_FALSE(answer.error().may_have_been_executed);
  holder.join();
  EXPECT_EQ(server.accepted(), 1u);
}

TEST(HttpCseClientTest, NeverOpensMoreConnectionsThanAllowed) {
  constexpr int kThreads = 8;
  constexpr int kRequestsEach = 25;
  const ConnectionScript answers(kThreads * kRequestsEach, Turn{kOk});
  ScriptedHttpServer server({answers, answers});
  HttpCseClient client(OptionsFor(server.url(), 2));
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kRequestsEach; ++j) {
        if (client.Send(Create(), kLong).has_value()) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, kThreads * kRequestsEach);
  EXPECT_LE(server.accepted(), 2u);
  std::set<std::string> identifiers;
  for (const std::string& request : server.requests()) {
    const std::size_t at = request.find("X-M2M-RI: ");
    identifiers.insert(request.substr(at, request.find("\r\n", at) - at));
  }
  EXPECT_EQ(identifiers.size(), static_cast<std::size_t>(kThreads * kRequestsEach));
}

TEST(HttpCseClientTest, LearnsItsOwnAddressFromAProbe) {
  ScriptedHttpServer server({{{kOk}}});
  HttpCseClient client(OptionsFor(server.url()));
  EXPECT_EQ(client.local_address(), "");
  EXPECT_TRUE(client.Probe(kLong));
  EXPECT_EQ(client.local_address(), "127.0.0.1");
  EXPECT_TRUE(client.Send(Retrieve(), kLong).has_value());
  EXPECT_EQ(server.accepted(), 1u);
}

TEST(HttpCseClientTest, SendsAndReadsLargeBodies) {
  const std::string content(3'000'000, 'x');
  ScriptedHttpServer server({{{"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: " +
                               std::to_string(content.size()) + "\r\n\r\n" + content}}});
  HttpCseClient client(OptionsFor(server.url()));
  auto request = Create();
  request.content = content;
  const auto answer = client.Send(request, kLong);
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer->content.size(), content.size());
  EXPECT_GT(server.requests().at(0).size(), content.size());
}

}  // namespace
}  // namespace onem2m
