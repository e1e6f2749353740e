#include "ipe/store_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using lwm2m::Credential;
using lwm2m::SecurityMode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TemporaryDirectory;

Credential Psk(std::string identity, std::string endpoint, std::string key) {
  return {SecurityMode::kPsk, std::move(identity), std::move(endpoint), std::move(key)};
}

std::vector<std::string> IdentitiesOf(CredentialTable& table) {
  std::vector<std::string> identities;
  const auto all = table.All();
  for (const Credential& credential : *all) identities.push_back(credential.identity);
  return identities;
}

class StoreCredentialsTest : public ::testing::Test {
 protected:
  StoreCredentialsTest() { options_.directory = directory_ / "state"; }
  CredentialTable Table() { return *CredentialTable::Open(options_.directory); }

  TemporaryDirectory directory_;
  StoreOptions options_;
};

TEST_F(StoreCredentialsTest, WhatIsAddedIsFoundByTheServiceAtOnce) {
  const auto store = *Store::Open(options_);
  EXPECT_EQ(*store->FindCredential(SecurityMode::kPsk, "id"), std::nullopt);
  CredentialTable table = Table();
  EXPECT_EQ(table.Put(Psk("id", "sensor-*", std::string("k\0y", 3)), false), true);
  const auto found = *store->FindCredential(SecurityMode::kPsk, "id");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mode, SecurityMode::kPsk);
  EXPECT_EQ(found->identity, "id");
  EXPECT_EQ(found->endpoint, "sensor-*");
  EXPECT_EQ(found->key, std::string("k\0y", 3));
  EXPECT_FALSE(store->FindCredential(SecurityMode::kCertificate, "id")->has_value());
  EXPECT_FALSE(store->FindCredential(SecurityMode::kPsk, "ID")->has_value());
}

TEST_F(StoreCredentialsTest, WhatIsRemovedIsNotFoundAnyMore) {
  const auto store = *Store::Open(options_);
  CredentialTable table = Table();
  table.Put(Psk("id", "", "k"), false);
  ASSERT_TRUE(*store->FindCredential(SecurityMode::kPsk, "id"));
  EXPECT_EQ(table.Remove(SecurityMode::kPsk, "id"), true);
  EXPECT_FALSE(store->FindCredential(SecurityMode::kPsk, "id")->has_value());
  EXPECT_EQ(table.Remove(SecurityMode::kPsk, "id"), false);
}

TEST_F(StoreCredentialsTest, ReplacesOnlyWhenThatIsWanted) {
  const auto store = *Store::Open(options_);
  CredentialTable table = Table();
  table.Put(Psk("id", "a", "old"), false);
  EXPECT_EQ(table.Put(Psk("id", "b", "new"), false), false);
  EXPECT_EQ((*store->FindCredential(SecurityMode::kPsk, "id"))->key, "old");
  EXPECT_EQ(table.Put(Psk("id", "b", "new"), true), true);
  EXPECT_EQ((*store->FindCredential(SecurityMode::kPsk, "id"))->key, "new");
  EXPECT_EQ((*store->FindCredential(SecurityMode::kPsk, "id"))->endpoint, "b");
}

TEST_F(StoreCredentialsTest, ListsWithoutKeys) {
  CredentialTable table = Table();
  table.Put({SecurityMode::kCertificate, "cn", "e", ""}, false);
  table.Put(Psk("b", "", "secret"), false);
  table.Put(Psk("a", "", "secret"), false);
  EXPECT_THAT(IdentitiesOf(table), ElementsAre("a", "b", "cn"));
  const auto all = table.All();
  for (const Credential& credential : *all) EXPECT_EQ(credential.key, "");
}

TEST_F(StoreCredentialsTest, NeedsNoServiceToHaveRun) {
  {
    CredentialTable table = Table();
    table.Put(Psk("id", "", "k"), false);
  }
  const auto store = *Store::Open(options_);
  EXPECT_TRUE(*store->FindCredential(SecurityMode::kPsk, "id"));
}

TEST_F(StoreCredentialsTest, SurvivesTheService) {
  {
    const auto store = *Store::Open(options_);
    CredentialTable table = Table();
    table.Put(Psk("id", "", "k"), false);
  }
  EXPECT_TRUE(*(*Store::Open(options_))->FindCredential(SecurityMode::kPsk, "id"));
}

TEST_F(StoreCredentialsTest, AMemoryStoreHasNone) {
  StoreOptions memory;
  memory.directory = "memory";
  EXPECT_FALSE((*Store::Open(memory))->FindCredential(SecurityMode::kPsk, "id")->has_value());
}

TEST_F(StoreCredentialsTest, OnlyTheOwnerMayReadTheDatabase) {
  { const auto store = *Store::Open(options_); }
  const std::string file = options_.directory + "/ipe.db";
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  chmod(file.c_str(), 0644);  // as an earlier release left it
  { const auto store = *Store::Open(options_); }
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StoreCredentialsTest, ARemovedKeyIsOverwrittenInTheFile) {
  const std::string key = "a key that nobody needs to know!";
  {
    CredentialTable table = Table();
    table.Put(Psk("id", "", key), false);
  }
  const auto content = [&] {
    std::ifstream file(options_.directory + "/ipe.db", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  ASSERT_THAT(content(), HasSubstr(key)) << "closing moves the log into the database";
  {
    CredentialTable table = Table();
    table.Remove(SecurityMode::kPsk, "id");
  }
  EXPECT_THAT(content(), Not(HasSubstr(key)));
}

// A database of version 1 has no table of credentials.
TEST_F(StoreCredentialsTest, ADatabaseOfAnOlderReleaseGetsTheTable) {
  {
    const auto store = *Store::Open(options_);
    StoredEndpoint endpoint;
    endpoint.registration.Edit().endpoint = "kept";
    ASSERT_TRUE(store->Put(endpoint));
  }
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open((options_.directory + "/ipe.db").c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle,
                         "DROP TABLE credentials; DROP TABLE firmware_updates; DROP TABLE settings;"
                         "DROP TRIGGER firmware_update_ends;"
                         "ALTER TABLE endpoints DROP COLUMN security;"
                         "ALTER TABLE endpoints DROP COLUMN other_names;"
                         "ALTER TABLE observations DROP COLUMN maximum_period;"
                         "ALTER TABLE outbox DROP COLUMN form;"
                         "ALTER TABLE endpoints DROP COLUMN gateway;"
                         "ALTER TABLE endpoints DROP COLUMN device;"
                         "PRAGMA user_version=1",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(handle);
  const auto store = Store::Open(options_);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_FALSE((*store)->FindCredential(SecurityMode::kPsk, "id")->has_value());
  ASSERT_EQ((*store)->Endpoints()->size(), 1u);
  EXPECT_EQ((*store)->Endpoints()->front().registration->endpoint, "kept");
  CredentialTable table = Table();
  EXPECT_THAT(IdentitiesOf(table), IsEmpty());
}

}  // namespace
}  // namespace ipe
