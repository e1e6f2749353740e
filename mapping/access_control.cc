#include "mapping/access_control.h"

namespace mapping {

onem2m::AccessControlPolicy BuildAccessControlPolicy(const std::vector<std::string>& readers,
                                                     const std::vector<std::string>& writers,
                                                     const std::string& ipe_ae_id,
                                                     bool knows_child_types) {
  constexpr int kReading = onem2m::kMayRetrieve | onem2m::kMayDiscover;
  constexpr int kSubscription = static_cast<int>(onem2m::ResourceType::kSubscription);

  onem2m::AccessControlPolicy policy;
  policy.resource_name = "access";
  if (!readers.empty()) {
    policy.privileges.push_back({readers, kReading, {}});
    // A reader subscribes by creating a child. Where the CSE cannot limit the type of the child,
    // that right would also be the right to command.
    if (knows_child_types) {
      policy.privileges.push_back({readers, onem2m::kMayCreate, {kSubscription}});
    }
  }
  if (!writers.empty()) {
    policy.privileges.push_back({writers, kReading | onem2m::kMayCreate, {}});
  }
  policy.privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  // TS-0014 §6.5.2 (R64): the IPE keeps full rights on what it created.
  policy.self_privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  return policy;
}

}  // namespace mapping
