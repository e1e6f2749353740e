#include "ipe/firmware_desk.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "ipe/models.h"
#include "tests/support/lwm2m_fakes.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using lwm2m::CoapRequest;
using lwm2m::CoapResponse;
using lwm2m::Code;
using lwm2m::ContentFormat;
using lwm2m::FirmwareStatus;
using lwm2m::FirmwareStep;
using lwm2m::Method;
using lwm2m::Peer;
using onem2m::ResponseStatusCode;
using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::int64_t kUnixStart = 1'700'000'000;

// The desk between a real server and devices that keep object 5 in a map of texts.
class FirmwareDeskTest : public ::testing::Test {
 protected:
  FirmwareDeskTest() {
    directory_.Write("a.bin", std::string(5000, 'f'));
    config_.directory = directory_.path();
    Begin();
  }

  void Begin() {
    desk_.reset();
    desk_ = std::make_unique<FirmwareDesk>(config_, model_, *store_, metrics_,
                                           [this] { return UnixNow(); });
    desk_->set_server(server_);
    ASSERT_TRUE(desk_->Load());
  }

  std::int64_t UnixNow() const {
    return kUnixStart + std::chrono::duration_cast<seconds>(now_ - start_).count();
  }

  static Peer PeerOf(const std::string& endpoint, Peer::Transport transport, std::string identity) {
    Peer peer;
    peer.transport = transport;
    peer.address = "192.0.2." + std::to_string(endpoint.size()) + ":5683";
    peer.local = "198.51.100.1:5683";
    peer.identity = std::move(identity);
    return peer;
  }

  void Register(const std::string& endpoint, const std::string& objects = "</3/0>,</5/0>",
                Peer::Transport transport = Peer::Transport::kUdp,
                const std::string& identity = "") {
    listener_.now = now_;
    CoapRequest request;
    request.method = Method::kPost;
    request.path = {"rd"};
    request.queries = {"ep=" + endpoint, "lwm2m=1.0", "lt=86400"};
    request.payload = {ContentFormat::kLinkFormat, objects};
    request.message_id = ++message_id_;
    request.token = "r" + std::to_string(message_id_);
    server_.OnRequest(++exchange_, PeerOf(endpoint, transport, identity), request, now_);
    ASSERT_NE(server_.Find(endpoint), nullptr);
    values_ = {{"5/0/3", "0"}, {"5/0/5", "0"}, {"5/0/9", "2"}, {"3/0/3", "1.0"}};
  }

  FirmwareOrder Order(const std::string& endpoint = "dev") {
    FirmwareOrder order;
    order.command = "ri-" + endpoint;
    order.endpoint = endpoint;
    order.file = "a.bin";
    order.deadline = UnixNow() + 86400;
    OpenCommand open;
    open.resource_id = order.command;
    EXPECT_TRUE(store_->Put(open));
    return order;
  }

  onem2m::Result<FirmwareDesk::Begin> Start(const FirmwareOrder& order) {
    return desk_->Start(
        order, [this](const FirmwareStatus& status) { reports_.push_back(status); }, now_);
  }

  static std::string PathOf(const CoapRequest& request) {
    return fmt::format("{}", fmt::join(request.path, "/"));
  }

  CoapResponse AnswerTo(const CoapRequest& request) {
    const std::string path = PathOf(request);
    CoapResponse response;
    response.token = request.token;
    response.message_id = ++message_id_;
    switch (request.method) {
      case Method::kGet:
        response.code = values_.count(path) > 0 ? Code::kContent : Code::kNotFound;
        response.payload = {ContentFormat::kText, values_[path]};
        break;
      case Method::kPut:
        response.code = Code::kChanged;
        values_[path] = request.payload.body();
        values_["5/0/3"] = request.payload.body().size() > 1 ? downloaded_ : "0";
        break;
      default:
        response.code = Code::kChanged;
        values_["5/0/3"] = "0";
        values_["5/0/5"] = path == "5/0/10" ? "10" : "1";
        break;
    }
    return response;
  }

  // What is sent is answered, until `time` has passed.
  void Run(seconds time = seconds(10)) {
    const lwm2m::TimePoint end = now_ + time;
    while (true) {
      const lwm2m::TimePoint next = desk_->Tick(now_);
      if (answered_ < transport_.sent.size()) {
        const auto sent = transport_.sent[answered_++];
        log_.push_back(PathOf(sent.request));
        server_.OnResponse(sent.peer, AnswerTo(sent.request), now_);
        continue;
      }
      if (next > end) break;
      now_ = std::max(now_, next);
      server_.Tick(now_);
    }
    now_ = end;
    server_.Tick(now_);
  }

  // The request for that path, which has no answer yet.
  CoapRequest RunUntilAsked(const std::string& path) {
    for (int i = 0; i < 100; ++i) {
      desk_->Tick(now_);
      if (answered_ == transport_.sent.size()) continue;
      const auto sent = transport_.sent[answered_];
      if (PathOf(sent.request) == path) return sent.request;
      ++answered_;
      server_.OnResponse(sent.peer, AnswerTo(sent.request), now_);
    }
    ADD_FAILURE() << path << " is never asked for";
    return {};
  }

  std::optional<CoapResponse> Get(const std::vector<std::string>& path, const Peer& peer) {
    CoapRequest request;
    request.path = path;
    return desk_->Serve(peer, request);
  }
  // The path behind coap://198.51.100.1:5683/ in what was written to /5/0/1.
  std::vector<std::string> PathOfSource() const {
    std::vector<std::string> segments;
    std::string rest = values_.at("5/0/1");
    rest.erase(0, rest.find("://") + 3);
    while (rest.find('/') != std::string::npos) {
      rest.erase(0, rest.find('/') + 1);
      segments.push_back(rest.substr(0, rest.find('/')));
    }
    return segments;
  }

  testing::TemporaryDirectory directory_;
  Config::Firmware config_;
  const lwm2m::ObjectModel model_ = *LoadModels("");
  std::unique_ptr<Store> store_ = *Store::Open({"memory"});
  Metrics metrics_;
  tests::FakeTransport transport_;
  tests::FakeListener listener_;
  lwm2m::Server server_{lwm2m::ServerOptions{}, transport_, listener_, tests::CountingOctets()};
  struct Link {
    Link(tests::FakeListener& listener, lwm2m::Server& server) { listener.server = &server; }
  } link_{listener_, server_};
  std::unique_ptr<FirmwareDesk> desk_;
  const lwm2m::TimePoint start_ = lwm2m::TimePoint{} + hours(1000);
  lwm2m::TimePoint now_ = start_;
  std::map<std::string, std::string> values_;
  std::string downloaded_ = "2";  // State after an image was written
  std::vector<FirmwareStatus> reports_;
  std::vector<std::string> log_;
  std::size_t answered_ = 0;
  std::uint16_t message_id_ = 0;
  lwm2m::ExchangeId exchange_ = 0;
};

TEST_F(FirmwareDeskTest, ReportsEachStep) {
  Register("dev");
  const auto begun = Start(Order());
  ASSERT_TRUE(begun) << begun.error().detail;
  EXPECT_EQ(*begun, FirmwareDesk::Begin::kNew);
  EXPECT_TRUE(reports_.empty()) << "not from within";
  Run();
  std::vector<std::string> steps;
  for (const FirmwareStatus& report : reports_) steps.emplace_back(ToString(report.step));
  EXPECT_THAT(steps, ::testing::ElementsAre("downloading", "downloading", "downloaded", "updating",
                                            "done"));
  EXPECT_EQ(reports_[0].sent, 0u);
  EXPECT_EQ(reports_[1].sent, 5000u);
  EXPECT_EQ(desk_->open_updates(), 0u);
  EXPECT_EQ(values_["5/0/0"].size(), 5000u);
}

TEST_F(FirmwareDeskTest, ReportsEveryTenPercent) {
  Register("dev");
  ASSERT_TRUE(Start(Order()));
  const CoapRequest write = RunUntilAsked("5/0/0");
  reports_.clear();
  for (std::size_t sent = 100; sent <= 5000; sent += 100) write.progress(sent, 5000);
  std::vector<std::size_t> told;
  for (const FirmwareStatus& report : reports_) told.push_back(report.sent);
  EXPECT_EQ(told,
            (std::vector<std::size_t>{500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000}));
}

TEST_F(FirmwareDeskTest, RefusesWhatCannotBegin) {
  Register("dev");
  Register("plain", "</3/0>");
  const auto status = [&](FirmwareOrder order) {
    const auto begun = Start(order);
    return begun ? ResponseStatusCode::kOk : begun.error().status;
  };
  FirmwareOrder order = Order();
  order.endpoint = "nobody";
  EXPECT_EQ(status(order), ResponseStatusCode::kTargetNotReachable);
  order.endpoint = "plain";
  EXPECT_EQ(status(order), ResponseStatusCode::kNotFound);
  order = Order();
  order.file = "../a.bin";
  EXPECT_EQ(status(order), ResponseStatusCode::kNotFound);
  order.file = "";
  order.uri = "ftp://192.0.2.1/a.bin";
  EXPECT_EQ(status(order), ResponseStatusCode::kBadRequest);
  order.uri = "coap://192.0.2.1/" + std::string(255, 'a');
  EXPECT_EQ(status(order), ResponseStatusCode::kBadRequest);
  order.uri = "coap://192.0.2.1/a.bin";
  order.method = lwm2m::FirmwareMethod::kPush;
  EXPECT_EQ(status(order), ResponseStatusCode::kBadRequest);
  EXPECT_EQ(desk_->open_updates(), 0u);
}

// One update of an endpoint at a time.
TEST_F(FirmwareDeskTest, SecondUpdateOfAnEndpointConflicts) {
  Register("dev");
  ASSERT_TRUE(Start(Order()));
  FirmwareOrder second = Order();
  second.command = "another";
  const auto begun = Start(second);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().status, ResponseStatusCode::kConflict);
}

TEST_F(FirmwareDeskTest, ImageIsSharedAmongUpdates) {
  downloaded_ = "1";
  for (const char* endpoint : {"a", "bb", "ccc"}) {
    Register(endpoint);
    ASSERT_TRUE(Start(Order(endpoint)));
  }
  Run(seconds(0));
  std::vector<const std::string*> bodies;
  for (const auto& sent : transport_.sent) {
    if (PathOf(sent.request) == "5/0/0") bodies.push_back(sent.request.payload.shared.get());
  }
  ASSERT_EQ(bodies.size(), 3u);
  EXPECT_EQ(bodies[0], bodies[1]);
  EXPECT_EQ(bodies[0], bodies[2]);
}

// ---- pull

class FirmwareSourceTest : public FirmwareDeskTest {
 protected:
  void Pull(const std::string& endpoint) {
    downloaded_ = "1";
    FirmwareOrder order = Order(endpoint);
    order.method = lwm2m::FirmwareMethod::kPull;
    ASSERT_TRUE(Start(order));
    Run(seconds(2));
  }
};

TEST_F(FirmwareSourceTest, ServesTheImageUnderAnUnguessablePath) {
  Register("dev");
  Pull("dev");
  const std::string uri = values_["5/0/1"];
  EXPECT_THAT(uri, ::testing::MatchesRegex("coap://198.51.100.1:5683/fw/[0-9a-f]{16}/a.bin"));
  const auto answer = Get(PathOfSource(), PeerOf("dev", Peer::Transport::kUdp, ""));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, Code::kContent);
  EXPECT_EQ(answer->payload.body(), std::string(5000, 'f'));
  EXPECT_EQ(answer->payload.format, ContentFormat::kOpaque);
  EXPECT_EQ(answer->etag.size(), 8u);
}

// The address of a device may change during a download, and its downloader has a port of its own.
TEST_F(FirmwareSourceTest, ServesAnyAddressThatKnowsThePath) {
  Register("dev");
  Pull("dev");
  Peer elsewhere = PeerOf("dev", Peer::Transport::kUdp, "");
  elsewhere.address = "203.0.113.9:40000";
  EXPECT_TRUE(Get(PathOfSource(), elsewhere));
}

TEST_F(FirmwareSourceTest, ServesNothingElse) {
  Register("dev");
  Pull("dev");
  const Peer peer = PeerOf("dev", Peer::Transport::kUdp, "");
  const std::vector<std::string> good = PathOfSource();
  EXPECT_FALSE(Get({}, peer));
  EXPECT_FALSE(Get({"fw"}, peer));
  EXPECT_FALSE(Get({"fw", "a.bin"}, peer));
  EXPECT_FALSE(Get({"fw", "0123456789abcdef", "a.bin"}, peer));
  EXPECT_FALSE(Get({"fw", good[1], "b.bin"}, peer));
  EXPECT_FALSE(Get({"fw", good[1], "a.bin", "x"}, peer));
  EXPECT_FALSE(Get({"rd", good[1], "a.bin"}, peer));
}

TEST_F(FirmwareSourceTest, ServesOnlyWhileTheUpdateIsUnderWay) {
  Register("dev");
  Pull("dev");
  const Peer peer = PeerOf("dev", Peer::Transport::kUdp, "");
  ASSERT_TRUE(Get(PathOfSource(), peer));
  const std::vector<std::string> path = PathOfSource();
  ASSERT_TRUE(desk_->Cancel("dev", now_));
  Run();
  EXPECT_EQ(desk_->open_updates(), 0u);
  EXPECT_FALSE(Get(path, peer));
}

// SEC-8: on coaps by identity.
TEST_F(FirmwareSourceTest, ServesOverDtlsOnlyTheIdentityOfTheEndpoint) {
  Register("dev", "</3/0>,</5/0>", Peer::Transport::kDtls, "dev-psk");
  Pull("dev");
  EXPECT_THAT(values_["5/0/1"], HasSubstr("coaps://198.51.100.1:5683/fw/"));
  EXPECT_TRUE(Get(PathOfSource(), PeerOf("dev", Peer::Transport::kDtls, "dev-psk")));
  EXPECT_FALSE(Get(PathOfSource(), PeerOf("dev", Peer::Transport::kDtls, "other-psk")));
}

TEST_F(FirmwareSourceTest, ConfiguredUrlsComeFirst) {
  config_.urls = {"coaps://fw.example/", "coap://fw.example:5683"};
  Begin();
  Register("dev");
  Pull("dev");
  EXPECT_THAT(values_["5/0/1"], HasSubstr("coaps://fw.example/fw/"));
}

TEST_F(FirmwareSourceTest, ExternalUriIsHandedOn) {
  Register("dev");
  FirmwareOrder order = Order();
  order.file = "";
  order.uri = "http://images.example/a.bin";
  ASSERT_TRUE(Start(order));
  Run();
  EXPECT_EQ(values_["5/0/1"], "http://images.example/a.bin");
  EXPECT_EQ(reports_.back().step, FirmwareStep::kDone);
}

// ---- cancel, restart, values

TEST_F(FirmwareDeskTest, CancelEndsTheWriteThatIsUnderWay) {
  Register("dev");
  ASSERT_TRUE(Start(Order()));
  const std::string token = RunUntilAsked("5/0/0").token;
  ++answered_;  // this one is not
  ASSERT_TRUE(desk_->Cancel("dev", now_));
  EXPECT_THAT(transport_.cancelled, ::testing::Contains(token));
  Run();
  EXPECT_EQ(reports_.back().failure, lwm2m::FirmwareFailure::kCancelled);
  EXPECT_EQ(log_.front(), "5/0/1") << "FW-4";
}

TEST_F(FirmwareDeskTest, CancelOfNothingIsNotFound) {
  Register("dev");
  const auto cancelled = desk_->Cancel("dev", now_);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().status, ResponseStatusCode::kNotFound);
}

// FW-3: object 1.1 has Cancel.
TEST_F(FirmwareDeskTest, CancelIsExecutedWhereTheObjectVersionHasIt) {
  Register("dev", "</3/0>,</5>;ver=1.1,</5/0>");
  downloaded_ = "1";
  ASSERT_TRUE(Start(Order()));
  Run(seconds(1));
  log_.clear();
  ASSERT_TRUE(desk_->Cancel("dev", now_));
  Run();
  EXPECT_EQ(log_.front(), "5/0/10");
}

TEST_F(FirmwareDeskTest, GoesOnAfterARestart) {
  Register("dev");
  downloaded_ = "1";
  FirmwareOrder order = Order();
  order.method = lwm2m::FirmwareMethod::kPull;
  ASSERT_TRUE(Start(order));
  Run(seconds(2));
  const std::string uri = values_["5/0/1"];
  Begin();
  EXPECT_TRUE(desk_->IsLeftOver(order.command));
  EXPECT_FALSE(desk_->IsLeftOver("another"));
  const auto begun = Start(order);
  ASSERT_TRUE(begun);
  EXPECT_EQ(*begun, FirmwareDesk::Begin::kResumed);
  EXPECT_TRUE(Get(PathOfSource(), PeerOf("dev", Peer::Transport::kUdp, ""))) << "the same path";
  values_["5/0/3"] = "2";
  log_.clear();
  Run();
  EXPECT_EQ(reports_.back().step, FirmwareStep::kDone);
  EXPECT_THAT(log_, ::testing::Not(::testing::Contains("5/0/1")));
}

// FW-5: the notification makes it look, long before the next poll.
TEST_F(FirmwareDeskTest, NotificationOfTheStateBringsItOn) {
  Register("dev");
  downloaded_ = "1";
  ASSERT_TRUE(Start(Order()));
  Run(seconds(300));
  values_["5/0/3"] = "2";
  desk_->OnValue("dev", lwm2m::kFirmwareState, {ContentFormat::kText, "2"}, now_);
  Run(seconds(6));
  EXPECT_EQ(reports_.back().step, FirmwareStep::kDone);
}

TEST_F(FirmwareDeskTest, ShowsWhatIsUnderWay) {
  EXPECT_EQ(desk_->ToJson(), R"({"updates":[]})");
  Register("dev");
  downloaded_ = "1";
  ASSERT_TRUE(Start(Order()));
  Run(seconds(1));
  EXPECT_EQ(desk_->ToJson(),
            R"({"updates":[{"endpoint":"dev","file":"a.bin","step":"downloading","method":"push",)"
            R"("state":"Downloading","result":0,"percent":100,"downloads":1}]})");
}

TEST_F(FirmwareDeskTest, CountsItsEnds) {
  Register("dev");
  ASSERT_TRUE(Start(Order()));
  Run();
  EXPECT_THAT(metrics_.Render(), HasSubstr("ipe_firmware_updates_total{outcome=\"done\"} 1"));
}

}  // namespace
}  // namespace ipe
