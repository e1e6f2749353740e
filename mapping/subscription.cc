#include "mapping/subscription.h"

namespace mapping {

onem2m::Subscription CommandSubscription(const Context& context,
                                         const std::string& expiration_time) {
  onem2m::Subscription subscription;
  subscription.resource_name = kCommandSubscription;
  if (context.expiration == Expiration::kExact) subscription.expiration_time = expiration_time;
  // Table 6.5.2-1: an <accessControlPolicy> that names the IPE's AE-ID.
  subscription.access_control_policy_ids = context.access_control_policy_ids;
  subscription.notification_uri = {context.notify_url};
  subscription.event_types = {onem2m::kCreateOfDirectChild};
  subscription.child_types = {static_cast<int>(onem2m::ResourceType::kContentInstance)};
  subscription.content_type = 1;  // all attributes: the command itself
  return subscription;
}

}  // namespace mapping
