// The resolution in which the embedded CSE keeps time: that of m2m:timestamp without its fraction.
#ifndef ONEM2M_CSE_TIMESTAMP_H_
#define ONEM2M_CSE_TIMESTAMP_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "onem2m/types.h"

namespace onem2m::cse {

using TimePoint = std::chrono::sys_seconds;

inline std::string Timestamp(TimePoint time) {
  return FormatTimestamp(time.time_since_epoch().count());
}

inline std::optional<TimePoint> ReadTimestamp(std::string_view text) {
  const auto seconds = ParseTimestamp(text);
  if (!seconds) return std::nullopt;
  return TimePoint(std::chrono::seconds(*seconds));
}

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_TIMESTAMP_H_
