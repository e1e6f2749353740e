// The listener that the CSE notifies.  (TS-0009 v3 §6; TS-0004 v3 §7.5.1)
#ifndef ONEM2M_HTTP_HTTP_NOTIFY_SERVER_H_
#define ONEM2M_HTTP_HTTP_NOTIFY_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "onem2m/notification.h"
#include "onem2m/types.h"

namespace onem2m {

struct HttpNotifyServerOptions {
  std::string bind = "0.0.0.0:8282";
  std::size_t threads = 16;  // Poco pins one per kept-alive connection: above the CSE's connections
};

struct ReceivedNotification {
  std::string path;        // request path as it came, also without a leading slash
  std::string originator;  // X-M2M-Origin, "" when absent
  Notification notification;
  // The CSE is answered when the last copy of this is gone; null: without waiting for anybody.
  std::shared_ptr<void> held = nullptr;
};

// Verification requests are answered 2000 by itself on any path and never reach the receiver. For
// everything else `receiver` is called on a connection thread; it returns at once with what to
// answer (2000 as a rule). Every answer carries X-M2M-RSC and X-M2M-RI. Malformed bodies: 4000,
// `malformed` is counted. Bodies above 1 MiB: 413.
class HttpNotifyServer {
 public:
  using Receiver = std::function<ResponseStatusCode(const ReceivedNotification&)>;
  // Starts to listen; the error names the address and the cause.
  static tl::expected<std::unique_ptr<HttpNotifyServer>, std::string> Create(
      HttpNotifyServerOptions options, Receiver receiver);
  ~HttpNotifyServer();  // stops and joins
  std::uint16_t port() const;
  std::uint64_t verifications() const;
  std::uint64_t malformed() const;

 private:
  class State;
  explicit HttpNotifyServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace onem2m

#endif  // ONEM2M_HTTP_HTTP_NOTIFY_SERVER_H_
