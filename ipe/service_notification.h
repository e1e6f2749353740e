// What the service manager is told: sd_notify(3).
#ifndef IPE_SERVICE_NOTIFICATION_H_
#define IPE_SERVICE_NOTIFICATION_H_

#include <functional>
#include <memory>

namespace ipe {

// Tells READY=1 when made and STOPPING=1 on Stopping(); while the unit has WatchdogSec=, tells
// WATCHDOG=1 twice per period from a thread of its own as long as `is_alive` says so. Does nothing
// outside a service manager. Thread-safe.
class ServiceNotification {
 public:
  explicit ServiceNotification(std::function<bool()> is_alive);
  ~ServiceNotification();
  ServiceNotification(const ServiceNotification&) = delete;
  ServiceNotification& operator=(const ServiceNotification&) = delete;

  void Stopping();

 private:
  class Watchdog;
  std::unique_ptr<Watchdog> watchdog_;
};

}  // namespace ipe

#endif  // IPE_SERVICE_NOTIFICATION_H_
