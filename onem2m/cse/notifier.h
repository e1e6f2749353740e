// Carries the notifications of the embedded CSE to their targets. (TS-0009 v3 §6; TS-0004 §7.5.1.2)
#ifndef ONEM2M_CSE_NOTIFIER_H_
#define ONEM2M_CSE_NOTIFIER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "onem2m/cse/notification_sink.h"
#include "onem2m/http/http_connection.h"

namespace onem2m::cse {

struct NotifierOptions {
  std::string originator = "/id-in";  // X-M2M-Origin: the CSE-ID
  std::size_t threads = 4;
  std::size_t queue_per_target = 10'000;  // above it the oldest notification is dropped
  std::chrono::milliseconds timeout{5'000};
  std::chrono::milliseconds first_pause{250};       // doubled for every failure in a row …
  std::chrono::milliseconds longest_pause{30'000};  // … up to this
  int attempts = 3;  // then a notification that nobody takes is dropped
};

// Thread-safe. One queue and one kept-alive connection per URL, so that the order of one target is
// kept; a small pool of threads serves all of them. A target that does not answer, or refuses
// several notifications in a row, is left alone for a while. The destructor joins the threads and
// drops what is still queued.
class Notifier : public NotificationSink {
 public:
  explicit Notifier(NotifierOptions options);
  ~Notifier() override;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void Post(OutgoingNotification notification) override;
  Result<void> Verify(const OutgoingNotification& notification) override;

  struct Counters {
    std::uint64_t delivered = 0;
    std::uint64_t refused = 0;  // answered, but not with 2000
    std::uint64_t dropped = 0;  // queue full, or nobody answered in time and again
  };
  Counters counters() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Message {
    std::string request_identifier;
    std::string content;
    int attempts = 0;
  };
  enum class Outcome { kDelivered, kRefused, kUnreachable };

  // In exactly one of: idle (queue empty), ready_, paused_, or with a worker (`busy`).
  struct Channel {
    std::string url;
    HttpEndpoint endpoint;
    std::string host;    // header field
    std::string target;  // path and query
    std::deque<Message> queue;
    std::unique_ptr<HttpConnection> connection;  // only the worker that has the channel touches it
    bool busy = false;
    bool waiting = false;  // in ready_ or paused_
    int failures = 0;      // in a row
    Clock::time_point last_used;
  };

  static Result<Channel> MakeChannel(const std::string& url);
  void Work();
  void Serve(std::unique_lock<std::mutex>& lock, Channel& channel);
  Outcome Deliver(Channel& channel, const Message& message) const;
  void Return(Channel& channel, std::deque<Message> undelivered, bool pause);
  void Bound(Channel& channel);
  void WakePaused(Clock::time_point now);
  void ForgetIdle(Clock::time_point now);
  std::string Request(const Channel& channel, const Message& message) const;
  std::string NextRequestIdentifier();

  const NotifierOptions options_;
  const std::string identifier_prefix_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::uint64_t last_request_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Channel>> channels_;
  std::deque<Channel*> ready_;
  std::multimap<Clock::time_point, Channel*> paused_;
  Clock::time_point next_sweep_;
  Counters counters_;
  std::vector<std::thread> workers_;
};

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_NOTIFIER_H_
