#include "lwm2m/coap/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

namespace lwm2m {
namespace {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Pointer = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

const unsigned char* Octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A name with a control character, a NUL above all, could be read as another one.
bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

// The most specific one, which comes last; nullopt when it is none, "" when there is none.
std::optional<std::string> CommonName(const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  int found = -1;
  for (int next = -1; (next = X509_NAME_get_index_by_NID(subject, NID_commonName, next)) >= 0;) {
    found = next;
  }
  if (found < 0) return "";
  unsigned char* utf8 = nullptr;
  const int length =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, found)));
  if (length < 0) return std::nullopt;
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  if (!IsName(name)) return std::nullopt;
  return name;
}

bool AddAlternativeNames(const X509* certificate, std::vector<std::string>& names) {
  const NamesPointer list(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* const entry = sk_GENERAL_NAME_value(list.get(), i);
    if (entry->type != GEN_URI && entry->type != GEN_DNS) continue;
    const ASN1_IA5STRING* const text = entry->d.ia5;
    std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (!IsName(name)) return false;
    names.push_back(std::move(name));
  }
  return true;
}

Result<std::string> ReadText(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) return InvalidValue(file + " cannot be read");
  return text;
}

BioPointer Memory(const std::string& text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key that asks for a pass phrase is not read: nobody is there to give one.
int NoPassPhrase(char*, int, int, void*) { return -1; }

KeyPointer ReadKey(const std::string& pem) {
  return KeyPointer(PEM_read_bio_PrivateKey(Memory(pem).get(), nullptr, &NoPassPhrase, nullptr));
}

// `encode` is one of OpenSSL's i2d functions.
template <typename Encode>
std::string Der(const EVP_PKEY* key, Encode encode) {
  unsigned char* octets = nullptr;
  const int length = encode(key, &octets);
  if (length <= 0) return "";
  std::string der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
  OPENSSL_clear_free(octets, static_cast<std::size_t>(length));
  return der;
}

}  // namespace

std::optional<ProvenIdentity> IdentityOfCertificate(std::string_view der) {
  const unsigned char* position = Octets(der);
  const X509Pointer certificate(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
  if (!certificate) return std::nullopt;
  auto name = CommonName(certificate.get());
  if (!name) return std::nullopt;
  ProvenIdentity proven{std::move(*name), {}, SecurityMode::kCertificate};
  if (!AddAlternativeNames(certificate.get(), proven.other_names)) return std::nullopt;
  if (proven.identity.empty()) {
    if (proven.other_names.empty()) return std::nullopt;
    proven.identity = std::move(proven.other_names.front());
    proven.other_names.erase(proven.other_names.begin());
  }
  return proven;
}

std::optional<std::string> IdentityOfPublicKey(std::string_view spki_der) {
  const unsigned char* position = Octets(spki_der);
  const KeyPointer key(d2i_PUBKEY(nullptr, &position, static_cast<long>(spki_der.size())));
  if (!key || position != Octets(spki_der) + spki_der.size()) return std::nullopt;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(Octets(spki_der), spki_der.size(), digest.data());
  std::string hex;
  for (const unsigned char octet : digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex.push_back(kDigits[octet >> 4]);
    hex.push_back(kDigits[octet & 0xf]);
  }
  return hex;
}

Result<CertificateFiles> ReadCertificateFiles(const std::string& certificate_file,
                                              const std::string& key_file,
                                              const std::string& ca_file) {
  auto certificate = ReadText(certificate_file);
  if (!certificate) return tl::unexpected(certificate.error());
  auto key = ReadText(key_file);
  if (!key) return tl::unexpected(key.error());
  auto ca = ReadText(ca_file);
  if (!ca) return tl::unexpected(ca.error());
  const X509Pointer parsed(
      PEM_read_bio_X509(Memory(*certificate).get(), nullptr, &NoPassPhrase, nullptr));
  if (!parsed) return InvalidValue(certificate_file + " has no PEM certificate");
  const KeyPointer parsed_key = ReadKey(*key);
  if (!parsed_key) return InvalidValue(key_file + " has no PEM private key without pass phrase");
  if (X509_check_private_key(parsed.get(), parsed_key.get()) != 1) {
    return InvalidValue("the key in " + key_file + " is not that of " + certificate_file);
  }
  const X509Pointer parsed_ca(
      PEM_read_bio_X509(Memory(*ca).get(), nullptr, &NoPassPhrase, nullptr));
  if (!parsed_ca) return InvalidValue(ca_file + " has no PEM certificate");
  return CertificateFiles{std::move(*certificate), std::move(*key), std::move(*ca)};
}

Result<RawKeyPair> ReadRawKeyPair(const std::string& key_file) {
  const auto text = ReadText(key_file);
  if (!text) return tl::unexpected(text.error());
  const KeyPointer key = ReadKey(*text);
  if (!key) return InvalidValue(key_file + " has no PEM private key without pass phrase");
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &length) != 1 ||
      OBJ_sn2nid(group.data()) != NID_X9_62_prime256v1) {
    return InvalidValue("the key in " + key_file + " is not on secp256r1");
  }
  RawKeyPair pair{Der(key.get(), &i2d_PrivateKey), Der(key.get(), &i2d_PUBKEY)};
  if (pair.private_key.empty() || pair.public_key.empty()) {
    return InvalidValue("the key in " + key_file + " cannot be encoded");
  }
  return pair;
}

}  // namespace lwm2m
