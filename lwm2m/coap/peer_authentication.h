// Which DTLS and TLS handshakes succeed, and what they prove.
#ifndef LWM2M_COAP_PEER_AUTHENTICATION_H_
#define LWM2M_COAP_PEER_AUTHENTICATION_H_

#include <coap3/coap.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "lwm2m/coap/certificate.h"
#include "lwm2m/coap/coap_transport.h"
#include "lwm2m/error.h"

namespace lwm2m {

// The authentication of one libcoap context. PSK always; X.509 or raw public keys with it, which
// exclude each other in a context of libcoap 4.3.
//
// An unknown PSK identity fails like a wrong key: it gets a random one (SEC-7). A certificate or
// public key is looked at when the TLS library has verified possession of its key and, for X.509,
// the chain.
//
// Loop thread only: the credentials are looked up from within a handshake. Outlives the context.
// Keys are never logged. (SEC-1, SEC-4 … SEC-10)
class PeerAuthentication {
 public:
  enum class PublicKeys { kCertificates, kRaw };
  // Reads the PEM files; kInvalidValue names what is wrong with them.
  static Result<std::unique_ptr<PeerAuthentication>> Create(
      const CoapTransportOptions::Security& security, PublicKeys public_keys);
  PeerAuthentication(const PeerAuthentication&) = delete;
  PeerAuthentication& operator=(const PeerAuthentication&) = delete;

  // The handshakes of `context` end as this says.
  Result<void> ApplyTo(coap_context_t* context);

  // The handshake that `session` is about to begin shall end with a pre-shared key: the client
  // offers one, among other things. GnuTLS takes the first suite that the client names, were it one
  // that needs a certificate which neither has.
  void ChoosePsk(coap_session_t* session);

  // What the handshake of an established session proved; nullopt: nothing, it is not to be trusted.
  std::optional<ProvenIdentity> IdentityOf(const coap_session_t* session) const;

  enum class Refusal { kUnknown, kUntrusted };
  // Why the handshake under way was refused; nullopt: it was not, as far as we know.
  std::optional<Refusal> RefusalOf(const coap_session_t* session) const;
  // The session is new or gone: nothing is known of it.
  void Forget(const coap_session_t* session) { seen_.erase(session); }

 private:
  struct Seen {
    std::optional<ProvenIdentity> certified;
    std::optional<Refusal> refusal;
  };
  PeerAuthentication() = default;

  static const coap_bin_const_t* FindKey(coap_bin_const_t* identity, coap_session_t* session,
                                         void* self);
  static int CheckCertificate(const char* name, const std::uint8_t* der, std::size_t length,
                              coap_session_t* session, unsigned depth, int validated, void* self);
  bool TakeCertificate(const coap_session_t* session, std::string_view der);
  bool TakePublicKey(const coap_session_t* session, std::string_view der);
  coap_dtls_pki_t PublicKeySetup();

  CredentialSource* credentials_ = nullptr;
  PublicKeys public_keys_ = PublicKeys::kCertificates;
  std::optional<CertificateFiles> files_;
  std::optional<RawKeyPair> raw_keys_;
  std::string key_;              // handed to libcoap, which copies it
  coap_bin_const_t key_view_{};  // of key_
  std::string no_key_;           // what the OpenSSL flavour wants to see before it does PSK
  std::unordered_map<const coap_session_t*, Seen> seen_;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_PEER_AUTHENTICATION_H_
