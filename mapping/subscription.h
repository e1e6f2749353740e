// Subscriptions of the IPE's own.  (TS-0014 §6.5.2, Table 6.5.2-1; R50, R56, R57)
#ifndef MAPPING_SUBSCRIPTION_H_
#define MAPPING_SUBSCRIPTION_H_

#include <string>
#include <string_view>

#include "mapping/context.h"
#include "onem2m/resources.h"

namespace mapping {

// resourceName of every subscription that the IPE makes on a command container.
inline constexpr std::string_view kCommandSubscription = "lwm2m-ipe-commands";

// Tells us of each contentInstance put into the container: net 3, chty 4, nct 1.
onem2m::Subscription CommandSubscription(const Context& context,
                                         const std::string& expiration_time);

}  // namespace mapping

#endif  // MAPPING_SUBSCRIPTION_H_
