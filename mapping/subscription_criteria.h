// What the subscriptions of applications ask of an observation.
// (TS-0014 §6.5.1, §6.5.2; LwM2M Core 1.1.1 §5.1.2; R58, R59)
#ifndef MAPPING_SUBSCRIPTION_CRITERIA_H_
#define MAPPING_SUBSCRIPTION_CRITERIA_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lwm2m/attributes.h"
#include "lwm2m/path.h"
#include "onem2m/resources.h"

namespace mapping {

// Whether the subscription is one to values: to new children that may be contentInstances (event
// 3), or to updates of what it stands in (event 1, which is what it is without criteria).
bool IsForValues(const onem2m::Subscription& subscription);

// rateLimit becomes pmin, batchNotify's duration pmax; labels "LWM2M-pmin:10", also of pmax, gt,
// lt, st, epmin and epmax, say what oneM2M has no attribute for, and win. What cannot be read is
// left out.
lwm2m::NotificationAttributes CriteriaOf(const onem2m::Subscription& subscription);

// xs:duration in seconds, "PT1M30S" → 90; a plain number is milliseconds, as relative times of
// oneM2M are (TS-0004 §6.3.3). nullopt: neither, or negative.
std::optional<double> SecondsOf(std::string_view duration);

// The loosest that serves every subscriber: the smallest of each period among those that set it;
// gt, lt and st when all set the same. `defaults` stands in for what none of them says. What does
// not go together or not with `path` is left out (ATT-3).
lwm2m::NotificationAttributes Combine(const std::vector<lwm2m::NotificationAttributes>& subscribers,
                                      const lwm2m::NotificationAttributes& defaults,
                                      const lwm2m::Path& path);

// What a Write-Attributes has to say to get from `written` to `wanted`; empty when nothing.
lwm2m::NotificationAttributes Difference(const lwm2m::NotificationAttributes& written,
                                         const lwm2m::NotificationAttributes& wanted);

}  // namespace mapping

#endif  // MAPPING_SUBSCRIPTION_CRITERIA_H_
