// One device of a swarm: what it remembers, and what it says.
#ifndef LWM2M_SIMULATOR_SWARM_DEVICE_H_
#define LWM2M_SIMULATOR_SWARM_DEVICE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lwm2m/path.h"
#include "lwm2m/simulator/datagram.h"

namespace lwm2m::simulator {

// Microseconds on the steady clock.
using SwarmTime = std::uint64_t;

struct SwarmCounters {
  std::uint64_t reads = 0, observes = 0, cancels = 0, discovers = 0, writes = 0, executes = 0;
  std::uint64_t refused = 0;    // requests to devices answered with an error
  std::uint64_t malformed = 0;  // datagrams that are no CoAP
};

// What all devices of a swarm have in common.
struct SwarmDialect {
  std::string prefix = "urn:dev:ops:swarm-";  // and six digits of the device's number
  std::string version = "1.1";
  std::string binding = "U";
  std::uint32_t lifetime = 86400;
};

// A record of 280 octets, since there are a hundred thousand: nothing that can be computed from the
// number of the device is kept, messages are made again when they are repeated. Eight objects: 1
// Server, 3 Device, 4 Connectivity Monitoring, 5 Firmware Update, 3303 Temperature, 3304 Humidity,
// 3306 Actuation, 3323 Pressure. Values change with every notification; measured ones are the time
// of their sending on the steady clock, in seconds, so that a receiver on the same machine knows
// how long they took.
//
// Without socket and clock. One thread only. LwM2M 1.1 Transport §6.4; RFC 7252 §4; RFC 7641.
struct SwarmDevice {
  enum class Pending : std::uint8_t { kNothing, kRegister, kUpdate, kDeregister, kNotification };
  static constexpr std::size_t kLongestHandle = 40;
  static constexpr std::size_t kMostObservations = 8;

  struct Observation {
    std::array<char, 8> token;
    std::uint8_t token_length;
    Path path;
  };

  // The exchange that has no outcome yet; one at a time (RFC 7252 §4.7, NSTART 1).
  Pending pending = Pending::kNothing;
  std::uint8_t retransmissions = 0;
  bool acknowledged = false;  // the answer will come by itself
  bool postponed = false;     // by 5.03: said again at due_at
  std::uint16_t message_id = 0;
  std::uint8_t notified = 0;  // index of the observation that the last notification was of
  std::uint8_t observation_count = 0;
  std::uint8_t handle_length = 0;     // 0: not registered
  std::uint32_t sequence = 0;         // of notifications
  SwarmTime sent_at = 0, due_at = 0;  // sent_at: for the first time
  std::array<char, kLongestHandle>
      handle{};  // path segments of the Location, each after its length
  std::array<Observation, kMostObservations> observations{};

  bool is_registered() const { return handle_length > 0; }
  Octets token() const;  // of the pending request
  // False: longer than the record has place for.
  bool TakeLocation(const Datagram& created);
  // False: nothing that changes is observed.
  bool TurnToNextObservation();
  // RFC 7641 §3.6: a Reset ends the observation.
  void DropNotified();
};

// The confirmable datagram of what is pending. Requires a Location for Update and De-register, an
// observation for a notification.
Datagram PendingMessage(const SwarmDevice& device, std::size_t number, const SwarmDialect& dialect);
// Answers Read, Observe, Discover, Write, Write-Attributes and Execute; other operations get 4.05.
Datagram AnswerOf(SwarmDevice& device, std::size_t number, const Datagram& request,
                  SwarmCounters& counters);
}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_SWARM_DEVICE_H_
