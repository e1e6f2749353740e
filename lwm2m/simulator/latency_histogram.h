// Percentiles of many durations in little memory.
#ifndef LWM2M_SIMULATOR_LATENCY_HISTOGRAM_H_
#define LWM2M_SIMULATOR_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lwm2m::simulator {

// Microseconds up to 71 minutes, each power of two in 32 steps: a percentile is right to 3 %. A
// value.
class LatencyHistogram {
 public:
  void Add(std::uint64_t microseconds) {
    const std::uint64_t value = std::min<std::uint64_t>(microseconds, UINT32_MAX);
    ++counts_[IndexOf(value)];
    ++total_;
    largest_ = std::max(largest_, value);
  }
  std::uint64_t count() const { return total_; }
  std::uint64_t largest() const { return largest_; }
  // The smallest duration that `share` (0..1) of them do not exceed; 0 when there is none.
  std::uint64_t Percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < counts_.size(); ++index) {
      seen += counts_[index];
      if (seen > wanted || (seen == total_ && total_ > 0))
        return std::min(UpperEnd(index), largest_);
    }
    return 0;
  }

 private:
  static constexpr unsigned kStepBits = 5;
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;

  // Below 2 * kSteps each value has a place of its own; above, the upper six bits decide.
  static std::size_t IndexOf(std::uint64_t value) {
    if (value < kSteps) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
    return shift * kSteps + (value >> shift);
  }
  static std::uint64_t UpperEnd(std::size_t index) {
    if (index < 2 * kSteps) return index;
    const auto shift = static_cast<unsigned>(index / kSteps - 1);
    return ((std::uint64_t{index % kSteps + kSteps} + 1) << shift) - 1;
  }

  std::array<std::uint32_t, (32 - kStepBits + 1) * kSteps> counts_{};
  std::uint64_t total_ = 0, largest_ = 0;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_LATENCY_HISTOGRAM_H_
