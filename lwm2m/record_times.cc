#include "lwm2m/record_times.h"

#include <algorithm>

namespace lwm2m {

void AnchorTimes(std::vector<Record>& records, double received) {
  constexpr double kAbsoluteFrom = 268435456.0;  // 2^28
  for (Record& record : records) {
    if (!record.time || *record.time >= kAbsoluteFrom) continue;
    record.time = *record.time < 0 ? std::optional<double>(received + *record.time) : std::nullopt;
  }
}

void SortByTime(std::vector<Record>& records, double received) {
  std::stable_sort(records.begin(), records.end(), [received](const Record& a, const Record& b) {
    return a.time.value_or(received) < b.time.value_or(received);
  });
}

}  // namespace lwm2m
