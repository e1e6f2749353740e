#include "lwm2m/simulator/simulator.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "lwm2m/simulator/datagram.h"

namespace lwm2m::simulator {
namespace {

using namespace std::chrono_literals;

// A LwM2M Server of a page: answers the registration interface, lets a test send requests.
class LoopbackServer {
 public:
  LoopbackServer() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    socklen_t length = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackServer() { close(fd_); }
  std::string uri() const { return "coap://127.0.0.1:" + std::to_string(port_); }

  std::optional<Datagram> Receive(std::chrono::milliseconds patience) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
    std::array<char, 2048> buffer;
    socklen_t length = sizeof peer_;
    const ssize_t size = recvfrom(fd_, buffer.data(), buffer.size(), 0,
                                  reinterpret_cast<sockaddr*>(&peer_), &length);
    if (size < 0) return std::nullopt;
    auto datagram = Decode({buffer.data(), static_cast<std::size_t>(size)});
    EXPECT_TRUE(datagram);
    return datagram ? std::optional(*datagram) : std::nullopt;
  }
  void Send(const Datagram& datagram) {
    const Octets octets = Encode(datagram);
    sendto(fd_, octets.data(), octets.size(), 0, reinterpret_cast<const sockaddr*>(&peer_),
           sizeof peer_);
  }
  // Serves the registration interface until something else arrives, or nothing for `patience`.
  std::optional<Datagram> NextOther(std::chrono::milliseconds patience = 10s) {
    while (auto datagram = Receive(patience)) {
      if (!datagram->is_request()) return datagram;
      Answer(*datagram);
    }
    return std::nullopt;
  }
  // Serves the registration interface until `done`, at most a minute.
  void ServeUntil(const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (!done() && std::chrono::steady_clock::now() < until) {
      const auto datagram = Receive(20ms);
      if (datagram && datagram->is_request()) Answer(*datagram);
    }
  }
  void Answer(const Datagram& request) {
    Datagram answer;
    answer.type = MessageType::kAcknowledgement;
    answer.message_id = request.message_id;
    answer.token = request.token;
    const std::size_t depth = request.Texts(kUriPath).size();
    if (request.code == Code::kDelete) {
      answer.code = Code::kDeleted;
      deregistered.insert(request.Texts(kUriPath).back());
    } else if (depth == 1) {
      answer.code = Code::kCreated;
      const std::string name = request.Texts(kUriQuery).front();
      answer.Add(kLocationPath, "rd");
      answer.Add(kLocationPath, name.substr(name.size() - 6));
      registered.insert(name);
    } else {
      answer.code = Code::kChanged;
    }
    Send(answer);
  }
  Datagram Exchange(Datagram request) {
    request.message_id = next_message_id_++;
    if (request.token.empty()) request.token = "t" + std::to_string(request.message_id);
    Send(request);
    while (auto answer = NextOther()) {
      if (answer->token == request.token && answer->type == MessageType::kAcknowledgement) {
        return *answer;
      }
    }
    ADD_FAILURE() << "no answer";
    return {};
  }

  std::set<std::string> registered, deregistered;

 private:
  int fd_;
  int port_ = 0;
  sockaddr_in peer_{};
  std::uint16_t next_message_id_ = 1;
};

// A simulator on its own thread, stopped with the test.
class RunningSimulator {
 public:
  explicit RunningSimulator(SimulatorOptions options) {
    auto created = Simulator::Create(std::move(options), [this](const SimulatorEvent& event) {
      const std::lock_guard lock(mutex_);
      ++events_[event.what];
    });
    EXPECT_TRUE(created);
    if (!created) return;
    simulator_ = std::move(*created);
    thread_ = std::thread([this] { simulator_->Run(); });
  }
  ~RunningSimulator() { Stop(); }
  void Stop() {
    if (!thread_.joinable()) return;
    simulator_->Stop();
    thread_.join();
  }
  Simulator& operator*() { return *simulator_; }
  int events(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return events_[what];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> events_;
  std::unique_ptr<Simulator> simulator_;
  std::thread thread_;
};

Datagram Request(Code code, const std::vector<std::string>& path) {
  Datagram request;
  request.code = code;
  for (const std::string& segment : path) request.Add(kUriPath, segment);
  return request;
}

void RegisterOne(LoopbackServer& server) {
  const auto request = server.Receive(10s);
  ASSERT_TRUE(request);
  server.Answer(*request);
}

TEST(SimulatorTest, RegistersNotifiesAndObeysOverTheLoopback) {
  LoopbackServer server;
  SimulatorOptions options;
  options.server = server.uri();
  options.drift = 20ms;
  RunningSimulator simulator(options);
  RegisterOne(server);
  EXPECT_EQ(*server.registered.begin(), "ep=urn:dev:ops:sim-000001");

  Datagram write = Request(Code::kPut, {"3", "0", "14"});
  write.AddNumber(kContentFormat, 0);
  write.payload = "+02:00";
  EXPECT_EQ(server.Exchange(write).code, Code::kChanged);
  EXPECT_EQ(server.Exchange(Request(Code::kGet, {"3", "0", "14"})).payload, "+02:00");
  EXPECT_EQ(server.Exchange(Request(Code::kPost, {"3303", "0", "5605"})).code, Code::kChanged);

  Datagram observe = Request(Code::kGet, {"3303", "0", "5700"});
  observe.AddNumber(kObserve, 0);
  observe.token = "obs";
  EXPECT_EQ(server.Exchange(observe).Number(kObserve), 0u);
  for (std::uint32_t sequence = 1; sequence <= 3; ++sequence) {
    const auto notification = server.NextOther();
    ASSERT_TRUE(notification);
    EXPECT_EQ(notification->token, "obs");
    EXPECT_EQ(notification->Number(kObserve), sequence);
    EXPECT_EQ(notification->code, Code::kContent);
  }
  EXPECT_EQ(simulator.events("write"), 1);
  EXPECT_EQ(simulator.events("execute"), 1);
  EXPECT_EQ(simulator.events("observe"), 1);

  (*simulator).Leave("urn:dev:ops:sim-000001", false);
  server.ServeUntil([&] { return server.deregistered.size() == 1; });
  simulator.Stop();
  EXPECT_EQ((*simulator).counters().registered, 0u);
}

TEST(SimulatorTest, RegistersEveryEndpointInSpiteOfLossAndLatency) {
  LoopbackServer server;
  SimulatorOptions options;
  options.server = server.uri();
  options.endpoints = 10;
  options.loss = 0.08;
  options.latency = 5ms;
  options.ramp = 50ms;
  options.drift = std::chrono::hours(1);
  RunningSimulator simulator(options);
  server.ServeUntil([&] { return (*simulator).counters().registered == 10; });
  EXPECT_EQ((*simulator).counters().registered, 10u);
  EXPECT_GT((*simulator).counters().retransmissions, 0u);
}

TEST(SimulatorTest, DeregistersTheWholeFleetAtTheEnd) {
  LoopbackServer server;
  SimulatorOptions options;
  options.server = server.uri();
  options.endpoints = 200;
  options.ramp = 100ms;
  options.drift = std::chrono::hours(1);
  RunningSimulator simulator(options);
  server.ServeUntil([&] { return server.registered.size() == 200; });
  std::thread stopping([&] { simulator.Stop(); });
  server.ServeUntil([&] { return server.deregistered.size() == 200; });
  stopping.join();
  EXPECT_EQ(server.deregistered.size(), 200u);
}

TEST(SimulatorTest, NamesWhatIsWrongWithItsOptions) {
  const auto refusal = [](SimulatorOptions options) {
    const auto created = Simulator::Create(std::move(options));
    return created ? std::string() : created.error().detail;
  };
  SimulatorOptions options;
  options.server = "http://x";
  EXPECT_EQ(refusal(options), "server 'http://x': expected coap://host[:port]");
  options = {};
  options.version = "2.0";
  EXPECT_EQ(refusal(options), "version '2.0': expected 1.0, 1.1 or 1.2");
  options = {};
  options.endpoints = 0;
  EXPECT_EQ(refusal(options), "endpoints: expected 1..999999");
  options = {};
  options.loss = 1.5;
  EXPECT_EQ(refusal(options), "loss: expected 0..1");
}

}  // namespace
}  // namespace lwm2m::simulator
