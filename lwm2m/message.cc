#include "lwm2m/message.h"

#include "fmt/format.h"

namespace lwm2m {

// RFC 7252 §3: the upper three bits are the class, the lower five the detail.
std::string ToString(Code code) {
  return fmt::format("{}.{:02}", ClassOf(code), static_cast<unsigned>(code) & 0x1f);
}

std::string_view ToString(SecurityMode mode) {
  switch (mode) {
    case SecurityMode::kPsk:
      return "psk";
    case SecurityMode::kRawPublicKey:
      return "rpk";
    case SecurityMode::kCertificate:
      return "x509";
    case SecurityMode::kNoSec:
      return "nosec";
  }
  return "unknown";
}

}  // namespace lwm2m

std::size_t std::hash<lwm2m::Peer>::operator()(const lwm2m::Peer& peer) const noexcept {
  std::size_t seed = static_cast<std::size_t>(peer.transport);
  for (const std::string* part : {&peer.address, &peer.local, &peer.identity}) {
    // The multiplication makes the result depend on the order of the parts.
    seed = seed * 0x9e3779b97f4a7c15 + std::hash<std::string>{}(*part);
  }
  return seed;
}
