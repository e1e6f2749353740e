// Raw public keys. OpenSSL 3.0 has none, so that the client is libcoap's.  (RFC 7250)
#include <coap3/coap.h>
#include <openssl/sha.h>

#include "lwm2m/coap/certificate.h"
#include "tests/unit/lwm2m/coap/secured_transport_fixture.h"

namespace lwm2m {
namespace {

using tests::TestKey;

const bool kGnuTls = coap_get_tls_library_version()->type == COAP_TLS_LIBRARY_GNUTLS;

class RawKeyClient {
 public:
  RawKeyClient(std::uint16_t server_port, const TestKey& key)
      : private_(key.PrivateKeyDer()), public_(key.SubjectPublicKeyInfo()) {
    context_ = coap_new_context(nullptr);
    coap_set_app_data(context_, this);
    coap_register_response_handler(context_, [](coap_session_t* session, const coap_pdu_t*,
                                                const coap_pdu_t*, coap_mid_t) {
      static_cast<RawKeyClient*>(coap_get_app_data(coap_session_get_context(session)))->answered_ =
          true;
      return COAP_RESPONSE_OK;
    });
    coap_register_event_handler(context_, [](coap_session_t* session, coap_event_t event) {
      if (event == COAP_EVENT_DTLS_CLOSED) {
        static_cast<RawKeyClient*>(coap_get_app_data(coap_session_get_context(session)))->closed_ =
            true;
      }
      return 0;
    });
    coap_dtls_pki_t pki{};
    pki.version = COAP_DTLS_PKI_SETUP_VERSION;
    pki.is_rpk_not_cert = 1;
    pki.pki_key.key_type = COAP_PKI_KEY_ASN1;
    pki.pki_key.key.asn1 = {nullptr,
                            reinterpret_cast<const std::uint8_t*>(public_.data()),
                            reinterpret_cast<const std::uint8_t*>(private_.data()),
                            0,
                            public_.size(),
                            private_.size(),
                            COAP_ASN1_PKEY_EC};
    coap_address_t server;
    coap_address_init(&server);
    server.size = sizeof(sockaddr_in);
    server.addr.sin = tests::LoopbackAddress(server_port);
    session_ = coap_new_client_session_pki(context_, nullptr, &server, COAP_PROTO_DTLS, &pki);
    EXPECT_NE(session_, nullptr);
  }
  ~RawKeyClient() {
    coap_session_release(session_);
    coap_free_context(context_);
  }
  RawKeyClient(const RawKeyClient&) = delete;
  RawKeyClient& operator=(const RawKeyClient&) = delete;

  void Post() {
    coap_pdu_t* const pdu =
        coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, coap_new_message_id(session_), 256);
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 2, reinterpret_cast<const std::uint8_t*>("rd"));
    coap_send(session_, pdu);
  }
  void Turn() { coap_io_process(context_, COAP_IO_NO_WAIT); }
  bool answered() const { return answered_; }
  bool closed() const { return closed_; }

 private:
  const std::string private_, public_;
  coap_context_t* context_ = nullptr;
  coap_session_t* session_ = nullptr;
  bool answered_ = false;
  bool closed_ = false;
};

class RawPublicKeyTest : public tests::SecuredTransportFixture {
 protected:
  RawPublicKeyTest() {
    server_key_.Write(directory_ / "server.key");
    options_.security.rpk_key_file = directory_ / "server.key";
    options_.coaps_rpk = {"127.0.0.1:0"};
  }
  void SetUp() override {
    if (!kGnuTls) GTEST_SKIP() << "the OpenSSL flavour of libcoap has no raw public keys";
  }
  static std::string Hash(const TestKey& key) {
    return IdentityOfPublicKey(key.SubjectPublicKeyInfo()).value_or("");
  }

  TestKey server_key_;
  TestKey client_key_;
};

TEST_F(RawPublicKeyTest, IsTheIdentityOfItsHolder) {  // SEC-4, SEC-9
  credentials_.AddRaw(Hash(client_key_));
  Start();
  RawKeyClient client(PortOf(Listener::kCoapsRpk), client_key_);
  client.Post();
  RunUntil([&] {
    client.Turn();
    return client.answered();
  });
  ASSERT_EQ(handler_.requests.size(), 1u);
  EXPECT_EQ(handler_.requests[0].peer.identity, Hash(client_key_));
  EXPECT_EQ(handler_.requests[0].peer.identity.size(), 64u);
  EXPECT_EQ(handler_.requests[0].peer.transport, Peer::Transport::kDtls);
}

TEST_F(RawPublicKeyTest, IsRefusedWhenNobodyKnowsIt) {
  Start();
  RawKeyClient client(PortOf(Listener::kCoapsRpk), client_key_);
  client.Post();
  RunUntil([&] {
    client.Turn();
    return client.closed();
  });
  RunUntil([&] { return transport_->counters().handshakes_unknown == 1; });
  EXPECT_TRUE(handler_.requests.empty());
}

// The GnuTLS flavour lets the client choose: a raw key is no certificate.
TEST_F(RawPublicKeyTest, DoesNotStandInForACertificate) {
  const tests::TestCertificate authority({"authority", "", -3600, 3600, true}, nullptr);
  authority.Write(directory_ / "ca.pem", directory_ / "ca.key");
  options_.security.certificate_file = directory_ / "ca.pem";
  options_.security.key_file = directory_ / "ca.key";
  options_.security.ca_file = directory_ / "ca.pem";
  options_.coaps = {"127.0.0.1:0"};
  credentials_.AddRaw(Hash(client_key_));
  Start();
  RawKeyClient client(PortOf(Listener::kCoaps), client_key_);
  client.Post();
  RunUntil([&] {
    client.Turn();
    return client.closed();
  });
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(RawPublicKeyTest, SharesItsListenerWithPreSharedKeys) {
  Start();
  tests::TlsClient client(PortOf(Listener::kCoapsRpk), Device1());
  ASSERT_TRUE(Connect(client));
  ASSERT_TRUE(Exchange(client, Post(1)));
  EXPECT_EQ(handler_.requests.at(0).peer.identity, "device-1");
}

TEST_F(RawPublicKeyTest, NeedsAPrivateKey) {
  options_.security.rpk_key_file = directory_.Write("nonsense", "no key");
  const auto created = CoapTransport::Create(options_);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::kInvalidValue);
}

TEST(RawPublicKeyFlavourTest, IsAnErrorAtStartWithoutAKeyOrWithTheOpenSslFlavour) {
  tests::FakeCredentials credentials;
  CoapTransportOptions options;
  options.coap.clear();
  options.coaps_rpk = {"127.0.0.1:0"};
  options.security.credentials = &credentials;
  const auto created = CoapTransport::Create(options);
  ASSERT_FALSE(created);
  const std::string wanted = kGnuTls ? "need a key of ours" : "IPE_DTLS=gnutls";
  EXPECT_NE(created.error().detail.find(wanted), std::string::npos) << created.error().detail;
}

TEST(RawPublicKeyIdentityTest, IsTheDigestOfTheWholeStructureAndNothingElse) {  // SEC-9
  const TestKey key;
  const std::string spki = key.SubjectPublicKeyInfo();
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(spki.data()), spki.size(), digest);
  std::string hex;
  for (const unsigned char octet : digest) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", octet);
    hex += text;
  }
  EXPECT_EQ(IdentityOfPublicKey(spki), hex);
  for (std::size_t length = 0; length < spki.size(); ++length) {
    EXPECT_FALSE(IdentityOfPublicKey(spki.substr(0, length))) << length;
  }
  EXPECT_FALSE(IdentityOfPublicKey(spki + "x"));
}

TEST(CertificateIdentityTest, RefusesNamesWithControlCharacters) {
  const tests::TestCertificate nul({std::string("device\0other", 12), ""}, nullptr);
  EXPECT_FALSE(IdentityOfCertificate(nul.Der()));
  const tests::TestCertificate line({"device\n", ""}, nullptr);
  EXPECT_FALSE(IdentityOfCertificate(line.Der()));
  const tests::TestCertificate good({"gerät", ""}, nullptr);
  ASSERT_TRUE(IdentityOfCertificate(good.Der()));
  EXPECT_EQ(IdentityOfCertificate(good.Der())->identity, "gerät");
  for (std::size_t length = 0; length < good.Der().size(); ++length) {
    EXPECT_FALSE(IdentityOfCertificate(good.Der().substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace lwm2m
