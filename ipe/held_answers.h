// Notifications whose answer waits until what they asked for is done.
#ifndef IPE_HELD_ANSWERS_H_
#define IPE_HELD_ANSWERS_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace ipe {

// Thread-safe. A CSE that tells of a Retrieve before it answers it waits for our answer, and while
// it does, a thread of the notify server is pinned: so only so many wait at a time, and only so
// long. (TS-0014 §6.4; R53)
class HeldAnswers {
 public:
  HeldAnswers(std::size_t most, std::chrono::milliseconds at_most);

  // Calls `pass_on` with what keeps the answer waiting, null when too many wait already. Returns
  // when the last copy of it is gone, the time is over, or nothing may wait any more.
  void PassOn(const std::function<void(std::shared_ptr<void>)>& pass_on);
  // Nothing waits any more.
  void Stop();

 private:
  struct State;
  const std::size_t most_;
  const std::chrono::milliseconds at_most_;
  std::shared_ptr<State> state_;  // also of what was given away
};

}  // namespace ipe

#endif  // IPE_HELD_ANSWERS_H_
