#include "ipe/held_answers.h"

#include <condition_variable>
#include <mutex>

namespace ipe {

struct HeldAnswers::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t waiting = 0;
  bool stopped = false;
};

HeldAnswers::HeldAnswers(std::size_t most, std::chrono::milliseconds at_most)
    : most_(most), at_most_(at_most), state_(std::make_shared<State>()) {}

void HeldAnswers::PassOn(const std::function<void(std::shared_ptr<void>)>& pass_on) {
  bool may_wait = false;
  {
    const std::lock_guard lock(state_->mutex);
    may_wait = !state_->stopped && state_->waiting < most_;
    if (may_wait) ++state_->waiting;
  }
  if (!may_wait) return pass_on(nullptr);
  const auto done = std::make_shared<bool>(false);
  const auto release = [state = state_, done](void*) {
    {
      const std::lock_guard lock(state->mutex);
      *done = true;
    }
    state->changed.notify_all();
  };
  pass_on(std::shared_ptr<void>(done.get(), release));
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, at_most_, [&] { return *done || state_->stopped; });
  --state_->waiting;
}

void HeldAnswers::Stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
}

}  // namespace ipe
