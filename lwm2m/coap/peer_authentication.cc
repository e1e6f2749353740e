#include "lwm2m/coap/peer_authentication.h"

#include <dlfcn.h>
#include <openssl/ssl.h>

#include <utility>

namespace lwm2m {
namespace {

bool IsOpenSslFlavour() { return coap_get_tls_library_version()->type == COAP_TLS_LIBRARY_OPENSSL; }

// With a client that offers PSK suites libcoap's OpenSSL flavour demands no certificate, whatever
// suite is chosen in the end, and TLS 1.3 may name a PSK and then not use it. No ticket: a resumed
// session shows no certificate.
int DemandProof(void* tls, coap_dtls_pki_t*) {
  auto* const ssl = static_cast<SSL*>(tls);
  const bool psk = SSL_get_verify_callback(ssl) == nullptr;
  if (psk && SSL_set_cipher_list(ssl, "PSK:!NULL:!kRSAPSK") != 1) return 0;
  SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                 SSL_get_verify_callback(ssl));
  SSL_set_options(ssl, SSL_OP_NO_TICKET);
  return SSL_is_dtls(ssl) == 1 || SSL_set_max_proto_version(ssl, TLS1_2_VERSION) == 1 ? 1 : 0;
}

constexpr std::size_t kRandomKeyOctets = 32;
constexpr std::uint8_t kLongestChain = 3;  // certificates between the client's and the CA's

std::string RandomOctets(std::size_t count) {
  std::string octets(count, '\0');
  coap_prng(octets.data(), octets.size());
  return octets;
}

const std::uint8_t* Octets(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

Result<std::unique_ptr<PeerAuthentication>> PeerAuthentication::Create(
    const CoapTransportOptions::Security& security, PublicKeys public_keys) {
  if (security.credentials == nullptr) return InvalidValue("a secured listener needs credentials");
  std::unique_ptr<PeerAuthentication> created(new PeerAuthentication);
  created->credentials_ = security.credentials;
  created->public_keys_ = public_keys;
  created->no_key_ = RandomOctets(kRandomKeyOctets);
  if (public_keys == PublicKeys::kRaw) {
    if (coap_get_tls_library_version()->type != COAP_TLS_LIBRARY_GNUTLS) {
      return InvalidValue(
          "raw public keys need the GnuTLS flavour of libcoap (IPE_DTLS=gnutls); this is another");
    }
    if (security.rpk_key_file.empty()) return InvalidValue("raw public keys need a key of ours");
    auto keys = ReadRawKeyPair(security.rpk_key_file);
    if (!keys) return tl::unexpected(keys.error());
    created->raw_keys_ = std::move(*keys);
    return created;
  }
  if (security.certificate_file.empty() != security.key_file.empty()) {
    return InvalidValue("a certificate and its key go together");
  }
  if (security.ca_file.empty()) return created;
  if (security.certificate_file.empty()) {
    return InvalidValue("certificates of clients need a certificate of ours");
  }
  auto files = ReadCertificateFiles(security.certificate_file, security.key_file, security.ca_file);
  if (!files) return tl::unexpected(files.error());
  created->files_ = std::move(*files);
  return created;
}

Result<void> PeerAuthentication::ApplyTo(coap_context_t* context) {
  coap_dtls_spsk_t psk{};
  psk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  psk.validate_id_call_back = &FindKey;
  psk.id_call_back_arg = this;
  psk.psk_info.key = {no_key_.size(), Octets(no_key_)};
  if (coap_context_set_psk2(context, &psk) != 1) return InvalidValue("libcoap refuses PSK");
  if (!files_ && !raw_keys_) return {};
  const coap_dtls_pki_t pki = PublicKeySetup();
  if (coap_context_set_pki(context, &pki) != 1) {
    return InvalidValue("libcoap refuses the certificate or key");
  }
  return {};
}

coap_dtls_pki_t PeerAuthentication::PublicKeySetup() {
  coap_dtls_pki_t pki{};
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  // A client without a certificate or key fails.
  pki.verify_peer_cert = 1;
  pki.cert_chain_validation = 1;
  pki.cert_chain_verify_depth = kLongestChain;
  pki.validate_cn_call_back = &CheckCertificate;
  pki.cn_call_back_arg = this;
  if (IsOpenSslFlavour()) pki.additional_tls_setup_call_back = &DemandProof;
  if (raw_keys_) {
    pki.is_rpk_not_cert = 1;
    pki.pki_key.key_type = COAP_PKI_KEY_ASN1;
    pki.pki_key.key.asn1.public_cert = Octets(raw_keys_->public_key);
    pki.pki_key.key.asn1.public_cert_len = raw_keys_->public_key.size();
    pki.pki_key.key.asn1.private_key = Octets(raw_keys_->private_key);
    pki.pki_key.key.asn1.private_key_len = raw_keys_->private_key.size();
    pki.pki_key.key.asn1.private_key_type = COAP_ASN1_PKEY_EC;
    return pki;
  }
  pki.pki_key.key_type = COAP_PKI_KEY_PEM_BUF;
  coap_pki_key_pem_buf_t& pem = pki.pki_key.key.pem_buf;
  // With the terminating zero, which spares libcoap a copy.
  pem.public_cert = Octets(files_->certificate);
  pem.public_cert_len = files_->certificate.size() + 1;
  pem.private_key = Octets(files_->key);
  pem.private_key_len = files_->key.size() + 1;
  pem.ca_cert = Octets(files_->ca);
  pem.ca_cert_len = files_->ca.size() + 1;
  return pki;
}

// The GnuTLS flavour of libcoap has GnuTLS in the process, and no function for this.
void PeerAuthentication::ChoosePsk(coap_session_t* session) {
  using SetPriority = int (*)(void* session, const char* priority, const char** error);
  static const auto set_priority =
      reinterpret_cast<SetPriority>(dlsym(RTLD_DEFAULT, "gnutls_priority_set_direct"));
  coap_tls_library_t library{};
  void* const tls = coap_session_get_tls(session, &library);
  if (tls == nullptr || library != COAP_TLS_LIBRARY_GNUTLS || set_priority == nullptr) return;
  // As libcoap's own, without the key exchanges that need a certificate.
  set_priority(tls, "NORMAL:-KX-ALL:+ECDHE-PSK:+PSK:+AES-128-CCM-8:+SHA256", nullptr);
}

const coap_bin_const_t* PeerAuthentication::FindKey(coap_bin_const_t* identity,
                                                    coap_session_t* session, void* self) {
  auto& authentication = *static_cast<PeerAuthentication*>(self);
  const std::string_view name(reinterpret_cast<const char*>(identity->s), identity->length);
  std::optional<Credential> credential;
  if (!name.empty()) credential = authentication.credentials_->Find(SecurityMode::kPsk, name);
  if (credential && !credential->key.empty()) {
    authentication.key_ = std::move(credential->key);
    authentication.Forget(session);
  } else {
    authentication.key_ = RandomOctets(kRandomKeyOctets);
    authentication.seen_[session].refusal = Refusal::kUnknown;
  }
  authentication.key_view_ = {authentication.key_.size(), Octets(authentication.key_)};
  return &authentication.key_view_;
}

int PeerAuthentication::CheckCertificate(const char*, const std::uint8_t* der, std::size_t length,
                                         coap_session_t* session, unsigned depth, int validated,
                                         void* self) {
  if (validated == 0) return 0;
  if (depth > 0) return 1;  // a CA of the chain
  auto& authentication = *static_cast<PeerAuthentication*>(self);
  const std::string_view octets(reinterpret_cast<const char*>(der), length);
  // The GnuTLS flavour lets a client choose either kind in either context.
  const bool taken = authentication.public_keys_ == PublicKeys::kRaw
                         ? authentication.TakePublicKey(session, octets)
                         : authentication.TakeCertificate(session, octets);
  return taken ? 1 : 0;
}

bool PeerAuthentication::TakeCertificate(const coap_session_t* session, std::string_view der) {
  Seen& seen = seen_[session];
  seen.certified = IdentityOfCertificate(der);
  if (!seen.certified) seen.refusal = Refusal::kUntrusted;
  return seen.certified.has_value();
}

bool PeerAuthentication::TakePublicKey(const coap_session_t* session, std::string_view der) {
  Seen& seen = seen_[session];
  const auto identity = IdentityOfPublicKey(der);
  if (!identity) {
    seen.refusal = Refusal::kUntrusted;
    return false;
  }
  if (!credentials_->Find(SecurityMode::kRawPublicKey, *identity)) {
    seen.refusal = Refusal::kUnknown;
    return false;
  }
  seen.certified = ProvenIdentity{*identity, {}, SecurityMode::kRawPublicKey};
  return true;
}

// A certificate comes after a PSK identity that was only offered, and counts.
std::optional<ProvenIdentity> PeerAuthentication::IdentityOf(const coap_session_t* session) const {
  const auto found = seen_.find(session);
  if (found != seen_.end() && found->second.refusal) return std::nullopt;
  if (found != seen_.end() && found->second.certified) return found->second.certified;
  const coap_bin_const_t* const identity = coap_session_get_psk_identity(session);
  if (identity == nullptr || identity->length == 0) return std::nullopt;
  return ProvenIdentity{std::string(reinterpret_cast<const char*>(identity->s), identity->length),
                        {},
                        SecurityMode::kPsk};
}

std::optional<PeerAuthentication::Refusal> PeerAuthentication::RefusalOf(
    const coap_session_t* session) const {
  const auto found = seen_.find(session);
  return found == seen_.end() ? std::nullopt : found->second.refusal;
}

}  // namespace lwm2m
