// One simulated LwM2M client: its registration, its exchanges and its observations.
#ifndef LWM2M_SIMULATOR_ENDPOINT_H_
#define LWM2M_SIMULATOR_ENDPOINT_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lwm2m/simulator/datagram.h"
#include "lwm2m/simulator/device.h"
#include "lwm2m/simulator/device_management.h"
#include "lwm2m/simulator/observation.h"
#include "lwm2m/simulator/simulator.h"

namespace lwm2m::simulator {

// SimulatorCounters while the fleet runs. Thread-safe.
struct LiveCounters {
  std::atomic<std::uint64_t> registered = 0;
  std::atomic<std::uint64_t> register_failures = 0;
  std::atomic<std::uint64_t> updates = 0, notifications = 0, requests = 0, retransmissions = 0,
                             malformed = 0;
};

struct EndpointOptions {
  std::string name;
  std::string version = "1.0";
  std::string binding = "U";
  DeviceOptions device;
};

// A state machine without socket or clock: datagrams and time go in, datagrams come out.
//
//   Waiting ──wake_at_──► Registering ──2.01──► Registered ──80 % of lifetime──► Updating
//      ▲                     │                     ▲  │                            │
//      │◄── failure, with ───┘                     └──┼───────── 2.04 ─────────────┤
//      │    back-off                                  │   4.04: Registering at once │
//      │◄───── any other failure, a reboot ───────────┴────────────────────────────┘
//   Deregister() leads from Registered or Updating over Deregistering to Gone, from Registering to
//   Registered first, from Waiting straight to Gone. Vanish() leads to Gone from everywhere.
//
// One thread only. The link and the counters outlive the endpoint.
// LwM2M 1.0.2 §5.3, §5.4, §5.5; RFC 7252 §4; RFC 7641.
class Endpoint {
 public:
  // The way out of an endpoint.
  class Link {
   public:
    virtual ~Link() = default;
    virtual void Send(std::size_t endpoint, Octets datagram) = 0;
    virtual void Report(SimulatorEvent event) = 0;
  };

  // Registers at `start`.
  Endpoint(std::size_t number, EndpointOptions options, TimePoint start, Link& link,
           LiveCounters& counters);

  void Receive(std::string_view octets, TimePoint now);
  // Does everything that is due at `now`.
  void Advance(TimePoint now);
  // TimePoint::max() once it is gone.
  TimePoint next_deadline() const;

  void Deregister(TimePoint now);
  void Vanish();
  bool is_gone() const { return state_ == State::kGone; }
  const std::string& name() const { return options_.name; }

 private:
  enum class State { kWaiting, kRegistering, kRegistered, kUpdating, kDeregistering, kGone };

  // A confirmable message until it is acknowledged, and a request until it is answered.
  struct Exchange {
    Octets octets;
    std::uint16_t message_id = 0;
    Octets token;
    std::chrono::milliseconds timeout{0};
    int retransmissions = 0;
    bool acknowledged = false;
    TimePoint due;  // retransmission, or giving up
  };
  // An answer kept for a repetition of its request.  (RFC 7252 §4.2)
  struct Answered {
    std::uint16_t message_id;
    TimePoint at;
    Octets octets;
  };
  struct Upload {
    Path path;
    Octets octets;
  };

  void SetState(State next);
  bool IsListening(TimePoint now) const;
  bool is_queue_mode() const { return options_.binding.find('Q') != std::string::npos; }

  void SendRegister(TimePoint now);
  void SendUpdate(TimePoint now, bool with_lifetime);
  void SendDeregister(TimePoint now);
  void RegistrationAnswered(const Datagram& answer, TimePoint now);
  void RegistrationFailed(std::string_view cause, TimePoint now);
  void Registered(const Datagram& answer, TimePoint now);

  void ReceiveAcknowledgement(const Datagram& datagram, TimePoint now);
  void ReceiveReset(const Datagram& datagram, TimePoint now);
  void ReceiveResponse(const Datagram& datagram, TimePoint now);
  void ReceiveRequest(const Datagram& request, TimePoint now);
  Datagram AnswerTo(const Datagram& request, TimePoint now);
  Answer ServeUpload(const Datagram& request, Datagram& answer, TimePoint now);
  Answer ServeObserve(const Datagram& request, Datagram& answer, TimePoint now);
  Answer ServePlain(const Datagram& request, TimePoint now);
  void Follow(const Consequences& consequences, TimePoint now);

  void AdvanceExchange(std::optional<Exchange>& exchange, TimePoint now);
  void AdvanceNotifications(TimePoint now);
  void Notify(Observation& observation, TimePoint now);
  bool MustWait(const Observation& observation) const;
  void DropObservation(std::uint16_t message_id, std::string_view why);

  Exchange MakeExchange(const Datagram& datagram, TimePoint now);
  void Send(Octets octets, TimePoint now);
  void SendEmpty(MessageType type, std::uint16_t message_id, TimePoint now);
  Datagram NewRequest(Code code);
  void Report(std::string what, std::string path = {}, std::string value = {});
  std::uint32_t Random();

  const std::size_t number_;
  const EndpointOptions options_;
  Link& link_;
  LiveCounters& counters_;
  Device device_;
  AttributeTable attributes_;
  State state_ = State::kWaiting;
  TimePoint wake_at_;      // Waiting: Register; Registered: Update
  TimePoint deaf_until_;   // while it reboots
  TimePoint awake_until_;  // queue mode
  bool leaving_ = false;
  int failures_ = 0;
  std::chrono::seconds lifetime_told_{0};
  std::vector<std::string> location_;
  std::optional<Exchange> request_;       // on the registration interface
  std::optional<Exchange> notification_;  // confirmable; one at a time (RFC 7252 §4.7, NSTART 1)
  std::vector<Observation> observations_;
  std::deque<Answered> answered_;
  std::optional<Upload> upload_;
  std::optional<std::uint16_t> last_response_id_;  // acknowledged again when repeated
  std::uint16_t next_message_id_;
  std::uint32_t next_token_;
  std::uint64_t random_state_;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_ENDPOINT_H_
