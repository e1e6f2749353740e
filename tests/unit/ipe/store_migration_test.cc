// Databases of earlier releases: tests/vectors/store/schema-<version>.sql.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "ipe/store.h"
#include "ipe/store_schema.h"
#include "tests/support/full_disk.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using ::testing::SizeIs;
using testing::TemporaryDirectory;

class StoreMigrationTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    options_.directory = directory_ / "state";
    std::filesystem::create_directory(options_.directory);
    std::ifstream file(std::string(IPE_SOURCE_DIR) + "/tests/vectors/store/schema-" +
                       std::to_string(GetParam()) + ".sql");
    std::stringstream sql;
    sql << file.rdbuf();
    ASSERT_FALSE(sql.str().empty());
    Run(sql.str());
  }
  void Run(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open((options_.directory + "/ipe.db").c_str(), &handle), SQLITE_OK);
    char* complaint = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &complaint), SQLITE_OK)
        << complaint;
    sqlite3_close(handle);
  }
  std::int64_t Version() {
    sqlite3* handle = nullptr;
    std::int64_t version = -1;
    sqlite3_open((options_.directory + "/ipe.db").c_str(), &handle);
    sqlite3_exec(
        handle, "PRAGMA user_version",
        [](void* result, int, char** values, char**) {
          *static_cast<std::int64_t*>(result) = std::stoll(values[0]);
          return 0;
        },
        &version, nullptr);
    sqlite3_close(handle);
    return version;
  }
  void ExpectItsData(Store& store) const;

  TemporaryDirectory directory_;
  StoreOptions options_;
};

void StoreMigrationTest::ExpectItsData(Store& store) const {
  EXPECT_EQ(store.notify_secret(), "0123456789abcdef0123456789abcdef");
  const auto endpoints = *store.Endpoints();
  ASSERT_THAT(endpoints, SizeIs(1));
  const lwm2m::Registration& registration = endpoints[0].registration;
  EXPECT_EQ(registration.endpoint, "urn:dev:ops:1");
  EXPECT_EQ(registration.handle, "5a3f");
  EXPECT_EQ(registration.lifetime, lwm2m::Seconds(86400));
  EXPECT_EQ(lwm2m::ToString(registration.objects), "</3/0>,</3303/0>");
  EXPECT_EQ(endpoints[0].ae_id, "Cops-1");
  EXPECT_EQ(endpoints[0].phase, StoredEndpoint::Phase::kReady);
  const bool has_peers = GetParam() >= 4;
  EXPECT_EQ(registration.peer.security,
            has_peers ? lwm2m::SecurityMode::kCertificate : lwm2m::SecurityMode::kNoSec);
  EXPECT_EQ(registration.peer.other_names.size(), has_peers ? 1u : 0u);
  EXPECT_EQ(registration.gateway, GetParam() >= 6 ? "gw" : "");
  EXPECT_EQ(endpoints[0].device, GetParam() >= 7 ? "box-7" : "");

  const auto observations = *store.Observations();
  ASSERT_THAT(observations, SizeIs(1));
  EXPECT_EQ(observations[0].token, std::string("\0\1\xff", 3));
  EXPECT_EQ(observations[0].path, lwm2m::Path(3303, 0));
  EXPECT_EQ(observations[0].maximum_period.has_value(), has_peers);

  const auto rows = *store.Pending("urn:dev:ops:1", 0, 10);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].name, "006553f100-0000000001");
  EXPECT_TRUE(rows[0].may_have_been_sent);
  EXPECT_EQ(rows[0].form, GetParam() >= 5 ? OutboxRow::Form::kTimeSeriesInstance
                                          : OutboxRow::Form::kContentInstance);
  EXPECT_EQ(store.pending_bytes(), 180u);
  EXPECT_EQ(store.refused_rows(), 1u);
  EXPECT_THAT(*store.Append("urn:dev:ops:1", {}, MessageKey{"tokentok", 1, 1}), SizeIs(0));

  EXPECT_THAT(*store.Cursors(), SizeIs(1));
  const auto commands = *store.OpenCommands();
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_TRUE(commands[0].started);
  EXPECT_THAT(*store.FirmwareUpdates(), SizeIs(GetParam() >= 3 ? 1 : 0));
  const auto credential = *store.FindCredential(lwm2m::SecurityMode::kPsk, "client-1");
  EXPECT_EQ(credential.has_value(), GetParam() >= 2);
  EXPECT_THAT(*store.Settings(), SizeIs(GetParam() >= 8 ? 1 : 0));
}

TEST_P(StoreMigrationTest, ADatabaseOfAnEarlierReleaseIsTakenWithItsData) {
  const auto store = Store::Open(options_);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_FALSE((*store)->trouble());
  ExpectItsData(**store);
  EXPECT_GT((*store)->epoch(), "006553f100");
  EXPECT_EQ(Version(), kSchemaVersion);
}

TEST_P(StoreMigrationTest, AMigrationThatIsInterruptedChangesNothingAndIsDoneTheNextTime) {
  if (GetParam() == kSchemaVersion) return;  // nothing to migrate
  {
    const tests::FullDisk full;
    StoreOptions refuses = options_;
    refuses.on_failure = StoreOptions::OnFailure::kRefuse;
    EXPECT_FALSE(Store::Open(refuses));
  }
  EXPECT_EQ(Version(), GetParam());
  const auto store = Store::Open(options_);
  ASSERT_TRUE(store) << store.error().detail;
  ExpectItsData(**store);
}

// What one release wrote and a newer one migrated is the newer one's.
TEST_P(StoreMigrationTest, WhatWasMigratedCanBeWritten) {
  {
    const auto store = *Store::Open(options_);
    StoredEndpoint endpoint = store->Endpoints()->front();
    endpoint.registration.Edit().peer.other_names = {"a", "b"};
    ASSERT_TRUE(store->Put(endpoint));
    StoredFirmwareUpdate update;
    update.command = "ri10";
    ASSERT_TRUE(store->Put(update));
    OutboxRow row;
    row.body = R"({"m2m:cin":{"rn":"@name@"}})";
    ASSERT_TRUE(store->Append("urn:dev:ops:1", {row}));
  }
  const auto store = *Store::Open(options_);
  EXPECT_THAT(store->Endpoints()->front().registration->peer.other_names, SizeIs(2));
  EXPECT_THAT(*store->FirmwareUpdates(), SizeIs(1));
  EXPECT_THAT(*store->Pending("urn:dev:ops:1", 0, 10), SizeIs(2));
}

INSTANTIATE_TEST_SUITE_P(Schema, StoreMigrationTest,
                         ::testing::Range(1, static_cast<int>(kSchemaVersion) + 1));

}  // namespace
}  // namespace ipe
