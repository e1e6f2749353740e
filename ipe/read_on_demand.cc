#include "ipe/read_on_demand.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ipe {

using lwm2m::TimePoint;

namespace {

constexpr std::size_t kReadsAtATime = 1024;
constexpr std::size_t kHeldForOne = 64;  // who comes later is answered at once
// An application waits. A device that sleeps is read when it next wakes, for whoever asks again.
constexpr std::chrono::seconds kReadWithin{3};
constexpr std::chrono::seconds kReadWithinWhenAsleep{300};

Metrics::Counter Count(Metrics& metrics, const char* result) {
  return metrics.counter("reads_on_demand", "Retrieves of applications that the CSE told of",
                         {{"result", result}});
}

}  // namespace

ReadOnDemand::ReadOnDemand(Surroundings& surroundings, Metrics& metrics)
    : surroundings_(surroundings),
      started_(Count(metrics, "read")),
      joined_(Count(metrics, "joined")),
      values_(metrics.counter("values_on_demand", "Reads on demand that brought a value")),
      without_value_(
          metrics.counter("reads_on_demand_failed", "Reads on demand that brought no value")),
      ignored_(Count(metrics, "ignored")) {}

void ReadOnDemand::OnNotification(const OwnNotification& arrived, TimePoint now) {
  now_ = now;
  const auto path = lwm2m::Path::Parse("/" + arrived.place.parent);
  const Endpoint* const endpoint = surroundings_.FindEndpoint(arrived.endpoint);
  // Only what the CSE itself has told: others could keep a device busy.
  if (!arrived.trusted || !path || path->depth() < 2 || endpoint == nullptr ||
      endpoint->leave_wanted || server_->Find(arrived.endpoint) == nullptr ||
      surroundings_.IsRetrieving(*endpoint, arrived.place.parent)) {
    ignored_.Increment();
    return;
  }
  const Key key{arrived.endpoint, *path};
  const auto under_way = reads_.find(key);
  if (under_way == reads_.end() && reads_.size() >= kReadsAtATime) {
    ignored_.Increment();
    if (log_limiter_.Allow("reads-on-demand", now)) {
      spdlog::warn("event=read-on-demand-refused endpoint={} path={} cause=\"{} are under way\"",
                   LogValue(arrived.endpoint), path->ToString(), reads_.size());
    }
    return;
  }
  // A device that sleeps keeps nobody waiting.
  const bool awake = server_->IsAwake(arrived.endpoint, now);
  Held& held = reads_[key];
  if (arrived.held != nullptr && awake && held.size() < kHeldForOne) held.push_back(arrived.held);
  if (under_way != reads_.end()) {
    joined_.Increment();
    return;
  }
  started_.Increment();
  if (awake) patience_.emplace_back(now + kReadWithin, key);
  lwm2m::Operation read;
  read.path = *path;
  const auto within = awake ? kReadWithin : kReadWithinWhenAsleep;
  server_->Submit(arrived.endpoint, std::move(read), lwm2m::Priority::kCommand, now + within, now,
                  [this, key](const lwm2m::Outcome& outcome) { OnOutcome(key, outcome); });
}

void ReadOnDemand::OnOutcome(const Key& key, const lwm2m::Outcome& outcome) {
  const auto found = reads_.find(key);
  if (found == reads_.end()) return;  // the endpoint has left
  Stored stored;
  stored.held = std::move(found->second);
  reads_.erase(found);
  const lwm2m::CoapResponse* const response = outcome.response();
  Endpoint* const endpoint = surroundings_.FindEndpoint(key.first);
  if (response == nullptr || !lwm2m::IsSuccess(response->code) || endpoint == nullptr) {
    without_value_.Increment();
    return;
  }
  const bool was_urgent = endpoint->urgent_rows;
  const RowId before = endpoint->newest;
  endpoint->urgent_rows = true;
  surroundings_.StoreValues(key.first, key.second, response->payload);
  if (endpoint->newest == before) {  // no value came of it
    endpoint->urgent_rows = was_urgent;
    without_value_.Increment();
    return;
  }
  values_.Increment();
  stored.row = endpoint->newest;
  if (!stored.held.empty()) stored_[key.first].push_back(std::move(stored));
}

void ReadOnDemand::OnDelivered(const Endpoint& endpoint) {
  if (stored_.empty()) return;
  const auto found = stored_.find(endpoint.key());
  if (found == stored_.end()) return;
  std::erase_if(found->second, [&](const Stored& stored) {
    return stored.row <= endpoint.after || endpoint.rows == 0;
  });
  if (found->second.empty()) stored_.erase(found);
}

TimePoint ReadOnDemand::Tick(TimePoint now) {
  while (!patience_.empty() && patience_.front().first <= now) {
    if (const auto found = reads_.find(patience_.front().second); found != reads_.end()) {
      found->second.clear();
    }
    patience_.pop_front();
  }
  return patience_.empty() ? TimePoint::max() : patience_.front().first;
}

void ReadOnDemand::ForgetEndpoint(const std::string& endpoint) {
  stored_.erase(endpoint);
  const auto first = reads_.lower_bound({endpoint, lwm2m::Path()});
  auto last = first;
  while (last != reads_.end() && last->first.first == endpoint) ++last;
  reads_.erase(first, last);
}

}  // namespace ipe
