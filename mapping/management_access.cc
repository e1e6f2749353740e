#include "mapping/management_access.h"

namespace mapping {

onem2m::AccessControlPolicy BuildManagementPolicy(const std::vector<std::string>& readers,
                                                  const std::vector<std::string>& writers,
                                                  const std::string& ipe_ae_id) {
  constexpr int kReading = onem2m::kMayRetrieve | onem2m::kMayDiscover;
  constexpr int kSubscription = static_cast<int>(onem2m::ResourceType::kSubscription);
  onem2m::AccessControlPolicy policy;
  policy.resource_name = "management";
  for (const auto* who : {&readers, &writers}) {
    if (who->empty()) continue;
    const int update = who == &writers ? onem2m::kMayUpdate : 0;
    policy.privileges.push_back({*who, kReading | update, {}});
    policy.privileges.push_back({*who, onem2m::kMayCreate, {kSubscription}});
  }
  policy.privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  policy.self_privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  return policy;
}

}  // namespace mapping
