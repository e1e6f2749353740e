// Is the CSE there? Decides when to ask again.
#ifndef IPE_CSE_HEALTH_H_
#define IPE_CSE_HEALTH_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "lwm2m/registration.h"

namespace ipe {

// kDown ──(set-up succeeds)──► kUp ──(no answer)──► kDown. Starts kDown with a first attempt due at
// once; while down, attempts back off from 1 s to 30 s with jitter. Loop thread only.
class CseHealth {
 public:
  explicit CseHealth(lwm2m::TimePoint now) : next_attempt_(now), since_(now) {}

  bool up() const { return up_; }
  // What the last failure was; "" before any.
  const std::string& reason() const { return reason_; }
  lwm2m::TimePoint since() const { return since_; }
  std::uint64_t outages() const { return outages_; }
  // Attempts that failed since it went down.
  int failed_attempts() const { return failures_; }

  void OnUp(lwm2m::TimePoint now);
  // `random`: 0..1, for the jitter.
  void OnDown(std::string reason, lwm2m::TimePoint now, double random);
  // True once when an attempt is due; it must end in OnUp or OnDown.
  bool TakeAttempt(lwm2m::TimePoint now);
  lwm2m::TimePoint next_attempt() const;

 private:
  bool up_ = false;
  bool attempt_under_way_ = false;
  int failures_ = 0;
  std::uint64_t outages_ = 0;
  lwm2m::TimePoint next_attempt_;
  lwm2m::TimePoint since_;
  std::string reason_;
};

// base · 2^failures, at most `most`, spread to 50–100 % by `random` (0..1).
std::chrono::milliseconds BackOff(int failures, std::chrono::milliseconds base,
                                  std::chrono::milliseconds most, double random);

}  // namespace ipe

#endif  // IPE_CSE_HEALTH_H_
