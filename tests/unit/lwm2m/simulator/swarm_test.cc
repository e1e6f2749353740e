#include "lwm2m/simulator/swarm.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lwm2m/simulator/datagram.h"
#include "lwm2m/simulator/latency_histogram.h"
#include "lwm2m/simulator/spread_socket.h"

namespace lwm2m::simulator {
namespace {

using namespace std::chrono_literals;

constexpr Code kServiceUnavailable{0xa3};

// What a datagram is answered with, in order.
using Answers = std::vector<Datagram>;
using Rule = std::function<Answers(const Datagram&)>;

Datagram AnswerTo(const Datagram& request, Code code) {
  Datagram answer;
  answer.type = MessageType::kAcknowledgement;
  answer.code = code;
  answer.message_id = request.message_id;
  answer.token = code == Code::kEmpty ? "" : request.token;
  return answer;
}

Datagram Created(const Datagram& request, std::string_view handle) {
  Datagram answer = AnswerTo(request, Code::kCreated);
  answer.Add(kLocationPath, "rd");
  answer.Add(kLocationPath, handle);
  return answer;
}

std::string EndpointOf(const Datagram& request) {
  for (const std::string& query : request.Texts(kUriQuery)) {
    if (query.starts_with("ep=")) return query.substr(3);
  }
  return {};
}

// Registers everybody under the last six digits of the name, and agrees to the rest.
Answers Agreeable(const Datagram& request) {
  if (!request.is_request()) return {};
  if (const std::string name = EndpointOf(request); !name.empty()) {
    return {Created(request, name.substr(name.size() - 6))};
  }
  return {AnswerTo(request, request.code == Code::kDelete ? Code::kDeleted : Code::kChanged)};
}

// A server on a thread of its own that answers by a rule.
class RuledServer {
 public:
  explicit RuledServer(Rule rule) : rule_(std::move(rule)), fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), length);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~RuledServer() { Stop(); }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // After Stop().
  std::set<std::uint32_t> sources;
  std::vector<Datagram> received;

 private:
  void Serve() {
    std::array<char, 2048> buffer;
    for (;;) {
      const bool last = stopping_;  // what was sent before Stop() is still read
      pollfd waiting{fd_, POLLIN, 0};
      if (poll(&waiting, 1, 5) <= 0) {
        if (last) return;
        continue;
      }
      sockaddr_in peer{};
      socklen_t length = sizeof peer;
      const ssize_t size = recvfrom(fd_, buffer.data(), buffer.size(), 0,
                                    reinterpret_cast<sockaddr*>(&peer), &length);
      const auto datagram =
          Decode({buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))});
      if (!datagram) continue;
      sources.insert(ntohl(peer.sin_addr.s_addr));
      received.push_back(*datagram);
      for (const Datagram& answer : rule_(*datagram)) {
        const Octets octets = Encode(answer);
        sendto(fd_, octets.data(), octets.size(), 0, reinterpret_cast<const sockaddr*>(&peer),
               length);
      }
    }
  }

  const Rule rule_;
  int fd_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// Impatient, so that nobody waits for a test.
std::unique_ptr<Swarm> SwarmAt(const RuledServer& server, std::size_t devices) {
  SwarmOptions options;
  options.server = server.address();
  options.devices = devices;
  options.ack_timeout = 20ms;
  options.answer_timeout = 200ms;
  auto swarm = Swarm::Create(options);
  EXPECT_TRUE(swarm);
  return swarm ? std::move(*swarm) : nullptr;
}

SwarmLoad LoadOf(SwarmLoad::Action action, std::size_t window = 64) {
  SwarmLoad load;
  load.action = action;
  load.window = window;
  return load;
}

TEST(SwarmTest, RegistersEachDeviceFromAnAddressOfItsOwn) {
  RuledServer server(Agreeable);
  const auto swarm = SwarmAt(server, 300);
  const SwarmReport report = swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  EXPECT_EQ(report.begun, 300u);
  EXPECT_EQ(report.answered, 300u);
  EXPECT_EQ(report.codes[static_cast<std::uint8_t>(Code::kCreated)], 300u);
  EXPECT_EQ(swarm->registered(), 300u);
  server.Stop();
  EXPECT_EQ(server.sources.size(), 300u);
  EXPECT_EQ(*server.sources.begin(), 127u << 24 | 1u << 16);
}

TEST(SwarmTest, UpdatesAndDeregistersUnderTheLocationThatItWasGiven) {
  RuledServer server(Agreeable);
  const auto swarm = SwarmAt(server, 3);
  swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  EXPECT_EQ(swarm->Run(LoadOf(SwarmLoad::Action::kUpdate)).answered, 3u);
  EXPECT_EQ(swarm->Run(LoadOf(SwarmLoad::Action::kDeregister)).answered, 3u);
  EXPECT_EQ(swarm->registered(), 0u);
  EXPECT_EQ(swarm->Run(LoadOf(SwarmLoad::Action::kUpdate)).skipped, 3u);
  server.Stop();
  ASSERT_GE(server.received.size(), 9u);
  EXPECT_EQ(server.received.back().Texts(kUriPath), (std::vector<std::string>{"rd", "000002"}));
}

TEST(SwarmTest, RepeatsWhatWasLostAndCountsIt) {
  std::map<std::uint16_t, int> seen;
  RuledServer server([&seen](const Datagram& request) {
    return ++seen[request.message_id] < 3 ? Answers{} : Agreeable(request);
  });
  const auto swarm = SwarmAt(server, 2);
  const SwarmReport report = swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  EXPECT_EQ(report.answered, 2u);
  EXPECT_GE(report.retransmissions, 4u);
  EXPECT_GE(report.latency.Percentile(0), 60'000u);  // 20 ms and 40 ms at the least
}

TEST(SwarmTest, GivesUpAfterMaxRetransmitAndSaysSo) {
  RuledServer server([](const Datagram&) { return Answers{}; });
  const auto swarm = SwarmAt(server, 2);
  const SwarmReport report = swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  EXPECT_EQ(report.timed_out, 2u);
  EXPECT_EQ(report.answered, 0u);
  server.Stop();
  EXPECT_EQ(server.received.size(), 10u);  // each once and four times more
}

TEST(SwarmTest, WaitsForAnAnswerThatComesByItself) {
  RuledServer server([](const Datagram& datagram) {
    if (!datagram.is_request()) return Answers{};
    Datagram later = Created(datagram, "h");
    later.type = MessageType::kConfirmable;
    later.message_id = 4711;
    return Answers{AnswerTo(datagram, Code::kEmpty), later};
  });
  const auto swarm = SwarmAt(server, 1);
  EXPECT_EQ(swarm->Run(LoadOf(SwarmLoad::Action::kRegister)).answered, 1u);
  server.Stop();
  EXPECT_EQ(server.received.back().type, MessageType::kAcknowledgement);
  EXPECT_EQ(server.received.back().message_id, 4711);
}

TEST(SwarmTest, AsksAgainAfterMaxAgeOfServiceUnavailable) {
  bool busy = true;
  RuledServer server([&busy](const Datagram& request) {
    if (!std::exchange(busy, false)) return Agreeable(request);
    Datagram answer = AnswerTo(request, kServiceUnavailable);
    answer.AddNumber(14, 1);
    return Answers{answer};
  });
  const auto swarm = SwarmAt(server, 1);
  const SwarmReport report = swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  EXPECT_EQ(report.postponements, 1u);
  EXPECT_EQ(report.answered, 1u);
  EXPECT_EQ(report.refused, 0u);
  EXPECT_GE(report.seconds, 1.0);
  server.Stop();
  EXPECT_NE(server.received.front().message_id, server.received.back().message_id);
}

TEST(SwarmTest, AccountsForRefusalsAndForgetsARegistrationThatIsNotFound) {
  RuledServer server([](const Datagram& request) {
    return EndpointOf(request).empty() ? Answers{AnswerTo(request, Code::kNotFound)}
                                       : Agreeable(request);
  });
  const auto swarm = SwarmAt(server, 5);
  swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  const SwarmReport report = swarm->Run(LoadOf(SwarmLoad::Action::kUpdate));
  EXPECT_EQ(report.refused, 5u);
  EXPECT_EQ(report.begun, report.answered + report.refused + report.timed_out);
  EXPECT_EQ(swarm->registered(), 0u);
}

// Observes /3303/0 of each device that has registered, and acknowledges its notifications.
Answers Observing(const Datagram& datagram) {
  if (datagram.is_request()) {
    Answers answers = Agreeable(datagram);
    Datagram observe;
    observe.code = Code::kGet;
    observe.message_id = datagram.message_id;
    observe.token = "obs";
    observe.AddNumber(kObserve, 0);
    observe.Add(kUriPath, "3303");
    observe.Add(kUriPath, "0");
    if (!EndpointOf(datagram).empty()) answers.push_back(observe);
    return answers;
  }
  const bool is_notification = datagram.type == MessageType::kConfirmable;
  return is_notification ? Answers{AnswerTo(datagram, Code::kEmpty)} : Answers{};
}

TEST(SwarmTest, NotifiesWithChangingValuesUntilTheTimeIsOver) {
  RuledServer server(Observing);
  const auto swarm = SwarmAt(server, 4);
  swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  swarm->Serve([&swarm] { return swarm->observed() == 4; });
  SwarmLoad load = LoadOf(SwarmLoad::Action::kNotify);
  load.duration = 100ms;
  load.rate = 400;
  const SwarmReport report = swarm->Run(load);
  EXPECT_GE(report.answered, 10u);
  EXPECT_LE(report.answered, 41u);
  server.Stop();
  std::set<Octets> values;
  for (const Datagram& datagram : server.received) {
    if (datagram.code != Code::kContent || datagram.type != MessageType::kConfirmable) continue;
    EXPECT_EQ(datagram.token, "obs");
    EXPECT_TRUE(datagram.Number(kObserve));
    values.insert(datagram.payload);
  }
  EXPECT_EQ(values.size(), report.answered);
}

TEST(SwarmTest, DoesNotWaitForWhatIsNotConfirmable) {
  RuledServer server(Observing);
  const auto swarm = SwarmAt(server, 2);
  swarm->Run(LoadOf(SwarmLoad::Action::kRegister));
  swarm->Serve([&swarm] { return swarm->observed() == 2; });
  SwarmLoad load = LoadOf(SwarmLoad::Action::kNotify);
  load.confirmable = false;
  EXPECT_EQ(swarm->Run(load).answered, 2u);
}

TEST(SwarmTest, TakesOnlyServersOnLoopback) {
  SwarmOptions options;
  options.server = "192.0.2.1:5683";
  const auto swarm = Swarm::Create(options);
  ASSERT_FALSE(swarm);
  EXPECT_NE(swarm.error().detail.find("127.0.0.0/8"), std::string::npos);
}

TEST(SwarmDeviceTest, IsSmall) { EXPECT_LE(sizeof(SwarmDevice), 280u); }

Datagram RequestOf(Code code, std::initializer_list<std::string_view> path) {
  Datagram request;
  request.code = code;
  request.token = "t";
  for (const auto segment : path) request.Add(kUriPath, segment);
  return request;
}

TEST(SwarmDeviceTest, AnswersReadDiscoverWriteAndExecute) {
  SwarmDevice device;
  SwarmCounters counters;
  const auto answer = [&](const Datagram& request) {
    return AnswerOf(device, 7, request, counters);
  };
  EXPECT_EQ(answer(RequestOf(Code::kGet, {"3", "0"})).code, Code::kContent);
  EXPECT_EQ(answer(RequestOf(Code::kGet, {"3", "1"})).code, Code::kNotFound);
  EXPECT_EQ(answer(RequestOf(Code::kGet, {"9"})).code, Code::kNotFound);
  Datagram discover = RequestOf(Code::kGet, {"3303", "0"});
  discover.AddNumber(kAccept, 40);
  EXPECT_EQ(answer(discover).payload, "</3303/0>,</3303/0/5700>");
  Datagram senml = RequestOf(Code::kGet, {"3", "0"});
  senml.AddNumber(kAccept, 112);
  EXPECT_EQ(answer(senml).code, Code::kNotAcceptable);
  EXPECT_EQ(answer(RequestOf(Code::kPut, {"1", "0", "1"})).code, Code::kChanged);
  EXPECT_EQ(answer(RequestOf(Code::kPost, {"3", "0", "4"})).code, Code::kChanged);
  EXPECT_EQ(answer(RequestOf(Code::kDelete, {"3", "0"})).code, Code::kMethodNotAllowed);
  EXPECT_EQ(counters.reads, 1u);
  EXPECT_EQ(counters.discovers, 1u);
  EXPECT_EQ(counters.writes, 1u);
  EXPECT_EQ(counters.executes, 1u);
  EXPECT_EQ(counters.refused, 4u);
}

TEST(SwarmDeviceTest, ObservesOncePerPathAndForgetsWhatIsCancelled) {
  SwarmDevice device;
  SwarmCounters counters;
  Datagram observe = RequestOf(Code::kGet, {"3303", "0"});
  observe.AddNumber(kObserve, 0);
  EXPECT_TRUE(AnswerOf(device, 0, observe, counters).Number(kObserve));
  observe.token = "u";
  AnswerOf(device, 0, observe, counters);
  EXPECT_EQ(device.observation_count, 1);
  Datagram cancel = RequestOf(Code::kGet, {"3303", "0"});
  cancel.token = "u";
  cancel.AddNumber(kObserve, 1);
  EXPECT_FALSE(AnswerOf(device, 0, cancel, counters).Number(kObserve));
  EXPECT_EQ(device.observation_count, 0);
}

TEST(LatencyHistogramTest, IsRightToThreePercent) {
  LatencyHistogram histogram;
  for (std::uint64_t value = 1; value <= 100'000; ++value) histogram.Add(value);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(0.5)), 50'000, 1700);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(0.99)), 99'000, 3200);
  EXPECT_EQ(histogram.Percentile(1), 100'000u);
}

TEST(LatencyHistogramTest, CutsWhatIsTooLong) {
  LatencyHistogram histogram;
  histogram.Add(std::uint64_t{1} << 40);
  EXPECT_EQ(histogram.Percentile(0.5), UINT32_MAX);
  EXPECT_EQ(LatencyHistogram().Percentile(0.5), 0u);
}

}  // namespace
}  // namespace lwm2m::simulator
