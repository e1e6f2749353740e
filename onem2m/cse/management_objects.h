// Policies of the <mgmtObj> specialisations: those of TS-0001 Annex D that describe a device, and
// the one for what is self-defined.
#ifndef ONEM2M_CSE_MANAGEMENT_OBJECTS_H_
#define ONEM2M_CSE_MANAGEMENT_OBJECTS_H_

#include <vector>

#include "onem2m/cse/attribute_policy.h"

namespace onem2m::cse {

void AddMgmtObjPolicies(std::vector<TypePolicy>& all);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_MANAGEMENT_OBJECTS_H_
