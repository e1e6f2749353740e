// Whether the loop has time to spare.
#ifndef IPE_LOOP_LOAD_H_
#define IPE_LOOP_LOAD_H_

#include <chrono>
#include <cstddef>
#include <optional>

namespace ipe {

// The share of its time that the loop waits for something to do, ten times a second. What can be
// done later gives way while there is hardly any. Loop thread only; time is an argument.
class LoopLoad {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // After a turn; `waited` is a running total. The share since the last look, 0 to 1, when it is
  // time for one.
  std::optional<double> OnTurn(TimePoint now, std::chrono::nanoseconds waited);

  // For half a second there was hardly any such time, and there has not been some since.
  bool busy() const { return busy_; }

  // Hardly any, and some.
  static constexpr double kBusy = 0.10;
  static constexpr double kIdle = 0.25;

 private:
  TimePoint looked_{};
  std::chrono::nanoseconds waited_{};  // until then
  std::size_t busy_looks_ = 0;         // in a row
  bool busy_ = false;
};

}  // namespace ipe

#endif  // IPE_LOOP_LOAD_H_
