// The profile changed while endpoints are registered: the difference is applied to them, a few at a
// time.  (R8, R66)
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"
#include "mapping/profile_difference.h"
#include "mapping/server_settings.h"

namespace ipe {

using lwm2m::OperationKind;
using std::chrono::milliseconds;

namespace {

// A CSE takes some hundred requests a second, and news go first.
constexpr milliseconds kAdaptEvery{100};
constexpr std::size_t kAdaptAtATime = 8;      // endpoints that it means work for
constexpr std::size_t kCompareAtATime = 512;  // endpoints looked at

}  // namespace

void Bridge::OnConfigurationChanged(const Config& before, bool definitions_changed) {
  const Config::Interworking& was = before.interworking;
  const Config::Interworking& is = surroundings_.config.interworking;
  ShowConfiguration();
  auto standing = std::make_shared<StandingRules>();
  standing->profile = was.profile;
  standing->context = context_;
  standing->definitions_changed = definitions_changed;
  const bool containers_differ =
      was.labels != is.labels || was.expiration != is.expiration || definitions_changed;
  if (context_ != nullptr) {
    auto context = std::make_shared<mapping::Context>(*context_);
    context->labels = is.labels;
    context->expiration = is.expiration;
    context->expiration_grace = is.expiration_grace;
    context_ = std::move(context);
  }
  const mapping::AccessLists& access_was = before.access;
  const mapping::AccessLists& access_is = surroundings_.config.access;
  if (access_was != access_is || was.profile.TakesUpdates() != is.profile.TakesUpdates()) {
    OnAccessConfigured();
  }
  if (!containers_differ && was.profile.rules() == is.profile.rules()) return;
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    // One that stands by older rules still is compared with those.
    if (!key.empty()) standing_.emplace(key, standing);
  }
  adapt_at_ = now_;
}

lwm2m::TimePoint Bridge::AdaptSome() {
  if (standing_.empty()) return lwm2m::TimePoint::max();
  if (now_ < adapt_at_) return adapt_at_;
  adapt_at_ = now_ + kAdaptEvery;
  std::size_t compared = 0;
  std::size_t adapted = 0;
  while (!standing_.empty() && compared < kCompareAtATime && adapted < kAdaptAtATime) {
    const auto [key, standing] = *standing_.begin();
    standing_.erase(standing_.begin());
    ++compared;
    Endpoint* endpoint = FindEndpoint(key);
    if (endpoint != nullptr && !endpoint->leave_wanted && Adapt(*endpoint, standing)) ++adapted;
  }
  if (!standing_.empty()) return adapt_at_;
  spdlog::info("event=profile-applied");
  return lwm2m::TimePoint::max();
}

// False: the change does not concern it.
bool Bridge::Adapt(Endpoint& endpoint, const std::shared_ptr<const StandingRules>& standing) {
  const mapping::Profile& profile = surroundings_.config.interworking.profile;
  const mapping::ProfileDifference difference = mapping::Difference(
      standing->profile, profile, endpoint.key(), endpoint.stored.registration->objects);
  const bool context_differs = standing->context != nullptr && context_ != nullptr &&
                               (standing->context->labels != context_->labels ||
                                standing->context->expiration != context_->expiration);
  const bool settings = mapping::ServerSettingsFor(standing->profile, endpoint.key()) !=
                        mapping::ServerSettingsFor(profile, endpoint.key());
  // GEN-10: one whose Register waits gets them when that is answered.
  const bool registers = endpoint.ticket && endpoint.ticket->kind == OpenTicket::Kind::kRegister;
  if (settings && !registers) WriteSettings(endpoint);
  const bool containers = difference.containers || context_differs || standing->definitions_changed;
  if (difference.empty() && !containers) return settings;
  if (endpoint.change == nullptr) endpoint.change = std::make_unique<RuleChange>();
  RuleChange& change = *endpoint.change;
  for (const lwm2m::Path& path : difference.cancel) {
    lwm2m::Operation cancel;
    cancel.kind = OperationKind::kCancelObserve;
    cancel.path = path;
    change.operations.push_back(std::move(cancel));
  }
  for (const auto& target : difference.write) {
    lwm2m::Operation write;
    write.kind = OperationKind::kWriteAttributes;
    write.path = target.path;
    write.attributes = lwm2m::ForVersion(target.attributes, endpoint.stored.registration->version);
    if (!write.attributes.empty()) change.operations.push_back(std::move(write));
  }
  // Without a context nothing was made yet, and all of it will be by the new rules.
  if (containers && standing->context != nullptr && change.standing == nullptr) {
    change.standing = standing;
  }
  if (difference.modes_on) {
    // What the devices show in the modes that are new comes with the values that they have.
    endpoint.settle_wanted = true;
    endpoint.furnish_wanted = true;
    endpoint.refresh_wanted = true;
    management_.OnRegistered(endpoint);
  }
  // GEN-10: one whose Register waits is observed when that is answered.
  if (endpoint.ticket) {
    DropChangeIfDone(endpoint);
  } else {
    Observe(endpoint);
  }
  Pump(endpoint);
  return true;
}

void Bridge::DropChangeIfDone(Endpoint& endpoint) {
  const RuleChange* change = endpoint.change.get();
  if (change == nullptr || change->standing != nullptr || change->adapting) return;
  if (change->operations.empty()) endpoint.change.reset();
}

bool Bridge::IsWanted(const Endpoint& endpoint, const lwm2m::Path& path) const {
  const auto targets = surroundings_.config.interworking.profile.ObservationTargets(
      endpoint.key(), path.Prefix(std::min<std::size_t>(path.depth(), 2)));
  return std::any_of(targets.begin(), targets.end(),
                     [&](const auto& target) { return target.path == path; });
}

// One operation at a time, so that commands have room. What a device did not answer is asked again
// when it is heard of (Observe).
void Bridge::SubmitChange(Endpoint& endpoint) {
  if (endpoint.change == nullptr || endpoint.change->submitted) return;
  auto& operations = endpoint.change->operations;
  const auto held = server_->Observations(endpoint.key());
  while (!operations.empty()) {
    const lwm2m::Operation& next = operations.front();
    const bool is_held = std::any_of(held.begin(), held.end(), [&](const auto& observation) {
      return observation.path == next.path && observation.paths.empty();
    });
    const bool cancels = next.kind == OperationKind::kCancelObserve;
    if (is_held && !(cancels && IsWanted(endpoint, next.path))) break;
    operations.pop_front();  // settled by a Register, or by rules that came later
  }
  if (operations.empty()) return DropChangeIfDone(endpoint);
  endpoint.change->submitted = true;
  const auto deadline = now_ + lwm2m::kDefaultLifetime;
  server_->Submit(endpoint.key(), operations.front(), lwm2m::Priority::kTelemetry, deadline, now_,
                  [this, key = endpoint.key()](const lwm2m::Outcome& outcome) {
                    Endpoint* changed = FindEndpoint(key);
                    if (changed == nullptr || changed->change == nullptr) return;
                    changed->change->submitted = false;
                    if (outcome.response() == nullptr) return;
                    const lwm2m::Operation done = std::move(changed->change->operations.front());
                    changed->change->operations.pop_front();
                    if (done.kind == OperationKind::kWriteAttributes &&
                        !lwm2m::IsSuccess(outcome.response()->code)) {
                      spdlog::info("event=write-attributes-refused endpoint={} path={} code={}",
                                   LogValue(key), done.path.ToString(),
                                   lwm2m::ToString(outcome.response()->code));
                    }
                    SubmitChange(*changed);
                  });
}

void Bridge::StartAdapt(Endpoint& endpoint) {
  RuleChange& change = *endpoint.change;
  change.adapting = true;
  EndpointSession* session = OpenSession(endpoint);
  Run(endpoint, ClassOf(endpoint, NextJob::kAdapt),
      [this, session, plan = PlanOf(endpoint), key = endpoint.key(),
       standing = std::exchange(change.standing, nullptr)]() -> std::function<void()> {
        std::vector<MadeSubscription> subscribed;
        const bool done = session->Adapt(plan, standing->profile, *standing->context, subscribed);
        return [this, key, done, standing, subscribed = std::move(subscribed)] {
          Endpoint* found = FindEndpoint(key);
          if (found == nullptr) return;
          OnSubscribed(key, subscribed);
          if (found->change == nullptr) return;
          found->change->adapting = false;
          if (!done && !found->leave_wanted) {
            found->change->standing = standing;
            BackOffAndRetry(*found, milliseconds(1000));
          } else {
            DropChangeIfDone(*found);
          }
        };
      });
}

}  // namespace ipe
