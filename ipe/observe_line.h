// Whose observations are begun next, when many endpoints want to be observed at once.
#ifndef IPE_OBSERVE_LINE_H_
#define IPE_OBSERVE_LINE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>

namespace ipe {

// A Register costs its device eight Observes and more, each dearer to us than the Register was. So
// endpoints stand in line for them, in order of arrival, and are begun as fast as the loop has time
// to spare: a herd that registers is answered first, and observed when it has been. Loop thread
// only; time is an argument.
class ObserveLine {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  ObserveLine();

  // Puts an endpoint in line; nothing when it stands there already.
  void Add(const std::string& endpoint);
  // Takes the first from the line when it may begin now.
  std::optional<std::string> Next(TimePoint now);
  // When Next() is worth asking again at the latest; max() when nobody stands in line.
  TimePoint next_start() const;

  // An Observe was sent; what OnDone() takes with its outcome. One without an answer counts as
  // under way for two seconds: a device that is gone holds nobody up for longer.
  std::uint64_t OnSent(TimePoint now);
  void OnDone(std::uint64_t sent);

  // Ten times a second: the share of its time that the loop had to itself. (ipe/loop_load.h)
  void OnLoad(double waiting_share);

  std::size_t size() const { return line_.size(); }
  double rate() const { return rate_; }  // endpoints a second

 private:
  struct Sent {
    TimePoint at;
    std::uint64_t number;
  };
  void Refill(TimePoint now);

  std::deque<std::string> line_;
  std::unordered_set<std::string> in_line_;
  std::deque<Sent> sent_;                        // oldest first; some are done
  std::unordered_set<std::uint64_t> under_way_;  // of them
  std::uint64_t last_number_ = 0;
  double rate_;
  double tokens_;
  TimePoint refilled_{};
};

}  // namespace ipe

#endif  // IPE_OBSERVE_LINE_H_
