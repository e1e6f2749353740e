// A hundred thousand simulated devices behind one socket, to load a server with.
#ifndef LWM2M_SIMULATOR_SWARM_H_
#define LWM2M_SIMULATOR_SWARM_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/simulator/latency_histogram.h"
#include "lwm2m/simulator/spread_socket.h"
#include "lwm2m/simulator/swarm_device.h"

namespace lwm2m::simulator {

struct SwarmOptions {
  std::string server = "127.0.0.1:5683";
  std::size_t devices = 1;
  SwarmDialect dialect;
  std::uint64_t seed = 1;  // of back-offs
  // RFC 7252 §4.8
  std::chrono::milliseconds ack_timeout{2000};
  int max_retransmit = 4;
  std::chrono::milliseconds answer_timeout{
      247000};  // EXCHANGE_LIFETIME, for answers that come by themselves
};

// What devices are to do.
struct SwarmLoad {
  enum class Action { kRegister, kUpdate, kDeregister, kNotify };
  Action action = Action::kRegister;
  std::size_t first = 0, count = 0;  // devices; count 0: all from `first` on
  std::size_t window = 64;           // exchanges without outcome at a time; 0: everybody at once
  double rate = 0;                   // a second; 0: as fast as the window lets
  std::chrono::milliseconds duration{0};  // in turn until then; 0: each device once
  bool confirmable = true;                // notifications
};

// What came of it. Each exchange that was begun has one outcome:
// begun = answered + refused + timed_out.
struct SwarmReport {
  std::uint64_t begun = 0, answered = 0, refused = 0, timed_out = 0;
  std::uint64_t skipped = 0;               // devices without registration, or without observation
  std::uint64_t retransmissions = 0;       // RFC 7252 §4.2
  std::uint64_t postponements = 0;         // answers 5.03: said again after Max-Age
  std::uint64_t answered_in_time = 0;      // within `duration`
  std::array<std::uint64_t, 256> codes{};  // of answers, by their octet
  double seconds = 0;                      // until the last outcome
  LatencyHistogram latency;                // from the first sending to the outcome, in microseconds
};

// Registers, updates, notifies, De-registers; between and meanwhile answers what the server asks.
// Repeats confirmable messages with growing intervals (RFC 7252 §4.2), waits as long as a 5.03 says
// (§5.10.5 Max-Age), and knows of each device how it ended. Its way with CoAP is the simulator's
// own, as the fleet's is. A device takes 280 octets and has the source address 127.x.y.z, so the
// server must be on the same machine.
//
// One thread only. Owns devices and socket.
class Swarm {
 public:
  static Result<std::unique_ptr<Swarm>> Create(SwarmOptions options);

  // Until each exchange has its outcome.
  SwarmReport Run(const SwarmLoad& load);
  // Answers requests until `until` says so; it is asked whenever something has arrived, and when
  // `wake` is readable.
  void Serve(const std::function<bool()>& until, int wake = -1);

  std::size_t size() const { return devices_.size(); }
  std::size_t registered() const;
  std::size_t observed() const;  // observations of all devices
  const SwarmCounters& counters() const { return counters_; }

 private:
  using Pending = SwarmDevice::Pending;
  struct Due {
    SwarmTime at;
    std::uint32_t device;
    friend bool operator>(const Due& a, const Due& b) { return a.at > b.at; }
  };

  Swarm(SwarmOptions options, std::unique_ptr<SpreadSocket> socket);

  void StartSome(const SwarmLoad& load, SwarmTime began, SwarmTime now);
  bool MayStart(const SwarmLoad& load, SwarmTime began, SwarmTime now) const;
  void Start(std::size_t number, const SwarmLoad& load, SwarmTime now);
  void SendPending(std::size_t number, SwarmTime due);
  void Receive(std::size_t number, std::string_view octets);
  void ReceiveResponse(std::size_t number, const Datagram& response);
  void Postpone(std::size_t number, const Datagram& response);
  void Settle(std::size_t number, std::uint64_t SwarmReport::*outcome);
  void Turn(int patience_ms, int wake = -1);
  void RunTimers(SwarmTime now);
  void Arm(std::size_t number, SwarmTime due);
  SwarmTime FirstTimeout(SwarmTime now);
  std::uint32_t Random();

  const SwarmOptions options_;
  const std::unique_ptr<SpreadSocket> socket_;
  std::vector<SwarmDevice> devices_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> timers_;  // stale where due_at differs
  std::uint64_t random_state_;
  SwarmCounters counters_;
  // Of the load that runs.
  SwarmReport report_;
  SwarmTime in_time_until_ = 0;
  std::size_t turn_ = 0;  // of the devices, counted from `first`
  std::size_t under_way_ = 0, postponed_ = 0;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_SWARM_H_
