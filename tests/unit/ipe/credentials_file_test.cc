#include "ipe/credentials_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/credentials_samples.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using lwm2m::SecurityMode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::TemporaryDirectory;

class CredentialsFileTest : public ::testing::Test {
 protected:
  tl::expected<CredentialsFile, std::string> Read(const std::string& yaml) {
    const std::string path = directory_.Write("credentials.yaml", yaml);
    chmod(path.c_str(), 0600);
    return ReadCredentialsFile(path);
  }
  // Without the directory.
  std::string ErrorOf(const std::string& yaml) {
    const auto file = Read(yaml);
    if (file) return "no error";
    std::string text = file.error();
    const auto directory = text.find(directory_.path());
    if (directory == 0) text.erase(0, directory_.path().size() + 1);
    return text;
  }

  TemporaryDirectory directory_;
};

TEST_F(CredentialsFileTest, TakesEachMode) {
  directory_.Write("device.pem", testing::kPublicKeyPem);
  directory_.Write("key.hex", "0x4344\n");
  const auto file = Read(R"(
- endpoint: urn:imei:990000862471854
  psk: {identity: "client one", key: 0x4142}
- endpoint: sensor-*
  psk:
    identity: sensors
    key_file: key.hex
- endpoint: meter-1
  rpk: {public_key: device.pem}
- endpoint: foo
  x509: {name: foo.example}
)");
  ASSERT_TRUE(file) << file.error();
  ASSERT_THAT(file->credentials, SizeIs(4));
  EXPECT_THAT(file->warnings, IsEmpty());
  const auto& psk = file->credentials[0];
  EXPECT_EQ(psk.line, 2);
  EXPECT_EQ(psk.credential.mode, SecurityMode::kPsk);
  EXPECT_EQ(psk.credential.identity, "client one");
  EXPECT_EQ(psk.credential.endpoint, "urn:imei:990000862471854");
  EXPECT_EQ(psk.credential.key, "AB");
  EXPECT_EQ(file->credentials[1].credential.endpoint, "sensor-*");
  EXPECT_EQ(file->credentials[1].credential.key, "CD");
  EXPECT_EQ(file->credentials[2].line, 8);
  EXPECT_EQ(file->credentials[2].credential.mode, SecurityMode::kRawPublicKey);
  EXPECT_EQ(file->credentials[2].credential.identity, testing::kPublicKeyIdentity);
  EXPECT_EQ(file->credentials[3].credential.mode, SecurityMode::kCertificate);
  EXPECT_EQ(file->credentials[3].credential.identity, "foo.example");
}

TEST_F(CredentialsFileTest, IdentityAndEndpointStandInForEachOther) {
  const auto file = Read("- {endpoint: a, psk: {key: 41}}\n- {psk: {identity: b, key: 42}}\n");
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->credentials[0].credential.identity, "a");
  EXPECT_TRUE(Covers(file->credentials[1].credential, "b"));
  EXPECT_EQ(ErrorOf("- {endpoint: 'a*', psk: {key: 41}}\n"),
            "credentials.yaml:1: psk.identity is missing");
}

TEST_F(CredentialsFileTest, MayBeEmpty) {
  for (const char* yaml : {"", "# none yet\n", "[]\n", "---\n"}) {
    const auto file = Read(yaml);
    ASSERT_TRUE(file) << file.error();
    EXPECT_THAT(file->credentials, IsEmpty());
  }
}

TEST_F(CredentialsFileTest, ErrorsNameFileAndLine) {
  EXPECT_EQ(ErrorOf("a: b\n"), "credentials.yaml:1: expected a list of credentials");
  EXPECT_EQ(ErrorOf("\n- text\n"),
            "credentials.yaml:2: expected a credential with endpoint, psk, rpk, x509");
  EXPECT_EQ(ErrorOf("- {endpoint: a}\n"), "credentials.yaml:1: expected one of psk, rpk and x509");
  EXPECT_EQ(ErrorOf("- endpoint: a\n  psk: {key: 41}\n  x509: {name: b}\n"),
            "credentials.yaml:1: expected one of psk, rpk and x509");
  EXPECT_EQ(ErrorOf("- endpoint: a\n  psk: {kye: 41}\n"),
            "credentials.yaml:2: unknown member of psk, expected identity, key, key_file");
  EXPECT_EQ(ErrorOf("- endpoint: a\n  endpoint: b\n  psk: {key: 41}\n"),
            "credentials.yaml:2: member endpoint of a credential is there twice");
  EXPECT_EQ(ErrorOf("- {endpoint: a, psk: {identity: i}}\n"),
            "credentials.yaml:1: expected one of psk.key and psk.key_file");
  EXPECT_EQ(ErrorOf("- {endpoint: [a], psk: {key: 41}}\n"),
            "credentials.yaml:1: endpoint: expected a plain value");
  EXPECT_EQ(ErrorOf("- {endpoint: a-*-b, psk: {identity: i, key: 41}}\n"),
            "credentials.yaml:1: endpoint has a '*' that is not its last character");
  EXPECT_THAT(ErrorOf("- {endpoint: a, rpk: {public_key: none.pem}}\n"),
              HasSubstr("credentials.yaml:1: rpk.public_key: neither"));
  EXPECT_THAT(ErrorOf("- {endpoint: a, psk: {key_file: none.hex}}\n"),
              HasSubstr("credentials.yaml:1: psk.key_file: none.hex: No such file"));
  EXPECT_THAT(ErrorOf("- endpoint: a\n\t- b\n"),
              AllOf(HasSubstr("credentials.yaml:2: "), HasSubstr("well-formed YAML")));
}

TEST_F(CredentialsFileTest, NoErrorShowsAKey) {
  for (const char* yaml : {
           "- {endpoint: a, psk: {identity: i, key: c0ffee0}}\n",
           "- {endpoint: a, psk: {identity: i, c0ffee00}}\n",
           "- {endpoint: a, psk: {identity: '', c0ffee00: }}\n",
           "- {endpoint: a, psk: c0ffee00}\n",
           "- {endpoint: a, psk: {key: [c0ffee00]}}\n",
           "- {endpoint: a, psk: {key: *c0ffee00}}\n",
           "- {endpoint: a, psk: {key: 'c0ffee00}}\n",
           "- {endpoint: a, psk: {key: \"\\c0ffee00\"}}\n",
           "- {endpoint: a, psk: {identity: \"\\x01\", key: c0ffee00}}\n",
           "- {endpoint: a, psk: {key: c0ffee00}}\n- {endpoint: a, psk: {key: c0ffee00}}\n",
       }) {
    EXPECT_THAT(ErrorOf(yaml), AllOf(HasSubstr("credentials.yaml:"), Not(HasSubstr("c0ffee"))))
        << yaml;
  }
}

TEST_F(CredentialsFileTest, AnIdentityIsThereOnce) {
  EXPECT_EQ(ErrorOf("- {endpoint: a, psk: {identity: i, key: 41}}\n"
                    "- {endpoint: c, x509: {name: i}}\n"
                    "- {endpoint: b, psk: {identity: i, key: 42}}\n"),
            "credentials.yaml:3: psk identity i is that of line 1 already");
}

// SEC-18: keys unique per client.
TEST_F(CredentialsFileTest, WarnsOfAKeyThatTwoClientsHave) {
  const auto file = Read(
      "- {endpoint: a, psk: {key: 4142}}\n"
      "- {endpoint: b, psk: {key: 4143}}\n"
      "- {endpoint: c, psk: {key: 0x4142}}\n");
  ASSERT_TRUE(file) << file.error();
  ASSERT_THAT(file->warnings, SizeIs(1));
  EXPECT_THAT(file->warnings[0],
              AllOf(HasSubstr("credentials.yaml:3"), HasSubstr("line 1"), Not(HasSubstr("41"))));
}

TEST_F(CredentialsFileTest, WarnsWhenEverybodyMayReadIt) {
  const std::string path = directory_.Write("open.yaml", "[]\n");
  chmod(path.c_str(), 0644);
  EXPECT_THAT(ReadCredentialsFile(path)->warnings, ElementsAre(HasSubstr("open.yaml")));
  chmod(path.c_str(), 0640);
  EXPECT_THAT(ReadCredentialsFile(path)->warnings, IsEmpty());
}

TEST_F(CredentialsFileTest, OneThatCannotBeReadIsReported) {
  const auto missing = ReadCredentialsFile(directory_ / "none.yaml");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error(), AllOf(HasSubstr("none.yaml"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace ipe
