// What a certificate or a raw public key says about who holds it, and our own keys from PEM files.
#ifndef LWM2M_COAP_CERTIFICATE_H_
#define LWM2M_COAP_CERTIFICATE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/message.h"

namespace lwm2m {

// Who a security context belongs to.
struct ProvenIdentity {
  std::string identity;                  // as Peer::identity
  std::vector<std::string> other_names;  // as Peer::other_names
  SecurityMode mode = SecurityMode::kCertificate;
};

// Common name and subjectAltNames (URI and DNS) of an X.509 certificate in DER; the first
// subjectAltName is the identity where there is no common name (SEC-10). nullopt for anything that
// is no certificate, or that names nobody, or whose names have control characters in them.
std::optional<ProvenIdentity> IdentityOfCertificate(std::string_view der);

// Lower-case hex SHA-256 of a SubjectPublicKeyInfo in DER (SEC-9); nullopt for anything else.
std::optional<std::string> IdentityOfPublicKey(std::string_view spki_der);

// Certificate, private key and CA certificates as text, once they have been seen to fit together.
struct CertificateFiles {
  std::string certificate, key, ca;  // PEM
};
Result<CertificateFiles> ReadCertificateFiles(const std::string& certificate_file,
                                              const std::string& key_file,
                                              const std::string& ca_file);

// A private key on secp256r1 and the public key derived from it.
struct RawKeyPair {
  std::string private_key;  // ECPrivateKey, DER
  std::string public_key;   // SubjectPublicKeyInfo, DER
};
Result<RawKeyPair> ReadRawKeyPair(const std::string& key_file);

}  // namespace lwm2m

#endif  // LWM2M_COAP_CERTIFICATE_H_
