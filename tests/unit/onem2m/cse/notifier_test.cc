#include "onem2m/cse/notifier.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace onem2m::cse {
namespace {

constexpr std::chrono::seconds kPatience(20);

// A notification target on raw sockets: it takes one connection at a time and keeps every request
// as it came.
class RawTarget {
 public:
  RawTarget(std::string answer, int answers_per_connection)
      : answer_(std::move(answer)),
        answers_per_connection_(answers_per_connection),
        socket_(Poco::Net::SocketAddress("127.0.0.1:0")),
        thread_([this] { Accept(); }) {}
  ~RawTarget() {
    stopping_ = true;
    thread_.join();
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(socket_.address().port()) + "/n?ct=json";
  }
  // The requests, once there are so many of them.
  std::vector<std::string> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; });
    return requests_;
  }
  int connections() const { return connections_; }

 private:
  void Accept() {
    while (!stopping_) {
      if (!socket_.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) continue;
      Poco::Net::StreamSocket peer = socket_.acceptConnection();
      ++connections_;
      Serve(peer);
    }
  }
  void Serve(Poco::Net::StreamSocket& peer) {
    std::string pending;
    for (int answered = 0; answered < answers_per_connection_ && !stopping_;) {
      if (!peer.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) continue;
      std::array<char, 4096> buffer{};
      const int count = peer.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return;
      pending.append(buffer.data(), static_cast<std::size_t>(count));
      while (TakeRequest(pending)) {
        peer.sendBytes(answer_.data(), static_cast<int>(answer_.size()));
        ++answered;
      }
    }
  }
  bool TakeRequest(std::string& pending) {
    const auto head = pending.find("\r\n\r\n");
    const auto length = pending.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos) return false;
    const std::size_t total = head + 4 + std::stoul(pending.substr(length + 16));
    if (pending.size() < total) return false;
    const std::lock_guard lock(mutex_);
    requests_.push_back(pending.substr(0, total));
    pending.erase(0, total);
    arrived_.notify_all();
    return true;
  }

  const std::string answer_;
  const int answers_per_connection_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> requests_;
  Poco::Net::ServerSocket socket_;
  std::thread thread_;
};

constexpr const char* kTaken = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kRefused =
    "HTTP/1.1 403 Forbidden\r\nX-M2M-RSC: 4101\r\nContent-Length: 0\r\n\r\n";
constexpr int kForever = 1'000'000;

// Where nobody listens: a port that was free a moment ago.
std::string UnreachableUrl() {
  const Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1:0"));
  return "http://127.0.0.1:" + std::to_string(socket.address().port()) + "/n";
}

bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string BodyOf(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

TEST(NotifierTest, DeliversInOrderOnOneConnection) {
  RawTarget target(kTaken, kForever);
  Notifier notifier({});
  constexpr std::size_t kCount = 200;
  for (std::size_t i = 0; i < kCount; ++i) notifier.Post({target.url(), std::to_string(i)});
  const auto requests = target.WaitFor(kCount);
  ASSERT_EQ(requests.size(), kCount);
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(BodyOf(requests[i]), std::to_string(i));
  EXPECT_EQ(target.connections(), 1);
  EXPECT_TRUE(Eventually([&] { return notifier.counters().delivered == kCount; }));
}

TEST(NotifierTest, WritesTheHeadersOfANotifyRequest) {
  RawTarget target(kTaken, kForever);
  NotifierOptions options;
  options.originator = "/id-test";
  Notifier notifier(options);
  notifier.Post({target.url(), "{}"});
  notifier.Post({target.url(), "{}"});
  const auto requests = target.WaitFor(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].substr(0, 25), "POST /n?ct=json HTTP/1.1\r");
  for (const char* field : {"X-M2M-Origin: /id-test\r\n", "X-M2M-RVI: 3\r\n",
                            "X-M2M-RI: ", "Content-Type: application/json\r\n"}) {
    EXPECT_NE(requests[0].find(field), std::string::npos) << field << requests[0];
  }
  EXPECT_NE(requests[0], requests[1]);  // the request identifiers differ
}

TEST(NotifierTest, OpensANewConnectionWhenTheTargetHasClosed) {
  RawTarget target(kTaken, 1);
  Notifier notifier({});
  for (int i = 0; i < 5; ++i) notifier.Post({target.url(), std::to_string(i)});
  const auto requests = target.WaitFor(5);
  ASSERT_EQ(requests.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(BodyOf(requests[i]), std::to_string(i));
  EXPECT_EQ(target.connections(), 5);
}

TEST(NotifierTest, ServesOtherTargetsWhileOneIsUnreachable) {
  RawTarget target(kTaken, kForever);
  NotifierOptions options;
  options.threads = 1;
  Notifier notifier(options);
  notifier.Post({UnreachableUrl(), "lost"});
  notifier.Post({target.url(), "taken"});
  EXPECT_EQ(target.WaitFor(1).size(), 1u);
}

TEST(NotifierTest, DropsTheOldestAboveItsBound) {
  NotifierOptions options;
  options.queue_per_target = 3;
  options.attempts = 1'000;
  options.first_pause = std::chrono::hours(1);
  options.longest_pause = std::chrono::hours(1);
  Notifier notifier(options);
  const std::string url = UnreachableUrl();
  for (int i = 0; i < 5; ++i) notifier.Post({url, std::to_string(i)});
  EXPECT_TRUE(Eventually([&] { return notifier.counters().dropped == 2; }));
}

TEST(NotifierTest, GivesUpOnANotificationThatNobodyTakes) {
  NotifierOptions options;
  options.attempts = 3;
  options.first_pause = std::chrono::milliseconds(1);
  Notifier notifier(options);
  notifier.Post({UnreachableUrl(), "x"});
  EXPECT_TRUE(Eventually([&] { return notifier.counters().dropped == 1; }));
}

TEST(NotifierTest, PausesATargetThatRefusesRepeatedly) {
  RawTarget target(kRefused, kForever);
  {
    NotifierOptions options;
    options.first_pause = std::chrono::hours(1);
    options.longest_pause = std::chrono::hours(1);
    Notifier notifier(options);
    for (int i = 0; i < 10; ++i) notifier.Post({target.url(), "x"});
    EXPECT_TRUE(Eventually([&] { return notifier.counters().refused == 3; }));
  }
  EXPECT_EQ(target.WaitFor(3).size(), 3u);
}

TEST(NotifierTest, DropsWhatHasNoUsableUrl) {
  Notifier notifier({});
  notifier.Post({"https://127.0.0.1/x", "x"});
  notifier.Post({"http:///x", "x"});
  EXPECT_EQ(notifier.counters().dropped, 2u);
}

TEST(NotifierTest, VerifiesByAnAnswerOf2000) {
  Notifier notifier({});
  {
    RawTarget target(kTaken, kForever);
    EXPECT_TRUE(notifier.Verify({target.url(), "{}"}));
  }
  {
    RawTarget target(kRefused, kForever);
    EXPECT_FALSE(notifier.Verify({target.url(), "{}"}));
  }
  EXPECT_FALSE(notifier.Verify({UnreachableUrl(), "{}"}));
  EXPECT_FALSE(notifier.Verify({"ftp://127.0.0.1/", "{}"}));
}

}  // namespace
}  // namespace onem2m::cse
