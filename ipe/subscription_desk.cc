#include "ipe/subscription_desk.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "mapping/object_discovery.h"
#include "mapping/subscription_criteria.h"

namespace ipe {

using lwm2m::NotificationAttributes;
using lwm2m::Path;
using lwm2m::TimePoint;

namespace {

// A look takes at most one part in twenty of the time.
constexpr int kRestFactor = 19;
// What the clocks of the CSE and ours may differ by without our noticing, and the second that a
// timestamp is rounded to.
constexpr std::int64_t kOverlap = 5;
// What waited for the CSE goes first.
constexpr std::chrono::seconds kAfterOutage{1};
constexpr int kAllEvery = 6;           // looks
constexpr int kAllEveryUnwatched = 2;  // where only a look tells of a subscription that is gone
constexpr int kAllEveryLong = 60;
constexpr std::size_t kLongList = 1000;

SubscriptionPlace WatchAt(const Path& path) {
  return {mapping::Purpose::kSubscriptions, mapping::ContainerAddress(path)};
}

// DM-22: nothing may be done to these.
bool IsOutOfBounds(const Path& path) {
  return path.object() == 0 || path.object() == 21 || path.object() == 23;
}

}  // namespace

std::vector<NotificationAttributes> SubscriptionDesk::Place::Criteria() const {
  std::vector<NotificationAttributes> criteria;
  for (const auto& [name, each] : subscribers) {
    if (each) criteria.push_back(*each);
  }
  return criteria;
}

SubscriptionDesk::SubscriptionDesk(Surroundings& surroundings, OwnSubscriptions& subscriptions,
                                   const mapping::Profile& profile, Metrics& metrics,
                                   std::chrono::seconds interval)
    : surroundings_(surroundings),
      own_subscriptions_(subscriptions),
      profile_(profile),
      interval_(interval),
      looks_(metrics.counter("subscription_looks",
                             "Looks in the CSE for subscriptions of applications")),
      started_(metrics.counter("subscriptions_started",
                               "Paths that an application has begun to subscribe to")),
      ended_(metrics.counter("subscriptions_ended",
                             "Paths that the last application has ceased to subscribe to")) {}

// ---- looking
// -----------------------------------------------------------------------------------------------------

void SubscriptionDesk::OnCseUp(TimePoint now) {
  now_ = now;
  given_up_ = false;
  rest_until_ = std::max(rest_until_, now + kAfterOutage);
  LookAtAllSoon();
}

void SubscriptionDesk::LookAtAllSoon() {
  seen_until_ = 0;
  // Not sooner than the last one allows.
  if (!looking_) look_at_ = std::max(now_, rest_until_);
}

TimePoint SubscriptionDesk::Tick(TimePoint now, bool cse_is_up) {
  now_ = now;
  if (interval_.count() == 0 || given_up_ || looking_ || !cse_is_up) return TimePoint::max();
  if (now < look_at_) return look_at_;
  LookPlan plan = surroundings_.PlanLook();
  if (plan.base.empty()) {  // nobody is registered
    look_at_ = now + interval_;
    return look_at_;
  }
  const bool all = seen_until_ == 0 || until_all_ <= 0;
  auto known = std::make_shared<const std::set<std::string>>(Known());
  plan.known = known;
  plan.modified_since = all ? 0 : seen_until_ - kOverlap;
  looking_ = true;
  look_began_ = now;
  looks_.Increment();
  surroundings_.RunLook(
      plan, [this, all, known](const LookResult& result) { OnLook(result, all, *known); });
  return TimePoint::max();
}

void SubscriptionDesk::OnLook(const LookResult& result, bool all,
                              const std::set<std::string>& known) {
  looking_ = false;
  rest_until_ = now_ + kRestFactor * (now_ - look_began_);
  look_at_ = std::max<TimePoint>(now_ + interval_, rest_until_);
  switch (result.end) {
    case LookResult::End::kDenied:
      return OnDenied(result);
    case LookResult::End::kSilent:
      return;
    case LookResult::End::kDone:
      break;
  }
  if (result.unreadable_addresses > 0 && !std::exchange(reported_unreadable_, true)) {
    spdlog::warn(
        "event=subscriptions-unplaced count={} cause=\"the CSE lists them by resource id\" "
        "effect=\"those of applications do not lead to observations\"",
        result.unreadable_addresses);
  }
  if (!result.more || all) seen_until_ = result.began_at;
  --until_all_;
  if (all) {
    for (const std::string& address : known) {
      if (result.seen.count(address) > 0) continue;
      const auto gone = PlaceOfAddress(address);
      Endpoint* endpoint = gone ? surroundings_.FindByAeName(gone->ae_name) : nullptr;
      if (endpoint != nullptr) Remove(endpoint->key(), gone->path, gone->name);
    }
  }
  std::set<std::pair<std::string, Path>> watched;
  for (const FoundSubscription& watch : result.watches) watched.insert({watch.ae_name, watch.path});
  for (const FoundSubscription& found : result.read) {
    Endpoint* endpoint = surroundings_.FindByAeName(found.ae_name);
    if (endpoint == nullptr || endpoint->key().empty()) continue;
    Found(*endpoint, found, watched.count({found.ae_name, found.path}) > 0);
  }
  if (!all) return;
  for (const FoundSubscription& watch : result.watches) OnWatch(watch);
  until_all_ = result.seen.size() > kLongList ? kAllEveryLong
               : EveryPlaceIsWatched()        ? kAllEvery
                                              : kAllEveryUnwatched;
  if (!result.more) return;
  seen_until_ = 0;  // the rest of them, as soon as may be
  look_at_ = std::max(now_, rest_until_);
}

void SubscriptionDesk::OnDenied(const LookResult& result) {
  given_up_ = true;
  if (std::exchange(reported_denied_, true)) return;
  spdlog::warn(
      "event=subscriptions-not-seen cause={} effect=\"subscriptions of applications lead to "
      "observations only where `subscribe: all` holds\"",
      LogValue(result.detail));
}

// A watch of ours that nobody needs any more is what an earlier run has left: the subscription went
// while we were away, and the observation for it stands yet.
void SubscriptionDesk::OnWatch(const FoundSubscription& watch) {
  Endpoint* endpoint = surroundings_.FindByAeName(watch.ae_name);
  if (endpoint == nullptr || endpoint->key().empty()) return;
  const std::string& key = endpoint->key();
  if (own_subscriptions_.Has(key, WatchAt(watch.path))) return;
  const auto places = endpoints_.find(key);
  const bool needed = places != endpoints_.end() && places->second.count(watch.path) > 0;
  const bool everywhere = profile_.For(key, watch.path).subscribe == mapping::Subscribe::kAll;
  if (needed || everywhere) {
    surroundings_.WantSubscription(*endpoint, WatchAt(watch.path));
    return;
  }
  if (!ProfileTarget(key, watch.path) && IsObserved(*endpoint, watch.path)) {
    Cancel(*endpoint, watch.path, {});
  }
  surroundings_.DropSubscription(*endpoint, WatchAt(watch.path));
}

void SubscriptionDesk::OnNotification(const OwnNotification& arrived, TimePoint now) {
  now_ = now;
  const onem2m::Notification& notification = arrived.notification;
  Endpoint* endpoint = surroundings_.FindEndpoint(arrived.endpoint);
  const auto path = Path::Parse("/" + arrived.place.parent);
  if (endpoint == nullptr || !path || path->is_root()) return;
  const auto* subscription = notification.representation
                                 ? std::get_if<onem2m::Subscription>(&*notification.representation)
                                 : nullptr;
  const bool is_clear = arrived.trusted && subscription != nullptr && notification.event_type &&
                        !subscription->resource_name.empty();
  if (!is_clear) return LookAtAllSoon();
  const std::string& name = subscription->resource_name;
  if (mapping::PurposeOf(name)) return;
  if (*notification.event_type == onem2m::kDeleteOfDirectChild) {
    Remove(endpoint->key(), *path, name);
    return;
  }
  Found(*endpoint, {endpoint->stored.name, *path, name, *subscription}, false);
}

std::set<std::string> SubscriptionDesk::Known() const {
  std::set<std::string> known;
  for (const auto& [key, places] : endpoints_) {
    const Endpoint* endpoint = surroundings_.FindEndpoint(key);
    if (endpoint == nullptr) continue;
    for (const auto& [path, place] : places) {
      for (const auto& [name, criteria] : place.subscribers) {
        known.insert(endpoint->stored.name + "/" + mapping::ContainerAddress(path) + "/" + name);
      }
    }
  }
  return known;
}

bool SubscriptionDesk::EveryPlaceIsWatched() const {
  return std::all_of(endpoints_.begin(), endpoints_.end(), [&](const auto& endpoint) {
    return std::all_of(endpoint.second.begin(), endpoint.second.end(), [&](const auto& place) {
      return own_subscriptions_.Has(endpoint.first, WatchAt(place.first));
    });
  });
}

bool SubscriptionDesk::Watches(const std::string& endpoint, const SubscriptionPlace& place) const {
  const auto path = Path::Parse("/" + place.parent);
  if (!path || path->is_root()) return false;
  const auto places = endpoints_.find(endpoint);
  return profile_.For(endpoint, *path).subscribe == mapping::Subscribe::kAll ||
         (places != endpoints_.end() && places->second.count(*path) > 0);
}

std::size_t SubscriptionDesk::subscriptions() const {
  std::size_t count = 0;
  for (const auto& [key, places] : endpoints_) {
    for (const auto& [path, place] : places) count += place.subscribers.size();
  }
  return count;
}

void SubscriptionDesk::ForgetEndpoint(const std::string& endpoint) { endpoints_.erase(endpoint); }

// ---- from a subscription to an observation
// -----------------------------------------------------------------------

void SubscriptionDesk::Found(Endpoint& endpoint, const FoundSubscription& found, bool was_watched) {
  if (endpoint.leave_wanted || IsOutOfBounds(found.path)) return;
  std::optional<NotificationAttributes> criteria;
  if (!found.subscription) {
    criteria.emplace();  // may not be read: one without criteria
  } else if (mapping::IsForValues(*found.subscription)) {
    criteria = mapping::CriteriaOf(*found.subscription);
  }
  Place& place = endpoints_[endpoint.key()][found.path];
  const auto [subscriber, is_new] = place.subscribers.emplace(found.name, criteria);
  if (!is_new && subscriber->second == criteria) return;
  subscriber->second = criteria;
  spdlog::info("event=subscription endpoint={} path={} name={} criteria={} effect={}",
               LogValue(endpoint.key()), found.path.ToString(), LogValue(found.name),
               LogValue(criteria ? fmt::format("{}", fmt::join(lwm2m::ToQueries(*criteria), " "))
                                 : "not for values"),
               is_new ? "found" : "changed");
  const SubscriptionPlace watch = WatchAt(found.path);
  if (is_new && !own_subscriptions_.Has(endpoint.key(), watch) &&
      profile_.For(endpoint.key(), found.path).subscribe != mapping::Subscribe::kNone) {
    surroundings_.WantSubscription(endpoint, watch);
  }
  Apply(endpoint, found.path, place, was_watched);
}

void SubscriptionDesk::Remove(const std::string& key, const Path& path, const std::string& name) {
  const auto places = endpoints_.find(key);
  if (places == endpoints_.end()) return;
  const auto place = places->second.find(path);
  if (place == places->second.end() || place->second.subscribers.erase(name) == 0) return;
  spdlog::info("event=subscription endpoint={} path={} name={} effect=gone", LogValue(key),
               path.ToString(), LogValue(name));
  Endpoint* endpoint = surroundings_.FindEndpoint(key);
  if (endpoint == nullptr) return;
  Apply(*endpoint, path, place->second, false);
  if (!place->second.subscribers.empty()) return;
  places->second.erase(place);
  if (places->second.empty()) endpoints_.erase(places);
  if (profile_.For(key, path).subscribe != mapping::Subscribe::kAll) {
    surroundings_.DropSubscription(*endpoint, WatchAt(path));
  }
}

// `was_watched`: a watch of an earlier run stands there, and so what is observed there is ours.
void SubscriptionDesk::Apply(Endpoint& endpoint, const Path& path, Place& place, bool was_watched) {
  const bool needed = Needs(endpoint, path, place);
  const std::optional<Target> target = ProfileTarget(endpoint.key(), path);
  if (!needed) {
    if (!std::exchange(place.active, false)) return;
    ended_.Increment();
    End(endpoint, path, place);
    place.written = {};
    // What it covered has to stand on its own now.
    for (auto& [below, other] : endpoints_[endpoint.key()]) {
      if (below != path && path.Contains(below) && !other.active) {
        Apply(endpoint, below, other, false);
      }
    }
    return;
  }
  const bool is_observed = IsObserved(endpoint, path);
  if (!place.active) {
    place.active = true;
    started_.Increment();
    place.written = target ? target->attributes : NotificationAttributes();
    place.held_by_command = is_observed && !target && !was_watched;
  }
  const NotificationAttributes wanted = CriteriaFor(endpoint.key(), path, place, target);
  if (is_observed) {
    WriteAttributes(endpoint.key(), path, mapping::Difference(place.written, wanted));
  }
  place.written = wanted;
  if (!is_observed) surroundings_.Observe(endpoint);
}

void SubscriptionDesk::End(Endpoint& endpoint, const Path& path, const Place& place) {
  if (const auto target = ProfileTarget(endpoint.key(), path)) {
    WriteAttributes(endpoint.key(), path, mapping::Difference(place.written, target->attributes));
  } else if (place.held_by_command) {
    WriteAttributes(endpoint.key(), path, mapping::Difference(place.written, {}));
  } else {
    Cancel(endpoint, path, place.written);
  }
  if (endpoint.unobservable->count(path) > 0)
    endpoint.unobservable.Edit().erase(path);  // the next subscription may try again
}

void SubscriptionDesk::Cancel(Endpoint& endpoint, const Path& path,
                              const NotificationAttributes& written) {
  const auto is_single = [&](const lwm2m::Observation& observation) {
    return observation.path == path && observation.paths.empty();
  };
  for (auto* const waiting : {&endpoint.lost_observations, &endpoint.renewals}) {
    if (!(*waiting)->empty()) std::erase_if(waiting->Edit(), is_single);
  }
  if (server_->Find(endpoint.key()) == nullptr || !IsObserved(endpoint, path)) return;
  WriteAttributes(endpoint.key(), path, mapping::Difference(written, {}));
  lwm2m::Operation cancel;
  cancel.kind = lwm2m::OperationKind::kCancelObserve;
  cancel.path = path;
  server_->Submit(endpoint.key(), std::move(cancel), lwm2m::Priority::kTelemetry,
                  now_ + lwm2m::kDefaultLifetime, now_, [](const lwm2m::Outcome&) {});
}

void SubscriptionDesk::WriteAttributes(const std::string& key, const Path& path,
                                       NotificationAttributes attributes) {
  const lwm2m::Registration* registration = server_->Find(key);
  if (registration == nullptr) return;
  if (!lwm2m::CheckVersion(attributes, registration->version)) {
    attributes.minimum_evaluation_period = attributes.maximum_evaluation_period = std::nullopt;
    std::erase(attributes.unset, "epmin");
    std::erase(attributes.unset, "epmax");
  }
  if (attributes.empty()) return;
  lwm2m::Operation write;
  write.kind = lwm2m::OperationKind::kWriteAttributes;
  write.path = path;
  write.attributes = std::move(attributes);
  server_->Submit(key, std::move(write), lwm2m::Priority::kTelemetry,
                  now_ + lwm2m::kDefaultLifetime, now_, [key, path](const lwm2m::Outcome& outcome) {
                    const auto* response = outcome.response();
                    if (response == nullptr || lwm2m::IsSuccess(response->code)) return;
                    spdlog::info("event=write-attributes-refused endpoint={} path={} code={}",
                                 LogValue(key), path.ToString(), lwm2m::ToString(response->code));
                  });
}

// ---- who wants what observed
// -------------------------------------------------------------------------------------

std::optional<SubscriptionDesk::Target> SubscriptionDesk::ProfileTarget(const std::string& key,
                                                                        const Path& path) const {
  if (path.depth() < 2) return std::nullopt;
  for (const Target& target : profile_.ObservationTargets(key, path.Prefix(2))) {
    if (target.path == path) return target;
  }
  return std::nullopt;
}

bool SubscriptionDesk::Needs(const Endpoint& endpoint, const Path& path, const Place& place) const {
  const std::vector<NotificationAttributes> criteria = place.Criteria();
  if (criteria.empty()) return false;
  const bool plain =
      std::all_of(criteria.begin(), criteria.end(), [](const auto& each) { return each.empty(); });
  if (!plain || ProfileTarget(endpoint.key(), path)) return true;
  if (path.depth() >= 2) {
    for (const Target& target : profile_.ObservationTargets(endpoint.key(), path.Prefix(2))) {
      if (target.path.Contains(path) && endpoint.unobservable->count(target.path) == 0)
        return false;
    }
  }
  const auto places = endpoints_.find(endpoint.key());
  if (places == endpoints_.end()) return true;
  return std::none_of(places->second.begin(), places->second.end(), [&](const auto& other) {
    return other.first != path && other.first.Contains(path) && other.second.active &&
           endpoint.unobservable->count(other.first) == 0;
  });
}

bool SubscriptionDesk::IsObserved(const Endpoint& endpoint, const Path& path) const {
  if (endpoint.observing->count({path, {}}) > 0) return true;
  const auto held = server_->Observations(endpoint.key());
  return std::any_of(held.begin(), held.end(), [&](const lwm2m::Observation& observation) {
    return observation.path == path && observation.paths.empty();
  });
}

// Where the profile observes the path its rule is one of the subscribers; else it says what none
// of them does.
NotificationAttributes SubscriptionDesk::CriteriaFor(const std::string& key, const Path& path,
                                                     const Place& place,
                                                     const std::optional<Target>& target) const {
  std::vector<NotificationAttributes> criteria = place.Criteria();
  NotificationAttributes defaults;
  if (target) {
    criteria.push_back(target->attributes);
  } else {
    const mapping::Settings settings = profile_.For(key, path);
    defaults.minimum_period = settings.pmin;
    defaults.maximum_period = settings.pmax;
    defaults.greater_than = settings.greater_than;
    defaults.less_than = settings.less_than;
    defaults.step = settings.step;
    defaults.minimum_evaluation_period = settings.epmin;
    defaults.maximum_evaluation_period = settings.epmax;
  }
  return mapping::Combine(criteria, defaults, path);
}

SubscriptionDesk::Target SubscriptionDesk::Joined(const std::string& key, const Target& target) {
  const auto places = endpoints_.find(key);
  if (places == endpoints_.end()) return target;
  const auto place = places->second.find(target.path);
  if (place == places->second.end() || !place->second.active) return target;
  place->second.written = CriteriaFor(key, target.path, place->second, target);
  return {target.path, place->second.written};
}

std::vector<SubscriptionDesk::Target> SubscriptionDesk::Wanted(const Endpoint& endpoint) const {
  std::vector<Target> targets;
  const auto places = endpoints_.find(endpoint.key());
  if (places == endpoints_.end()) return targets;
  for (const auto& [path, place] : places->second) {
    if (!place.active || ProfileTarget(endpoint.key(), path)) continue;
    targets.push_back({path, CriteriaFor(endpoint.key(), path, place, std::nullopt)});
  }
  return targets;
}

void SubscriptionDesk::OnCommandObserved(const std::string& key, const Path& path) {
  const auto places = endpoints_.find(key);
  if (places == endpoints_.end()) return;
  const auto place = places->second.find(path);
  if (place != places->second.end()) place->second.held_by_command = true;
}

bool SubscriptionDesk::MayCancel(const std::string& key, const Path& path) {
  const auto places = endpoints_.find(key);
  if (places == endpoints_.end()) return true;
  const auto place = places->second.find(path);
  if (place == places->second.end()) return true;
  place->second.held_by_command = false;
  return !place->second.active;
}

}  // namespace ipe
