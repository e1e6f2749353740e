#include "ipe/bootstrap_accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "lwm2m/ddf/standard_objects.h"
#include "tests/unit/ipe/bootstrap_example.h"

namespace ipe {
namespace {

using lwm2m::Credential;
using lwm2m::ErrorKind;
using lwm2m::SecurityMode;
using ::testing::HasSubstr;

class Credentials : public lwm2m::CredentialSource {
 public:
  std::optional<Credential> Find(SecurityMode mode, std::string_view identity) override {
    for (const Credential& credential : all) {
      if (credential.mode == mode && credential.identity == identity) return credential;
    }
    return std::nullopt;
  }
  std::vector<Credential> all;
};

class BootstrapAccountTableTest : public ::testing::Test {
 protected:
  void Load(const std::string& yaml) {
    auto file = ReadBootstrapFile(WriteSecret(directory_, "accounts.yaml", yaml), model_);
    ASSERT_TRUE(file.has_value()) << file.error();
    table_.Replace(*std::move(file));
  }
  static std::string PskAccount(const std::string& credential) {
    return "- endpoint: 'urn:*'\n  servers:\n  - {short_server_id: 1, security: psk, uri: "
           "'coaps://h/{endpoint}', credential: " +
           credential + "}\n";
  }

  const testing::TemporaryDirectory directory_;
  const lwm2m::ObjectModel model_ = lwm2m::StandardObjects();
  Credentials credentials_;
  bool stores_ = true;
  BootstrapAccountTable table_{model_, credentials_, [this](const Credential& credential) {
                                 if (stores_) credentials_.all.push_back(credential);
                                 return stores_;
                               }};
};

TEST_F(BootstrapAccountTableTest, TheFirstTemplateThatFitsCounts) {
  Load(R"(
- endpoint: urn:a
  servers: [{uri: "coap://exact", short_server_id: 1}]
- endpoint: "urn:*"
  servers: [{uri: "coap://pattern", short_server_id: 1}]
- endpoint: urn:b
  servers: [{uri: "coap://late", short_server_id: 1}]
)");
  EXPECT_EQ(table_.size(), 3u);
  EXPECT_EQ(table_.Find("urn:a", false)->servers[0].uri, "coap://exact");
  EXPECT_EQ(table_.Find("urn:ab", false)->servers[0].uri, "coap://pattern");
  EXPECT_EQ(table_.Find("urn:b", false)->servers[0].uri, "coap://pattern");
  EXPECT_EQ(table_.Find("url:b", false).error().kind, ErrorKind::kNotFound);
}

TEST_F(BootstrapAccountTableTest, Bs12TakesTheKeyOfTheEndpointsOwnCredential) {
  Load(PskAccount("stored"));
  EXPECT_EQ(table_.Find("urn:a", true).error().kind, ErrorKind::kInvalidValue);
  credentials_.all = {{SecurityMode::kPsk, "urn:a", "", "secret"},
                      {SecurityMode::kPsk, "urn:b", "urn:other", "secret"}};
  const auto account = table_.Find("urn:a", true);
  ASSERT_TRUE(account.has_value()) << account.error().detail;
  EXPECT_EQ(account->servers[0].public_key, "urn:a");
  EXPECT_EQ(account->servers[0].secret_key, "secret");
  EXPECT_EQ(account->servers[0].uri, "coaps://h/urn:a");
  EXPECT_EQ(table_.Find("urn:b", true).error().kind, ErrorKind::kInvalidValue);
}

TEST_F(BootstrapAccountTableTest, Bs12GeneratesAKeyOnceAndStoresIt) {
  Load(PskAccount("generate"));
  const auto account = table_.Find("urn:a", true);
  ASSERT_TRUE(account.has_value()) << account.error().detail;
  ASSERT_EQ(credentials_.all.size(), 1u);
  EXPECT_EQ(credentials_.all[0].identity, "urn:a");
  EXPECT_EQ(credentials_.all[0].endpoint, "urn:a");
  EXPECT_EQ(credentials_.all[0].key.size(), 16u);
  EXPECT_EQ(account->servers[0].secret_key, credentials_.all[0].key);
  EXPECT_EQ(table_.Find("urn:a", true)->servers[0].secret_key, credentials_.all[0].key);
  EXPECT_NE(table_.Find("urn:b", true)->servers[0].secret_key, credentials_.all[0].key);
  EXPECT_EQ(credentials_.all.size(), 2u);
}

TEST_F(BootstrapAccountTableTest, AKeyThatIsNotStoredIsNotGivenOut) {
  Load(PskAccount("generate"));
  stores_ = false;
  EXPECT_THAT(table_.Find("urn:a", true).error().detail, HasSubstr("could not be stored"));
}

TEST_F(BootstrapAccountTableTest, NothingIsMadeForAClientWithoutSecurity) {
  Load(PskAccount("generate"));
  EXPECT_EQ(table_.Find("urn:a", false).error().kind, ErrorKind::kNotAllowed);
  EXPECT_TRUE(credentials_.all.empty());
}

TEST_F(BootstrapAccountTableTest, AnAccountThatDoesNotFitTheEndpointIsNamed) {
  Load(PskAccount("stored"));
  const std::string endpoint = "urn:" + std::string(125, 'x');
  credentials_.all = {{SecurityMode::kPsk, endpoint, "", "secret"}};
  EXPECT_THAT(table_.Find(endpoint, true).error().detail, HasSubstr("more than 128 octets"));
}

TEST_F(BootstrapAccountTableTest, AnotherFileTakesThePlaceOfTheFirst) {
  EXPECT_FALSE(table_.Find("urn:imei:1", false).has_value());
  Load(kNoSecAccount);
  EXPECT_TRUE(table_.Find("urn:imei:1", false).has_value());
  Load("");
  EXPECT_FALSE(table_.Find("urn:imei:1", false).has_value());
}

}  // namespace
}  // namespace ipe
