#include "lwm2m/downlink_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lwm2m {

std::optional<QueuedOperation> DownlinkQueue::Push(QueuedOperation operation) {
  const auto first_telemetry = std::find_if(
      waiting_.begin(), waiting_.end(),
      [](const QueuedOperation& queued) { return queued.priority == Priority::kTelemetry; });
  std::optional<QueuedOperation> gave_way;
  auto position = operation.priority == Priority::kCommand ? first_telemetry : waiting_.end();
  if (waiting_.size() >= depth_) {
    if (first_telemetry == waiting_.end()) return operation;
    gave_way = std::move(*first_telemetry);
    const auto after = waiting_.erase(first_telemetry);
    position = operation.priority == Priority::kCommand ? after : waiting_.end();
  }
  waiting_.insert(position, std::move(operation));
  return gave_way;
}

void DownlinkQueue::PutBack(QueuedOperation operation) {
  const auto first_of_priority =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const QueuedOperation& queued) {
        return queued.priority == operation.priority || queued.priority == Priority::kTelemetry;
      });
  waiting_.insert(first_of_priority, std::move(operation));
}

std::optional<QueuedOperation> DownlinkQueue::Pop() {
  if (in_flight || waiting_.empty()) return std::nullopt;
  QueuedOperation next = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
  if (waiting_.empty())
    std::vector<QueuedOperation>().swap(
        waiting_);  // of 100,000 queues few have something at a time
  return next;
}

std::vector<QueuedOperation> DownlinkQueue::TakeExpired(TimePoint now) {
  return TakeWhere([now](const QueuedOperation& queued) { return queued.deadline <= now; });
}

std::vector<QueuedOperation> DownlinkQueue::Take(OperationKind kind, const Path& path) {
  return TakeWhere([&](const QueuedOperation& queued) {
    return queued.operation.kind == kind && queued.operation.path == path;
  });
}

template <typename Condition>
std::vector<QueuedOperation> DownlinkQueue::TakeWhere(Condition condition) {
  const auto taken_from = std::stable_partition(
      waiting_.begin(), waiting_.end(),
      [&condition](const QueuedOperation& queued) { return !condition(queued); });
  std::vector<QueuedOperation> taken(std::make_move_iterator(taken_from),
                                     std::make_move_iterator(waiting_.end()));
  waiting_.erase(taken_from, waiting_.end());
  if (waiting_.empty()) std::vector<QueuedOperation>().swap(waiting_);
  return taken;
}

std::vector<QueuedOperation> DownlinkQueue::TakeAll() {
  std::vector<QueuedOperation> taken(std::make_move_iterator(waiting_.begin()),
                                     std::make_move_iterator(waiting_.end()));
  std::vector<QueuedOperation>().swap(waiting_);
  return taken;
}

std::optional<TimePoint> DownlinkQueue::EarliestDeadline() const {
  if (waiting_.empty()) return std::nullopt;
  return std::min_element(waiting_.begin(), waiting_.end(),
                          [](const QueuedOperation& a, const QueuedOperation& b) {
                            return a.deadline < b.deadline;
                          })
      ->deadline;
}

}  // namespace lwm2m
