#include "ipe/own_subscriptions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/endpoint.h"
#include "mapping/node_child.h"

namespace ipe {

using lwm2m::TimePoint;

namespace {

constexpr std::size_t kEarlyKept = 1024;
constexpr std::chrono::seconds kEarlyFor{5};

std::vector<std::string_view> Segments(std::string_view address) {
  std::vector<std::string_view> segments;
  while (!address.empty()) {
    const std::size_t slash = address.find('/');
    if (slash != 0) segments.push_back(address.substr(0, slash));
    if (slash == std::string_view::npos) break;
    address.remove_prefix(slash + 1);
  }
  return segments;
}

// What the event happened to the child of, or else to: pi of what was made or deleted, ri of what
// was updated or retrieved.
std::string_view ParentIn(const onem2m::Notification& notification) {
  if (!notification.representation) return {};
  const onem2m::Common& common = CommonOf(*notification.representation);
  const bool is_child = !notification.event_type ||
                        *notification.event_type == onem2m::kCreateOfDirectChild ||
                        *notification.event_type == onem2m::kDeleteOfDirectChild ||
                        *notification.event_type == onem2m::kBlockingRetrieveOfDirectChild;
  return onem2m::LastSegment(is_child ? common.parent_id : common.resource_id);
}

}  // namespace

OwnSubscriptions::OwnSubscriptions(Surroundings& surroundings, Metrics& metrics, std::string secret)
    : surroundings_(surroundings),
      secret_(std::move(secret)),
      own_(metrics.counter("own_instances_ignored",
                           "Notifications about contentInstances of our own")),
      foreign_(metrics.counter(
          "notifications_refused",
          "Notifications of no subscription of ours, or not confirmed by the CSE")) {}

void OwnSubscriptions::Add(const std::string& endpoint, const MadeSubscription& made) {
  const Known known{endpoint, made.place};
  Ids& ids = ids_[endpoint];
  if (!made.subscription_id.empty() && subscriptions_.count(made.subscription_id) == 0) {
    Forget(endpoint, made.place);  // one that it replaces
    subscriptions_.emplace(made.subscription_id, known);
    ids.subscriptions.push_back(made.subscription_id);
  }
  if (!made.parent_id.empty() && !IsParent(made.parent_id, endpoint, made.place)) {
    parents_.emplace(made.parent_id, known);
    ids.parents.push_back(made.parent_id);
  }
  if (made.subscription_id.empty()) return;
  std::vector<onem2m::ReceivedNotification> claimed;
  std::erase_if(early_, [&](const Early& early) {
    const std::string& reference = early.received.notification.subscription_reference;
    if (onem2m::LastSegment(reference) != made.subscription_id) return false;
    claimed.push_back(early.received);
    return true;
  });
  for (const onem2m::ReceivedNotification& received : claimed) OnNotification(received, now_);
}

void OwnSubscriptions::ForgetEndpoint(const std::string& endpoint) {
  wanted_.erase(endpoint);
  dropped_.erase(endpoint);
  OnTreeLost(endpoint);
}

void OwnSubscriptions::OnTreeLost(const std::string& endpoint) {
  const auto found = ids_.find(endpoint);
  if (found == ids_.end()) return;
  for (const std::string& id : found->second.subscriptions) subscriptions_.erase(id);
  for (const std::string& id : found->second.parents) {
    const auto [begin, end] = parents_.equal_range(id);
    for (auto at = begin; at != end;)
      at = at->second.endpoint == endpoint ? parents_.erase(at) : std::next(at);
  }
  ids_.erase(found);
}

std::vector<SubscriptionPlace> OwnSubscriptions::Renew(const std::string& endpoint) {
  std::vector<SubscriptionPlace> places;
  const auto found = ids_.find(endpoint);
  if (found == ids_.end()) return places;
  for (const std::string& id : found->second.subscriptions) {
    const auto known = subscriptions_.find(id);
    if (known == subscriptions_.end() || known->second.endpoint != endpoint) continue;
    if (std::find(places.begin(), places.end(), known->second.place) == places.end()) {
      places.push_back(known->second.place);
    }
  }
  std::vector<SubscriptionPlace> wanted = TakeWanted(endpoint);
  ForgetEndpoint(endpoint);
  for (SubscriptionPlace& place : wanted) Want(endpoint, std::move(place));
  return places;
}

bool OwnSubscriptions::Has(const std::string& endpoint, const SubscriptionPlace& place) const {
  const auto found = ids_.find(endpoint);
  if (found == ids_.end()) return false;
  const std::vector<std::string>& ids = found->second.subscriptions;
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    const auto known = subscriptions_.find(id);
    return known != subscriptions_.end() && known->second.place == place;
  });
}

bool OwnSubscriptions::IsParent(const std::string& resource_id, const std::string& endpoint,
                                const SubscriptionPlace& place) const {
  const auto range = parents_.equal_range(resource_id);
  return std::any_of(range.first, range.second, [&](const auto& entry) {
    return entry.second.endpoint == endpoint && entry.second.place == place;
  });
}

void OwnSubscriptions::Want(const std::string& endpoint, SubscriptionPlace place) {
  if (const auto dropped = dropped_.find(endpoint); dropped != dropped_.end()) {
    std::erase(dropped->second, place);
  }
  std::vector<SubscriptionPlace>& wanted = wanted_[endpoint];
  if (std::find(wanted.begin(), wanted.end(), place) == wanted.end()) {
    wanted.push_back(std::move(place));
  }
}

std::vector<SubscriptionPlace> OwnSubscriptions::TakeWanted(const std::string& endpoint) {
  const auto found = wanted_.find(endpoint);
  if (found == wanted_.end()) return {};
  std::vector<SubscriptionPlace> wanted = std::move(found->second);
  wanted_.erase(found);
  return wanted;
}

void OwnSubscriptions::Forget(const std::string& endpoint, const SubscriptionPlace& place) {
  if (const auto ids = ids_.find(endpoint); ids != ids_.end()) {
    std::erase_if(ids->second.subscriptions, [&](const std::string& id) {
      const auto known = subscriptions_.find(id);
      if (known == subscriptions_.end() || !(known->second.place == place)) return false;
      subscriptions_.erase(known);
      return true;
    });
  }
}

void OwnSubscriptions::Drop(const std::string& endpoint, const SubscriptionPlace& place) {
  if (const auto wanted = wanted_.find(endpoint); wanted != wanted_.end()) {
    std::erase(wanted->second, place);
  }
  Forget(endpoint, place);
  std::vector<SubscriptionPlace>& dropped = dropped_[endpoint];
  if (std::find(dropped.begin(), dropped.end(), place) == dropped.end()) dropped.push_back(place);
}

std::vector<SubscriptionPlace> OwnSubscriptions::TakeDropped(const std::string& endpoint) {
  const auto found = dropped_.find(endpoint);
  if (found == dropped_.end()) return {};
  std::vector<SubscriptionPlace> dropped = std::move(found->second);
  dropped_.erase(found);
  return dropped;
}

// `sur` in any form: "/id-in/sub0042", "/id-in/cse-in/ae/3/0/14/lwm2m-ipe-commands",
// "cse-in/ae/requests/…".
std::optional<OwnSubscriptions::Known> OwnSubscriptions::BySubscription(
    std::string_view reference) const {
  if (reference.empty()) return std::nullopt;
  const auto by_id = subscriptions_.find(std::string(onem2m::LastSegment(reference)));
  if (by_id != subscriptions_.end()) return by_id->second;
  const std::vector<std::string_view> segments = Segments(reference);
  const auto purpose = segments.size() < 2 ? std::nullopt : mapping::PurposeOf(segments.back());
  if (!purpose) return std::nullopt;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    Known known;
    const Endpoint* endpoint = surroundings_.FindByAeName(segments[i]);
    if (endpoint == nullptr) {
      endpoint = surroundings_.FindOnNode(segments[i], segments[i + 1]);
      known.place.below_node = true;
    }
    if (endpoint == nullptr) continue;
    known.endpoint = endpoint->key();
    known.place.purpose = *purpose;
    for (std::size_t j = i + 1; j + 1 < segments.size(); ++j) {
      if (!known.place.parent.empty()) known.place.parent += '/';
      known.place.parent +=
          known.place.below_node ? mapping::ParseNodeChild(segments[j]).name : segments[j];
    }
    return known;
  }
  return std::nullopt;
}

std::optional<OwnSubscriptions::Known> OwnSubscriptions::ByParent(
    const onem2m::Notification& notification) const {
  const auto range = parents_.equal_range(std::string(ParentIn(notification)));
  const auto found = std::find_if(range.first, range.second, [&](const auto& entry) {
    return mapping::TellsOf(entry.second.place.purpose, notification.event_type);
  });
  if (found == range.second) return std::nullopt;
  return found->second;
}

void OwnSubscriptions::OnNotification(const onem2m::ReceivedNotification& received, TimePoint now) {
  now_ = now;
  const onem2m::Notification& notification = received.notification;
  const bool on_our_path = received.path.find(secret_) != std::string::npos;
  notified_ |= on_our_path;
  const auto by_subscription = BySubscription(notification.subscription_reference);
  if (notification.subscription_deletion) {
    if (!on_our_path || !by_subscription) return;
    Forget(by_subscription->endpoint, by_subscription->place);
    surroundings_.OnSubscriptionLost(by_subscription->endpoint, by_subscription->place);
    return;
  }
  // Only a hint: not on our path, or a reference that we do not know.
  const auto known = by_subscription ? by_subscription : ByParent(notification);
  if (known) {
    if (!mapping::TellsOf(known->place.purpose, notification.event_type)) return;
    surroundings_.OnOwnNotification({known->endpoint, known->place,
                                     on_our_path && by_subscription.has_value(), notification,
                                     received.held});
  } else if (IsOwnByCreator(notification)) {
    own_.Increment();
  } else if (on_our_path && notification.representation && early_.size() < kEarlyKept) {
    early_.push_back({received, now + kEarlyFor});
    early_.back().received.held.reset();
  } else {
    Refuse(received);
  }
}

// A contentInstance made by the IPE or by one of the AEs that it plays.
bool OwnSubscriptions::IsOwnByCreator(const onem2m::Notification& notification) const {
  const auto* instance = notification.representation
                             ? std::get_if<onem2m::ContentInstance>(&*notification.representation)
                             : nullptr;
  if (instance == nullptr) return false;
  const std::string_view creator = onem2m::LastSegment(instance->creator);
  if (creator.empty()) return false;
  return creator == onem2m::LastSegment(surroundings_.IpeAeId()) ||
         (creator.front() == 'C' && surroundings_.FindByAeName(creator.substr(1)) != nullptr);
}

void OwnSubscriptions::Refuse(const onem2m::ReceivedNotification& received) {
  foreign_.Increment();
  if (!log_limiter_.Allow("notification-refused", now_)) return;
  spdlog::warn(
      "event=notification-refused path={} sur={} cause=\"no subscription of ours\" suppressed={}",
      LogValue(received.path.substr(0, 64)),
      LogValue(received.notification.subscription_reference.substr(0, 128)),
      log_limiter_.suppressed());
}

TimePoint OwnSubscriptions::Tick(TimePoint now) {
  now_ = now;
  while (!early_.empty() && early_.front().until <= now) {
    Refuse(early_.front().received);
    early_.pop_front();
  }
  return early_.empty() ? TimePoint::max() : early_.front().until;
}

}  // namespace ipe
