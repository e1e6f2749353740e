// Security of CoapTransport, against a client on OpenSSL.
#include "tests/unit/lwm2m/coap/secured_transport_fixture.h"

namespace lwm2m {
namespace {

using tests::CoapDatagram;
using tests::TlsClient;
using tests::TlsClientOptions;

constexpr int kChanged = 0x44;

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
  EXPECT_FALSE(Connect(stranger));
  TlsClient impostor(PortOf(Listener::kCoaps), Psk("device-1", "another key"));
  EXPECT_FALSE(Connect(impostor));
  EXPECT_TRUE(handler_.requests.empty());
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

TEST_F(DtlsTest, NeedsCredentials) {
  options_.security.credentials = nullptr;
  const auto created = CoapTransport::Create(options_);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::kInvalidValue);
}

}  // namespace
}  // namespace lwm2m
