#include "onem2m/notification.h"

#include <limits>
#include <utility>

#include "onem2m/codec/json_value.h"
#include "onem2m/codec/representation.h"
#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace names = short_names;

bool IsTrue(const JsonValue& object, std::string_view name) {
  const JsonValue* const value = object.Find(name);
  return value != nullptr && value->AsBoolean().value_or(false);
}

std::string TextOf(const JsonValue& object, std::string_view name) {
  const JsonValue* const value = object.Find(name);
  return value == nullptr ? std::string() : value->AsString().value_or("");
}

tl::expected<void, Error> ReadEvent(const JsonValue& event, Notification& notification) {
  if (!event.IsObject()) return BadRequest(std::string(names::kNotificationEvent));
  if (const JsonValue* const type = event.Find(names::kNotificationEventType)) {
    const auto number = type->AsInteger();
    if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) {
      return BadRequest(std::string(names::kNotificationEventType));
    }
    notification.event_type = static_cast<int>(*number);
  }
  // One CSE puts the reference here when it announces the end of a subscription.
  if (notification.subscription_reference.empty()) {
    notification.subscription_reference = TextOf(event, names::kSubscriptionReference);
  }
  const JsonValue* const representation = event.Find(names::kRepresentation);
  if (representation == nullptr) return {};
  notification.resource_uri = TextOf(*representation, names::kUri);
  auto resource = DecodeRepresentation(*representation);
  const bool is_update =
      notification.event_type == kUpdateOfResource || notification.event_type == kBlockingUpdate;
  if (resource && !*resource && is_update) resource = DecodeSelfDefined(*representation);
  if (!resource) return tl::unexpected(resource.error());
  notification.representation = std::move(*resource);
  return {};
}

Result<Notification> ReadNotification(const JsonValue& json) {
  if (!json.IsObject()) return BadRequest(std::string(names::kNotification));
  Notification notification;
  notification.subscription_reference = TextOf(json, names::kSubscriptionReference);
  notification.creator = TextOf(json, names::kCreator);
  // Looked at first: some CSEs put an event beside it that has not happened.
  notification.verification_request = IsTrue(json, names::kVerificationRequest);
  if (notification.verification_request) return notification;
  notification.subscription_deletion = IsTrue(json, names::kSubscriptionDeletion);
  const JsonValue* const event = json.Find(names::kNotificationEvent);
  if (event != nullptr) {
    const auto read = ReadEvent(*event, notification);
    if (!read) return tl::unexpected(read.error());
  } else if (!notification.subscription_deletion) {
    return BadRequest(std::string(names::kNotificationEvent));
  }
  return notification;
}

}  // namespace

Result<std::vector<Notification>> ParseNotification(std::string_view json) {
  const auto parsed = JsonValue::Parse(json);
  if (!parsed) return tl::unexpected(parsed.error());
  const JsonValue* list = parsed->Find(names::kAggregatedNotification);
  if (list == nullptr) list = &*parsed;
  if (list->kind() != JsonValue::Kind::kArray) list = list->Find(names::kNotification);
  if (list == nullptr) return BadRequest(std::string(names::kNotification));

  std::vector<Notification> notifications;
  if (list->kind() != JsonValue::Kind::kArray) {
    auto notification = ReadNotification(*list);
    if (!notification) return tl::unexpected(notification.error());
    notifications.push_back(std::move(*notification));
    return notifications;
  }
  for (const JsonValue& element : list->items()) {
    const JsonValue* const inner = element.Find(names::kNotification);
    auto notification = ReadNotification(inner == nullptr ? element : *inner);
    if (!notification) return tl::unexpected(notification.error());
    notifications.push_back(std::move(*notification));
  }
  if (notifications.empty()) return BadRequest(std::string(names::kNotification));
  return notifications;
}

std::string_view LastSegment(std::string_view address) {
  while (!address.empty() && address.back() == '/') address.remove_suffix(1);
  const std::size_t slash = address.rfind('/');
  return slash == std::string_view::npos ? address : address.substr(slash + 1);
}

bool AsksBeforeItAnswers(const Notification& notification) {
  return notification.event_type == kBlockingRetrieve ||
         notification.event_type == kBlockingRetrieveOfDirectChild;
}

}  // namespace onem2m
