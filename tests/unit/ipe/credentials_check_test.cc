#include "ipe/credentials_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/credentials_samples.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_certificates.h"

namespace ipe {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CredentialsCheckTest : public ::testing::Test {
 protected:
  CredentialsCheckTest() {
    lwm2m_.certificate_file = directory_ / "server.pem";
    lwm2m_.key_file = directory_ / "server.key";
    lwm2m_.ca_file = lwm2m_.certificate_file;
    WriteCertificate(-3600, 3600);
  }
  // Signed by itself; seconds from now.
  void WriteCertificate(long valid_from, long valid_to) {
    tests::TestSubject subject;
    subject.common_name = "ipe.example";
    subject.valid_from = valid_from;
    subject.valid_to = valid_to;
    const tests::TestCertificate certificate(subject, nullptr);
    certificate.Write(lwm2m_.certificate_file, lwm2m_.key_file);
    chmod(lwm2m_.key_file.c_str(), 0600);
  }
  std::string WriteKey(const std::string& name, const std::string& pem) {
    const std::string file = directory_.Write(name, pem);
    chmod(file.c_str(), 0600);
    return file;
  }
  std::string Error() {
    const auto checked = CheckSecurityFiles(lwm2m_);
    return checked ? "no error" : checked.error();
  }

  testing::TemporaryDirectory directory_;
  Config::Lwm2m lwm2m_;
};

TEST_F(CredentialsCheckTest, FilesThatFitTogetherAreFine) {
  EXPECT_THAT(*CheckSecurityFiles(lwm2m_), IsEmpty());
  EXPECT_THAT(*CheckSecurityFiles(Config::Lwm2m()), IsEmpty()) << "none are needed";
}

TEST_F(CredentialsCheckTest, ErrorsNameKeyAndFile) {
  lwm2m_.key_file = WriteKey("other.key", testing::kOtherPrivateKeyPem);
  EXPECT_THAT(Error(), AllOf(HasSubstr("lwm2m.tls"), HasSubstr("other.key"), HasSubstr("is not")));
  lwm2m_.key_file = WriteKey("locked.key", testing::kEncryptedPrivateKeyPem);
  EXPECT_THAT(Error(), AllOf(HasSubstr("locked.key"), HasSubstr("pass phrase")));
  lwm2m_.key_file = lwm2m_.certificate_file;
  EXPECT_THAT(Error(), AllOf(HasSubstr("server.pem"), HasSubstr("no PEM private key")));
}

TEST_F(CredentialsCheckTest, ACertificateAndAuthoritiesMustBeSome) {
  lwm2m_.ca_file = directory_.Write("empty.pem", "none\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("empty.pem"), HasSubstr("no PEM certificate")));
  lwm2m_.certificate_file = lwm2m_.key_file;
  EXPECT_THAT(Error(), AllOf(HasSubstr("server.key"), HasSubstr("no PEM certificate")));
}

// SEC-6: secp256r1.
TEST_F(CredentialsCheckTest, TheRawKeyIsAPrivateOneOnTheCurve) {
  lwm2m_.rpk_key_file = lwm2m_.key_file;
  EXPECT_THAT(*CheckSecurityFiles(lwm2m_), IsEmpty());
  lwm2m_.rpk_key_file = WriteKey("public.pem", testing::kPublicKeyPem);
  EXPECT_THAT(Error(), AllOf(HasSubstr("lwm2m.rpk.key"), HasSubstr("public.pem")));
}

TEST_F(CredentialsCheckTest, WarnsOfKeysThatEverybodyMayRead) {
  lwm2m_.rpk_key_file = WriteKey("raw.key", testing::kPrivateKeyPem);
  chmod(lwm2m_.rpk_key_file.c_str(), 0644);
  chmod(lwm2m_.key_file.c_str(), 0644);
  EXPECT_THAT(*CheckSecurityFiles(lwm2m_),
              ElementsAre(AllOf(HasSubstr("lwm2m.tls.key"), HasSubstr("server.key")),
                          AllOf(HasSubstr("lwm2m.rpk.key"), HasSubstr("raw.key"))));
}

TEST_F(CredentialsCheckTest, WarnsOfACertificateOutOfItsTime) {
  WriteCertificate(-7200, -3600);
  EXPECT_THAT(*CheckSecurityFiles(lwm2m_), ElementsAre(HasSubstr("has expired")));
  WriteCertificate(3600, 7200);
  EXPECT_THAT(*CheckSecurityFiles(lwm2m_), ElementsAre(HasSubstr("is not valid yet")));
}

}  // namespace
}  // namespace ipe
