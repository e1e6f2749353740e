// What a changed profile means for an endpoint that is registered.
#ifndef MAPPING_PROFILE_DIFFERENCE_H_
#define MAPPING_PROFILE_DIFFERENCE_H_

#include <string_view>
#include <vector>

#include "lwm2m/core_link.h"
#include "lwm2m/path.h"
#include "mapping/profile.h"

namespace mapping {

struct ProfileDifference {
  // Observed by the rules before, not wanted any more.
  std::vector<lwm2m::Path> cancel;
  // Observed before and now, with other attributes: those to set, and those to unset (ATT-4).
  std::vector<Profile::ObservationTarget> write;
  bool observe = false;     // something is to be observed that was not
  bool modes_on = false;    // a mode that was off is on: there are values that it does not show
  bool containers = false;  // what is said of containers differs
  bool empty() const;
};

// For what the endpoint declares.
ProfileDifference Difference(const Profile& before, const Profile& after, std::string_view endpoint,
                             const lwm2m::ObjectList& objects);

}  // namespace mapping

#endif  // MAPPING_PROFILE_DIFFERENCE_H_
