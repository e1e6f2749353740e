#include "onem2m/http/http_notify_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>

namespace onem2m {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// A CSE's side of one connection, on a plain socket.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~RawConnection() { ::close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void Send(const std::string& octets) {
    ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
  }
  // All answers here have an empty body: the head is everything. "" when closed.
  std::string Receive() {
    std::string answer;
    char octet = 0;
    while (answer.find("\r\n\r\n") == std::string::npos && ::recv(socket_, &octet, 1, 0) == 1) {
      answer += octet;
    }
    return answer;
  }
  std::string Exchange(const std::string& octets) {
    Send(octets);
    return Receive();
  }

 private:
  int socket_;
};

std::string Post(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: x\r\nX-M2M-Origin: /id-in\r\nX-M2M-RI: r1\r\nX-M2M-RVI: 3\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

const char* const kVerification = R"({"m2m:sgn":{"vrq":true,"sur":"/id-in/s","cr":"Cipe"}})";
const char* const kNews =
    R"({"m2m:sgn":{"sur":"/id-in/s","nev":{"net":3,"rep":{"m2m:cin":{"rn":"v","con":"1"}}}}})";

class HttpNotifyServerTest : public testing::Test {
 protected:
  HttpNotifyServerTest() {
    HttpNotifyServerOptions options;
    options.bind = "127.0.0.1:0";
    auto server =
        HttpNotifyServer::Create(options, [this](const ReceivedNotification& notification) {
          const std::lock_guard lock(mutex_);
          received_.push_back(notification);
          return answer_;
        });
    EXPECT_TRUE(server.has_value()) << server.error();
    server_ = std::move(*server);
  }

  std::vector<ReceivedNotification> received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  void AnswerWith(ResponseStatusCode answer) {
    const std::lock_guard lock(mutex_);
    answer_ = answer;
  }

  std::mutex mutex_;
  std::vector<ReceivedNotification> received_;
  ResponseStatusCode answer_ = ResponseStatusCode::kOk;
  std::unique_ptr<HttpNotifyServer> server_;
};

TEST_F(HttpNotifyServerTest, AnswersVerificationOnAnyPathByItself) {
  RawConnection cse(server_->port());
  for (const char* const target : {"/n/secret", "/", "/elsewhere?ct=json"}) {
    const auto answer = cse.Exchange(Post(target, kVerification));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, HasSubstr("X-M2M-RSC: 2000\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-M2M-RI: r1\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-M2M-RVI: 3\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 0\r\n"));
  }
  EXPECT_EQ(server_->verifications(), 3u);
  EXPECT_TRUE(received().empty());
}

TEST_F(HttpNotifyServerTest, TakesARequestLineWithoutALeadingSlash) {
  RawConnection cse(server_->port());
  const char* const body =
      R"({"m2m:sgn":{"nev":{"net":3.0,"rep":{"m2m:sub":{"rn":"s1"}}},"vrq":true,"sur":"b/ae/s1"}})";
  EXPECT_THAT(cse.Exchange(Post("base/ae/c", body)), HasSubstr("X-M2M-RSC: 2000\r\n"));
  EXPECT_EQ(server_->verifications(), 1u);
  EXPECT_THAT(cse.Exchange(Post("base/ae/c", kNews)), HasSubstr("X-M2M-RSC: 2000\r\n"));
  ASSERT_EQ(received().size(), 1u);
  EXPECT_EQ(received().front().path, "base/ae/c");
}

TEST_F(HttpNotifyServerTest, HandsNotificationsToTheReceiver) {
  RawConnection cse(server_->port());
  EXPECT_THAT(cse.Exchange(Post("/n/secret?ct=json", kNews)), HasSubstr("X-M2M-RSC: 2000\r\n"));
  ASSERT_EQ(received().size(), 1u);
  const auto notification = received().front();
  EXPECT_EQ(notification.path, "/n/secret");
  EXPECT_EQ(notification.originator, "/id-in");
  EXPECT_EQ(notification.notification.event_type, kCreateOfDirectChild);
  EXPECT_EQ(notification.notification.subscription_reference, "/id-in/s");
}

TEST_F(HttpNotifyServerTest, HandsOnTheEndOfASubscription) {
  RawConnection cse(server_->port());
  cse.Exchange(Post("/n", R"({"m2m:sgn":{"sud":true,"sur":"/id-in/s"}})"));
  ASSERT_EQ(received().size(), 1u);
  EXPECT_TRUE(received().front().notification.subscription_deletion);
}

TEST_F(HttpNotifyServerTest, HandsOnAnAggregateInItsOrder) {
  RawConnection cse(server_->port());
  cse.Exchange(Post("/n", R"({"m2m:agn":{"m2m:sgn":[{"sur":"a","nev":{"net":3}},{"vrq":true},
                              {"sur":"b","nev":{"net":3}}]}})"));
  std::vector<std::string> references;
  for (const auto& each : received()) {
    references.push_back(each.notification.subscription_reference);
  }
  EXPECT_THAT(references, ElementsAre("a", "b"));
  EXPECT_EQ(server_->verifications(), 1u);
}

TEST_F(HttpNotifyServerTest, AnswersWhatTheReceiverSays) {
  AnswerWith(ResponseStatusCode::kNotFound);
  RawConnection cse(server_->port());
  const auto answer = cse.Exchange(Post("/n", kNews));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(answer, HasSubstr("X-M2M-RSC: 4004\r\n"));
}

TEST_F(HttpNotifyServerTest, RefusesAndCountsMalformedBodies) {
  RawConnection cse(server_->port());
  for (const char* const body : {"{", "", "<xml/>", "{}", R"({"m2m:sgn":{"nev":7}})"}) {
    const auto answer = cse.Exchange(Post("/n", body));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400")) << body;
    EXPECT_THAT(answer, HasSubstr("X-M2M-RSC: 4000\r\n")) << body;
    EXPECT_THAT(answer, HasSubstr("X-M2M-RI: r1\r\n")) << body;
  }
  EXPECT_EQ(server_->malformed(), 5u);
  EXPECT_TRUE(received().empty());
}

TEST_F(HttpNotifyServerTest, RefusesBodiesThatAreTooLong) {
  RawConnection announced(server_->port());
  EXPECT_THAT(announced.Exchange("POST /n HTTP/1.1\r\nHost: x\r\nX-M2M-RI: r\r\n"
                                 "Content-Length: 1048577\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(announced.Receive(), "");

  RawConnection chunked(server_->port());
  const std::string chunk = "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
  EXPECT_THAT(chunked.Exchange("POST /n HTTP/1.1\r\nHost: x\r\nX-M2M-RI: r\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n" +
                               chunk + "1\r\nx\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(server_->malformed(), 2u);
}

TEST_F(HttpNotifyServerTest, TakesAChunkedBody) {
  RawConnection cse(server_->port());
  const std::string body = kNews;
  EXPECT_THAT(cse.Exchange("POST /n HTTP/1.1\r\nHost: x\r\nX-M2M-RI: r\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n" +
                           [&] {
                             char size[16];
                             std::snprintf(size, sizeof(size), "%zx", body.size() - 1);
                             return std::string(size);
                           }() +
                           "\r\n" + body.substr(1) + "\r\n0\r\n\r\n"),
              HasSubstr("X-M2M-RSC: 2000\r\n"));
  EXPECT_EQ(received().size(), 1u);
}

TEST_F(HttpNotifyServerTest, RefusesOtherMethods) {
  RawConnection cse(server_->port());
  const auto answer = cse.Exchange("GET /n HTTP/1.1\r\nHost: x\r\nX-M2M-RI: r7\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer, HasSubstr("X-M2M-RSC: 4005\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-M2M-RI: r7\r\n"));
}

TEST_F(HttpNotifyServerTest, SurvivesPeersThatLeaveEarly) {
  for (const char* const octets : {"", "POST", "POST /n HTTP/1.1\r\n", "\r\n\r\n\r\n"}) {
    RawConnection cse(server_->port());
    cse.Send(octets);
  }
  {
    RawConnection cse(server_->port());
    cse.Send(Post("/n", kNews).substr(0, 200));
  }
  RawConnection cse(server_->port());
  EXPECT_THAT(cse.Exchange(Post("/n", kVerification)), HasSubstr("X-M2M-RSC: 2000\r\n"));
}

TEST_F(HttpNotifyServerTest, StopsWhileConnectionsAreOpen) {
  RawConnection idle(server_->port());
  RawConnection used(server_->port());
  EXPECT_THAT(used.Exchange(Post("/n", kVerification)), HasSubstr("2000"));
  server_.reset();
  EXPECT_EQ(used.Receive(), "");
}

TEST_F(HttpNotifyServerTest, SaysWhyItCannotListen) {
  HttpNotifyServerOptions options;
  options.bind = "127.0.0.1:" + std::to_string(server_->port());
  const auto receiver = [](const ReceivedNotification&) { return ResponseStatusCode::kOk; };
  const auto second = HttpNotifyServer::Create(options, receiver);
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error(), HasSubstr(options.bind));
  options.bind = "nonsense";
  EXPECT_FALSE(HttpNotifyServer::Create(options, receiver).has_value());
}

}  // namespace
}  // namespace onem2m
