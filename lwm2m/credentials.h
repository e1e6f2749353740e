// Who may speak in which security context.  (LwM2M Transport 1.1.1 §5.2; LwM2M 1.0.2 §7; SEC-7 …
// SEC-10)
#ifndef LWM2M_CREDENTIALS_H_
#define LWM2M_CREDENTIALS_H_

#include <optional>
#include <string>
#include <string_view>

#include "lwm2m/error.h"
#include "lwm2m/message.h"

namespace lwm2m {

// What one client proves itself with. Never logged or listed with its key.
struct Credential {
  SecurityMode mode = SecurityMode::kPsk;  // never kNoSec
  // Peer::identity that it proves: PSK identity, lower-case hex SHA-256 of the
  // SubjectPublicKeyInfo, or a name in the certificate. 1 … 128 octets of UTF-8 (SEC-7).
  std::string identity;
  // Endpoint Client Name that it may register as; a trailing '*' stands for any rest, also none.
  // "": the same as `identity`, which the hash of a raw public key cannot be.
  std::string endpoint;
  std::string key;  // kPsk: 1 … 64 octets (SEC-7); else ""
};

// kInvalidValue names what is wrong, without the key. Control characters and a '*' before the end
// of `endpoint` are refused.
Result<void> Validate(const Credential& credential);

// True when a client that registers as `endpoint` is covered by `credential` (SEC-8).
bool Covers(const Credential& credential, std::string_view endpoint);

// Where credentials are looked up: during handshakes and at Register. Loop thread only.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // nullopt: such a client is not known; its handshake fails, unless it has a certificate.
  virtual std::optional<Credential> Find(SecurityMode mode, std::string_view identity) = 0;
};

// SEC-8: whether a client in that security context may register as `endpoint`. Asked anew at each
// Register, so that a credential that was removed meanwhile counts no more.
// - NoSec over UDP or TCP: true. A secure transport that proved nothing: false.
// - PSK, raw public key: the credential of that mode and identity is still there and covers it.
// - Certificate: one of the credentials that name it covers it. When no credential names it, the
//   certificate is enough: one of its names is the endpoint (SEC-10).
bool MayRegister(CredentialSource& source, const Peer& peer, std::string_view endpoint);

// REG-4: the endpoint that a client in that security context registers as when it names none: that
// of its credential, or its identity or a name of its certificate where this is covered. nullopt:
// it has to name one, as without security, or when its credential covers many.
std::optional<std::string> EndpointOf(CredentialSource& source, const Peer& peer);

}  // namespace lwm2m

#endif  // LWM2M_CREDENTIALS_H_
