// Policies of the <flexContainer> specialisations that are served. (TS-0023)
#ifndef ONEM2M_CSE_MODULE_CLASSES_H_
#define ONEM2M_CSE_MODULE_CLASSES_H_

#include <vector>

#include "onem2m/cse/attribute_policy.h"

namespace onem2m::cse {

void AddModuleClassPolicies(std::vector<TypePolicy>& all);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_MODULE_CLASSES_H_
