// Who may command by Updates of <mgmtObj>s and modules.  (TS-0014 §6.6, clause 9; R51, R57, R64)
#ifndef MAPPING_MANAGEMENT_ACCESS_H_
#define MAPPING_MANAGEMENT_ACCESS_H_

#include <string>
#include <vector>

#include "onem2m/resources.h"

namespace mapping {

// The <accessControlPolicy> `management`, of the <mgmtObj>s and <flexContainer>s through which
// a device is commanded: readers 34 (retrieve, discover) and 1 (create) of subscriptions; writers 4
// (update) besides, the IPE 63; pvs: the IPE 63.
onem2m::AccessControlPolicy BuildManagementPolicy(const std::vector<std::string>& readers,
                                                  const std::vector<std::string>& writers,
                                                  const std::string& ipe_ae_id);

}  // namespace mapping

#endif  // MAPPING_MANAGEMENT_ACCESS_H_
