#include "ipe/store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ipe/store_checkpoint.h"
#include "ipe/store_schema.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using testing::TemporaryDirectory;

std::unique_ptr<Store> OpenStore(StoreOptions options) {
  auto store = Store::Open(std::move(options));
  if (!store) {
    ADD_FAILURE() << store.error().detail;
    return nullptr;
  }
  return *std::move(store);
}

OutboxRow Telemetry(std::string container, const std::string& value) {
  OutboxRow row;
  row.container = std::move(container);
  row.body = R"({"m2m:cin":{"rn":"@name@","con":")" + value + R"("}})";
  return row;
}

OutboxRow Update(std::string resource, std::string body) {
  OutboxRow row;
  row.container = std::move(resource);
  row.body = std::move(body);
  row.form = OutboxRow::Form::kUpdate;
  return row;
}

OutboxRow Outcome() {
  OutboxRow row = Telemetry("responses", "{}");
  row.kind = OutboxRow::Kind::kOutcome;
  return row;
}

RowId AppendOne(Store& store, std::string_view endpoint, OutboxRow row) {
  const auto ids = store.Append(endpoint, {std::move(row)});
  if (!ids || ids->size() != 1) {
    ADD_FAILURE() << (ids ? "not one row" : ids.error().detail);
    return 0;
  }
  return ids->front();
}

std::vector<OutboxRow> AllOf(Store& store, std::string_view endpoint) {
  auto rows = store.Pending(endpoint, 0, 100'000);
  if (!rows) ADD_FAILURE() << rows.error().detail;
  return rows.value_or(std::vector<OutboxRow>());
}

std::vector<std::string> BodiesOf(Store& store, std::string_view endpoint) {
  std::vector<std::string> bodies;
  for (const OutboxRow& row : AllOf(store, endpoint)) {
    const auto start = row.body.find("\"con\":\"") + 7;
    bodies.push_back(row.body.substr(start, row.body.find('"', start) - start));
  }
  return bodies;
}

StoredEndpoint SampleEndpoint() {
  StoredEndpoint endpoint;
  lwm2m::Registration& registration = endpoint.registration.Edit();
  registration.endpoint = "urn:imei:990000862471854";
  registration.handle = "5a3f";
  registration.peer = {lwm2m::Peer::Transport::kDtls, "[2001:db8::1]:5683", "192.0.2.1:5684", "id"};
  registration.peer.security = lwm2m::SecurityMode::kCertificate;
  registration.peer.other_names = {"gateway.example", "gateway"};
  registration.gateway = "urn:dev:gateway-1";
  registration.version = "1.1";
  registration.lifetime = lwm2m::Seconds(0);
  registration.binding = "UQ";
  registration.queue_mode = true;
  registration.sms_number = "+49123";
  registration.objects = *lwm2m::ParseObjectList(
      "</root>;rt=\"oma.lwm2m\";ct=\"11542 11543\",</root/1/0>,"
      "</root/3>;ver=1.1,</root/3/0>,</root/5>");
  endpoint.seen_at = 1'700'000'000;
  endpoint.name = "imei-990000862471854";
  endpoint.ae_id = "Cimei-990000862471854";
  endpoint.ae_resource_id = "ri1";
  endpoint.node_resource_id = "ri2";
  endpoint.expires_at = 1'800'000'000;
  endpoint.tree = *lwm2m::ParseObjectList("</3/0>");
  endpoint.phase = StoredEndpoint::Phase::kLeaving;
  return endpoint;
}

void ExpectSame(const StoredEndpoint& read, const StoredEndpoint& written) {
  EXPECT_EQ(read.registration, written.registration);
  EXPECT_EQ(read.seen_at, written.seen_at);
  EXPECT_EQ(read.name, written.name);
  EXPECT_EQ(read.ae_id, written.ae_id);
  EXPECT_EQ(read.ae_resource_id, written.ae_resource_id);
  EXPECT_EQ(read.node_resource_id, written.node_resource_id);
  EXPECT_EQ(read.expires_at, written.expires_at);
  EXPECT_EQ(read.tree, written.tree);
  EXPECT_EQ(read.phase, written.phase);
}

class StoreTest : public ::testing::Test {
 protected:
  StoreOptions OnDisk() const {
    StoreOptions options;
    options.directory = directory_ / "state";
    return options;
  }
  static StoreOptions InMemory() {
    StoreOptions options;
    options.directory = "memory";
    return options;
  }
  TemporaryDirectory directory_;
};

TEST_F(StoreTest, MakesItsDirectoryForItsOwnUserOnly) {
  const auto store = OpenStore(OnDisk());
  ASSERT_TRUE(store);
  const auto mode = std::filesystem::status(OnDisk().directory).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_all);
}

TEST_F(StoreTest, KeepsEveryMemberOfAnEndpointOverReopening) {
  const StoredEndpoint written = SampleEndpoint();
  {
    const auto store = OpenStore(OnDisk());
    ASSERT_TRUE(store->Put(written));
  }
  const auto store = OpenStore(OnDisk());
  const auto read = store->Endpoints();
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_THAT(*read, SizeIs(1));
  ExpectSame(read->front(), written);
}

TEST_F(StoreTest, KeepsAnEndpointWithoutOptionalMembers) {
  const auto store = OpenStore(InMemory());
  StoredEndpoint written;
  written.registration.Edit().endpoint = "plain";
  ASSERT_TRUE(store->Put(written));
  const auto read = store->Endpoints();
  ASSERT_THAT(*read, SizeIs(1));
  ExpectSame(read->front(), written);
}

TEST_F(StoreTest, PutsManyEndpointsAtOnce) {
  const auto store = OpenStore(InMemory());
  StoredEndpoint first = SampleEndpoint();
  StoredEndpoint second = first;
  second.registration.Edit().endpoint = first.registration->endpoint + "-2";
  ASSERT_TRUE(store->Put(first));
  first.seen_at = 1'700'000'099;
  ASSERT_TRUE(store->PutAll({&first, &second}));
  const auto read = store->Endpoints();
  ASSERT_THAT(*read, SizeIs(2));
  ExpectSame(read->front(), first);
  ExpectSame(read->back(), second);
}

TEST_F(StoreTest, RemovesWhatBelongsToAnEndpointButNotItsOutbox) {
  const auto store = OpenStore(InMemory());
  const std::string name = SampleEndpoint().registration->endpoint;
  ASSERT_TRUE(store->Put(SampleEndpoint()));
  ASSERT_TRUE(store->Put(lwm2m::Observation{name, lwm2m::Path(3, 0), "t", std::nullopt, {}, {}}));
  ASSERT_TRUE(
      store->Put(lwm2m::Observation{"other", lwm2m::Path(3, 0), "t", std::nullopt, {}, {}}));
  ASSERT_TRUE(store->Put(CommandCursor{name, "requests", "20260101T000000", "ri"}));
  OpenCommand command;
  command.resource_id = "ri7";
  command.endpoint = name;
  ASSERT_TRUE(store->Put(command));
  AppendOne(*store, name, Telemetry("3/0/9", "1"));

  ASSERT_TRUE(store->Remove(name));

  EXPECT_THAT(*store->Endpoints(), IsEmpty());
  EXPECT_THAT(*store->Observations(), SizeIs(1));
  EXPECT_THAT(*store->Cursors(), IsEmpty());
  EXPECT_THAT(*store->OpenCommands(), IsEmpty());
  EXPECT_THAT(AllOf(*store, name), SizeIs(1));
}

TEST_F(StoreTest, TellsObservationsApartByToken) {
  const auto store = OpenStore(InMemory());
  const std::string binary("\0\xff\x01", 3);
  const lwm2m::Observation first{"ep", lwm2m::Path(3, 0), binary, lwm2m::ContentFormat::kTlv, {},
                                 {}};
  const lwm2m::Observation renewed{"ep", lwm2m::Path(3, 0), "t2", std::nullopt, {},
                                   {},   lwm2m::Seconds(60)};
  ASSERT_TRUE(store->Put(first));
  ASSERT_TRUE(store->Put(renewed));
  EXPECT_THAT(*store->Observations(), ::testing::UnorderedElementsAre(first, renewed));
  ASSERT_TRUE(store->Remove(first));
  EXPECT_THAT(*store->Observations(), ElementsAre(renewed));
}

// IR-10, ATT-8: what is needed to match and to cancel it after a restart.
TEST_F(StoreTest, KeepsEveryMemberOfAnObservationOverReopening) {
  lwm2m::Observation composite;
  composite.endpoint = "ep";
  composite.token = "t1";
  composite.accept = lwm2m::ContentFormat::kSenmlCbor;
  composite.paths = {lwm2m::Path(3, 0, 9), lwm2m::Path(3303, 0)};
  lwm2m::Observation conditional;
  conditional.endpoint = "ep";
  conditional.token = "t2";
  conditional.path = lwm2m::Path(3303, 0, 5700);
  conditional.attributes.minimum_period = 10;
  conditional.attributes.less_than = -2.5;
  conditional.attributes.edge = false;
  conditional.attributes.unset = {"pmax"};
  {
    const auto store = OpenStore(OnDisk());
    ASSERT_TRUE(store->Put(composite));
    ASSERT_TRUE(store->Put(conditional));
  }
  const auto observations = OpenStore(OnDisk())->Observations();
  ASSERT_TRUE(observations) << observations.error().detail;
  EXPECT_THAT(*observations, ::testing::UnorderedElementsAre(composite, conditional));
}

TEST_F(StoreTest, KeepsCursorsAndOpenCommands) {
  {
    const auto store = OpenStore(OnDisk());
    ASSERT_TRUE(store->Put(CommandCursor{"ep", "requests", "20260101T000000", "ri1"}));
    ASSERT_TRUE(store->Put(CommandCursor{"ep", "requests", "20260101T000001", "ri2"}));
    OpenCommand command{"ri9", "ep", "3/0/14", "+02:00", "cin-1", 1'700'000'000, false};
    ASSERT_TRUE(store->Put(command));
    command.started = true;
    ASSERT_TRUE(store->Put(command));
    command.resource_id = "closed";
    ASSERT_TRUE(store->Put(command));
    ASSERT_TRUE(store->CloseCommand("closed"));
  }
  const auto store = OpenStore(OnDisk());
  const auto cursors = *store->Cursors();
  ASSERT_THAT(cursors, SizeIs(1));
  EXPECT_EQ(cursors[0].creation_time, "20260101T000001");
  EXPECT_EQ(cursors[0].resource_ids, "ri2");
  const auto commands = *store->OpenCommands();
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_EQ(commands[0].resource_id, "ri9");
  EXPECT_EQ(commands[0].endpoint, "ep");
  EXPECT_EQ(commands[0].container, "3/0/14");
  EXPECT_EQ(commands[0].content, "+02:00");
  EXPECT_EQ(commands[0].resource_name, "cin-1");
  EXPECT_EQ(commands[0].deadline, 1'700'000'000);
  EXPECT_TRUE(commands[0].started);
}

TEST_F(StoreTest, KeepsTheNotifySecret) {
  std::string secret;
  {
    const auto store = OpenStore(OnDisk());
    secret = store->notify_secret();
  }
  EXPECT_THAT(secret, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(OpenStore(OnDisk())->notify_secret(), secret);
  EXPECT_NE(OpenStore(InMemory())->notify_secret(), secret);
}

// --- names
// -----------------------------------------------------------------------------------------

TEST_F(StoreTest, NamesRowsWithEpochAndSequence) {
  const auto store = OpenStore(OnDisk());
  EXPECT_THAT(store->epoch(), MatchesRegex("[0-9a-f]{10}"));
  AppendOne(*store, "ep", Telemetry("3/0/9", "80"));
  AppendOne(*store, "ep", Telemetry("3/0/9", "79"));
  const auto rows = AllOf(*store, "ep");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].name, store->epoch() + "-0000000001");
  EXPECT_EQ(rows[1].name, store->epoch() + "-0000000002");
  EXPECT_EQ(rows[0].body, R"({"m2m:cin":{"rn":")" + rows[0].name + R"(","con":"80"}})");
  EXPECT_LT(rows[0].id, rows[1].id);
}

TEST_F(StoreTest, LeavesAValueAloneThatLooksLikeThePlaceholder) {
  const auto store = OpenStore(InMemory());
  OutboxRow row;
  row.container = "3/0/9";
  row.body = R"({"m2m:cin":{"con":"@name@ \"rn\":\"@name@\"","rn":"@name@"}})";
  AppendOne(*store, "ep", row);
  const auto stored = AllOf(*store, "ep").front();
  EXPECT_EQ(stored.body,
            R"({"m2m:cin":{"con":"@name@ \"rn\":\"@name@\"","rn":")" + stored.name + R"("}})");
}

TEST_F(StoreTest, RefusesABodyWithoutPlaceholderAndAppendsNothingOfTheMessage) {
  const auto store = OpenStore(InMemory());
  OutboxRow bad;
  bad.container = "3/0/13";
  bad.body = "{}";
  const auto appended = store->Append("ep", {Telemetry("3/0/9", "1"), bad});
  ASSERT_FALSE(appended);
  EXPECT_THAT(appended.error().detail, HasSubstr("3/0/13 of ep"));
  EXPECT_THAT(AllOf(*store, "ep"), IsEmpty());
  EXPECT_EQ(store->pending_rows(), 0u);
  EXPECT_EQ(store->pending_bytes(), 0u);
}

TEST_F(StoreTest, EveryOpeningHasAGreaterEpochThanTheOneBeforeAndTheClock) {
  std::string last;
  for (int i = 0; i < 3; ++i) {
    const auto before = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const auto store = OpenStore(OnDisk());
    EXPECT_GT(store->epoch(), last);
    last = store->epoch();
    EXPECT_GT(std::stoll(last, nullptr, 16), before);
  }
}

TEST_F(StoreTest, MemoryStoresOpenedInARowHaveDifferentEpochs) {
  const std::string first = OpenStore(InMemory())->epoch();
  const std::string second = OpenStore(InMemory())->epoch();
  EXPECT_GT(second, first);
  EXPECT_EQ(second.size(), 10u);
}

TEST_F(StoreTest, RowsKeepTheirNamesOverReopeningAndMayHaveBeenSent) {
  OutboxRow before;
  {
    const auto store = OpenStore(OnDisk());
    AppendOne(*store, "ep", Telemetry("3/0/9", "80"));
    before = AllOf(*store, "ep").front();
    EXPECT_FALSE(before.may_have_been_sent);
  }
  const auto store = OpenStore(OnDisk());
  const RowId younger = AppendOne(*store, "ep", Telemetry("3/0/9", "79"));
  const auto rows = AllOf(*store, "ep");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].id, before.id);
  EXPECT_EQ(rows[0].name, before.name);
  EXPECT_EQ(rows[0].body, before.body);
  EXPECT_TRUE(rows[0].may_have_been_sent);
  EXPECT_EQ(rows[1].id, younger);
  EXPECT_GT(rows[1].name, rows[0].name);
  EXPECT_FALSE(rows[1].may_have_been_sent);
}

TEST_F(StoreTest, NeverUsesARowNumberAgainEvenWhenTheOutboxWasEmptied) {
  RowId last = 0;
  {
    const auto store = OpenStore(OnDisk());
    last = AppendOne(*store, "ep", Telemetry("3/0/9", "1"));
    ASSERT_TRUE(store->Delivered({last}));
  }
  EXPECT_GT(AppendOne(*OpenStore(OnDisk()), "ep", Telemetry("3/0/9", "2")), last);
}

TEST_F(StoreTest, RenamesARowThatIsThenSentForTheFirstTime) {
  {
    const auto store = OpenStore(OnDisk());
    AppendOne(*store, "ep", Telemetry("3/0/9", "80"));
  }
  const auto store = OpenStore(OnDisk());
  const OutboxRow before = AllOf(*store, "ep").front();
  const auto renamed = store->Rename(before.id);
  ASSERT_TRUE(renamed) << renamed.error().detail;
  EXPECT_EQ(renamed->id, before.id);
  EXPECT_EQ(renamed->name, store->epoch() + "-0000000001");
  EXPECT_EQ(renamed->body, R"({"m2m:cin":{"rn":")" + renamed->name + R"(","con":"80"}})");
  EXPECT_FALSE(renamed->may_have_been_sent);
  const OutboxRow after = AllOf(*store, "ep").front();
  EXPECT_EQ(after.name, renamed->name);
  EXPECT_EQ(after.body, renamed->body);
  EXPECT_FALSE(after.may_have_been_sent);
}

TEST_F(StoreTest, RenamingARowThatIsGoneIsAnError) {
  const auto store = OpenStore(InMemory());
  const auto renamed = store->Rename(77);
  ASSERT_FALSE(renamed);
  EXPECT_THAT(renamed.error().detail, HasSubstr("77"));
}

// --- outbox
// ----------------------------------------------------------------------------------------

TEST_F(StoreTest, KeepsTheOrderOfEachEndpointAndPages) {
  const auto store = OpenStore(InMemory());
  for (int i = 0; i < 5; ++i) {
    AppendOne(*store, "a", Telemetry("3/0/9", std::to_string(i)));
    AppendOne(*store, "b", Telemetry("3/0/9", std::to_string(10 + i)));
  }
  EXPECT_THAT(BodiesOf(*store, "a"), ElementsAre("0", "1", "2", "3", "4"));
  const auto page = *store->Pending("a", 0, 2);
  ASSERT_THAT(page, SizeIs(2));
  const auto next = *store->Pending("a", page.back().id, 2);
  ASSERT_THAT(next, SizeIs(2));
  EXPECT_THAT(next.front().body, HasSubstr(R"("con":"2")"));
  const auto backlogs = *store->Backlogs();
  ASSERT_THAT(backlogs, SizeIs(2));
  EXPECT_EQ(backlogs[0].endpoint, "a");
  EXPECT_EQ(backlogs[0].rows, 5u);
}

TEST_F(StoreTest, CountsRowsAndBytesAndRecountsThemWhenReopened) {
  std::uint64_t bytes = 0;
  {
    const auto store = OpenStore(OnDisk());
    const RowId first = AppendOne(*store, "ep", Telemetry("3/0/9", "80"));
    bytes = store->pending_bytes();
    EXPECT_GT(bytes, 60u);
    AppendOne(*store, "ep", Telemetry("3/0/9", "80"));
    EXPECT_EQ(store->pending_rows(), 2u);
    EXPECT_EQ(store->pending_bytes(), 2 * bytes);
    ASSERT_TRUE(store->Delivered({first, first, 12345}));
    EXPECT_EQ(store->pending_rows(), 1u);
    EXPECT_EQ(store->pending_bytes(), bytes);
  }
  const auto store = OpenStore(OnDisk());
  EXPECT_EQ(store->pending_rows(), 1u);
  EXPECT_EQ(store->pending_bytes(), bytes);
}

TEST_F(StoreTest, MarksAnAttemptWithoutAnswer) {
  const auto store = OpenStore(InMemory());
  const RowId first = AppendOne(*store, "ep", Telemetry("3/0/9", "1"));
  AppendOne(*store, "ep", Telemetry("3/0/9", "2"));
  ASSERT_TRUE(store->MarkMaybeSent({first}));
  const auto rows = AllOf(*store, "ep");
  EXPECT_TRUE(rows[0].may_have_been_sent);
  EXPECT_FALSE(rows[1].may_have_been_sent);
}

TEST_F(StoreTest, RecognisesTheLast32MessagesOfEachEndpointOverReopening) {
  const auto key = [](int number) {
    return MessageKey{"token", static_cast<std::uint16_t>(number), 0xfeedfacecafebeefULL};
  };
  {
    const auto store = OpenStore(OnDisk());
    for (int i = 0; i < 33; ++i) {
      EXPECT_THAT(*store->Append("ep", {Telemetry("3/0/9", "1")}, key(i)), SizeIs(1));
    }
  }
  const auto store = OpenStore(OnDisk());
  for (int i = 1; i < 33; ++i) {
    EXPECT_THAT(*store->Append("ep", {Telemetry("3/0/9", "1")}, key(i)), IsEmpty()) << i;
  }
  EXPECT_THAT(*store->Append("other", {Telemetry("3/0/9", "1")}, key(8)), SizeIs(1));
  MessageKey other_payload = key(8);
  other_payload.payload_hash = 1;
  EXPECT_THAT(*store->Append("ep", {Telemetry("3/0/9", "1")}, other_payload), SizeIs(1));
  MessageKey other_token = key(8);
  other_token.token = "tok";
  EXPECT_THAT(*store->Append("ep", {Telemetry("3/0/9", "1")}, other_token), SizeIs(1));
  // One more than 32: the first one was forgotten.
  EXPECT_THAT(*store->Append("ep", {Telemetry("3/0/9", "1")}, key(0)), SizeIs(1));
}

TEST_F(StoreTest, ForgetsTheKeyOfAMessageThatCouldNotBeStored) {
  const auto store = OpenStore(InMemory());
  const MessageKey key{"t", 1, 2};
  OutboxRow bad;
  bad.body = "{}";
  ASSERT_FALSE(store->Append("ep", {bad}, key));
  EXPECT_THAT(*store->Append("ep", {Telemetry("3/0/9", "1")}, key), SizeIs(1));
}

TEST_F(StoreTest, AppendsSomeMessagesTogetherEachAsAlone) {
  const auto store = OpenStore(InMemory());
  const MessageKey key{"t", 1, 2};
  std::vector<Store::Message> messages;
  messages.push_back({"a", {Telemetry("3/0/9", "1"), Telemetry("3/0/13", "2")}, key});
  messages.push_back({"b", {Telemetry("3/0/9", "3")}});
  messages.push_back({"a", {Telemetry("3/0/9", "1"), Telemetry("3/0/13", "2")}, key});
  ASSERT_TRUE(store->Append(messages));
  EXPECT_THAT(messages[0].rows, SizeIs(2));
  EXPECT_THAT(messages[2].rows, IsEmpty());  // the first one once more
  const auto rows = AllOf(*store, "a");
  ASSERT_THAT(rows, SizeIs(2));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].id, messages[0].rows[i].id);
    EXPECT_EQ(rows[i].name, messages[0].rows[i].name);
    EXPECT_EQ(rows[i].body, messages[0].rows[i].body);
  }
  EXPECT_LT(rows[1].id, messages[1].rows[0].id);
  EXPECT_THAT(BodiesOf(*store, "b"), ElementsAre("3"));
}

TEST_F(StoreTest, AppendsNoneOfSomeMessagesWhenOneCannotBeStored) {
  const auto store = OpenStore(InMemory());
  OutboxRow bad;
  bad.body = "{}";
  std::vector<Store::Message> messages;
  messages.push_back({"a", {Telemetry("3/0/9", "1")}, MessageKey{"t", 1, 2}});
  messages.push_back({"b", {bad}});
  ASSERT_FALSE(store->Append(messages));
  EXPECT_EQ(store->pending_rows(), 0u);
  messages.pop_back();
  ASSERT_TRUE(store->Append(messages));  // with a name of its own this time
  EXPECT_THAT(BodiesOf(*store, "a"), ElementsAre("1"));
  EXPECT_NE(messages[0].rows[0].body.find(messages[0].rows[0].name), std::string::npos);
}

TEST_F(StoreTest, SupersedesOnlyYoungerTelemetryOfThatContainer) {
  const auto store = OpenStore(InMemory());
  const RowId sent = AppendOne(*store, "ep", Telemetry("3/0/9", "1"));
  AppendOne(*store, "ep", Telemetry("3/0/9", "2"));
  AppendOne(*store, "ep", Telemetry("3/0/13", "3"));
  AppendOne(*store, "other", Telemetry("3/0/9", "4"));
  AppendOne(*store, "ep", Outcome());
  const RowId latest = AppendOne(*store, "ep", Telemetry("3/0/9", "5"));
  EXPECT_EQ(*store->Supersede("ep", "3/0/9", sent, latest), 1u);
  EXPECT_EQ(*store->Supersede("ep", "responses", 0, latest), 0u);
  EXPECT_THAT(BodiesOf(*store, "ep"), ElementsAre("1", "3", "{}", "5"));
  EXPECT_EQ(store->pending_rows(), 5u);
  EXPECT_EQ(store->shed_rows(), 0u);
}

TEST_F(StoreTest, DropsEveryRowOfAnEndpoint) {
  const auto store = OpenStore(InMemory());
  AppendOne(*store, "ep", Telemetry("3/0/9", "1"));
  AppendOne(*store, "ep", Outcome());
  AppendOne(*store, "other", Telemetry("3/0/9", "1"));
  EXPECT_EQ(*store->Drop("ep"), 2u);
  EXPECT_THAT(AllOf(*store, "ep"), IsEmpty());
  EXPECT_EQ(store->pending_rows(), 1u);
}

TEST_F(StoreTest, SetsRefusedRowsAsideAndGoesOn) {
  {
    const auto store = OpenStore(OnDisk());
    const RowId refused = AppendOne(*store, "ep", Telemetry("3/0/9", "1"));
    AppendOne(*store, "ep", Telemetry("3/0/9", "2"));
    ASSERT_TRUE(store->Refuse(refused, 4102, "CONTENTS_UNACCEPTABLE"));
    ASSERT_TRUE(store->Refuse(refused, 4102, "again: it is gone"));
    EXPECT_THAT(BodiesOf(*store, "ep"), ElementsAre("2"));
    EXPECT_EQ(store->refused_rows(), 1u);
  }
  EXPECT_EQ(OpenStore(OnDisk())->refused_rows(), 1u);
}

TEST_F(StoreTest, KeepsTheLastTenThousandRefused) {
  const auto store = OpenStore(InMemory());
  for (int i = 0; i < 10'003; ++i) {
    ASSERT_TRUE(store->Refuse(AppendOne(*store, "ep", Telemetry("3/0/9", "1")), 4000, "no"));
  }
  EXPECT_EQ(store->refused_rows(), 10'000u);
}

// --- shedding
// --------------------------------------------------------------------------------------

// Room for `rows` rows of the size of Telemetry("3/0/9", "1") of endpoint "a".
StoreOptions RoomFor(std::uint64_t rows) {
  StoreOptions options;
  options.directory = "memory";
  const auto store = OpenStore(options);
  AppendOne(*store, "a", Telemetry("3/0/9", "1"));
  options.max_bytes = rows * store->pending_bytes();
  return options;
}

TEST_F(StoreTest, ShedsTheOldestOfAResourceWhenFull) {
  const auto store = OpenStore(RoomFor(3));
  for (int i = 1; i <= 5; ++i) AppendOne(*store, "a", Telemetry("3/0/9", std::to_string(i)));
  EXPECT_THAT(BodiesOf(*store, "a"), ElementsAre("3", "4", "5"));
  EXPECT_EQ(store->shed_rows(), 2u);
  EXPECT_EQ(store->pending_rows(), 3u);
}

TEST_F(StoreTest, KeepsTheLastValueOfAQuietResourceWhileATalkativeOneFillsTheOutbox) {
  const auto store = OpenStore(RoomFor(6));
  AppendOne(*store, "a", Telemetry("3/0/1", "q"));
  AppendOne(*store, "b", Telemetry("3/0/9", "Q"));
  for (int i = 0; i < 50; ++i) AppendOne(*store, "a", Telemetry("3/0/9", std::to_string(i % 10)));
  EXPECT_THAT(BodiesOf(*store, "a"), ElementsAre("q", "6", "7", "8", "9"));
  EXPECT_THAT(BodiesOf(*store, "b"), ElementsAre("Q"));
}

TEST_F(StoreTest, ShedsTheOldestOfAllWhenEveryRowIsTheLastOfItsResource) {
  const auto store = OpenStore(RoomFor(3));
  for (int i = 1; i <= 5; ++i) {
    AppendOne(*store, "a", Telemetry("3/0/" + std::to_string(i), std::to_string(i)));
  }
  EXPECT_THAT(BodiesOf(*store, "a"), ElementsAre("3", "4", "5"));
}

TEST_F(StoreTest, NeverShedsOutcomesAndEvents) {
  const auto store = OpenStore(RoomFor(2));
  OutboxRow event = Outcome();
  event.kind = OutboxRow::Kind::kEvent;
  for (int i = 0; i < 10; ++i) {
    AppendOne(*store, "a", Outcome());
    AppendOne(*store, "", event);
  }
  EXPECT_EQ(store->pending_rows(), 20u);
  EXPECT_EQ(store->shed_rows(), 0u);
  AppendOne(*store, "a", Telemetry("3/0/9", "1"));
  EXPECT_EQ(store->pending_rows(), 20u);
  EXPECT_EQ(store->shed_rows(), 1u);
}

// --- crashes, locks, damage
// ------------------------------------------------------------------------

TEST_F(StoreTest, LosesNothingThatWasAppendedWhenTheProcessIsKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::Open(OnDisk());
    bool stored = store.has_value();
    for (int i = 0; stored && i < 20; ++i) {
      stored = (*store)->Append("ep", {Telemetry("3/0/9", std::to_string(i))}).has_value();
    }
    stored = stored && write(ends[1], "!", 1) == 1;
    pause();  // never closed: the parent kills
    _exit(stored ? 0 : 1);
  }
  char done = 0;
  close(ends[1]);
  EXPECT_EQ(read(ends[0], &done, 1), 1);
  close(ends[0]);

  // While it lives, nobody else gets in.
  const auto second = Store::Open(OnDisk());
  EXPECT_FALSE(second);
  if (!second) {
    EXPECT_THAT(second.error().detail, HasSubstr("in use by process " + std::to_string(child)));
  }

  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  const auto store = OpenStore(OnDisk());
  ASSERT_TRUE(store);
  const auto rows = AllOf(*store, "ep");
  ASSERT_THAT(rows, SizeIs(20));
  EXPECT_THAT(rows, ::testing::Each(::testing::Field(&OutboxRow::may_have_been_sent, true)));
}

TEST_F(StoreTest, IsRefusedTwiceInOneProcessAndFreeAfterClosing) {
  {
    const auto store = OpenStore(OnDisk());
    const auto second = Store::Open(OnDisk());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().detail, HasSubstr(OnDisk().directory));
  }
  EXPECT_TRUE(OpenStore(OnDisk()));
}

void RunSql(const std::string& file, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

TEST_F(StoreTest, KeepsFirmwareUpdatesAsLongAsTheirCommands) {
  {
    const auto store = OpenStore(OnDisk());
    OpenCommand command;
    for (const char* id : {"ri1", "ri2"}) {
      command.resource_id = id;
      ASSERT_TRUE(store->Put(command));
    }
    StoredFirmwareUpdate update;
    update.command = "ri1";
    ASSERT_TRUE(store->Put(update));
    update.status.step = lwm2m::FirmwareStep::kUpdating;
    update.status.method = lwm2m::FirmwareMethod::kPull;
    update.status.downloads = 2;
    update.status.executes = 1;
    update.status.write_accepted = true;
    update.status.result_before = 8;
    update.status.version_before = "1.0";
    ASSERT_TRUE(store->Put(update));
    update.command = "ri2";
    ASSERT_TRUE(store->Put(update));
    ASSERT_TRUE(store->CloseCommand("ri2"));
    ASSERT_TRUE(store->Put(update)) << "an update whose command has gone stays away";
  }
  const auto store = OpenStore(OnDisk());
  const auto updates = *store->FirmwareUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].command, "ri1");
  const lwm2m::FirmwareStatus& status = updates[0].status;
  EXPECT_EQ(status.step, lwm2m::FirmwareStep::kUpdating);
  EXPECT_EQ(status.method, lwm2m::FirmwareMethod::kPull);
  EXPECT_EQ(status.downloads, 2u);
  EXPECT_EQ(status.executes, 1u);
  EXPECT_TRUE(status.write_accepted);
  EXPECT_EQ(status.result_before, 8);
  EXPECT_EQ(status.version_before, "1.0");
}

TEST_F(StoreTest, KeepsTheFormOfEachRowOverReopening) {
  {
    const auto store = OpenStore(OnDisk());
    AppendOne(*store, "ep", Telemetry("3303/0/5700", "1"));
    AppendOne(*store, "ep", Update("3303/0/temperature", R"({"curT0":1})"));
    OutboxRow timed = Telemetry("3303/0/5700-series", "1");
    timed.form = OutboxRow::Form::kTimeSeriesInstance;
    AppendOne(*store, "ep", timed);
  }
  const auto store = OpenStore(OnDisk());
  const auto rows = AllOf(*store, "ep");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].form, OutboxRow::Form::kContentInstance);
  EXPECT_EQ(rows[1].form, OutboxRow::Form::kUpdate);
  EXPECT_EQ(rows[2].form, OutboxRow::Form::kTimeSeriesInstance);
  EXPECT_NE(rows[2].name, "");
}

TEST_F(StoreTest, AnUpdateHasNoNameAndItsBodyStaysAsItIs) {
  const auto store = OpenStore(InMemory());
  const RowId id = AppendOne(*store, "ep", Update("@node/battery", R"({"btl":80})"));
  const auto rows = AllOf(*store, "ep");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].name, "");
  EXPECT_EQ(rows[0].body, R"({"btl":80})");
  EXPECT_FALSE(store->Rename(id));
}

TEST_F(StoreTest, TellsWhatUndeliveredUpdatesOfAResourceSay) {
  const auto store = OpenStore(InMemory());
  const RowId sent = AppendOne(*store, "ep", Update("3303/0/temperature", "1"));
  AppendOne(*store, "ep", Update("3303/0/temperature", "2"));
  AppendOne(*store, "ep", Update("3304/0/humidity", "3"));
  AppendOne(*store, "other", Update("3303/0/temperature", "4"));
  AppendOne(*store, "ep", Telemetry("3303/0/temperature", "5"));
  AppendOne(*store, "ep", Update("3303/0/temperature", "6"));
  EXPECT_THAT(*store->PendingUpdates("ep", "3303/0/temperature", sent), ElementsAre("2", "6"));
  EXPECT_THAT(*store->PendingUpdates("ep", "3303/1/temperature", 0), IsEmpty());
}

// What an outbox of schema 4 holds are contentInstances.
TEST_F(StoreTest, ReadsTheOutboxOfAReleaseWithoutForms) {
  { AppendOne(*OpenStore(OnDisk()), "ep", Telemetry("3/0/9", "80")); }
  RunSql(OnDisk().directory + "/ipe.db",
         "DROP TABLE settings; ALTER TABLE outbox DROP COLUMN form;"
         "ALTER TABLE endpoints DROP COLUMN gateway;"
         "ALTER TABLE endpoints DROP COLUMN device;"
         "PRAGMA user_version=4");
  const auto store = OpenStore(OnDisk());
  const auto rows = AllOf(*store, "ep");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].form, OutboxRow::Form::kContentInstance);
  AppendOne(*store, "ep", Update("3303/0/temperature", "1"));
  EXPECT_EQ(AllOf(*store, "ep").back().form, OutboxRow::Form::kUpdate);
}

TEST_F(StoreTest, RefusesADatabaseOfANewerReleaseNamingBothVersions) {
  OpenStore(OnDisk());
  RunSql(OnDisk().directory + "/ipe.db", "PRAGMA user_version=1000");
  const auto store = Store::Open(OnDisk());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("schema version 1000"));
  EXPECT_THAT(store.error().detail, HasSubstr("reads version " + std::to_string(kSchemaVersion)));
}

TEST_F(StoreTest, RefusesADatabaseOfAnotherProgram) {
  std::filesystem::create_directories(OnDisk().directory);
  RunSql(OnDisk().directory + "/ipe.db", "CREATE TABLE something (a)");
  const auto store = Store::Open(OnDisk());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("another program"));
}

TEST_F(StoreTest, SaysThatAFileIsDamagedAndWhatToDo) {
  std::filesystem::create_directories(OnDisk().directory);
  std::ofstream(OnDisk().directory + "/ipe.db") << std::string(8192, 'x');
  StoreOptions options = OnDisk();
  options.on_failure = StoreOptions::OnFailure::kRefuse;
  const auto store = Store::Open(options);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("damaged"));
  EXPECT_THAT(store.error().detail, HasSubstr("ipe.db"));
}

TEST_F(StoreTest, SaysWhyADirectoryCannotBeMade) {
  StoreOptions options;
  options.directory = directory_.Write("file", "") + "/state";
  const auto store = Store::Open(options);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr(options.directory));
}

TEST_F(StoreTest, SyncFullStoresAsWell) {
  StoreOptions options = OnDisk();
  options.sync_full = true;
  AppendOne(*OpenStore(options), "ep", Telemetry("3/0/9", "1"));
  EXPECT_THAT(BodiesOf(*OpenStore(options), "ep"), ElementsAre("1"));
}

TEST_F(StoreTest, TheCheckpointerMovesTheLogIntoTheDatabase) {
  const auto store = OpenStore(OnDisk());
  const std::string file = OnDisk().directory + "/ipe.db";
  for (int i = 0; i < 200; ++i) AppendOne(*store, "ep", Telemetry("3/0/9", std::to_string(i)));
  const auto before = std::filesystem::file_size(file);
  const Checkpointer checkpointer(OnDisk());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::filesystem::file_size(file) == before &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GT(std::filesystem::file_size(file), before);
}

TEST_F(StoreTest, TheCheckpointerOfAMemoryStoreDoesNothing) {
  const Checkpointer checkpointer(InMemory());
  EXPECT_FALSE(std::filesystem::exists("memory"));
}

}  // namespace
}  // namespace ipe
