// A DTLS or TLS client on OpenSSL, whichever library the program under test uses.
#ifndef TESTS_SUPPORT_TLS_CLIENT_H_
#define TESTS_SUPPORT_TLS_CLIENT_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tests {

struct TlsClientOptions {
  bool stream = false;        // TLS over TCP instead of DTLS over UDP
  std::string identity, key;  // PSK, when there is an identity
  std::string ciphers;        // OpenSSL's names; "": all that fit
  std::string certificate_file, key_file;
  std::uint16_t local_port = 0;
};

inline sockaddr_in LoopbackAddress(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Not blocking: Step() and Receive() do what can be done now.
class TlsClient {
 public:
  TlsClient(std::uint16_t server_port, TlsClientOptions options) : options_(std::move(options)) {
    fd_ = socket(AF_INET, (options_.stream ? SOCK_STREAM : SOCK_DGRAM), 0);
    sockaddr_in local = LoopbackAddress(options_.local_port);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&local), sizeof local), 0);
    sockaddr_in server = LoopbackAddress(server_port);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&server), sizeof server), 0);
    BIO_socket_nbio(fd_, 1);
    context_.reset(SSL_CTX_new(options_.stream ? TLS_client_method() : DTLS_client_method()));
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    // The test decides about suites, not the security level of the machine.
    SSL_CTX_set_cipher_list(context_.get(),
                            (std::string(!options_.ciphers.empty()   ? options_.ciphers
                                         : options_.identity.empty() ? "ALL"
                                                                     : "PSK") +
                             ":@SECLEVEL=0")
                                .c_str());
    if (!options_.ciphers.empty()) SSL_CTX_set_max_proto_version(context_.get(), Tls12());
    if (!options_.identity.empty()) SSL_CTX_set_psk_client_callback(context_.get(), &GivePsk);
    if (!options_.certificate_file.empty()) {
      EXPECT_EQ(SSL_CTX_use_certificate_file(context_.get(), options_.certificate_file.c_str(),
                                             SSL_FILETYPE_PEM),
                1);
      EXPECT_EQ(
          SSL_CTX_use_PrivateKey_file(context_.get(), options_.key_file.c_str(), SSL_FILETYPE_PEM),
          1);
    }
    if (options_.stream) {
      constexpr unsigned char kAlpn[] =
          "\x04"
          "coap";
      SSL_CTX_set_alpn_protos(context_.get(), kAlpn, sizeof kAlpn - 1);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_app_data(ssl_.get(), this);
    BIO* const bio =
        options_.stream ? BIO_new_socket(fd_, BIO_NOCLOSE) : BIO_new_dgram(fd_, BIO_NOCLOSE);
    if (!options_.stream) BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &server);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_connect_state(ssl_.get());
  }
  ~TlsClient() { close(fd_); }  // without a close_notify, as if it were killed
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Goes on with the handshake. True as soon as it is done.
  bool Step() {
    if (established_ || failed_) return established_;
    if (!options_.stream) DTLSv1_handle_timeout(ssl_.get());
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
      established_ = true;
    } else {
      CheckForFailure(result);
    }
    return established_;
  }
  bool established() const { return established_; }
  bool failed() const { return failed_; }  // by an alert, or closed by the server
  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  std::string alpn() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }
  std::uint16_t local_port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
  }

  // Past the library, in the clear.
  void SendRaw(const std::string& octets) {
    EXPECT_EQ(send(fd_, octets.data(), octets.size(), 0), static_cast<ssize_t>(octets.size()));
  }
  void Send(const std::string& octets) {
    EXPECT_EQ(SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())),
              static_cast<int>(octets.size()));
  }
  // A datagram's content, or what a stream has; nullopt: nothing now.
  std::optional<std::string> Receive() {
    std::string octets(4096, '\0');
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), octets.data(), static_cast<int>(octets.size()));
    if (size <= 0) {
      CheckForFailure(size);
      return std::nullopt;
    }
    octets.resize(static_cast<std::size_t>(size));
    return octets;
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  int Tls12() const { return options_.stream ? TLS1_2_VERSION : DTLS1_2_VERSION; }
  void CheckForFailure(int result) {
    const int error = SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) failed_ = true;
  }
  static unsigned GivePsk(SSL* ssl, const char*, char* identity, unsigned max_identity,
                          unsigned char* key, unsigned max_key) {
    const auto& options = static_cast<TlsClient*>(SSL_get_app_data(ssl))->options_;
    if (options.identity.size() >= max_identity || options.key.size() > max_key) return 0;
    std::memcpy(identity, options.identity.c_str(), options.identity.size() + 1);
    std::memcpy(key, options.key.data(), options.key.size());
    return static_cast<unsigned>(options.key.size());
  }

  TlsClientOptions options_;
  int fd_ = -1;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool established_ = false;
  bool failed_ = false;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_TLS_CLIENT_H_
