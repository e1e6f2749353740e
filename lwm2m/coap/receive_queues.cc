#include "lwm2m/coap/receive_queues.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>

namespace lwm2m {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};

}  // namespace

void ReceiveQueues::Look(TimePoint now) {
  if (now - looked_at_ < kBetweenLooks) return;
  looked_at_ = now;
  bool behind = false;
  std::uint64_t dropped = 0;
  for (const int descriptor : descriptors_) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) continue;
    behind |= memory[SK_MEMINFO_RMEM_ALLOC] > memory[SK_MEMINFO_RCVBUF] / 2;
    dropped += memory[SK_MEMINFO_DROPS];
  }
  dropped_ = dropped;
  if (!behind) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now;
  }
}

std::chrono::milliseconds ReceiveQueues::Behind() const {
  if (!behind_since_) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(looked_at_ - *behind_since_);
}

}  // namespace lwm2m
