#include "ipe/credentials_check.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "ipe/credentials_keys.h"
#include "lwm2m/coap/certificate.h"

namespace ipe {
namespace {

using Warnings = std::vector<std::string>;

void WarnOfRights(const char* key, const std::string& file, Warnings& warnings) {
  if (IsReadableByOthers(file)) {
    warnings.push_back(
        fmt::format("{}: everybody on this machine may read {}; chmod o-r", key, file));
  }
}

// `pem` holds a certificate, as has been seen.
void WarnOfValidity(const std::string& pem, const std::string& file, Warnings& warnings) {
  struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  const std::unique_ptr<BIO, Free> input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, Free> certificate(
      PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return;
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    warnings.push_back(
        fmt::format("lwm2m.tls.certificate: {} has expired; devices will refuse it", file));
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
    warnings.push_back(
        fmt::format("lwm2m.tls.certificate: {} is not valid yet; devices will refuse it", file));
  }
}

}  // namespace

tl::expected<Warnings, std::string> CheckSecurityFiles(const Config::Lwm2m& lwm2m) {
  Warnings warnings;
  if (!lwm2m.certificate_file.empty()) {
    auto files = lwm2m::ReadCertificateFiles(lwm2m.certificate_file, lwm2m.key_file, lwm2m.ca_file);
    if (!files) return tl::unexpected("lwm2m.tls: " + files.error().detail);
    Wipe(files->key);
    WarnOfValidity(files->certificate, lwm2m.certificate_file, warnings);
    WarnOfRights("lwm2m.tls.key", lwm2m.key_file, warnings);
  }
  if (!lwm2m.rpk_key_file.empty()) {
    auto pair = lwm2m::ReadRawKeyPair(lwm2m.rpk_key_file);
    if (!pair) return tl::unexpected("lwm2m.rpk.key: " + pair.error().detail);
    Wipe(pair->private_key);
    WarnOfRights("lwm2m.rpk.key", lwm2m.rpk_key_file, warnings);
  }
  return warnings;
}

}  // namespace ipe
