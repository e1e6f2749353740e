#include "ipe/credentials_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "lwm2m/value.h"
#include "tests/support/credentials_samples.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using ::testing::HasSubstr;
using testing::kPublicKeyBase64;
using testing::kPublicKeyIdentity;
using testing::kPublicKeyPem;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::TemporaryDirectory;

TEST(PresharedKeyTest, IsHexOfEitherCaseWithOrWithoutPrefix) {
  EXPECT_EQ(ParsePresharedKey("00ffA5"), std::string("\x00\xff\xa5", 3));
  EXPECT_EQ(ParsePresharedKey("0x00FFa5"), std::string("\x00\xff\xa5", 3));
  EXPECT_EQ(ParsePresharedKey(" 0X41\r\n"), "A");
}

// SEC-7: keys up to 64 octets.
TEST(PresharedKeyTest, HasOneTo64Octets) {
  EXPECT_EQ(ParsePresharedKey("41"), "A");
  EXPECT_EQ(ParsePresharedKey(std::string(128, '4'))->size(), 64u);
  EXPECT_FALSE(ParsePresharedKey(std::string(130, '4')));
  EXPECT_FALSE(ParsePresharedKey(""));
  EXPECT_FALSE(ParsePresharedKey("0x"));
  EXPECT_FALSE(ParsePresharedKey("\n"));
}

TEST(PresharedKeyTest, ErrorsSayWhatIsExpectedWithoutTheKey) {
  for (const char* text : {"abc", "0xabc", "c0ffee0g", "c0 ffee", "c0ffee==", "secret"}) {
    const auto key = ParsePresharedKey(text);
    ASSERT_FALSE(key) << text;
    EXPECT_THAT(key.error(), HasSubstr("hex digits")) << text;
    EXPECT_THAT(key.error(), Not(HasSubstr("c0"))) << text;
    EXPECT_THAT(key.error(), Not(HasSubstr("abc"))) << text;
  }
}

TEST(PresharedKeyTest, IsReadFromAFile) {
  const TemporaryDirectory directory;
  EXPECT_EQ(ReadPresharedKeyFile(directory.Write("key", "0x4142\n")), "AB");
  EXPECT_FALSE(ReadPresharedKeyFile(directory.Write("empty", "")));
  EXPECT_THAT(ReadPresharedKeyFile(directory / "none").error(), HasSubstr("No such file"));
  EXPECT_THAT(ReadPresharedKeyFile(directory.path()).error(), HasSubstr("directory"));
}

TEST(PresharedKeyTest, IsGeneratedWith16OctetsAndNeverTwice) {
  const std::string first = GeneratePresharedKey();
  EXPECT_THAT(first, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(first, GeneratePresharedKey());
  EXPECT_EQ(ParsePresharedKey(first)->size(), 16u);
}

TEST(WipeTest, LeavesNothingInTheString) {
  std::string secret(40, 's');
  const char* where = secret.data();
  Wipe(secret);
  EXPECT_TRUE(secret.empty());
  // Its memory is still that of the string.
  EXPECT_EQ(std::string(where, 40), std::string(40, '\0'));
}

// SEC-9: a raw public key is a SubjectPublicKeyInfo (RFC 7250); here it is named by its hash.
TEST(PublicKeyIdentityTest, OfBase64PemAndFileIsTheSame) {
  const TemporaryDirectory directory;
  const std::string naming_file = directory / "credentials.yaml";
  directory.Write("device.pem", kPublicKeyPem);
  EXPECT_EQ(PublicKeyIdentity(kPublicKeyBase64, naming_file), kPublicKeyIdentity);
  EXPECT_EQ(PublicKeyIdentity(kPublicKeyPem, naming_file), kPublicKeyIdentity);
  EXPECT_EQ(PublicKeyIdentity("device.pem", naming_file), kPublicKeyIdentity);
  EXPECT_EQ(PublicKeyIdentity(directory / "device.pem", ""), kPublicKeyIdentity);
}

TEST(PublicKeyIdentityTest, RefusesAnythingElse) {
  const TemporaryDirectory directory;
  const auto error_of = [&](const std::string& text) {
    const auto identity = PublicKeyIdentity(text, directory / "credentials.yaml");
    return identity ? "no error" : identity.error();
  };
  EXPECT_THAT(error_of("missing.pem"), HasSubstr("neither"));
  EXPECT_THAT(error_of(""), HasSubstr("neither"));
  directory.Write("text.pem", "hello");
  EXPECT_THAT(error_of("text.pem"), HasSubstr("no PEM block"));
  // A key followed by something, or cut short.
  const std::string der = *lwm2m::DecodeBase64(kPublicKeyBase64);
  EXPECT_THAT(error_of(lwm2m::EncodeBase64(der + "x")), HasSubstr("neither"));
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_THAT(error_of(lwm2m::EncodeBase64(der.substr(0, size))), HasSubstr("neither"));
  }
}

TEST(PublicKeyIdentityTest, RefusesAPrivateKeyByItsKind) {
  const TemporaryDirectory directory;
  directory.Write("private.pem", testing::kPrivateKeyPem);
  const auto identity = PublicKeyIdentity("private.pem", directory / "credentials.yaml");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error(), "PEM block PRIVATE KEY where PUBLIC KEY is expected");
}

TEST(FilesOfKeysTest, TellsWhetherEverybodyMayReadThem) {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("key", "41");
  chmod(file.c_str(), 0640);
  EXPECT_FALSE(IsReadableByOthers(file));
  chmod(file.c_str(), 0644);
  EXPECT_TRUE(IsReadableByOthers(file));
  EXPECT_FALSE(IsReadableByOthers(directory / "none"));
}

}  // namespace
}  // namespace ipe
