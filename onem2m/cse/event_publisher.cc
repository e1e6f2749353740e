#include "onem2m/cse/event_publisher.h"

#include <algorithm>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/representation.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr std::string_view kHttp = "http://";

bool IsWanted(const SubscriptionRules& rules, const Resource& subject, int event,
              const std::vector<std::string>& modified) {
  if (rules.event_types.count(event) == 0) return false;
  const bool about_child = event == kCreateOfDirectChild || event == kDeleteOfDirectChild;
  if (about_child && !rules.child_types.empty() &&
      rules.child_types.count(static_cast<std::int64_t>(subject.type)) == 0) {
    return false;
  }
  if (event == kUpdateOfResource && !rules.attributes.empty() &&
      std::none_of(modified.begin(), modified.end(), [&rules](const std::string& name) {
        return rules.attributes.count(name) != 0;
      })) {
    return false;
  }
  std::vector<bool> verdicts;
  rules.conditions.Judge(subject, verdicts);
  const auto holds = [](bool verdict) { return verdict; };
  if (verdicts.empty()) return true;
  return rules.any_condition ? std::any_of(verdicts.begin(), verdicts.end(), holds)
                             : std::all_of(verdicts.begin(), verdicts.end(), holds);
}

}  // namespace

EventPublisher::EventPublisher(const ResourceTree& tree, const AccessControl& access,
                               NotificationSink& sink)
    : tree_(tree), access_(access), sink_(sink) {}

void EventPublisher::Created(const Resource& child, TimePoint now) {
  PublishTo(*child.parent, child, kCreateOfDirectChild, {}, now);
}

void EventPublisher::Updated(const Resource& resource, const std::vector<std::string>& modified,
                             TimePoint now) {
  PublishTo(resource, resource, kUpdateOfResource, modified, now);
}

void EventPublisher::Deleting(const Resource& resource, TimePoint now) {
  PublishTo(*resource.parent, resource, kDeleteOfDirectChild, {}, now);
  PublishDeletions(resource, now);
}

void EventPublisher::PublishDeletions(const Resource& resource, TimePoint now) {
  PublishTo(resource, resource, kDeleteOfResource, {}, now);
  if (resource.subscription) AnnounceSubscriptionEnd(resource);
  // Instances have no subscriptions, but they may have children that do.
  for (const ChildKind kind : kAllChildKinds) {
    for (const Resource* child = resource.first_child(kind); child; child = child->next) {
      PublishDeletions(*child, now);
    }
  }
}

// TS-0004 v3 §7.4.8.2.4: the subscriberURI is told that the subscription is gone.
void EventPublisher::AnnounceSubscriptionEnd(const Resource& subscription) {
  if (subscription.subscription->subscriber_uri.empty()) return;
  Object notification;
  notification.push_back({std::string(names::kSubscriptionDeletion), true});
  notification.push_back(
      {std::string(names::kSubscriptionReference), ReferenceOf(subscription.id)});
  const std::string content = Serialize(names::kNotification, Value(std::move(notification)));
  for (std::string& url : UrlsOf(subscription.subscription->subscriber_uri)) {
    sink_.Post({std::move(url), content});
  }
}

void EventPublisher::PublishTo(const Resource& subscribed, const Resource& subject, int event,
                               const std::vector<std::string>& modified, TimePoint now) {
  for (Resource* at = subscribed.first_child(ChildKind::kSubscription); at; at = at->next) {
    SubscriptionRules& rules = *at->subscription;
    if (at == &subject || !IsWanted(rules, subject, event, modified)) continue;
    // Who has lost the right to read the resource is not told about it either.
    if (!access_.Allows(*at->creator, kMayRetrieve, subscribed)) continue;
    if (rules.expiration_counter) {
      if (*rules.expiration_counter == 0) continue;
      if (--*rules.expiration_counter == 0) exhausted_.push_back(at->id);
      at->attributes.Set(names::kExpirationCounter, *rules.expiration_counter);
    }
    const std::string content =
        Serialize(names::kNotification, Value(Content(subject, *at, event, modified, now)));
    for (const std::string& uri : rules.notification_uris) {
      for (std::string& url : UrlsOf(uri)) sink_.Post({std::move(url), content});
    }
  }
}

Object EventPublisher::Content(const Resource& subject, const Resource& subscription, int event,
                               const std::vector<std::string>& modified, TimePoint now) const {
  Object representation;
  switch (subscription.subscription->content_type) {
    case NotificationContentType::kResourceId:
      representation.push_back({std::string(names::kUri), subject.id});
      break;
    case NotificationContentType::kModifiedAttributes:
      representation.push_back(
          {std::string(subject.root()), Value(Select(Represent(subject, now), modified))});
      break;
    case NotificationContentType::kAllAttributes:
      representation.push_back({std::string(subject.root()), Value(Represent(subject, now))});
      break;
  }
  Object notification_event;
  notification_event.push_back({std::string(names::kNotificationEventType), event});
  notification_event.push_back(
      {std::string(names::kRepresentation), Value(std::move(representation))});
  Object notification;
  notification.push_back(
      {std::string(names::kNotificationEvent), Value(std::move(notification_event))});
  notification.push_back(
      {std::string(names::kSubscriptionReference), ReferenceOf(subscription.id)});
  if (subscription.shows_creator) {
    notification.push_back({std::string(names::kCreator), *subscription.creator});
  }
  return notification;
}

std::vector<std::string> EventPublisher::TakeExhausted() { return std::exchange(exhausted_, {}); }

std::vector<std::string> EventPublisher::UrlsOf(std::string_view notification_uri) const {
  if (notification_uri.substr(0, kHttp.size()) == kHttp) return {std::string(notification_uri)};
  const Target target = tree_.Resolve(notification_uri);
  if (!target.resource || target.resource->type != ResourceType::kAe) return {};
  const Value* reachable = target.resource->attributes.Find(names::kRequestReachability);
  const Value* points = target.resource->attributes.Find(names::kPointOfAccess);
  if (!points || !reachable || !*reachable->AsBool()) return {};
  // The points of access lead to the same AE: the first that we can use is enough.
  for (const Value& point : *points->AsArray()) {
    if (point.AsString()->compare(0, kHttp.size(), kHttp) == 0) return {*point.AsString()};
  }
  return {};
}

std::string EventPublisher::VerificationContent(std::string_view subscription_id,
                                                std::string_view originator) const {
  Object notification;
  notification.push_back({std::string(names::kVerificationRequest), true});
  notification.push_back(
      {std::string(names::kSubscriptionReference), ReferenceOf(subscription_id)});
  notification.push_back({std::string(names::kCreator), originator});
  return Serialize(names::kNotification, Value(std::move(notification)));
}

// SP-relative, so that it means the same to whoever gets it.
std::string EventPublisher::ReferenceOf(std::string_view subscription_id) const {
  return "/" + tree_.root().id + "/" + std::string(subscription_id);
}

}  // namespace onem2m::cse
