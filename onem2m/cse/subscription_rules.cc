#include "onem2m/cse/subscription_rules.h"

#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

tl::unexpected<Error> NotServed(std::string detail) {
  return tl::unexpected(Error{ResponseStatusCode::kNotImplemented, std::move(detail)});
}

// A list that is there must say something. (TS-0004 v3 §6.3.5.8)
Result<std::set<std::int64_t>> ReadIntegers(const Value& value, std::string_view name) {
  std::set<std::int64_t> integers;
  if (const Array* array = value.AsArray()) {
    for (const Value& each : *array) {
      if (!each.AsInteger()) return BadRequest(std::string(name) + " must be a list of integers");
      integers.insert(*each.AsInteger());
    }
  }
  if (integers.empty()) return BadRequest(std::string(name) + " must be a list of integers");
  return integers;
}

Result<void> ReadEventTypes(const Value& value, SubscriptionRules& rules) {
  constexpr std::int64_t kLastStandardised = 10;
  auto types = ReadIntegers(value, "enc.net");
  if (!types) return tl::unexpected(types.error());
  for (const std::int64_t type : *types) {
    if (type < kUpdateOfResource || type > kLastStandardised) {
      return BadRequest("enc.net: no such event " + std::to_string(type));
    }
    if (type > kDeleteOfDirectChild) {
      return NotServed("enc.net: event " + std::to_string(type) + " is not served here");
    }
  }
  rules.event_types = *std::move(types);
  return {};
}

Result<void> ReadAttributeNames(const Value& value, const TypePolicy& subject,
                                SubscriptionRules& rules) {
  const Array* array = value.AsArray();
  if (!array || array->empty()) return BadRequest("enc.atr must be a list of names");
  for (const Value& each : *array) {
    if (!each.AsString() || !(subject.takes_any_attribute || IsAttributeName(*each.AsString()))) {
      return BadRequest("enc.atr: no such attribute");
    }
    rules.attributes.insert(*each.AsString());
  }
  return {};
}

Result<void> ReadCondition(const Member& member, SubscriptionRules& rules) {
  if (const std::string* text = member.value.AsString()) {
    return rules.conditions.Add(member.name, *text);
  }
  if (const std::int64_t* number = member.value.AsInteger()) {
    return rules.conditions.Add(member.name, std::to_string(*number));
  }
  return BadRequest("enc." + member.name + " has the wrong type");
}

Result<void> ReadCriterion(const Member& member, const TypePolicy& subject,
                           SubscriptionRules& rules) {
  if (member.name == names::kNotificationEventType) return ReadEventTypes(member.value, rules);
  if (member.name == names::kAttributes) {
    return ReadAttributeNames(member.value, subject, rules);
  }
  if (member.name == names::kChildResourceType) {
    auto types = ReadIntegers(member.value, "enc.chty");
    if (!types) return tl::unexpected(types.error());
    rules.child_types = *std::move(types);
    return {};
  }
  if (member.name == names::kFilterOperation) {
    const std::int64_t* operation = member.value.AsInteger();
    if (!operation || *operation < 1 || *operation > 2) return BadRequest("enc.fo must be 1 or 2");
    rules.any_condition = *operation == 2;
    return {};
  }
  if (Conditions::IsName(member.name)) return ReadCondition(member, rules);
  if (member.name == names::kOperationMonitor || member.name == names::kMissingData) {
    return NotServed("enc." + member.name + " is not served here");
  }
  return BadRequest("unknown member enc." + member.name);
}

// TS-0001 v3 Table 9.6.8-4: which content fits which event, and what a member is for.
Result<void> CheckCombination(const SubscriptionRules& rules) {
  const bool update = rules.event_types.count(kUpdateOfResource) != 0;
  const bool child = rules.event_types.count(kCreateOfDirectChild) != 0 ||
                     rules.event_types.count(kDeleteOfDirectChild) != 0;
  if (rules.content_type == NotificationContentType::kModifiedAttributes &&
      (!update || rules.event_types.size() > 1)) {
    return BadRequest("nct 2 goes with enc.net 1 only");
  }
  if (!rules.child_types.empty() && !child) return BadRequest("enc.chty goes with enc.net 3 or 4");
  if (!rules.attributes.empty() && !update) return BadRequest("enc.atr goes with enc.net 1 only");
  return {};
}

}  // namespace

Result<SubscriptionRules> ReadSubscriptionRules(const Attributes& attributes,
                                                const TypePolicy& subject) {
  SubscriptionRules rules;
  if (const Value* uris = attributes.Find(names::kNotificationUri)) {
    for (const Value& uri : *uris->AsArray()) {
      if (uri.AsString()->empty()) return BadRequest("nu holds an empty address");
      rules.notification_uris.push_back(*uri.AsString());
    }
  }
  if (const Value* criteria = attributes.Find(names::kEventNotificationCriteria)) {
    for (const Member& member : *criteria->AsObject()) {
      if (const auto read = ReadCriterion(member, subject, rules); !read) {
        return tl::unexpected(read.error());
      }
    }
  }
  if (const Value* type = attributes.Find(names::kNotificationContentType)) {
    if (*type->AsInteger() < 1 || *type->AsInteger() > 3) {
      return BadRequest("nct must be 1, 2 or 3");
    }
    rules.content_type = static_cast<NotificationContentType>(*type->AsInteger());
  }
  if (const Value* counter = attributes.Find(names::kExpirationCounter)) {
    if (*counter->AsInteger() == 0) return BadRequest("exc must be above 0");
    rules.expiration_counter = *counter->AsInteger();
  }
  if (const Value* uri = attributes.Find(names::kSubscriberUri)) {
    rules.subscriber_uri = *uri->AsString();
  }
  if (const auto combination = CheckCombination(rules); !combination) {
    return tl::unexpected(combination.error());
  }
  return rules;
}

void FillSubscriptionDefaults(Attributes& attributes) {
  Object criteria;
  if (const Value* given = attributes.Find(names::kEventNotificationCriteria)) {
    criteria = *given->AsObject();
  }
  if (!Find(criteria, names::kNotificationEventType)) {
    criteria.push_back(
        {std::string(names::kNotificationEventType), Array{Value(kUpdateOfResource)}});
    attributes.Set(names::kEventNotificationCriteria, std::move(criteria));
  }
  if (!attributes.Find(names::kNotificationContentType)) {
    attributes.Set(names::kNotificationContentType,
                   static_cast<std::int64_t>(NotificationContentType::kAllAttributes));
  }
}

}  // namespace onem2m::cse
