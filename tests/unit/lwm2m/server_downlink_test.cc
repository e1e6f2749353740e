// Operations, queue mode and notifications. Ids (DM-*, IR-*, QM-*) are those of
// docs/conformance.md.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerDownlinkTest : public ServerFixture {};

struct RequestCase {
  const char* name;
  Operation operation;
  Method method;
  std::vector<std::string> path;
  std::vector<std::string> queries = {};
  std::optional<ContentFormat> accept = std::nullopt;
  std::optional<std::uint32_t> observe = std::nullopt;
  Payload payload = {};
};

Operation With(OperationKind kind, Path path, Payload payload = {}) {
  Operation operation;
  operation.kind = kind;
  operation.path = path;
  operation.payload = std::move(payload);
  return operation;
}

Operation WithDepth(Path path, unsigned depth) {
  Operation operation = With(OperationKind::kDiscover, path);
  operation.depth = depth;
  return operation;
}

Operation WithPaths(OperationKind kind, std::vector<Path> paths) {
  Operation operation = With(kind, Path());
  operation.paths = std::move(paths);
  return operation;
}

Operation WithRecords(OperationKind kind, Path path, std::vector<Record> records) {
  Operation operation = With(kind, path);
  operation.records = std::move(records);
  return operation;
}

std::vector<RequestCase> RequestCases() {
  const Payload text{ContentFormat::kText, "on"};
  const Payload tlv{ContentFormat::kTlv, "\xc1\x01\x01"};
  Operation execute = With(OperationKind::kExecute, Path(3, 0, 4));
  Operation execute_with = execute;
  execute_with.arguments = "2='10.3'";
  Operation attributes = With(OperationKind::kWriteAttributes, Path(3, 0, 9));
  attributes.attributes.minimum_period = 10;
  attributes.attributes.maximum_period = 60;
  Operation read_as_json = With(OperationKind::kRead, Path(3, 0));
  read_as_json.accept = ContentFormat::kJson;
  return {
      {"DM-1", With(OperationKind::kRead, Path(3, 0, 7, 1)), Method::kGet, {"3", "0", "7", "1"}},
      {"DM-1 accept", read_as_json, Method::kGet, {"3", "0"}, {}, ContentFormat::kJson},
      {"DM-2",
       With(OperationKind::kDiscover, Path(3)),
       Method::kGet,
       {"3"},
       {},
       ContentFormat::kLinkFormat},
      {"DM-2 depth",
       WithDepth(Path(3), 2),
       Method::kGet,
       {"3"},
       {"depth=2"},
       ContentFormat::kLinkFormat},
      {"DM-3",
       With(OperationKind::kWriteReplace, Path(3, 0, 14), text),
       Method::kPut,
       {"3", "0", "14"},
       {},
       {},
       {},
       text},
      {"DM-4",
       With(OperationKind::kWriteUpdate, Path(3, 0), tlv),
       Method::kPost,
       {"3", "0"},
       {},
       {},
       {},
       tlv},
      {"DM-5", attributes, Method::kPut, {"3", "0", "9"}, {"pmin=10", "pmax=60"}},
      {"DM-6", execute, Method::kPost, {"3", "0", "4"}},
      {"DM-17",
       execute_with,
       Method::kPost,
       {"3", "0", "4"},
       {},
       {},
       {},
       {ContentFormat::kText, "2='10.3'"}},
      {"DM-7",
       With(OperationKind::kCreate, Path(3303), tlv),
       Method::kPost,
       {"3303"},
       {},
       {},
       {},
       tlv},
      {"DM-8", With(OperationKind::kDelete, Path(3303, 5)), Method::kDelete, {"3303", "5"}},
      {"IR-1",
       With(OperationKind::kObserve, Path(3, 0, 9)),
       Method::kGet,
       {"3", "0", "9"},
       {},
       {},
       0},
      {"IR-4",
       With(OperationKind::kCancelObserve, Path(3, 0, 9)),
       Method::kGet,
       {"3", "0", "9"},
       {},
       {},
       1},
      {"DM-9",
       With(OperationKind::kReadComposite, Path(), tlv),
       Method::kFetch,
       {},
       {},
       {},
       {},
       tlv},
      {"DM-10",
       With(OperationKind::kWriteComposite, Path(), tlv),
       Method::kIpatch,
       {},
       {},
       {},
       {},
       tlv},
      {"IR-10",
       With(OperationKind::kObserveComposite, Path(), tlv),
       Method::kFetch,
       {},
       {},
       {},
       0,
       tlv},
  };
}

TEST_F(ServerDownlinkTest, SendsEachOperationAsItsRequest) {
  for (const RequestCase& a_case : RequestCases()) {
    Register("one");
    Submit("one", a_case.operation);
    const CoapRequest& request = Last().request;
    EXPECT_EQ(request.method, a_case.method) << a_case.name;
    EXPECT_EQ(request.path, a_case.path) << a_case.name;
    EXPECT_EQ(request.queries, a_case.queries) << a_case.name;
    EXPECT_EQ(request.accept, a_case.accept) << a_case.name;
    EXPECT_EQ(request.observe, a_case.observe) << a_case.name;
    EXPECT_EQ(request.payload, a_case.payload) << a_case.name;
    EXPECT_TRUE(request.confirmable) << a_case.name;  // GEN-3
    EXPECT_EQ(request.token.size(), 8u) << a_case.name;
  }
}

TEST_F(ServerDownlinkTest, PutsTheAlternateRootBeforeEveryPath) {  // GEN-8, REG-12
  Register("one", "1.0", "", "</lwm2m/x>;rt=\"oma.lwm2m\",</lwm2m/x/3/0>");
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"lwm2m", "x", "3", "0"}));
}

TEST_F(ServerDownlinkTest, AsksForAFormatThatTheClientHasAndWeRead) {  // DM-14
  const struct {
    const char* version;
    const char* objects;
    std::optional<ContentFormat> accept;
  } cases[] = {
      {"1.0", "</3/0>", std::nullopt},
      {"1.0", "</>;rt=\"oma.lwm2m\";ct=11543,</3/0>", std::nullopt},
      {"1.1", "</3/0>", std::nullopt},
      {"1.1", "</>;ct=\"60 110 112 11542\",</3/0>", ContentFormat::kSenmlCbor},
      {"1.1", "</>;rt=\"oma.lwm2m\";ct=110,</3/0>", ContentFormat::kSenmlJson},
      {"1.1", "</>;ct=\"11543 11542\",</3/0>", ContentFormat::kTlv},
      {"1.1", "</>;ct=\"60 11543\",</3/0>", ContentFormat::kJson},
      {"1.1", "</>;rt=\"oma.lwm2m\";ct=60,</3/0>", std::nullopt},
      {"1.2", "</>;ct=\"11542 11544\",</3/0>", ContentFormat::kLwm2mCbor},
      {"1.2", "</3/0>", std::nullopt},
  };
  for (const auto& a_case : cases) {
    Register("one", a_case.version, "", a_case.objects);
    Submit("one", Make(OperationKind::kRead, Path(3, 0)));
    EXPECT_EQ(Last().request.accept, a_case.accept) << a_case.version << a_case.objects;
  }
}

TEST_F(ServerDownlinkTest, AsksForCborOfASingleValueWhereNothingElseIsAnnounced) {  // REG-11, DM-13
  Register("one", "1.1", "", "</>;rt=\"oma.lwm2m\";ct=60,</3/0>");
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 9)));
  EXPECT_EQ(Last().request.accept, ContentFormat::kCbor);
}

TEST_F(ServerDownlinkTest, RepeatsOnceWithoutAcceptWhenOursIsNotAcceptable) {
  Register("one", "1.1", "", "</>;ct=11542,</3/0>");
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Respond(Code::kNotAcceptable);
  ASSERT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(Last().request.accept, std::nullopt);
  EXPECT_FALSE(outcomes_[0].has_value());
  Respond(Code::kNotAcceptable);
  EXPECT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(outcomes_[0]->response()->code, Code::kNotAcceptable);
}

TEST_F(ServerDownlinkTest, ReportsNotAcceptableWhenTheCallerChose) {
  Register("one", "1.1");
  Operation operation = Make(OperationKind::kRead, Path(3, 0));
  operation.accept = ContentFormat::kJson;
  Submit("one", operation);
  Respond(Code::kNotAcceptable);
  EXPECT_EQ(outcomes_[0]->response()->code, Code::kNotAcceptable);
}

TEST_F(ServerDownlinkTest, SendsOneRequestAtATimeCommandsFirst) {  // QM-5, NSTART 1
  Register("one");
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 0)));
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 1)), Priority::kTelemetry);
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 2)));
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 3)));
  EXPECT_EQ(transport_.sent.size(), 1u);
  for (int i = 0; i < 4; ++i) Respond(Code::kContent);
  EXPECT_EQ(order_, (std::vector<std::size_t>{0, 2, 3, 1}));
  EXPECT_EQ(transport_.sent.size(), 4u);
}

TEST_F(ServerDownlinkTest, ServesEndpointsIndependently) {
  Register("one");
  Request(UdpPeer(2), RegisterRequest("two"));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Submit("two", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(transport_.sent.size(), 2u);
}

TEST_F(ServerDownlinkTest, NeverCallsBackFromWithinSubmit) {
  Submit("nobody", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_FALSE(outcomes_[0].has_value());
  Advance(Seconds(0));
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kNotRegistered);
}

TEST_F(ServerDownlinkTest, AnOutcomeMaySubmitTheNextOperation) {
  Register("one");
  server_->Submit(
      "one", Make(OperationKind::kRead, Path(3, 0)), Priority::kCommand, now_ + Seconds(60), now_,
      [this](const Outcome&) { Submit("one", Make(OperationKind::kRead, Path(1, 0))); });
  Respond(Code::kContent);
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"1", "0"}));
}

TEST_F(ServerDownlinkTest, ReportsFailuresAndGoesOn) {  // QM-6
  Register("one");
  for (const Failure failure : {Failure::kTimedOut, Failure::kReset, Failure::kUnreachable}) {
    Submit("one", Make(OperationKind::kRead, Path(3, 0)));
    server_->OnFailure(Last().peer, Last().request.token, failure, now_);
    EXPECT_EQ(*outcomes_.back()->failure(), failure);
  }
  EXPECT_EQ(transport_.sent.size(), 3u);
  server_->OnFailure(UdpPeer(1), "unknown", Failure::kReset, now_);
}

TEST_F(ServerDownlinkTest, GivesUpAnAnswerThatDoesNotCome) {
  // wakaama-read-composite-empty-ack: acknowledged and never answered
  Request(UdpPeer(1), RegisterRequest("one", "1.0", "3600"));
  Submit("one", Make(OperationKind::kReadComposite, Path()));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  const std::string token = Last().request.token;
  Advance(Seconds(239));
  EXPECT_FALSE(outcomes_[0].has_value());
  Advance(Seconds(1));
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kTimedOut);
  EXPECT_EQ(transport_.cancelled, std::vector<std::string>{token});
  EXPECT_EQ(transport_.sent.size(), 2u);
}

TEST_F(ServerDownlinkTest, ExpiresWhatWaitsTooLong) {
  Register("one");
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Submit("one", Make(OperationKind::kExecute, Path(3, 0, 4)), Priority::kCommand, Seconds(10));
  Advance(Seconds(10));
  EXPECT_EQ(*outcomes_[1]->failure(), Failure::kExpired);
  Respond(Code::kContent);
  EXPECT_EQ(transport_.sent.size(), 1u);
}

TEST_F(ServerDownlinkTest, BoundsTheQueueAndShedsTelemetryNotCommands) {
  ServerOptions options;
  options.queue_depth = 2;
  Create(options);
  Register("one");
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));  // in flight
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 1)), Priority::kTelemetry);
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 2)), Priority::kTelemetry);
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 3)));
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 4)));
  Submit("one", Make(OperationKind::kRead, Path(3, 0, 5)));
  Advance(Seconds(0));
  EXPECT_EQ(order_, (std::vector<std::size_t>{1, 2, 5}));
  for (const std::size_t index : order_) {
    EXPECT_EQ(*outcomes_[index]->failure(), Failure::kQueueFull);
  }
  EXPECT_EQ(server_->counters().queue_full, 3u);
}

// --- queue mode
// --------------------------------------------------------------------------------------

TEST_F(ServerDownlinkTest, HoldsOperationsUntilAQueueModeClientIsAwake) {  // QM-2, QM-3, QM-4, QM-8
  Request(UdpPeer(1), RegisterRequest("one", "1.0", "3600", "b=UQ"));
  const std::string handle = server_->Find("one")->handle;
  EXPECT_TRUE(server_->IsAwake("one", now_ + Seconds(92)));
  EXPECT_FALSE(server_->IsAwake("one", now_ + Seconds(93)));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(transport_.sent.size(), 1u);
  Respond(Code::kContent);
  Advance(Seconds(93));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(transport_.sent.size(), 1u);

  transport_.log.clear();
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  EXPECT_EQ(transport_.log, (std::vector<std::string>{"respond 2.04", "send"}));
}

TEST_F(ServerDownlinkTest, SendsHeldOperationsAfterTheVerdictOnTheUpdate) {  // QM-8
  Request(UdpPeer(1), RegisterRequest("one", "1.1", "3600", "Q"));
  const std::string handle = server_->Find("one")->handle;
  Advance(Seconds(100));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  listener_.answer_at_once = false;
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  Advance(Seconds(5));
  EXPECT_TRUE(transport_.sent.empty());
  server_->Answer(listener_.updates[0].ticket, Code::kChanged, now_);
  EXPECT_EQ(transport_.sent.size(), 1u);
}

TEST_F(ServerDownlinkTest, ANotificationWakesAQueueModeClient) {  // QM-3
  Request(UdpPeer(1), RegisterRequest("one", "1.0", "3600", "b=UQ"));
  const std::string token = Observe("one", Path(3, 0, 9));
  Advance(Seconds(100));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(transport_.sent.size(), 1u);
  Notify(token, 2, "1");
  EXPECT_EQ(transport_.sent.size(), 2u);
}

TEST_F(ServerDownlinkTest, AQueueModeClientThatDoesNotAnswerSleeps) {  // QM-6
  Request(UdpPeer(1), RegisterRequest("one", "1.0", "3600", "b=UQ"));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Submit("one", Make(OperationKind::kRead, Path(1, 0)));
  server_->OnFailure(Last().peer, Last().request.token, Failure::kTimedOut, now_);
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kTimedOut);
  EXPECT_EQ(transport_.sent.size(), 1u);
  EXPECT_FALSE(server_->IsAwake("one", now_));
}

TEST_F(ServerDownlinkTest, ExpiresHeldOperations) {  // QM-2
  Request(UdpPeer(1), RegisterRequest("one", "1.0", "3600", "b=UQ"));
  Advance(Seconds(100));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)), Priority::kCommand, Seconds(60));
  EXPECT_EQ(server_->Tick(now_), now_ + Seconds(60));
  Advance(Seconds(60));
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kExpired);
}

// --- observations
// ------------------------------------------------------------------------------------

TEST_F(ServerDownlinkTest, EstablishesAnObservation) {  // IR-1
  Register("one", "1.1", "", "</>;ct=11542,</3/0>");
  const std::string token = Observe("one", Path(3, 0, 9));
  const std::vector<Observation> observations = server_->Observations("one");
  ASSERT_EQ(observations.size(), 1u);
  EXPECT_EQ(observations[0], (Observation{"one", Path(3, 0, 9), token, ContentFormat::kTlv}));
  EXPECT_EQ(listener_.events.back(), "observing /3/0/9");
  EXPECT_EQ(outcomes_[0]->response()->payload.octets, "0");
}

TEST_F(ServerDownlinkTest, TakesAnAnswerWithoutObserveAsAValueOnly) {  // IR-2
  Register("one");
  Submit("one", Make(OperationKind::kObserve, Path(3, 0, 9)));
  Respond(Code::kContent, "80");
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(outcomes_[0]->response()->payload.octets, "80");
}

TEST_F(ServerDownlinkTest, ObservesNothingAfterAnError) {  // IR-1
  Register("one");
  Submit("one", Make(OperationKind::kObserve, Path(3, 0, 9)));
  Respond(Code::kNotFound);
  EXPECT_EQ(server_->observation_count(), 0u);
}

TEST_F(ServerDownlinkTest, RenewsAnObservationWithItsToken) {  // RFC 7641 §3.1
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9), 100);
  EXPECT_EQ(Observe("one", Path(3, 0, 9), 1), token);
  EXPECT_EQ(server_->observation_count(), 1u);
  Notify(token, 2, "fresh after the renewal");
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"fresh after the renewal"});
}

TEST_F(ServerDownlinkTest, EndsAnObservationWhoseRenewalIsRefused) {
  Register("one");
  Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kObserve, Path(3, 0, 9)));
  Respond(Code::kNotFound);
  EXPECT_EQ(listener_.events.back(), "observed /3/0/9: answered 4.04");
  EXPECT_EQ(server_->observation_count(), 0u);
}

TEST_F(ServerDownlinkTest, KeepsAnObservationWhoseRenewalTimesOut) {
  Register("one");
  Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kObserve, Path(3, 0, 9)));
  server_->OnFailure(Last().peer, Last().request.token, Failure::kTimedOut, now_);
  EXPECT_EQ(server_->observation_count(), 1u);
}

TEST_F(ServerDownlinkTest, CancelsWithTheTokenAndOptionsOfTheObservation) {  // IR-4
  Register("one", "1.1", "", "</>;ct=11542,</3/0>");
  const std::string token = Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kCancelObserve, Path(3, 0, 9)));
  EXPECT_EQ(Last().request.token, token);
  EXPECT_EQ(Last().request.observe, 1u);
  EXPECT_EQ(Last().request.accept, ContentFormat::kTlv);
  Respond(Code::kContent, "80");
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(listener_.events.back(), "observed /3/0/9: cancelled");
  EXPECT_EQ(Notify(token, 9, "1"), Server::Reception::kUnknown);
}

TEST_F(ServerDownlinkTest, ACancelWithoutAnswerEndsTheObservationToo) {  // IR-4
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kCancelObserve, Path(3, 0, 9)));
  server_->OnFailure(Last().peer, token, Failure::kTimedOut, now_);
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(Notify(token, 9, "1"), Server::Reception::kUnknown);
}

const std::vector<Path> kList = {Path(3, 0, 9), Path(3303, 0)};
constexpr std::string_view kListAsJson = R"([{"n":"/3/0/9"},{"n":"/3303/0"}])";

TEST_F(ServerDownlinkTest, ReadsAListOfPathsInAFormatThatTheClientHas) {  // DM-9, DM-14
  Register("one", "1.1", "", "</>;ct=\"110 11542\",</3/0>,</3303/0>");
  Submit("one", WithPaths(OperationKind::kReadComposite, kList));
  EXPECT_EQ(Last().request.method, Method::kFetch);
  EXPECT_TRUE(Last().request.path.empty());
  EXPECT_EQ(Last().request.accept, ContentFormat::kSenmlJson);
  EXPECT_EQ(Last().request.payload.format, ContentFormat::kSenmlJson);
  EXPECT_EQ(Last().request.payload.octets, kListAsJson);
  EXPECT_FALSE(Last().request.observe);
}

TEST_F(ServerDownlinkTest, WritesRecordsInAFormatThatTheClientHas) {  // DM-10, DM-13
  Register("one", "1.1", "", "</>;ct=110,</1/0>,</3/0>");
  Submit("one",
         WithRecords(OperationKind::kWriteComposite, Path(),
                     {{Path(1, 0, 1), std::int64_t{60}, {}}, {Path(3, 0, 13), Time{5}, {}}}));
  EXPECT_EQ(Last().request.method, Method::kIpatch);
  EXPECT_EQ(Last().request.payload.format, ContentFormat::kSenmlJson);
  EXPECT_EQ(Last().request.payload.octets,
            R"([{"bn":"/","n":"1/0/1","v":60},{"n":"3/0/13","v":5}])");
}

// docs/interop.md: a client that takes every POST on a resource for an Execute.
TEST_F(ServerDownlinkTest, UpdatesInstancesOfAResourceThroughItsObjectInstance) {  // DM-4
  Register("one", "1.1");
  Operation update = Make(OperationKind::kWriteUpdate, Path(3, 0, 7));
  update.records = {{Path(3, 0, 7, 1), std::int64_t{5}, std::nullopt}};
  Submit("one", update);
  EXPECT_EQ(Last().request.method, Method::kPost);
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"3", "0"}));
  EXPECT_EQ(Last().request.payload, (Payload{ContentFormat::kTlv, "\x83\x07\x41\x01\x05"}));
}

// docs/interop.md: a client that lists what it created or deleted only in its next Update.
TEST_F(ServerDownlinkTest, ListsAnInstanceOnceItsCreateIsAnswered) {  // DM-19, DM-20
  Register("one", "1.1", "", "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/3/0>,</lwm2m/3303>");
  Submit("one", With(OperationKind::kCreate, Path(3303), {ContentFormat::kTlv, "\xc1\x01\x01"}));
  CoapResponse created;
  created.code = Code::kCreated;
  created.location = {"lwm2m", "3303", "7"};
  created.token = Last().request.token;
  server_->OnResponse(UdpPeer(1), created, now_);
  EXPECT_EQ(server_->Find("one")->objects->paths, (std::vector<Path>{Path(3, 0), Path(3303, 7)}));
  EXPECT_EQ(listener_.events.back(), "instances " + ToString(server_->Find("one")->objects));
  Submit("one", With(OperationKind::kCreate, Path(3303, 8)));
  Respond(Code::kCreated);
  EXPECT_TRUE(server_->Find("one")->objects->Has(Path(3303, 8)));
  Submit("one", With(OperationKind::kCreate, Path(3303, 9)));
  Respond(Code::kBadRequest);
  EXPECT_FALSE(server_->Find("one")->objects->Has(Path(3303, 9)));
}

TEST_F(ServerDownlinkTest, ListsAnInstanceNoMoreOnceItsDeleteIsAnswered) {  // DM-21
  Register("one", "1.1", "", "</3/0>,</3303/0>,</3303/1>");
  Observe("one", Path(3303, 1));
  Observe("one", Path(3303, 0));
  Submit("one", Make(OperationKind::kDelete, Path(3303, 1)));
  Respond(Code::kDeleted);
  EXPECT_EQ(server_->Find("one")->objects->paths, (std::vector<Path>{Path(3, 0), Path(3303, 0)}));
  ASSERT_EQ(server_->Observations("one").size(), 1u);
  EXPECT_EQ(server_->Observations("one")[0].path, Path(3303, 0));
  Submit("one", Make(OperationKind::kDelete, Path(3303, 0)));
  Respond(Code::kDeleted);
  EXPECT_EQ(server_->Find("one")->objects->paths, (std::vector<Path>{Path(3, 0), Path(3303)}));
}

TEST_F(ServerDownlinkTest, CreatesAnInstanceByPostToItsObject) {  // DM-7
  Register("one");
  Submit("one", With(OperationKind::kCreate, Path(3303, 5)));
  EXPECT_EQ(Last().request.method, Method::kPost);
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"3303"}));
  EXPECT_EQ(Last().request.payload, (Payload{ContentFormat::kTlv, std::string("\0\x05", 2)}));
}

TEST_F(ServerDownlinkTest, TriesOneOtherFormatWhenTheFirstIsRefused) {  // FMT-4
  Register("one", "1.1", "", "</>;ct=60,</3/0>");
  Submit("one", WithRecords(OperationKind::kWriteReplace, Path(3, 0, 14),
                            {{Path(3, 0, 14), std::string("+02:00"), {}}}));
  EXPECT_EQ(Last().request.payload.format, ContentFormat::kCbor);
  Respond(Code::kUnsupportedContentFormat);
  ASSERT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(Last().request.payload, (Payload{ContentFormat::kText, "+02:00"}));
  EXPECT_FALSE(outcomes_[0]);
  Respond(Code::kUnsupportedContentFormat);
  EXPECT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(outcomes_[0]->response()->code, Code::kUnsupportedContentFormat);
}

TEST_F(ServerDownlinkTest, SendsAGivenPayloadOnceWhateverIsAnswered) {  // FMT-4
  Register("one", "1.1");
  Submit("one", With(OperationKind::kWriteReplace, Path(3, 0), {ContentFormat::kTlv, "\xc1\x10U"}));
  Respond(Code::kUnsupportedContentFormat);
  EXPECT_EQ(transport_.sent.size(), 1u);
  EXPECT_EQ(outcomes_[0]->response()->code, Code::kUnsupportedContentFormat);
}

TEST_F(ServerDownlinkTest, ObservesAListOfPaths) {  // IR-10
  Register("one", "1.1");
  Submit("one", WithPaths(OperationKind::kObserveComposite, kList));
  const CoapRequest observe = Last().request;
  EXPECT_EQ(observe.method, Method::kFetch);
  EXPECT_EQ(observe.observe, 0u);
  EXPECT_EQ(observe.accept, ContentFormat::kSenmlCbor);
  Respond(Code::kContent, "\x80", 1);
  ASSERT_EQ(server_->Observations("one").size(), 1u);
  EXPECT_EQ(server_->Observations("one")[0].paths, kList);
  // Not that of a single path, nor of another list.
  const std::string single = Observe("one", Path(3, 0, 9));
  EXPECT_NE(single, observe.token);
  Submit("one", WithPaths(OperationKind::kObserveComposite, {Path(3303, 0)}));
  EXPECT_NE(Last().request.token, observe.token);
  Respond(Code::kContent, "\x80", 1);
  EXPECT_EQ(server_->observation_count(), 3u);
  EXPECT_EQ(Notify(observe.token, 2, "\x80"), Server::Reception::kAccepted);
  EXPECT_EQ(listener_.notifications.back().observation.paths, kList);
  // Observing the same list again renews it.
  Submit("one", WithPaths(OperationKind::kObserveComposite, kList));
  EXPECT_EQ(Last().request.token, observe.token);
  Respond(Code::kContent, "\x80", 3);
  EXPECT_EQ(server_->observation_count(), 3u);
}

TEST_F(ServerDownlinkTest, CancelsAListOfPathsWithItsTokenAndList) {  // IR-10
  Register("one", "1.1", "", "</>;ct=\"110 112\",</3/0>,</3303/0>");
  Operation observing = WithPaths(OperationKind::kObserveComposite, kList);
  observing.accept = ContentFormat::kSenmlJson;
  Submit("one", observing);
  const CoapRequest observe = Last().request;
  Respond(Code::kContent, "[]", 1);
  Submit("one", WithPaths(OperationKind::kCancelObserveComposite, kList));
  const CoapRequest cancel = Last().request;
  EXPECT_EQ(cancel.method, Method::kFetch);
  EXPECT_EQ(cancel.observe, 1u);
  EXPECT_EQ(cancel.token, observe.token);
  EXPECT_EQ(cancel.payload, observe.payload);
  EXPECT_EQ(cancel.accept, observe.accept);
  Respond(Code::kContent, "[]");
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(Notify(observe.token, 9, "[]"), Server::Reception::kUnknown);
}

TEST_F(ServerDownlinkTest, TellsHowToFetchAListThatIsObserved) {  // IR-9, IR-10
  Register("one", "1.1", "", "</>;ct=110,</3/0>,</3303/0>");
  Submit("one", WithPaths(OperationKind::kObserveComposite, kList));
  const std::string token = Last().request.token;
  Respond(Code::kContent, "[]", 1);
  const auto request = server_->RequestOfObservation(UdpPeer(1), token);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, Method::kFetch);
  EXPECT_EQ(request->payload.octets, kListAsJson);
  EXPECT_EQ(request->accept, ContentFormat::kSenmlJson);
  EXPECT_FALSE(request->observe);
}

TEST_F(ServerDownlinkTest, ARestoredListIsMatchedAndCancelled) {  // IR-10
  Register("one", "1.1");
  Observation observation;
  observation.endpoint = "one";
  observation.token = "from-before";
  observation.paths = kList;
  server_->Restore(observation);
  EXPECT_EQ(Notify("from-before", 2, "\x80"), Server::Reception::kAccepted);
  Submit("one", WithPaths(OperationKind::kCancelObserveComposite, kList));
  EXPECT_EQ(Last().request.token, "from-before");
  EXPECT_EQ(Last().request.observe, 1u);
}

TEST_F(ServerDownlinkTest, PutsAttributesIntoTheQueryOfAnObserve) {  // ATT-8
  Register("one", "1.2");
  Operation observing = Make(OperationKind::kObserve, Path(3, 0, 9));
  observing.attributes.minimum_period = 5;
  observing.attributes.greater_than = 20;
  Submit("one", observing);
  const CoapRequest observe = Last().request;
  EXPECT_EQ(observe.queries, (std::vector<std::string>{"pmin=5", "gt=20"}));
  Respond(Code::kContent, "80", 1);
  // RFC 7641 §3.6: all options but Observe are the same.
  Submit("one", Make(OperationKind::kCancelObserve, Path(3, 0, 9)));
  EXPECT_EQ(Last().request.queries, observe.queries);
}

TEST_F(ServerDownlinkTest, BoundsTheObservationsOfAnEndpoint) {
  ServerOptions options;
  options.observations_per_endpoint = 1;
  Create(options);
  Register("one");
  Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kObserve, Path(3, 0, 13)));
  Advance(Seconds(0));
  EXPECT_EQ(*outcomes_[1]->failure(), Failure::kQueueFull);
  Observe("one", Path(3, 0, 9));  // a renewal is none more
}

TEST_F(ServerDownlinkTest, DeliversFreshNotificationsOnly) {  // IR-6
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9), 10);
  EXPECT_EQ(Notify(token, 12, "b"), Server::Reception::kAccepted);
  EXPECT_EQ(Notify(token, 11, "late"), Server::Reception::kAccepted);
  EXPECT_EQ(Notify(token, 13, "c"), Server::Reception::kAccepted);
  EXPECT_EQ(DeliveredValues(), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(server_->counters().stale_notifications, 1u);
  // After 128 s any number is fresh: the device counts from another start.
  Advance(Seconds(129));
  EXPECT_EQ(Notify(token, 1, "d"), Server::Reception::kAccepted);
  EXPECT_EQ(DeliveredValues().back(), "d");
}

TEST_F(ServerDownlinkTest, AcceptsADuplicateWithoutDeliveringItAgain) {  // GEN-13
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Notify(token, 2, "1", 4711), Server::Reception::kAccepted);
    Advance(Seconds(60));  // the last one would count as fresh by its time
  }
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"1"});
}

TEST_F(ServerDownlinkTest, ForgetsANotificationThatWasNotStored) {
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  listener_.stores = false;
  EXPECT_EQ(Notify(token, 2, "1", 4711), Server::Reception::kNotStored);
  listener_.stores = true;
  EXPECT_EQ(Notify(token, 2, "1", 4711), Server::Reception::kAccepted);
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"1"});
  EXPECT_EQ(server_->counters().notifications, 1u);
}

TEST_F(ServerDownlinkTest, EndsAnObservationThatNotifiesAnError) {  // RFC 7641 §3.2
  Register("one");
  CoapResponse gone;
  gone.code = Code::kNotFound;
  gone.token = Observe("one", Path(3, 0, 9));
  EXPECT_EQ(server_->OnResponse(UdpPeer(1), gone, now_), Server::Reception::kAccepted);
  EXPECT_EQ(listener_.events.back(), "observed /3/0/9: answered 4.04");
  EXPECT_TRUE(listener_.notifications.empty());
}

TEST_F(ServerDownlinkTest, TakesALastValueWithoutObserve) {  // RFC 7641 §3.2
  Register("one");
  CoapResponse last;
  last.token = Observe("one", Path(3, 0, 9));
  last.payload.octets = "7";
  EXPECT_EQ(server_->OnResponse(UdpPeer(1), last, now_), Server::Reception::kAccepted);
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"7"});
  EXPECT_EQ(server_->observation_count(), 0u);
}

TEST_F(ServerDownlinkTest, RefusesAnUnknownToken) {  // IR-3
  Register("one");
  EXPECT_EQ(Notify("unknown", 2, "1"), Server::Reception::kUnknown);
  EXPECT_EQ(server_->counters().unknown_notifications, 1u);
}

TEST_F(ServerDownlinkTest, IsSilentToANotificationFromAnotherAddressUntilTheUpdate) {  // REG-17
  const std::string handle = Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  EXPECT_EQ(NotifyFrom(UdpPeer(9), token, 2, "1", 50), Server::Reception::kNotStored);
  Request(UdpPeer(9), Uplink(Method::kPost, {"rd", handle}));
  EXPECT_EQ(NotifyFrom(UdpPeer(9), token, 2, "1", 50), Server::Reception::kAccepted);
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"1"});
}

TEST_F(ServerDownlinkTest, TakesANotificationFromTheSameIdentityAtAnyAddress) {  // IR-17
  Request(DtlsPeer(1, "key"), RegisterRequest("one"));
  const std::string token = Observe("one", Path(3, 0, 9));
  EXPECT_EQ(NotifyFrom(DtlsPeer(9, "key"), token, 2, "1"), Server::Reception::kAccepted);
  EXPECT_EQ(NotifyFrom(DtlsPeer(1, "other"), token, 3, "2"), Server::Reception::kNotStored);
  EXPECT_EQ(NotifyFrom(UdpPeer(1), token, 4, "3"), Server::Reception::kNotStored);
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"1"});
}

TEST_F(ServerDownlinkTest, TellsHowToFetchWhatIsObserved) {  // IR-9
  Register("one", "1.1", "", "</lwm2m>;rt=\"oma.lwm2m\";ct=11542,</lwm2m/3/0>");
  const std::string token = Observe("one", Path(3, 0));
  const auto request = server_->RequestOfObservation(UdpPeer(1), token);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, Method::kGet);
  EXPECT_EQ(request->path, (std::vector<std::string>{"lwm2m", "3", "0"}));
  EXPECT_EQ(request->accept, ContentFormat::kTlv);
  EXPECT_EQ(request->observe, std::nullopt);
  EXPECT_FALSE(server_->RequestOfObservation(UdpPeer(9), token));
  EXPECT_FALSE(server_->RequestOfObservation(UdpPeer(1), "unknown"));
}

TEST_F(ServerDownlinkTest, AListenerMayEndTheRegistrationWhileItIsNotified) {
  class Withdrawing : public tests::FakeListener {
   public:
    bool OnNotification(const Notification& notification) override {
      server->Withdraw("one", now);
      return tests::FakeListener::OnNotification(notification);
    }
  } listener;
  server_ =
      std::make_unique<Server>(ServerOptions{}, transport_, listener, tests::CountingOctets());
  listener.server = server_.get();
  listener.now = now_;
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  EXPECT_EQ(Notify(token, 2, "1"), Server::Reception::kAccepted);
  EXPECT_EQ(listener.notifications.size(), 1u);
  EXPECT_EQ(server_->registration_count(), 0u);
  EXPECT_EQ(server_->observation_count(), 0u);
}

TEST_F(ServerDownlinkTest, TakesEveryNotificationOverTcp) {  // RFC 8323 §7.1
  Peer peer = UdpPeer(1);
  peer.transport = Peer::Transport::kTcp;
  Request(peer, RegisterRequest("one"));
  const std::string token = Observe("one", Path(3, 0, 9), 7);
  CoapResponse notification;
  notification.token = token;
  notification.observe = 0;  // an empty option
  notification.payload.octets = "80";
  for (int time = 0; time < 3; ++time) {
    EXPECT_EQ(server_->OnResponse(peer, notification, now_), Server::Reception::kAccepted);
  }
  EXPECT_EQ(DeliveredValues(), (std::vector<std::string>{"80", "80", "80"}));
  EXPECT_EQ(server_->counters().duplicates, 0u);
}

}  // namespace
}  // namespace lwm2m
