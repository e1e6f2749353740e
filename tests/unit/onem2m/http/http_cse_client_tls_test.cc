// The client against a TLS peer on bare OpenSSL, with certificates made for the occasion.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "onem2m/http/http_cse_client.h"

namespace onem2m {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kLong(10'000);

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, X509_free>>;

struct Identity {
  Key key;
  Certificate certificate;

  // Self-signed, for one alternative name ("IP:127.0.0.1").
  static Identity For(const std::string& alternative_name) {
    Identity identity{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
    X509* const certificate = identity.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, identity.key.get());
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("cse"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, identity.key.get(), EVP_sha256());
    return identity;
  }

  std::string WriteCertificate(const std::string& file_name) const {
    const std::string path = testing::TempDir() + file_name;
    std::FILE* const file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    return path;
  }
};

// Answers every request of every connection with 2000. Without an identity it never finishes the
// handshake; when `silent` it reads and says nothing.
class TlsPeer {
 public:
  explicit TlsPeer(const Identity* identity, bool silent = false)
      : silent_(silent),
        context_(SSL_CTX_new(TLS_server_method())),
        listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (identity != nullptr) {
      SSL_CTX_use_certificate(context_, identity->certificate.get());
      SSL_CTX_use_PrivateKey(context_, identity->key.get());
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, length), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    ::getsockname(listener_, generic, &length);
    port_ = ntohs(address.sin_port);
    if (identity != nullptr) thread_ = std::thread([this] { Serve(); });
  }
  ~TlsPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  int accepted() const { return accepted_; }

 private:
  void Serve() {
    for (;;) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++accepted_;
      SSL* const session = SSL_new(context_);
      SSL_set_fd(session, socket);
      if (SSL_accept(session) == 1) Answer(session);
      SSL_free(session);
      ::close(socket);
    }
  }
  void Answer(SSL* session) const {
    const std::string answer = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 2\r\n\r\n{}";
    std::string pending;
    char buffer[4096];
    for (int count = 0; (count = SSL_read(session, buffer, sizeof(buffer))) > 0;) {
      pending.append(buffer, static_cast<std::size_t>(count));
      if (silent_ || pending.find("\r\n\r\n") == std::string::npos) continue;
      pending.clear();
      SSL_write(session, answer.data(), static_cast<int>(answer.size()));
    }
  }

  const bool silent_;
  SSL_CTX* const context_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

RequestPrimitive Retrieve() {
  RequestPrimitive request;
  request.to = "cse-in";
  request.from = "Cae";
  return request;
}

TEST(HttpCseClientTlsTest, TalksToACseWhoseCertificateIsTrustedAndKeepsTheConnection) {
  const auto identity = Identity::For("IP:127.0.0.1");
  TlsPeer peer(&identity);
  HttpCseClientOptions options;
  options.url = peer.url();
  options.ca_file = identity.WriteCertificate("trusted.pem");
  HttpCseClient client(options);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Send(Retrieve(), kLong);
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->content, "{}");
  }
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(HttpCseClientTlsTest, RefusesACertificateThatNobodyVouchesFor) {
  const auto identity = Identity::For("IP:127.0.0.1");
  const auto another = Identity::For("IP:127.0.0.1");
  TlsPeer peer(&identity);
  HttpCseClientOptions options;
  options.url = peer.url();
  options.ca_file = another.WriteCertificate("another.pem");
  HttpCseClient client(options);
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kUnreachable);
  EXPECT_FALSE(answer.error().may_have_been_executed);
}

TEST(HttpCseClientTlsTest, RefusesACertificateForAnotherHost) {
  const auto identity = Identity::For("IP:192.0.2.1");
  TlsPeer peer(&identity);
  HttpCseClientOptions options;
  options.url = peer.url();
  options.ca_file = identity.WriteCertificate("elsewhere.pem");
  HttpCseClient client(options);
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kUnreachable);
  EXPECT_FALSE(answer.error().may_have_been_executed);
}

TEST(HttpCseClientTlsTest, NamesCertificateFilesThatAreNotThere) {
  HttpCseClientOptions options;
  options.url = "https://127.0.0.1:1";
  options.ca_file = "/nonexistent/ca.pem";
  HttpCseClient client(options);
  const auto answer = client.Send(Retrieve(), kLong);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kUnreachable);
  EXPECT_THAT(answer.error().detail, HasSubstr("ca.pem"));
}

TEST(HttpCseClientTlsTest, TimesOutOnSilenceAfterTheHandshake) {
  const auto identity = Identity::For("IP:127.0.0.1");
  TlsPeer peer(&identity, true);
  HttpCseClientOptions options;
  options.url = peer.url();
  options.ca_file = identity.WriteCertificate("silent.pem");
  HttpCseClient client(options);
  const auto before = std::chrono::steady_clock::now();
  const auto answer = client.Send(Retrieve(), milliseconds(500));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kTimedOut);
  EXPECT_TRUE(answer.error().may_have_been_executed);
  EXPECT_LT(std::chrono::steady_clock::now() - before, kLong);
}

TEST(HttpCseClientTlsTest, BoundsTheHandshake) {
  TlsPeer peer(nullptr);  // the kernel accepts, nobody shakes hands
  HttpCseClientOptions options;
  options.url = peer.url();
  HttpCseClient client(options);
  const auto before = std::chrono::steady_clock::now();
  const auto answer = client.Send(Retrieve(), milliseconds(200));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, NoAnswer::Kind::kTimedOut);
  EXPECT_FALSE(answer.error().may_have_been_executed);
  EXPECT_LT(std::chrono::steady_clock::now() - before, kLong);
}

}  // namespace
}  // namespace onem2m
