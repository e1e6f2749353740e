#include "ipe/cse_health.h"

#include <algorithm>
#include <utility>

namespace ipe {

using std::chrono::milliseconds;

milliseconds BackOff(int failures, milliseconds base, milliseconds most, double random) {
  const int doublings = std::clamp(failures, 0, 16);
  const auto full = std::min(most, milliseconds(base.count() << doublings));
  return milliseconds(
      static_cast<std::int64_t>(static_cast<double>(full.count()) * (0.5 + random / 2)));
}

void CseHealth::OnUp(lwm2m::TimePoint now) {
  attempt_under_way_ = false;
  failures_ = 0;
  if (up_) return;
  up_ = true;
  since_ = now;
  reason_.clear();
}

void CseHealth::OnDown(std::string reason, lwm2m::TimePoint now, double random) {
  attempt_under_way_ = false;
  reason_ = std::move(reason);
  if (up_) {
    up_ = false;
    since_ = now;
    ++outages_;
    failures_ = 0;
    // It may have been one slow answer: look again at once.
    next_attempt_ = now;
    return;
  }
  next_attempt_ = now + BackOff(failures_++, milliseconds(1000), milliseconds(30'000), random);
}

bool CseHealth::TakeAttempt(lwm2m::TimePoint now) {
  if (up_ || attempt_under_way_ || now < next_attempt_) return false;
  attempt_under_way_ = true;
  return true;
}

lwm2m::TimePoint CseHealth::next_attempt() const {
  return up_ || attempt_under_way_ ? lwm2m::TimePoint::max() : next_attempt_;
}

}  // namespace ipe
