// Operations that wait for one endpoint, and the one that is under way.
#ifndef LWM2M_DOWNLINK_QUEUE_H_
#define LWM2M_DOWNLINK_QUEUE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lwm2m/operations.h"
#include "lwm2m/registration.h"
#include "lwm2m/server.h"

namespace lwm2m {

struct QueuedOperation {
  Operation operation;
  Priority priority = Priority::kTelemetry;
  TimePoint deadline{};
  Server::Done done;
  std::function<void()> sent = nullptr;  // called each time before it is sent
};

// The operation that was sent and has no outcome yet.
struct OperationInFlight {
  QueuedOperation queued;
  std::string token;
  TimePoint sent_at{};
  // The Accept that the server chose, which a client may refuse; absent when the caller chose or
  // none was sent.
  std::optional<ContentFormat> chosen_accept;
  bool repeated_without_accept = false;
  bool progressed = false;  // a block was confirmed since `sent_at`
  // The Content-Format that the server chose for records or paths; nullopt when there are none.
  std::optional<ContentFormat> chosen_body;
  bool repeated_with_other_body = false;
};

// At most one operation is in flight (NSTART 1: QM-5, RFC 7252 §4.7); commands wait before
// telemetry, each in order. Bounded: a full queue gives up its oldest telemetry for a command,
// never a command.
//
// Loop thread only. Owns everything. Calls nobody: what falls out is returned.
class DownlinkQueue {
 public:
  explicit DownlinkQueue(std::size_t depth) : depth_(depth) {}

  // Returns the operation that gave way: an older one, or this one.
  std::optional<QueuedOperation> Push(QueuedOperation operation);
  // Puts one back that was taken out to be sent: it is the next of its priority again, and counts
  // against no bound.
  void PutBack(QueuedOperation operation);
  // The next to send; nullopt when one is in flight or none waits.
  std::optional<QueuedOperation> Pop();
  // Takes out what may not be sent any more at `now`.
  std::vector<QueuedOperation> TakeExpired(TimePoint now);
  // Takes out everything that waits, not what is in flight.
  std::vector<QueuedOperation> TakeAll();
  // Takes out what waits of that kind to that path.
  std::vector<QueuedOperation> Take(OperationKind kind, const Path& path);
  // The earliest deadline of those that wait.
  std::optional<TimePoint> EarliestDeadline() const;

  std::unique_ptr<OperationInFlight> in_flight;  // few endpoints have one at a time
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }

 private:
  template <typename Condition>
  std::vector<QueuedOperation> TakeWhere(Condition condition);

  const std::size_t depth_;
  std::vector<QueuedOperation> waiting_;  // all commands before all telemetry
};

}  // namespace lwm2m

#endif  // LWM2M_DOWNLINK_QUEUE_H_
