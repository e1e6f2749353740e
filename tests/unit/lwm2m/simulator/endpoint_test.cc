#include "lwm2m/simulator/endpoint.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lwm2m::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kRegisterPayload[] = R"(</>;rt="oma.lwm2m";ct=11543,</1/0>,</3/0>,</5/0>,</3303/0>)";

// A server made of vectors: what the endpoint sent lies in `sent`, time passes when a test says so.
class EndpointTest : public ::testing::Test, public Endpoint::Link {
 protected:
  void Send(std::size_t, Octets datagram) override {
    const auto decoded = Decode(datagram);
    ASSERT_TRUE(decoded);
    sent.push_back(*decoded);
  }
  void Report(SimulatorEvent event) override { events.push_back(std::move(event)); }

  void Begin(EndpointOptions options = {}) {
    options.name = "dev01";
    options.device.binding = options.binding;
    options.device.start = now;
    options.device.drift = drift;
    endpoint = std::make_unique<Endpoint>(0, std::move(options), now, *this, counters);
    endpoint->Advance(now);
  }
  void BeginRegistered(EndpointOptions options = {}) {
    Begin(std::move(options));
    AnswerLast(Code::kCreated, {"rd", "5a3f"});
    ASSERT_EQ(events.back().what, "registered");
    sent.clear();
  }
  void PassTime(milliseconds time) {
    const TimePoint until = now + time;
    while (endpoint->next_deadline() <= until) {
      now = std::max(now, endpoint->next_deadline());
      endpoint->Advance(now);
    }
    now = until;
  }
  void Deliver(const Datagram& datagram) { endpoint->Receive(Encode(datagram), now); }
  void AnswerLast(Code code, const std::vector<std::string>& location = {}) {
    Datagram answer;
    answer.type = MessageType::kAcknowledgement;
    answer.code = code;
    answer.message_id = sent.back().message_id;
    answer.token = sent.back().token;
    for (const std::string& segment : location) answer.Add(kLocationPath, segment);
    Deliver(answer);
  }
  Datagram Request(Code code, const std::vector<std::string>& path) {
    Datagram request;
    request.code = code;
    request.message_id = next_message_id++;
    request.token = "T" + std::to_string(next_message_id);
    for (const std::string& segment : path) request.Add(kUriPath, segment);
    return request;
  }
  Datagram Ask(const Datagram& request) {
    const std::size_t before = sent.size();
    Deliver(request);
    EXPECT_GT(sent.size(), before);
    return sent.size() > before ? sent[before] : Datagram{};
  }
  Datagram Get(const std::vector<std::string>& path, std::optional<std::uint32_t> accept = {}) {
    Datagram request = Request(Code::kGet, path);
    if (accept) request.AddNumber(kAccept, *accept);
    return Ask(request);
  }
  Datagram Put(const std::vector<std::string>& path, std::uint32_t format, Octets payload) {
    Datagram request = Request(Code::kPut, path);
    request.AddNumber(kContentFormat, format);
    request.payload = std::move(payload);
    return Ask(request);
  }
  Datagram PutAttributes(const std::vector<std::string>& path,
                         const std::vector<std::string>& queries) {
    Datagram request = Request(Code::kPut, path);
    for (const std::string& query : queries) request.Add(kUriQuery, query);
    return Ask(request);
  }
  Datagram Post(const std::vector<std::string>& path) { return Ask(Request(Code::kPost, path)); }
  Datagram Observe(const std::vector<std::string>& path) {
    Datagram request = Request(Code::kGet, path);
    request.AddNumber(kObserve, 0);
    const Datagram answer = Ask(request);
    sent.clear();
    return answer;
  }

  TimePoint now = TimePoint() + std::chrono::hours(1);
  milliseconds drift = std::chrono::hours(10);  // so that nothing changes unless a test wants it
  LiveCounters counters;
  std::vector<Datagram> sent;
  std::vector<SimulatorEvent> events;
  std::unique_ptr<Endpoint> endpoint;
  std::uint16_t next_message_id = 100;
};

TEST_F(EndpointTest, RegistersWithItsParametersAndObjects) {
  Begin();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].code, Code::kPost);
  EXPECT_EQ(sent[0].type, MessageType::kConfirmable);
  EXPECT_EQ(sent[0].Texts(kUriPath), std::vector<std::string>{"rd"});
  EXPECT_EQ(sent[0].Texts(kUriQuery),
            (std::vector<std::string>{"ep=dev01", "lt=300", "lwm2m=1.0", "b=U"}));
  EXPECT_EQ(sent[0].Number(kContentFormat), kLinkFormat);
  EXPECT_EQ(sent[0].payload, kRegisterPayload);
  AnswerLast(Code::kCreated, {"rd", "5a3f"});
  EXPECT_EQ(counters.registered, 1u);
  EXPECT_EQ(events.back().value, "/rd/5a3f");
}

TEST_F(EndpointTest, NamesQueueModeAsEachVersionWantsIt) {
  EndpointOptions options;
  options.binding = "UQ";
  Begin(options);
  EXPECT_EQ(sent[0].Texts(kUriQuery)[3], "b=UQ");
  sent.clear();
  options.version = "1.1";
  Begin(options);
  EXPECT_EQ(sent[0].Texts(kUriQuery)[3], "b=U");
  EXPECT_EQ(sent[0].Texts(kUriQuery)[4], "Q");
}

TEST_F(EndpointTest, RetransmitsFourTimesAndThenBacksOff) {
  Begin();
  while (events.empty()) PassTime(milliseconds(100));
  EXPECT_EQ(sent.size(), 5u);
  EXPECT_EQ(counters.retransmissions, 4u);
  for (const Datagram& datagram : sent) EXPECT_EQ(datagram, sent[0]);
  EXPECT_EQ(events.back().what, "register-failed");
  EXPECT_EQ(events.back().value, "no answer");
  PassTime(milliseconds(4800));
  EXPECT_EQ(sent.size(), 5u);
  while (sent.size() < 6) PassTime(milliseconds(100));
  EXPECT_NE(sent[5].message_id, sent[0].message_id);
}

TEST_F(EndpointTest, BacksOffLongerAfterEachRefusal) {
  Begin();
  AnswerLast(Code::kBadRequest);
  EXPECT_EQ(counters.register_failures, 1u);
  PassTime(milliseconds(4900));
  EXPECT_EQ(sent.size(), 1u);
  PassTime(milliseconds(2700));
  ASSERT_EQ(sent.size(), 2u);
  AnswerLast(Code::kBadRequest);
  PassTime(milliseconds(9900));
  EXPECT_EQ(sent.size(), 2u);
  PassTime(milliseconds(5200));
  EXPECT_EQ(sent.size(), 3u);
}

TEST_F(EndpointTest, TakesASeparateResponseAndAcknowledgesItsRepetition) {
  Begin();
  const Datagram request = sent[0];
  Datagram acknowledgement;
  acknowledgement.type = MessageType::kAcknowledgement;
  acknowledgement.message_id = request.message_id;
  Deliver(acknowledgement);
  PassTime(seconds(30));
  EXPECT_EQ(sent.size(), 1u) << "acknowledged, so not retransmitted";
  Datagram response;
  response.code = Code::kCreated;
  response.message_id = 777;
  response.token = request.token;
  response.Add(kLocationPath, "rd");
  response.Add(kLocationPath, "1");
  Deliver(response);
  Deliver(response);
  ASSERT_EQ(sent.size(), 3u);
  for (const std::size_t i : {1u, 2u}) {
    EXPECT_EQ(sent[i].type, MessageType::kAcknowledgement);
    EXPECT_EQ(sent[i].message_id, 777);
  }
  EXPECT_EQ(counters.registered, 1u);
}

TEST_F(EndpointTest, ResetsAResponseThatNobodyAskedFor) {
  BeginRegistered();
  Datagram response;
  response.code = Code::kContent;
  response.message_id = 778;
  response.token = "nobody";
  EXPECT_EQ(Ask(response).type, MessageType::kReset);
}

TEST_F(EndpointTest, AnswersAPingWithReset) {
  BeginRegistered();
  Datagram ping;
  ping.message_id = 9;
  EXPECT_EQ(Ask(ping).type, MessageType::kReset);
}

TEST_F(EndpointTest, UpdatesAtFourFifthsOfTheLifetime) {
  BeginRegistered();
  PassTime(seconds(239));
  EXPECT_TRUE(sent.empty());
  PassTime(seconds(1));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].Texts(kUriPath), (std::vector<std::string>{"rd", "5a3f"}));
  EXPECT_TRUE(sent[0].Texts(kUriQuery).empty());
  AnswerLast(Code::kChanged);
  EXPECT_EQ(counters.updates, 1u);
}

TEST_F(EndpointTest, RegistersAnewWhenAnUpdateIsAnsweredNotFound) {
  BeginRegistered();
  PassTime(seconds(240));
  AnswerLast(Code::kNotFound);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[1].payload, kRegisterPayload);
  EXPECT_EQ(counters.registered, 0u);
}

TEST_F(EndpointTest, DeregistersAndIsGone) {
  BeginRegistered();
  endpoint->Deregister(now);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].code, Code::kDelete);
  EXPECT_EQ(sent[0].Texts(kUriPath), (std::vector<std::string>{"rd", "5a3f"}));
  AnswerLast(Code::kDeleted);
  EXPECT_TRUE(endpoint->is_gone());
  EXPECT_EQ(counters.registered, 0u);
  EXPECT_EQ(endpoint->next_deadline(), TimePoint::max());
}

TEST_F(EndpointTest, VanishesWithoutAWord) {
  BeginRegistered();
  endpoint->Vanish();
  PassTime(std::chrono::hours(1));
  Deliver(Request(Code::kGet, {"3", "0"}));
  EXPECT_TRUE(sent.empty());
}

TEST_F(EndpointTest, AnswersARepeatedRequestWithTheSameAnswerAndActsOnce) {
  BeginRegistered();
  Datagram write = Request(Code::kPut, {"3", "0", "14"});
  write.AddNumber(kContentFormat, kTextFormat);
  write.payload = "+02:00";
  Deliver(write);
  Deliver(write);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(counters.requests, 1u);
  EXPECT_EQ(events.size(), 2u);  // registered, write
}

TEST_F(EndpointTest, ReadsInTheFormatAskedFor) {
  BeginRegistered();
  EXPECT_EQ(Get({"3", "0", "0"}).payload, "Simulated Devices");
  EXPECT_EQ(Get({"3", "0", "0"}).Number(kContentFormat), kTextFormat);
  EXPECT_EQ(Get({"3", "0"}).Number(kContentFormat), kTlvFormat);
  EXPECT_EQ(Get({"3"}).payload[0], '\x08');
  EXPECT_EQ(Get({"3", "0", "7"}).Number(kContentFormat), kTlvFormat);
  EXPECT_EQ(Get({"3", "0", "7", "0"}).payload, "3800");
  EXPECT_EQ(Get({"3", "0", "6"}, kJsonFormat).payload,
            R"({"bn":"/3/0/6/","e":[{"n":"0","v":1},{"n":"1","v":5}]})");
  EXPECT_EQ(Get({"3", "0"}, 110).code, Code::kNotAcceptable);
  EXPECT_EQ(Get({"3", "0"}, kTextFormat).code, Code::kNotAcceptable);
}

TEST_F(EndpointTest, RefusesWhatIsNotThereOrNotAllowed) {
  BeginRegistered();
  EXPECT_EQ(Get({"4", "0"}).code, Code::kNotFound);
  EXPECT_EQ(Get({"3", "1"}).code, Code::kNotFound);
  EXPECT_EQ(Get({"3", "0", "99"}).code, Code::kNotFound);
  EXPECT_EQ(Get({"3", "x"}).code, Code::kNotFound);
  EXPECT_EQ(Get({"3", "0", "4"}).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Get({"5", "0", "0"}).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Put({"3", "0", "0"}, kTextFormat, "x").code, Code::kMethodNotAllowed);
  EXPECT_EQ(Put({"1", "0", "1"}, kTextFormat, "soon").code, Code::kBadRequest);
  EXPECT_EQ(Put({"1", "0", "1"}, kTextFormat, "-1").code, Code::kBadRequest);
  EXPECT_EQ(Put({"1", "0", "1"}, 110, "[]").code, Code::kUnsupportedContentFormat);
  EXPECT_EQ(Put({"1", "0"}, kTlvFormat, "\xc8\x01").code, Code::kBadRequest);
  EXPECT_EQ(Post({"3", "0", "0"}).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Post({"3303"}).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Ask(Request(Code::kDelete, {"3303", "0"})).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Ask(Request(Code::kGet, {})).code, Code::kMethodNotAllowed);
  Datagram critical = Request(Code::kGet, {"3", "0"});
  critical.Add(65001, "?");
  EXPECT_EQ(Ask(critical).code, Code::kBadOption);
}

TEST_F(EndpointTest, WriteTakesEffectAndANewLifetimeIsToldInAnUpdate) {
  BeginRegistered();
  EXPECT_EQ(Put({"3", "0", "14"}, kTextFormat, "+02:00").code, Code::kChanged);
  EXPECT_EQ(Get({"3", "0", "14"}).payload, "+02:00");
  EXPECT_EQ(Put({"3", "0", "15"}, kTlvFormat,
                "\xc8\x0f\x0c"
                "Europe/Paris")
                .code,
            Code::kChanged);
  EXPECT_EQ(Get({"3", "0", "15"}).payload, "Europe/Paris");
  EXPECT_EQ(Put({"1", "0", "1"}, kTextFormat, "60").code, Code::kChanged);
  PassTime(milliseconds(1));
  EXPECT_EQ(sent.back().Texts(kUriQuery), std::vector<std::string>{"lt=60"});
}

TEST_F(EndpointTest, ShowsAttributesAndDimensionsInDiscover) {
  BeginRegistered();
  EXPECT_EQ(PutAttributes({"3", "0"}, {"pmax=60"}).code, Code::kChanged);
  EXPECT_EQ(PutAttributes({"3", "0", "9"}, {"gt=50", "lt=42.2"}).code, Code::kChanged);
  const std::string instance = Get({"3", "0"}, kLinkFormat).payload;
  EXPECT_EQ(instance.substr(0, 33), "</3/0>;pmax=60,</3/0/0>,</3/0/1>,");
  EXPECT_NE(instance.find("</3/0/7>;dim=2,"), std::string::npos);
  EXPECT_NE(instance.find("</3/0/9>;gt=50;lt=42.2,"), std::string::npos);
  EXPECT_EQ(Get({"3", "0", "9"}, kLinkFormat).payload, "</3/0/9>;pmax=60;gt=50;lt=42.2");
  EXPECT_EQ(Get({"3"}, kLinkFormat).payload.substr(0, 18), "</3>,</3/0>,</3/0/");
}

TEST_F(EndpointTest, RefusesAttributesThatContradictEachOther) {
  BeginRegistered();
  EXPECT_EQ(PutAttributes({"3303", "0", "5700"}, {"lt=60", "gt=50"}).code, Code::kBadRequest);
  EXPECT_EQ(PutAttributes({"3303", "0", "5700"}, {"lt=40", "gt=50", "st=6"}).code,
            Code::kBadRequest);
  EXPECT_EQ(PutAttributes({"3303", "0"}, {"gt=50"}).code, Code::kBadRequest);
  EXPECT_EQ(PutAttributes({"3303", "0", "5700"}, {"colour=red"}).code, Code::kBadRequest);
  EXPECT_EQ(Get({"3303", "0", "5700"}, kLinkFormat).payload, "</3303/0/5700>");
}

TEST_F(EndpointTest, NotifiesAChangeAndWaitsForTheMinimumPeriod) {
  BeginRegistered();
  EXPECT_EQ(PutAttributes({"3", "0"}, {"pmin=10"}).code, Code::kChanged);
  const Datagram established = Observe({"3", "0", "14"});
  EXPECT_EQ(established.Number(kObserve), 0u);
  Put({"3", "0", "14"}, kTextFormat, "+01:00");
  Put({"3", "0", "14"}, kTextFormat, "+02:00");
  sent.clear();
  PassTime(milliseconds(9999));
  EXPECT_TRUE(sent.empty());
  PassTime(milliseconds(1));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].payload, "+02:00");
  EXPECT_EQ(sent[0].token, established.token);
  EXPECT_EQ(sent[0].Number(kObserve), 1u);
  EXPECT_EQ(sent[0].code, Code::kContent);
}

TEST_F(EndpointTest, NotifiesAfterTheMaximumPeriodWithoutAChange) {
  BeginRegistered();
  PutAttributes({"3303", "0", "5700"}, {"pmax=20"});
  Observe({"3303", "0", "5700"});
  PassTime(seconds(41));
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(EndpointTest, NotifiesDriftOnlyBeyondTheStep) {
  drift = seconds(1);
  BeginRegistered();
  PutAttributes({"3303", "0", "5700"}, {"st=100"});
  Observe({"3303", "0", "5700"});
  PassTime(seconds(60));
  EXPECT_TRUE(sent.empty());
  PutAttributes({"3303", "0", "5700"}, {"st"});
  sent.clear();
  PassTime(seconds(9));
  EXPECT_GT(sent.size(), 5u);
}

TEST_F(EndpointTest, EndsAnObservationOnResetAndOnObserveOne) {
  BeginRegistered();
  Observe({"3", "0", "14"});
  Put({"3", "0", "14"}, kTextFormat, "+01:00");
  sent.clear();
  PassTime(milliseconds(1));
  ASSERT_EQ(sent.size(), 1u);
  Datagram reset;
  reset.type = MessageType::kReset;
  reset.message_id = sent[0].message_id;
  Deliver(reset);
  EXPECT_EQ(events.back().what, "observation-dropped");

  const Datagram established = Observe({"3", "0", "15"});
  Datagram cancel = Request(Code::kGet, {"3", "0", "15"});
  cancel.token = established.token;
  cancel.AddNumber(kObserve, 1);
  const Datagram answer = Ask(cancel);
  EXPECT_EQ(answer.code, Code::kContent);
  EXPECT_EQ(answer.Number(kObserve), std::nullopt);
  Put({"3", "0", "14"}, kTextFormat, "+03:00");
  Put({"3", "0", "15"}, kTextFormat, "Asia/Tokyo");
  sent.clear();
  PassTime(seconds(60));
  EXPECT_TRUE(sent.empty());
}

TEST_F(EndpointTest, RepeatsEachTenthNotificationUntilItIsAcknowledged) {
  EndpointOptions options;
  options.device.lifetime = std::chrono::hours(24);
  BeginRegistered(options);
  PutAttributes({"3303", "0", "5700"}, {"pmax=1000"});
  Observe({"3303", "0", "5700"});
  PassTime(seconds(10000));
  ASSERT_EQ(sent.size(), 10u);
  EXPECT_EQ(sent[8].type, MessageType::kNonConfirmable);
  EXPECT_EQ(sent[9].type, MessageType::kConfirmable);
  PassTime(seconds(10));
  ASSERT_EQ(sent.size(), 12u);
  EXPECT_EQ(sent[11], sent[9]);
  Datagram acknowledgement;
  acknowledgement.type = MessageType::kAcknowledgement;
  acknowledgement.message_id = sent[9].message_id;
  Deliver(acknowledgement);
  PassTime(seconds(900));
  EXPECT_EQ(sent.size(), 12u);
  PassTime(seconds(100));
  EXPECT_EQ(sent.size(), 13u) << "the observation goes on";
}

TEST_F(EndpointTest, GivesTheObservationUpWhenNobodyAcknowledges) {
  EndpointOptions options;
  options.device.lifetime = std::chrono::hours(24);
  BeginRegistered(options);
  PutAttributes({"3303", "0", "5700"}, {"pmax=1000"});
  Observe({"3303", "0", "5700"});
  PassTime(seconds(10093));
  EXPECT_EQ(events.back().what, "observation-dropped");
  EXPECT_EQ(events.back().value, "no answer");
  sent.clear();
  PassTime(seconds(5000));
  EXPECT_TRUE(sent.empty());
}

TEST_F(EndpointTest, RebootRegistersAnewAfterAMoment) {
  BeginRegistered();
  Observe({"3303", "0", "5700"});
  EXPECT_EQ(Post({"3", "0", "4"}).code, Code::kChanged);
  EXPECT_EQ(counters.registered, 0u);
  sent.clear();
  Deliver(Request(Code::kGet, {"3", "0"}));
  EXPECT_TRUE(sent.empty()) << "a rebooting device hears nothing";
  PassTime(seconds(1));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].payload, kRegisterPayload);
}

TEST_F(EndpointTest, UpdateTriggerMakesItUpdate) {
  BeginRegistered();
  EXPECT_EQ(Post({"1", "0", "8"}).code, Code::kChanged);
  PassTime(milliseconds(1));
  EXPECT_EQ(sent.back().Texts(kUriPath), (std::vector<std::string>{"rd", "5a3f"}));
}

TEST_F(EndpointTest, FirmwareGoesThroughItsStates) {
  BeginRegistered();
  EXPECT_EQ(Post({"5", "0", "2"}).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Put({"5", "0", "1"}, kTextFormat, "gopher://x/y").code, Code::kChanged);
  EXPECT_EQ(Get({"5", "0", "5"}).payload, "7");
  EXPECT_EQ(Put({"5", "0", "1"}, kTextFormat, "coap://x/y").code, Code::kChanged);
  EXPECT_EQ(Get({"5", "0", "3"}).payload, "1");
  PassTime(seconds(2));
  EXPECT_EQ(Get({"5", "0", "3"}).payload, "2");
  EXPECT_EQ(Post({"5", "0", "2"}).code, Code::kChanged);
  EXPECT_EQ(Get({"5", "0", "3"}).payload, "3");
  PassTime(seconds(4));
  AnswerLast(Code::kCreated, {"rd", "new"});
  EXPECT_EQ(Get({"5", "0", "3"}).payload, "0");
  EXPECT_EQ(Get({"5", "0", "5"}).payload, "1");
  EXPECT_EQ(Get({"3", "0", "3"}).payload, "1.0.1");
}

TEST_F(EndpointTest, TakesAFirmwarePackageBlockByBlock) {
  BeginRegistered();
  const std::vector<std::pair<std::uint32_t, Code>> blocks = {
      {0x08, Code::kContinue}, {0x18, Code::kContinue}, {0x20, Code::kChanged}};
  for (const auto& [option, code] : blocks) {
    Datagram request = Request(Code::kPut, {"5", "0", "0"});
    request.AddNumber(kContentFormat, kOpaqueFormat);
    request.AddNumber(kBlock1, option);
    request.payload = std::string(16, 'f');
    const Datagram answer = Ask(request);
    EXPECT_EQ(answer.code, code);
    EXPECT_EQ(answer.Number(kBlock1), option);
  }
  EXPECT_EQ(events.back().value, "48 octets");
  Datagram out_of_order = Request(Code::kPut, {"5", "0", "0"});
  out_of_order.AddNumber(kBlock1, 0x18);
  out_of_order.payload = std::string(16, 'f');
  EXPECT_EQ(Ask(out_of_order).code, Code::kRequestEntityIncomplete);
  EXPECT_EQ(Get({"5", "0", "3"}).payload, "2");
}

TEST_F(EndpointTest, CutsALongAnswerIntoBlocks) {
  BeginRegistered();
  const std::string whole = Get({"3", "0"}).payload;
  std::string gathered;
  for (std::uint32_t number = 0; gathered.size() < whole.size(); ++number) {
    Datagram request = Request(Code::kGet, {"3", "0"});
    request.AddNumber(kBlock2, number << 4 | 1);  // 32 octets
    const Datagram answer = Ask(request);
    ASSERT_EQ(answer.code, Code::kContent);
    gathered += answer.payload;
    EXPECT_EQ((*answer.Number(kBlock2) & 0x8) != 0, gathered.size() < whole.size());
  }
  EXPECT_EQ(gathered, whole);
}

TEST_F(EndpointTest, ResetsMinimumAndMaximum) {
  drift = seconds(1);
  BeginRegistered();
  PassTime(seconds(100));
  EXPECT_NE(Get({"3303", "0", "5601"}).payload, Get({"3303", "0", "5602"}).payload);
  EXPECT_EQ(Post({"3303", "0", "5605"}).code, Code::kChanged);
  EXPECT_EQ(Get({"3303", "0", "5601"}).payload, Get({"3303", "0", "5700"}).payload);
  EXPECT_EQ(Get({"3303", "0", "5602"}).payload, Get({"3303", "0", "5700"}).payload);
}

TEST_F(EndpointTest, SleepsInQueueModeUntilItsNextMessage) {
  EndpointOptions options;
  options.binding = "UQ";
  BeginRegistered(options);
  Get({"3", "0", "9"});
  sent.clear();
  PassTime(seconds(5));
  Deliver(Request(Code::kGet, {"3", "0", "9"}));
  EXPECT_TRUE(sent.empty());
  PassTime(seconds(236));
  ASSERT_EQ(sent.size(), 1u);
  AnswerLast(Code::kChanged);
  EXPECT_EQ(Get({"3", "0", "9"}).code, Code::kContent);
}

TEST_F(EndpointTest, CountsWhatIsNoCoapMessage) {
  BeginRegistered();
  endpoint->Receive("junk", now);
  EXPECT_EQ(counters.malformed, 1u);
  EXPECT_TRUE(sent.empty());
}

}  // namespace
}  // namespace lwm2m::simulator
