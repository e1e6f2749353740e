// CoAP messages as the LwM2M server sees them: no wire format, no library types.
// (RFC 7252 §3, §5.10; RFC 7641 §2; LwM2M Transport 1.1.1 §6.4)
#ifndef LWM2M_MESSAGE_H_
#define LWM2M_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/content_format.h"

namespace lwm2m {

enum class Method : std::uint8_t {
  kGet = 1,
  kPost = 2,
  kPut = 3,
  kDelete = 4,
  kFetch = 5,
  kPatch = 6,
  kIpatch = 7,
};

// CoAP response code, class in the upper three bits: 2.05 is 0x45. An open set.
enum class Code : std::uint8_t {
  kEmpty = 0x00,
  kCreated = 0x41,                   // 2.01
  kDeleted = 0x42,                   // 2.02
  kValid = 0x43,                     // 2.03
  kChanged = 0x44,                   // 2.04
  kContent = 0x45,                   // 2.05
  kContinue = 0x5f,                  // 2.31
  kBadRequest = 0x80,                // 4.00
  kUnauthorized = 0x81,              // 4.01
  kBadOption = 0x82,                 // 4.02
  kForbidden = 0x83,                 // 4.03
  kNotFound = 0x84,                  // 4.04
  kMethodNotAllowed = 0x85,          // 4.05
  kNotAcceptable = 0x86,             // 4.06
  kRequestEntityIncomplete = 0x88,   // 4.08
  kConflict = 0x89,                  // 4.09
  kPreconditionFailed = 0x8c,        // 4.12
  kRequestEntityTooLarge = 0x8d,     // 4.13
  kUnsupportedContentFormat = 0x8f,  // 4.15
  kInternalServerError = 0xa0,       // 5.00
  kNotImplemented = 0xa1,            // 5.01
  kServiceUnavailable = 0xa3,        // 5.03
};

constexpr int ClassOf(Code code) { return static_cast<int>(code) >> 5; }
constexpr bool IsSuccess(Code code) { return ClassOf(code) == 2; }
std::string ToString(Code code);  // "4.04"

// LwM2M Core 1.1.1 Annex E.1, Security Mode; the numbers of /0/x/2 (SEC-3). Certificates obtained
// with EST (4) look like any other to a server.
enum class SecurityMode : std::uint8_t {
  kPsk = 0,
  kRawPublicKey = 1,
  kCertificate = 2,
  kNoSec = 3,
};
std::string_view ToString(SecurityMode mode);  // "psk", "rpk", "x509", "nosec"

// Where a device is: transport, address and port, and the identity its security context proved.
// Compared as a whole; a value.
struct Peer {
  enum class Transport : std::uint8_t { kUdp, kDtls, kTcp, kTls };
  Transport transport = Transport::kUdp;
  std::string address;  // "192.0.2.1:5683", "[2001:db8::1]:5683"
  std::string local;    // address and port of ours that it talked to, same form; may be ""
  // What the security context proved: PSK identity, certificate CN (or its first subjectAltName
  // when there is no CN), SHA-256 of a raw public key in lower-case hex; "" for NoSec.  (SEC-8)
  std::string identity;
  // Every other subjectAltName of the certificate (SEC-10).
  std::vector<std::string> other_names = {};
  // How `identity` was proved: the same text may name a key and a certificate of two clients.
  SecurityMode security = SecurityMode::kNoSec;
  friend auto operator<=>(const Peer&, const Peer&) = default;
  friend bool operator==(const Peer&, const Peer&) = default;
};

constexpr bool IsSecure(Peer::Transport transport) {
  return transport == Peer::Transport::kDtls || transport == Peer::Transport::kTls;
}

// TCP carries no message ids and no acknowledgements: nothing comes twice (RFC 8323 §2.2, §3.1).
constexpr bool HasMessageIds(Peer::Transport transport) {
  return transport == Peer::Transport::kUdp || transport == Peer::Transport::kDtls;
}

struct Payload {
  std::optional<ContentFormat> format;  // absent: the message had no Content-Format option
  std::string octets;
  // Downlink and answers: a body that many messages share, in place of `octets`. A firmware image
  // is in memory once, however many devices get it.
  std::shared_ptr<const std::string> shared = nullptr;

  const std::string& body() const { return shared ? *shared : octets; }
  friend bool operator==(const Payload&, const Payload&) = default;
};

// Octets of a request's body that the device has confirmed, and how many there are. Loop thread.
using Progress = std::function<void(std::size_t sent, std::size_t total)>;

// A request in either direction. Block-wise transfer is not seen here: the transport reassembles.
struct CoapRequest {
  Method method = Method::kGet;
  std::vector<std::string> path;     // Uri-Path segments
  std::vector<std::string> queries;  // Uri-Query, undecoded "key=value"
  Payload payload;
  std::optional<ContentFormat> accept;
  std::optional<std::uint32_t> observe;
  bool confirmable = true;
  std::string token;             // uplink: the peer's; downlink: ours, chosen by the server
  std::uint16_t message_id = 0;  // uplink only
  // Uplink only: number of the first critical option that the transport does not know; 0 if none.
  std::uint16_t unknown_critical_option = 0;
  Progress progress = nullptr;  // downlink only, block-wise: called after each confirmed block
};

struct CoapResponse {
  Code code = Code::kContent;
  Payload payload;
  std::vector<std::string> location;  // Location-Path segments
  std::optional<std::uint32_t> observe;
  std::string token;             // downlink requests: ours; notification: that of the observation
  std::uint16_t message_id = 0;  // of the message that carried it; used to recognise duplicates
  bool confirmable = false;
  // Of an answer of ours whose body may take several blocks: the same as long as the body is the
  // same (RFC 7959 §2.4). "": none is sent.
  std::string etag = {};
  // Of an answer of ours: seconds; of a 5.03, after which the peer may try again (RFC 7252
  // §5.9.3.4).
  std::optional<std::uint32_t> max_age = {};
};

}  // namespace lwm2m

template <>
struct std::hash<lwm2m::Peer> {
  std::size_t operator()(const lwm2m::Peer& peer) const noexcept;
};

#endif  // LWM2M_MESSAGE_H_
