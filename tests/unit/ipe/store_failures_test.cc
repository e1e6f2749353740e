// The store when the disk is full, damaged, deleted or not writable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ipe/store.h"
#include "tests/support/full_disk.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using testing::TemporaryDirectory;
using tests::FullDisk;

OutboxRow Telemetry(const std::string& value) {
  OutboxRow row;
  row.container = "3/0/9";
  row.body = R"({"m2m:cin":{"rn":"@name@","con":")" + value + R"("}})";
  return row;
}

StoredEndpoint EndpointNamed(const std::string& name) {
  StoredEndpoint endpoint;
  endpoint.registration.Edit().endpoint = name;
  endpoint.registration.Edit().handle = "h-" + name;
  endpoint.registration.Edit().objects = *lwm2m::ParseObjectList("</3/0>");
  endpoint.name = name;
  return endpoint;
}

OpenCommand CommandNamed(const std::string& id) {
  OpenCommand command;
  command.resource_id = id;
  command.endpoint = "ep";
  return command;
}

class StoreFailuresTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  StoreOptions Options() const {
    StoreOptions options;
    options.directory = directory_ / "state";
    options.on_failure = on_failure_;
    return options;
  }
  void Open() {
    store_.reset();
    auto store = Store::Open(Options());
    ASSERT_TRUE(store) << store.error().detail;
    store_ = *std::move(store);
  }
  std::string File(const std::string& name) const { return Options().directory + "/" + name; }

  // As the loop does: until it wants to be called later only.
  void Tick(seconds later) {
    now_ += later;
    for (int turn = 0; turn < 1000 && store_->Tick(now_) <= now_; ++turn) continue;
  }

  void Append(const std::string& value) {
    const auto ids = store_->Append("ep", {Telemetry(value)});
    ASSERT_TRUE(ids) << ids.error().detail;
    ASSERT_THAT(*ids, SizeIs(1));
  }
  std::vector<OutboxRow> Rows(RowId after = 0) const {
    auto rows = store_->Pending("ep", after, 100);
    EXPECT_TRUE(rows);
    return rows.value_or(std::vector<OutboxRow>());
  }
  std::vector<std::string> Values(RowId after = 0) const {
    std::vector<std::string> values;
    for (const OutboxRow& row : Rows(after)) {
      const auto start = row.body.find("\"con\":\"") + 7;
      values.push_back(row.body.substr(start, row.body.find('"', start) - start));
    }
    return values;
  }
  std::vector<std::string> Endpoints() const {
    std::vector<std::string> names;
    const auto endpoints = store_->Endpoints();
    EXPECT_TRUE(endpoints);
    if (!endpoints) return names;
    for (const StoredEndpoint& endpoint : *endpoints) names.push_back(endpoint.name);
    return names;
  }
  void ExpectDegraded(StoreCause cause) const {
    const auto trouble = store_->trouble();
    ASSERT_TRUE(trouble);
    EXPECT_EQ(ToString(trouble->cause), ToString(cause)) << trouble->text;
  }
  // Overwrites the database behind its first page, also for who has it open.
  void Damage() {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(File("ipe.db").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other,
                           "CREATE TABLE visit (a); DROP TABLE visit;"
                           "PRAGMA wal_checkpoint(TRUNCATE)",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(other);
    const auto size = std::filesystem::file_size(File("ipe.db"));
    std::fstream stream(File("ipe.db"), std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(4096);
    stream << std::string(size - 4096, '\xa5');
  }
  std::vector<std::string> FilesWith(const std::string& part) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(Options().directory)) {
      const std::string name = entry.path().filename();
      if (name.find(part) != std::string::npos) found.push_back(name);
    }
    return found;
  }

  TemporaryDirectory directory_;
  StoreOptions::OnFailure on_failure_ = StoreOptions::OnFailure::kMemory;
  Store::TimePoint now_{std::chrono::hours(1000)};
  std::unique_ptr<Store> store_;
};

TEST_F(StoreFailuresTest, GoesOnInMemoryOnAFullDiskAndWritesItBackWhenThereIsRoom) {
  Append("1");
  ASSERT_TRUE(store_->Put(EndpointNamed("old")));
  {
    const FullDisk full;
    Append("2");
    ExpectDegraded(StoreCause::kFull);
    EXPECT_THAT(store_->trouble()->text, HasSubstr("store: disk full, keeping state in memory"));
    EXPECT_THAT(store_->trouble()->text, HasSubstr("ipe.db"));
    Append("3");
    ASSERT_TRUE(store_->Put(EndpointNamed("new")));
    EXPECT_THAT(Values(), ElementsAre("1", "2", "3"));
    EXPECT_EQ(store_->pending_rows(), 3u);
    Tick(seconds(31));  // looks again, in vain
    ExpectDegraded(StoreCause::kFull);
    EXPECT_THAT(Values(), ElementsAre("1", "2", "3"));
  }
  const auto before = Rows();
  Tick(seconds(31));
  EXPECT_FALSE(store_->trouble());
  EXPECT_THAT(Values(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(store_->pending_rows(), 3u);
  Append("4");

  Open();
  EXPECT_THAT(Values(), ElementsAre("1", "2", "3", "4"));
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(Rows()[i].name, before[i].name);
  EXPECT_EQ(store_->pending_rows(), 4u);
  EXPECT_THAT(Endpoints(), ElementsAre("new", "old"));
}

TEST_F(StoreFailuresTest, PutsAGroupOfEndpointsAllOrNone) {
  const StoredEndpoint one = EndpointNamed("one");
  const StoredEndpoint two = EndpointNamed("two");
  {
    const FullDisk full;
    ASSERT_TRUE(store_->PutAll({&one, &two}));
    ExpectDegraded(StoreCause::kFull);
  }
  Tick(seconds(31));
  Open();
  EXPECT_THAT(Endpoints(), ElementsAre("one", "two"));

  on_failure_ = StoreOptions::OnFailure::kRefuse;
  Open();
  const StoredEndpoint three = EndpointNamed("three");
  const StoredEndpoint four = EndpointNamed("four");
  {
    const FullDisk full;
    EXPECT_FALSE(store_->PutAll({&three, &four}));
  }
  Open();
  EXPECT_THAT(Endpoints(), ElementsAre("one", "two"));
}

TEST_F(StoreFailuresTest, NamesStayUniqueAndInOrderAcrossAFailure) {
  Append("1");
  {
    const FullDisk full;
    Append("2");
  }
  Append("3");
  Tick(seconds(31));
  Append("4");
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(4));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_LT(rows[i - 1].id, rows[i].id);
    EXPECT_LT(rows[i - 1].name, rows[i].name);
    EXPECT_FALSE(rows[i].may_have_been_sent);
  }
}

TEST_F(StoreFailuresTest, WhatEndsWhileTheDiskFailsHasEndedAfterwards) {
  ASSERT_TRUE(store_->Put(EndpointNamed("ep")));
  ASSERT_TRUE(store_->Put(EndpointNamed("back")));
  const lwm2m::Observation ended{"ep", lwm2m::Path(3, 0), "t1", std::nullopt, {}, {}};
  const lwm2m::Observation kept{"back", lwm2m::Path(3, 0), "t2", std::nullopt, {}, {}};
  ASSERT_TRUE(store_->Put(ended));
  ASSERT_TRUE(store_->Put(kept));
  ASSERT_TRUE(store_->Put(CommandNamed("done")));
  ASSERT_TRUE(store_->Put(CommandNamed("open")));
  ASSERT_TRUE(store_->Put(CommandCursor{"back", "requests", "20260101T000000", "ri"}));
  Append("1");
  Append("2");
  Append("3");
  {
    const FullDisk full;
    ASSERT_TRUE(store_->Delivered({Rows()[0].id}));
    EXPECT_THAT(Values(), ElementsAre("2", "3"));
    ASSERT_TRUE(store_->Remove(ended));
    ASSERT_TRUE(store_->CloseCommand("done"));
    OpenCommand started = CommandNamed("open");
    started.started = true;
    ASSERT_TRUE(store_->Put(started));
    StoredFirmwareUpdate update;
    update.command = "open";
    ASSERT_TRUE(store_->Put(update));
    ASSERT_TRUE(store_->Remove("ep"));
    ASSERT_TRUE(store_->Remove("back"));
    ASSERT_TRUE(store_->Put(EndpointNamed("back")));  // it registers again
    EXPECT_EQ(*store_->Supersede("ep", "3/0/9", Rows()[0].id, Rows()[1].id + 1), 1u);
    EXPECT_THAT(Values(), ElementsAre("2"));
  }
  Tick(seconds(31));
  ASSERT_FALSE(store_->trouble());
  EXPECT_THAT(Values(), ElementsAre("2"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("2"));
  EXPECT_THAT(Endpoints(), ElementsAre("back"));
  EXPECT_THAT(*store_->Observations(), IsEmpty());
  EXPECT_THAT(*store_->Cursors(), IsEmpty());
  // "open" went with its endpoint.
  EXPECT_THAT(*store_->OpenCommands(), IsEmpty());
}

TEST_F(StoreFailuresTest, AFirmwareUpdateStaysWithItsCommand) {
  ASSERT_TRUE(store_->Put(CommandNamed("c")));
  {
    const FullDisk full;
    StoredFirmwareUpdate update;
    update.command = "c";
    update.status.step = lwm2m::FirmwareStep::kUpdating;
    ASSERT_TRUE(store_->Put(update));
  }
  Tick(seconds(31));
  Open();
  ASSERT_THAT(*store_->FirmwareUpdates(), SizeIs(1));
  EXPECT_EQ(store_->FirmwareUpdates()->front().status.step, lwm2m::FirmwareStep::kUpdating);
  EXPECT_THAT(*store_->OpenCommands(), SizeIs(1));
}

TEST_F(StoreFailuresTest, ARowOfTheDiskIsMarkedRenamedAndRefusedWhileItFails) {
  for (const char* value : {"1", "2", "3", "4"}) Append(value);
  const auto rows = Rows();
  {
    const FullDisk full;
    ASSERT_TRUE(store_->MarkMaybeSent({rows[0].id}));
    const auto renamed = store_->Rename(rows[1].id);
    ASSERT_TRUE(renamed) << renamed.error().detail;
    EXPECT_NE(renamed->name, rows[1].name);
    ASSERT_TRUE(store_->Refuse(rows[2].id, 4000, "no"));
    EXPECT_THAT(Values(), ElementsAre("1", "2", "4"));
    EXPECT_TRUE(Rows()[0].may_have_been_sent);
    EXPECT_EQ(Rows()[1].name, renamed->name);
    EXPECT_EQ(store_->pending_rows(), 3u);
    EXPECT_EQ(store_->refused_rows(), 1u);
  }
  const std::string name = Rows()[1].name;
  Tick(seconds(31));
  ASSERT_FALSE(store_->trouble());
  EXPECT_THAT(Values(), ElementsAre("1", "2", "4"));
  EXPECT_EQ(Rows()[1].name, name);
  EXPECT_TRUE(Rows()[0].may_have_been_sent);
  EXPECT_EQ(store_->pending_rows(), 3u);
  EXPECT_EQ(store_->refused_rows(), 1u);
  ASSERT_TRUE(store_->Delivered({rows[0].id, rows[1].id, rows[3].id}));
  EXPECT_EQ(store_->pending_rows(), 0u);
  EXPECT_EQ(store_->pending_bytes(), 0u);
}

TEST_F(StoreFailuresTest, RecognisesARepeatedMessageBeforeDuringAndAfter) {
  const auto say = [this](std::uint16_t id) {
    return store_->Append("ep", {Telemetry("v")}, MessageKey{"token", id, 1})->size();
  };
  EXPECT_EQ(say(1), 1u);
  {
    const FullDisk full;
    EXPECT_EQ(say(2), 1u);
    EXPECT_EQ(say(1), 0u);
    EXPECT_EQ(say(2), 0u);
  }
  Tick(seconds(31));
  ASSERT_FALSE(store_->trouble());
  EXPECT_EQ(say(1), 0u);
  EXPECT_EQ(say(2), 0u);
  EXPECT_EQ(say(3), 1u);
}

TEST_F(StoreFailuresTest, RefusesInsteadWhenToldTo) {
  on_failure_ = StoreOptions::OnFailure::kRefuse;
  Open();
  Append("1");
  {
    const FullDisk full;
    EXPECT_FALSE(store_->Append("ep", {Telemetry("2")}));
    ExpectDegraded(StoreCause::kFull);
    EXPECT_THAT(store_->trouble()->text, HasSubstr("refusing what must be stored"));
    EXPECT_THAT(Values(), ElementsAre("1"));
  }
  Append("3");
  EXPECT_FALSE(store_->trouble());
  EXPECT_THAT(Values(), ElementsAre("1", "3"));
}

TEST_F(StoreFailuresTest, ReplacesADamagedDatabaseWithoutLosingWhatTheServiceKnows) {
  ASSERT_TRUE(store_->Put(EndpointNamed("ep")));
  const std::string secret = store_->notify_secret();
  const std::string epoch = store_->epoch();
  Damage();
  ASSERT_TRUE(store_->Put(EndpointNamed("other")));
  Append("1");
  ExpectDegraded(StoreCause::kCorrupt);
  Tick(seconds(0));
  EXPECT_FALSE(store_->trouble());
  EXPECT_TRUE(store_->TakeLoss());
  EXPECT_FALSE(store_->TakeLoss());
  ASSERT_THAT(FilesWith("ipe.db.corrupt-"), Not(IsEmpty()));
  EXPECT_THAT(store_->note(), HasSubstr(FilesWith("ipe.db.corrupt-").front().substr(0, 20)));
  EXPECT_THAT(Values(), ElementsAre("1"));
  Open();
  EXPECT_THAT(Endpoints(), ElementsAre("other"));
  EXPECT_EQ(store_->notify_secret(), secret);
  EXPECT_GT(store_->epoch(), epoch);
  EXPECT_THAT(Values(), ElementsAre("1"));
}

TEST_F(StoreFailuresTest, BeginsAnewWhenTheDatabaseIsDamagedAtTheStart) {
  const std::string epoch = store_->epoch();
  store_.reset();
  std::ofstream(File("ipe.db"), std::ios::trunc) << std::string(8192, 'x');
  Open();
  EXPECT_FALSE(store_->trouble());
  EXPECT_THAT(store_->note(), HasSubstr("was damaged and has been begun anew"));
  EXPECT_THAT(FilesWith("ipe.db.corrupt-"), SizeIs(1));
  EXPECT_GE(store_->epoch(), epoch);
  Append("1");
  Open();
  EXPECT_EQ(store_->note(), "");
  EXPECT_THAT(Values(), ElementsAre("1"));
}

TEST_F(StoreFailuresTest, ReplacesADeletedDatabaseWithItsUndeliveredRows) {
  Append("1");
  for (const char* name : {"ipe.db", "ipe.db-wal", "ipe.db-shm"})
    std::filesystem::remove(File(name));
  Tick(seconds(31));
  EXPECT_FALSE(store_->trouble());
  EXPECT_TRUE(store_->TakeLoss());
  Append("2");
  EXPECT_THAT(Values(), ElementsAre("1", "2"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("1", "2"));
  EXPECT_THAT(FilesWith("ipe.db."), IsEmpty());
}

TEST_F(StoreFailuresTest, ReplacesADeletedDatabaseAlsoWhenItMayNotKeepThingsInMemory) {
  on_failure_ = StoreOptions::OnFailure::kRefuse;
  Open();
  Append("1");
  ASSERT_TRUE(store_->Put(CommandNamed("c")));
  for (const char* name : {"ipe.db", "ipe.db-wal", "ipe.db-shm"}) {
    std::filesystem::remove(File(name));
  }
  Tick(seconds(31));
  EXPECT_FALSE(store_->trouble());
  EXPECT_TRUE(store_->TakeLoss());
  Open();
  EXPECT_THAT(Values(), ElementsAre("1"));
  EXPECT_THAT(*store_->OpenCommands(), SizeIs(1));
}

TEST_F(StoreFailuresTest, SurvivesThatItsWholeDirectoryIsDeleted) {
  Append("1");
  std::filesystem::remove_all(Options().directory);
  Tick(seconds(31));
  EXPECT_FALSE(store_->trouble());
  Append("2");
  EXPECT_FALSE(Store::Open(Options())) << "the new directory is locked as the old one was";
  Open();
  EXPECT_THAT(Values(), ElementsAre("1", "2"));
}

TEST_F(StoreFailuresTest, MovesAsideWhatSomebodyPutInPlaceOfItsDatabase) {
  Append("1");
  for (const char* name : {"ipe.db", "ipe.db-wal", "ipe.db-shm"})
    std::filesystem::remove(File(name));
  std::ofstream(File("ipe.db")) << "something";
  Tick(seconds(31));
  EXPECT_FALSE(store_->trouble());
  // Its write-ahead log, if a checkpoint has begun one in between, goes with it.
  EXPECT_THAT(FilesWith("ipe.db.foreign-"), Contains(MatchesRegex(R"(ipe\.db\.foreign-[0-9]+)")));
  Open();
  EXPECT_THAT(Values(), ElementsAre("1"));
}

TEST_F(StoreFailuresTest, StartsOnAFullDiskWithAllThatIsThere) {
  ASSERT_TRUE(store_->Put(EndpointNamed("ep")));
  Append("1");
  const std::string epoch = store_->epoch();
  const std::string secret = store_->notify_secret();
  store_.reset();
  {
    const FullDisk full;
    Open();
    ExpectDegraded(StoreCause::kFull);
    EXPECT_THAT(Endpoints(), ElementsAre("ep"));
    EXPECT_EQ(store_->notify_secret(), secret);
    Append("2");
    EXPECT_THAT(Values(), ElementsAre("1", "2"));
    EXPECT_TRUE(Rows()[0].may_have_been_sent);
    ASSERT_TRUE(store_->Delivered({Rows()[0].id}));
  }
  Tick(seconds(31));
  EXPECT_FALSE(store_->trouble());
  EXPECT_GE(store_->epoch(), epoch);
  Open();
  EXPECT_THAT(Values(), ElementsAre("2"));
  EXPECT_THAT(Endpoints(), ElementsAre("ep"));
}

TEST_F(StoreFailuresTest, StartsOnAFullDiskAfterAPowerFailureToo) {
  ASSERT_TRUE(store_->Put(EndpointNamed("ep")));
  const TemporaryDirectory copy;
  std::filesystem::copy(Options().directory, copy.path() + "/state");
  std::filesystem::remove(copy.path() + "/state/ipe.db-shm");
  StoreOptions options = Options();
  options.directory = copy.path() + "/state";
  const FullDisk full;
  const auto store = Store::Open(options);
  ASSERT_TRUE(store) << store.error().detail;
  ASSERT_TRUE((*store)->trouble());
  EXPECT_THAT(*(*store)->Endpoints(), SizeIs(1));
}

TEST_F(StoreFailuresTest, StartsInADirectoryThatTakesNothingAndUsesItWhenItDoes) {
  store_.reset();
  const TemporaryDirectory empty;
  StoreOptions options = Options();
  options.directory = empty / "state";
  std::unique_ptr<Store> store;
  {
    const FullDisk full;
    auto opened = Store::Open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = *std::move(opened);
    ASSERT_TRUE(store->trouble());
    ASSERT_TRUE(store->Put(EndpointNamed("ep")));
    ASSERT_TRUE(store->Append("ep", {Telemetry("1")}));
  }
  for (int turn = 0; turn < 100; ++turn) store->Tick(now_ + seconds(31));
  EXPECT_FALSE(store->trouble());
  store.reset();
  store = *Store::Open(options);
  EXPECT_THAT(*store->Endpoints(), SizeIs(1));
  EXPECT_EQ(store->pending_rows(), 1u);
}

TEST_F(StoreFailuresTest, WhatIsPutWhileItWritesBackDoesNotUndoWhatWasWritten) {
  constexpr int kMany = 1000;
  store_.reset();
  const TemporaryDirectory empty;
  StoreOptions options = Options();
  options.directory = empty / "state";
  const auto observe = [&](int number) {
    lwm2m::Observation observation;
    observation.endpoint = "ep";
    observation.token = std::to_string(number);
    observation.path = lwm2m::Path(3, 0);
    EXPECT_TRUE(store_->Put(observation));
  };
  {
    const FullDisk full;
    auto opened = Store::Open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = *std::move(opened);
    ASSERT_TRUE(store_->Put(EndpointNamed("ep")));
    for (int i = 0; i < kMany; ++i) observe(i);
  }
  now_ += seconds(31);
  for (int turn = 0; turn < 100 && store_->Tick(now_) <= now_; ++turn) {
    ASSERT_TRUE(store_->Put(EndpointNamed("ep")));
  }
  EXPECT_FALSE(store_->trouble());
  store_.reset();
  store_ = *Store::Open(options);
  EXPECT_THAT(Endpoints(), SizeIs(1));
  EXPECT_THAT(*store_->Observations(), SizeIs(kMany));
}

TEST_F(StoreFailuresTest, WhatIsInMemoryAtTheEndIsWrittenWhenTheDiskTakesIt) {
  {
    const FullDisk full;
    Append("1");
  }
  Open();
  EXPECT_THAT(Values(), ElementsAre("1"));
}

TEST_F(StoreFailuresTest, WritesLargeStatesBackInSmallSteps) {
  constexpr int kMany = 1000;
  {
    const FullDisk full;
    for (int i = 0; i < kMany; ++i) {
      ASSERT_TRUE(store_->Put(EndpointNamed(std::to_string(i))));
      Append(std::to_string(i));
    }
  }
  now_ += seconds(31);
  int turns = 0;
  while (store_->Tick(now_) <= now_) {
    ++turns;
    Append("meanwhile");
    ASSERT_LT(turns, 1000);
  }
  EXPECT_GT(turns, 2 * kMany / 256);
  EXPECT_FALSE(store_->trouble());
  EXPECT_EQ(store_->pending_rows(), static_cast<std::uint64_t>(kMany + turns));
  Open();
  EXPECT_THAT(Endpoints(), SizeIs(kMany));
  EXPECT_EQ(store_->pending_rows(), static_cast<std::uint64_t>(kMany + turns));
}

TEST_F(StoreFailuresTest, ANewerDatabaseIsRefusedEvenWhenItCannotBeWritten) {
  store_.reset();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(File("ipe.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const FullDisk full;
  const auto store = Store::Open(Options());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("schema version 99"));
}

}  // namespace
}  // namespace ipe
