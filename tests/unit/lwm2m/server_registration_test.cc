// The registration interface. Ids of requirements (REG-*, GEN-*, QM-*) are those of
// docs/conformance.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/recorded_clients.h"
#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerRegistrationTest : public ServerFixture {};

TEST_F(ServerRegistrationTest, RegistersWithAnUnguessableLocation) {  // REG-1, REG-2, REG-5
  EXPECT_EQ(Request(UdpPeer(1), RegisterRequest("one", "1.0", "60", "b=U")), Code::kCreated);
  const Registration* const registration = server_->Find("one");
  ASSERT_NE(registration, nullptr);
  EXPECT_EQ(registration->handle.size(), 15u);  // 90 bits
  EXPECT_EQ(registration->peer, UdpPeer(1));
  EXPECT_EQ(registration->lifetime, Seconds(60));
  EXPECT_TRUE(registration->objects->Has(Path(3, 0)));
  EXPECT_EQ(transport_.answers.at(exchange_)[0].location,
            (std::vector<std::string>{"rd", registration->handle}));
  Request(UdpPeer(2), RegisterRequest("two"));
  EXPECT_NE(server_->Find("two")->handle, registration->handle);
  EXPECT_EQ(server_->registration_count(), 2u);
}

struct RegisterCase {
  const char* name;
  std::vector<std::string> queries;
  const char* body;
  std::optional<ContentFormat> format;
  Code code;
};
void PrintTo(const RegisterCase& a_case, std::ostream* out) { *out << a_case.name; }

class ServerRegisterAnswerTest : public ServerFixture,
                                 public ::testing::WithParamInterface<RegisterCase> {};

TEST_P(ServerRegisterAnswerTest, IsTheCodeOfTheStandard) {
  CoapRequest request = Uplink(Method::kPost, {"rd"}, GetParam().queries);
  request.payload = {GetParam().format, GetParam().body};
  EXPECT_EQ(Request(UdpPeer(1), request), GetParam().code);
  EXPECT_EQ(server_->registration_count(), GetParam().code == Code::kCreated ? 1u : 0u);
  EXPECT_EQ(server_->counters().bad_requests, GetParam().code == Code::kCreated ? 0u : 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ServerRegisterAnswerTest,
    ::testing::Values(
        RegisterCase{"Complete",
                     {"ep=a", "lwm2m=1.0", "lt=60"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kCreated},
        RegisterCase{
            "WithoutContentFormat", {"ep=a", "lwm2m=1.0"}, "</3/0>", std::nullopt, Code::kCreated},
        RegisterCase{"WithoutObjects", {"ep=a", "lwm2m=1.0"}, "", std::nullopt, Code::kCreated},
        RegisterCase{"Version11",
                     {"ep=a", "lwm2m=1.1", "lt=60"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kCreated},
        RegisterCase{"Version12",
                     {"ep=a", "lwm2m=1.2", "lt=60"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kCreated},
        RegisterCase{"UnknownMinorVersion",
                     {"ep=a", "lwm2m=1.9"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kCreated},  // GEN-1
        RegisterCase{"OtherMajorVersion",
                     {"ep=a", "lwm2m=9.9"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kPreconditionFailed},
        RegisterCase{"MajorVersionZero",
                     {"ep=a", "lwm2m=0.9"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kPreconditionFailed},
        RegisterCase{"VersionThatIsNone",
                     {"ep=a", "lwm2m=one"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kBadRequest},
        RegisterCase{"WithoutVersion",
                     {"ep=a"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kBadRequest},  // REG-3
        RegisterCase{"WithoutEndpoint",
                     {"lwm2m=1.0"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kBadRequest},  // REG-4
        RegisterCase{"WithoutEndpointNorIdentity",
                     {"lwm2m=1.1"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kBadRequest},
        RegisterCase{"LifetimeNotANumber",
                     {"ep=a", "lwm2m=1.0", "lt=soon"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kBadRequest},
        RegisterCase{"UnknownParameter",
                     {"ep=a", "lwm2m=1.0", "et=x", "hb"},
                     "</3/0>",
                     ContentFormat::kLinkFormat,
                     Code::kCreated},  // REG-13
        RegisterCase{"UnknownObjects",
                     {"ep=a", "lwm2m=1.0"},
                     "</65000/3>;ver=7.1",
                     ContentFormat::kLinkFormat,
                     Code::kCreated},  // REG-8
        RegisterCase{"NoLinkFormat",
                     {"ep=a", "lwm2m=1.0"},
                     "hello",
                     ContentFormat::kLinkFormat,
                     Code::kBadRequest},
        RegisterCase{"OtherFormat",
                     {"ep=a", "lwm2m=1.0"},
                     "</3/0>",
                     ContentFormat::kTlv,
                     Code::kUnsupportedContentFormat}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_F(ServerRegistrationTest, TakesTheEndpointFromTheIdentityFrom11On) {  // REG-4
  EXPECT_EQ(Request(DtlsPeer(1, "sensor"), Uplink(Method::kPost, {"rd"}, {"lwm2m=1.1"}, "</3/0>")),
            Code::kCreated);
  EXPECT_NE(server_->Find("sensor"), nullptr);
  EXPECT_EQ(Request(DtlsPeer(2, "other"), Uplink(Method::kPost, {"rd"}, {"lwm2m=1.0"}, "</3/0>")),
            Code::kBadRequest);
}

ServerOptions BoundToTheirIdentity() {
  ServerOptions options;
  options.may_register = [](const Peer& peer, std::string_view endpoint) {
    return peer.identity.empty() || endpoint.substr(0, peer.identity.size()) == peer.identity;
  };
  return options;
}

TEST_F(ServerRegistrationTest, RefusesAnEndpointThatIsNotOfTheIdentity) {  // SEC-8, REG-3
  Create(BoundToTheirIdentity());
  EXPECT_EQ(Request(DtlsPeer(1, "a"), RegisterRequest("b")), Code::kBadRequest);
  EXPECT_EQ(server_->registration_count(), 0u);
  EXPECT_EQ(server_->counters().identity_refused, 1u);
  EXPECT_TRUE(listener_.registers.empty());
  EXPECT_EQ(Request(DtlsPeer(1, "a"), RegisterRequest("a")), Code::kCreated);
  EXPECT_EQ(Request(DtlsPeer(2, "b"), RegisterRequest("a")), Code::kBadRequest);
  EXPECT_EQ(server_->Find("a")->peer.identity, "a");
  EXPECT_EQ(Request(UdpPeer(3), RegisterRequest("c")), Code::kCreated);
}

TEST_F(ServerRegistrationTest, AsksForTheEndpointOfAClientThatNamesNone) {  // REG-4, SEC-10
  ServerOptions options;
  options.endpoint_of = [](const Peer& peer) -> std::optional<std::string> {
    if (peer.other_names.empty()) return std::nullopt;
    return peer.other_names.front();
  };
  Create(options);
  Peer peer = DtlsPeer(1, "A Device");
  const auto nameless = Uplink(Method::kPost, {"rd"}, {"lwm2m=1.1"}, "</3/0>");
  EXPECT_EQ(Request(peer, nameless), Code::kBadRequest);
  peer.other_names = {"dev"};
  EXPECT_EQ(Request(peer, nameless), Code::kCreated);
  EXPECT_NE(server_->Find("dev"), nullptr);
  EXPECT_EQ(Request(UdpPeer(2), nameless), Code::kBadRequest);
}

TEST_F(ServerRegistrationTest, TakesAnotherSecurityContextOfTheSameEndpoint) {  // REG-19
  Create(BoundToTheirIdentity());
  Request(DtlsPeer(1, "a"), RegisterRequest("a"));
  const std::string before = server_->Find("a")->handle;
  EXPECT_EQ(Request(DtlsPeer(2, "a"), RegisterRequest("a")), Code::kCreated);
  EXPECT_EQ(server_->Find("a")->peer, DtlsPeer(2, "a"));
  EXPECT_NE(server_->Find("a")->handle, before);
  EXPECT_EQ(server_->registration_count(), 1u);
}

TEST_F(ServerRegistrationTest, BindsAClientOfPlainTcpToItsConnection) {  // REG-17
  Peer peer = UdpPeer(1);
  peer.transport = Peer::Transport::kTcp;
  Request(peer, RegisterRequest("one"));
  const std::string token = Observe("one", Path(3, 0, 9));
  Peer reconnected = UdpPeer(2);
  reconnected.transport = Peer::Transport::kTcp;
  EXPECT_EQ(NotifyFrom(reconnected, token, 2, "1"), Server::Reception::kNotStored);
  EXPECT_EQ(Request(reconnected, RegisterRequest("one")), Code::kCreated);
  EXPECT_EQ(server_->Find("one")->peer, reconnected);
}

TEST_F(ServerRegistrationTest, TakesNothingForADuplicateOverTcp) {  // GEN-13, RFC 8323 §2.2
  Peer peer = UdpPeer(1);
  peer.transport = Peer::Transport::kTcp;
  CoapRequest request = RegisterRequest("one");
  request.message_id = 0;
  EXPECT_EQ(Request(peer, request), Code::kCreated);
  EXPECT_EQ(Request(peer, request), Code::kCreated);
  EXPECT_EQ(listener_.registers.size(), 2u);
}

struct RouteCase {
  const char* name;
  Method method;
  std::vector<std::string> path;
  Code code;
};

TEST_F(ServerRegistrationTest, AnswersOtherPathsAndMethods) {
  const std::string handle = Register("one");
  const std::vector<RouteCase> cases = {
      {"read /rd", Method::kGet, {"rd"}, Code::kMethodNotAllowed},
      {"delete /rd", Method::kDelete, {"rd"}, Code::kMethodNotAllowed},
      {"put a registration", Method::kPut, {"rd", handle}, Code::kMethodNotAllowed},
      {"read a registration", Method::kGet, {"rd", handle}, Code::kMethodNotAllowed},
      {"update an unknown one", Method::kPost, {"rd", "0"}, Code::kNotFound},  // REG-15
      {"delete an unknown one", Method::kDelete, {"rd", "0"}, Code::kNotFound},
      {"longer path", Method::kPost, {"rd", handle, "x"}, Code::kNotFound},
      {"read /dp", Method::kGet, {"dp"}, Code::kMethodNotAllowed},
      {"longer path below /dp", Method::kPost, {"dp", "x"}, Code::kNotFound},
      {"bootstrap", Method::kPost, {"bs"}, Code::kNotFound},
      {"root", Method::kGet, {}, Code::kNotFound},
  };
  for (const RouteCase& a_case : cases) {
    EXPECT_EQ(Request(UdpPeer(1), Uplink(a_case.method, a_case.path)), a_case.code) << a_case.name;
  }
  EXPECT_EQ(server_->counters().bad_requests, cases.size());
  EXPECT_NE(server_->Find("one"), nullptr);
}

TEST_F(ServerRegistrationTest, RefusesUnknownCriticalOptions) {  // GEN-12
  CoapRequest request = RegisterRequest("one");
  request.unknown_critical_option = 9;
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kBadOption);
}

TEST_F(ServerRegistrationTest, WaitsForTheVerdict) {
  listener_.answer_at_once = false;
  EXPECT_EQ(Request(UdpPeer(1), RegisterRequest("one")), Code::kEmpty);
  EXPECT_EQ(server_->Find("one"), nullptr);  // GEN-10
  Advance(Seconds(5));
  server_->Answer(listener_.registers[0].ticket, Code::kCreated, now_);
  EXPECT_EQ(AnswerTo(exchange_), Code::kCreated);
  ASSERT_NE(server_->Find("one"), nullptr);
  EXPECT_EQ(server_->LastSeen("one"), now_);
}

TEST_F(ServerRegistrationTest, DropsARefusedRegistration) {  // TS-0014 R27
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("one"));
  server_->Answer(listener_.registers[0].ticket, Code::kForbidden, now_);
  EXPECT_EQ(AnswerTo(exchange_), Code::kForbidden);
  EXPECT_TRUE(transport_.answers.at(exchange_)[0].location.empty());
  EXPECT_EQ(server_->registration_count(), 0u);
}

TEST_F(ServerRegistrationTest, SendsNothingBeforeTheRegisterIsAnswered) {  // GEN-10
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("one"));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Advance(Seconds(0));
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kNotRegistered);
  server_->Answer(listener_.registers[0].ticket, Code::kCreated, now_);
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(transport_.log, (std::vector<std::string>{"respond 2.01", "send"}));
}

TEST_F(ServerRegistrationTest, ANewerRegisterOvertakesOneThatWaits) {
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("one"));
  const ExchangeId older = exchange_;
  Request(UdpPeer(2), RegisterRequest("one"));
  EXPECT_EQ(AnswerTo(older), Code::kServiceUnavailable);
  server_->Answer(listener_.registers[0].ticket, Code::kCreated, now_);
  EXPECT_EQ(server_->Find("one"), nullptr);
  server_->Answer(listener_.registers[1].ticket, Code::kCreated, now_);
  ASSERT_NE(server_->Find("one"), nullptr);
  EXPECT_EQ(server_->Find("one")->peer, UdpPeer(2));
}

TEST_F(ServerRegistrationTest, RefusesMoreThanMayWait) {
  ServerOptions options;
  options.waiting = 1;
  Create(options);
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("one"));
  EXPECT_EQ(Request(UdpPeer(2), RegisterRequest("two")), Code::kServiceUnavailable);
  EXPECT_EQ(server_->counters().busy, 1u);
}

TEST_F(ServerRegistrationTest, ARepeatedRegisterEndsWhatBelongedToTheFirst) {  // REG-6, R31
  const std::string old_handle = Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Submit("one", Make(OperationKind::kRead, Path(1, 0)));
  Submit("one", Make(OperationKind::kObserve, Path(5, 0)), Priority::kTelemetry);
  const std::string in_flight = Last().request.token;
  listener_.events.clear();
  Register("one");
  EXPECT_EQ(*outcomes_[1]->failure(), Failure::kCancelled);
  EXPECT_EQ(*outcomes_[3]->failure(), Failure::kCancelled);
  EXPECT_EQ(transport_.cancelled, std::vector<std::string>{in_flight});
  // A command that waited is for the endpoint: it is sent now.
  EXPECT_FALSE(outcomes_[2].has_value());
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"1", "0"}));
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(listener_.events,
            (std::vector<std::string>{"observed /3/0/9: registered anew", "register one"}));
  ASSERT_TRUE(listener_.registers.back().replaced);
  EXPECT_EQ(listener_.registers.back().replaced->handle, old_handle);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", old_handle})), Code::kNotFound);
  EXPECT_EQ(Notify(token, 2, "1"), Server::Reception::kUnknown);
  // A late answer to the operation that was cancelled belongs to nobody.
  CoapResponse late;
  late.token = in_flight;
  EXPECT_EQ(server_->OnResponse(UdpPeer(1), late, now_), Server::Reception::kUnknown);
  EXPECT_EQ(server_->registration_count(), 1u);
}

TEST_F(ServerRegistrationTest, WaitingCommandsEndWithARefusedRegister) {
  Register("one");
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Submit("one", Make(OperationKind::kRead, Path(1, 0)));
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("one"));
  Request(UdpPeer(1), RegisterRequest("one"));  // overtakes the second
  EXPECT_FALSE(outcomes_[1].has_value());
  server_->Answer(listener_.registers[2].ticket, Code::kForbidden, now_);
  ASSERT_TRUE(outcomes_[1].has_value());
  EXPECT_EQ(*outcomes_[1]->failure(), Failure::kCancelled);
}

TEST_F(ServerRegistrationTest, NoSecurityDoesNotOvertakeASecureRegisterThatWaits) {
  listener_.answer_at_once = false;
  Request(DtlsPeer(1, "key"), RegisterRequest("one"));
  EXPECT_EQ(Request(UdpPeer(1), RegisterRequest("one")), Code::kForbidden);
  server_->Answer(listener_.registers[0].ticket, Code::kCreated, now_);
  EXPECT_EQ(server_->Find("one")->peer, DtlsPeer(1, "key"));
}

TEST_F(ServerRegistrationTest, ClosesTheSessionOfARegistrationThatEnded) {
  Request(DtlsPeer(1, "a"), RegisterRequest("a"));
  Request(DtlsPeer(1, "a"), Uplink(Method::kDelete, {"rd", server_->Find("a")->handle}));
  EXPECT_EQ(transport_.forgotten, std::vector<Peer>{DtlsPeer(1, "a")});
  EXPECT_EQ(transport_.log.back(), "forget");  // after the answer

  transport_.forgotten.clear();
  Request(DtlsPeer(2, "b"), RegisterRequest("b"));
  Advance(Seconds(300));
  EXPECT_EQ(transport_.forgotten, std::vector<Peer>{DtlsPeer(2, "b")});

  transport_.forgotten.clear();
  Request(DtlsPeer(3, "c"), RegisterRequest("c"));
  Request(DtlsPeer(3, "c"), RegisterRequest("c"));
  EXPECT_TRUE(transport_.forgotten.empty());
  Request(DtlsPeer(4, "c"), RegisterRequest("c"));
  EXPECT_EQ(transport_.forgotten, std::vector<Peer>{DtlsPeer(3, "c")});
  Request(DtlsPeer(5, "c"), Uplink(Method::kPost, {"rd", server_->Find("c")->handle}));
  EXPECT_EQ(transport_.forgotten.back(), DtlsPeer(4, "c"));
}

TEST_F(ServerRegistrationTest, KeepsASessionThatAnotherEndpointUses) {
  Request(DtlsPeer(1, "gateway"), RegisterRequest("one"));
  Request(DtlsPeer(1, "gateway"), RegisterRequest("two"));
  Request(DtlsPeer(1, "gateway"), Uplink(Method::kDelete, {"rd", server_->Find("one")->handle}));
  EXPECT_TRUE(transport_.forgotten.empty());
}

TEST_F(ServerRegistrationTest, ResolvesAProfileThatTheEndpointHasRegistered) {  // REG-22
  const auto with_profile = [this](const std::string& endpoint, const std::string& profile,
                                   const std::string& objects) {
    return Request(UdpPeer(1), RegisterRequest(endpoint, "1.2", "300", "pid=" + profile, objects));
  };
  EXPECT_EQ(with_profile("one", "7a", ""), Code::kBadRequest);
  EXPECT_EQ(with_profile("one", "7a", "</3/0>,</5/0>"), Code::kCreated);
  EXPECT_EQ(with_profile("one", "7a", ""), Code::kCreated);
  EXPECT_TRUE(server_->Find("one")->objects->Has(Path(5, 0)));
  EXPECT_EQ(with_profile("one", "7b", ""), Code::kBadRequest);
  EXPECT_EQ(with_profile("two", "7a", ""), Code::kBadRequest);  // what another one says of it
  EXPECT_NE(server_->Find("one"), nullptr);
}

TEST_F(ServerRegistrationTest, ResolvesAProfileInAnUpdate) {  // REG-14, REG-15, REG-22
  Request(UdpPeer(1), RegisterRequest("one", "1.2", "300", "pid=a", "</3/0>,</5/0>"));
  const std::string handle = server_->Find("one")->handle;
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"pid=b"}, "</3/0>")),
            Code::kChanged);
  EXPECT_FALSE(server_->Find("one")->objects->Has(Path(5, 0)));
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"pid=a"})),
            Code::kBadRequest);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"pid=b"})), Code::kChanged);
}

TEST_F(ServerRegistrationTest, KeepsABindingThatIsNone) {  // section 3.2
  EXPECT_EQ(Request(UdpPeer(1), RegisterRequest("one", "1.1", "300", "b=UZ")), Code::kCreated);
  EXPECT_EQ(server_->Find("one")->binding, "UZ");
}

TEST_F(ServerRegistrationTest, TurnsQueueModeOnWithAnUpdate) {  // REG-14, QM-1
  const std::string handle = Register("one", "1.1");
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"Q"}));
  EXPECT_TRUE(server_->Find("one")->queue_mode);
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  EXPECT_TRUE(server_->Find("one")->queue_mode);  // what is not named stays
}

TEST_F(ServerRegistrationTest, RepeatsTheAnswerToADuplicate) {  // GEN-13
  const CoapRequest request = RegisterRequest("one");
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kCreated);
  const auto location = transport_.answers.at(exchange_)[0].location;
  Advance(Seconds(200));
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kCreated);
  EXPECT_EQ(transport_.answers.at(exchange_)[0].location, location);
  EXPECT_EQ(listener_.registers.size(), 1u);
  EXPECT_EQ(server_->counters().duplicates, 1u);
}

TEST_F(ServerRegistrationTest, IgnoresADuplicateOfARequestThatWaits) {
  listener_.answer_at_once = false;
  const CoapRequest request = RegisterRequest("one");
  Request(UdpPeer(1), request);
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kEmpty);
  EXPECT_EQ(listener_.registers.size(), 1u);
}

TEST_F(ServerRegistrationTest, TakesTheSameMessageIdWithOtherContentAsANewRequest) {
  CoapRequest request = RegisterRequest("one");
  Request(UdpPeer(1), request);
  request.payload.octets = "</3/0>,</5/0>";  // rebooted, counts from the start again
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kCreated);
  EXPECT_EQ(listener_.registers.size(), 2u);
  EXPECT_TRUE(server_->Find("one")->objects->Has(Path(5, 0)));
}

TEST_F(ServerRegistrationTest, ADuplicateAfterExchangeLifetimeIsANewRequest) {
  const CoapRequest request = RegisterRequest("one");
  Request(UdpPeer(1), request);
  Advance(Seconds(247));
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kCreated);
  EXPECT_EQ(listener_.registers.size(), 2u);
}

TEST_F(ServerRegistrationTest, DeregistersADuplicateOnce) {
  const std::string handle = Register("one");
  const CoapRequest request = Uplink(Method::kDelete, {"rd", handle});
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kDeleted);
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kDeleted);
  EXPECT_EQ(listener_.deregisters.size(), 1u);
}

TEST_F(ServerRegistrationTest, UpdatesOnlyWhatIsGiven) {  // REG-14
  const std::string handle = Register("one", "1.0", "sms=4711");
  const ObjectList objects = server_->Find("one")->objects;
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"lt=90"})), Code::kChanged);
  const Registration& after = *server_->Find("one");
  EXPECT_EQ(after.lifetime, Seconds(90));
  EXPECT_EQ(after.sms_number, "4711");
  EXPECT_EQ(after.binding, "U");
  EXPECT_EQ(after.objects, objects);
  EXPECT_EQ(listener_.updates[0].before.lifetime, Seconds(300));
  EXPECT_EQ(listener_.updates[0].after.lifetime, Seconds(90));
}

TEST_F(ServerRegistrationTest, ReplacesTheWholeObjectListByAnUpdate) {  // REG-16
  const std::string handle = Register("one");
  // Wakaama sends no Content-Format here.
  CoapRequest request = Uplink(Method::kPost, {"rd", handle});
  request.payload.octets = "</5/0>";
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kChanged);
  EXPECT_EQ(server_->Find("one")->objects->paths, std::vector<Path>{Path(5, 0)});
}

TEST_F(ServerRegistrationTest, KeepsTheRegistrationWhenAnUpdateIsRefused) {  // R28
  listener_.answer_at_once = true;
  const std::string handle = Register("one");
  listener_.answer_at_once = false;
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"lt=90"})), Code::kEmpty);
  server_->Answer(listener_.updates[0].ticket, Code::kBadRequest, now_);
  EXPECT_EQ(AnswerTo(exchange_), Code::kBadRequest);
  EXPECT_EQ(server_->Find("one")->lifetime, Seconds(300));
}

TEST_F(ServerRegistrationTest, EndsTheRegistrationWhenAnUpdateIsAnswered404) {  // R28
  const std::string handle = Register("one");
  Observe("one", Path(3, 0, 9));
  listener_.answer_at_once = false;
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  server_->Answer(listener_.updates[0].ticket, Code::kNotFound, now_);
  EXPECT_EQ(AnswerTo(exchange_), Code::kNotFound);
  EXPECT_EQ(server_->Find("one"), nullptr);
  EXPECT_EQ(server_->observation_count(), 0u);
}

TEST_F(ServerRegistrationTest, AppliesConcurrentUpdatesToWhatIsRegisteredThen) {
  const std::string handle = Register("one");
  listener_.answer_at_once = false;
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"lt=90"}));
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {}, "</5/0>"));
  server_->Answer(listener_.updates[0].ticket, Code::kChanged, now_);
  server_->Answer(listener_.updates[1].ticket, Code::kChanged, now_);
  EXPECT_EQ(server_->Find("one")->lifetime, Seconds(90));
  EXPECT_TRUE(server_->Find("one")->objects->Has(Path(5, 0)));
}

TEST_F(ServerRegistrationTest, RefusesAMalformedUpdate) {
  const std::string handle = Register("one");
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"lt=x"})),
            Code::kBadRequest);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"ep=two"})),
            Code::kBadRequest);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {}, "hello")),
            Code::kBadRequest);
  EXPECT_TRUE(listener_.updates.empty());
}

TEST_F(ServerRegistrationTest, FollowsAClientToANewAddressWithAnUpdate) {  // REG-17
  const std::string handle = Register("one");
  EXPECT_EQ(Request(UdpPeer(9), Uplink(Method::kPost, {"rd", handle})), Code::kChanged);
  EXPECT_EQ(server_->Find("one")->peer, UdpPeer(9));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  EXPECT_EQ(Last().peer, UdpPeer(9));
}

TEST_F(ServerRegistrationTest, FindsASecureRegistrationOnlyFromItsIdentity) {  // REG-17
  Request(DtlsPeer(1, "key"), RegisterRequest("one"));
  const std::string handle = server_->Find("one")->handle;
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kNotFound);
  EXPECT_EQ(Request(DtlsPeer(1, "other"), Uplink(Method::kDelete, {"rd", handle})),
            Code::kNotFound);
  EXPECT_EQ(Request(DtlsPeer(2, "key"), Uplink(Method::kPost, {"rd", handle})), Code::kChanged);
  EXPECT_EQ(Request(UdpPeer(1), RegisterRequest("one")), Code::kForbidden);
  EXPECT_EQ(server_->Find("one")->peer, DtlsPeer(2, "key"));
}

TEST_F(ServerRegistrationTest, Deregisters) {  // REG-18
  const std::string handle = Register("one");
  Observe("one", Path(3, 0, 9));
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kDelete, {"rd", handle})), Code::kDeleted);
  EXPECT_EQ(server_->Find("one"), nullptr);
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(listener_.deregisters[0].registration.endpoint, "one");
  EXPECT_EQ(transport_.forgotten, std::vector<Peer>{UdpPeer(1)});
}

TEST_F(ServerRegistrationTest, ExpiresWhenTheLifetimePassesWithoutUpdate) {  // REG-7, REG-25
  const std::string handle = Register("one");
  Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  listener_.events.clear();
  Advance(Seconds(200));
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  Advance(Seconds(299));
  EXPECT_NE(server_->Find("one"), nullptr);
  Advance(Seconds(1));
  EXPECT_EQ(server_->Find("one"), nullptr);
  EXPECT_EQ(listener_.events.back(), "expired one");
  EXPECT_EQ(transport_.forgotten, std::vector<Peer>{UdpPeer(1)});
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kNotFound);
  EXPECT_EQ(server_->Find("one"), nullptr);
}

TEST_F(ServerRegistrationTest, NeverExpiresWithLifetimeZero) {
  Request(UdpPeer(1), RegisterRequest("one", "1.0", "0"));
  Advance(Seconds(100000000));
  EXPECT_NE(server_->Find("one"), nullptr);
}

TEST_F(ServerRegistrationTest, DoesNotExpireWhileAnUpdateWaits) {
  const std::string handle = Register("one");
  Advance(Seconds(299));
  listener_.answer_at_once = false;
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  Advance(Seconds(10));
  ASSERT_NE(server_->Find("one"), nullptr);
  server_->Answer(listener_.updates[0].ticket, Code::kBadRequest, now_);
  Advance(Seconds(0));
  EXPECT_EQ(server_->Find("one"), nullptr);
}

TEST_F(ServerRegistrationTest, TellsWhenItWantsToBeCalled) {
  EXPECT_EQ(server_->Tick(now_), TimePoint::max());
  Register("one");
  EXPECT_EQ(server_->Tick(now_), now_ + Seconds(300));
}

TEST_F(ServerRegistrationTest, AWithdrawnEndpointRegistersAnew) {
  const std::string handle = Register("one");
  listener_.answer_at_once = false;
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  server_->Withdraw("one", now_);
  EXPECT_EQ(AnswerTo(exchange_), Code::kNotFound);
  server_->Answer(listener_.updates[0].ticket, Code::kChanged, now_);
  EXPECT_EQ(server_->Find("one"), nullptr);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kNotFound);
}

TEST_F(ServerRegistrationTest, RestoresWhatWasKnownBeforeARestart) {
  Registration registration;
  registration.endpoint = "one";
  registration.handle = "h";
  registration.peer = UdpPeer(1);
  registration.lifetime = Seconds(100);
  server_->Restore(registration, now_);
  server_->Restore(Observation{"one", Path(3, 0, 9), "token", std::nullopt});
  server_->Restore(Observation{"unknown", Path(3, 0, 9), "other", std::nullopt});
  EXPECT_EQ(server_->observation_count(), 1u);
  EXPECT_EQ(Notify("token", 7, "1"), Server::Reception::kAccepted);
  EXPECT_EQ(DeliveredValues(), std::vector<std::string>{"1"});
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", "h"})), Code::kChanged);
  Advance(Seconds(100));
  EXPECT_EQ(server_->Find("one"), nullptr);
}

TEST_F(ServerRegistrationTest, KnowsQueueModeOfEachVersion) {  // QM-1, section 3.2
  const struct {
    const char* version;
    const char* parameter;
    bool queue_mode;
  } cases[] = {{"1.0", "b=U", false},  {"1.0", "b=UQ", true}, {"1.0", "b=UQS", true},
               {"1.1", "b=U", false},  {"1.1", "Q", true},    {"1.2", "Q", true},
               {"1.1", "b=UT", false}, {"1.0", "b=SQ", true}};
  for (const auto& a_case : cases) {
    const std::string endpoint = std::string(a_case.version) + a_case.parameter;
    Register(endpoint, a_case.version, a_case.parameter);
    EXPECT_EQ(server_->Find(endpoint)->queue_mode, a_case.queue_mode) << endpoint;
  }
  const std::string handle = server_->Find("1.0b=UQ")->handle;
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}, {"b=U"}));
  EXPECT_FALSE(server_->Find("1.0b=UQ")->queue_mode);
}

// --- every recorded Register, Update and De-register
// ------------------------------------------------

class RecordedRegistrationTest : public ServerFixture,
                                 public ::testing::WithParamInterface<tests::RecordedMessage> {};

bool IsRegistrationMessage(const tests::RecordedMessage& message) {
  const tests::CoapDatagram& datagram = message.datagram;
  const auto path = datagram.All(tests::CoapDatagram::kUriPath);
  return message.from_client && (datagram.code == 2 || datagram.code == 4) && !path.empty() &&
         path[0] == "rd" && datagram.All(tests::CoapDatagram::kBlock1).empty();
}

std::vector<tests::RecordedMessage> RecordedRegistrations() {
  std::vector<tests::RecordedMessage> messages = tests::RecordedMessages();
  std::erase_if(messages, [](const tests::RecordedMessage& message) {
    return !IsRegistrationMessage(message);
  });
  return messages;
}

TEST_P(RecordedRegistrationTest, IsTaken) {
  const tests::CoapDatagram& datagram = GetParam().datagram;
  CoapRequest request;
  request.method = static_cast<Method>(datagram.code);
  request.path = datagram.All(tests::CoapDatagram::kUriPath);
  request.queries = datagram.All(tests::CoapDatagram::kUriQuery);
  request.token = datagram.token;
  request.message_id = datagram.message_id;
  request.payload.octets = datagram.payload;
  if (const auto format = datagram.Number(tests::CoapDatagram::kContentFormat)) {
    request.payload.format = static_cast<ContentFormat>(*format);
  }
  if (request.path.size() == 1) {
    EXPECT_EQ(Request(UdpPeer(1), request), Code::kCreated);
    const Registration& offered = listener_.registers.at(0).registration;
    EXPECT_EQ(server_->Find(offered.endpoint)->handle, offered.handle);
    EXPECT_FALSE(offered.objects->paths.empty());
    EXPECT_EQ(offered.queue_mode, GetParam().name.find("queue-mode") != std::string::npos);
    return;
  }
  // An Update or De-register of somebody who registered before.
  request.path[1] = Register("recorded");
  const bool ends = request.method == Method::kDelete;
  EXPECT_EQ(Request(UdpPeer(1), request), ends ? Code::kDeleted : Code::kChanged);
  EXPECT_EQ(server_->registration_count(), ends ? 0u : 1u);
  if (!ends && !datagram.payload.empty()) {
    EXPECT_TRUE(server_->Find("recorded")->objects->HasObject(6) ||
                server_->Find("recorded")->objects->HasObject(3303));
  }
}

INSTANTIATE_TEST_SUITE_P(Clients, RecordedRegistrationTest,
                         ::testing::ValuesIn(RecordedRegistrations()), [](const auto& parameter) {
                           std::string name = parameter.param.name;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

TEST(RecordedRegistrationsTest, AreThere) { EXPECT_GE(RecordedRegistrations().size(), 30u); }

}  // namespace
}  // namespace lwm2m
