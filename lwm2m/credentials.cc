// Rules of credentials: what a valid one looks like, and which endpoint it speaks for.
#include "lwm2m/credentials.h"

#include <algorithm>
#include <vector>

#include "lwm2m/value.h"

namespace lwm2m {
namespace {

constexpr std::size_t kMaxIdentity = 128;  // LwM2M Transport 1.1.1 §5.2.8 (SEC-7)
constexpr std::size_t kMaxKey = 64;        // (SEC-7)
constexpr std::size_t kMaxEndpoint = 255;  // as the server takes at Register
constexpr std::size_t kDigestDigits = 64;  // of SHA-256

// Names travel through C strings, listings and logs.
bool IsName(std::string_view text) {
  return IsUtf8(text) && std::none_of(text.begin(), text.end(), [](char character) {
           const auto octet = static_cast<unsigned char>(character);
           return octet < 0x20 || octet == 0x7f;
         });
}

bool IsDigest(std::string_view text) {
  return text.size() == kDigestDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The one endpoint of a credential whose client proved `name`.
std::optional<std::string> OnlyEndpointOf(const Credential& credential, const std::string& name) {
  const bool covers_many = credential.endpoint.ends_with('*');
  if (!covers_many && !credential.endpoint.empty()) return credential.endpoint;
  if (Covers(credential, name)) return name;
  return std::nullopt;
}

bool MayRegisterWithCertificate(CredentialSource& source, const Peer& peer,
                                std::string_view endpoint) {
  bool named = false;
  bool certified = false;
  const auto look = [&](const std::string& name) {
    if (name.empty()) return false;
    certified = certified || name == endpoint;
    const auto credential = source.Find(SecurityMode::kCertificate, name);
    named = named || credential.has_value();
    return credential && Covers(*credential, endpoint);
  };
  if (look(peer.identity)) return true;
  if (std::any_of(peer.other_names.begin(), peer.other_names.end(), look)) return true;
  return certified && !named;
}

}  // namespace

Result<void> Validate(const Credential& credential) {
  const auto& [mode, identity, endpoint, key] = credential;
  if (mode == SecurityMode::kNoSec) return InvalidValue("security mode: nothing to prove");
  if (identity.empty()) return InvalidValue("identity is empty");
  if (identity.size() > kMaxIdentity) return InvalidValue("identity has more than 128 octets");
  if (!IsName(identity)) return InvalidValue("identity is not UTF-8 without control characters");
  if (mode == SecurityMode::kRawPublicKey && !IsDigest(identity)) {
    return InvalidValue("identity is not the SHA-256 of a public key in lower-case hex");
  }
  if (endpoint.size() > kMaxEndpoint) return InvalidValue("endpoint has more than 255 octets");
  if (!IsName(endpoint)) return InvalidValue("endpoint is not UTF-8 without control characters");
  if (endpoint.find('*') < endpoint.size() - 1) {
    return InvalidValue("endpoint has a '*' that is not its last character");
  }
  if (mode == SecurityMode::kRawPublicKey && endpoint.empty()) {
    return InvalidValue("endpoint is missing");
  }
  if (mode != SecurityMode::kPsk) {
    if (!key.empty()) return InvalidValue("key: only a PSK credential has one");
    return {};
  }
  if (key.empty()) return InvalidValue("key is empty");
  if (key.size() > kMaxKey) return InvalidValue("key has more than 64 octets");
  return {};
}

bool Covers(const Credential& credential, std::string_view endpoint) {
  // An identity is taken as it is, also when it ends in '*'.
  if (credential.endpoint.empty()) return credential.identity == endpoint;
  std::string_view pattern = credential.endpoint;
  if (pattern.back() != '*') return pattern == endpoint;
  pattern.remove_suffix(1);
  return endpoint.starts_with(pattern);
}

bool MayRegister(CredentialSource& source, const Peer& peer, std::string_view endpoint) {
  if (!IsSecure(peer.transport)) return true;
  switch (peer.security) {
    case SecurityMode::kNoSec:
      return false;
    case SecurityMode::kPsk:
    case SecurityMode::kRawPublicKey: {
      const auto credential = source.Find(peer.security, peer.identity);
      return credential && Covers(*credential, endpoint);
    }
    case SecurityMode::kCertificate:
      return MayRegisterWithCertificate(source, peer, endpoint);
  }
  return false;
}

std::optional<std::string> EndpointOf(CredentialSource& source, const Peer& peer) {
  if (!IsSecure(peer.transport) || peer.security == SecurityMode::kNoSec) return std::nullopt;
  std::vector<std::string> names = {peer.identity};
  names.insert(names.end(), peer.other_names.begin(), peer.other_names.end());
  bool named = false;
  for (const std::string& name : names) {
    const auto credential = source.Find(peer.security, name);
    if (!credential) continue;
    named = true;
    if (auto endpoint = OnlyEndpointOf(*credential, name)) return endpoint;
  }
  const bool name_is_enough = peer.security == SecurityMode::kCertificate && !named;
  if (name_is_enough && !peer.identity.empty()) return peer.identity;
  return std::nullopt;
}

}  // namespace lwm2m
