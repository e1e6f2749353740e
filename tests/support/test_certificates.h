// A certification authority for one test: keys and certificates on secp256r1, as PEM files.
#ifndef TESTS_SUPPORT_TEST_CERTIFICATES_H_
#define TESTS_SUPPORT_TEST_CERTIFICATES_H_

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace tests {

class TestKey {
 public:
  TestKey() : key_(EVP_EC_gen("P-256")) { EXPECT_NE(key_.get(), nullptr); }
  EVP_PKEY* get() const { return key_.get(); }
  void Write(const std::string& file) const {
    FILE* const out = std::fopen(file.c_str(), "w");
    ASSERT_NE(out, nullptr);
    EXPECT_EQ(PEM_write_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
    std::fclose(out);
  }
  std::string SubjectPublicKeyInfo() const {
    unsigned char* octets = nullptr;
    const int length = i2d_PUBKEY(key_.get(), &octets);
    std::string der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
  }
  std::string PrivateKeyDer() const {
    unsigned char* octets = nullptr;
    const int length = i2d_PrivateKey(key_.get(), &octets);
    std::string der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
};

struct TestSubject {
  std::string common_name;        // "": none
  std::string alternative_names;  // OpenSSL's notation: "URI:urn:a,DNS:b"; "": none
  long valid_from = -3600;        // seconds from now
  long valid_to = 3600;
  bool is_authority = false;
};

class TestCertificate {
 public:
  // Signed by `issuer`, or by itself when that is nullptr.
  TestCertificate(const TestSubject& subject, const TestCertificate* issuer)
      : certificate_(X509_new()) {
    X509* const x509 = certificate_.get();
    X509_set_version(x509, 2);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), subject.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(x509), subject.valid_to);
    X509_set_pubkey(x509, key_.get());
    X509_NAME* const name = X509_get_subject_name(x509);
    Add(name, "O", "test");
    if (!subject.common_name.empty()) {
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(subject.common_name.data()),
                                 static_cast<int>(subject.common_name.size()), -1, 0);
    }
    X509_set_issuer_name(x509, issuer ? X509_get_subject_name(issuer->certificate_.get()) : name);
    if (subject.is_authority) Extend(NID_basic_constraints, "critical,CA:TRUE");
    if (!subject.alternative_names.empty()) {
      Extend(NID_subject_alt_name, subject.alternative_names);
    }
    EXPECT_GT(X509_sign(x509, issuer ? issuer->key_.get() : key_.get(), EVP_sha256()), 0);
  }

  void Write(const std::string& certificate_file, const std::string& key_file) const {
    FILE* const out = std::fopen(certificate_file.c_str(), "w");
    ASSERT_NE(out, nullptr);
    EXPECT_EQ(PEM_write_X509(out, certificate_.get()), 1);
    std::fclose(out);
    key_.Write(key_file);
  }
  std::string Der() const {
    unsigned char* octets = nullptr;
    const int length = i2d_X509(certificate_.get(), &octets);
    std::string der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
  }

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  static void Add(X509_NAME* name, const char* field, const char* value) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
  }
  void Extend(int nid, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  TestKey key_;
  std::unique_ptr<X509, Free> certificate_;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_TEST_CERTIFICATES_H_
