// The sockets, the clock and the timers of a fleet of simulated endpoints.
#ifndef LWM2M_SIMULATOR_FLEET_H_
#define LWM2M_SIMULATOR_FLEET_H_

#include <sys/socket.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/simulator/endpoint.h"
#include "lwm2m/simulator/simulator.h"

namespace lwm2m::simulator {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

// Drives the endpoints: one UDP socket each, one epoll, one heap of deadlines, so that the cost of
// an endpoint does not depend on how many there are. Loses and delays datagrams as the options say.
//
// Run() on one thread; Stop(), Leave() and counters() from any. Owns sockets and endpoints.
class Simulator::Fleet : public Endpoint::Link {
 public:
  Fleet(SimulatorOptions options, std::function<void(const SimulatorEvent&)> on_event);

  // Opens the sockets; kUnreachable when the server's name or the sockets cannot be had.
  Result<void> Open();
  void Run();
  void Stop();
  void Leave(std::string_view endpoint, bool silently);
  SimulatorCounters counters() const;

  void Send(std::size_t endpoint, Octets datagram) override;
  void Report(SimulatorEvent event) override;

 private:
  struct Member {
    Descriptor socket;
    std::unique_ptr<Endpoint> endpoint;
    TimePoint armed;  // the earliest entry of this member in `deadlines_`
  };
  struct Deadline {
    TimePoint at;
    std::size_t member;
    friend bool operator>(const Deadline& a, const Deadline& b) { return a.at > b.at; }
  };
  struct Delayed {
    TimePoint at;
    std::size_t member;
    bool to_server;
    Octets octets;
  };
  struct Departure {
    std::string endpoint;
    bool silently;
  };

  Result<void> ResolveServer();
  Result<void> OpenSocket(std::size_t number);
  int MillisecondsToWait(TimePoint now) const;
  void ServeUntil(const std::function<bool()>& done);
  void ReadSocket(std::size_t member, TimePoint now);
  void Transmit(std::size_t member, std::string_view octets) const;
  void RunDeadlines(TimePoint now);
  void DeliverDelayed(TimePoint now);
  void TakeDepartures(TimePoint now);
  void Arm(std::size_t member);
  bool IsLost();

  const SimulatorOptions options_;
  const std::function<void(const SimulatorEvent&)> on_event_;
  sockaddr_storage server_{};
  socklen_t server_length_ = 0;
  Descriptor epoll_;
  Descriptor wake_;
  std::vector<Member> members_;
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  std::deque<Delayed> delayed_;  // in order, since all wait equally long
  std::mt19937_64 random_;
  mutable LiveCounters counters_;
  std::atomic<bool> stopping_ = false;
  std::mutex departures_mutex_;
  std::vector<Departure> departures_;  // guarded by departures_mutex_
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_FLEET_H_
