#include "ipe/credentials.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "ipe/store_credentials.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using lwm2m::Credential;
using lwm2m::SecurityMode;
using testing::TemporaryDirectory;

Credential Psk(std::string identity, std::string endpoint, std::string key) {
  return {SecurityMode::kPsk, std::move(identity), std::move(endpoint), std::move(key)};
}

CredentialsFile FileWith(std::vector<Credential> credentials) {
  CredentialsFile file;
  for (Credential& credential : credentials) file.credentials.push_back({std::move(credential), 1});
  return file;
}

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    StoreOptions options;
    options.directory = directory_ / "state";
    store_ = *Store::Open(options);
    credentials_.emplace(*store_);
    table_.emplace(*CredentialTable::Open(options.directory));
  }
  std::string KeyOf(const std::string& identity) {
    const auto found = credentials_->Find(SecurityMode::kPsk, identity);
    return found ? found->key : "unknown";
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
  std::optional<CredentialTable> table_;
  std::optional<Credentials> credentials_;
};

TEST_F(CredentialsTest, AreThoseOfFileAndStore) {
  credentials_->Replace(FileWith({Psk("in-file", "a", "1")}));
  ASSERT_TRUE(table_->Put(Psk("in-store", "b", "2"), false));
  EXPECT_EQ(KeyOf("in-file"), "1");
  EXPECT_EQ(KeyOf("in-store"), "2");
  EXPECT_EQ(KeyOf("nowhere"), "unknown");
  EXPECT_EQ(credentials_->in_file(), 1u);
}

TEST_F(CredentialsTest, TheFileWins) {
  ASSERT_TRUE(table_->Put(Psk("id", "b", "store"), false));
  EXPECT_EQ(KeyOf("id"), "store");
  credentials_->Replace(FileWith({Psk("id", "a", "file")}));
  EXPECT_EQ(KeyOf("id"), "file");
  EXPECT_EQ(credentials_->Find(SecurityMode::kPsk, "id")->endpoint, "a");
}

TEST_F(CredentialsTest, WhatIsAddedToTheStoreCountsAtOnceAndWhatIsRemovedNoMore) {
  lwm2m::Peer peer;
  peer.transport = lwm2m::Peer::Transport::kDtls;
  peer.security = SecurityMode::kPsk;
  peer.identity = "id";
  EXPECT_FALSE(MayRegister(*credentials_, peer, "sensor-1"));
  ASSERT_TRUE(table_->Put(Psk("id", "sensor-*", "key"), false));
  EXPECT_TRUE(MayRegister(*credentials_, peer, "sensor-1"));
  ASSERT_TRUE(table_->Remove(SecurityMode::kPsk, "id"));
  EXPECT_FALSE(MayRegister(*credentials_, peer, "sensor-1"));
}

TEST_F(CredentialsTest, AnotherFileTakesThePlaceOfTheOneBefore) {
  const auto first = credentials_->Replace(
      FileWith({Psk("a", "a", "1"), Psk("b", "b", "2"), Psk("c", "c", "3"), Psk("d", "d", "4")}));
  EXPECT_EQ(first.added, 4u);
  const auto second = credentials_->Replace(
      FileWith({Psk("a", "a", "1"), Psk("b", "b", "22"), Psk("c", "cc", "3"), Psk("e", "e", "5")}));
  EXPECT_EQ(second.added, 1u);
  EXPECT_EQ(second.changed, 2u);
  EXPECT_EQ(second.removed, 1u);
  EXPECT_EQ(KeyOf("b"), "22");
  EXPECT_EQ(KeyOf("d"), "unknown");
  EXPECT_EQ(KeyOf("e"), "5");
  const auto third = credentials_->Replace(CredentialsFile());
  EXPECT_EQ(third.removed, 4u);
  EXPECT_EQ(KeyOf("a"), "unknown");
}

TEST_F(CredentialsTest, AnIdentityBelongsToItsMode) {
  credentials_->Replace(FileWith({Psk("id", "a", "1")}));
  EXPECT_FALSE(credentials_->Find(SecurityMode::kCertificate, "id"));
  EXPECT_FALSE(credentials_->Find(SecurityMode::kRawPublicKey, "id"));
}

TEST_F(CredentialsTest, OneCanBePutIntoTheStoreByTheServiceItself) {
  ASSERT_TRUE(credentials_->Put(Psk("made", "a", "1")));
  ASSERT_TRUE(credentials_->Put(Psk("made", "a", "2")));
  EXPECT_EQ(KeyOf("made"), "2");
  EXPECT_EQ(table_->All()->size(), 1u);
  EXPECT_EQ(credentials_->Put(Psk("made", "a", "")).error().kind, lwm2m::ErrorKind::kInvalidValue);
  credentials_->Replace(FileWith({Psk("in-file", "a", "1")}));
  EXPECT_EQ(credentials_->Put(Psk("in-file", "a", "2")).error().kind,
            lwm2m::ErrorKind::kNotAllowed);
  EXPECT_EQ(KeyOf("in-file"), "1");
}

TEST_F(CredentialsTest, WhateverAPeerSendsAsIdentityIsUnknown) {
  for (const std::string& identity :
       {std::string(), std::string(100'000, 'x'), std::string("\0\xff'; DROP TABLE", 16)}) {
    EXPECT_EQ(KeyOf(identity), "unknown");
  }
}

}  // namespace
}  // namespace ipe
