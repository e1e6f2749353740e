// Keeps the misbehaviour of peers from filling the log.
#ifndef LWM2M_ONCE_PER_MINUTE_H_
#define LWM2M_ONCE_PER_MINUTE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "lwm2m/registration.h"

namespace lwm2m {

// One line per kind and minute. `Kind` is an enumeration whose last enumerator is kCount. Owner's
// thread only.
template <typename Kind>
class OncePerMinute {
 public:
  // The number of events of that kind that were not logged since the last one, when this one may
  // be; nullopt when it may not.
  std::optional<std::uint64_t> Pass(Kind kind, TimePoint now) {
    Entry& entry = entries_[static_cast<std::size_t>(kind)];
    if (entry.logged_at && now - *entry.logged_at < std::chrono::minutes(1)) {
      ++entry.suppressed;
      return std::nullopt;
    }
    entry.logged_at = now;
    const std::uint64_t suppressed = entry.suppressed;
    entry.suppressed = 0;
    return suppressed;
  }

 private:
  struct Entry {
    std::optional<TimePoint> logged_at;
    std::uint64_t suppressed = 0;
  };
  std::array<Entry, static_cast<std::size_t>(Kind::kCount)> entries_{};
};

}  // namespace lwm2m

#endif  // LWM2M_ONCE_PER_MINUTE_H_
