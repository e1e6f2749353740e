// Subscriptions of the IPE's own.  (TS-0014 §6.5.2, Table 6.5.2-1; R50, R56, R57)
#ifndef MAPPING_SUBSCRIPTION_H_
#define MAPPING_SUBSCRIPTION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/object_model.h"
#include "mapping/context.h"
#include "mapping/profile.h"
#include "onem2m/resources.h"

namespace mapping {

// What a subscription of ours is for. Each is a <subscription> of its own, since CSEs differ in
// which event types they let stand together.
enum class Purpose {
  kCommands,       // contentInstances put into a container: commands of applications
  kSubscriptions,  // subscriptions of applications, made and deleted (R56)
  kManagement,     // updates of a <mgmtObj> or <flexContainer>
  kUpdates,        // of a <mgmtObj>, what was changed only
  kActions,        // of a <mgmtObj> whose actions some CSEs do not keep: before they are updated
  kAccess,         // updates of an <accessControlPolicy>
  kDeletions,      // containers deleted by applications
  kRetrievals,     // a Retrieve by an application, above all where there is no value yet (R53)
};

// resourceName of the subscription: "lwm2m-ipe-commands".
std::string_view SubscriptionName(Purpose purpose);
// nullopt: no subscription of ours has that name.
std::optional<Purpose> PurposeOf(std::string_view resource_name);

// The <subscription> to be made for a purpose.
onem2m::Subscription OwnSubscription(Purpose purpose, const Context& context,
                                     const std::string& expiration_time);

// The same, the best first: where the CSE lacks what one is for, the next may serve.
std::vector<onem2m::Subscription> OwnSubscriptionForms(Purpose purpose, const Context& context,
                                                       const std::string& expiration_time);

// Where `read_on_demand` has a subscription: containers whose contentInstances are what one Read
// brings; not of credentials, and not of what cannot be read. (R53)
bool IsReadOnDemand(const lwm2m::Path& path, const Settings& settings,
                    const lwm2m::ObjectModel& model);

// Can a subscription made for `purpose` tell of that event? An absent `event_type` is one that the
// CSE did not tell.
bool TellsOf(Purpose purpose, std::optional<int> event_type);

}  // namespace mapping

#endif  // MAPPING_SUBSCRIPTION_H_
