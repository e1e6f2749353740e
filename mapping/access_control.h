// Who may read and who may command.  (TS-0014 §6.6; R57, R63, R64)
#ifndef MAPPING_ACCESS_CONTROL_H_
#define MAPPING_ACCESS_CONTROL_H_

#include <string>
#include <vector>

#include "onem2m/resources.h"

namespace mapping {

// The one <accessControlPolicy> `access`: readers 34 (retrieve, discover), plus 1 (create) limited
// to child type 23 where the CSE knows acod, so that they can subscribe; writers 35; the IPE 63;
// pvs = the IPE 63.
onem2m::AccessControlPolicy BuildAccessControlPolicy(const std::vector<std::string>& readers,
                                                     const std::vector<std::string>& writers,
                                                     const std::string& ipe_ae_id,
                                                     bool knows_child_types);

}  // namespace mapping

#endif  // MAPPING_ACCESS_CONTROL_H_
