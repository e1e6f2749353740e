// Which requests of devices are worked on now, and which are to come again later.
#ifndef LWM2M_ADMISSION_H_
#define LWM2M_ADMISSION_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "lwm2m/registration.h"
#include "lwm2m/token_buckets.h"

namespace lwm2m {

struct AdmissionOptions {
  TokenRate each;         // of one identity; per_second 0: as many as it likes
  TokenRate all;          // of all together; per_second 0: as many as they like
  Seconds behind_for{0};  // after which new Registers wait; 0: they never do
};

// Refuses what is answered 5.03 with Max-Age (RFC 7252 §5.9.3.4, §5.10.5) before it costs anything:
//
//   identity  requests of one identity beyond its bucket
//   total     requests beyond the bucket of all; a Register leaves half of that to who is
//             registered: a client that gets no Update through registers anew
//   behind    Registers while the transport has been behind for long, so that Updates and
//             notifications get through
//
// A De-register makes room and is never refused. Nor is a notification: it cannot be answered, and
// silence or Reset would cost a value or the observation. What bounds those is the outbox, and that
// the endpoints take turns.
//
// Who is refused is told when to come again. Those that are refused together are given different
// times, one after the other at the rate of the bucket, so that a herd does not come back as one.
//
// Loop thread only; reads no clock.
class Admission {
 public:
  enum class Request { kRegister, kUpdate, kSend };
  enum class Reason { kIdentity, kTotal, kBehind };
  struct Refusal {
    Reason reason;
    Seconds come_again;  // at least 1
  };

  Admission(const AdmissionOptions& options, std::uint32_t seed)
      : options_(options), each_(options.each), random_(seed) {}

  // nullopt: it is worked on. `behind` says for how long the transport has not caught up.
  std::optional<Refusal> Ask(Request request, std::string_view identity,
                             std::chrono::milliseconds behind, TimePoint now);

 private:
  Seconds Spread(TokenBucket::Duration at_least, TokenBucket::Duration width);

  const AdmissionOptions options_;
  TokenBuckets each_;
  TokenBucket all_;
  TimePoint invited_until_ = TimePoint::min();  // those that `all` has refused
  std::minstd_rand random_;
};

std::string_view ToString(Admission::Reason reason);

}  // namespace lwm2m

#endif  // LWM2M_ADMISSION_H_
