#include "lwm2m/coap/coap_transport.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/coap_datagram.h"
#include "tests/support/lwm2m_fakes.h"
#include "tests/support/recorded_clients.h"

namespace lwm2m {
namespace {

using tests::CoapDatagram;
using Clock = std::chrono::steady_clock;

constexpr int kGet = 1;
constexpr int kPost = 2;
constexpr int kContent = 0x45;
constexpr int kCreated = 0x41;
constexpr int kChanged = 0x44;
constexpr int kContinue = 0x5f;

// A device: a plain UDP socket and hand-written datagrams.
class Device {
 public:
  explicit Device(std::uint16_t server_port) : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address = Loopback(0);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    server_ = Loopback(server_port);
  }
  ~Device() { close(fd_); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  void Send(const CoapDatagram& message) { SendOctets(Encode(message)); }
  void SendOctets(const std::string& octets) {
    EXPECT_EQ(sendto(fd_, octets.data(), octets.size(), 0, reinterpret_cast<sockaddr*>(&server_),
                     sizeof server_),
              static_cast<ssize_t>(octets.size()));
  }
  // What has arrived; checks that it came from the port that the device knows.
  std::optional<CoapDatagram> Poll() {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 0) != 1) return std::nullopt;
    std::string octets(2048, '\0');
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        recvfrom(fd_, octets.data(), octets.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    EXPECT_EQ(from.sin_port, server_.sin_port);
    EXPECT_GT(size, 0);
    octets.resize(static_cast<std::size_t>(size));
    return tests::Decode(octets);
  }

 private:
  static sockaddr_in Loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }
  int fd_;
  sockaddr_in server_{};
};

class CoapTransportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.coap = {"127.0.0.1:0"};
    Start();
  }

  void Start() {
    server_.reset();
    auto created = CoapTransport::Create(options_);
    ASSERT_TRUE(created) << created.error().detail;
    transport_ = std::move(*created);
    server_ =
        std::make_unique<Server>(ServerOptions{}, *transport_, listener_, tests::CountingOctets());
    listener_.server = server_.get();
    listener_.now = Clock::now();
    transport_->SetServer(server_.get());
    const std::string address = transport_->bound_addresses().at(0);
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  // Runs the loop until `done`, at most twenty seconds.
  void RunUntil(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!done()) {
      ASSERT_LT(Clock::now(), deadline) << "nothing came";
      const TimePoint now = transport_->RunOnce(Clock::now() + std::chrono::milliseconds(20));
      listener_.now = now;
      server_->Tick(now);
    }
  }
  CoapDatagram Receive(Device& device) {
    std::optional<CoapDatagram> received;
    RunUntil([&] { return (received = device.Poll()).has_value(); });
    return received.value_or(CoapDatagram{});
  }
  // Runs the loop until the server has seen everything sent so far: a device of its own gets an
  // answer.
  void ExpectSilence(Device& device) {
    Device other(port_);
    // No CoAP ping: libcoap leaves those unanswered in the first quarter of a second of its clock.
    CoapDatagram question;
    question.code = kPost;
    question.message_id = 77;
    other.Send(question);
    EXPECT_EQ(Receive(other).type, CoapDatagram::kAck);
    EXPECT_FALSE(device.Poll().has_value());
  }

  static CoapDatagram RegisterMessage(std::uint16_t message_id, const std::string& endpoint,
                                      const std::string& objects = "</1/0>,</3/0>") {
    CoapDatagram message;
    message.code = kPost;
    message.message_id = message_id;
    message.token = "reg" + std::to_string(message_id);
    message.Add(CoapDatagram::kUriPath, "rd")
        .AddNumber(CoapDatagram::kContentFormat, 40)
        .Add(CoapDatagram::kUriQuery, "ep=" + endpoint)
        .Add(CoapDatagram::kUriQuery, "lwm2m=1.0")
        .Add(CoapDatagram::kUriQuery, "lt=300");
    message.payload = objects;
    return message;
  }
  void Register(Device& device, const std::string& endpoint) {
    device.Send(RegisterMessage(1, endpoint));
    ASSERT_EQ(Receive(device).code, kCreated);
  }
  void Submit(const std::string& endpoint, OperationKind kind, const Path& path,
              std::string payload = {}) {
    Operation operation;
    operation.kind = kind;
    operation.path = path;
    if (!payload.empty()) operation.payload = {ContentFormat::kOpaque, std::move(payload)};
    const TimePoint now = Clock::now();
    server_->Submit(endpoint, operation, Priority::kCommand, now + std::chrono::minutes(1), now,
                    [this](const Outcome& outcome) { outcomes_.push_back(outcome); });
  }
  // Observes /3/0/9 and returns the token.
  std::string Observe(Device& device, const std::string& endpoint) {
    Submit(endpoint, OperationKind::kObserve, Path(3, 0, 9));
    const CoapDatagram request = Receive(device);
    EXPECT_EQ(request.Number(CoapDatagram::kObserve), 0u);
    CoapDatagram answer;
    answer.type = CoapDatagram::kAck;
    answer.code = kContent;
    answer.message_id = request.message_id;
    answer.token = request.token;
    answer.AddNumber(CoapDatagram::kObserve, 1).AddNumber(CoapDatagram::kContentFormat, 0);
    answer.payload = "80";
    device.Send(answer);
    RunUntil([this] { return outcomes_.size() == 1; });
    return request.token;
  }
  static CoapDatagram NotificationMessage(const std::string& token, std::uint16_t message_id,
                                          std::uint32_t sequence, const std::string& value,
                                          int type = CoapDatagram::kCon) {
    CoapDatagram message;
    message.type = type;
    message.code = kContent;
    message.message_id = message_id;
    message.token = token;
    message.AddNumber(CoapDatagram::kObserve, sequence).AddNumber(CoapDatagram::kContentFormat, 0);
    message.payload = value;
    return message;
  }

  CoapTransportOptions options_;
  std::unique_ptr<CoapTransport> transport_;
  tests::FakeListener listener_;
  std::unique_ptr<Server> server_;
  std::vector<Outcome> outcomes_;
  std::uint16_t port_ = 0;
};

TEST_F(CoapTransportTest, AnswersWithinTheAcknowledgementWhenTheVerdictIsAtHand) {
  Device device(port_);
  device.Send(RegisterMessage(0x1234, "one"));
  const CoapDatagram answer = Receive(device);
  EXPECT_EQ(answer.type, CoapDatagram::kAck);
  EXPECT_EQ(answer.code, kCreated);
  EXPECT_EQ(answer.message_id, 0x1234);
  EXPECT_EQ(answer.token, RegisterMessage(0x1234, "one").token);
  const auto location = answer.All(CoapDatagram::kLocationPath);
  ASSERT_EQ(location.size(), 2u);
  EXPECT_EQ(location[0], "rd");
  EXPECT_EQ(location[1], server_->Find("one")->handle);
}

TEST_F(CoapTransportTest, AnswersSeparatelyWhenTheVerdictTakesTime) {
  listener_.answer_at_once = false;
  Device device(port_);
  const CoapDatagram request = RegisterMessage(7, "one");
  device.Send(request);
  const CoapDatagram acknowledgement = Receive(device);
  EXPECT_EQ(acknowledgement.type, CoapDatagram::kAck);
  EXPECT_EQ(acknowledgement.code, 0);
  EXPECT_EQ(acknowledgement.message_id, 7);

  // RFC 7252 §5.2.2: a retransmission meanwhile is acknowledged again and not executed again.
  device.Send(request);
  EXPECT_EQ(Receive(device).code, 0);
  EXPECT_EQ(listener_.registers.size(), 1u);
  EXPECT_EQ(transport_->counters().retransmissions, 1u);

  server_->Answer(listener_.registers[0].ticket, Code::kCreated, Clock::now());
  const CoapDatagram answer = Receive(device);
  EXPECT_EQ(answer.type, CoapDatagram::kCon);
  EXPECT_EQ(answer.code, kCreated);
  EXPECT_EQ(answer.token, request.token);
  EXPECT_NE(answer.message_id, 7);
  EXPECT_EQ(transport_->counters().open_exchanges, 0u);
}

TEST_F(CoapTransportTest, AnswersWithinTheAcknowledgementBeforeTheNextTurn) {
  listener_.answer_at_once = false;
  Device device(port_);
  const CoapDatagram request = RegisterMessage(7, "one");
  device.Send(request);
  device.Send(request);  // it comes twice before it is answered: one answer
  RunUntil([this] { return listener_.registers.size() == 1; });
  EXPECT_FALSE(device.Poll().has_value());
  server_->Answer(listener_.registers[0].ticket, Code::kCreated, Clock::now());
  const CoapDatagram answer = Receive(device);
  EXPECT_EQ(answer.type, CoapDatagram::kAck);
  EXPECT_EQ(answer.code, kCreated);
  EXPECT_EQ(answer.message_id, 7);
  EXPECT_EQ(answer.token, request.token);
  ExpectSilence(device);
  EXPECT_EQ(listener_.registers.size(), 1u);
  EXPECT_EQ(transport_->counters().open_exchanges, 0u);
}

TEST_F(CoapTransportTest, AsksSoManyDevicesAtATime) {
  options_.downlinks_at_once = 1;
  Start();
  Device first(port_);
  Device second(port_);
  Register(first, "one");
  Register(second, "two");
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  Submit("two", OperationKind::kRead, Path(3, 0, 0));
  const CoapDatagram request = Receive(first);
  ExpectSilence(second);
  CoapDatagram answer;
  answer.type = CoapDatagram::kAck;
  answer.code = kContent;
  answer.message_id = request.message_id;
  answer.token = request.token;
  first.Send(answer);
  EXPECT_EQ(Receive(second).code, kGet);
}

// One that is gone does not hold the others up for longer than its first retransmission takes.
TEST_F(CoapTransportTest, AsksTheNextDeviceWhenTheOneBeforeIsSilent) {
  options_.downlinks_at_once = 1;
  options_.ack_timeout = std::chrono::milliseconds(1000);
  Start();
  Device first(port_);
  Device second(port_);
  Register(first, "one");
  Register(second, "two");
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  Submit("two", OperationKind::kRead, Path(3, 0, 0));
  Receive(first);
  EXPECT_EQ(Receive(second).code, kGet);
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(CoapTransportTest, AnswersANonConfirmableRequestWithoutAcknowledgement) {
  listener_.answer_at_once = false;
  Device device(port_);
  CoapDatagram request = RegisterMessage(7, "one");
  request.type = CoapDatagram::kNon;
  device.Send(request);
  RunUntil([this] { return listener_.registers.size() == 1; });
  ExpectSilence(device);
  server_->Answer(listener_.registers[0].ticket, Code::kCreated, Clock::now());
  EXPECT_EQ(Receive(device).type, CoapDatagram::kNon);
}

TEST_F(CoapTransportTest, RepeatsTheAnswerToARetransmissionWithoutASecondRegistration) {
  Device device(port_);
  device.Send(RegisterMessage(9, "one"));
  const CoapDatagram first = Receive(device);
  device.Send(RegisterMessage(9, "one"));
  const CoapDatagram second = Receive(device);
  EXPECT_EQ(Encode(first), Encode(second));
  EXPECT_EQ(listener_.registers.size(), 1u);
}

TEST_F(CoapTransportTest, RefusesAnUnknownCriticalOption) {  // GEN-12
  Device device(port_);
  CoapDatagram request = RegisterMessage(3, "one");
  request.Add(2049, "x");
  device.Send(request);
  EXPECT_EQ(Receive(device).code, 0x82);
  CoapDatagram conditional = RegisterMessage(4, "one");
  conditional.options.insert(conditional.options.begin(), {1, "etag"});
  device.Send(conditional);
  EXPECT_EQ(Receive(device).code, 0x82);
  EXPECT_TRUE(listener_.registers.empty());
}

TEST_F(CoapTransportTest, TakesAnObjectListAsLongAsADatagram) {
  std::string objects = "</1/0>";
  while (objects.size() < 1300) objects += ",</3303/" + std::to_string(objects.size()) + ">";
  Device device(port_);
  device.Send(RegisterMessage(3, "one", objects));
  EXPECT_EQ(Receive(device).code, kCreated);
}

TEST_F(CoapTransportTest, AcknowledgesANotificationThatWasStored) {  // IR-3
  Device device(port_);
  Register(device, "one");
  const std::string token = Observe(device, "one");
  device.Send(NotificationMessage(token, 100, 2, "79"));
  const CoapDatagram acknowledgement = Receive(device);
  EXPECT_EQ(acknowledgement.type, CoapDatagram::kAck);
  EXPECT_EQ(acknowledgement.code, 0);
  EXPECT_EQ(acknowledgement.message_id, 100);
  ASSERT_EQ(listener_.notifications.size(), 1u);
  EXPECT_EQ(listener_.notifications[0].message.payload.octets, "79");
}

TEST_F(CoapTransportTest, AcknowledgesARetransmittedNotificationAgainWithoutDeliveringItTwice) {
  Device device(port_);
  Register(device, "one");
  const std::string token = Observe(device, "one");
  for (int transmission = 0; transmission < 3; ++transmission) {
    device.Send(NotificationMessage(token, 100, 2, "79"));
    const CoapDatagram acknowledgement = Receive(device);
    EXPECT_EQ(acknowledgement.type, CoapDatagram::kAck) << transmission;
    EXPECT_EQ(acknowledgement.message_id, 100) << transmission;
  }
  EXPECT_EQ(listener_.notifications.size(), 1u);
}

TEST_F(CoapTransportTest, IsSilentWhenANotificationCouldNotBeStoredAndTakesTheNextOne) {
  Device device(port_);
  Register(device, "one");
  const std::string token = Observe(device, "one");
  listener_.stores = false;
  device.Send(NotificationMessage(token, 100, 2, "79"));
  RunUntil([this] { return transport_->counters().acks_withheld == 1; });
  ExpectSilence(device);
  listener_.stores = true;
  device.Send(NotificationMessage(token, 100, 2, "79"));
  EXPECT_EQ(Receive(device).type, CoapDatagram::kAck);
  EXPECT_EQ(listener_.notifications.size(), 1u);
}

TEST_F(CoapTransportTest, ResetsANotificationWithAnUnknownToken) {  // IR-3, IR-4
  Device device(port_);
  Register(device, "one");
  for (const int type : {CoapDatagram::kCon, CoapDatagram::kNon}) {
    const auto message_id = static_cast<std::uint16_t>(100 + type);
    device.Send(NotificationMessage("strange", message_id, 2, "79", type));
    const CoapDatagram reset = Receive(device);
    EXPECT_EQ(reset.type, CoapDatagram::kRst);
    EXPECT_EQ(reset.message_id, message_id);
  }
}

TEST_F(CoapTransportTest, TakesASeparateAnswer) {
  Device device(port_);
  Register(device, "one");
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  const CoapDatagram request = Receive(device);
  CoapDatagram acknowledgement;
  acknowledgement.type = CoapDatagram::kAck;
  acknowledgement.message_id = request.message_id;
  device.Send(acknowledgement);
  CoapDatagram answer;
  answer.code = kContent;
  answer.message_id = 500;
  answer.token = request.token;
  answer.payload = "maker";
  device.Send(answer);
  const CoapDatagram confirmation = Receive(device);
  EXPECT_EQ(confirmation.type, CoapDatagram::kAck);
  EXPECT_EQ(confirmation.message_id, 500);
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].response()->payload.octets, "maker");
}

TEST_F(CoapTransportTest, ReportsAReset) {
  Device device(port_);
  Register(device, "one");
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  CoapDatagram reset;
  reset.message_id = Receive(device).message_id;
  reset.type = CoapDatagram::kRst;
  device.Send(reset);
  RunUntil([this] { return outcomes_.size() == 1; });
  EXPECT_EQ(*outcomes_[0].failure(), Failure::kReset);
  EXPECT_EQ(transport_->counters().downlinks_open, 0u);
}

TEST_F(CoapTransportTest, ReportsATimeOutAfterAllRetransmissions) {
  options_.ack_timeout = std::chrono::milliseconds(1000);
  options_.max_retransmit = 1;
  Start();
  Device device(port_);
  Register(device, "one");
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  RunUntil([this] { return outcomes_.size() == 1; });
  EXPECT_EQ(*outcomes_[0].failure(), Failure::kTimedOut);
}

TEST_F(CoapTransportTest, AssemblesARecordedBlockwiseRegister) {  // BLK-3
  Device device(port_);
  std::vector<int> codes;
  for (const auto& message : tests::RecordedMessages()) {
    if (message.name.rfind("wakaama-register-block1-64", 0) != 0) continue;
    // Each block twice: a lost acknowledgement must not disturb the transfer.
    for (int transmission = 0; transmission < 2; ++transmission) {
      device.Send(message.datagram);
      const CoapDatagram answer = Receive(device);
      EXPECT_EQ(answer.message_id, message.datagram.message_id);
      EXPECT_EQ(answer.Number(CoapDatagram::kBlock1),
                message.datagram.Number(CoapDatagram::kBlock1));
      codes.push_back(answer.code);
    }
  }
  EXPECT_EQ(codes,
            (std::vector<int>{kContinue, kContinue, kContinue, kContinue, kCreated, kCreated}));
  ASSERT_EQ(listener_.registers.size(), 1u);
  const ObjectList& objects = server_->Find("vecraw")->objects;
  EXPECT_TRUE(objects.Has(Path(31024, 12)));
  EXPECT_TRUE(objects.Has(Path(3, 0)));
}

TEST_F(CoapTransportTest, AnswersABlockOutOfOrderWithIncomplete) {
  Device device(port_);
  CoapDatagram message = RegisterMessage(3, "one", "0>,</5/0>");
  message.AddNumber(CoapDatagram::kBlock1, 0x12);
  device.Send(message);
  EXPECT_EQ(Receive(device).code, 0x88);
}

TEST_F(CoapTransportTest, FetchesALongAnswerBlockByBlock) {  // BLK-2
  Device device(port_);
  Register(device, "one");
  Submit("one", OperationKind::kRead, Path(3, 0));
  const std::string value(150, 'v');
  for (unsigned number = 0; number < 3; ++number) {
    const CoapDatagram request = Receive(device);
    EXPECT_EQ(request.code, kGet);
    EXPECT_EQ(request.All(CoapDatagram::kUriPath), (std::vector<std::string>{"3", "0"}));
    if (number > 0) {
      EXPECT_EQ(request.Number(CoapDatagram::kBlock2), number << 4 | 0x2);
    }
    CoapDatagram answer;
    answer.type = CoapDatagram::kAck;
    answer.code = kContent;
    answer.message_id = request.message_id;
    answer.token = request.token;
    answer.AddNumber(CoapDatagram::kBlock2, number << 4 | (number < 2 ? 0x8u : 0u) | 0x2);
    answer.payload = value.substr(number * 64, 64);
    device.Send(answer);
  }
  RunUntil([this] { return outcomes_.size() == 1; });
  EXPECT_EQ(outcomes_[0].response()->payload.octets, value);
}

TEST_F(CoapTransportTest, SendsALongValueBlockByBlockInTheSizeTheDeviceWants) {  // BLK-1, DM-16
  Device device(port_);
  Register(device, "one");
  std::string value;
  for (int i = 0; value.size() < 2000; ++i) value += std::to_string(i) + ",";
  Submit("one", OperationKind::kWriteReplace, Path(5, 0, 0), value);
  std::string received;
  for (bool more = true; more;) {
    const CoapDatagram request = Receive(device);
    const std::uint32_t block = request.Number(CoapDatagram::kBlock1).value();
    more = (block & 0x8) != 0;
    EXPECT_EQ((block >> 4) * (16u << (block & 0x7)), received.size());
    if (received.empty()) {
      EXPECT_EQ(request.Number(CoapDatagram::kSize1), value.size());
    }
    received += request.payload;
    CoapDatagram answer;
    answer.type = CoapDatagram::kAck;
    answer.code = more ? kContinue : kChanged;
    answer.message_id = request.message_id;
    answer.token = request.token;
    answer.AddNumber(CoapDatagram::kBlock1, (block & ~0x7u) | 0x4);  // 256 from now on
    device.Send(answer);
  }
  RunUntil([this] { return outcomes_.size() == 1; });
  EXPECT_EQ(outcomes_[0].response()->code, Code::kChanged);
  EXPECT_EQ(received, value);
}

TEST_F(CoapTransportTest, FetchesTheRestOfALongNotification) {  // IR-9
  Device device(port_);
  Register(device, "one");
  const std::string token = Observe(device, "one");
  CoapDatagram first = NotificationMessage(token, 100, 2, std::string(64, 'a'));
  first.AddNumber(CoapDatagram::kBlock2, 0xa);
  device.Send(first);
  EXPECT_EQ(Receive(device).type, CoapDatagram::kAck);
  const CoapDatagram request = Receive(device);
  EXPECT_EQ(request.code, kGet);
  EXPECT_FALSE(request.Number(CoapDatagram::kObserve).has_value());
  EXPECT_EQ(request.Number(CoapDatagram::kBlock2), 0x12u);
  EXPECT_EQ(request.All(CoapDatagram::kUriPath), (std::vector<std::string>{"3", "0", "9"}));
  EXPECT_NE(request.token, token);
  CoapDatagram rest;
  rest.type = CoapDatagram::kAck;
  rest.code = kContent;
  rest.message_id = request.message_id;
  rest.token = request.token;
  rest.AddNumber(CoapDatagram::kBlock2, 0x12);
  rest.payload = "b";
  device.Send(rest);
  RunUntil([this] { return listener_.notifications.size() == 1; });
  EXPECT_EQ(listener_.notifications[0].message.payload.octets, std::string(64, 'a') + "b");
}

TEST_F(CoapTransportTest, ReachesADeviceWhoseSessionIsGoneFromThePortItKnows) {
  options_.sessions_held = 1;
  options_.idle_sessions = 1;
  Start();
  Device device(port_);
  Register(device, "one");
  std::vector<std::unique_ptr<Device>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<Device>(port_));
    Register(*others.back(), "other" + std::to_string(i));
  }
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  const CoapDatagram request = Receive(device);  // checks the port
  EXPECT_EQ(transport_->counters().downlink_sessions, 1u);
  // An uplink meanwhile comes in on the socket of the downlink and is taken all the same.
  device.Send(RegisterMessage(2, "another"));
  EXPECT_EQ(Receive(device).code, kCreated);
  CoapDatagram answer;
  answer.type = CoapDatagram::kAck;
  answer.code = kContent;
  answer.message_id = request.message_id;
  answer.token = request.token;
  answer.payload = "maker";
  device.Send(answer);
  RunUntil([this] { return outcomes_.size() == 1; });
  EXPECT_EQ(outcomes_[0].response()->payload.octets, "maker");
  RunUntil([this] { return transport_->counters().downlink_sessions == 0; });
}

TEST_F(CoapTransportTest, ReachesADeviceAfterItsConfirmableNotification) {
  Device device(port_);
  Register(device, "one");
  const std::string token = Observe(device, "one");
  device.Send(NotificationMessage(token, 100, 2, "79"));
  EXPECT_EQ(Receive(device).type, CoapDatagram::kAck);
  Submit("one", OperationKind::kRead, Path(3, 0, 0));
  EXPECT_EQ(Receive(device).code, kGet);
}

TEST_F(CoapTransportTest, EndsTheWaitWhenWokenFromAnotherThread) {
  std::thread other([this] { transport_->Wake(); });
  const TimePoint before = Clock::now();
  transport_->RunOnce(before + std::chrono::seconds(30));
  other.join();
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(20));
}

TEST_F(CoapTransportTest, RefusesAnAddressThatIsNone) {
  options_.coap = {"localhost:5683"};
  const auto created = CoapTransport::Create(options_);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::kInvalidValue);
}

TEST_F(CoapTransportTest, ExpandsAWildcardIntoLocalAddresses) {
  options_.coap = {"0.0.0.0:0"};
  Start();
  std::string loopback;
  for (const std::string& address : transport_->bound_addresses()) {
    EXPECT_NE(address.rfind("0.0.0.0", 0), 0u) << address;
    if (address.rfind("127.0.0.1:", 0) == 0) loopback = address;
  }
  ASSERT_FALSE(loopback.empty());
  Device device(static_cast<std::uint16_t>(std::stoi(loopback.substr(10))));
  Register(device, "one");
}

TEST_F(CoapTransportTest, SurvivesMalformedDatagrams) {
  Device device(port_);
  const std::string whole = Encode(RegisterMessage(3, "one"));
  for (std::size_t length = 1; length < whole.size(); ++length) {
    device.SendOctets(whole.substr(0, length));
  }
  Device other(port_);
  Register(other, "two");
  EXPECT_NE(server_->Find("two"), nullptr);
}

}  // namespace
}  // namespace lwm2m
