#include "lwm2m/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "lwm2m/codec/codec.h"
#include "tests/support/example_objects.h"
#include "tests/support/lwm2m_fakes.h"
#include "tests/unit/lwm2m/bootstrap_example.h"

namespace lwm2m {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = BootstrapReport::State;

class KnownAccounts : public BootstrapAccounts {
 public:
  Result<BootstrapAccount> Find(std::string_view endpoint, bool secure) override {
    const auto known = accounts.find(std::string(endpoint));
    if (known == accounts.end()) {
      return tl::unexpected(Error{ErrorKind::kNotFound, "no account"});
    }
    if (MayTravel(known->second, secure)) return known->second;
    return tl::unexpected(Error{ErrorKind::kNotAllowed, "keys"});
  }
  std::map<std::string, BootstrapAccount> accounts;
};

class OneCredential : public CredentialSource {
 public:
  std::optional<Credential> Find(SecurityMode mode, std::string_view identity) override {
    if (mode != credential.mode || identity != credential.identity) return std::nullopt;
    return credential;
  }
  Credential credential{SecurityMode::kPsk, "bs-node-1", "node-1", "secret"};
};

class BootstrapServerTest : public testing::Test {
 protected:
  BootstrapServerTest() {
    accounts_.accounts["node-1"] = AccountOf(NoSecServer());
    Create(BootstrapOptions{});
  }

  void Create(BootstrapOptions options) {
    server_ = std::make_unique<BootstrapServer>(options, transport_, accounts_, credentials_,
                                                model_, tests::CountingOctets());
  }
  BootstrapAccount& Account() { return accounts_.accounts["node-1"]; }

  static Peer PeerOf(int number) {
    Peer peer;
    peer.address = "192.0.2." + std::to_string(number) + ":5683";
    return peer;
  }
  static Peer SecurePeer(std::string identity = "bs-node-1") {
    Peer peer = PeerOf(1);
    peer.transport = Peer::Transport::kDtls;
    peer.security = SecurityMode::kPsk;
    peer.identity = std::move(identity);
    return peer;
  }

  CoapRequest Uplink(Method method, std::string path, std::vector<std::string> queries) {
    CoapRequest request;
    request.method = method;
    request.path = {std::move(path)};
    request.queries = std::move(queries);
    request.message_id = ++message_id_;
    return request;
  }
  CoapResponse Answer(const CoapRequest& request, const Peer& peer = PeerOf(1)) {
    server_->OnRequest(++exchange_, peer, request, now_);
    const auto& answers = transport_.answers[exchange_];
    EXPECT_EQ(answers.size(), 1u);
    return answers.empty() ? CoapResponse{} : answers.back();
  }
  Code Request(std::vector<std::string> queries = {"ep=node-1"}, const Peer& peer = PeerOf(1)) {
    return Answer(Uplink(Method::kPost, "bs", std::move(queries)), peer).code;
  }

  const CoapRequest& Last() const { return transport_.sent.back().request; }
  // "PUT /0/1" of the last command.
  std::string LastText() const {
    std::string text;
    switch (Last().method) {
      case Method::kGet:
        text = "GET ";
        break;
      case Method::kPut:
        text = "PUT ";
        break;
      case Method::kDelete:
        text = "DELETE ";
        break;
      default:
        text = "POST ";
    }
    for (const std::string& segment : Last().path) text += "/" + segment;
    return Last().path.empty() ? text + "/" : text;
  }
  void Reply(Code code, std::string body = {}) {
    CoapResponse response;
    response.code = code;
    response.token = Last().token;
    response.payload.octets = std::move(body);
    EXPECT_EQ(server_->OnResponse(transport_.sent.back().peer, response, now_),
              MessageHandler::Reception::kAccepted);
  }
  void Fail(Failure failure) {
    server_->OnFailure(transport_.sent.back().peer, Last().token, failure, now_);
  }
  void Advance(Seconds time) {
    now_ += time;
    server_->Tick(now_);
  }
  // Answers every command with success until `text` is the last one; returns what was sent.
  std::vector<std::string> RunUntil(const std::string& text) {
    std::vector<std::string> texts;
    for (int i = 0; i < 30; ++i) {
      texts.push_back(LastText());
      if (texts.back() == text || server_->run_count() == 0) return texts;
      Reply(SuccessOf(Last().method), Last().method == Method::kGet ? discover_ : "");
    }
    ADD_FAILURE() << text << " was not sent";
    return texts;
  }
  static Code SuccessOf(Method method) {
    if (method == Method::kGet) return Code::kContent;
    return method == Method::kDelete ? Code::kDeleted : Code::kChanged;
  }
  const BootstrapReport& Report() const { return *server_->Reports().at(0); }

  tests::FakeTransport transport_;
  KnownAccounts accounts_;
  OneCredential credentials_;
  const ObjectModel model_ = ExampleObjects();
  std::unique_ptr<BootstrapServer> server_;
  std::string discover_ = "</>;lwm2m=1.1,</0/0>,</1>,</3/0>";
  TimePoint now_{};
  ExchangeId exchange_ = 0;
  std::uint16_t message_id_ = 0;
};

TEST_F(BootstrapServerTest, Bs1AcceptsARequestAndRunsThePlan) {
  EXPECT_EQ(Request(), Code::kChanged);
  EXPECT_THAT(RunUntil("POST /bs"),
              ElementsAre("GET /", "DELETE /0", "DELETE /1", "PUT /0/1", "PUT /1/0", "POST /bs"));
  EXPECT_TRUE(Last().payload.body().empty());
  EXPECT_EQ(Report().state, State::kRunning);
  Reply(Code::kChanged);
  EXPECT_EQ(server_->run_count(), 0u);
  EXPECT_EQ(Report().state, State::kFinished);
  EXPECT_EQ(Report().version, "1.1");
  EXPECT_EQ(server_->counters().finished, 1u);
}

TEST_F(BootstrapServerTest, Bs1RefusesAnUnknownEndpoint) {
  EXPECT_EQ(Request({"ep=stranger"}), Code::kBadRequest);
  EXPECT_EQ(Request({}), Code::kBadRequest);
  EXPECT_EQ(Request({"ep=node-1", "ep=node-1"}), Code::kBadRequest);
  EXPECT_THAT(transport_.sent, IsEmpty());
  EXPECT_EQ(server_->counters().refused, 3u);
}

TEST_F(BootstrapServerTest, Bs1RefusesAPreferredFormatThatItDoesNotWrite) {
  for (const std::string pct : {"60", "0", "11543", "99999", "", "x"}) {
    EXPECT_EQ(Request({"ep=node-1", "pct=" + pct}), Code::kUnsupportedContentFormat) << pct;
  }
  EXPECT_EQ(Request({"ep=node-1", "pct=112", "pct=112"}), Code::kBadRequest);
  EXPECT_THAT(transport_.sent, IsEmpty());
}

TEST_F(BootstrapServerTest, RefusesOtherResourcesMethodsAndOptions) {
  EXPECT_EQ(Answer(Uplink(Method::kPost, "rd", {"ep=node-1"})).code, Code::kNotFound);
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bs", {"ep=node-1"})).code, Code::kMethodNotAllowed);
  EXPECT_EQ(Answer(Uplink(Method::kPost, "bspack", {"ep=node-1"})).code, Code::kMethodNotAllowed);
  CoapRequest critical = Uplink(Method::kPost, "bs", {"ep=node-1"});
  critical.unknown_critical_option = 9;
  EXPECT_EQ(Answer(critical).code, Code::kBadOption);
}

TEST_F(BootstrapServerTest, Bs4AnswersBeforeTheFirstCommand) {
  Request();
  EXPECT_THAT(transport_.log, ElementsAre("respond 2.04", "send"));
}

TEST_F(BootstrapServerTest, Bs5WritesTheAccountInTheFormatOfTheClient) {
  for (const auto format : {ContentFormat::kTlv, ContentFormat::kSenmlCbor,
                            ContentFormat::kSenmlJson, ContentFormat::kLwm2mCbor}) {
    Request({"ep=node-1", "pct=" + std::to_string(static_cast<int>(format))});
    RunUntil("PUT /0/1");
    ASSERT_EQ(Last().payload.format, format);
    const auto records = Decode(format, Last().payload.body(), Path(0, 1), model_);
    ASSERT_TRUE(records.has_value());
    const Record uri{Path(0, 1, 0), std::string("coap://192.0.2.9:5683"), {}};
    EXPECT_THAT(*records, testing::Contains(uri));
    RunUntil("PUT /1/0");
    EXPECT_EQ(Last().payload.format, format);
  }
}

// What a recorded client accepted (anjay-1.1-bootstrap-write-server-request, other values).
TEST_F(BootstrapServerTest, Bs15WritesTlvWhereTheClientSaysNothing) {
  Request();
  RunUntil("PUT /1/0");
  EXPECT_EQ(Last().payload.format, ContentFormat::kTlv);
  EXPECT_EQ(Last().payload.body(),
            std::string("\xc1\x00\x65\xc2\x01\x01\x2c\xc1\x06\x01\xc1\x07\x55", 13));
}

TEST_F(BootstrapServerTest, Bs15TriesAnotherFormatAfter415) {
  Request();
  RunUntil("PUT /0/1");
  Reply(Code::kUnsupportedContentFormat);
  EXPECT_EQ(LastText(), "PUT /0/1");
  EXPECT_EQ(Last().payload.format, ContentFormat::kSenmlCbor);
  Reply(Code::kChanged);
  EXPECT_EQ(LastText(), "PUT /1/0");
  EXPECT_EQ(Last().payload.format, ContentFormat::kSenmlCbor) << "what worked once stays";
}

TEST_F(BootstrapServerTest, Bs15TriesAnotherFormatAfter400) {
  Request({"ep=node-1", "pct=110"});
  RunUntil("PUT /0/1");
  Reply(Code::kBadRequest);
  EXPECT_EQ(LastText(), "PUT /0/1");
  EXPECT_EQ(Last().payload.format, ContentFormat::kTlv);
}

TEST_F(BootstrapServerTest, Bs15GivesUpWhenEveryFormatIsRefused) {
  Request();
  RunUntil("PUT /0/1");
  std::set<ContentFormat> tried;
  while (server_->run_count() > 0) {
    ASSERT_TRUE(tried.insert(*Last().payload.format).second);
    Reply(Code::kUnsupportedContentFormat);
  }
  EXPECT_EQ(tried.size(), 4u);
  EXPECT_EQ(Report().state, State::kFailed);
  EXPECT_EQ(Report().detail, "write /0/1: 4.15");
}

TEST_F(BootstrapServerTest, Bs6GoesOnWhenADeleteIsRefused) {
  Request();
  RunUntil("DELETE /0");
  Reply(Code::kNotFound);
  EXPECT_EQ(LastText(), "DELETE /1");
  Reply(Code::kBadRequest);
  EXPECT_EQ(LastText(), "PUT /0/1");
  EXPECT_THAT(Report().refusals, ElementsAre("delete /1: 4.00")) << "nothing there is no refusal";
  EXPECT_EQ(server_->counters().step_refusals, 1u);
}

TEST_F(BootstrapServerTest, Bs7LooksForTheBootstrapAccountFirst) {
  discover_ = R"(lwm2m="1.0",</0>,</0/1>,</1>)";
  Request();
  EXPECT_EQ(LastText(), "GET /");
  EXPECT_EQ(Last().accept, ContentFormat::kLinkFormat);
  EXPECT_THAT(RunUntil("POST /bs"),
              ElementsAre("GET /", "DELETE /0", "DELETE /1", "PUT /0/0", "PUT /1/0", "POST /bs"));
}

TEST_F(BootstrapServerTest, Bs7DoesWithoutDiscover) {
  Request();
  Reply(Code::kMethodNotAllowed);
  EXPECT_THAT(RunUntil("POST /bs"),
              ElementsAre("DELETE /0", "DELETE /1", "PUT /0/1", "PUT /1/0", "POST /bs"));
  Request();
  Reply(Code::kContent, "no links");
  EXPECT_EQ(LastText(), "DELETE /0");
  Request();
  Fail(Failure::kTimedOut);
  EXPECT_EQ(LastText(), "DELETE /0");
  Account().discover = false;
  Request();
  EXPECT_EQ(LastText(), "DELETE /0");
}

TEST_F(BootstrapServerTest, Bs8ReadsWhatTheAccountNames) {
  Account().reads = {Path(1), Path(2)};
  Request({"ep=node-1", "pct=112"});
  RunUntil("PUT /1/0");
  Reply(Code::kChanged);
  ASSERT_EQ(LastText(), "GET /1");
  EXPECT_EQ(Last().accept, ContentFormat::kSenmlCbor);
  CoapResponse response;
  response.token = Last().token;
  response.payload = {ContentFormat::kTlv, std::string("\x03\x00\xc1\x00\x65", 5)};
  server_->OnResponse(PeerOf(1), response, now_);
  ASSERT_EQ(LastText(), "GET /2");
  Reply(Code::kNotFound);
  EXPECT_EQ(LastText(), "POST /bs");
  EXPECT_THAT(Report().values, ElementsAre(Record{Path(1, 0, 0), std::int64_t{101}, {}}));
  EXPECT_THAT(Report().refusals, ElementsAre("read /2: 4.04"));
}

TEST_F(BootstrapServerTest, Bs9RepairsOnceAfter406) {
  Request();
  RunUntil("POST /bs");
  Reply(Code::kNotAcceptable);
  EXPECT_THAT(RunUntil("POST /bs"),
              ElementsAre("GET /", "DELETE /0", "DELETE /1", "PUT /0/1", "PUT /1/0", "POST /bs"));
  EXPECT_TRUE(Report().repaired);
  Reply(Code::kChanged);
  EXPECT_EQ(Report().state, State::kFinished);
  EXPECT_EQ(server_->counters().repairs, 1u);
}

TEST_F(BootstrapServerTest, Bs9GivesUpAfterTheSecond406) {
  Request();
  RunUntil("POST /bs");
  Reply(Code::kNotAcceptable);
  RunUntil("POST /bs");
  Reply(Code::kNotAcceptable);
  EXPECT_EQ(Report().state, State::kFailed);
  EXPECT_EQ(Report().detail, "finish: 4.06");
  EXPECT_EQ(server_->counters().failed, 1u);
}

TEST_F(BootstrapServerTest, Bs9GivesUpAfterAnyOtherRefusal) {
  Request();
  RunUntil("POST /bs");
  Reply(Code::kBadRequest);
  EXPECT_EQ(Report().detail, "finish: 4.00");
}

TEST_F(BootstrapServerTest, Bs10EndsARunThatTakesTooLong) {
  Request();
  RunUntil("PUT /0/1");
  EXPECT_LT(BootstrapOptions{}.run_timeout, Seconds(247));
  Advance(BootstrapOptions{}.run_timeout - Seconds(1));
  EXPECT_EQ(server_->run_count(), 1u);
  const std::string token = Last().token;
  Advance(Seconds(1));
  EXPECT_EQ(server_->run_count(), 0u);
  EXPECT_THAT(Report().detail, HasSubstr("230 s"));
  EXPECT_THAT(transport_.cancelled, ElementsAre(token));
  CoapResponse late;
  late.token = token;
  EXPECT_EQ(server_->OnResponse(PeerOf(1), late, now_), MessageHandler::Reception::kUnknown);
}

TEST_F(BootstrapServerTest, RepeatsACommandOnceThatGotNoAnswer) {
  Request();
  RunUntil("PUT /0/1");
  const std::size_t sent = transport_.sent.size();
  Fail(Failure::kTimedOut);
  EXPECT_EQ(transport_.sent.size(), sent);
  Advance(Seconds(2));
  ASSERT_EQ(transport_.sent.size(), sent + 1);
  EXPECT_EQ(LastText(), "PUT /0/1");
  Fail(Failure::kTimedOut);
  EXPECT_EQ(Report().state, State::kFailed);
  Advance(Seconds(600));
  EXPECT_EQ(transport_.sent.size(), sent + 1);
}

TEST_F(BootstrapServerTest, GivesUpOnceTheClientSaysReset) {
  Request();
  RunUntil("PUT /0/1");
  Fail(Failure::kReset);
  EXPECT_EQ(Report().state, State::kFailed);
  EXPECT_EQ(Report().detail, "write /0/1: reset");
}

TEST_F(BootstrapServerTest, WaitsForAClientThatIsBusy) {
  Request();
  RunUntil("PUT /0/1");
  Reply(Code::kServiceUnavailable);
  Advance(Seconds(2));
  EXPECT_EQ(LastText(), "PUT /0/1");
  Reply(Code::kChanged);
  EXPECT_EQ(LastText(), "PUT /1/0");
}

TEST_F(BootstrapServerTest, ARefusedAccountEndsTheRunWithoutFinish) {
  Request();
  RunUntil("PUT /1/0");
  Reply(Code::kMethodNotAllowed);
  EXPECT_EQ(Report().state, State::kFailed);
  EXPECT_EQ(Report().detail, "write /1/0: 4.05");
  EXPECT_EQ(LastText(), "PUT /1/0");
}

TEST_F(BootstrapServerTest, ARefusedExtraIsOnlyNoted) {
  Account().values = {{Path(3, 0, 14), std::string("+01:00"), {}}};
  Request();
  RunUntil("PUT /3/0");
  Reply(Code::kNotFound);
  EXPECT_EQ(LastText(), "POST /bs");
  EXPECT_THAT(Report().refusals, ElementsAre("write /3/0: 4.04"));
}

TEST_F(BootstrapServerTest, Bs18ANewRequestReplacesTheRun) {
  Request();
  RunUntil("PUT /0/1");
  const std::string token = Last().token;
  EXPECT_EQ(Request({"ep=node-1"}, PeerOf(2)), Code::kChanged);
  EXPECT_THAT(transport_.cancelled, ElementsAre(token));
  EXPECT_EQ(LastText(), "GET /");
  EXPECT_EQ(transport_.sent.back().peer, PeerOf(2));
  EXPECT_EQ(server_->run_count(), 1u);
  EXPECT_EQ(server_->counters().replaced, 1u);
}

TEST_F(BootstrapServerTest, ARetransmittedRequestIsAnsweredAgainAndStartsNothing) {
  const CoapRequest request = Uplink(Method::kPost, "bs", {"ep=node-1"});
  EXPECT_EQ(Answer(request).code, Code::kChanged);
  Reply(Code::kContent, discover_);
  const std::size_t sent = transport_.sent.size();
  EXPECT_EQ(Answer(request).code, Code::kChanged);
  EXPECT_EQ(transport_.sent.size(), sent);
  EXPECT_EQ(server_->counters().duplicates, 1u);
  EXPECT_EQ(server_->counters().replaced, 0u);
}

TEST_F(BootstrapServerTest, ARetransmittedRefusalIsAnsweredAgain) {
  const CoapRequest request = Uplink(Method::kPost, "bs", {"ep=stranger"});
  EXPECT_EQ(Answer(request).code, Code::kBadRequest);
  accounts_.accounts["stranger"] = AccountOf(NoSecServer());
  EXPECT_EQ(Answer(request).code, Code::kBadRequest);
}

TEST_F(BootstrapServerTest, Bs16GivesAPackInTheFormatAskedFor) {
  for (const auto format :
       {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson, ContentFormat::kLwm2mCbor}) {
    CoapRequest request = Uplink(Method::kGet, "bspack", {"ep=node-1"});
    request.accept = format;
    const CoapResponse answer = Answer(request);
    ASSERT_EQ(answer.code, Code::kContent);
    EXPECT_EQ(answer.payload.format, format);
    const auto records = Decode(format, answer.payload.body(), Path(), model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    const Record server{Path(1, 0, 0), std::int64_t{101}, {}};
    EXPECT_THAT(*records, testing::Contains(server));
    EXPECT_EQ(Answer(request).etag, answer.etag) << "the same for every block";
  }
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bspack", {"ep=node-1"})).payload.format,
            ContentFormat::kSenmlCbor);
  EXPECT_EQ(server_->run_count(), 0u);
  EXPECT_EQ(Report().state, State::kFinished);
  EXPECT_EQ(Report().detail, "pack");
  Request();
  Answer(Uplink(Method::kGet, "bspack", {"ep=node-1"}));
  EXPECT_EQ(Report().state, State::kRunning) << "what is under way stays visible";
}

TEST_F(BootstrapServerTest, Bs16RefusesAPack) {
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bspack", {"ep=stranger"})).code, Code::kNotFound);
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bspack", {})).code, Code::kBadRequest);
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bspack", {"ep="})).code, Code::kBadRequest);
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bspack", {"ep=node-1"}), SecurePeer("other")).code,
            Code::kUnauthorized);
  CoapRequest tlv = Uplink(Method::kGet, "bspack", {"ep=node-1"});
  tlv.accept = ContentFormat::kTlv;
  EXPECT_EQ(Answer(tlv).code, Code::kNotAcceptable);
  EXPECT_EQ(server_->counters().packs, 0u);
}

TEST_F(BootstrapServerTest, Sec8AsksWhetherTheIdentityMaySpeakForTheEndpoint) {
  accounts_.accounts["node-2"] = AccountOf(NoSecServer());
  EXPECT_EQ(Request({"ep=node-2"}, SecurePeer()), Code::kBadRequest);
  EXPECT_EQ(Request({"ep=node-1"}, SecurePeer("nobody")), Code::kBadRequest);
  EXPECT_EQ(Request({"ep=node-1"}, SecurePeer()), Code::kChanged);
}

TEST_F(BootstrapServerTest, KeysAreGivenOnlyToAClientWithSecurity) {
  Account() = AccountOf(PskServer());
  EXPECT_EQ(Request(), Code::kBadRequest);
  EXPECT_EQ(Answer(Uplink(Method::kGet, "bspack", {"ep=node-1"})).code, Code::kUnauthorized);
  EXPECT_THAT(transport_.sent, IsEmpty());
  EXPECT_EQ(Request({"ep=node-1"}, SecurePeer()), Code::kChanged);
  Account().keys_in_clear = true;
  EXPECT_EQ(Request({"ep=node-1"}, PeerOf(3)), Code::kBadRequest)
      << "a secure run is not disturbed";
  RunUntil("POST /bs");
  Reply(Code::kChanged);
  EXPECT_EQ(Request({"ep=node-1"}, PeerOf(3)), Code::kChanged);
}

TEST_F(BootstrapServerTest, Bs2StartsByItselfTowardsAClientThatItKnows) {
  EXPECT_EQ(server_->Start("node-1", now_).error().kind, ErrorKind::kNotFound);
  Request();
  RunUntil("POST /bs");
  Reply(Code::kChanged);
  ASSERT_TRUE(server_->Start("node-1", now_).has_value());
  EXPECT_EQ(transport_.sent.back().peer, PeerOf(1));
  EXPECT_THAT(RunUntil("POST /bs").size(), 6u);
  Reply(Code::kChanged);
  EXPECT_EQ(Report().state, State::kFinished);
}

TEST_F(BootstrapServerTest, RunsAreBounded) {
  BootstrapOptions options;
  options.runs = 1;
  Create(options);
  accounts_.accounts["node-2"] = AccountOf(NoSecServer());
  EXPECT_EQ(Request(), Code::kChanged);
  RunUntil("DELETE /0");
  EXPECT_EQ(Request({"ep=node-2"}, PeerOf(2)), Code::kServiceUnavailable);
  EXPECT_EQ(Request(), Code::kChanged) << "its own run is replaced";
  EXPECT_EQ(server_->run_count(), 1u);
  EXPECT_EQ(server_->counters().busy, 1u);
}

TEST_F(BootstrapServerTest, AClientThatNeverAnswersGivesWay) {
  BootstrapOptions options;
  options.runs = 2;
  Create(options);
  accounts_.accounts["node-2"] = accounts_.accounts["node-3"] = AccountOf(NoSecServer());
  EXPECT_EQ(Request({"ep=node-1"}), Code::kChanged);
  RunUntil("DELETE /0");
  EXPECT_EQ(Request({"ep=node-2"}, PeerOf(2)), Code::kChanged);
  EXPECT_EQ(Request({"ep=node-3"}, PeerOf(3)), Code::kChanged);
  EXPECT_EQ(server_->run_count(), 2u);
  const auto reports = server_->Reports();
  EXPECT_EQ(reports[0]->state, State::kRunning);
  EXPECT_EQ(reports[1]->state, State::kFailed);
  EXPECT_EQ(reports[2]->state, State::kRunning);
}

TEST_F(BootstrapServerTest, ReportsAreBounded) {
  BootstrapOptions options;
  options.reports = 2;
  Create(options);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "many-" + std::to_string(i);
    accounts_.accounts[name] = AccountOf(NoSecServer());
    EXPECT_EQ(Request({"ep=" + name}), Code::kChanged);
    RunUntil("DELETE /0");
    Fail(Failure::kReset);
    Advance(Seconds(1));
  }
  ASSERT_EQ(server_->Reports().size(), 2u);
  EXPECT_EQ(server_->Reports()[0]->endpoint, "many-3");
  EXPECT_EQ(server_->Reports()[1]->endpoint, "many-4");
}

TEST_F(BootstrapServerTest, TellsWhenItWantsToBeCalled) {
  EXPECT_EQ(server_->Tick(now_), TimePoint::max());
  Request();
  EXPECT_EQ(server_->Tick(now_), now_ + BootstrapOptions{}.run_timeout);
  RunUntil("PUT /0/1");
  Fail(Failure::kUnreachable);
  EXPECT_EQ(server_->Tick(now_), now_ + Seconds(2));
}

}  // namespace
}  // namespace lwm2m
