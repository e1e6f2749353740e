#include "ipe/service_notification.h"

#ifdef IPE_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <thread>
#include <utility>

#include "ipe/concurrency/guarded.h"

namespace ipe {
namespace {

#ifdef IPE_HAVE_SYSTEMD
void Tell(const char* state) { sd_notify(0, state); }
// 0: the unit has no watchdog.
std::chrono::microseconds WatchdogPeriod() {
  std::uint64_t microseconds = 0;
  const bool enabled = sd_watchdog_enabled(0, &microseconds) > 0;
  return std::chrono::microseconds(enabled ? static_cast<std::int64_t>(microseconds) : 0);
}
#else
void Tell(const char*) {}
std::chrono::microseconds WatchdogPeriod() { return std::chrono::microseconds(0); }
#endif

}  // namespace

class ServiceNotification::Watchdog {
 public:
  Watchdog(std::chrono::microseconds period, std::function<bool()> is_alive)
      : interval_(period / 2), is_alive_(std::move(is_alive)), thread_([this] { Run(); }) {}

  ~Watchdog() {
    *stopping_.Lock() = true;
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Run() {
    while (WaitForTurn()) {
      if (is_alive_()) Tell("WATCHDOG=1");
    }
  }

  // False: stop.
  bool WaitForTurn() {
    auto stopping = stopping_.Lock();
    return !wake_.wait_for(stopping.lock(), interval_, [&] { return *stopping; });
  }

  const std::chrono::microseconds interval_;
  const std::function<bool()> is_alive_;
  Guarded<bool> stopping_{false};
  std::condition_variable wake_;
  std::thread thread_;  // last: it uses the others
};

ServiceNotification::ServiceNotification(std::function<bool()> is_alive) {
  Tell("READY=1");
  const auto period = WatchdogPeriod();
  if (period.count() > 0) watchdog_ = std::make_unique<Watchdog>(period, std::move(is_alive));
}

ServiceNotification::~ServiceNotification() = default;

void ServiceNotification::Stopping() { Tell("STOPPING=1"); }

}  // namespace ipe
