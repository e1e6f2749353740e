// What an Update or a repeated Register changes in the tree.  (TS-0014 §6.3.2.2, §6.2.2.4; R31,
// R42)
#ifndef MAPPING_RECONCILE_H_
#define MAPPING_RECONCILE_H_

#include <vector>

#include "lwm2m/core_link.h"
#include "mapping/object_discovery.h"

namespace mapping {

struct TreeDifference {
  std::vector<ContainerPlan> create;   // parents before children
  std::vector<lwm2m::Path> remove;     // topmost only: what is below goes with it
  std::vector<ContainerPlan> relabel;  // stays, but its labels differ (version, formats, root path)
  bool empty() const { return create.empty() && remove.empty() && relabel.empty(); }
};

// `before` is the object list that the tree was made of.
TreeDifference Reconcile(const lwm2m::ObjectList& before, const lwm2m::Registration& after,
                         const Context& context, const Profile& profile,
                         const std::string& expiration_time);

}  // namespace mapping

#endif  // MAPPING_RECONCILE_H_
