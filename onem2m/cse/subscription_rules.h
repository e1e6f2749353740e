// What a <subscription> asks for, read once when it is created or updated.
// (TS-0001 v3 §9.6.8; TS-0004 v3 §7.4.8)
#ifndef ONEM2M_CSE_SUBSCRIPTION_RULES_H_
#define ONEM2M_CSE_SUBSCRIPTION_RULES_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "onem2m/cse/attribute_policy.h"
#include "onem2m/cse/conditions.h"
#include "onem2m/error.h"

namespace onem2m::cse {

enum class NotificationContentType : std::int32_t {
  kAllAttributes = 1,
  kModifiedAttributes = 2,
  kResourceId = 3,
};

struct SubscriptionRules {
  std::vector<std::string> notification_uris;  // nu
  std::set<std::int64_t> event_types;          // enc.net, never empty
  std::set<std::int64_t> child_types;          // enc.chty; empty: all
  std::set<std::string> attributes;            // enc.atr; empty: all
  Conditions conditions;                       // all of them must hold …
  bool any_condition = false;                  // … or one, with fo = 2
  NotificationContentType content_type = NotificationContentType::kAllAttributes;  // nct
  std::string subscriber_uri;                                                      // su
  std::optional<std::int64_t> expiration_counter;  // exc, what is left of it
};

// Reads attributes with their defaults in place. 4000 for a combination that Table 9.6.8-4 does not
// have, 5001 for what is standardised and not served (operation monitor, missing data, events above
// 4).
// `subject` is what is subscribed to.
Result<SubscriptionRules> ReadSubscriptionRules(const Attributes& attributes,
                                                const TypePolicy& subject);

// enc and nct are always there: events of update, with all attributes, when nobody says otherwise.
void FillSubscriptionDefaults(Attributes& attributes);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_SUBSCRIPTION_RULES_H_
