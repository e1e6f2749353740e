#include "ipe/loop_load.h"

namespace ipe {
namespace {

constexpr std::chrono::milliseconds kLookEvery{100};
constexpr std::size_t kLooks = 5;

}  // namespace

std::optional<double> LoopLoad::OnTurn(TimePoint now, std::chrono::nanoseconds waited) {
  const std::chrono::nanoseconds passed = now - looked_;
  if (passed < kLookEvery) return std::nullopt;
  const double share =
      static_cast<double>((waited - waited_).count()) / static_cast<double>(passed.count());
  looked_ = now;
  waited_ = waited;
  busy_looks_ = share < kBusy ? busy_looks_ + 1 : 0;
  if (busy_looks_ >= kLooks) busy_ = true;
  if (share > kIdle) busy_ = false;
  return share;
}

}  // namespace ipe
