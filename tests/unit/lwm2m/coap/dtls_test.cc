// Security of CoapTransport, against a client on OpenSSL.
#include <coap3/coap.h>

#include "tests/unit/lwm2m/coap/secured_transport_fixture.h"

namespace lwm2m {
namespace {

using tests::CoapDatagram;
using tests::TlsClient;
using tests::TlsClientOptions;

constexpr int kChanged = 0x44;
constexpr int kUnauthorized = 0x81;
const bool kGnuTls = coap_get_tls_library_version()->type == COAP_TLS_LIBRARY_GNUTLS;

class DtlsTest : public tests::SecuredTransportFixture {
 protected:
  DtlsTest() { options_.coaps = {"127.0.0.1:0"}; }
};

TEST_F(DtlsTest, TellsTheIdentityThatAPreSharedKeyProves) {  // SEC-4, SEC-7
  Start();
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  const auto answer = Exchange(client, Post(1));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, kChanged);
  ASSERT_EQ(handler_.requests.size(), 1u);
  const Peer& peer = handler_.requests[0].peer;
  EXPECT_EQ(peer.transport, Peer::Transport::kDtls);
  EXPECT_EQ(peer.identity, "device-1");
  EXPECT_EQ(peer.security, SecurityMode::kPsk);
  EXPECT_EQ(peer.address, "127.0.0.1:" + std::to_string(client.local_port()));
  EXPECT_EQ(peer.local, transport_->bound_addresses(Listener::kCoaps).at(0));
  EXPECT_EQ(transport_->counters().handshakes_done, 1u);
  EXPECT_EQ(transport_->counters().sessions_dtls, 1u);
}

// Nobody learns from the outside which identities there are.
TEST_F(DtlsTest, RefusesAnUnknownIdentityAndAWrongKeyInTheSameWay) {  // SEC-7
  Start();
  TlsClient stranger(PortOf(Listener::kCoaps), Psk("device-2", "key of device 1!"));
  TlsClient impostor(PortOf(Listener::kCoaps), Psk("device-1", "another key"));
  const auto deadline = Clock::now() + std::chrono::seconds(7);
  while (Clock::now() < deadline && !(stranger.failed() && impostor.failed())) {
    EXPECT_FALSE(stranger.Step());
    EXPECT_FALSE(impostor.Step());
    Turn();
  }
  EXPECT_EQ(stranger.failed(), impostor.failed());
  EXPECT_TRUE(handler_.requests.empty());
  // A record that cannot be decrypted is dropped; the OpenSSL flavour waits for another for long.
  if (!kGnuTls) return;
  EXPECT_EQ(transport_->counters().handshakes_unknown, 1u);
  EXPECT_EQ(transport_->counters().handshakes_broken, 1u);
}

TEST_F(DtlsTest, HandsMessagesToTheHandlerOfTheirListener) {
  options_.bootstrap_coaps = {"127.0.0.1:0"};
  Start();
  TlsClient client(PortOf(Listener::kBootstrapCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1, "bs")));
  EXPECT_TRUE(handler_.requests.empty());
  ASSERT_EQ(bootstrap_.requests.size(), 1u);
  // A downlink to that peer ends at the handler that its listener belongs to.
  CoapRequest request;
  request.token = "down";
  transport_->Send(bootstrap_.requests[0].peer, request);
  const auto downlink = Receive(client);
  ASSERT_TRUE(downlink);
  CoapDatagram answer;
  answer.type = CoapDatagram::kAck;
  answer.code = 0x45;
  answer.message_id = downlink->message_id;
  answer.token = downlink->token;
  client.Send(Encode(answer));
  RunUntil([&] { return !bootstrap_.responses.empty(); });
  EXPECT_EQ(bootstrap_.responses[0].response.token, "down");
  EXPECT_TRUE(handler_.responses.empty());
}

TEST_F(DtlsTest, FailsADownlinkAtOnceWhenThePeerHasNoSession) {
  Start();
  Peer peer;
  peer.transport = Peer::Transport::kDtls;
  peer.address = "127.0.0.1:9";
  peer.identity = "device-1";
  CoapRequest request;
  request.token = "down";
  transport_->Send(peer, request);
  Turn();
  ASSERT_EQ(handler_.failures.size(), 1u);
  EXPECT_EQ(handler_.failures[0].second, Failure::kUnreachable);
}

// Another device got the address meanwhile.
TEST_F(DtlsTest, SendsNothingToAPeerOfAnotherIdentity) {
  Start();
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1)));
  Peer peer = handler_.requests[0].peer;
  peer.identity = "device-2";
  CoapRequest request;
  request.token = "down";
  transport_->Send(peer, request);
  Turn();
  ASSERT_EQ(handler_.failures.size(), 1u);
  EXPECT_FALSE(client.Receive().has_value());
}

// A firmware image: a device asks for its blocks one by one, and goes on where it was.
TEST_F(DtlsTest, AnswersALargeBodyBlockByBlock) {  // BLK-2
  CoapResponse image;
  image.payload.format = ContentFormat::kOpaque;
  image.payload.shared = std::make_shared<const std::string>(std::string(1024, 'a') + "b");
  image.etag = "e1";
  handler_.answer = image;
  Start();
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  CoapDatagram get;
  get.code = 1;
  get.message_id = 1;
  get.Add(CoapDatagram::kUriPath, "firmware");
  const auto first = Exchange(client, get);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->payload, std::string(1024, 'a'));
  EXPECT_EQ(first->Number(CoapDatagram::kBlock2), 0u << 4 | 8 | 6);
  EXPECT_EQ(first->Number(28), 1025u);  // Size2
  EXPECT_EQ(first->All(4), std::vector<std::string>{"e1"});
  get.message_id = 2;
  get.AddNumber(CoapDatagram::kBlock2, 64 << 4 | 0);
  const auto last = Exchange(client, get);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->payload, "b");
  EXPECT_EQ(last->Number(CoapDatagram::kBlock2), 64u << 4);
}

TEST_F(DtlsTest, NeedsCredentials) {
  options_.security.credentials = nullptr;
  const auto created = CoapTransport::Create(options_);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::kInvalidValue);
}

// A socket of its own, on any address of 127.0.0.0/8.
class RawSocket {
 public:
  explicit RawSocket(std::uint32_t host, std::uint16_t port = 0)
      : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address = tests::LoopbackAddress(port);
    address.sin_addr.s_addr = htonl(host);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawSocket() { close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  void SendTo(std::uint16_t server_port, const std::string& octets) {
    sockaddr_in server = tests::LoopbackAddress(server_port);
    EXPECT_EQ(sendto(fd_, octets.data(), octets.size(), 0, reinterpret_cast<sockaddr*>(&server),
                     sizeof server),
              static_cast<ssize_t>(octets.size()));
  }
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
  }
  // Waits for it, unless the flags say MSG_DONTWAIT; "" when nothing comes.
  std::string Receive(sockaddr_in* from = nullptr, int flags = 0) {
    std::string octets(2048, '\0');
    socklen_t length = sizeof *from;
    const ssize_t size = recvfrom(fd_, octets.data(), octets.size(), flags,
                                  reinterpret_cast<sockaddr*>(from), from ? &length : nullptr);
    octets.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return octets;
  }

 private:
  int fd_;
};

std::string ClientHello() {
  RawSocket sink(INADDR_LOOPBACK);
  TlsClientOptions options;
  options.identity = "device-1";
  options.key = "k";
  TlsClient client(sink.port(), options);
  client.Step();
  return sink.Receive();
}

// A client that is killed says nothing; its next life has the same port and other keys.
TEST_F(DtlsTest, LetsARestartedClientInFromTheSamePort) {
  Start();
  TlsClientOptions options = Device1();
  {
    TlsClient client(PortOf(Listener::kCoaps), options);
    options.local_port = client.local_port();
    ASSERT_TRUE(Connect(client));
    ASSERT_TRUE(Exchange(client, Post(1)));
  }
  TlsClient again(PortOf(Listener::kCoaps), options);
  ASSERT_TRUE(Connect(again));
  ASSERT_TRUE(Exchange(again, Post(1)));
  EXPECT_EQ(transport_->counters().sessions_displaced, 1u);
  EXPECT_EQ(transport_->counters().sessions_dtls, 1u);
  EXPECT_EQ(handler_.requests.size(), 2u);
}

// Some clients do not repeat their ClientHello, which the session of their earlier life has got.
TEST_F(DtlsTest, EndsTheHandshakeOfARestartedClientThatBeginsItOnce) {
  Start();
  TlsClientOptions options = Device1();
  {
    TlsClient client(PortOf(Listener::kCoaps), options);
    options.local_port = client.local_port();
    ASSERT_TRUE(Connect(client));
    ASSERT_TRUE(Exchange(client, Post(1)));
  }
  {
    RawSocket restarted(INADDR_LOOPBACK, options.local_port);
    restarted.SendTo(PortOf(Listener::kCoaps), ClientHello());
    std::string alert;
    const auto start = Clock::now();
    while (alert.empty() && Clock::now() - start < std::chrono::seconds(20)) {
      Turn();
      const std::string record = restarted.Receive(nullptr, MSG_DONTWAIT);
      // Records of the session that is doubted are encrypted: they are of epoch 1.
      if (record.size() == 15 && record[0] == 21 && record[4] == 0) alert = record;
    }
    ASSERT_EQ(alert.size(), 15u);
    EXPECT_EQ(alert.substr(13), "\x02\x50");  // fatal, internal_error
  }
  TlsClient again(PortOf(Listener::kCoaps), options);
  const auto start = Clock::now();
  ASSERT_TRUE(Connect(again));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(2));
  ASSERT_TRUE(Exchange(again, Post(1)));
  EXPECT_EQ(transport_->counters().sessions_displaced, 1u);
}

// RFC 6347 §4.2.8: somebody else may have forged the address.
TEST_F(DtlsTest, KeepsAClientThatAnswersWhileSomebodyForgesItsAddress) {
  Start();
  const std::string hello = ClientHello();
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1)));
  const auto start = Clock::now();
  int pings = 0;
  for (int sent = 0; Clock::now() - start < std::chrono::milliseconds(3500); Turn()) {
    if (Clock::now() - start > sent * std::chrono::milliseconds(500)) {
      client.SendRaw(hello);
      ++sent;
    }
    const auto octets = client.Receive();
    const auto ping = octets ? tests::Decode(*octets) : std::nullopt;
    if (!ping || ping->code != 0) continue;
    ++pings;
    CoapDatagram reset;
    reset.type = CoapDatagram::kRst;
    reset.message_id = ping->message_id;
    client.Send(Encode(reset));
  }
  EXPECT_GT(pings, 0);
  EXPECT_EQ(transport_->counters().sessions_displaced, 0u);
  EXPECT_TRUE(Exchange(client, Post(2)));
}

// A host with several addresses of one family: the device knows this one.
TEST(SeveralAddressesTest, SendsFromTheAddressThatTheDeviceHasTalkedTo) {
  CoapTransportOptions options;
  options.coap = {"127.0.0.2:0"};
  auto transport = CoapTransport::Create(options);
  ASSERT_TRUE(transport);
  tests::FakeHandler handler;
  (*transport)->SetServer(&handler);
  RawSocket device(INADDR_LOOPBACK);
  Peer peer;
  peer.address = "127.0.0.1:" + std::to_string(device.port());
  peer.local = (*transport)->bound_addresses().at(0);
  CoapRequest request;
  request.token = "down";
  (*transport)->Send(peer, request);
  (*transport)->RunOnce(std::chrono::steady_clock::now());
  EXPECT_TRUE(handler.failures.empty());
  sockaddr_in from{};
  const auto message = tests::Decode(device.Receive(&from));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->token, "down");
  EXPECT_EQ(ntohl(from.sin_addr.s_addr), INADDR_LOOPBACK + 1);
  EXPECT_TRUE(peer.local.ends_with(":" + std::to_string(ntohs(from.sin_port))));
}

class FloodTest : public DtlsTest {
 protected:
  FloodTest() { options_.security.handshakes = 64; }
  // One ClientHello from each of `count` addresses that were not used before.
  void Flood(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      RawSocket(0x7f010000u + ++hosts_).SendTo(PortOf(Listener::kCoaps), hello_);
    }
  }
  const std::string hello_ = ClientHello();
  std::uint32_t hosts_ = 0;
};

TEST_F(FloodTest, OfForgedClientHellosDoesNotKeepClientsOut) {  // SEC-13
  Start();
  for (int i = 0; i < 10; ++i) {
    Flood(50);
    Turn();
  }
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  for (int i = 0; i < 200 && !client.Step() && !client.failed(); ++i) {
    Flood(10);
    for (int turn = 0; turn < 5; ++turn) Turn();
  }
  ASSERT_TRUE(Connect(client));
  EXPECT_TRUE(Exchange(client, Post(1)));
  const CoapCounters counters = transport_->counters();
  EXPECT_GT(counters.hellos_put_off, 400u);
  EXPECT_LE(counters.handshakes_open, options_.security.handshakes);
}

// They have shown their address, and never come to the end.
TEST_F(FloodTest, OfHalfDoneHandshakesDoesNotKeepClientsOut) {  // SEC-13
  Start();
  std::vector<std::unique_ptr<TlsClient>> half_done;
  for (int i = 0; i < 100; ++i) {
    half_done.push_back(
        std::make_unique<TlsClient>(PortOf(Listener::kCoaps), Psk("device-1", "wrong")));
  }
  const auto start = Clock::now();
  while (Clock::now() - start < std::chrono::milliseconds(1500)) {
    for (const auto& client : half_done) client->Step();
    Turn();
  }
  EXPECT_GE(transport_->counters().handshakes_open, options_.security.handshakes / 4 * 3);
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  EXPECT_TRUE(Exchange(client, Post(1)));
}

// One mandatory suite each.
class SuiteTest : public DtlsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(SuiteTest, IsAccepted) {  // SEC-5
  if (GetParam() == std::string("PSK-AES128-CBC-SHA256") && !kGnuTls) {
    GTEST_SKIP() << "the OpenSSL flavour of libcoap leaves it out";
  }
  Start();
  TlsClientOptions options = Device1();
  options.ciphers = GetParam();
  TlsClient client(PortOf(Listener::kCoaps), options);
  ASSERT_TRUE(Connect(client));
  EXPECT_EQ(client.cipher(), GetParam());
  EXPECT_TRUE(Exchange(client, Post(1)));
}
INSTANTIATE_TEST_SUITE_P(Psk, SuiteTest,
                         ::testing::Values("PSK-AES128-CCM8", "PSK-AES128-CBC-SHA256"));

class CertificateTest : public DtlsTest {
 protected:
  CertificateTest() {
    authority_.Write(directory_ / "ca.pem", directory_ / "ca.key");
    tests::TestCertificate({"server.example", ""}, &authority_)
        .Write(directory_ / "server.pem", directory_ / "server.key");
    options_.security.certificate_file = directory_ / "server.pem";
    options_.security.key_file = directory_ / "server.key";
    options_.security.ca_file = directory_ / "ca.pem";
  }
  TlsClientOptions With(const tests::TestSubject& subject, const tests::TestCertificate* issuer) {
    tests::TestCertificate(subject, issuer)
        .Write(directory_ / "client.pem", directory_ / "client.key");
    TlsClientOptions options;
    options.certificate_file = directory_ / "client.pem";
    options.key_file = directory_ / "client.key";
    return options;
  }
  // Nothing of the client is taken: the handshake fails, or ends in a context without rights.
  void ExpectRefused(const TlsClientOptions& client_options) {
    Start();
    TlsClient client(PortOf(Listener::kCoaps), client_options);
    if (Connect(client)) {
      const auto answer = Exchange(client, Post(1));
      EXPECT_TRUE(!answer || answer->code == kUnauthorized);
    }
    EXPECT_TRUE(handler_.requests.empty());
  }

  const tests::TestCertificate authority_{{"authority", "", -3600, 3600, true}, nullptr};
};

TEST_F(CertificateTest, NamesTheClient) {  // SEC-4, SEC-10
  Start();
  TlsClient client(PortOf(Listener::kCoaps),
                   With({"urn:dev:1", "URI:urn:dev:1b,DNS:one.example"}, &authority_));
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1)));
  ASSERT_EQ(handler_.requests.size(), 1u);
  const Peer& peer = handler_.requests[0].peer;
  EXPECT_EQ(peer.identity, "urn:dev:1");
  EXPECT_EQ(peer.other_names, (std::vector<std::string>{"urn:dev:1b", "one.example"}));
}

TEST_F(CertificateTest, NamesTheClientByItsAlternativeNameWithoutACommonName) {  // SEC-10
  Start();
  TlsClient client(PortOf(Listener::kCoaps), With({"", "URI:urn:dev:2"}, &authority_));
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1)));
  EXPECT_EQ(handler_.requests.at(0).peer.identity, "urn:dev:2");
  EXPECT_TRUE(handler_.requests.at(0).peer.other_names.empty());
}

TEST_F(CertificateTest, StillTakesPreSharedKeys) {
  Start();
  TlsClient client(PortOf(Listener::kCoaps), Device1());
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1)));
  EXPECT_EQ(handler_.requests.at(0).peer.identity, "device-1");
}

// Clients with a TLS library's default suites.
TEST_F(CertificateTest, IsNotDemandedOfOneThatOffersAPreSharedKeyAmongOtherThings) {
  Start();
  TlsClientOptions options = Device1();
  options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:PSK-AES128-CCM8";
  TlsClient client(PortOf(Listener::kCoaps), options);
  ASSERT_TRUE(Connect(client));
  EXPECT_EQ(client.cipher(), "PSK-AES128-CCM8");
  ASSERT_TRUE(Exchange(client, Post(1)));
  EXPECT_EQ(handler_.requests.at(0).peer.identity, "device-1");
}

TEST_F(DtlsTest, TakesAPreSharedKeyThatIsOfferedAmongOtherThings) {
  Start();
  TlsClientOptions options = Device1();
  options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:PSK-AES128-CCM8";
  TlsClient client(PortOf(Listener::kCoaps), options);
  ASSERT_TRUE(Connect(client));
  EXPECT_TRUE(Exchange(client, Post(1)));
}

TEST_F(CertificateTest, UsesTheMandatorySuites) {  // SEC-6
  Start();
  for (const char* suite : {"ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-SHA256"}) {
    TlsClientOptions options = With({"urn:dev:1", ""}, &authority_);
    options.ciphers = suite;
    TlsClient client(PortOf(Listener::kCoaps), options);
    ASSERT_TRUE(Connect(client)) << suite;
    EXPECT_EQ(client.cipher(), suite);
    EXPECT_TRUE(Exchange(client, Post(1)));
  }
}

TEST_F(CertificateTest, IsDemanded) {
  TlsClientOptions nothing;
  nothing.ciphers = "ECDHE-ECDSA-AES128-CCM8";
  ExpectRefused(nothing);
}

TEST_F(CertificateTest, IsRefusedFromAnotherAuthority) {
  const tests::TestCertificate other({"authority", "", -3600, 3600, true}, nullptr);
  ExpectRefused(With({"urn:dev:1", ""}, &other));
}

TEST_F(CertificateTest, IsRefusedWhenItSignsItself) {
  ExpectRefused(With({"urn:dev:1", ""}, nullptr));
}

TEST_F(CertificateTest, IsRefusedWhenItHasExpired) {
  ExpectRefused(With({"urn:dev:1", "", -7200, -3600}, &authority_));
}

TEST_F(CertificateTest, IsRefusedWithoutAName) {
  ExpectRefused(With({"", ""}, &authority_));
  EXPECT_EQ(transport_->counters().handshakes_refused, 1u);
}

// A client that offers PSK suites as well must not get by without showing its certificate.
TEST_F(CertificateTest, IsDemandedOfOneThatOffersAPreSharedKeyAndDoesNotUseIt) {
  TlsClientOptions options = Psk("device-1", "wrong");
  options.ciphers = "ECDHE-ECDSA-AES128-CCM8:PSK-AES128-CCM8";
  ExpectRefused(options);
}

TEST_F(CertificateTest, IsReadAndCheckedAtStart) {
  const auto error_of = [this] {
    const auto created = CoapTransport::Create(options_);
    return created ? std::string("none") : created.error().detail;
  };
  options_.security.key_file = directory_ / "ca.key";
  EXPECT_EQ(error_of(), "the key in " + (directory_ / "ca.key") + " is not that of " +
                            (directory_ / "server.pem"));
  options_.security.key_file = directory_ / "nothing";
  EXPECT_EQ(error_of(), (directory_ / "nothing") + " cannot be read");
  options_.security.key_file = "";
  EXPECT_EQ(error_of(), "a certificate and its key go together");
}

}  // namespace
}  // namespace lwm2m
