// How full the kernel's queues of our datagram sockets are.
#ifndef LWM2M_COAP_RECEIVE_QUEUES_H_
#define LWM2M_COAP_RECEIVE_QUEUES_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "lwm2m/registration.h"

namespace lwm2m {

// The only place where it shows that more comes than is worked off: what does not fit is dropped
// by the kernel, and nobody is told. Where it gives no figures nobody is ever behind.
//
// Loop thread only. Borrows the descriptors.
class ReceiveQueues {
 public:
  void Add(int descriptor) { descriptors_.push_back(descriptor); }
  // Looks at them, 20 times a second at most.
  void Look(TimePoint now);
  // For how long one of them has been more than half full at each look.
  std::chrono::milliseconds Behind() const;
  std::uint64_t dropped() const { return dropped_; }  // datagrams, of all

 private:
  std::vector<int> descriptors_;
  TimePoint looked_at_{};
  std::optional<TimePoint> behind_since_;
  std::uint64_t dropped_ = 0;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_RECEIVE_QUEUES_H_
