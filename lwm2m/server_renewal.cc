// Observations that have fallen silent are observed again: a device that misses one acknowledgement
// may have given its observation up.  (RFC 7641 §3.3, §4.5; IR-7, IR-8)
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "lwm2m/server_state.h"

namespace lwm2m {
namespace {

bool IsUnset(const NotificationAttributes& attributes, std::string_view name) {
  return std::find(attributes.unset.begin(), attributes.unset.end(), name) !=
         attributes.unset.end();
}

}  // namespace

// Attributes belong to us alone (ATT-7), so that what we have written is what holds.
void Server::State::NoteAttributes(const EndpointPointer& endpoint, const Operation& written) {
  const auto& period = written.attributes.maximum_period;
  if (!period && !IsUnset(written.attributes, "pmax")) return;
  if (period && *period > 0) {
    if (endpoint->maximum_periods == nullptr) {
      endpoint->maximum_periods = std::make_unique<std::map<Path, Seconds>>();
    }
    (*endpoint->maximum_periods)[written.path] = Seconds(*period);
  } else if (endpoint->maximum_periods != nullptr) {
    endpoint->maximum_periods->erase(written.path);
  }
  for (ObservationState* const state : observations_.StatesOf(endpoint->registration->endpoint)) {
    Operation observe;
    observe.path = state->path();
    observe.attributes = state->attributes();
    const auto holds = MaximumPeriodOf(*endpoint, observe);
    if (!written.path.Contains(observe.path) || holds == state->maximum_period()) continue;
    state->set_maximum_period(holds);
    WatchSilence(endpoint, *state);
    Call([this, observation = state->observation()] {
      listener_.OnObservationStarted(observation);
    });
  }
}

// ATT-8: what stands in the query of the Observe; else ATT-2: what is nearest above it.
std::optional<Seconds> Server::State::MaximumPeriodOf(const Endpoint& endpoint,
                                                      const Operation& observe) const {
  const auto& in_query = observe.attributes.maximum_period;
  if (in_query && *in_query > 0) return Seconds(*in_query);
  std::optional<Seconds> nearest;
  if (endpoint.maximum_periods == nullptr) return nearest;
  std::size_t depth = 0;
  for (const auto& [path, period] : *endpoint.maximum_periods) {
    if (path.depth() < depth || !path.Contains(observe.path)) continue;
    nearest = period;
    depth = path.depth();
  }
  return nearest;
}

TimePoint Server::State::SilentAt(const ObservationState& state) const {
  return state.heard + state.maximum_period().value_or(options_.longest_silence) +
         options_.silence_margin;
}

// Notifications do not move the check, which looks at when each was heard.
void Server::State::WatchSilence(const EndpointPointer& endpoint, const ObservationState& state) {
  const TimePoint at = SilentAt(state);
  endpoint->silence_check = std::min(endpoint->silence_check, at);
}

void Server::State::RenewSilent(const EndpointPointer& endpoint, TimePoint now) {
  endpoint->silence_check = TimePoint::max();
  for (ObservationState* const state : observations_.StatesOf(endpoint->registration->endpoint)) {
    if (SilentAt(*state) <= now) {
      if (const Seconds delay = RenewalDelay(now); delay.count() > 0) {
        endpoint->silence_check = now + delay;
        return;
      }
      Renew(endpoint, *state, now);
    }
    WatchSilence(endpoint, *state);
  }
}

// After an outage all observations of a fleet are silent at once: each gets a second of its own.
Seconds Server::State::RenewalDelay(TimePoint now) {
  if (now - renewals_since_ >= Seconds(1)) {
    renewals_since_ = now;
    renewals_ = 0;
  }
  const std::size_t limit = std::max<std::size_t>(options_.renewals_per_second, 1);
  return Seconds(renewals_++ / limit);
}

// Waits in the queue as any operation, so that a device that sleeps is not woken. The answer is
// what the device would have notified.
void Server::State::Renew(const EndpointPointer& endpoint, ObservationState& state, TimePoint now) {
  const Observation observation = state.observation();
  ++counters_.silent_observations;
  if (const auto before = complaints_.Pass(Complaint::kSilentObservation, now)) {
    spdlog::info("event=observation-silent ep=\"{}\" path={} suppressed={}", observation.endpoint,
                 observation.path.ToString(), *before);
  }
  state.heard = now;
  Operation observe;
  observe.kind =
      observation.paths.empty() ? OperationKind::kObserve : OperationKind::kObserveComposite;
  observe.path = observation.path;
  observe.paths = observation.paths;
  observe.attributes = observation.attributes;
  observe.accept = observation.accept;
  QueuedOperation renewal{
      std::move(observe), Priority::kTelemetry, SilentAt(state),
      [this, token = observation.token](const Outcome& outcome) {
        const ObservationState* const renewed = observations_.Find(token);
        const CoapResponse* const response = outcome.response();
        if (renewed == nullptr || response == nullptr) return;
        const Observation current = renewed->observation();
        const EndpointPointer of = FindEndpoint(current.endpoint);
        listener_.OnNotification(Notification{current, of->registration, *response});
      }};
  if (auto gave_way = endpoint->queue.Push(std::move(renewal))) {
    ++counters_.queue_full;
    GiveUp(std::move(*gave_way), Failure::kQueueFull);
  }
}

}  // namespace lwm2m
