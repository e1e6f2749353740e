// CoAP over TCP and TLS, against sockets with hand-written messages.  (RFC 8323)
#include <poll.h>

#include "tests/support/coap_stream.h"
#include "tests/unit/lwm2m/coap/secured_transport_fixture.h"

namespace lwm2m {
namespace {

using tests::CoapDatagram;
using tests::TlsClient;

constexpr int kCsm = 0xe1;
constexpr int kPing = 0xe2;
constexpr int kPong = 0xe3;
constexpr int kChanged = 0x44;
constexpr int kContent = 0x45;
constexpr int kContinue = 0x5f;

// A device on a plain TCP connection.
class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in server = tests::LoopbackAddress(port);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&server), sizeof server), 0);
    Send(tests::Csm());
  }
  ~TcpClient() { Close(); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void Send(const CoapDatagram& message) { SendOctets(tests::EncodeStream(message)); }
  void SendOctets(const std::string& octets) {
    EXPECT_EQ(write(fd_, octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  std::optional<CoapDatagram> Poll() {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 0) == 1) {
      std::string octets(4096, '\0');
      const ssize_t size = read(fd_, octets.data(), octets.size());
      if (size <= 0) closed_ = true;
      if (size > 0) received_.append(octets, 0, static_cast<std::size_t>(size));
    }
    return tests::TakeFromStream(received_);
  }
  bool closed() const { return closed_; }

 private:
  int fd_;
  std::string received_;
  bool closed_ = false;
};

class TcpTest : public tests::SecuredTransportFixture {
 protected:
  TcpTest() { options_.coap_tcp = {"127.0.0.1:0"}; }

  // The next message that is not the server's CSM.
  CoapDatagram Receive(TcpClient& client) {
    std::optional<CoapDatagram> received;
    RunUntil([&] {
      do {
        received = client.Poll();
      } while (received && received->code == kCsm);
      return received.has_value() || client.closed();
    });
    return received.value_or(CoapDatagram{});
  }
  static CoapDatagram Request(const std::string& token, const std::string& payload = "") {
    CoapDatagram message;
    message.code = 2;
    message.token = token;
    message.Add(CoapDatagram::kUriPath, "rd");
    message.payload = payload;
    return message;
  }
  static CoapRequest Downlink(const std::string& token) {
    CoapRequest request;
    request.token = token;
    request.path = {"3", "0"};
    return request;
  }
};

TEST_F(TcpTest, BeginsWithItsCapabilities) {  // RFC 8323 §5.3
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  std::optional<CoapDatagram> first;
  RunUntil([&] { return (first = client.Poll()).has_value(); });
  EXPECT_EQ(first->code, kCsm);
  EXPECT_GE(first->Number(tests::kMaxMessageSize).value_or(0), options_.largest_body);
}

TEST_F(TcpTest, AnswersARequest) {
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.Send(Request("one"));
  const CoapDatagram answer = Receive(client);
  EXPECT_EQ(answer.code, kChanged);
  EXPECT_EQ(answer.token, "one");
  ASSERT_EQ(handler_.requests.size(), 1u);
  EXPECT_EQ(handler_.requests[0].peer.transport, Peer::Transport::kTcp);
  EXPECT_EQ(handler_.requests[0].peer.identity, "");
  EXPECT_EQ(transport_->counters().sessions_tcp, 1u);
}

TEST_F(TcpTest, AnswersLaterWithoutAnEmptyMessageBefore) {
  handler_.answer.reset();
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.Send(Request("one"));
  client.Send(Request("one"));  // never a retransmission
  RunUntil([&] { return handler_.exchanges.size() == 2; });
  CoapResponse response;
  response.code = Code::kCreated;
  transport_->Respond(handler_.exchanges[0], response);
  transport_->Respond(handler_.exchanges[1], response);
  EXPECT_EQ(Receive(client).code, 0x41);
  EXPECT_EQ(Receive(client).code, 0x41);
}

TEST_F(TcpTest, SendsADownlinkOnTheConnection) {
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.Send(Request("one"));
  Receive(client);
  transport_->Send(handler_.requests[0].peer, Downlink("down"));
  const CoapDatagram downlink = Receive(client);
  EXPECT_EQ(downlink.code, 1);
  EXPECT_EQ(downlink.token, "down");
  CoapDatagram answer;
  answer.code = kContent;
  answer.token = "down";
  answer.payload = "value";
  client.Send(answer);
  RunUntil([&] { return !handler_.responses.empty(); });
  EXPECT_EQ(handler_.responses[0].response.payload.octets, "value");
}

TEST_F(TcpTest, FailsWhatIsUnderWayWhenTheConnectionEnds) {
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.Send(Request("one"));
  Receive(client);
  const Peer peer = handler_.requests[0].peer;
  transport_->Send(peer, Downlink("first"));
  Receive(client);
  client.Close();
  RunUntil([&] { return !handler_.failures.empty(); });
  EXPECT_EQ(handler_.failures[0], std::make_pair(std::string("first"), Failure::kOutcomeUnknown));
  // And the next one at once.
  transport_->Send(peer, Downlink("second"));
  Turn();
  ASSERT_EQ(handler_.failures.size(), 2u);
  EXPECT_EQ(handler_.failures[1].second, Failure::kUnreachable);
  RunUntil([&] { return transport_->counters().sessions_tcp == 0; });
}

TEST_F(TcpTest, DropsTheAnswerToADeviceThatHasGone) {
  handler_.answer.reset();
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.Send(Request("one"));
  RunUntil([&] { return handler_.exchanges.size() == 1; });
  client.Close();
  for (int i = 0; i < 5; ++i) Turn();
  transport_->Respond(handler_.exchanges[0], CoapResponse{});
  RunUntil([&] { return transport_->counters().sessions_tcp == 0; });
  EXPECT_EQ(transport_->counters().answers_undelivered, 1u);
}

TEST_F(TcpTest, AnswersAPing) {  // RFC 8323 §5.4
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  CoapDatagram ping;
  ping.code = kPing;
  ping.token = "p";
  client.Send(ping);
  EXPECT_EQ(Receive(client).code, kPong);
}

TEST_F(TcpTest, TakesAMessageAsLargeAsTheLargestBody) {
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.Send(Request("one", std::string(options_.largest_body, 'x')));
  EXPECT_EQ(Receive(client).code, kChanged);
  EXPECT_EQ(handler_.requests.at(0).request.payload.octets.size(), options_.largest_body);
}

TEST_F(TcpTest, PutsBlocksTogether) {  // BLK-3
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  CoapDatagram block = Request("b0", std::string(1024, 'a'));
  block.AddNumber(CoapDatagram::kBlock1, 0 << 4 | 8 | 6);
  client.Send(block);
  EXPECT_EQ(Receive(client).code, kContinue);
  CoapDatagram last = Request("b1", "z");
  last.AddNumber(CoapDatagram::kBlock1, 1 << 4 | 6);
  client.Send(last);
  EXPECT_EQ(Receive(client).code, kChanged);
  EXPECT_EQ(handler_.requests.at(0).request.payload.octets, std::string(1024, 'a') + "z");
}

TEST_F(TcpTest, TakesSeveralBlocksInOneMessage) {  // RFC 8323 §6
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  CoapDatagram block = Request("b0", std::string(2048, 'a'));
  block.AddNumber(CoapDatagram::kBlock1, 0 << 4 | 8 | 7);
  client.Send(block);
  EXPECT_EQ(Receive(client).code, kContinue);
  CoapDatagram last = Request("b1", std::string(1500, 'z'));
  last.AddNumber(CoapDatagram::kBlock1, 2 << 4 | 7);
  client.Send(last);
  EXPECT_EQ(Receive(client).code, kChanged);
  EXPECT_EQ(handler_.requests.at(0).request.payload.octets.size(), 3548u);
}

TEST_F(TcpTest, DropsAConnectionThatBreaksTheFraming) {
  Start();
  TcpClient client(PortOf(Listener::kCoapTcp));
  client.SendOctets(std::string(64, '\xff'));
  RunUntil([&] {
    client.Poll();
    return client.closed();
  });
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(TcpTest, RefusesMoreConnectionsThanMayBeSilent) {
  options_.security.handshakes = 4;
  Start();
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<TcpClient>(PortOf(Listener::kCoapTcp)));
  }
  RunUntil([&] { return transport_->counters().connections_refused == 2; });
  clients[0]->Send(Request("one"));
  EXPECT_EQ(Receive(*clients[0]).code, kChanged);
  // One that has spoken makes room.
  TcpClient late(PortOf(Listener::kCoapTcp));
  late.Send(Request("two"));
  EXPECT_EQ(Receive(late).code, kChanged);
}

class TlsTest : public TcpTest {
 protected:
  TlsTest() { options_.coaps_tcp = {"127.0.0.1:0"}; }

  CoapDatagram Receive(TlsClient& client) {
    std::optional<CoapDatagram> received;
    RunUntil([&] {
      if (const auto octets = client.Receive()) received_ += *octets;
      do {
        received = tests::TakeFromStream(received_);
      } while (received && received->code == kCsm);
      return received.has_value() || client.failed();
    });
    return received.value_or(CoapDatagram{});
  }
  static tests::TlsClientOptions Stream(tests::TlsClientOptions options) {
    options.stream = true;
    return options;
  }
  std::string received_;
};

TEST_F(TlsTest, TellsTheIdentityThatAPreSharedKeyProves) {  // SEC-7 over RFC 8323 §8
  Start();
  TlsClient client(PortOf(Listener::kCoapsTcp), Stream(Device1()));
  ASSERT_TRUE(Connect(client));
  client.Send(tests::EncodeStream(tests::Csm()));
  client.Send(tests::EncodeStream(Request("one")));
  EXPECT_EQ(Receive(client).code, kChanged);
  ASSERT_EQ(handler_.requests.size(), 1u);
  EXPECT_EQ(handler_.requests[0].peer.transport, Peer::Transport::kTls);
  EXPECT_EQ(handler_.requests[0].peer.identity, "device-1");
  EXPECT_EQ(transport_->counters().sessions_tls, 1u);
}

TEST_F(TlsTest, RefusesAnUnknownIdentity) {
  Start();
  tests::TlsClientOptions options = Psk("device-2", "key of device 1!");
  options.ciphers = "PSK-AES128-CCM8";
  TlsClient client(PortOf(Listener::kCoapsTcp), Stream(options));
  EXPECT_FALSE(Connect(client));
  EXPECT_TRUE(client.failed());
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(TlsTest, NamesTheClientOfACertificate) {  // SEC-10
  const tests::TestCertificate authority({"authority", "", -3600, 3600, true}, nullptr);
  authority.Write(directory_ / "ca.pem", directory_ / "ca.key");
  tests::TestCertificate({"server", ""}, &authority)
      .Write(directory_ / "server.pem", directory_ / "server.key");
  tests::TestCertificate({"urn:dev:1", ""}, &authority)
      .Write(directory_ / "client.pem", directory_ / "client.key");
  options_.security.certificate_file = directory_ / "server.pem";
  options_.security.key_file = directory_ / "server.key";
  options_.security.ca_file = directory_ / "ca.pem";
  Start();
  tests::TlsClientOptions options;
  options.certificate_file = directory_ / "client.pem";
  options.key_file = directory_ / "client.key";
  TlsClient client(PortOf(Listener::kCoapsTcp), Stream(options));
  ASSERT_TRUE(Connect(client));
  client.Send(tests::EncodeStream(tests::Csm()));
  client.Send(tests::EncodeStream(Request("one")));
  EXPECT_EQ(Receive(client).code, kChanged);
  EXPECT_EQ(handler_.requests.at(0).peer.identity, "urn:dev:1");
}

}  // namespace
}  // namespace lwm2m
